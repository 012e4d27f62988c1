package dev.vedette.sigma;

import dev.vedette.event.LogSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Immutable. A Sigma detection: named selections and the conditions over them (any one of several
/// conditions suffices).
public record DetectionRule(
    RuleHeader header, LogSource logSource, List<Selection> selections, List<Condition> conditions)
    implements Rule {

  /// A named search identifier of the `detection` section.
  public record Selection(String name, Clause clause, Position position) {}

  public DetectionRule {
    selections = List.copyOf(selections);
    conditions = List.copyOf(conditions);
  }

  @Nullable Selection selection(String name) {
    for (var selection : selections) {
      if (selection.name.equals(name)) {
        return selection;
      }
    }
    return null;
  }
}
