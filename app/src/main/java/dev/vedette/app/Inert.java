package dev.vedette.app;

/// Thread-safe: static functions only. Text that an attacker may have written, made harmless for a
/// terminal.
///
/// Control characters (C0, C1, DEL), line breaks, and the invisible characters that reorder or hide
/// text (bidirectional marks, zero-width, tag characters) are written out as escapes, so that a log
/// line can neither move the cursor nor forge a line of ours.
final class Inert {
  private Inert() {}

  static String of(String text) {
    int i = 0;
    while (i < text.length() && isPlain(text.charAt(i))) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    var out = new StringBuilder(text.length() + 16).append(text, 0, i);
    while (i < text.length()) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (Character.getType(c)) {
        case Character.CONTROL -> out.append(String.format("\\x%02x", c));
        case Character.FORMAT,
            Character.SURROGATE,
            Character.PRIVATE_USE,
            Character.UNASSIGNED,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR ->
            out.append("\\u{").append(Integer.toHexString(c)).append('}');
        default -> out.appendCodePoint(c);
      }
    }
    return out.toString();
  }

  /// As [#of], cut in the middle to at most `charsMax` characters.
  static String cut(String text, int charsMax) {
    String inert = of(text);
    if (inert.length() <= charsMax) {
      return inert;
    }
    int head = (charsMax - 1) * 2 / 3;
    int tail = charsMax - 1 - head;
    return inert.substring(0, head) + "…" + inert.substring(inert.length() - tail);
  }

  /// As [#of], at most `charsMax` characters, cut after a word where one ends in the second half:
  /// for sentences and titles, whose beginning says the most.
  static String cutAtWord(String text, int charsMax) {
    String inert = of(text);
    if (inert.length() <= charsMax) {
      return inert;
    }
    int space = inert.lastIndexOf(' ', charsMax - 1);
    return inert.substring(0, space > charsMax / 2 ? space : charsMax - 1) + "…";
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f;
  }
}
