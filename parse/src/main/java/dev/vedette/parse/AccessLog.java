package dev.vedette.parse;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import java.util.Arrays;

/// Confined to one worker. Access logs of web servers: common, combined, with the virtual host
/// first, and with further fields behind (times, upstream, forwarded addresses).
///
/// ```text
/// [vhost[:port]] client[, client...] ident user [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.1" 200 17
///     ["referer" "user agent" [more...]]
/// ```
///
/// The landmark is the bracketed date; what stands before it is read forwards from the start and
/// what stands after it forwards from the date. A quote inside a quoted field is escaped by Apache
/// (`\"`) and nginx (`\x22`); for servers that escape nothing, the request ends at the first quote
/// that a status code follows.
///
/// The client is the first address of a list that is not private (the list is what proxies passed
/// on), else the first; all others are `network.forwarded_ip`. Further fields are told apart by
/// their form: decimal fractions are the request time and then the upstream time, a quoted list of
/// addresses is `X-Forwarded-For`, 32 hex digits are a request id.
final class AccessLog {
  private static final int CLIENTS_MAX = 32;

  /// How far into a line its date may stand.
  private static final int PREFIX_BYTES_MAX = 4_096;

  private static final byte[] HTTP = Scan.bytes("HTTP/");
  private static final byte[] BRACKET_CLIENT = Scan.bytes("[Client ");
  private static final byte[] BRACKET_LENGTH = Scan.bytes("[Length ");
  private static final byte[] UNIX = Scan.bytes("unix:");

  private static final byte[] POST = Scan.bytes("post");
  private static final byte[] ASGI = Scan.bytes(" - \"");
  private static final byte[] HTTP_LOGIN = Scan.bytes("http_login");

  /// Words in the last segment of a path: whether it is that of a page for logging in.
  private static final WordTable<Boolean> LOGIN_PATHS =
      WordTable.<Boolean>builder()
          .add(
              true,
              "login",
              "logon",
              "signin",
              "sign-in",
              "sign_in",
              "log-in",
              "log_in",
              "auth",
              "authenticate",
              "authentication",
              "oauth",
              "token",
              "session",
              "sessions")
          .add(
              false,
              "refresh",
              "renew",
              "renewal",
              "extend",
              "rotate",
              "revoke",
              "logout",
              "logoff",
              "signout",
              "sign-out",
              "sign_out",
              "out",
              "heartbeat",
              "keepalive",
              "ping",
              "poll",
              "status",
              "state",
              "check",
              "info",
              "validate",
              "validation",
              "verify",
              "introspect",
              "count",
              "timeout",
              "expire")
          .build();

  private final Fields fields;
  private final UrlReader url;

  private final int[] clientFroms = new int[CLIENTS_MAX];
  private final int[] clientTos = new int[CLIENTS_MAX];
  private int clients;

  /// Whether the fields behind the user agent were those of the ingress controller of Kubernetes.
  private boolean ingress;

  AccessLog(Fields fields, UrlReader url) {
    this.fields = fields;
    this.url = url;
  }

  /// Where the bracketed date of an access log stands, or -1.
  static int landmark(byte[] b, int from, int to) {
    int limit = Math.min(to, from + PREFIX_BYTES_MAX);
    int i = from;
    while (true) {
      i = Scan.indexOf(b, i, limit, '[');
      if (i < 0 || i + 21 > to) {
        return -1;
      }
      if (b[i + 3] == '/' && b[i + 7] == '/' && b[i + 12] == ':' && Scan.isDigit(b[i + 1])) {
        return i;
      }
      i++;
    }
  }

  /// Fills the event from an access line whose date stands at `bracket`; false where it is none.
  boolean read(byte[] b, int from, int to, int bracket, Dataset dataset) {
    Event event = fields.event;
    long time = fields.times.clf(b, bracket + 1, to);
    if (time == Event.NO_TIME) {
      return false;
    }
    int p = fields.times.end();
    if (p >= to || b[p] != ']') {
      return false;
    }
    p++;
    if (bracket == from) {
      return readDateFirst(b, p, to, time, dataset);
    }
    if (p + 1 >= to || b[p] != ' ' || b[p + 1] != '"' || bracket - from < 3) {
      return false;
    }
    event.timeMs(time);
    event.dataset(dataset);
    if (!readClient(b, from, bracket - 1)) {
      return false;
    }
    p = readRequest(b, p + 2, to);
    if (p < 0) {
      return false;
    }
    p = readStatusAndBytes(b, p, to);
    ingress = false;
    if (p < to) {
      readTail(b, p, to);
    }
    if (ingress) {
      event.dataset(Datasets.NGINX_INGRESS);
    }
    fields.kind(Values.WEB, ingress ? Values.INFO : Values.ACCESS);
    return true;
  }

  // ---- before the date
  // ---------------------------------------------------------------------------------------------

  /// Reads `[vhost] client ident user`.
  private boolean readClient(byte[] b, int lineFrom, int to) {
    int from = Scan.skipSpaces(b, lineFrom, to);
    if (from == to) {
      return false;
    }
    int firstTo = Scan.wordEnd(b, from, to);
    // Nearly every line: an address and a dash.
    if (firstTo + 2 < to
        && b[firstTo + 1] == '-'
        && b[firstTo + 2] == ' '
        && b[firstTo - 1] != ','
        && b[from] != '"') {
      fields.addSourceWithPort(b, from, firstTo);
      addUser(b, firstTo + 3, to);
      return true;
    }
    return readClients(b, from, to);
  }

  private void addUser(byte[] b, int from, int to) {
    int a = from;
    int z = to;
    if (z - a >= 2 && b[a] == '"' && b[z - 1] == '"') {
      a++;
      z--;
    }
    fields.addPresent(Ecs.USER_NAME, b, a, z);
  }

  private boolean readClients(byte[] b, int from, int to) {
    // Ident and user are the last two words; user names with spaces need an address in front.
    int p = from;
    int words = 1;
    for (int i = from; i < to; i++) {
      if (b[i] == ' ') {
        words++;
      }
    }
    clients = 0;
    int wordTo = wordEnd(b, p, to);
    boolean listed = b[wordTo - 1] == ',' || b[from] == '"';
    boolean hostFirst = false;
    if (!listed && words >= 4) {
      int secondFrom = Math.min(to, wordTo + 1);
      int secondTo = wordEnd(b, secondFrom, to);
      boolean firstIsIp = isAddress(b, p, wordTo);
      boolean secondIsClient =
          secondTo > secondFrom
              && (b[secondTo - 1] == ','
                  || b[secondFrom] == '"'
                  || isAddress(b, secondFrom, secondTo)
                  || Scan.equals(b, secondFrom, secondTo, UNIX));
      hostFirst =
          secondIsClient || (words == 4 && !firstIsIp) || (words == 4 && endsWithTwoDashes(b, to));
    }
    if (hostFirst) {
      addHost(b, p, wordTo);
      p = wordTo + 1;
      wordTo = wordEnd(b, p, to);
    }
    // A list, which a single address may follow (`$http_x_forwarded_for $remote_addr - -`).
    int last = p;
    while (p < to) {
      wordTo = wordEnd(b, p, to);
      if (wordTo == p) {
        break;
      }
      boolean quoted = b[p] == '"';
      boolean more = b[wordTo - 1] == ',';
      if (quoted) {
        addList(b, p + 1, b[wordTo - 1] == '"' ? wordTo - 1 : wordTo);
      } else {
        addList(b, p, wordTo);
      }
      last = wordTo;
      p = Math.min(to, wordTo + 1);
      if (!more) {
        int nextTo = wordEnd(b, p, to);
        if (clients > 0 && nextTo > p && isAddress(b, p, nextTo)) {
          continue;
        }
        break;
      }
    }
    if (clients == 0) {
      return false;
    }
    int chosen = -1;
    for (int i = 0; i < clients && chosen < 0; i++) {
      if (fields.ip.parse(b, clientFroms[i], clientTos[i]) && !fields.ip.isPrivate()) {
        chosen = i;
      }
    }
    chosen = Math.max(chosen, 0);
    fields.addSourceWithPort(b, clientFroms[chosen], clientTos[chosen]);
    for (int i = 0; i < clients; i++) {
      if (i != chosen) {
        fields.addIp(Ecs.NETWORK_FORWARDED_IP, b, clientFroms[i], clientTos[i]);
      }
    }
    int identTo = wordEnd(b, Math.min(to, last + 1), to);
    if (identTo < to) {
      fields.addPresent(Ecs.APACHE_ACCESS_IDENTITY, b, last + 1, identTo);
      addUser(b, identTo + 1, to);
    }
    return true;
  }

  /// The end of a word, or of a quoted text.
  private static int wordEnd(byte[] b, int from, int to) {
    if (from < to && b[from] == '"') {
      int quote = Scan.indexOf(b, from + 1, to, '"');
      return quote < 0 ? to : quote + 1;
    }
    return Scan.wordEnd(b, from, to);
  }

  private static boolean endsWithTwoDashes(byte[] b, int to) {
    return b[to - 1] == '-' && b[to - 2] == ' ' && b[to - 3] == '-';
  }

  private boolean isAddress(byte[] b, int from, int to) {
    return fields.ip.parse(b, from, to);
  }

  private void addList(byte[] b, int from, int to) {
    int p = from;
    while (p < to && clients < CLIENTS_MAX) {
      int comma = Scan.indexOf(b, p, to, ',');
      int end = comma < 0 ? to : comma;
      int a = Scan.skipSpaces(b, p, end);
      int z = Scan.trimEnd(b, a, end);
      if (z > a && (z - a > 1 || b[a] != '-')) {
        clientFroms[clients] = a;
        clientTos[clients++] = z;
      }
      p = end + 1;
    }
  }

  private void addHost(byte[] b, int from, int to) {
    int hostTo = to;
    int colon = Scan.lastIndexOf(b, from, to, ':');
    if (colon > from && Scan.isPort(b, colon + 1, to) && !isAddress(b, from, to)) {
      fields.add(Ecs.DESTINATION_PORT, b, colon + 1, to);
      hostTo = colon;
    }
    if (hostTo - from == 1 && (b[from] == '-' || b[from] == '_')) {
      return;
    }
    fields.addDestination(b, from, hostTo);
    fields.add(Ecs.URL_DOMAIN, b, from, hostTo);
  }

  // ---- the request
  // -------------------------------------------------------------------------------------------------

  /// Reads the request up to its closing quote; answers where the quote stands, plus one.
  private int readRequest(byte[] b, int from, int to) {
    int quote = closingQuote(b, from, to);
    if (quote < 0) {
      // No escapes then, but a backslash before the quote.
      quote = Scan.indexOf(b, from, to, '"');
      if (quote < 0) {
        return -1;
      }
    }
    if (!followsStatus(b, quote + 1, to)) {
      int p = quote;
      while (true) {
        p = Scan.indexOf(b, p + 1, to, '"');
        if (p < 0) {
          break;
        }
        if (followsStatus(b, p + 1, to)) {
          quote = p;
          break;
        }
      }
    }
    requestOrMessage(b, from, quote);
    return quote + 1;
  }

  /// What was sent to the web port and is no HTTP is the event's message, so that rules can tell
  /// other protocols without looking at every line whole.
  private void requestOrMessage(byte[] b, int from, int to) {
    if (!request(b, from, to) && to > from && !(to - from == 1 && b[from] == '-')) {
      fields.add(Ecs.MESSAGE, b, from, to);
    }
  }

  /// The first quote that is not escaped, or -1.
  static int closingQuote(byte[] b, int from, int to) {
    int p = from;
    while (true) {
      p = Scan.indexOfEither(b, p, to, '"', '\\');
      if (p < 0 || b[p] == '"') {
        return p;
      }
      p += 2;
      if (p >= to) {
        return -1;
      }
    }
  }

  private static boolean followsStatus(byte[] b, int at, int to) {
    if (at + 2 > to || b[at] != ' ') {
      return false;
    }
    if (at + 4 <= to
        && Scan.isDigit(b[at + 1])
        && Scan.isDigit(b[at + 2])
        && Scan.isDigit(b[at + 3])
        && (at + 4 == to || b[at + 4] == ' ')) {
      return true;
    }
    return b[at + 1] == '-' && (at + 2 == to || b[at + 2] == ' ');
  }

  /// Reads `GET /path HTTP/1.1`. What is no request (a scanner's TLS hello, an empty line) gives no
  /// field and false.
  boolean request(byte[] b, int from, int to) {
    int methodTo = Scan.indexOf(b, from, to, ' ');
    if (methodTo <= from || methodTo - from > 32 || methodTo + 1 >= to) {
      return false;
    }
    boolean upper = true;
    for (int i = from; i < methodTo; i++) {
      byte c = b[i];
      if (c < 'A' || c > 'Z') {
        upper = false;
        if (!Scan.isLetter(c) && c != '-' && c != '_') {
          return false;
        }
      }
    }
    int targetTo = to;
    int versionFrom = -1;
    int lastSpace = Scan.lastIndexOf(b, methodTo + 1, to, ' ');
    if (lastSpace > 0 && Scan.startsWith(b, lastSpace + 1, to, HTTP)) {
      versionFrom = lastSpace + 1 + HTTP.length;
      targetTo = lastSpace;
    } else if (!upper || !isTarget(b[methodTo + 1])) {
      return false;
    }
    fields.add(Ecs.HTTP_REQUEST_METHOD, b, from, methodTo);
    if (targetTo > methodTo + 1) {
      url.read(b, methodTo + 1, targetTo);
    }
    if (versionFrom >= 0 && versionFrom < to) {
      fields.add(Ecs.HTTP_VERSION, b, versionFrom, to);
    }
    return true;
  }

  private static boolean isTarget(byte first) {
    return first == '/' || first == '*' || Scan.isLetter(first) || Scan.isDigit(first);
  }

  // ---- behind the request
  // ------------------------------------------------------------------------------------------

  private int readStatusAndBytes(byte[] b, int from, int to) {
    int p = from;
    if (p >= to || b[p] != ' ') {
      return p;
    }
    int wordFrom = p + 1;
    int wordTo = Scan.wordEnd(b, wordFrom, to);
    if (addStatus(b, wordFrom, wordTo) || isDash(b, wordFrom, wordTo)) {
      p = wordTo;
    } else {
      return p;
    }
    if (p >= to) {
      return p;
    }
    wordFrom = p + 1;
    wordTo = Scan.wordEnd(b, wordFrom, to);
    if (Scan.isNumber(b, wordFrom, wordTo)) {
      fields.add(Ecs.HTTP_RESPONSE_BODY_BYTES, b, wordFrom, wordTo);
      p = wordTo;
    } else if (isDash(b, wordFrom, wordTo)) {
      p = wordTo;
    }
    return p;
  }

  boolean addStatus(byte[] b, int from, int to) {
    if (to - from != 3 || !Scan.isNumber(b, from, to)) {
      return false;
    }
    fields.outcome(b[from] < '4');
    fields.add(Ecs.HTTP_RESPONSE_STATUS_CODE, b, from, to);
    if (b[from] == '4' && b[from + 1] == '0' && b[from + 2] == '1') {
      login();
    }
    return true;
  }

  /// What was sent to a page for logging in and answered with 401 is a login that failed.
  private void login() {
    Event event = fields.event;
    int method = event.first(Ecs.HTTP_REQUEST_METHOD);
    int path = event.first(Ecs.URL_PATH);
    if (method < 0
        || path < 0
        || !Scan.equalsIgnoreCase(
            event.array(method), event.from(method), event.to(method), POST)) {
      return;
    }
    if (isLoginPath(event.array(path), event.from(path), event.to(path))) {
      fields.add(Ecs.EVENT_CATEGORY, Values.AUTHENTICATION);
      fields.add(Ecs.EVENT_TYPE, Values.AUTHENTICATION_FAILURE);
      fields.add(Ecs.EVENT_ACTION, HTTP_LOGIN);
    }
  }

  /// Whether the last segment of a path has a word for logging in, and none for what programs do by
  /// themselves with a login that they have: `/api/session`, but not `/api/session/heartbeat`.
  private static boolean isLoginPath(byte[] b, int from, int pathTo) {
    int to = pathTo;
    while (to > from && b[to - 1] == '/') {
      to--;
    }
    int p = Scan.lastIndexOf(b, from, to, '/') + 1;
    if (p == 0) {
      p = from;
    }
    boolean login = false;
    while (p < to) {
      int a = p;
      p = WordTable.wordEnd(b, p, to);
      Boolean word = LOGIN_PATHS.meaning(b, a, p, to);
      if (word != null) {
        if (!word) {
          return false;
        }
        login = true;
      }
      p++;
    }
    return login;
  }

  /// `192.0.2.1:5000 - "POST /x HTTP/1.1" 401[ Unauthorized]`, as the servers of Python's ASGI
  /// write it behind a prefix of their logger ([LinePrefix]); false, with nothing added, where the
  /// text is none, or has anything else before or behind.
  boolean readAsgi(byte[] b, int from, int to) {
    int dash = Scan.indexOf(b, from, to, ASGI);
    if (dash < 0) {
      return false;
    }
    int a = LinePrefix.end(b, from, dash);
    int colon = Scan.lastIndexOf(b, a, dash, ':');
    // A client's query may hold quotes; nothing behind the status is his.
    int quote = Scan.lastIndexOf(b, dash + ASGI.length, to, '"');
    if (colon < 0
        || quote < 0
        || !Scan.isPort(b, colon + 1, dash)
        || !fields.ip.parse(b, a, colon)
        || quote + 5 > to
        || b[quote + 1] != ' '
        || !Scan.isNumber(b, quote + 2, quote + 5)
        || !isReasonPhrase(b, quote + 5, to)) {
      return false;
    }
    fields.event.dataset(Datasets.WEB_ACCESS);
    fields.kind(Values.WEB, Values.ACCESS);
    fields.addSourceThenPort(b, a, dash);
    request(b, dash + ASGI.length, quote);
    addStatus(b, quote + 2, quote + 5);
    return true;
  }

  /// Nothing, or a blank and words of letters: `401 Unauthorized`, `418 I'm a Teapot`.
  private static boolean isReasonPhrase(byte[] b, int from, int lineTo) {
    int to = Scan.trimEnd(b, from, lineTo);
    if (from < to && b[from] != ' ') {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (!Scan.isLetter(b[i]) && b[i] != ' ' && b[i] != '-' && b[i] != '\'') {
        return false;
      }
    }
    return true;
  }

  private static boolean isDash(byte[] b, int from, int to) {
    return to - from == 1 && b[from] == '-';
  }

  /// Reads referer, user agent and whatever fields an administrator added.
  private void readTail(byte[] b, int from, int to) {
    int p = from;
    int index = 0;
    int times = 0;
    while (p < to) {
      if (b[p] == ' ' || b[p] == '\t') {
        p++;
        continue;
      }
      int a = p;
      int z;
      boolean quoted = b[p] == '"';
      if (quoted) {
        a = p + 1;
        z = closingQuote(b, a, to);
        if (z < 0) {
          z = to;
        } else if (index <= 1 && z + 1 < to && b[z + 1] != ' ') {
          z = looseQuote(b, z, to);
        }
        p = z + 1;
      } else {
        z = Scan.wordEnd(b, p, to);
        p = z;
      }
      if (index == 0 && (quoted || isDash(b, a, z))) {
        fields.addPresent(Ecs.HTTP_REQUEST_REFERRER, b, a, z);
      } else if (index == 1 && quoted) {
        fields.addPresent(Ecs.USER_AGENT_ORIGINAL, b, a, z);
      } else {
        times = readExtra(b, a, z, quoted, times);
      }
      index++;
    }
  }

  /// For servers that escape nothing: a quote in the middle of a word does not end the field.
  private static int looseQuote(byte[] b, int quote, int to) {
    int p = quote;
    while (p >= 0) {
      if (p + 1 == to || b[p + 1] == ' ') {
        return p;
      }
      p = Scan.indexOf(b, p + 1, to, '"');
    }
    return quote;
  }

  private int readExtra(byte[] b, int from, int to, boolean quoted, int times) {
    int a = from;
    int z = to;
    if (!quoted) {
      int equals = Scan.indexOf(b, a, z, '=');
      if (equals > a && equals - a <= 24) {
        a = equals + 1;
        if (a < z && b[a] == '"') {
          a++;
          if (z > a && b[z - 1] == '"') {
            z--;
          }
        }
      }
    }
    if (z <= a) {
      return times;
    }
    if (b[from] == '[' && b[to - 1] == ']' && times == 1) {
      ingress = true;
      return times;
    }
    if (z - a > 2 && b[z - 1] == 's' && b[z - 2] == 'm' && Scan.isNumber(b, a, z - 2)) {
      addDuration(b, a, z - 2);
      return times;
    }
    if (isDecimal(b, a, z) && times < 2) {
      fields.add(times == 0 ? Ecs.HTTP_REQUEST_TIME : Ecs.HTTP_UPSTREAM_TIME, b, a, z);
      return times + 1;
    }
    if (z - a == 32 && isHex(b, a, z)) {
      fields.add(Ecs.HTTP_REQUEST_ID, b, a, z);
      return times;
    }
    if (quoted && (Scan.isDigit(b[a]) || b[a] == ':' || Scan.hexDigit(b[a]) >= 0)) {
      addForwarded(b, a, z);
    }
    return times;
  }

  /// Adds the addresses of an `X-Forwarded-For` list.
  void addForwarded(byte[] b, int from, int to) {
    clients = 0;
    addList(b, from, to);
    for (int i = 0; i < clients; i++) {
      fields.addIp(Ecs.NETWORK_FORWARDED_IP, b, clientFroms[i], clientTos[i]);
    }
  }

  /// Milliseconds (Traefik) as `event.duration`, which counts nanoseconds.
  private void addDuration(byte[] b, int from, int to) {
    boolean zero = to - from == 1 && b[from] == '0';
    int length = zero ? 1 : to - from + 6;
    byte[] scratch = fields.event.scratch(length);
    int at = fields.event.scratchUsed();
    System.arraycopy(b, from, scratch, at, to - from);
    Arrays.fill(scratch, at + to - from, at + length, (byte) '0');
    fields.event.scratchUsed(at + length);
    fields.add(Ecs.EVENT_DURATION, scratch, at, at + length);
  }

  private static boolean isDecimal(byte[] b, int from, int to) {
    int dot = Scan.indexOf(b, from, to, '.');
    return dot > from && Scan.isNumber(b, from, dot) && Scan.isNumber(b, dot + 1, to);
  }

  private static boolean isHex(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (Scan.hexDigit(b[i]) < 0) {
        return false;
      }
    }
    return true;
  }

  // ---- the date first
  // -----------------------------------------------------------------------------------------------

  /// Reads lines that begin with the date: Apache's `ssl_request_log` (`[date] client TLSv1.2
  /// cipher "GET / HTTP/1.1" bytes`), formats with host, client or time before the request, and
  /// that of Nginx Proxy Manager (`[date] - 404 404 - GET http host "/x" [Client 192.0.2.1] ...
  /// "agent" "referer"`).
  private boolean readDateFirst(byte[] b, int from, int to, long time, Dataset dataset) {
    int quote = Scan.indexOf(b, from, to, '"');
    if (quote < 0 || quote - from > PREFIX_BYTES_MAX) {
      return false;
    }
    int requestTo = closingQuote(b, quote + 1, to);
    if (requestTo < 0) {
      return false;
    }
    Event event = fields.event;
    int client = Scan.indexOf(b, requestTo, to, BRACKET_CLIENT);
    if (client == requestTo + 2) {
      return readProxyManager(b, from, to, quote, requestTo, time);
    }
    boolean tls = false;
    int p = from;
    while (p < quote) {
      if (b[p] == ' ') {
        p++;
        continue;
      }
      int end = Math.min(quote, Scan.wordEnd(b, p, quote));
      if (!event.has(Ecs.SOURCE_IP) && isAddress(b, p, end)) {
        fields.addSource(b, p, end);
      } else if (tls) {
        fields.addPresent(Ecs.TLS_CIPHER, b, p, end);
        tls = false;
      } else if (end - p > 4 && (b[p] == 'T' || b[p] == 'S') && b[p + 3] == 'v') {
        addTls(b, p, end);
        tls = true;
      } else if (isDecimal(b, p, end)) {
        fields.add(Ecs.HTTP_REQUEST_TIME, b, p, end);
      } else if (Fields.isHostName(b, p, end) && Scan.indexOf(b, p, end, '.') > 0) {
        fields.add(Ecs.URL_DOMAIN, b, p, end);
      }
      p = end;
    }
    if (!event.has(Ecs.SOURCE_IP)) {
      return false;
    }
    event.timeMs(time);
    boolean apache = event.has(Ecs.TLS_VERSION) && dataset.equals(Datasets.WEB_ACCESS);
    event.dataset(apache ? Datasets.APACHE_ACCESS : dataset);
    fields.kind(Values.WEB, Values.ACCESS);
    requestOrMessage(b, quote + 1, requestTo);
    p = requestTo + 1;
    if (followsStatus(b, p, to) && !event.has(Ecs.TLS_VERSION)) {
      readStatusAndBytes(b, p, to);
      return true;
    }
    int bytesFrom = Math.min(to, p + 1);
    int bytesTo = Scan.wordEnd(b, bytesFrom, to);
    if (Scan.isNumber(b, bytesFrom, bytesTo)) {
      fields.add(Ecs.HTTP_RESPONSE_BODY_BYTES, b, bytesFrom, bytesTo);
    }
    return true;
  }

  private boolean readProxyManager(byte[] b, int from, int to, int quote, int targetTo, long time) {
    // `- 404 404 - GET http host`: cache state, upstream's and own status, method, scheme, host.
    int word = 0;
    int statusFrom = -1;
    int dashes = 0;
    int p = from;
    Event event = fields.event;
    while (p < quote) {
      if (b[p] == ' ') {
        p++;
        continue;
      }
      int end = Math.min(quote, Scan.wordEnd(b, p, quote));
      if (end - p == 3 && Scan.isNumber(b, p, end)) {
        statusFrom = p;
      } else if (isDash(b, p, end)) {
        dashes++;
      } else if (statusFrom >= 0) {
        switch (word++) {
          case 0 -> fields.add(Ecs.HTTP_REQUEST_METHOD, b, p, end);
          case 1 -> fields.add(Ecs.URL_SCHEME, b, p, end);
          case 2 -> url.host(b, p, end);
          default -> {
            return false;
          }
        }
      }
      p = end;
    }
    if (statusFrom < 0 || word < 3 || dashes == 0 || targetTo <= quote + 1) {
      return false;
    }
    event.timeMs(time);
    event.dataset(Datasets.NGINX_ACCESS);
    fields.kind(Values.WEB, Values.ACCESS);
    addStatus(b, statusFrom, statusFrom + 3);
    url.read(b, quote + 1, targetTo);
    int clientFrom = targetTo + 2 + BRACKET_CLIENT.length;
    int clientTo = Scan.indexOf(b, clientFrom, to, ']');
    if (clientTo < 0) {
      return true;
    }
    fields.addSource(b, clientFrom, clientTo);
    int length = Scan.indexOf(b, clientTo, to, BRACKET_LENGTH);
    if (length >= 0) {
      int a = length + BRACKET_LENGTH.length;
      int z = Scan.indexOf(b, a, to, ']');
      if (z > 0 && Scan.isNumber(b, a, z)) {
        fields.add(Ecs.HTTP_RESPONSE_BODY_BYTES, b, a, z);
      }
    }
    int agent = Scan.indexOf(b, clientTo, to, '"');
    int agentTo = agent < 0 ? -1 : closingQuote(b, agent + 1, to);
    if (agentTo < 0) {
      return true;
    }
    fields.addPresent(Ecs.USER_AGENT_ORIGINAL, b, agent + 1, agentTo);
    int referrer = Scan.indexOf(b, agentTo + 1, to, '"');
    int referrerTo = referrer < 0 ? -1 : closingQuote(b, referrer + 1, to);
    if (referrerTo > 0) {
      fields.addPresent(Ecs.HTTP_REQUEST_REFERRER, b, referrer + 1, referrerTo);
    }
    return true;
  }

  private void addTls(byte[] b, int from, int to) {
    int v = Scan.indexOf(b, from, to, 'v');
    if (v == from + 3 && v + 1 < to) {
      fields.add(Ecs.TLS_VERSION, b, v + 1, to);
      fields.add(Ecs.TLS_VERSION_PROTOCOL, b[from] == 'S' ? Values.SSL : Values.TLS);
    }
  }

  /// What the source of a line says about whose access log it is.
  static Dataset datasetOf(String hint) {
    if (hint.isEmpty()) {
      return Datasets.WEB_ACCESS;
    }
    if (containsIgnoreCase(hint, "nginx")) {
      return Datasets.NGINX_ACCESS;
    }
    if (containsIgnoreCase(hint, "apache") || containsIgnoreCase(hint, "httpd")) {
      return Datasets.APACHE_ACCESS;
    }
    return containsIgnoreCase(hint, "traefik") ? Datasets.TRAEFIK_ACCESS : Datasets.WEB_ACCESS;
  }

  private static boolean containsIgnoreCase(String text, String lower) {
    int last = text.length() - lower.length();
    for (int i = 0; i <= last; i++) {
      if (text.regionMatches(true, i, lower, 0, lower.length())) {
        return true;
      }
    }
    return false;
  }
}
