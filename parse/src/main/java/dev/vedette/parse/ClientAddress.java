package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. Which address of a text is that of the client, where a client wrote a
/// part of the text himself.
///
/// A user name may read `x from 192.0.2.66`. So position decides, and words only among addresses
/// that he cannot have written:
///
/// 1. What stands before the first thing that he chooses (behind `user`, `for`, `login=`, ...) is
///    the daemon's: the one with the most telling word before it (`from`, `client`, `rhost=`), else
///    the first.
/// 2. Otherwise it stands behind what he chose, and then only the last one is surely the daemon's.
///
/// The server's own addresses (`lip=`, `to 192.0.2.9`, `server ...`) and those in URLs are
/// nobody's.
final class ClientAddress {
  private static final int ADDRESSES_MAX = 64;

  /// How telling the word before an address is.
  private static final int SERVER = 0;

  private static final int PLAIN = 1;
  private static final int CLIENT = 2;
  private static final int ORIGINAL_CLIENT = 3;
  private static final int GO_ON = 4;

  private static final WordTable<Integer> RANKS =
      WordTable.<Integer>builder()
          .add(ORIGINAL_CLIENT, "oip")
          // Between a cue and its address: `IPV4/UDP/192.0.2.1`, `from ip 192.0.2.1`.
          .add(
              GO_ON, "ip", "ipv4", "ipv6", "inet", "inet6", "udp", "tcp", "tls", "addr", "address",
              "port", "host")
          .add(
              CLIENT,
              "from",
              "by",
              "client",
              "clientip",
              "rhost",
              "rip",
              "remote",
              "remoteip",
              "remoteaddr",
              "remoteaddress",
              "source",
              "src",
              "srcip",
              "relay",
              "peer",
              "ipaddress",
              "viewer",
              "cli",
              "caller")
          .add(
              SERVER,
              "to",
              "on",
              "via",
              "against",
              "using",
              "through",
              "server",
              "backend",
              "proxy",
              "local",
              "localaddress",
              "laddr",
              "lip",
              "i",
              "dst",
              "dest",
              "destination",
              "workstation",
              "callid")
          .build();

  /// What comes next is of the client's choice.
  private static final WordTable<Boolean> CHOSEN =
      WordTable.<Boolean>builder()
          .add(
              true,
              "user",
              "users",
              "username",
              "account",
              "accountid",
              "as",
              "plaintext",
              "uname",
              "principal",
              "email",
              "sip")
          .build();

  /// So is this, where `=`, `:` or a quote follows.
  private static final WordTable<Boolean> CHOSEN_KEYS =
      WordTable.<Boolean>builder()
          .add(
              true,
              "login",
              "identity",
              "name",
              "mail",
              "pass",
              "password",
              "passwd",
              "cn",
              "aor",
              "agent",
              "ua")
          .build();

  /// Behind such a word these are no names: `Username or password is incorrect`.
  private static final WordTable<Boolean> NO_NAMES =
      WordTable.<Boolean>builder()
          .add(
              true, "or", "and", "is", "not", "does", "has", "with", "failure", "password", "login")
          .build();

  private static final byte[] FOR = Scan.bytes("for");
  private static final byte[] FROM = Scan.bytes("from");
  private static final byte[] ID = Scan.bytes("id");
  private static final byte[] SET = Scan.bytes("set_");
  private static final byte[] ATION = Scan.bytes("ation_");
  private static final byte[] SCHEME = Scan.bytes("://");

  private final Fields fields;

  ClientAddress(Fields fields) {
    this.fields = fields;
  }

  /// Adds the client's address in `b[from, to)` as the source; false, with nothing added, where
  /// there is none.
  boolean add(byte[] b, int from, int to) {
    int bar = Scan.lastIndexOf(b, from, to, '|');
    if (bar > from && fields.ip.parse(b, bar + 1, to)) {
      // Inspektr's audit trail ends with the client and the server.
      int before = Scan.lastIndexOf(b, from, bar, '|');
      if (before >= 0 && addAt(b, before + 1, bar)) {
        return true;
      }
    }
    int chosen = chosenFrom(b, from, to);
    int start = -1;
    int end = -1;
    int best = SERVER;
    int lastStart = -1;
    int lastEnd = -1;
    int p = from;
    for (int count = 0; count < ADDRESSES_MAX && fields.ip.find(b, p, to); count++) {
      int a = fields.ip.start();
      int z = fields.ip.end();
      int rank = rank(b, from, a);
      if (rank != SERVER) {
        if (a < chosen && (rank > best || isSecondOfPair(b, end, a))) {
          best = rank;
          start = a;
          end = z;
        }
        lastStart = a;
        lastEnd = z;
      }
      p = z;
    }
    boolean nothingChosen = chosen == to;
    if (start < 0
        || (nothingChosen
            && best < CLIENT + 1
            && isAtEnd(b, lastEnd, to)
            && rank(b, from, lastStart) >= best)) {
      start = lastStart;
      end = lastEnd;
    }
    return start >= 0 && addAt(b, start, end);
  }

  /// Exchange writes `192.0.2.9:143,192.0.2.1:35070`: its own end, then the other.
  private static boolean isSecondOfPair(byte[] b, int firstEnd, int second) {
    return firstEnd >= 0
        && second - firstEnd > 2
        && b[firstEnd] == ':'
        && b[second - 1] == ','
        && Scan.isPort(b, firstEnd + 1, second - 1);
  }

  private boolean addAt(byte[] b, int from, int to) {
    if (!fields.ip.parse(b, from, to)) {
      return false;
    }
    fields.add(Ecs.SOURCE_ADDRESS, b, from, to);
    fields.addParsedIp(Ecs.SOURCE_IP, b);
    return true;
  }

  /// Whether nothing but a port and closing marks follow: then a name that stands before it cannot
  /// have made it.
  private static boolean isAtEnd(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (Scan.isLetter(c)) {
        return false;
      }
    }
    return true;
  }

  // ---- what the client chose
  // ----------------------------------------------------------------------------------------

  /// Where the first text of the client's choice begins, or `to`.
  private int chosenFrom(byte[] b, int from, int to) {
    int i = from;
    while (i < to) {
      if (!WordTable.isWordByte(b[i])) {
        i++;
        continue;
      }
      int a = i;
      boolean number = true;
      while (i < to && WordTable.isWordByte(b[i])) {
        number &= Scan.isDigit(b[i]);
        i++;
      }
      if (number && a > from && b[a - 1] == '<' && i < to && b[i] == ':') {
        // Murmur: `<12:name(-1)>`.
        return i;
      }
      if (i < to && isChosenAfter(b, from, a, i, to)) {
        return i;
      }
    }
    return to;
  }

  private boolean isChosenAfter(byte[] b, int from, int a, int z, int to) {
    byte next = b[z];
    if (Scan.equalsIgnoreCase(b, a, z, FOR)) {
      return next == ' ' && !isAddressAt(b, z + 1, to);
    }
    if (Scan.equalsIgnoreCase(b, a, z, FROM)) {
      return z + 1 < to && next == ' ' && isQuote(b[z + 1]) && !isAddressAt(b, z + 1, to);
    }
    if (CHOSEN.has(b, a, z)) {
      int end = WordTable.wordEnd(b, z + 1, to);
      return next != '.'
          && next != ')'
          && next != ']'
          && !(next == ' ' && NO_NAMES.has(b, z + 1, end));
    }
    boolean key =
        next == '='
            || next == ':'
            || isQuote(next)
            || (next == ' ' && z + 1 < to && (isQuote(b[z + 1]) || b[z + 1] == '='));
    return key
        && (CHOSEN_KEYS.has(b, a, z)
            || (Scan.equalsIgnoreCase(b, a, z, ID)
                && (Scan.endsWith(b, from, a, SET) || Scan.endsWith(b, from, a, ATION))));
  }

  /// Whether an address stands at `from`, with marks around it at most.
  private boolean isAddressAt(byte[] b, int from, int to) {
    int p = from;
    while (p < to && (isQuote(b[p]) || b[p] == '[' || b[p] == '(')) {
      p++;
    }
    int z = Scan.wordEnd(b, p, to);
    return fields.ip.find(b, p, z) && fields.ip.start() == p;
  }

  private static boolean isQuote(byte c) {
    return c == '\'' || c == '"' || c == '`' || c == '<';
  }

  // ---- what an address is called
  // ------------------------------------------------------------------------------------

  /// How telling the words before the address at `at` are.
  private static int rank(byte[] b, int from, int at) {
    if (Scan.endsWith(b, from, at, SCHEME)) {
      return SERVER;
    }
    int p = at;
    boolean bracket = at > from && (b[at - 1] == '[' || b[at - 1] == '(');
    if (bracket) {
      p = nameBefore(b, from, at - 1);
    }
    int rank = bracket && p < at - 1 && b[at - 2] != ' ' ? CLIENT : PLAIN;
    for (int words = 0; words < 4; words++) {
      while (p > from && isBetween(b[p - 1])) {
        p--;
      }
      if (p - 1 > from && b[p - 1] == '>' && b[p - 2] == '-') {
        return SERVER;
      }
      int z = p;
      while (p > from && WordTable.isWordByte(b[p - 1])) {
        p--;
      }
      int word = wordRank(b, p, z);
      if (word != GO_ON) {
        return word == PLAIN ? rank : word;
      }
      rank = CLIENT;
      if (p > from && b[p - 1] == '_') {
        p--;
      }
    }
    return rank;
  }

  /// The start of the host name in front of the bracket at `bracket` (`mx.example.net[`,
  /// `mx.example.net [`), or the bracket's place where there is none.
  private static int nameBefore(byte[] b, int from, int bracket) {
    int z = bracket;
    while (z > from && b[z - 1] == ' ') {
      z--;
    }
    int a = z;
    boolean dot = z == bracket;
    boolean letter = false;
    while (a > from && (WordTable.isWordByte(b[a - 1]) || b[a - 1] == '.' || b[a - 1] == '-')) {
      dot |= b[a - 1] == '.';
      letter |= Scan.isLetter(b[a - 1]);
      a--;
    }
    return dot && letter ? a : bracket;
  }

  private static int wordRank(byte[] b, int from, int to) {
    Integer rank = RANKS.meaning(b, from, to, to);
    return rank == null ? PLAIN : rank;
  }

  private static boolean isBetween(byte c) {
    return c == ' ' || c == '=' || c == ':' || c == '[' || c == '(' || c == '\'' || c == '"'
        || c == '<' || c == '/' || c == ']';
  }
}
