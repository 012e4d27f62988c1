package dev.vedette.sigma;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.ThreatClass;
import java.util.List;

/// Immutable. A detection rule of a [SigmaEngine].
public final class CompiledRule {
  private final int index;
  private final DetectionRule rule;
  private final Formula formula;
  private final boolean reports;
  private final ThreatClass threatClass;
  private final List<String> techniques;
  private final Explanation explanation;
  private final int[] explanationFields;

  CompiledRule(
      int index, DetectionRule rule, Formula formula, boolean reports, FieldDictionary dictionary) {
    this.index = index;
    this.rule = rule;
    this.formula = formula;
    this.reports = reports;
    this.threatClass = rule.header().threatClass(rule.logSource());
    this.techniques = rule.header().techniques();
    this.explanation = Explanation.of(rule.header());
    this.explanationFields =
        explanation.gaps().stream().mapToInt(name -> dictionary.lookup(name)).toArray();
  }

  /// Its place among [SigmaEngine#rules].
  public int index() {
    return index;
  }

  public DetectionRule rule() {
    return rule;
  }

  public RuleHeader header() {
    return rule.header();
  }

  public String id() {
    return rule.id();
  }

  public ThreatClass threatClass() {
    return threatClass;
  }

  public List<String> techniques() {
    return techniques;
  }

  /// The sentence that tells a person why it fired on an event of the engine's dictionary.
  public String explanation(Event event) {
    return explanation.fill(event, explanationFields);
  }

  /// What [#explanation(Event)] takes from an event, to be told later or not at all.
  ///
  /// @param buffer used again where it is long enough
  public byte[] explanationValues(Event event, byte[] buffer) {
    return Explanation.values(event, explanationFields, buffer);
  }

  /// The sentence of the values that [#explanationValues] took.
  public String explanation(byte[] values) {
    return explanation.fill(values);
  }

  /// Whether a match is worth telling by itself. False for rules that only feed correlations
  /// without `generate`.
  public boolean reports() {
    return reports;
  }

  Formula formula() {
    return formula;
  }

  @Override
  public String toString() {
    return rule.title();
  }
}
