package dev.vedette.parse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Stateless. Looking for bytes in bytes, eight at a time where it pays (SWAR, "SIMD within a
/// register": the zero-byte test of Hacker's Delight, section 6-1).
///
/// Ranges are `[from, to)`; searches answer an index in the range or -1.
final class Scan {
  private Scan() {}

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Eight bytes from `at`, the first one lowest; the array must have them.
  static long eight(byte[] b, int at) {
    return (long) LONG.get(b, at);
  }

  /// The first `c` in the range, or -1.
  static int indexOf(byte[] b, int from, int to, char c) {
    int i = from;
    long pattern = ONES * c;
    for (; i + 8 <= to; i += 8) {
      long x = (long) LONG.get(b, i) ^ pattern;
      long hit = (x - ONES) & ~x & HIGHS;
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (b[i] == c) {
        return i;
      }
    }
    return -1;
  }

  /// The first `c` or `d` in the range, or -1.
  static int indexOfEither(byte[] b, int from, int to, char c, char d) {
    int i = from;
    long first = ONES * c;
    long second = ONES * d;
    for (; i + 8 <= to; i += 8) {
      long word = (long) LONG.get(b, i);
      long x = word ^ first;
      long y = word ^ second;
      long hit = (((x - ONES) & ~x) | ((y - ONES) & ~y)) & HIGHS;
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (b[i] == c || b[i] == d) {
        return i;
      }
    }
    return -1;
  }

  static int lastIndexOf(byte[] b, int from, int to, char c) {
    for (int i = to - 1; i >= from; i--) {
      if (b[i] == c) {
        return i;
      }
    }
    return -1;
  }

  /// The first place of `needle` (at least one byte, whose first byte is rare enough in logs).
  static int indexOf(byte[] b, int from, int to, byte[] needle) {
    int last = to - needle.length;
    int i = from;
    while (i <= last) {
      i = indexOf(b, i, last + 1, (char) needle[0]);
      if (i < 0) {
        return -1;
      }
      if (matches(b, i, needle)) {
        return i;
      }
      i++;
    }
    return -1;
  }

  static int lastIndexOf(byte[] b, int from, int to, byte[] needle) {
    for (int i = to - needle.length; i >= from; i--) {
      if (b[i] == needle[0] && matches(b, i, needle)) {
        return i;
      }
    }
    return -1;
  }

  static boolean startsWith(byte[] b, int from, int to, byte[] prefix) {
    return to - from >= prefix.length && matches(b, from, prefix);
  }

  static boolean endsWith(byte[] b, int from, int to, byte[] suffix) {
    return to - from >= suffix.length && matches(b, to - suffix.length, suffix);
  }

  static boolean equals(byte[] b, int from, int to, byte[] text) {
    return to - from == text.length && matches(b, from, text);
  }

  /// As [#equals], letters A-Z and a-z alike; `lower` is in lower case.
  static boolean equalsIgnoreCase(byte[] b, int from, int to, byte[] lower) {
    if (to - from != lower.length) {
      return false;
    }
    for (int i = 0; i < lower.length; i++) {
      int c = b[from + i];
      if (c >= 'A' && c <= 'Z') {
        c |= 0x20;
      }
      if (c != lower[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(byte[] b, int at, byte[] text) {
    int length = text.length;
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      if ((long) LONG.get(b, at + i) != (long) LONG.get(text, i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (b[at + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLetter(byte c) {
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'z' && c > 0;
  }

  static boolean isSpace(byte c) {
    return c == ' ' || c == '\t';
  }

  /// One or more digits and nothing else.
  static boolean isNumber(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isDigit(b[i])) {
        return false;
      }
    }
    return to > from;
  }

  static boolean isPort(byte[] b, int from, int to) {
    return to - from <= 5 && isNumber(b, from, to) && number(b, from, to) <= 65_535;
  }

  /// The value of up to 18 digits, which must be digits.
  static long number(byte[] b, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value * 10 + (b[i] - '0');
    }
    return value;
  }

  static int hexDigit(byte c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' && c > 0 ? lower - 'a' + 10 : -1;
  }

  static int skipSpaces(byte[] b, int from, int to) {
    int i = from;
    while (i < to && isSpace(b[i])) {
      i++;
    }
    return i;
  }

  static int trimEnd(byte[] b, int from, int to) {
    int i = to;
    while (i > from && (isSpace(b[i - 1]) || b[i - 1] == '\r' || b[i - 1] == '\n')) {
      i--;
    }
    return i;
  }

  /// The end of the word that begins at `from`.
  static int wordEnd(byte[] b, int from, int to) {
    int space = indexOf(b, from, to, ' ');
    return space < 0 ? to : space;
  }
}
