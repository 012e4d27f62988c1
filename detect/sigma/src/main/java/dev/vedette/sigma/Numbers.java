package dev.vedette.sigma;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Confined to one call. Numbers of base 128, least first (as LEB128), and byte strings that begin
/// with their length; past a fault it answers nothing but zeros.
final class Numbers {
  private final byte[] bytes;
  private int at;
  private boolean broken;

  Numbers(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  static void write(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  static void writeSigned(ByteArrayOutputStream out, long value) {
    write(out, (value << 1) ^ (value >> 63));
  }

  static void write(ByteArrayOutputStream out, byte[] value) {
    write(out, value.length);
    out.write(value, 0, value.length);
  }

  boolean isBroken() {
    return broken;
  }

  boolean atEnd() {
    return at >= bytes.length || broken;
  }

  /// Not negative: a number with its highest bit set is broken unless it is read as a signed one.
  long number() {
    long value = raw();
    if (value < 0) {
      broken = true;
      return 0;
    }
    return value;
  }

  long signed() {
    long value = raw();
    return (value >>> 1) ^ -(value & 1);
  }

  private long raw() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at >= bytes.length) {
        broken = true;
        return 0;
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    broken = true;
    return 0;
  }

  /// How many of something follow, each of which takes a byte at least.
  int count() {
    long count = number();
    if (count > bytes.length - at) {
      broken = true;
      return 0;
    }
    return (int) count;
  }

  /// UTF-8.
  String text() {
    long length = number();
    if (broken || length > bytes.length - at) {
      return broken();
    }
    int from = at;
    at += (int) length;
    return new String(bytes, from, (int) length, StandardCharsets.UTF_8);
  }

  /// Bytes that were not read yet.
  int left() {
    return bytes.length - at;
  }

  /// Says that what was read makes no sense. Answers nothing.
  String broken() {
    broken = true;
    return "";
  }

  byte[] bytes() {
    long length = number();
    if (broken || length > bytes.length - at) {
      broken = true;
      return new byte[0];
    }
    int from = at;
    at += (int) length;
    return Arrays.copyOfRange(bytes, from, at);
  }
}
