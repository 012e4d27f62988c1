package dev.vedette.sigma;

import java.nio.charset.StandardCharsets;

/// Pure functions: simple case folding, the same that `dev.vedette.pattern` applies.
final class Utf8Fold {
  private Utf8Fold() {}

  static int fold(int c) {
    if (c < 0x80) {
      return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
    if (c == 0x130 || c == 0x131) {
      return c;
    }
    return Character.toLowerCase(Character.toUpperCase(c));
  }

  static String fold(String text) {
    var out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> out.appendCodePoint(fold(c)));
    return out.toString();
  }

  /// The folded bytes of a value that is not all ASCII. Ill-formed sequences become U+FFFD, which
  /// no rule's exact value holds unless its author wrote it.
  static byte[] fold(byte[] bytes, int from, int to) {
    return fold(new String(bytes, from, to - from, StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }
}
