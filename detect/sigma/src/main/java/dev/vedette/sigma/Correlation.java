package dev.vedette.sigma;

import dev.vedette.event.EventId;
import java.util.List;
import java.util.Map;

/// Immutable. What a [Correlator] says about one group of a correlation.
public sealed interface Correlation {
  CorrelationRule rule();

  /// The values of the fields that the rule groups by, in their order.
  Map<String, String> group();

  /// What the rule counts, in the window that ends now: events, distinct values or rules.
  long count();

  /// The events since the first of the window that fired; where values or rules are counted, since
  /// the group became active. Where the same order of rules was completed once more, those since it
  /// was completed before.
  long total();

  /// Time of the first of those events.
  long firstMs();

  /// Time of the latest event that was accepted.
  long lastMs();

  /// The latest events of them, oldest first, at most [Correlator#EVENTS_KEPT].
  List<EventId> events();

  /// The condition has become true.
  record Fired(
      CorrelationRule rule,
      Map<String, String> group,
      long count,
      long total,
      long firstMs,
      long lastMs,
      List<EventId> events)
      implements Correlation {}

  /// The condition stayed true: more of the same attack, for the alert that is there already. Told
  /// once per group for all events since the last [Correlator#drainContinued], since an attack that
  /// goes on does so with every line.
  ///
  /// @param more events since it was last told of
  record Continued(
      CorrelationRule rule,
      Map<String, String> group,
      long count,
      long total,
      long firstMs,
      long lastMs,
      List<EventId> events,
      long more)
      implements Correlation {}
}
