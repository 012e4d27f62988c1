package dev.vedette.store;

import dev.vedette.event.Alert;
import dev.vedette.event.Detection;
import java.util.List;

/// Immutable. What one transaction writes.
///
/// @param alerts the new state of every alert that these batches opened or changed; of an alert
///   that exists, status, `changedBy` and note belong to people and stay as they are
public record Commit(List<Entry> entries, List<Alert> alerts, List<Activity> activity) {

  /// One batch and what was found in it.
  ///
  /// @param prepared from [Store#prepare]
  /// @param sourceId from [SourceState]
  /// @param first sequence number of the batch's first line: must be the source's next
  /// @param detections each with the alert it was folded into
  /// @param hits encoded correlation hits; empty where there are none
  /// @param hitsUntilMs until when the hits matter (event time of the last one plus the longest
  ///   window)
  public record Entry(
      Prepared prepared,
      int sourceId,
      long first,
      List<Found> detections,
      byte[] hits,
      long hitsUntilMs) {}

  /// A detection and its alert's id.
  public record Found(Detection detection, long alertId) {}

  /// What a worker counted while it read a batch: see [Tally].
  ///
  /// @param minTimeMs earliest event time; the time of receipt stands in where a line has none
  /// @param maxTimeMs latest event time
  /// @param unparsed lines that no format took
  /// @param minutes roll-up rows, one or more per minute of event time
  /// @param tokens distinct [TokenFilter#hash] values of [TokenFilter#FIELDS] in the batch
  /// @param allTokens whether those are all of them: not where a line could not be read
  public record Summary(
      long minTimeMs,
      long maxTimeMs,
      int unparsed,
      List<MinuteCount> minutes,
      long[] tokens,
      boolean allTokens) {
    public Summary(
        long minTimeMs, long maxTimeMs, int unparsed, List<MinuteCount> minutes, long[] tokens) {
      this(minTimeMs, maxTimeMs, unparsed, minutes, tokens, true);
    }

    /// Of the same lines, when nothing that was found in them is kept.
    public Summary withoutFindings() {
      var plain =
          minutes.stream()
              .map(minute -> new MinuteCount(minute.minuteMs(), minute.events(), 0))
              .toList();
      return new Summary(minTimeMs, maxTimeMs, unparsed, plain, tokens, allTokens);
    }

    /// Of the same lines, when some of them could not be read.
    public Summary withoutAllTokens() {
      return new Summary(minTimeMs, maxTimeMs, unparsed, minutes, tokens, false);
    }
  }

  /// Events in one minute of event time; `suspicious` are those with at least one detection.
  public record MinuteCount(long minuteMs, long events, long suspicious) {}
}
