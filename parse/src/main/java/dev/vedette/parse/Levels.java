package dev.vedette.parse;

/// Immutable. The words that logs use for severity.
final class Levels {
  private Levels() {}

  private static final byte[][] WORDS = {
    Scan.bytes("trace"),
    Scan.bytes("debug"),
    Scan.bytes("info"),
    Scan.bytes("information"),
    Scan.bytes("notice"),
    Scan.bytes("warn"),
    Scan.bytes("warning"),
    Scan.bytes("err"),
    Scan.bytes("error"),
    Scan.bytes("crit"),
    Scan.bytes("critical"),
    Scan.bytes("severe"),
    Scan.bytes("alert"),
    Scan.bytes("emerg"),
    Scan.bytes("emergency"),
    Scan.bytes("fatal"),
    Scan.bytes("panic"),
    Scan.bytes("verbose"),
    Scan.bytes("inf"),
    Scan.bytes("wrn"),
    Scan.bytes("dbg"),
    Scan.bytes("ftl"),
  };

  /// Whether the whole range is such a word, in any case.
  static boolean isLevel(byte[] b, int from, int to) {
    if (to - from < 3 || to - from > 11) {
      return false;
    }
    for (byte[] word : WORDS) {
      if (Scan.equalsIgnoreCase(b, from, to, word)) {
        return true;
      }
    }
    return false;
  }
}
