package dev.vedette.sigma;

import java.util.Collection;
import java.util.Locale;

/// Pure functions: what a mistyped word was probably meant to be.
final class Suggestion {
  private static final int WORD_CHARS_MAX = 64;

  private Suggestion() {}

  /// `Did you mean 'x'?` for the nearest of the known words, or the empty string when none is near.
  static String nearest(String word, Collection<String> known) {
    if (word.length() > WORD_CHARS_MAX) {
      return "";
    }
    String lower = word.toLowerCase(Locale.ROOT);
    String best = "";
    int bestDistance = Math.max(1, word.length() / 3) + 1;
    for (String candidate : known) {
      if (candidate.length() > WORD_CHARS_MAX) {
        continue;
      }
      int distance = distance(lower, candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        bestDistance = distance;
        best = candidate;
      }
    }
    return best.isEmpty() ? "" : "Did you mean '" + best + "'?";
  }

  /// Edits (insert, delete, replace, swap of neighbours) between two words.
  private static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] now = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        now[j] = Math.min(Math.min(now[j - 1], last[j]) + 1, last[j - 1] + cost);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          now[j] = Math.min(now[j], beforeLast[j - 2] + 1);
        }
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = now;
      now = spare;
    }
    return last[b.length()];
  }
}
