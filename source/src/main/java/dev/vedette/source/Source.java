package dev.vedette.source;

import java.util.List;

/// Thread-safe. A place that lines come from.
public interface Source extends AutoCloseable {
  /// Starts reading; returns at once.
  ///
  /// @throws SourceException when it cannot start: one sentence with what to do
  void start();

  /// How it is doing, one report per name that its batches carry.
  List<SourceReport> reports();

  /// Stops reading, hands on what was received and could not be asked for again (for up to ten
  /// seconds), and ends its threads.
  @Override
  void close();
}
