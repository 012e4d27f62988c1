package dev.vedette.server;

import java.util.List;

/// Immutable. How the flow is doing; counts are since the start of the process.
///
/// @param accepted lines made durable
/// @param refused lines not taken
/// @param suspicious accepted lines with at least one detection
/// @param queued lines waiting
/// @param queueCapacity when this many wait, lines are refused
/// @param lagMs from arrival to durable, of the slowest batch of the last seconds
/// @param unparsed accepted lines that no format took
/// @param problems sentences about what is wrong now
public record Vitals(
    long accepted,
    long refused,
    long suspicious,
    long detections,
    long queued,
    long queueCapacity,
    double eventsPerSecond,
    long lagMs,
    long unparsed,
    List<SourceVitals> sources,
    List<Model> models,
    List<String> problems) {
  public Vitals {
    sources = List.copyOf(sources);
    models = List.copyOf(models);
    problems = List.copyOf(problems);
  }

  /// Nothing has happened.
  public static final Vitals NONE =
      new Vitals(0, 0, 0, 0, 0, 0, 0, 0, 0, List.of(), List.of(), List.of());

  /// A source that is being read.
  ///
  /// @param received lines made durable
  /// @param refused lines that had to be offered again
  /// @param cut lines that were too long
  /// @param dropped lines lost, because nobody could be asked to send them again
  /// @param problem one sentence; empty where all is well
  public record SourceVitals(
      String name,
      boolean running,
      long received,
      long refused,
      long cut,
      long dropped,
      String problem) {}

  /// An optional model file.
  public record Model(String name, boolean loaded) {}
}
