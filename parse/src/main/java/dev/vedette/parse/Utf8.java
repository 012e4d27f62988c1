package dev.vedette.parse;

/// Stateless. Writing code points as UTF-8 (RFC 3629).
final class Utf8 {
  private Utf8() {}

  /// Writes a code point (a lone surrogate becomes U+FFFD) at `out[at..]`, at most four bytes;
  /// answers the end.
  static int write(int codePoint, byte[] out, int at) {
    int c = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
    int p = at;
    if (c < 0x80) {
      out[p++] = (byte) c;
    } else if (c < 0x800) {
      out[p++] = (byte) (0xc0 | (c >> 6));
      out[p++] = (byte) (0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      out[p++] = (byte) (0xe0 | (c >> 12));
      out[p++] = (byte) (0x80 | ((c >> 6) & 0x3f));
      out[p++] = (byte) (0x80 | (c & 0x3f));
    } else {
      out[p++] = (byte) (0xf0 | (c >> 18));
      out[p++] = (byte) (0x80 | ((c >> 12) & 0x3f));
      out[p++] = (byte) (0x80 | ((c >> 6) & 0x3f));
      out[p++] = (byte) (0x80 | (c & 0x3f));
    }
    return p;
  }
}
