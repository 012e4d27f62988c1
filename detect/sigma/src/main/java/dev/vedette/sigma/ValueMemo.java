package dev.vedette.sigma;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. Remembers which atoms the values of one field led to: user agents,
/// hosts, methods and image paths repeat.
///
/// A cache of pairs over reused buffers; full keys are compared, because a forged collision would
/// be a way past a rule. Where values do not repeat it turns itself off for a while, for longer
/// each time that it tries in vain.
final class ValueMemo {
  static final int VALUE_BYTES_MAX = 256;
  private static final int SLOTS = 512;
  private static final int TRIAL = 2_048;
  private static final int REST_MIN = 16_384;
  private static final int REST_MAX = 1 << 20;

  private final byte[][] keys = new byte[SLOTS][];
  private final int[] lengths = new int[SLOTS];
  private final int[][] atoms = new int[SLOTS][];
  private final byte[] newer = new byte[SLOTS / 2];
  private int lookups;
  private int hits;
  private int resting;
  private int rest = REST_MIN;

  /// The slot of a value, `~slot` where it is not there and may be put, or [Integer#MIN_VALUE]
  /// where this value is not remembered.
  int find(byte[] bytes, int from, int to) {
    if (resting > 0) {
      resting--;
      return Integer.MIN_VALUE;
    }
    int length = to - from;
    if (length > VALUE_BYTES_MAX) {
      return Integer.MIN_VALUE;
    }
    if (lookups == TRIAL) {
      if (hits < TRIAL / 3) {
        resting = rest;
        rest = Math.min(REST_MAX, rest * 2);
      } else {
        rest = REST_MIN;
      }
      lookups = 0;
      hits = 0;
    }
    lookups++;
    int pair = hash(bytes, from, to) & SLOTS / 2 - 1;
    for (int slot = pair * 2; slot <= pair * 2 + 1; slot++) {
      byte[] key = keys[slot];
      if (key != null
          && lengths[slot] == length
          && Arrays.equals(key, 0, length, bytes, from, to)) {
        hits++;
        newer[pair] = (byte) (slot & 1);
        return slot;
      }
    }
    return ~(pair * 2 + 1 - newer[pair]);
  }

  int[] atoms(int slot) {
    return atoms[slot];
  }

  void put(int slot, byte[] bytes, int from, int to, int[] found) {
    int length = to - from;
    byte @Nullable [] key = keys[slot];
    if (key == null || key.length < length) {
      key = new byte[Math.min(VALUE_BYTES_MAX, (length + 63) & ~63)];
      keys[slot] = key;
    }
    System.arraycopy(bytes, from, key, 0, length);
    lengths[slot] = length;
    atoms[slot] = found;
    newer[slot >>> 1] = (byte) (slot & 1);
  }

  private static final java.lang.invoke.VarHandle LONG =
      java.lang.invoke.MethodHandles.byteArrayViewVarHandle(
          long[].class, java.nio.ByteOrder.LITTLE_ENDIAN);

  private static int hash(byte[] bytes, int from, int to) {
    long h = (long) to - from;
    int at = from;
    for (; at + 8 <= to; at += 8) {
      h = (h ^ (long) LONG.get(bytes, at)) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    for (; at < to; at++) {
      h = (h ^ bytes[at]) * 0x100000001B3L;
    }
    h *= 0x9E3779B97F4A7C15L;
    return (int) (h >>> 40);
  }
}
