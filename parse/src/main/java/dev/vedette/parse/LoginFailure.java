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
/// The host is where the daemon puts it ([LoginForm], [ClientAddress]), since a text may also name
/// the server or hold an address that an attacker chose as his name. Where that cannot be told, the
/// login failed all the same, from nobody.
final class LoginFailure {
  /// How far into a text words count, and how far from its end: what stands between is a text that
  /// the client chose, and he must neither cost us time nor push the daemon's words out of sight.
  private static final int TEXT_BYTES_MAX = 2_048;

  /// How far apart the two words may stand.
  private static final int STRONG_GAP_BYTES_MAX = 64;

  private static final int WEAK_GAP_BYTES_MAX = 20;

  /// `failed to load`.
  private static final int FETCH_GAP_BYTES_MAX = 4;

  /// Between a cue and what the client chose: a blank and an opening mark.
  private static final int NAME_GAP_BYTES_MAX = 2;

  /// Before any text, as the place of a word that has not come yet.
  private static final int FAR = Integer.MIN_VALUE / 2;

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

  private static final byte[] SAID = Scan.bytes(" said: ");
  private static final byte[] SMTP = Scan.bytes("/smtp");
  private static final byte[] LMTP = Scan.bytes("/lmtp");
  private static final byte[] NOQUEUE = Scan.bytes("NOQUEUE: ");
  private static final byte[] FOR = Scan.bytes(" for ");
  private static final byte[] AS = Scan.bytes(" as ");
  private static final byte[] SPACE_FROM = Scan.bytes(" from ");
  private static final byte[] LOGIN = Scan.bytes("login");
  private static final byte[] USER = Scan.bytes("user");
  private static final byte[] NAME = Scan.bytes("name");
  private static final byte[] LOST = Scan.bytes(": Connection lost to authentication server");

  private final Fields fields;
  private final LoginForm form;
  private final ClientAddress client;

  /// Where what the client chose begins in the text at hand; -1 where nobody has looked yet.
  private int chosen;

  LoginFailure(Fields fields) {
    this.fields = fields;
    this.form = new LoginForm(fields);
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
    int wordsTo = Math.min(to, from + TEXT_BYTES_MAX);
    chosen = -1;
    boolean reported = !event.has(Ecs.EVENT_OUTCOME) && isReported(b, from, wordsTo, to);
    // A failure is one also where it is not sure which address of the text is the client's.
    boolean named = event.has(Ecs.SOURCE_IP);
    if (!named) {
      if (reported) {
        named = addSource(b, from, to) != ClientAddress.Found.NONE;
      } else {
        fields.addSourceFoundIn(b, from, to);
      }
    }
    if (!reported || !named) {
      return;
    }
    fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.INFO);
    fields.add(Ecs.EVENT_ACTION, LOGIN);
    fields.outcome(false);
    if (!event.has(Ecs.USER_NAME)) {
      addUser(b, from, wordsTo);
    }
  }

  // ---- the words
  // ---------------------------------------------------------------------------------------------------

  /// Whether the words in `b[from, to)` report a failed login. The client's own, behind what he
  /// chose, may make it one, but what they deny is only a failing word right beside: the daemon's
  /// own stay.
  private boolean isReported(byte[] b, int from, int headTo, int textTo) {
    int to = textTo - from <= 2 * TEXT_BYTES_MAX ? textTo : headTo;
    int login = FAR;
    int failed = FAR;
    int weak = FAR;
    int no = FAR;
    int server = FAR;
    boolean unknownUser = false;
    boolean anyLogin = false;
    boolean reported = false;
    int i = from;
    while (i < to || to < textTo) {
      if (i >= to) {
        to = textTo;
        i = WordTable.wordEnd(b, to - TEXT_BYTES_MAX, to);
        continue;
      }
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
          login = a - no == 1 ? FAR : i;
          anyLogin = true;
          reported |= a - failed <= STRONG_GAP_BYTES_MAX || a - weak <= WEAK_GAP_BYTES_MAX;
          if (a - server == 1) {
            // `temporary authentication failure`.
            server = i;
          }
        }
        case FAILED -> {
          if (a - no > 1 && a - server > 1 && !isServerNext(b, i, to)) {
            failed = i;
            reported |= a - login <= STRONG_GAP_BYTES_MAX;
          }
        }
        case FAILED_WEAK -> {
          if (a - server > 1) {
            weak = i;
            reported |= a - login <= WEAK_GAP_BYTES_MAX;
          }
        }
        case UNKNOWN -> weak = i;
        case FETCH -> {
          if (a - failed <= FETCH_GAP_BYTES_MAX) {
            failed = FAR;
          }
        }
        case FAILED_LOGIN -> reported = true;
        case USER -> unknownUser |= a - weak == 1 || a - failed == 1;
        case NO -> no = isName(a, chosenFrom(b, from, textTo)) ? FAR : i;
        case SERVER -> {
          int name = chosenFrom(b, from, textTo);
          if (a < name) {
            return false;
          }
          server = isName(a, name) ? FAR : i;
        }
      }
    }
    reported |= unknownUser && anyLogin;
    return reported && !isServersOwn(b, from, textTo, chosenFrom(b, from, textTo));
  }

  /// Where the client's own words begin: looked for once, and only where it matters.
  private int chosenFrom(byte[] b, int from, int to) {
    if (chosen < 0) {
      chosen = client.chosenFrom(b, from, to);
    }
    return chosen;
  }

  /// Whether the word at `at` is the first of what the client chose.
  private static boolean isName(int at, int name) {
    return at >= name && at - name <= NAME_GAP_BYTES_MAX;
  }

  /// `failed temporarily`, `failure: timeout`.
  private static boolean isServerNext(byte[] b, int from, int to) {
    int a = from;
    while (a < to && a - from < NAME_GAP_BYTES_MAX && !WordTable.isWordByte(b[a])) {
      a++;
    }
    return WORDS.meaning(b, a, WordTable.wordEnd(b, a, to), to) == Meaning.SERVER;
  }

  /// A mail server's own logins elsewhere, and mail that it refuses.
  private boolean isServersOwn(byte[] b, int from, int to, int name) {
    int wordsTo = isMailClient() ? to : Math.min(to, name);
    return Scan.startsWith(b, name, to, LOST)
        || Scan.indexOf(b, from, wordsTo, SAID) >= 0
        || Scan.startsWith(b, from, to, NOQUEUE);
  }

  /// Postfix, where it is the one that logs in: what the other side says it writes down.
  private boolean isMailClient() {
    Event event = fields.event;
    int slot = event.first(Ecs.PROCESS_NAME);
    if (slot < 0) {
      return false;
    }
    byte[] b = event.array(slot);
    int to = event.to(slot);
    return Scan.endsWith(b, event.from(slot), to, SMTP)
        || Scan.endsWith(b, event.from(slot), to, LMTP);
  }

  // ---- the source
  // --------------------------------------------------------------------------------------------------

  private ClientAddress.Found addSource(byte[] b, int from, int to) {
    var found = form.find(b, from, to);
    return switch (found) {
      case SOURCE -> client.addAt(b, form.addressFrom(), form.addressTo());
      case UNSURE -> found;
      case NONE -> client.add(b, from, to, chosenFrom(b, from, to));
    };
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
