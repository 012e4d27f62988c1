package dev.vedette.store;

import java.util.Arrays;

/// Immutable. Finds one text in bytes, ASCII letter case aside: Horspool's algorithm with a skip
/// table that knows both cases.
final class LiteralFinder {
  private final byte[] folded;
  private final int[] skips = new int[256];

  LiteralFinder(byte[] literal) {
    folded = literal.clone();
    for (int i = 0; i < folded.length; i++) {
      folded[i] = fold(folded[i]);
    }
    int length = folded.length;
    Arrays.fill(skips, Math.max(1, length));
    for (int i = 0; i < length - 1; i++) {
      skips[folded[i] & 0xff] = length - 1 - i;
      if (folded[i] >= 'a' && folded[i] <= 'z') {
        skips[folded[i] - 32] = length - 1 - i;
      }
    }
  }

  int length() {
    return folded.length;
  }

  /// Where it first starts within `[from, to)`, or -1.
  int find(byte[] bytes, int from, int to) {
    int last = folded.length - 1;
    if (last < 0) {
      return from;
    }
    byte end = folded[last];
    int[] skip = skips;
    for (int at = from + last; at < to; at += skip[bytes[at] & 0xff]) {
      if (fold(bytes[at]) == end && matches(bytes, at - last)) {
        return at - last;
      }
    }
    return -1;
  }

  private boolean matches(byte[] bytes, int at) {
    for (int i = 0; i < folded.length - 1; i++) {
      if (fold(bytes[at + i]) != folded[i]) {
        return false;
      }
    }
    return true;
  }

  static byte fold(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
  }
}
