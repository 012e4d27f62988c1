package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. Where daemons whose messages [ClientAddress] would misread put the
/// client's address: in the middle, with the client's own words before it and behind it.
///
/// Each form is bound to its daemon: the program's name where the line carries one, the beginning
/// of the text (behind time, level and logger, [LinePrefix]) and the daemon's own words up to the
/// end. So no name that a client chose can put on the form of another daemon. Where the form stands
/// in the text twice and the readings differ, none is taken.
final class LoginForm {
  private static final byte[] AUTHENTICATOR = Scan.bytes(" authenticator failed for ");
  private static final byte[] CODE = Scan.bytes(": 535 ");
  private static final byte[] INCORRECT = Scan.bytes("Incorrect authentication data");
  private static final byte[] SET_ID = Scan.bytes(" (set_id=");

  private static final byte[] REGISTRATION = Scan.bytes("Registration from '");
  private static final byte[] REQUEST = Scan.bytes("Request '");
  private static final byte[] FAILED_FOR = Scan.bytes("' failed for '");
  private static final byte[] CALL_ID = Scan.bytes(" (callid: ");
  private static final byte[] REASON = Scan.bytes(" - ");

  private static final byte[] SECURITY_EVENT = Scan.bytes("SecurityEvent=\"");
  private static final byte[] LOCAL_ADDRESS = Scan.bytes(",LocalAddress=\"IPV");
  private static final byte[] REMOTE_ADDRESS = Scan.bytes("\",RemoteAddress=\"IPV");

  private static final byte[] PROFTPD = Scan.bytes("proftpd");
  private static final byte[] EXIM = Scan.bytes("exim");
  private static final byte[] ASTERISK = Scan.bytes("asterisk");
  private static final byte[] VSFTPD = Scan.bytes("vsftpd");

  private static final byte[] PID = Scan.bytes("[pid ");
  private static final byte[] FAIL_LOGIN = Scan.bytes("] FAIL LOGIN: Client \"");

  private static final byte[][] CPANEL = {
    Scan.bytes("[cpaneld] "), Scan.bytes("[whostmgrd] "), Scan.bytes("[webmaild] ")
  };

  private static final byte[] INSPEKTR = Scan.bytes(".inspektr.audit.");

  /// What stands before the host of an Exim or ProFTPD line: zone, pid, message id, name.
  private static final int WORDS_MAX = 4;

  private static final int WORD_BYTES_MAX = 255;

  private final Fields fields;

  private int addressFrom;
  private int addressTo;

  LoginForm(Fields fields) {
    this.fields = fields;
  }

  /// Where the address that was found last stands; brackets around it not counted.
  int addressFrom() {
    return addressFrom;
  }

  int addressTo() {
    return addressTo;
  }

  /// Looks for the client of the message `b[from, to)`. [ClientAddress.Found#NONE] where the
  /// message has none of the forms.
  ClientAddress.Found find(byte[] b, int from, int to) {
    int end = Scan.trimEnd(b, from, to);
    var found = ClientAddress.Found.NONE;
    if (mayBe(EXIM)) {
      found = exim(b, from, end);
    }
    if (found == ClientAddress.Found.NONE && mayBe(ASTERISK)) {
      found = asterisk(b, LinePrefix.end(b, from, end), end);
    }
    if (found == ClientAddress.Found.NONE) {
      found = proftpd(b, from, end);
    }
    if (found == ClientAddress.Found.NONE && mayBe(VSFTPD)) {
      found = vsftpd(b, from, end);
    }
    if (found == ClientAddress.Found.NONE) {
      found = cpanel(b, from, end);
    }
    return found == ClientAddress.Found.NONE ? inspektr(b, from, end) : found;
  }

  /// Whether the line names no program, or one whose name begins so.
  private boolean mayBe(byte[] program) {
    return !fields.event.has(Ecs.PROCESS_NAME) || is(program);
  }

  private boolean is(byte[] program) {
    Event event = fields.event;
    int slot = event.first(Ecs.PROCESS_NAME);
    return slot >= 0
        && Scan.startsWith(event.array(slot), event.from(slot), event.to(slot), program);
  }

  // ---- Exim
  // --------------------------------------------------------------------------------------------------------

  /// `[pid] 1abc-0001 login authenticator failed for host (helo) [192.0.2.1]:5 I=[192.0.2.9]:25
  /// U=ident: 535 Incorrect authentication data (set_id=x)`: helo, ident and id are the client's.
  /// The address is the one in brackets behind a blank; the helo stands in parentheses, and an
  /// address in brackets in them.
  private ClientAddress.Found exim(byte[] b, int from, int to) {
    int p = from;
    int words = 0;
    while (true) {
      p = Scan.skipSpaces(b, p, to);
      int z = Scan.wordEnd(b, p, to);
      if (z == p || ++words > WORDS_MAX || !isEximWord(b, p, z)) {
        return ClientAddress.Found.NONE;
      }
      if (Scan.startsWith(b, z, to, AUTHENTICATOR)) {
        p = z + AUTHENTICATOR.length;
        break;
      }
      if (!isBeforeName(b, p, z)) {
        return ClientAddress.Found.NONE;
      }
      p = z;
    }
    int code = Scan.lastIndexOf(b, p, to, CODE);
    int reason = code + CODE.length;
    if (code < 0
        || !Scan.startsWith(b, Scan.indexOf(b, p, to, CODE) + CODE.length, to, INCORRECT)
        || !(Scan.endsWith(b, reason, to, INCORRECT)
            || (b[to - 1] == ')' && Scan.indexOf(b, p, to, SET_ID) >= 0))) {
      return ClientAddress.Found.NONE;
    }
    // Where the code stands twice, a client wrote one of them: up to the last, all count.
    var found = ClientAddress.Found.NONE;
    long high = 0;
    long low = 0;
    int open = Scan.indexOf(b, p, code, '[');
    while (open >= 0) {
      int close = Scan.indexOf(b, open, Math.min(code, open + 64), ']');
      if (close > 0 && b[open - 1] == ' ' && fields.ip.parse(b, open + 1, close)) {
        if (found == ClientAddress.Found.SOURCE
            && (high != fields.ip.high() || low != fields.ip.low())) {
          return ClientAddress.Found.UNSURE;
        }
        high = fields.ip.high();
        low = fields.ip.low();
        found = at(open + 1, close);
      }
      open = Scan.indexOf(b, open + 1, code, '[');
    }
    return found;
  }

  /// A message id (`1abcDE-000123-AB`), a pid (`[12]`), a zone (`+0100`).
  private static boolean isBeforeName(byte[] b, int from, int to) {
    return b[from] == '[' || b[from] == '+' || b[from] == '-' || Scan.indexOf(b, from, to, '-') > 0;
  }

  private static boolean isEximWord(byte[] b, int from, int to) {
    if (to - from > 64) {
      return false;
    }
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (!WordTable.isWordByte(c) && c != '_' && c != '-' && c != '+' && c != '[' && c != ']') {
        return false;
      }
    }
    return true;
  }

  // ---- Asterisk
  // ----------------------------------------------------------------------------------------------------

  private ClientAddress.Found asterisk(byte[] b, int from, int to) {
    if (Scan.startsWith(b, from, to, SECURITY_EVENT)) {
      return securityEvent(b, from, to);
    }
    // `Registration from '"x" <sip:...>' failed for '192.0.2.1:5060' - Wrong password`, and
    // `Request 'INVITE' from '...' failed for '192.0.2.1:5060' (callid: ...) - No matching ...`.
    boolean registration = Scan.startsWith(b, from, to, REGISTRATION);
    if (!registration && !Scan.startsWith(b, from, to, REQUEST)) {
      return ClientAddress.Found.NONE;
    }
    int last = Scan.lastIndexOf(b, from, to, FAILED_FOR);
    if (last < 0) {
      return ClientAddress.Found.NONE;
    }
    // The client chose what stands before the marker and, of a request, what stands behind it.
    if (!registration && Scan.indexOf(b, from, to, FAILED_FOR) != last) {
      return ClientAddress.Found.UNSURE;
    }
    int a = last + FAILED_FOR.length;
    int z = Scan.indexOf(b, a, to, '\'');
    if (z < 0) {
      return ClientAddress.Found.NONE;
    }
    int reason = z + 1;
    if (!registration && Scan.startsWith(b, reason, to, CALL_ID)) {
      reason = Scan.lastIndexOf(b, reason, to, REASON);
    }
    // Asterisk's reasons hold no address: what does is no line of its.
    if (reason < 0 || !Scan.startsWith(b, reason, to, REASON) || fields.ip.find(b, reason, to)) {
      return ClientAddress.Found.UNSURE;
    }
    return fields.ip.find(b, a, z)
        ? at(fields.ip.start(), fields.ip.end())
        : ClientAddress.Found.NONE;
  }

  /// `AccountID="x",SessionID="y",LocalAddress="IPV4/UDP/192.0.2.9/5060",
  /// RemoteAddress="IPV4/UDP/192.0.2.1/5060",Challenge="z"`: the two stand side by side, between
  /// values that the client chose.
  private ClientAddress.Found securityEvent(byte[] b, int from, int to) {
    var found = ClientAddress.Found.NONE;
    long high = 0;
    long low = 0;
    int local = Scan.indexOf(b, from, to, LOCAL_ADDRESS);
    while (local >= 0) {
      int a = local + LOCAL_ADDRESS.length;
      int quote = Scan.indexOf(b, a, Math.min(to, a + WORD_BYTES_MAX), '"');
      if (quote > 0 && Scan.startsWith(b, quote, to, REMOTE_ADDRESS)) {
        int slash = Scan.indexOf(b, quote + REMOTE_ADDRESS.length, to, '/');
        int transport = slash < 0 ? -1 : Scan.indexOf(b, slash + 1, Math.min(to, slash + 16), '/');
        int end =
            transport < 0 ? -1 : Scan.indexOf(b, transport + 1, Math.min(to, transport + 64), '/');
        if (end > 0 && fields.ip.parse(b, transport + 1, end)) {
          if (found == ClientAddress.Found.SOURCE
              && (high != fields.ip.high() || low != fields.ip.low())) {
            return ClientAddress.Found.UNSURE;
          }
          high = fields.ip.high();
          low = fields.ip.low();
          found = at(transport + 1, end);
        }
      }
      local = Scan.indexOf(b, a, to, LOCAL_ADDRESS);
    }
    return found;
  }

  // ---- FTP
  // ---------------------------------------------------------------------------------------------------------

  /// ProFTPD: `proftpd[5] server (host.example.net[192.0.2.1]) - USER x`. The host has the name
  /// that its owner gave it; an address in brackets follows it in the same parentheses.
  private ClientAddress.Found proftpd(byte[] b, int from, int to) {
    boolean bound = is(PROFTPD);
    if (!bound && fields.event.has(Ecs.PROCESS_NAME)) {
      return ClientAddress.Found.NONE;
    }
    int p = Scan.skipSpaces(b, from, to);
    for (int words = 0; words < WORDS_MAX && p < to && b[p] != '('; words++) {
      int z = Scan.wordEnd(b, p, to);
      if (z - p > WORD_BYTES_MAX) {
        return ClientAddress.Found.NONE;
      }
      bound |= Scan.startsWith(b, p, z, PROFTPD) && z - p > PROFTPD.length && b[p + 7] == '[';
      p = Scan.skipSpaces(b, z, to);
    }
    if (!bound || p >= to || b[p] != '(') {
      return ClientAddress.Found.NONE;
    }
    int open = Scan.indexOf(b, p, Math.min(to, p + WORD_BYTES_MAX), '[');
    int close = open < 0 ? -1 : Scan.indexOf(b, open, Math.min(to, open + 64), ']');
    if (close < 0
        || close + 1 >= to
        || b[close + 1] != ')'
        || !(Fields.isHostName(b, p + 1, open) || fields.ip.parse(b, p + 1, open))
        || !fields.ip.parse(b, open + 1, close)) {
      return ClientAddress.Found.NONE;
    }
    return at(open + 1, close);
  }

  /// vsftpd: `[pid 2] [x] FAIL LOGIN: Client "192.0.2.1"`, and nothing behind.
  private ClientAddress.Found vsftpd(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, Scan.skipSpaces(b, from, to), to, PID) || b[to - 1] != '"') {
      return ClientAddress.Found.NONE;
    }
    int last = Scan.lastIndexOf(b, from, to, FAIL_LOGIN);
    return last >= 0 && fields.ip.parse(b, last + FAIL_LOGIN.length, to - 1)
        ? at(last + FAIL_LOGIN.length, to - 1)
        : ClientAddress.Found.NONE;
  }

  // ---- cPanel and Inspektr
  // ----------------------------------------------------------------------------------------------------

  /// cPanel's daemons: `info [cpaneld] 192.0.2.1 - x "POST /login/ HTTP/1.1" FAILED LOGIN ...`.
  private ClientAddress.Found cpanel(byte[] b, int from, int to) {
    int p = LinePrefix.end(b, from, to);
    int z = Scan.wordEnd(b, p, to);
    for (byte[] daemon : CPANEL) {
      if (Scan.endsWith(b, from, p, daemon)
          && Scan.startsWith(b, z, to, REASON)
          && fields.ip.parse(b, p, z)) {
        return at(p, z);
      }
    }
    return ClientAddress.Found.NONE;
  }

  /// The audit trail of Apereo CAS, under its logger's name: `INFO [org.apereo.inspektr.audit.x] -
  /// when|application|what|action|who|client|server`.
  private ClientAddress.Found inspektr(byte[] b, int from, int to) {
    int prefix = LinePrefix.end(b, from, to);
    if (Scan.indexOf(b, from, prefix, INSPEKTR) < 0) {
      return ClientAddress.Found.NONE;
    }
    int server = Scan.lastIndexOf(b, prefix, to, '|');
    int client = server < 0 ? -1 : Scan.lastIndexOf(b, prefix, server, '|');
    return client >= 0
            && fields.ip.parse(b, server + 1, to)
            && fields.ip.parse(b, client + 1, server)
        ? at(client + 1, server)
        : ClientAddress.Found.NONE;
  }

  private ClientAddress.Found at(int from, int to) {
    addressFrom = from;
    addressTo = to;
    return ClientAddress.Found.SOURCE;
  }
}
