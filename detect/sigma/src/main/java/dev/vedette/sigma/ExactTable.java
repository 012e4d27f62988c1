package dev.vedette.sigma;

import java.util.Arrays;
import java.util.List;

/// Immutable. Whole values, whatever their case, to the atoms that want them: open addressing over
/// folded bytes. Compares full keys.
final class ExactTable {
  static final ExactTable EMPTY = new ExactTable(List.of(), List.of());

  private final byte[][] keys;
  private final int[][] atoms;
  private final int[] slots;
  private final int keyBytesMax;

  /// @param keys folded, all different
  /// @param atoms of each key
  ExactTable(List<byte[]> keys, List<int[]> atoms) {
    this.keys = keys.toArray(byte[][]::new);
    this.atoms = atoms.toArray(int[][]::new);
    this.slots = new int[Integer.highestOneBit(Math.max(1, keys.size())) * 4];
    Arrays.fill(slots, -1);
    int longest = -1;
    for (int i = 0; i < this.keys.length; i++) {
      byte[] key = this.keys[i];
      longest = Math.max(longest, key.length);
      int slot = mix(hash(key)) & (slots.length - 1);
      while (slots[slot] >= 0) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = i;
    }
    this.keyBytesMax = longest;
  }

  boolean isEmpty() {
    return keys.length == 0;
  }

  /// The atoms that want `bytes[from, to)`, or null. Allocates only for values beyond ASCII.
  int @org.jspecify.annotations.Nullable [] find(byte[] bytes, int from, int to) {
    // A folded key may be longer or shorter than the value, but by less than a factor of three.
    if (to - from > keyBytesMax * 3) {
      return null;
    }
    int h = 0;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b < 0) {
        byte[] folded = Utf8Fold.fold(bytes, from, to);
        return find(folded, 0, folded.length, hash(folded), true);
      }
      h = 31 * h + lower(b);
    }
    return find(bytes, from, to, h, false);
  }

  private int @org.jspecify.annotations.Nullable [] find(
      byte[] bytes, int from, int to, int hash, boolean folded) {
    for (int slot = mix(hash) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      int key = slots[slot];
      if (key < 0) {
        return null;
      }
      if (folded
          ? Arrays.equals(keys[key], 0, keys[key].length, bytes, from, to)
          : equalsFolded(keys[key], bytes, from, to)) {
        return atoms[key];
      }
    }
  }

  private static boolean equalsFolded(byte[] key, byte[] bytes, int from, int to) {
    if (key.length != to - from) {
      return false;
    }
    for (int i = 0; i < key.length; i++) {
      if (key[i] != lower(bytes[from + i])) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  private static int hash(byte[] folded) {
    int h = 0;
    for (byte b : folded) {
      h = 31 * h + b;
    }
    return h;
  }

  private static int mix(int h) {
    int mixed = h * 0x9E3779B9;
    return mixed ^ mixed >>> 15;
  }
}
