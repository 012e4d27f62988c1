package dev.vedette.sigma;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Confined to one call. Reads a `condition`:
///
/// ```
/// or   := and ('or' and)*
/// and  := not ('and' not)*
/// not  := 'not' not | atom
/// atom := '(' or ')' | (number | 'any' | 'all') 'of' (pattern | 'them') | name
/// ```
final class ConditionParser {
  private static final int LENGTH_MAX = 32_768;
  private static final int DEPTH_MAX = 100;

  private static final List<String> AGGREGATIONS =
      List.of("count", "min", "max", "avg", "sum", "near");

  private final String text;
  private final Position start;
  private final boolean columnsFollow;
  private int at;
  private int tokenAt;
  private String token = "";

  private ConditionParser(String text, Position start, boolean columnsFollow) {
    this.text = text;
    this.start = start;
    this.columnsFollow = columnsFollow;
  }

  /// @param columnsFollow whether a character of `text` stands as many columns after `start`
  static Condition parse(String text, Position start, boolean columnsFollow) {
    if (text.length() > LENGTH_MAX) {
      throw new RuleSyntaxException(
          start, "The condition is longer than " + LENGTH_MAX + " characters.");
    }
    var parser = new ConditionParser(text, start, columnsFollow);
    parser.next();
    if (parser.token.isEmpty()) {
      throw new RuleSyntaxException(start, "The condition is empty.");
    }
    var condition = parser.or(0);
    if (!parser.token.isEmpty()) {
      throw parser.unexpected("'and', 'or' or the end");
    }
    return condition;
  }

  private Condition or(int depth) {
    if (depth > DEPTH_MAX) {
      throw new RuleSyntaxException(
          here(), "The condition is nested more than " + DEPTH_MAX + " deep.");
    }
    List<Condition> parts = new ArrayList<>();
    parts.add(and(depth));
    while (token.equals("or")) {
      next();
      parts.add(and(depth));
    }
    return parts.size() == 1 ? parts.getFirst() : new Condition.Or(parts);
  }

  private Condition and(int depth) {
    List<Condition> parts = new ArrayList<>();
    parts.add(not(depth));
    while (token.equals("and")) {
      next();
      parts.add(not(depth));
    }
    return parts.size() == 1 ? parts.getFirst() : new Condition.And(parts);
  }

  private Condition not(int depth) {
    boolean negated = false;
    while (token.equals("not")) {
      negated = !negated;
      next();
    }
    var atom = atom(depth);
    return negated ? new Condition.Not(atom) : atom;
  }

  private Condition atom(int depth) {
    if (token.equals("(")) {
      next();
      var inner = or(depth + 1);
      if (!token.equals(")")) {
        throw unexpected("')'");
      }
      next();
      return inner;
    }
    Position position = here();
    if (token.isEmpty() || !isNameStart(token.charAt(0)) || isKeyword(token)) {
      throw unexpected("the name of a selection");
    }
    String word = token;
    next();
    if (token.equals("of") && isQuantity(word)) {
      int atLeast = quantity(word, position);
      next();
      Position patternPosition = here();
      if (token.isEmpty() || !isNameStart(token.charAt(0)) || isKeyword(token)) {
        throw unexpected("'them' or the name of selections with '*'");
      }
      var quantified = new Condition.Quantified(atLeast, token, patternPosition);
      next();
      return quantified;
    }
    return new Condition.Reference(word, position);
  }

  private static boolean isQuantity(String word) {
    return word.equals("any")
        || word.equals("all")
        || word.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static int quantity(String word, Position position) {
    return switch (word) {
      case "any" -> 1;
      case "all" -> Condition.Quantified.ALL;
      default -> {
        if (word.length() > 6 || Integer.parseInt(word) == 0) {
          throw new RuleSyntaxException(
              position, "'" + word + " of' is not a sensible number of selections.");
        }
        yield Integer.parseInt(word);
      }
    };
  }

  private static boolean isKeyword(String word) {
    return word.equals("and") || word.equals("or") || word.equals("not") || word.equals("of");
  }

  private static boolean isNameStart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '*';
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c) || c == '.';
  }

  private void next() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    tokenAt = at;
    if (at == text.length()) {
      token = "";
      return;
    }
    if (isNameStart(text.charAt(at))) {
      while (at < text.length() && isNamePart(text.charAt(at))) {
        at++;
      }
    } else {
      at++;
    }
    token = text.substring(tokenAt, at);
    if (token.equals("|")) {
      throw aggregation();
    }
  }

  private RuleSyntaxException aggregation() {
    String rest = text.substring(at).strip();
    String word = rest.isEmpty() ? "" : rest.split("[^A-Za-z]", 2)[0].toLowerCase(Locale.ROOT);
    if (AGGREGATIONS.contains(word)) {
      return new RuleSyntaxException(
          here(),
          "Aggregations such as '| " + word + "' are not part of Sigma 2.",
          "Write a correlation document (type: "
              + (word.equals("near") ? "temporal" : "event_count or value_count")
              + ") that refers to this rule.");
    }
    return new RuleSyntaxException(here(), "A condition holds no '|'.");
  }

  private RuleSyntaxException unexpected(String wanted) {
    if (token.isEmpty()) {
      return new RuleSyntaxException(
          here(), "The condition ends where " + wanted + " should stand.");
    }
    String lower = token.toLowerCase(Locale.ROOT);
    boolean wrongCase = !lower.equals(token) && isKeyword(lower);
    return new RuleSyntaxException(
        here(),
        "'" + shortened(token) + "' stands where " + wanted + " should.",
        wrongCase ? "Write '" + lower + "' in lower case." : "");
  }

  private static String shortened(String word) {
    return word.length() <= 40 ? word : word.substring(0, 40) + "...";
  }

  private Position here() {
    return columnsFollow ? start.right(tokenAt) : start;
  }
}
