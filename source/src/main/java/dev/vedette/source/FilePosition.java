package dev.vedette.source;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/// Immutable. Where reading a file goes on, and how to know the file again: by its inode and by a
/// hash of its first bytes. Written `1 OFFSET INODE PREFIX_LENGTH PREFIX_HASH`.
///
/// @param inode the file's number in its file system; empty where the system has none
/// @param prefixLength how many first bytes the hash covers, at most [#PREFIX_BYTES_MAX] and never
///   more than `offset`
record FilePosition(long offset, String inode, int prefixLength, String prefixHash) {
  static final int PREFIX_BYTES_MAX = 256;

  static FilePosition of(long offset, String inode, byte[] prefix, int prefixLength) {
    int covered = (int) Math.min(prefixLength, offset);
    return new FilePosition(offset, inode, covered, hash(prefix, covered));
  }

  /// Whether a file that begins with `prefix` can be the one this position is in.
  boolean matches(byte[] prefix, int length) {
    return length >= prefixLength && hash(prefix, prefixLength).equals(prefixHash);
  }

  static String hash(byte[] prefix, int length) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(prefix, 0, length);
      return HexFormat.of().formatHex(digest.digest(), 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "1 %d %s %d %s"
        .formatted(offset, inode.isEmpty() ? "-" : inode, prefixLength, prefixHash);
  }

  /// Reads what [#toString] wrote; empty for anything else.
  static Optional<FilePosition> parse(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != 5
        || !parts[0].equals("1")
        || parts[4].getBytes(StandardCharsets.UTF_8).length != 24) {
      return Optional.empty();
    }
    try {
      long offset = Long.parseLong(parts[1]);
      int prefixLength = Integer.parseInt(parts[3]);
      if (offset < 0 || prefixLength < 0 || prefixLength > PREFIX_BYTES_MAX) {
        return Optional.empty();
      }
      return Optional.of(
          new FilePosition(offset, parts[2].equals("-") ? "" : parts[2], prefixLength, parts[4]));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }
}
