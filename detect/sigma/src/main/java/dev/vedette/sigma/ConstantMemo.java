package dev.vedette.sigma;

import org.jspecify.annotations.Nullable;

/// Confined to one worker. Remembers which atoms the constants of one field led to, by the array
/// alone: the words that readers put into events (`authentication`, `failure`) are a few arrays
/// that never change, and most of what rules ask for.
final class ConstantMemo {
  private static final int SLOTS = 32;

  private final byte[][] constants = new byte[SLOTS][];
  private final int[][] atoms = new int[SLOTS][];

  /// Null where it is not remembered.
  @SuppressWarnings("ReferenceEquality") // the array is the value
  int @Nullable [] find(byte[] constant) {
    int slot = slot(constant);
    return constants[slot] == constant ? atoms[slot] : null;
  }

  void put(byte[] constant, int[] wanted) {
    int slot = slot(constant);
    constants[slot] = constant;
    atoms[slot] = wanted;
  }

  private static int slot(byte[] constant) {
    int length = constant.length;
    return length == 0 ? 0 : length * 7 + constant[length >> 1] & SLOTS - 1;
  }
}
