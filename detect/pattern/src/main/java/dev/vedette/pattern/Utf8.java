package dev.vedette.pattern;

/// Immutable. Where characters begin and end in bytes.
final class Utf8 {
  private Utf8() {}

  /// Bytes of the well-formed character at `at`; 0 if the bytes there are ill-formed.
  static int length(byte[] b, int at, int to) {
    int unit = unit(b, at, to);
    return unit > 0 ? unit : 0;
  }

  /// Bytes of the character at `at` if it is well-formed, else the negated length of the ill-formed
  /// sequence: the longest beginning of a well-formed character, at least one byte (the "maximal
  /// subpart" of the Unicode Standard, section 3.9).
  static int unit(byte[] b, int at, int to) {
    int lead = b[at] & 0xFF;
    if (lead < 0x80) {
      return 1;
    }
    int length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    for (int i = 1; i < length; i++) {
      int lo = 0x80;
      int hi = 0xBF;
      if (i == 1) {
        switch (lead) {
          case 0xE0 -> lo = 0xA0;
          case 0xED -> hi = 0x9F;
          case 0xF0 -> lo = 0x90;
          case 0xF4 -> hi = 0x8F;
          default -> {}
        }
      }
      int c = at + i < to ? b[at + i] & 0xFF : -1;
      if (c < lo || c > hi) {
        return -i;
      }
    }
    return length == 0 ? -1 : length;
  }
}
