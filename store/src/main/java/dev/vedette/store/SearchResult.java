package dev.vedette.store;

import dev.vedette.event.EventId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Immutable. What a search found, newest event time first.
///
/// @param scannedEvents how many events were decompressed and looked at
/// @param skippedBlocks how many blocks the time range or the token filter ruled out
/// @param quarantinedEvents events in damaged blocks, which could not be searched
/// @param complete false when the deadline or the limit ended the search early
/// @param next cursor for the following page; null at the end
public record SearchResult(
    List<Hit> hits,
    long scannedEvents,
    long skippedBlocks,
    long quarantinedEvents,
    boolean complete,
    @Nullable SearchCursor next) {

  /// One event: its ECS fields by dotted name (several values joined by `, `) and its line.
  ///
  /// @param receivedMs when it arrived; `timeMs` falls back to it
  /// @param detections how many detections name it
  public record Hit(
      EventId id,
      String source,
      long timeMs,
      long receivedMs,
      String dataset,
      Map<String, String> fields,
      String original,
      int detections) {}
}
