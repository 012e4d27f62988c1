package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. Failed logins in the words of programs that we do not know.
///
/// A text is one where a word for logging in (`login`, `authentication`, `password`, ...) and a
/// word for failing (`failed`, `invalid`, `wrong`, ...) stand close together, or where a word says
/// both (`badlogin`), and it names an address. Not taken: what the text itself denies (`no failed
/// logins`) or puts down to the server (`temporary authentication failure`).
///
/// The host is the address behind the most telling cue (`rhost=`, `client:`, the last `from`),
/// since a text may also name the server or hold an address that an attacker chose as his name;
/// without a cue it is the first one.
final class LoginFailure {
  /// How far into a text words count.
  private static final int TEXT_BYTES_MAX = 2_048;

  /// How far apart the two words may stand.
  private static final int STRONG_GAP_BYTES_MAX = 64;

  private static final int WEAK_GAP_BYTES_MAX = 20;
  private static final int USER_BYTES_MAX = 128;

  private enum Meaning {
    /// Logging in.
    LOGIN,
    /// Failing, near by.
    FAILED,
    /// Failing, only right beside: common words that mean other things too.
    FAILED_WEAK,
    /// Failing to log in, in one word.
    FAILED_LOGIN,
    /// A user; with `unknown` or `invalid` right before.
    USER,
    /// There is none.
    NO,
    /// The server's own trouble.
    SERVER
  }

  private record Word(byte[] bytes, Meaning meaning) {}

  private static final Word[][] WORDS =
      table(
          words(
              Meaning.LOGIN,
              "login",
              "logins",
              "logon",
              "logged",
              "log-in",
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
              "mfa"),
          words(
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
              "doesn"),
          words(Meaning.FAILED_WEAK, "error", "refused", "unknown", "existent"),
          words(
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
              "wronguser"),
          words(Meaning.USER, "user", "account"),
          words(Meaning.NO, "no", "without", "0"),
          words(Meaning.SERVER, "temporary", "temporarily", "timeout"));

  /// What stands right before the address of who tried, the most telling first.
  private static final byte[][] CUES = {
    Scan.bytes("remoteaddress=\"ipv4/udp/"),
    Scan.bytes("remoteaddress=\"ipv4/tcp/"),
    Scan.bytes("remoteaddress=\"ipv4/tls/"),
    Scan.bytes("rhost="),
    Scan.bytes("rip="),
    Scan.bytes("oip="),
    Scan.bytes("remote_ip="),
    Scan.bytes("remote_addr="),
    Scan.bytes("client_ip="),
    Scan.bytes("failed for '"),
    Scan.bytes("client: "),
    Scan.bytes("client ip: "),
    Scan.bytes("client ip="),
    Scan.bytes("viewer address: "),
    Scan.bytes("relay="),
    Scan.bytes("ip address: "),
    Scan.bytes("ip: "),
    Scan.bytes("ip="),
    Scan.bytes("addr="),
  };

  /// What says it without those words.
  private static final byte[][] PHRASES = {
    Scan.bytes("no such user found from"),
    Scan.bytes("security violation: root login"),
    Scan.bytes("login attempted"),
    Scan.bytes("might not have worked"),
    Scan.bytes("max auth tries reached"),
    Scan.bytes("login attempt for nonexistent user"),
    Scan.bytes("user denied: "),
    Scan.bytes("maximum login attempts"),
    Scan.bytes("res=failed"),
  };

  private static final byte[] FROM = Scan.bytes("from ");
  private static final byte[] AUTHENTICATOR = Scan.bytes("authenticator failed for ");
  private static final byte[] LOCAL = Scan.bytes(" I=[");
  private static final byte[] FOR = Scan.bytes(" for ");
  private static final byte[] AS = Scan.bytes(" as ");
  private static final byte[] SPACE_FROM = Scan.bytes(" from ");
  private static final byte[] LOGIN = Scan.bytes("login");
  private static final byte[] USER = Scan.bytes("user");
  private static final byte[] NAME = Scan.bytes("name");
  private static final byte[] LOST = Scan.bytes("lost to authentication server");

  private final Fields fields;

  LoginFailure(Fields fields) {
    this.fields = fields;
  }

  private static Word[] words(Meaning meaning, String... words) {
    return Arrays.stream(words)
        .map(word -> new Word(Scan.bytes(word), meaning))
        .toArray(Word[]::new);
  }

  /// By the first letter.
  private static Word[][] table(Word[]... groups) {
    var table = new Word[32][];
    for (int letter = 0; letter < table.length; letter++) {
      int wanted = letter;
      table[letter] =
          Arrays.stream(groups)
              .flatMap(Arrays::stream)
              .filter(word -> (word.bytes()[0] & 31) == wanted)
              .toArray(Word[]::new);
    }
    return table;
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
      if (!reported || !addSourceByCue(b, from, Math.min(to, from + TEXT_BYTES_MAX))) {
        fields.addSourceFoundIn(b, from, to);
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
    boolean anyUser = false;
    boolean reported = false;
    int i = from;
    while (i < to) {
      if (!isWordByte(b[i])) {
        i++;
        continue;
      }
      int a = i;
      while (i < to && isWordByte(b[i])) {
        i++;
      }
      Meaning meaning = meaning(b, a, i);
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
        case FAILED_LOGIN -> reported = true;
        case USER -> {
          anyUser = true;
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
    if (!reported && (anyLogin || anyUser)) {
      reported = unknownUser && anyLogin;
      for (int phrase = 0; phrase < PHRASES.length && !reported; phrase++) {
        reported = indexOfIgnoreCase(b, from, to, PHRASES[phrase]) >= 0;
      }
    }
    return reported && Scan.indexOf(b, from, to, LOST) < 0;
  }

  private static @Nullable Meaning meaning(byte[] b, int from, int to) {
    if (to - from > 24) {
      return null;
    }
    for (Word word : WORDS[b[from] & 31]) {
      if (Scan.equalsIgnoreCase(b, from, to, word.bytes())) {
        return word.meaning();
      }
    }
    return null;
  }

  private static boolean isWordByte(byte c) {
    return Scan.isLetter(c) || Scan.isDigit(c);
  }

  // ---- the source
  // --------------------------------------------------------------------------------------------------

  private boolean addSourceByCue(byte[] b, int from, int to) {
    int authenticator = Scan.indexOf(b, from, to, AUTHENTICATOR);
    if (authenticator >= 0) {
      // Exim: `login authenticator failed for (helo) [192.0.2.1]: 535 ...`; the client chose the
      // helo.
      int local = Scan.indexOf(b, authenticator, to, LOCAL);
      int close = Scan.lastIndexOf(b, authenticator, local < 0 ? to : local, ']');
      int open = close < 0 ? -1 : Scan.lastIndexOf(b, authenticator, close, '[');
      return open >= 0 && addAt(b, open + 1, to);
    }
    if (addInParentheses(b, from, to)) {
      return true;
    }
    for (byte[] cue : CUES) {
      int at = indexOfIgnoreCase(b, from, to, cue);
      if (at >= 0 && addAt(b, at + cue.length, to)) {
        return true;
      }
    }
    int limit = to;
    for (int tries = 0; tries < 4; tries++) {
      int at = Scan.lastIndexOf(b, from, limit, FROM);
      if (at < 0) {
        return false;
      }
      if (addAt(b, at + FROM.length, to)) {
        return true;
      }
      limit = at;
    }
    return false;
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

  /// Adds the address within the next word, or in brackets behind it (`host.example.net
  /// [192.0.2.1]`).
  private boolean addAt(byte[] b, int from, int to) {
    int end = from;
    while (end < to && end - from < 100 && b[end] != ' ' && b[end] != ',' && b[end] != ';') {
      end++;
    }
    if (fields.ip.find(b, from, end)) {
      return addFound(b);
    }
    int next = end + 1;
    return next < to
        && (b[next] == '[' || b[next] == '(')
        && fields.ip.find(b, next, Math.min(to, next + 60))
        && addFound(b);
  }

  private boolean addFound(byte[] b) {
    fields.add(Ecs.SOURCE_ADDRESS, b, fields.ip.start(), fields.ip.end());
    fields.addParsedIp(Ecs.SOURCE_IP, b);
    return true;
  }

  private static int indexOfIgnoreCase(byte[] b, int from, int to, byte[] lower) {
    int last = to - lower.length;
    for (int i = from; i <= last; i++) {
      if ((b[i] | 0x20) == lower[0]
          && (i == from || !isWordByte(b[i - 1]))
          && Scan.equalsIgnoreCase(b, i, i + lower.length, lower)) {
        return i;
      }
    }
    return -1;
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
