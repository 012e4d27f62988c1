package dev.vedette.sigma;

import java.util.List;

/// Immutable. What Vedette's own top-level key `vedette` adds to a Sigma document.
///
/// ```yaml
/// vedette:
///   explanation: '{source.ip} failed to log in {count} times.'
///   entity: source.ip
///   advice: Block the address, then look for a later success from it.
///   tests:
///     positive: ['a line that fires']
///     negative: ['a line that does not']
/// ```
///
/// @param explanation a sentence with `{field}` gaps, rendered by [Explanation]; or empty
/// @param entity the ECS field by which alerts are grouped, or empty: source address, else user,
///   else host
/// @param advice what to do about it, or empty
/// @param positive tests that must fire: for a detection each is one line, for a correlation the
///   lines in order
/// @param negative tests that must not
public record RuleNotes(
    String explanation,
    String entity,
    String advice,
    List<List<String>> positive,
    List<List<String>> negative) {
  public static final RuleNotes NONE = new RuleNotes("", "", "", List.of(), List.of());

  public RuleNotes {
    positive = List.copyOf(positive);
    negative = List.copyOf(negative);
  }
}
