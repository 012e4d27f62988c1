package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. Failed logins in the words of programs that we do not know.
///
/// A text is one where a word for logging in (`login`, `authentication`, `password`, ...) and a
/// word for failing (`failed`, `invalid`, `wrong`, ...) stand close together, or where a word says
/// both (`badlogin`), and it names an address. Not taken: what the text itself denies (`no failed
/// logins`) or puts down to the server (`temporary authentication failure`).
///
/// The host is where the daemon puts it ([ClientAddress]), since a text may also name the server or
/// hold an address that an attacker chose as his name.
final class LoginFailure {
  /// How far into a text words count.
  private static final int TEXT_BYTES_MAX = 2_048;

  /// How far apart the two words may stand.
  private static final int STRONG_GAP_BYTES_MAX = 64;

  private static final int WEAK_GAP_BYTES_MAX = 20;

  /// `failed to load`.
  private static final int FETCH_GAP_BYTES_MAX = 4;

  private static final int USER_BYTES_MAX = 128;

  private enum Meaning {
    /// Logging in.
    LOGIN,
    /// Failing, near by.
    FAILED,
    /// Failing, only right beside: common words that mean other things too.
    FAILED_WEAK,
    /// Failing, only right before: `unknown user`, but not `login from unknown`.
    UNKNOWN,
    /// Fetching something: what failed is no login then (`failed to load credentials`).
    FETCH,
    /// Failing to log in, in one word or one phrase.
    FAILED_LOGIN,
    /// A user; with `unknown` or `invalid` right before.
    USER,
    /// There is none.
    NO,
    /// The server's own trouble.
    SERVER
  }

  private static final WordTable<Meaning> WORDS =
      WordTable.<Meaning>builder()
          .add(
              Meaning.FAILED_LOGIN,
              "no such user found from",
              "security violation: root login",
              "login attempted",
              "might not have worked",
              "max auth tries reached",
              "login attempt for nonexistent user",
              "user denied: ",
              "maximum login attempts",
              "res=failed",
              "could not retrieve user ",
              "usually indicates they do not exist",
              "vpopmail user not found",
              "can't find user [",
              "supplied unknown user",
              "no matching endpoint found",
              "no pg_hba.conf entry for host",
              "invalid admin token",
              "token is invalid! ip: ",
              "failed to log in",
              "cannot login ",
              "was locked out",
              "command=auth",
              "verify error: depth=",
              "cannot locate hmac in incoming packet",
              "530 permission denied")
          .add(
              Meaning.LOGIN,
              "login",
              "logins",
              "logon",
              "logged",
              "signin",
              "auth",
              "authentication",
              "authenticate",
              "authenticating",
              "authenticator",
              "password",
              "passwd",
              "credentials",
              "credential",
              "username",
              "passphrase",
              "registration",
              "1fa",
              "2fa",
              "totp",
              "mfa")
          .add(
              Meaning.FAILED,
              "fail",
              "fails",
              "failed",
              "failure",
              "failures",
              "invalid",
              "incorrect",
              "wrong",
              "bad",
              "mismatch",
              "unsuccessful",
              "unsuccessfully",
              "illegal",
              "nonexistent",
              "unauthorized",
              "denied",
              "rejected",
              "doesn")
          .add(Meaning.FAILED_WEAK, "error", "refused", "existent")
          .add(Meaning.UNKNOWN, "unknown")
          .add(
              Meaning.FETCH,
              "load",
              "loading",
              "read",
              "reading",
              "open",
              "parse",
              "connect",
              "fetch",
              "create",
              "write",
              "save",
              "store",
              "initialize",
              "initialise",
              "start",
              "update",
              "refresh",
              "decrypt",
              "renew",
              "send")
          .add(
              Meaning.FAILED_LOGIN,
              "badlogin",
              "loginfailed",
              "loginfailure",
              "authfail",
              "authfailed",
              "authfailure",
              "autherror",
              "invalidpassword",
              "invalidaccountid",
              "challengeresponsefailed",
              "failedacl",
              "wrongpass",
              "wronguser")
          .add(Meaning.USER, "user", "account")
          .add(Meaning.NO, "no", "without", "0")
          .add(Meaning.SERVER, "temporary", "temporarily", "timeout", "unreachable", "unavailable")
          .build();

  private static final byte[] AUTHENTICATOR = Scan.bytes("authenticator failed for ");
  private static final byte[] LOCAL = Scan.bytes(" I=[");
  private static final byte[] CODE = Scan.bytes(": 535 ");
  private static final byte[] FAILED_FOR = Scan.bytes("' failed for '");
  private static final byte[] REMOTE_ADDRESS = Scan.bytes(",RemoteAddress=\"IPV");
  private static final byte[] SAID = Scan.bytes(" said: ");
  private static final byte[] NOQUEUE = Scan.bytes("NOQUEUE: ");
  private static final byte[] FOR = Scan.bytes(" for ");
  private static final byte[] AS = Scan.bytes(" as ");
  private static final byte[] SPACE_FROM = Scan.bytes(" from ");
  private static final byte[] LOGIN = Scan.bytes("login");
  private static final byte[] USER = Scan.bytes("user");
  private static final byte[] NAME = Scan.bytes("name");
  private static final byte[] LOST = Scan.bytes("lost to authentication server");

  private final Fields fields;
  private final ClientAddress client;

  LoginFailure(Fields fields) {
    this.fields = fields;
    this.client = new ClientAddress(fields);
  }

  /// Adds the source of the text `b[from, to)`, and what it says about a login that failed.
  void inspect(byte[] b, int from, int to) {
    if (fields.event.has(Ecs.EVENT_CATEGORY)) {
      fields.addSourceFoundIn(b, from, to);
    } else {
      inspectMessage(b, from, to);
    }
  }

  /// As [#inspect], also where the event has a category: for the words of an application in the
  /// error log of its web server.
  void inspectMessage(byte[] b, int from, int to) {
    Event event = fields.event;
    boolean reported =
        !event.has(Ecs.EVENT_OUTCOME) && isReported(b, from, Math.min(to, from + TEXT_BYTES_MAX));
    if (!event.has(Ecs.SOURCE_IP)) {
      if (!reported) {
        fields.addSourceFoundIn(b, from, to);
      } else {
        addSource(b, from, Math.min(to, from + TEXT_BYTES_MAX));
      }
    }
    if (!reported || !event.has(Ecs.SOURCE_IP)) {
      return;
    }
    fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.INFO);
    fields.add(Ecs.EVENT_ACTION, LOGIN);
    fields.outcome(false);
    if (!event.has(Ecs.USER_NAME)) {
      addUser(b, from, Math.min(to, from + TEXT_BYTES_MAX));
    }
  }

  // ---- the words
  // ---------------------------------------------------------------------------------------------------

  private static boolean isReported(byte[] b, int from, int to) {
    int login = Integer.MIN_VALUE / 2;
    int failed = Integer.MIN_VALUE / 2;
    int weak = Integer.MIN_VALUE / 2;
    int no = Integer.MIN_VALUE / 2;
    boolean unknownUser = false;
    boolean anyLogin = false;
    boolean reported = false;
    int i = from;
    while (i < to) {
      if (!WordTable.isWordByte(b[i])) {
        i++;
        continue;
      }
      int a = i;
      i = WordTable.wordEnd(b, a, to);
      Meaning meaning = WORDS.meaning(b, a, i, to);
      if (meaning == null) {
        continue;
      }
      switch (meaning) {
        case LOGIN -> {
          login = i;
          anyLogin = true;
          reported |= a - failed <= STRONG_GAP_BYTES_MAX || a - weak <= WEAK_GAP_BYTES_MAX;
        }
        case FAILED -> {
          if (a - no > 1) {
            failed = i;
            reported |= a - login <= STRONG_GAP_BYTES_MAX;
          }
        }
        case FAILED_WEAK -> {
          weak = i;
          reported |= a - login <= WEAK_GAP_BYTES_MAX;
        }
        case UNKNOWN -> weak = i;
        case FETCH -> {
          if (a - failed <= FETCH_GAP_BYTES_MAX) {
            failed = Integer.MIN_VALUE / 2;
          }
        }
        case FAILED_LOGIN -> reported = true;
        case USER -> {
          unknownUser |= a - weak == 1 || a - failed == 1;
        }
        case NO -> no = i;
        case SERVER -> {
          return false;
        }
      }
      if (meaning == Meaning.LOGIN && a - no == 1) {
        login = Integer.MIN_VALUE / 2;
      }
    }
    reported |= unknownUser && anyLogin;
    // A mail server's own logins elsewhere, and mail that it refuses, are none either.
    return reported
        && Scan.indexOf(b, from, to, LOST) < 0
        && Scan.indexOf(b, from, to, SAID) < 0
        && !Scan.startsWith(b, from, to, NOQUEUE);
  }

  // ---- the source
  // --------------------------------------------------------------------------------------------------

  private boolean addSource(byte[] b, int from, int to) {
    int authenticator = Scan.indexOf(b, from, to, AUTHENTICATOR);
    if (authenticator >= 0) {
      // Exim: `login authenticator failed for (helo) [192.0.2.1]: 535 ... (set_id=x)`; the client
      // chose the helo and what stands behind the code.
      int code = Scan.indexOf(b, authenticator, to, CODE);
      int end = code < 0 ? to : code;
      int local = Scan.indexOf(b, authenticator, end, LOCAL);
      int close = Scan.lastIndexOf(b, authenticator, local < 0 ? end : local, ']');
      int open = close < 0 ? -1 : Scan.lastIndexOf(b, authenticator, close, '[');
      return open >= 0 && fields.ip.parse(b, open + 1, close) && addFound(b);
    }
    int asterisk = Scan.lastIndexOf(b, from, to, FAILED_FOR);
    if (asterisk >= 0) {
      // Asterisk: `Registration from '"x" <sip:...>' failed for '192.0.2.1:5060' (callid: ...)`.
      int a = asterisk + FAILED_FOR.length;
      int z = Scan.indexOf(b, a, to, '\'');
      return fields.ip.find(b, a, z < 0 ? to : z) && addFound(b);
    }
    int event = Scan.lastIndexOf(b, from, to, REMOTE_ADDRESS);
    if (event >= 0) {
      // Asterisk's security log: `AccountID="x",...,RemoteAddress="IPV4/UDP/192.0.2.1/5060"`; a
      // quote in a value of the client's comes with a backslash.
      int slash = Scan.indexOf(b, event + REMOTE_ADDRESS.length, to, '/');
      int transport = slash < 0 ? -1 : Scan.indexOf(b, slash + 1, to, '/');
      int end = transport < 0 ? -1 : Scan.indexOf(b, transport + 1, to, '/');
      return end > 0 && fields.ip.parse(b, transport + 1, end) && addFound(b);
    }
    return addInParentheses(b, from, to) || client.add(b, from, to);
  }

  /// ProFTPD: `server (host.example.net[192.0.2.1])`.
  private boolean addInParentheses(byte[] b, int from, int to) {
    int close = Scan.indexOf(b, from, to, ']');
    if (close < 0 || close + 1 >= to || b[close + 1] != ')') {
      return false;
    }
    int open = Scan.lastIndexOf(b, from, close, '[');
    if (open < 0 || Scan.lastIndexOf(b, from, open, '(') < 0) {
      return false;
    }
    return fields.ip.parse(b, open + 1, close) && addFound(b);
  }

  private boolean addFound(byte[] b) {
    fields.add(Ecs.SOURCE_ADDRESS, b, fields.ip.start(), fields.ip.end());
    fields.addParsedIp(Ecs.SOURCE_IP, b);
    return true;
  }

  // ---- the user
  // ----------------------------------------------------------------------------------------------------

  /// `user "bob"`, `user=<bob>`, `username: bob`, `for user bob from`: the word behind the first
  /// `user`.
  private void addUser(byte[] b, int from, int to) {
    boolean inWord = false;
    for (int i = from; i + USER.length < to; i++) {
      boolean letter = Scan.isLetter(b[i]);
      if (letter
          && !inWord
          && Scan.equalsIgnoreCase(b, i, i + USER.length, USER)
          && nameAfter(b, i + USER.length, to)) {
        return;
      }
      inWord = letter || Scan.isDigit(b[i]) || b[i] == '_' || b[i] == '-';
    }
    if (!nameBeforeFrom(b, from, to, FOR)) {
      nameBeforeFrom(b, from, to, AS);
    }
  }

  /// `for bob from`, `for 'bob' from`, `as bob from`.
  private boolean nameBeforeFrom(byte[] b, int from, int to, byte[] word) {
    int at = Scan.indexOf(b, from, to, word);
    if (at < 0) {
      return false;
    }
    int a = at + word.length;
    int z = Scan.wordEnd(b, a, to);
    if (!Scan.startsWith(b, z, to, SPACE_FROM)) {
      return false;
    }
    if (z - a > 2 && (b[a] == '\'' || b[a] == '"') && b[z - 1] == b[a]) {
      a++;
      z--;
    }
    if (z - a > USER_BYTES_MAX || z == a || !isName(b, a, z)) {
      return false;
    }
    fields.add(Ecs.USER_NAME, b, a, z);
    return true;
  }

  private boolean nameAfter(byte[] b, int after, int to) {
    int p = after;
    int gap = p < to && (b[p] == '_' || b[p] == ' ') ? 1 : 0;
    int nameEnd = p + gap + NAME.length;
    if (nameEnd <= to && Scan.equalsIgnoreCase(b, p + gap, nameEnd, NAME)) {
      p = nameEnd;
    }
    int separators = p;
    while (p < to && p - separators < 3 && (b[p] == ' ' || b[p] == ':' || b[p] == '=')) {
      p++;
    }
    if (p == separators || p >= to) {
      return false;
    }
    int close =
        switch (b[p]) {
          case '"', '\'', '`' -> b[p];
          case '<' -> '>';
          case '[' -> ']';
          default -> 0;
        };
    int limit = Math.min(to, p + USER_BYTES_MAX);
    if (close != 0) {
      int end = Scan.indexOf(b, p + 1, limit, (char) close);
      if (end <= p + 1) {
        return false;
      }
      fields.add(Ecs.USER_NAME, b, p + 1, end);
      return true;
    }
    int end = p;
    while (end < limit && !isEnd(b[end])) {
      end++;
    }
    if (end == p || !isName(b, p, end)) {
      return false;
    }
    fields.add(Ecs.USER_NAME, b, p, end);
    return true;
  }

  private static boolean isEnd(byte c) {
    return c == ' ' || c == ':' || c == ',' || c == ';' || c == ')' || c == ']' || c == '"'
        || c == '\'' || c == '|';
  }

  private static final byte[][] NO_NAMES = {
    Scan.bytes("from"),
    Scan.bytes("failed"),
    Scan.bytes("not"),
    Scan.bytes("is"),
    Scan.bytes("was"),
    Scan.bytes("has"),
    Scan.bytes("with"),
    Scan.bytes("or"),
    Scan.bytes("and"),
    Scan.bytes("login"),
    Scan.bytes("password"),
    Scan.bytes("agent"),
    Scan.bytes("authentication"),
    Scan.bytes("unknown"),
    Scan.bytes("denied"),
    Scan.bytes("null"),
  };

  private static boolean isName(byte[] b, int from, int to) {
    for (byte[] word : NO_NAMES) {
      if (Scan.equalsIgnoreCase(b, from, to, word)) {
        return false;
      }
    }
    return true;
  }
}
