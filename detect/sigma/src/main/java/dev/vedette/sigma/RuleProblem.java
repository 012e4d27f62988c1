package dev.vedette.sigma;

/// Immutable. Something wrong in a rule file, told so that its author can mend it without reading
/// our code. A rule with a problem is not loaded; every other rule is.
///
/// @param file the name of the [RuleFile]
/// @param line from 1; 0 where the problem is the whole file's
/// @param column from 1; 0 where the problem is the whole file's
/// @param rule the title or id of the rule, or empty where it is not known
/// @param message one or two sentences
/// @param suggestion what was probably meant, or empty
public record RuleProblem(
    String file, int line, int column, String rule, String message, String suggestion) {

  /// `file:line:column: rule: message Did you mean ...?`
  @Override
  public String toString() {
    var text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line).append(':').append(column);
    }
    text.append(": ");
    if (!rule.isEmpty()) {
      text.append(rule).append(": ");
    }
    text.append(message);
    if (!suggestion.isEmpty()) {
      text.append(' ').append(suggestion);
    }
    return text.toString();
  }
}
