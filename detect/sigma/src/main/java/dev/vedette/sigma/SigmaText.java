package dev.vedette.sigma;

import dev.vedette.pattern.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Immutable. A Sigma string after its escapes were read: texts, `*` and `?`. Two texts never stand
/// side by side, nor do two `*`.
///
/// `\*`, `\?` and `\\` stand for the character; a backslash before anything else, or at the end, is
/// itself.
record SigmaText(List<Piece> pieces) {
  private static final Piece RUN = new Piece.AnyRun();
  private static final Piece ONE = new Piece.AnyOne();

  /// Texts that one value with placeholders may become.
  static final int EXPANSIONS_MAX = 10_000;

  SigmaText {
    pieces = normalised(pieces);
  }

  private static List<Piece> normalised(List<Piece> pieces) {
    List<Piece> out = new ArrayList<>();
    var text = new StringBuilder();
    for (var piece : pieces) {
      if (piece instanceof Piece.Text(String more)) {
        text.append(more);
        continue;
      }
      if (!text.isEmpty()) {
        out.add(new Piece.Text(text.toString()));
        text.setLength(0);
      }
      boolean repeatedRun =
          piece instanceof Piece.AnyRun && !out.isEmpty() && out.getLast() instanceof Piece.AnyRun;
      if (!repeatedRun) {
        out.add(piece instanceof Piece.AnyRun ? RUN : ONE);
      }
    }
    if (!text.isEmpty()) {
      out.add(new Piece.Text(text.toString()));
    }
    return List.copyOf(out);
  }

  static SigmaText parse(String raw) {
    List<Piece> out = new ArrayList<>();
    parse(raw, out);
    return new SigmaText(out);
  }

  private static void parse(String raw, List<Piece> out) {
    var text = new StringBuilder();
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '\\' && i + 1 < raw.length() && "*?\\".indexOf(raw.charAt(i + 1)) >= 0) {
        text.append(raw.charAt(++i));
      } else if (c == '*' || c == '?') {
        out.add(new Piece.Text(text.toString()));
        text.setLength(0);
        out.add(c == '*' ? RUN : ONE);
      } else {
        text.append(c);
      }
    }
    out.add(new Piece.Text(text.toString()));
  }

  /// `text` without wildcards.
  static SigmaText plain(String text) {
    return new SigmaText(List.of(new Piece.Text(text)));
  }

  /// Reads a value with `%name%` placeholders, `\%` being a percent sign: one text per combination
  /// of the placeholders' values, which are taken as they are.
  static List<SigmaText> expand(
      String raw, Map<String, List<String>> placeholders, Position position) {
    List<List<Piece>> texts = new ArrayList<>();
    texts.add(new ArrayList<>());
    var fragment = new StringBuilder();
    int i = 0;
    while (i < raw.length()) {
      char c = raw.charAt(i);
      if (c == '\\' && i + 1 < raw.length()) {
        char escaped = raw.charAt(i + 1);
        if (escaped == '%') {
          fragment.append('%');
        } else {
          fragment.append(c).append(escaped);
        }
        i += 2;
        continue;
      }
      int close = c == '%' ? raw.indexOf('%', i + 1) : -1;
      if (close < 0) {
        fragment.append(c);
        i++;
        continue;
      }
      String name = raw.substring(i + 1, close);
      List<String> values = placeholders.get(name);
      if (values == null) {
        throw new RuleSyntaxException(
            position,
            "The placeholder '%" + name + "%' has no values in the configuration.",
            Suggestion.nearest(name, placeholders.keySet()));
      }
      List<List<Piece>> next = new ArrayList<>();
      for (var text : texts) {
        parse(fragment.toString(), text);
        for (String value : values) {
          List<Piece> longer = new ArrayList<>(text);
          longer.add(new Piece.Text(value));
          next.add(longer);
          if (next.size() > EXPANSIONS_MAX) {
            throw new RuleSyntaxException(
                position, "The placeholders make more than " + EXPANSIONS_MAX + " texts.");
          }
        }
      }
      texts = next;
      fragment.setLength(0);
      i = close + 1;
    }
    List<SigmaText> out = new ArrayList<>();
    for (var text : texts) {
      parse(fragment.toString(), text);
      out.add(new SigmaText(text));
    }
    return out;
  }

  boolean hasWildcards() {
    return pieces.size() > 1 || (pieces.size() == 1 && !(pieces.getFirst() instanceof Piece.Text));
  }

  /// The text where there are no wildcards, else null.
  @Nullable String literal() {
    if (pieces.isEmpty()) {
      return "";
    }
    return pieces.size() == 1 && pieces.getFirst() instanceof Piece.Text(String text) ? text : null;
  }

  SigmaText withRuns(boolean before, boolean after) {
    List<Piece> out = new ArrayList<>();
    if (before) {
      out.add(RUN);
    }
    out.addAll(pieces);
    if (after) {
      out.add(RUN);
    }
    return new SigmaText(out);
  }
}
