package dev.vedette.pattern;

import java.util.Arrays;

/// Confined to one worker. Where automata report: ids below `direct` are patterns and set their bit
/// at once; the others are factors of patterns that still need checking, and are listed.
final class Hits {
  static final long[] NOWHERE = new long[0];

  private final int direct;
  private final long[] factorSeen;
  private int[] factors = new int[8];
  private int factorCount;
  private long[] bits = NOWHERE;
  private int firstWord;
  boolean any;

  Hits(int direct, int factorIds) {
    this.direct = direct;
    factorSeen = new long[(factorIds + 63) >>> 6];
  }

  /// Starts a haystack whose bits go to the words from `word` of `into`.
  void begin(long[] into, int word) {
    bits = into;
    firstWord = word;
    any = false;
    for (int i = 0; i < factorCount; i++) {
      factorSeen[factors[i] >> 6] = 0;
    }
    factorCount = 0;
  }

  void add(int id) {
    if (id < direct) {
      bits[firstWord + (id >> 6)] |= 1L << id;
      any = true;
      return;
    }
    int factor = id - direct;
    if (((factorSeen[factor >> 6] >>> factor) & 1) == 0) {
      factorSeen[factor >> 6] |= 1L << factor;
      if (factorCount == factors.length) {
        factors = Arrays.copyOf(factors, factorCount * 2);
      }
      factors[factorCount++] = factor;
    }
  }

  int factorCount() {
    return factorCount;
  }

  int factor(int index) {
    return factors[index];
  }

  boolean allSeen(int[] wanted) {
    for (int factor : wanted) {
      if (((factorSeen[factor >> 6] >>> factor) & 1) == 0) {
        return false;
      }
    }
    return true;
  }
}
