package dev.vedette.store;

import dev.vedette.event.IpAddress;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Confined to one call. Reads [Query#parse] expressions by recursive descent.
final class QueryParser {
  private static final int CHARS_MAX = 4_096;
  private static final int TERMS_MAX = 256;
  private static final int DEPTH_MAX = 32;

  private final String text;
  private int at;
  private int terms;
  private int depth;

  QueryParser(String text) {
    this.text = text;
  }

  Query parse() {
    if (text.length() > CHARS_MAX) {
      throw new QueryException(
          CHARS_MAX, "The expression is longer than " + CHARS_MAX + " characters.");
    }
    skipBlanks();
    if (at == text.length()) {
      return Query.EVERYTHING;
    }
    var query = or(null);
    skipBlanks();
    if (at < text.length()) {
      throw error(at, "There is a `)` without a `(` before it.");
    }
    return query;
  }

  /// @param field the field that a list of values in parentheses belongs to; null outside of one
  private Query or(@Nullable String field) {
    var parts = new ArrayList<Query>();
    parts.add(and(field));
    while (takeWord("or")) {
      parts.add(and(field));
    }
    return parts.size() == 1 ? parts.getFirst() : new Query.Or(List.copyOf(parts));
  }

  private Query and(@Nullable String field) {
    var parts = new ArrayList<Query>();
    parts.add(not(field));
    while (true) {
      boolean said = takeWord("and");
      skipBlanks();
      if (!said && (at == text.length() || text.charAt(at) == ')' || isWord("or"))) {
        break;
      }
      parts.add(not(field));
    }
    return parts.size() == 1 ? parts.getFirst() : new Query.And(List.copyOf(parts));
  }

  private Query not(@Nullable String field) {
    int start = at;
    if (takeWord("not")) {
      deeper(start);
      var part = not(field);
      depth--;
      return new Query.Not(part);
    }
    return term(field);
  }

  private Query term(@Nullable String field) {
    skipBlanks();
    int start = at;
    if (at == text.length()) {
      throw error(start, "Something to look for is missing at the end.");
    }
    if (text.charAt(at) == '(') {
      return inParentheses(field, start);
    }
    if (++terms > TERMS_MAX) {
      throw error(start, "The expression has more than " + TERMS_MAX + " terms.");
    }
    var word = word(field == null);
    if (field != null) {
      return value(field, word, start);
    }
    skipBlanks();
    if (at < text.length() && ":<>".indexOf(text.charAt(at)) >= 0 && !word.quoted) {
      return field(word.text, start);
    }
    if (word.quoted) {
      if (word.text.isEmpty()) {
        throw error(start, "The quoted text is empty.");
      }
      return new Query.Text(word.text);
    }
    if (word.text.equals("*")) {
      return Query.EVERYTHING;
    }
    return hasWildcard(word.text)
        ? new Query.FieldIs("event.original", "*" + word.text + "*")
        : new Query.Text(unescape(word.text));
  }

  private Query inParentheses(@Nullable String field, int start) {
    at++;
    deeper(start);
    var query = or(field);
    depth--;
    skipBlanks();
    if (at == text.length() || text.charAt(at) != ')') {
      throw error(start, "This `(` has no `)`.");
    }
    at++;
    return query;
  }

  private Query field(String rawName, int start) {
    String name = unescape(rawName);
    if (name.isEmpty() || hasWildcard(rawName)) {
      throw error(start, "A field's name is missing before `" + text.charAt(at) + "`.");
    }
    char operator = text.charAt(at++);
    if (operator == ':') {
      skipBlanks();
      int valueStart = at;
      if (at == text.length()) {
        throw error(start, "The value of `" + name + "` is missing.");
      }
      if (text.charAt(at) == '(') {
        return inParentheses(name, valueStart);
      }
      return value(name, word(false), valueStart);
    }
    boolean orEqual = at < text.length() && text.charAt(at) == '=';
    if (orEqual) {
      at++;
    }
    skipBlanks();
    int valueStart = at;
    if (at == text.length()) {
      throw error(start, "The number to compare `" + name + "` with is missing.");
    }
    var word = word(false);
    var comparison =
        operator == '<'
            ? (orEqual ? Query.Comparison.LTE : Query.Comparison.LT)
            : (orEqual ? Query.Comparison.GTE : Query.Comparison.GT);
    return new Query.FieldCompares(name, comparison, number(name, word, valueStart));
  }

  private static double number(String name, Word word, int start) {
    try {
      double number = Double.parseDouble(word.text);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException _) {
      // A time, or nothing that can be compared.
    }
    if (name.equals("@timestamp")) {
      try {
        return Instant.parse(word.text.toUpperCase(Locale.ROOT)).toEpochMilli();
      } catch (DateTimeException | ArithmeticException _) {
        throw error(start, "`" + word.text + "` is no time: write 2026-01-31T12:00:00Z in quotes.");
      }
    }
    throw error(start, "`" + word.text + "` is no number; only numbers can be compared.");
  }

  private Query value(String field, Word word, int start) {
    if (word.quoted) {
      return new Query.FieldIs(field, escape(word.text));
    }
    if (word.text.indexOf('/') > 0 && isNetwork(word.text)) {
      return new Query.FieldInNetwork(field, word.text);
    }
    if (word.text.isEmpty()) {
      throw error(start, "The value of `" + field + "` is missing.");
    }
    return new Query.FieldIs(field, word.text);
  }

  static boolean isNetwork(String text) {
    return IpAddress.Network.parse(text) != null;
  }

  // ---- words
  // --------------------------------------------------------------------------------------------------

  private record Word(String text, boolean quoted) {}

  /// @param mayBeField a bare word ends at `:`, `<`, `>` then; a value does not
  private Word word(boolean mayBeField) {
    int start = at;
    if (text.charAt(at) == '"') {
      var value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      if (at == text.length()) {
        throw error(start, "This quote is not closed.");
      }
      at++;
      return new Word(value.toString(), true);
    }
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c) || c == '(' || c == ')' || c == '"') {
        break;
      }
      if (mayBeField && (c == ':' || c == '<' || c == '>')) {
        break;
      }
      at += c == '\\' && at + 1 < text.length() ? 2 : 1;
    }
    if (at == start && (!mayBeField || ":<>".indexOf(text.charAt(at)) < 0)) {
      throw error(start, "`" + text.charAt(at) + "` cannot stand here.");
    }
    String word = text.substring(start, at);
    if (isOperator(word)) {
      throw error(
          start, "`" + word + "` needs something on both sides; quote it to look for the word.");
    }
    return new Word(word, false);
  }

  private static boolean isOperator(String word) {
    return word.equalsIgnoreCase("and")
        || word.equalsIgnoreCase("or")
        || word.equalsIgnoreCase("not");
  }

  private boolean takeWord(String word) {
    if (!isWord(word)) {
      return false;
    }
    at += word.length();
    return true;
  }

  private boolean isWord(String word) {
    skipBlanks();
    int end = at + word.length();
    return text.regionMatches(true, at, word, 0, word.length())
        && (end == text.length()
            || Character.isWhitespace(text.charAt(end))
            || text.charAt(end) == '('
            || text.charAt(end) == ')'
            || text.charAt(end) == '"');
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private void deeper(int start) {
    if (++depth > DEPTH_MAX) {
      throw error(start, "The expression nests deeper than " + DEPTH_MAX + ".");
    }
  }

  private static QueryException error(int position, String message) {
    return new QueryException(position, message);
  }

  // ---- escapes
  // --------------------------------------------------------------------------------------------------

  static boolean hasWildcard(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '*') {
        return true;
      }
    }
    return false;
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("*", "\\*");
  }

  static String unescape(String value) {
    if (value.indexOf('\\') < 0) {
      return value;
    }
    var plain = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) == '\\' && i + 1 < value.length()) {
        i++;
      }
      plain.append(value.charAt(i));
    }
    return plain.toString();
  }
}
