package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. Which address of a text is that of the client, where a client wrote a
/// part of the text himself.
///
/// A user name may read `x from 192.0.2.66`. So position decides, words only among addresses that
/// he cannot have written, and where two readings are possible there is none:
///
/// 1. What stands before the first thing that he chooses (behind `user`, `for`, `login=`, ...) is
///    the daemon's. One with a telling word before it (`from`, `client`, `rhost=`) is the client.
///    One without may also be the device that logs: it is the client only where no other address
///    stands behind.
/// 2. Otherwise the client's address stands behind what he chose, and then only the last one is
///    surely the daemon's; unless he chose something again before it (a name, then an agent).
/// 3. Where nothing tells what he chose, several addresses are too many.
///
/// The server's own addresses (`lip=`, `to 192.0.2.9`, `server ...`) and those in URLs are
/// nobody's.
final class ClientAddress {
  /// What a text says about the client's address.
  enum Found {
    /// There is none.
    NONE,
    /// There are some, and any might be one that a client wrote.
    UNSURE,
    SOURCE
  }

  /// How telling the word before an address is.
  private static final int SERVER = 0;

  private static final int PLAIN = 1;
  private static final int CLIENT = 2;
  private static final int GO_ON = 3;

  /// The second of two ends of a connection; never said of a word.
  private static final int PAIR = 4;

  private static final WordTable<Integer> RANKS =
      WordTable.<Integer>builder()
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
              "oip",
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

  /// And so is this, where `: ` follows: `Login failed: x`.
  private static final WordTable<Boolean> FAILED =
      WordTable.<Boolean>builder()
          .add(true, "failed", "failure", "fail", "denied", "refused", "rejected", "invalid")
          .build();

  /// Behind such a word these are no names: `Username or password is incorrect`.
  private static final WordTable<Boolean> NO_NAMES =
      WordTable.<Boolean>builder()
          .add(
              true, "or", "and", "is", "not", "does", "has", "with", "failure", "password", "login")
          .build();

  private static final byte[] FOR = Scan.bytes("for");
  private static final byte[] FROM = Scan.bytes("from");
  private static final byte[] LOGIN = Scan.bytes("login");
  private static final byte[] CANNOT = Scan.bytes("annot ");
  private static final byte[] ID = Scan.bytes("id");
  private static final byte[] SET = Scan.bytes("set_");
  private static final byte[] ATION = Scan.bytes("ation_");
  private static final byte[] ORIGINAL = Scan.bytes(";oip=");
  private static final byte[] SCHEME = Scan.bytes("://");

  private final Fields fields;

  // The addresses of one text so far, those of servers left out.

  /// The most telling one before what the client chose; -1 where there is none.
  private int bestFrom;

  private int bestTo;
  private int bestRank;
  private long bestHigh;
  private long bestLow;
  private boolean bestUnsure;

  private boolean nothingChosen;

  /// Where the list ends that begins with it; 0 where it can begin none.
  private int listTo;

  /// The last one behind it; -1 where there is none.
  private int lastFrom;

  private int lastTo;
  private long lastHigh;
  private long lastLow;
  private boolean lastUnsure;

  /// Whether a telling word stands before the last one, and before another outside the marks.
  private boolean lastCued;

  private boolean cuedBefore;

  /// Whether the text begins with an address as a device begins its lines with its own.
  private boolean bestIsFirst;

  /// Whether one stands behind it, outside the marks that it stands in, which may be the client's
  /// where the best has no telling word before it.
  private boolean anyOutside;

  ClientAddress(Fields fields) {
    this.fields = fields;
  }

  /// Adds the client's address in `b[from, to)` as the source where it is sure.
  ///
  /// @param chosen where the first text of the client's choice begins ([#chosenFrom])
  Found add(byte[] b, int from, int to, int chosen) {
    int enclosedTo = enclosedTo(b, from, chosen, to);
    bestFrom = -1;
    bestTo = -1;
    listTo = 0;
    nothingChosen = chosen == to;
    bestRank = SERVER;
    bestUnsure = false;
    lastFrom = -1;
    lastUnsure = false;
    lastCued = false;
    cuedBefore = false;
    bestIsFirst = false;
    anyOutside = false;
    int p = from;
    while (fields.ip.find(b, p, to)) {
      int a = fields.ip.start();
      int z = fields.ip.end();
      int rank = rank(b, from, a);
      if (rank != SERVER) {
        if (a < chosen) {
          bestIsFirst |= bestFrom < 0 && isDevice(b, from, a, z, to);
          before(b, from, a, z, to, rank);
        } else {
          anyOutside |=
              a >= enclosedTo
                  && isOther()
                  && (bestIsFirst || (rank == CLIENT && isAtEnd(b, z, to)));
          behind(b, a, z, rank, a >= enclosedTo);
        }
      }
      p = z;
    }
    if (bestFrom < 0 && lastFrom < 0) {
      return Found.NONE;
    }
    if (bestFrom >= 0) {
      // A device's own address would be blocked where a cued one behind it is the client's, and a
      // client's where that one is a part of his name.
      boolean unsure = bestUnsure || (bestRank == PLAIN && anyOutside);
      return unsure ? Found.UNSURE : addAt(b, bestFrom, bestTo);
    }
    if (lastUnsure
        || (cuedBefore && !lastCued)
        || lastFrom < enclosedTo
        || hasSecondCue(b, from, lastFrom, lastTo, to)) {
      return Found.UNSURE;
    }
    return addAt(b, lastFrom, lastTo);
  }

  /// Takes in the address `b[a, z)`, which [Fields#ip] holds.
  private void before(byte[] b, int from, int a, int z, int to, int rank) {
    boolean pair = bestRank != PAIR && isSecondOfPair(b, bestTo, a);
    if (bestFrom < 0 || pair || rank > bestRank || isOriginalOf(b, bestTo, a)) {
      // `192.0.2.9 Login failed: x from 192.0.2.1`: the device, or the client and his name.
      bestUnsure =
          nothingChosen && bestFrom >= 0 && bestRank == PLAIN && rank == CLIENT && isOther();
      bestFrom = a;
      bestTo = z;
      bestRank = pair ? PAIR : rank;
      bestHigh = fields.ip.high();
      bestLow = fields.ip.low();
      listTo = bestFrom > from ? bestTo : 0;
    } else if (bestRank != PAIR && isOther()) {
      if (isNextInList(b, a, z, to)) {
        listTo = z;
      } else {
        bestUnsure = true;
      }
    }
  }

  /// `[192.0.2.1, 10.0.0.1]`, `IP="192.0.2.1, 10.0.0.1"`: a list in marks of its own, of the client
  /// and the proxies that passed it on.
  private boolean isNextInList(byte[] b, int a, int z, int to) {
    if (listTo == 0 || z >= to || b[listTo] != ',') {
      return false;
    }
    int next = listTo + 1;
    if (next < a && b[next] == ' ') {
      next++;
    }
    byte open = b[bestFrom - 1];
    return next == a
        && (open == '[' || isQuote(open))
        && (b[z] == ',' || b[z] == (open == '[' ? ']' : open));
  }

  /// Whether the address that [Fields#ip] holds is not the best one.
  private boolean isOther() {
    return fields.ip.high() != bestHigh || fields.ip.low() != bestLow;
  }

  private void behind(byte[] b, int a, int z, int rank, boolean outside) {
    long high = fields.ip.high();
    long low = fields.ip.low();
    if (lastFrom >= 0 && (high != lastHigh || low != lastLow)) {
      // Two names, or a name and an agent: either may hold the one, or the other.
      lastUnsure |= chosenFrom(b, lastTo, a) < a;
      // `x from 192.0.2.1 (192.0.2.2)`: a name and the client, or the client and his host's name.
      cuedBefore |= lastCued;
    }
    lastCued = outside && rank == CLIENT;
    lastFrom = a;
    lastTo = z;
    lastHigh = high;
    lastLow = low;
  }

  /// Whether the address `b[a, z)` stands where a device puts its own: alone in front of the text,
  /// and without a port, which tells of a connection.
  private static boolean isDevice(byte[] b, int from, int a, int z, int to) {
    return LinePrefix.end(b, from, a) == a
        && (a == from || Scan.isSpace(b[a - 1]))
        && !(z + 1 < to && b[z] == ':' && Scan.isDigit(b[z + 1]));
  }

  /// Whether nothing but a port and closing marks follow.
  private static boolean isAtEnd(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (Scan.isLetter(b[i])) {
        return false;
      }
    }
    return true;
  }

  /// Where the marks end that the client's text stands in (`user 'x'`, `user=<x>`, `user [x]`), or
  /// `chosen` where there are none.
  private int enclosedTo(byte[] b, int from, int chosen, int to) {
    int p = skipCue(b, chosen, to);
    int word = WordTable.wordEnd(b, p, to);
    if (word > p && CHOSEN.has(b, p, word)) {
      // `for user 'x'`.
      p = skipCue(b, word, to);
    }
    if (p >= to) {
      return chosen;
    }
    if (isAddressAt(b, p, to) && !isOfHosts(b, from, chosen)) {
      // His whole name, as in `CN=192.0.2.66`.
      return fields.ip.end();
    }
    char mark =
        switch (b[p]) {
          case '"', '\'', '`' -> (char) b[p];
          case '<' -> '>';
          case '[' -> ']';
          case '(' -> ')';
          default -> 0;
        };
    int close = mark == 0 ? -1 : Scan.indexOf(b, p + 1, to, mark);
    // A mark with a word behind it opens another text: what opened the first was a part of it.
    return close < 0 || (close + 1 < to && WordTable.isWordByte(b[close + 1])) ? chosen : close + 1;
  }

  /// `failed for 192.0.2.1` and `failed: 192.0.2.1` speak of hosts as of names.
  private static boolean isOfHosts(byte[] b, int from, int chosen) {
    int a = chosen;
    while (a > from && WordTable.isWordByte(b[a - 1])) {
      a--;
    }
    return Scan.equalsIgnoreCase(b, a, chosen, FOR) || FAILED.has(b, a, chosen);
  }

  private static int skipCue(byte[] b, int from, int to) {
    int p = from;
    while (p < to && p - from < 3 && (b[p] == ' ' || b[p] == '=' || b[p] == ':')) {
      p++;
    }
    return p;
  }

  /// Whether the word that announces the address at `at`, or `from`, stands behind it again, before
  /// a host's name then: `for x from 192.0.2.66 from host.example.net`.
  private static boolean hasSecondCue(byte[] b, int from, int at, int addressTo, int to) {
    int z = at;
    while (z > from && isBetween(b[z - 1])) {
      z--;
    }
    int a = z;
    while (a > from && WordTable.isWordByte(b[a - 1])) {
      a--;
    }
    boolean cue = wordRank(b, a, z) == CLIENT;
    int i = addressTo;
    while (i < to) {
      int wordTo = WordTable.wordEnd(b, i, to);
      if ((cue && wordTo - i == z - a && isSameWord(b, a, i, z - a))
          || Scan.equalsIgnoreCase(b, i, wordTo, FROM)) {
        return true;
      }
      i = Math.max(wordTo, i + 1);
    }
    return false;
  }

  private static boolean isSameWord(byte[] b, int first, int second, int bytes) {
    for (int i = 0; i < bytes; i++) {
      if ((b[first + i] | 0x20) != (b[second + i] | 0x20)) {
        return false;
      }
    }
    return true;
  }

  /// Zimbra writes `ip=192.0.2.9;oip=192.0.2.1`: its proxy, then whom that one saw.
  private static boolean isOriginalOf(byte[] b, int firstEnd, int second) {
    return firstEnd >= 0
        && second - firstEnd == ORIGINAL.length
        && Scan.startsWith(b, firstEnd, second, ORIGINAL);
  }

  /// Exchange writes `192.0.2.9:143,192.0.2.1:35070`: its own end, then the other.
  private static boolean isSecondOfPair(byte[] b, int firstEnd, int second) {
    return firstEnd >= 0
        && second - firstEnd > 2
        && b[firstEnd] == ':'
        && b[second - 1] == ','
        && Scan.isPort(b, firstEnd + 1, second - 1);
  }

  /// Adds the address that stands at `b[from, to)`.
  Found addAt(byte[] b, int from, int to) {
    if (!fields.ip.parse(b, from, to)) {
      return Found.NONE;
    }
    fields.add(Ecs.SOURCE_ADDRESS, b, from, to);
    fields.addParsedIp(Ecs.SOURCE_IP, b);
    return Found.SOURCE;
  }

  // ---- what the client chose
  // ----------------------------------------------------------------------------------------

  /// Where the first text of the client's choice begins, or `to`.
  int chosenFrom(byte[] b, int from, int to) {
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
    if (next == ' ' && a > from && b[a - 1] == '_') {
      // A value: `test_username`.
      return false;
    }
    if (Scan.equalsIgnoreCase(b, a, z, FOR)) {
      return next == ' ';
    }
    if (Scan.equalsIgnoreCase(b, a, z, FROM)) {
      return z + 1 < to && next == ' ' && isQuote(b[z + 1]) && !isAddressAt(b, z + 1, to);
    }
    if (next == ':' && z + 1 < to && b[z + 1] == ' ' && FAILED.has(b, a, z)) {
      return true;
    }
    if (CHOSEN.has(b, a, z)) {
      int end = WordTable.wordEnd(b, z + 1, to);
      return next != '.'
          && next != ')'
          && next != ']'
          && !(next == ' ' && NO_NAMES.has(b, z + 1, end));
    }
    if (next == ' ' && Scan.equalsIgnoreCase(b, a, z, LOGIN) && Scan.endsWith(b, from, a, CANNOT)) {
      return true;
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
      if (word == PLAIN && words == 0 && z == at - 1 && b[z] == ':' && p > from) {
        // `to inside:192.0.2.9/22`: the interface, and before it the word.
        int before = p - 1;
        int a = before;
        while (a > from && WordTable.isWordByte(b[a - 1])) {
          a--;
        }
        word = b[before] == ' ' && wordRank(b, a, before) == SERVER ? SERVER : PLAIN;
      }
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
