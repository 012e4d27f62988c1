package dev.vedette.sigma;

/// Immutable. SipHash-1-3 under a secret key, so that nobody can choose values that collide.
///
/// @see <a href="https://www.aumasson.jp/siphash/">SipHash</a>
final class SipHash {
  private final long k0;
  private final long k1;

  SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  private static final java.lang.invoke.VarHandle LONG =
      java.lang.invoke.MethodHandles.byteArrayViewVarHandle(
          long[].class, java.nio.ByteOrder.LITTLE_ENDIAN);

  long hash(byte[] bytes) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    int at = 0;
    for (int rounds = bytes.length / 8 + 4; rounds > 0; rounds--) {
      long word;
      if (rounds > 4) {
        word = (long) LONG.get(bytes, at);
        at += 8;
      } else if (rounds == 4) {
        word = (long) bytes.length << 56;
        for (int shift = 0; at < bytes.length; at++, shift += 8) {
          word |= (bytes[at] & 0xFFL) << shift;
        }
      } else {
        word = 0;
        if (rounds == 3) {
          v2 ^= 0xFF;
        }
      }
      v3 ^= word;
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
      v0 ^= word;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
