package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. The error logs of Apache (2.2 and 2.4) and nginx.
///
/// ```text
/// [Mon Dec 26 16:22:08 2016] [error] [client 192.0.2.1] File does not exist: /var/www/x, referer: ...
/// [Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 192.0.2.1:80] ...
/// 2016/10/25 14:49:34 [error] 54053#0: *1 open() "/x" failed (2: No such file or directory),
///     client: 192.0.2.1, server: x, request: "GET /x HTTP/1.1", host: "x", referrer: "http://x/"
/// ```
///
/// Neither logs a zone: times are taken as UTC. nginx appends the `client:` part behind a text that
/// may hold what the client sent, so it is looked for from the right.
final class ErrorLog {
  private static final byte[] PID = Scan.bytes("pid ");
  private static final byte[] TID = Scan.bytes("tid ");
  private static final byte[] CLIENT = Scan.bytes("client ");
  private static final byte[] REMOTE = Scan.bytes("remote ");
  private static final byte[] REFERER = Scan.bytes(", referer: ");
  private static final byte[] NOT_EXIST = Scan.bytes("File does not exist: ");
  private static final byte[] MODSECURITY = Scan.bytes("ModSecurity: ");

  private static final byte[] BRACKET_CLIENT = Scan.bytes("[client ");
  private static final byte[] APACHE_CODE = Scan.bytes("AH");
  private static final byte[] USER = Scan.bytes("user ");
  private static final byte[] MISMATCH = Scan.bytes(": password mismatch");
  private static final byte[] WAS_NOT_FOUND = Scan.bytes(" was not found in ");
  private static final byte[] AUTHENTICATION_FAILURE = Scan.bytes(": authentication failure for ");
  private static final byte[] NOT_FOUND = Scan.bytes(" not found: ");
  private static final byte[] PHP = Scan.bytes("php");
  private static final byte[] PHP_MESSAGE = Scan.bytes("PHP message: ");
  private static final byte[] HTTP_LOGIN = Scan.bytes("http_login");

  private static final byte[] MAIL_LOGIN_FAILED = Scan.bytes("client login failed: ");
  private static final byte[] NGINX_LOGIN = Scan.bytes(", login: \"");
  private static final byte[] MAIL_LOGIN = Scan.bytes("login");
  private static final byte[] NGINX_CLIENT = Scan.bytes(", client: ");
  private static final byte[] NGINX_SERVER = Scan.bytes(", server: ");
  private static final byte[] NGINX_REQUEST = Scan.bytes(", request: \"");
  private static final byte[] NGINX_HOST = Scan.bytes(", host: \"");
  private static final byte[] NGINX_REFERRER = Scan.bytes(", referrer: \"");

  private final Fields fields;
  private final UrlReader url;
  private final AccessLog access;
  private final LoginFailure login;

  ErrorLog(Fields fields, UrlReader url, AccessLog access, LoginFailure login) {
    this.fields = fields;
    this.url = url;
    this.access = access;
    this.login = login;
  }

  /// Fills the event from an Apache error line, which begins with a bracketed date.
  boolean readApache(byte[] b, int from, int to) {
    if (to - from < 28 || b[from] != '[' || !Scan.isLetter(b[from + 1])) {
      return false;
    }
    long time = fields.times.ctime(b, from + 1, to);
    if (time == Event.NO_TIME) {
      return false;
    }
    int p = fields.times.end();
    if (p >= to || b[p] != ']') {
      return false;
    }
    return readApacheBody(b, p + 1, to, time);
  }

  /// Reads `[core:error] [pid 1:tid 2] [client 192.0.2.1:80] text`, as Apache also sends it to
  /// syslog.
  boolean readApacheBody(byte[] b, int from, int to, long time) {
    Event event = fields.event;
    int p = Scan.skipSpaces(b, from, to);
    if (p >= to || b[p] != '[') {
      return false;
    }
    int close = Scan.indexOf(b, p, Math.min(to, p + 64), ']');
    if (close < 0) {
      return false;
    }
    int levelFrom = p + 1;
    int colon = Scan.indexOf(b, levelFrom, close, ':');
    if (colon >= 0) {
      fields.addPresent(Ecs.APACHE_ERROR_MODULE, b, levelFrom, colon);
      levelFrom = colon + 1;
    }
    if (!isWord(b, levelFrom, close)) {
      return false;
    }
    if (time != Event.NO_TIME) {
      event.timeMs(time);
    }
    event.dataset(Datasets.APACHE_ERROR);
    fields.kind(Values.WEB, isInformational(b, levelFrom) ? Values.INFO : Values.ERROR);
    fields.add(Ecs.LOG_LEVEL, b, levelFrom, close);
    p = close + 1;
    // Bracketed groups, until the text.
    while (true) {
      int q = Scan.skipSpaces(b, p, to);
      if (q >= to || b[q] != '[') {
        p = q;
        break;
      }
      close = Scan.indexOf(b, q, Math.min(to, q + 512), ']');
      if (close < 0) {
        p = q;
        break;
      }
      int a = q + 1;
      if (Scan.startsWith(b, a, close, PID)) {
        int tid = Scan.indexOf(b, a, close, ':');
        int pidTo = tid < 0 ? close : tid;
        if (Scan.isNumber(b, a + PID.length, pidTo)) {
          fields.add(Ecs.PROCESS_PID, b, a + PID.length, pidTo);
        }
        if (tid > 0 && Scan.startsWith(b, tid + 1, close, TID)) {
          fields.add(Ecs.PROCESS_THREAD_ID, b, tid + 1 + TID.length, close);
        }
      } else if (Scan.startsWith(b, a, close, CLIENT) || Scan.startsWith(b, a, close, REMOTE)) {
        int end = close;
        if (close + 1 < to && b[close + 1] == ']') {
          end = close + 1;
        }
        addClient(b, a + CLIENT.length, end, colon >= 0);
        close = end;
      } else {
        p = q;
        break;
      }
      p = close + 1;
    }
    if (p < to) {
      fields.add(Ecs.MESSAGE, b, p, to);
      if (!event.has(Ecs.SOURCE_ADDRESS) && b[p] == '(') {
        // `(70014)End of file found: [client 192.0.2.1:80] AH...`: the system's error comes first.
        int client = Scan.indexOf(b, p, Math.min(to, p + 256), BRACKET_CLIENT);
        int end = client < 0 ? -1 : Scan.indexOf(b, client, to, ']');
        if (end > 0) {
          addClient(b, client + BRACKET_CLIENT.length, end, colon >= 0);
        }
      }
    }
    int referer = Scan.lastIndexOf(b, p, to, REFERER);
    if (referer >= 0) {
      fields.addPresent(Ecs.HTTP_REQUEST_REFERRER, b, referer + REFERER.length, to);
    }
    int bodyTo = referer < 0 ? to : referer;
    int missing = Scan.indexOf(b, p, bodyTo, NOT_EXIST);
    if (missing >= 0) {
      fields.addPresent(Ecs.FILE_PATH, b, missing + NOT_EXIST.length, bodyTo);
    }
    if (Scan.indexOf(b, p, Math.min(bodyTo, p + 64), MODSECURITY) >= 0) {
      event.dataset(Datasets.MODSECURITY);
    }
    basicAuthentication(b, p, bodyTo, ' ');
    if (colon > 0 && Scan.startsWith(b, colon - 3, colon, PHP)) {
      login.inspectMessage(b, p, bodyTo);
    }
    return true;
  }

  private void addClient(byte[] b, int from, int to, boolean port) {
    if (fields.event.has(Ecs.SOURCE_ADDRESS)) {
      return;
    }
    if (port) {
      fields.addSourceThenPort(b, from, to);
    } else {
      fields.addSourceWithPort(b, from, to);
    }
  }

  /// A failed HTTP login: Apache's `[AH01617: ]user bob: authentication failure for "/x": Password
  /// Mismatch` and `user bob not found: /x`, nginx's `user "bob": password mismatch` and `user
  /// "bob" was not found in "/x"`.
  private void basicAuthentication(byte[] b, int from, int to, char quote) {
    int p = from;
    if (Scan.startsWith(b, p, to, APACHE_CODE)) {
      p = Math.min(to, Scan.wordEnd(b, p, to) + 1);
    }
    if (!Scan.startsWith(b, p, to, USER)) {
      return;
    }
    int a = p + USER.length;
    int end;
    boolean failed;
    if (a < to && b[a] == '`') {
      // mod_auth_digest: user `bob' in realm `x' not found: /, user `bob': password mismatch: /
      a++;
      end = Scan.indexOf(b, a, to, '\'');
      failed =
          end >= 0
              && (Scan.indexOf(b, end, to, NOT_FOUND) >= 0
                  || Scan.indexOf(b, end, to, MISMATCH) >= 0);
    } else if (quote == '"') {
      if (a >= to || b[a] != '"') {
        return;
      }
      a++;
      end = Scan.indexOf(b, a, to, '"');
      failed =
          end >= 0
              && (Scan.startsWith(b, end + 1, to, MISMATCH)
                  || Scan.startsWith(b, end + 1, to, WAS_NOT_FOUND));
    } else {
      end = Scan.lastIndexOf(b, a, to, AUTHENTICATION_FAILURE);
      if (end < 0) {
        end = Scan.lastIndexOf(b, a, to, NOT_FOUND);
      }
      failed = end >= 0;
    }
    if (!failed) {
      return;
    }
    fields.add(Ecs.EVENT_CATEGORY, Values.AUTHENTICATION);
    fields.add(Ecs.EVENT_ACTION, HTTP_LOGIN);
    fields.outcome(false);
    fields.addPresent(Ecs.USER_NAME, b, a, end);
  }

  /// Fills the event from an nginx error line; `from` is where its date begins.
  boolean readNginx(byte[] b, int from, int to) {
    if (to - from < 24 || b[from + 4] != '/' || b[from + 10] != ' ') {
      return false;
    }
    Event event = fields.event;
    long time = fields.times.iso(b, from, to);
    if (time == Event.NO_TIME) {
      return false;
    }
    int p = fields.times.end();
    if (p + 3 >= to || b[p] != ' ' || b[p + 1] != '[') {
      return false;
    }
    int close = Scan.indexOf(b, p, Math.min(to, p + 16), ']');
    if (close < 0 || !isWord(b, p + 2, close)) {
      return false;
    }
    int levelFrom = p + 2;
    int levelTo = close;
    p = Scan.skipSpaces(b, close + 1, to);
    int hash = Scan.indexOf(b, p, Math.min(to, p + 24), '#');
    if (hash < 0 || !Scan.isNumber(b, p, hash)) {
      return false;
    }
    int threadTo = hash + 1;
    while (threadTo < to && Scan.isDigit(b[threadTo])) {
      threadTo++;
    }
    if (threadTo == hash + 1 || threadTo >= to || b[threadTo] != ':') {
      return false;
    }
    event.timeMs(time);
    event.dataset(Datasets.NGINX_ERROR);
    fields.kind(Values.WEB, isInformational(b, levelFrom) ? Values.INFO : Values.ERROR);
    fields.add(Ecs.LOG_LEVEL, b, levelFrom, levelTo);
    fields.add(Ecs.PROCESS_PID, b, p, hash);
    fields.add(Ecs.PROCESS_THREAD_ID, b, hash + 1, threadTo);
    p = Scan.skipSpaces(b, threadTo + 1, to);
    if (p < to && b[p] == '*') {
      int idTo = p + 1;
      while (idTo < to && Scan.isDigit(b[idTo])) {
        idTo++;
      }
      if (idTo > p + 1) {
        fields.add(Ecs.NGINX_ERROR_CONNECTION_ID, b, p + 1, idTo);
        p = Scan.skipSpaces(b, idTo, to);
      }
    }
    if (p < to) {
      fields.add(Ecs.MESSAGE, b, p, to);
      if (Scan.startsWith(b, p, to, MAIL_LOGIN_FAILED)) {
        readMailLogin(b, p, to);
        return true;
      }
      readNginxContext(b, p, to);
      basicAuthentication(b, p, to, '"');
      int php = Scan.indexOf(b, p, to, PHP_MESSAGE);
      if (php >= 0) {
        int end = Scan.indexOf(b, php, to, NGINX_CLIENT);
        login.inspectMessage(b, php, end < 0 ? to : end);
      }
    }
    return true;
  }

  /// nginx as a mail proxy: `client login failed: "reason" while in http auth state, client:
  /// 192.0.2.1, server: 0.0.0.0:143, login: "bob"`. Only the login is of the client's choice.
  private void readMailLogin(byte[] b, int from, int to) {
    fields.add(Ecs.EVENT_CATEGORY, Values.AUTHENTICATION);
    fields.add(Ecs.EVENT_TYPE, Values.AUTHENTICATION_FAILURE);
    fields.add(Ecs.EVENT_ACTION, MAIL_LOGIN);
    fields.outcome(false);
    int client = Scan.indexOf(b, from, to, NGINX_CLIENT);
    if (client < 0) {
      return;
    }
    int a = client + NGINX_CLIENT.length;
    int z = Scan.indexOf(b, a, to, ',');
    fields.addSourceWithPort(b, a, z < 0 ? to : z);
    int user = Scan.indexOf(b, a, to, NGINX_LOGIN);
    if (user >= 0) {
      int close = Scan.lastIndexOf(b, user + NGINX_LOGIN.length, to, '"');
      fields.addPresent(Ecs.USER_NAME, b, user + NGINX_LOGIN.length, close < 0 ? to : close);
    }
  }

  private void readNginxContext(byte[] b, int from, int to) {
    int client = Scan.lastIndexOf(b, from, to, NGINX_CLIENT);
    if (client < 0) {
      return;
    }
    int a = client + NGINX_CLIENT.length;
    int z = Scan.indexOf(b, a, to, ',');
    fields.addSourceWithPort(b, a, z < 0 ? to : z);
    if (z < 0) {
      return;
    }
    if (Scan.startsWith(b, z, to, NGINX_SERVER)) {
      a = z + NGINX_SERVER.length;
      z = Scan.indexOf(b, a, to, ',');
      if (z < 0) {
        return;
      }
    }
    if (Scan.startsWith(b, z, to, NGINX_REQUEST)) {
      a = z + NGINX_REQUEST.length;
      int quote = AccessLog.closingQuote(b, a, to);
      if (quote < 0) {
        return;
      }
      access.request(b, a, quote);
      z = quote + 1;
    }
    int host = Scan.indexOf(b, z, to, NGINX_HOST);
    if (host >= 0 && !fields.event.has(Ecs.URL_DOMAIN)) {
      a = host + NGINX_HOST.length;
      int quote = AccessLog.closingQuote(b, a, to);
      if (quote > a) {
        url.host(b, a, quote);
      }
    }
    int referrer = Scan.indexOf(b, z, to, NGINX_REFERRER);
    if (referrer >= 0) {
      a = referrer + NGINX_REFERRER.length;
      int quote = AccessLog.closingQuote(b, a, to);
      if (quote > a) {
        fields.addPresent(Ecs.HTTP_REQUEST_REFERRER, b, a, quote);
      }
    }
  }

  /// `notice`, `info`, `debug` and `trace1` to `trace8`: nothing went wrong.
  private static boolean isInformational(byte[] b, int from) {
    return b[from] == 'n' || b[from] == 'i' || b[from] == 'd' || b[from] == 't';
  }

  private static boolean isWord(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Scan.isLetter(b[i]) && !Scan.isDigit(b[i])) {
        return false;
      }
    }
    return to > from && Scan.isLetter(b[from]);
  }
}
