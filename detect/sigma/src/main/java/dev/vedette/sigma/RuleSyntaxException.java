package dev.vedette.sigma;

/// Ends the reading or compiling of one rule; caught where rules are iterated, and turned into a
/// [RuleProblem]. Never leaves the module.
final class RuleSyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Position position;
  private final String suggestion;

  RuleSyntaxException(Position position, String message) {
    this(position, message, "");
  }

  RuleSyntaxException(Position position, String message, String suggestion) {
    super(message, null, false, false);
    this.position = position;
    this.suggestion = suggestion;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  RuleProblem problem(String file, String rule) {
    return new RuleProblem(file, position.line(), position.column(), rule, text(), suggestion);
  }
}
