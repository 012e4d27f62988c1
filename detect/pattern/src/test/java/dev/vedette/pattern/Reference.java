package dev.vedette.pattern;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// Confined to one test. Answers by java.util.regex, which backtracks: a haystack on which it would
/// run for ever is reported as undecided.
final class Reference {
  private static final int STEPS_MAX = 20_000;

  /// java.util.regex did not finish within its steps, or is known to see UTF-16 where we see UTF-8.
  static final class Undecided extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Counted implements CharSequence {
    private final String text;
    private int steps;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++steps > STEPS_MAX) {
        throw new Undecided();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
      return text.subSequence(from, to);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private Reference() {}

  /// Whether the pattern matches somewhere; null if undecided.
  static @Nullable Boolean finds(java.util.regex.Pattern pattern, byte[] haystack) {
    try {
      return matcher(pattern, haystack).find();
    } catch (Undecided _) {
      return null;
    }
  }

  static Matcher matcher(java.util.regex.Pattern pattern, byte[] haystack) {
    String text = new String(haystack, StandardCharsets.UTF_8);
    if (pattern.pattern().contains("\\B") && text.codePoints().anyMatch(c -> c > 0xFFFF)) {
      // Between the halves of a surrogate pair java.util.regex sees a position; UTF-8 has none.
      throw new Undecided();
    }
    return pattern.matcher(new Counted(text));
  }
}
