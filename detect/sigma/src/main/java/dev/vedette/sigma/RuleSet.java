package dev.vedette.sigma;

import java.util.List;

/// Immutable. Every rule that could be read, in the order of the files, and every problem with
/// those that could not.
public record RuleSet(List<Rule> rules, List<RuleProblem> problems) {
  public RuleSet {
    rules = List.copyOf(rules);
    problems = List.copyOf(problems);
  }

  public List<DetectionRule> detections() {
    return rules.stream()
        .filter(DetectionRule.class::isInstance)
        .map(DetectionRule.class::cast)
        .toList();
  }

  public List<CorrelationRule> correlations() {
    return rules.stream()
        .filter(CorrelationRule.class::isInstance)
        .map(CorrelationRule.class::cast)
        .toList();
  }

  /// The same rules, each reporting for itself, also those that here only feed a correlation: so
  /// that the test lines of a hidden step can be run as those of any other rule.
  public RuleSet withEveryStepReporting() {
    return new RuleSet(
        rules.stream()
            .map(rule -> rule instanceof CorrelationRule counts ? counts.generating() : rule)
            .toList(),
        problems);
  }
}
