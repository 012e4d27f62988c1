package dev.vedette.parse;

/// Stateless. What loggers write before a text, behind its time: level, logger, thread, source file
/// (`] NOTICE[1][C-1] chan_sip.c: `, ` INFO [org.example.Audit] - `, `INFO: `).
///
/// Only such shapes count, never plain words: a sentence may hold what a client wrote.
final class LinePrefix {
  private static final int TOKENS_MAX = 12;
  private static final int TOKEN_BYTES_MAX = 128;

  private static final byte[] C_FILE = Scan.bytes(".c:");

  private static final byte[][] SERVERS = {
    Scan.bytes("uvicorn"), Scan.bytes("hypercorn"), Scan.bytes("granian"), Scan.bytes("asgi")
  };

  private LinePrefix() {}

  /// Where the prefix of `b[from, to)` ends and the text begins; `from`, or the first byte that is
  /// no blank, where there is no prefix.
  static int end(byte[] b, int from, int to) {
    int p = from;
    boolean file = false;
    for (int tokens = 0; tokens < TOKENS_MAX; tokens++) {
      p = skipSeparators(b, p, to);
      if (p >= to) {
        return p;
      }
      int z = b[p] == '[' || b[p] == '(' ? bracketEnd(b, p, to) : tokenEnd(b, p, to);
      if (z < 0) {
        return p;
      }
      if (b[p] != '[' && b[p] != '(') {
        boolean isFile = Scan.indexOf(b, p, z, C_FILE) > p;
        // Behind the source file stands the function: `x.c:676 log_failed_request: `.
        if (!isLevel(b, p, z)
            && !isFile
            && !isServer(b, p, z)
            && !isContainer(b, p, z, to)
            && !(file && b[z - 1] == ':')) {
          return p;
        }
        file = isFile;
      }
      p = z;
    }
    return p;
  }

  private static int skipSeparators(byte[] b, int from, int to) {
    int p = from;
    while (p < to
        && (Scan.isSpace(b[p])
            || b[p] == '-'
            || b[p] == '|'
            || b[p] == ']'
            || b[p] == ')'
            || (b[p] == ':' && p + 1 < to && Scan.isSpace(b[p + 1])))) {
      p++;
    }
    return p;
  }

  private static int bracketEnd(byte[] b, int from, int to) {
    int close =
        Scan.indexOf(b, from, Math.min(to, from + TOKEN_BYTES_MAX), b[from] == '[' ? ']' : ')');
    return close < 0 ? -1 : close + 1;
  }

  private static int tokenEnd(byte[] b, int from, int to) {
    int z = Scan.wordEnd(b, from, Math.min(to, from + TOKEN_BYTES_MAX));
    return z == from + TOKEN_BYTES_MAX ? -1 : z;
  }

  /// `INFO`, `warn:`, and `NOTICE[1][C-1]`, `SECURITY[7]:` in capitals.
  private static boolean isLevel(byte[] b, int from, int to) {
    int p = from;
    boolean capitals = true;
    while (p < to && Scan.isLetter(b[p])) {
      capitals &= b[p] <= 'Z';
      p++;
    }
    if (p == to || (p + 1 == to && b[p] == ':')) {
      return Levels.isLevel(b, from, p);
    }
    return capitals
        && p > from
        && b[p] == '['
        && (b[to - 1] == ']' || (b[to - 1] == ':' && b[to - 2] == ']'));
  }

  /// The logger of an ASGI server: `uvicorn.access`.
  private static boolean isServer(byte[] b, int from, int to) {
    for (byte[] server : SERVERS) {
      if (Scan.startsWith(b, from, to, server)) {
        return true;
      }
    }
    return false;
  }

  /// Docker Compose puts `name | ` before each line.
  private static boolean isContainer(byte[] b, int from, int to, int textTo) {
    int bar = Scan.skipSpaces(b, to, Math.min(textTo, to + TOKEN_BYTES_MAX));
    return bar < textTo && b[bar] == '|' && Fields.isHostName(b, from, to);
  }
}
