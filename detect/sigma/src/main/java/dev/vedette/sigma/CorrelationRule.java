package dev.vedette.sigma;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Immutable. A Sigma correlation: what several hits of other rules mean together.
///
/// @param rules ids or names of the rules it counts, as written
/// @param groupBy Sigma field names or aliases; empty: one group for all
/// @param condition a range over the count; for the temporal types, where the document has none,
///   "at least as many as there are rules"
/// @param fields whose values are counted (`value_count`); several count as one tuple
/// @param aliases alias -> rule (as written in `rules`) -> field of that rule
/// @param generate whether the rules it counts also report for themselves
public record CorrelationRule(
    RuleHeader header,
    Type type,
    List<Reference> rules,
    List<String> groupBy,
    Duration timespan,
    Range condition,
    List<String> fields,
    Map<String, Map<String, String>> aliases,
    boolean generate)
    implements Rule {

  public enum Type {
    EVENT_COUNT("event_count"),
    VALUE_COUNT("value_count"),
    TEMPORAL("temporal"),
    TEMPORAL_ORDERED("temporal_ordered");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    /// As a rule writes it.
    public String word() {
      return word;
    }
  }

  /// A rule by id or name.
  public record Reference(String rule, Position position) {}

  /// Which counts fire: `min <= count <= max`.
  public record Range(long min, long max) {
    public boolean holds(long count) {
      return min <= count && count <= max;
    }
  }

  public CorrelationRule {
    rules = List.copyOf(rules);
    groupBy = List.copyOf(groupBy);
    fields = List.copyOf(fields);
  }

  /// The same, and the rules it counts also report for themselves.
  CorrelationRule generating() {
    return new CorrelationRule(
        header, type, rules, groupBy, timespan, condition, fields, aliases, true);
  }
}
