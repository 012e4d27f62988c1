package dev.vedette.app;

import java.util.Collection;
import java.util.Locale;

/// Thread-safe: static functions only. Sentences for people: numbers with their nouns, and what was
/// probably meant by a misspelt word.
final class Words {
  private static final int DISTANCE_MAX = 3;
  private static final int CHARS_MAX = 64;

  private Words() {}

  /// `1 error`, `2 errors`, `1,200 errors`: of nouns whose plural is an s.
  static String count(long n, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", n, noun, n == 1 ? "" : "s");
  }

  /// `; did you mean 'analyze'?`, or nothing where no known word is near.
  static String suggestion(String word, Collection<String> known) {
    String best = "";
    int bestDistance = Math.min(DISTANCE_MAX, word.length() - 1) + 1;
    for (var candidate : known) {
      int distance = distance(word.toLowerCase(Locale.ROOT), candidate);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = candidate;
      }
    }
    return best.isEmpty() ? "" : "; did you mean '" + best + "'?";
  }

  /// Levenshtein distance, two rows.
  private static int distance(String a, String b) {
    if (a.length() > CHARS_MAX) {
      return Integer.MAX_VALUE;
    }
    int[] before = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      before[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(before[j], row[j - 1]) + 1);
      }
      before = row;
    }
    return before[b.length()];
  }
}
