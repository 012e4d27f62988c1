package dev.vedette.parse;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. Syslog in the forms of RFC 3164 and RFC 5424, as daemons, rsyslog and
/// systemd write them to files and to the network, and the messages inside.
///
/// ```text
/// [<PRI>]Feb  9 21:19:40 host tag[pid]: message
/// [<PRI>]2018-08-14T14:30:02.203151+02:00 host tag[pid]: message
/// <PRI>1 2018-08-14T14:30:02Z host app procid msgid [sd x="1"] message
/// ```
///
/// The host may be missing (then the first word is a tag, which ends with a colon), and so may the
/// tag (then everything is message). The message is handed to the reader of the program that wrote
/// it.
final class Syslog {
  private static final int TAG_BYTES_MAX = 128;
  private static final byte[] BOM = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  /// Lines of syslogd itself: `-- MARK --`, `--- last message repeated 2 times ---`.
  private static final byte[] MARK = Scan.bytes("--");

  private static final byte[] REPEATED = Scan.bytes("message repeated ");
  private static final byte[] CEE = Scan.bytes("@cee:");
  private static final byte[] LAST_MESSAGE = Scan.bytes("last message repeated ");

  private static final byte[][] FACILITIES =
      names(
          "kern",
          "user",
          "mail",
          "daemon",
          "auth",
          "syslog",
          "lpr",
          "news",
          "uucp",
          "cron",
          "authpriv",
          "ftp",
          "ntp",
          "security",
          "console",
          "solaris-cron",
          "local0",
          "local1",
          "local2",
          "local3",
          "local4",
          "local5",
          "local6",
          "local7");
  private static final byte[][] SEVERITIES =
      names(
          "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug");
  private static final byte[][] NUMBERS = numbers();

  private static final byte[] NETFILTER_SRC = Scan.bytes(" SRC=");
  private static final byte[] NETFILTER_DST = Scan.bytes(" DST=");
  private static final byte[] NETFILTER_SPT = Scan.bytes(" SPT=");
  private static final byte[] NETFILTER_DPT = Scan.bytes(" DPT=");
  private static final byte[] NETFILTER_PROTO = Scan.bytes(" PROTO=");

  private final Fields fields;
  private final SshdMessage sshd;
  private final PamMessage pam;
  private final SudoMessage sudo;
  private final LoginMessage logins;
  private final AccountMessage accounts;
  private final SessionMessage sessions;
  private final VpnMessage vpn;
  private final AccessLog access;
  private final ErrorLog error;
  private final LoginFailure login;
  private final JsonReader json;
  private final WellKnownKeys keys;

  /// Where the tag's parts stand that [#tag] read last.
  private int tagTo;

  private int pidFrom;
  private int pidTo;
  private int messageFrom;

  Syslog(
      Fields fields,
      SshdMessage sshd,
      AccessLog access,
      ErrorLog error,
      LoginFailure login,
      WellKnownKeys keys) {
    this.fields = fields;
    this.sshd = sshd;
    this.pam = new PamMessage(fields);
    this.sudo = new SudoMessage(fields);
    this.logins = new LoginMessage(fields);
    this.accounts = new AccountMessage(fields);
    this.sessions = new SessionMessage(fields);
    this.vpn = new VpnMessage(fields);
    this.access = access;
    this.error = error;
    this.login = login;
    this.json = new JsonReader(fields);
    this.keys = keys;
  }

  // ---- headers
  // -----------------------------------------------------------------------------------------------------

  /// `<38>...`: a priority, then either RFC.
  boolean readWithPriority(byte[] b, int from, int to) {
    int close = Scan.indexOf(b, from, Math.min(to, from + 5), '>');
    if (close < 0 || !Scan.isNumber(b, from + 1, close)) {
      return false;
    }
    int priority = (int) Scan.number(b, from + 1, close);
    if (priority > 191) {
      return false;
    }
    int p = close + 1;
    int facility = priority >> 3;
    int severity = priority & 7;
    Event event = fields.event;
    event.add(Ecs.LOG_SYSLOG_PRIORITY, b, from + 1, close);
    fields.add(Ecs.LOG_SYSLOG_FACILITY_CODE, NUMBERS[facility]);
    fields.add(Ecs.LOG_SYSLOG_FACILITY_NAME, FACILITIES[facility]);
    fields.add(Ecs.LOG_SYSLOG_SEVERITY_CODE, NUMBERS[severity]);
    fields.add(Ecs.LOG_SYSLOG_SEVERITY_NAME, SEVERITIES[severity]);
    if (p + 2 < to && b[p] == '1' && b[p + 1] == ' ') {
      return read5424(b, p, to);
    }
    if (read3164(b, p, to) || readIso(b, p, to, false)) {
      return true;
    }
    // A priority and no time: everything after it may still begin with a tag.
    event.dataset(Datasets.SYSLOG);
    readTagged(b, p, to);
    return true;
  }

  /// `Feb 9 21:19:40 host tag[pid]: message`.
  boolean read3164(byte[] b, int from, int to) {
    long time = fields.times.bsd(b, from, to, fields.receivedMs);
    if (time == Event.NO_TIME) {
      return false;
    }
    int p = fields.times.end();
    if (p < to && b[p] == ':') {
      p++;
    }
    if (p >= to || b[p] != ' ') {
      return false;
    }
    fields.event.timeMs(time);
    fields.event.dataset(Datasets.SYSLOG);
    readHost(b, p + 1, to);
    return true;
  }

  /// `2018-08-14T14:30:02.203151+02:00 host tag[pid]: message`. Many logs begin with such a time:
  /// with `strict` it is syslog only where a host and a tag follow.
  boolean readIso(byte[] b, int from, int to, boolean strict) {
    if (to - from < 20) {
      return false;
    }
    long time = fields.times.iso(b, from, to);
    if (time == Event.NO_TIME) {
      return false;
    }
    int p = fields.times.end();
    if (p >= to || b[p] != ' ') {
      return false;
    }
    p++;
    if (strict) {
      int hostTo = Scan.wordEnd(b, p, to);
      if (!isHost(b, p, hostTo) || hostTo >= to || Levels.isLevel(b, p, hostTo)) {
        return false;
      }
      boolean tagged = tag(b, hostTo + 1, to);
      if (!tagged && (!isT(b[from + 10]) || !fields.ip.parse(b, p, hostTo))) {
        return false;
      }
      if (!isT(b[from + 10]) && pidTo == 0) {
        // With a blank inside the time it is as likely an application's own log.
        return false;
      }
    }
    fields.event.timeMs(time);
    fields.event.dataset(Datasets.SYSLOG);
    readHost(b, p, to);
    return true;
  }

  /// `1 2018-08-14T14:30:02Z host app procid msgid [sd] message`, at the version.
  private boolean read5424(byte[] b, int from, int to) {
    Event event = fields.event;
    int p = from + 2;
    int end = Scan.wordEnd(b, p, to);
    long time = Event.NO_TIME;
    if (end - p != 1 || b[p] != '-') {
      time = fields.times.iso(b, p, end);
      if (time == Event.NO_TIME) {
        return false;
      }
      event.timeMs(time);
    }
    event.dataset(Datasets.SYSLOG);
    event.add(Ecs.LOG_SYSLOG_VERSION, b, from, from + 1);
    p = Math.min(to, end + 1);
    end = Scan.wordEnd(b, p, to);
    addHost(b, p, end);
    fields.addPresent(Ecs.LOG_SYSLOG_HOSTNAME, b, p, end);
    p = Math.min(to, end + 1);
    int appFrom = p;
    int appTo = Scan.wordEnd(b, p, to);
    fields.addPresent(Ecs.LOG_SYSLOG_APPNAME, b, appFrom, appTo);
    fields.addPresent(Ecs.PROCESS_NAME, b, appFrom, appTo);
    p = Math.min(to, appTo + 1);
    end = Scan.wordEnd(b, p, to);
    fields.addPresent(Ecs.LOG_SYSLOG_PROCID, b, p, end);
    if (Scan.isNumber(b, p, end)) {
      fields.add(Ecs.PROCESS_PID, b, p, end);
    }
    p = Math.min(to, end + 1);
    end = Scan.wordEnd(b, p, to);
    fields.addPresent(Ecs.LOG_SYSLOG_MSGID, b, p, end);
    p = Math.min(to, end + 1);
    if (p < to && b[p] == '-') {
      p++;
    } else if (p < to && b[p] == '[') {
      int dataTo = structuredDataEnd(b, p, to);
      event.add(Ecs.LOG_SYSLOG_STRUCTURED_DATA, b, p, dataTo);
      p = dataTo;
    }
    if (p < to && b[p] == ' ') {
      p++;
    }
    if (Scan.startsWith(b, p, to, BOM)) {
      p += BOM.length;
    }
    readMessage(b, appFrom, appTo, b, p, to);
    return true;
  }

  private static int structuredDataEnd(byte[] b, int from, int to) {
    boolean quoted = false;
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ']' && (i + 1 == to || b[i + 1] != '[')) {
        return i + 1;
      }
    }
    return to;
  }

  /// `host tag[pid]: message`, `tag[pid]: message`, `host message`.
  private void readHost(byte[] b, int from, int to) {
    int p = from;
    if (p < to && b[p] == ' ') {
      // rsyslog leaves the host empty for lines of its own.
      readTagged(b, p + 1, to);
      return;
    }
    int end = Scan.wordEnd(b, p, to);
    if ((end > p && b[end - 1] == ':' && !fields.ip.parse(b, p, end))
        || Scan.startsWith(b, p, end, MARK)) {
      readTagged(b, p, to);
      return;
    }
    addHost(b, p, end);
    readTagged(b, Math.min(to, end + 1), to);
  }

  /// `tag[pid]: message` of any program, `tag: message` of one that we know, without a header.
  boolean readHeaderless(byte[] b, int from, int to) {
    int p = from;
    int limit = Math.min(to, from + 48);
    while (p < limit && b[p] != ' ' && b[p] != ':' && b[p] != '[' && b[p] != '(' && b[p] != '=') {
      p++;
    }
    if (p >= limit || b[p] == ' ' || b[p] == '=' || !tag(b, from, to)) {
      return false;
    }
    if (pidTo == 0 && Programs.of(b, from, tagTo) == Programs.Program.OTHER) {
      if (!Scan.startsWith(b, from, to, Programs.PAM) || !pam.read(b, from, to, false, false)) {
        return false;
      }
      fields.event.dataset(Datasets.AUTH);
      fields.add(Ecs.MESSAGE, b, from, to);
      return true;
    }
    readTagged(b, from, to);
    return true;
  }

  private void addHost(byte[] b, int from, int to) {
    fields.addPresent(Ecs.HOST_HOSTNAME, b, from, to);
    if (to > from && (Scan.isDigit(b[from]) || b[from] == ':')) {
      fields.addIp(Ecs.HOST_IP, b, from, to);
    }
  }

  /// Reads `tag[pid]: message`, or a message without tag.
  void readTagged(byte[] b, int from, int to) {
    if (!tag(b, from, to)) {
      if (from < to) {
        fields.add(Ecs.MESSAGE, b, from, to);
        inspect(b, from, from, b, from, to);
      }
      return;
    }
    int nameFrom = from;
    int nameTo = tagTo;
    if (b[nameFrom] == '/') {
      nameFrom = Scan.lastIndexOf(b, nameFrom, nameTo, '/') + 1;
    }
    fields.addPresent(Ecs.PROCESS_NAME, b, nameFrom, nameTo);
    if (pidTo > pidFrom) {
      fields.add(Ecs.PROCESS_PID, b, pidFrom, pidTo);
    }
    readMessage(b, nameFrom, nameTo, b, messageFrom, to);
    if (!fields.event.has(Ecs.SOURCE_IP) && Scan.indexOf(b, from, nameTo, ' ') >= 0) {
      // ProFTPD: `proftpd[5] server (client[192.0.2.1]): ...`
      login.inspect(b, from, to);
    }
  }

  /// Finds `tag: `, `tag[pid]: ` or `name with blanks[pid]: ` at `from`; false where there is none.
  private boolean tag(byte[] b, int from, int to) {
    int limit = Math.min(to, from + TAG_BYTES_MAX);
    int colon = -1;
    boolean blanks = false;
    for (int i = from; i < limit; i++) {
      byte c = b[i];
      if (c == ':' && (i + 1 == to || b[i + 1] == ' ')) {
        colon = i;
        break;
      }
      if (c == ' ') {
        blanks = true;
      } else if (c == '"' || c == '=' || c == ',' || c == ';' || c < 0x20) {
        return false;
      }
    }
    if (colon <= from || b[from] == ' ') {
      return false;
    }
    byte last = b[colon - 1];
    if (blanks && last != ']' && last != ')') {
      return false;
    }
    tagTo = colon;
    pidFrom = 0;
    pidTo = 0;
    if (last == ']') {
      int open = Scan.lastIndexOf(b, from, colon, '[');
      if (open > from && Scan.isNumber(b, open + 1, colon - 1)) {
        tagTo = open;
        pidFrom = open + 1;
        pidTo = colon - 1;
      } else if (blanks) {
        return false;
      }
    }
    messageFrom = Math.min(to, colon + 2);
    return true;
  }

  private static boolean isT(byte c) {
    return c == 'T' || c == 't';
  }

  private static boolean isHost(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (!Scan.isLetter(c) && !Scan.isDigit(c) && c != '-' && c != '.' && c != '_' && c != ':') {
        return false;
      }
    }
    return to > from && b[to - 1] != ':';
  }

  // ---- messages
  // ----------------------------------------------------------------------------------------------------

  /// Reads a message `b[from, to)` written by the program `name[nameFrom, nameTo)`.
  void readMessage(byte[] name, int nameFrom, int nameTo, byte[] b, int from, int to) {
    if (from < to) {
      fields.add(Ecs.MESSAGE, b, from, to);
    }
    inspect(name, nameFrom, nameTo, b, from, to);
  }

  private void inspect(
      byte[] name, int nameFrom, int nameEnd, byte[] b, int messageFrom, int messageTo) {
    int from = messageFrom;
    int to = messageTo;
    if (Scan.startsWith(b, from, to, REPEATED) && b[to - 1] == ']') {
      // rsyslog folds equal messages: `message repeated 2 times: [ Failed password for ...]`
      int open = Scan.indexOf(b, from, Math.min(to, from + 48), '[');
      if (open > 0 && open + 2 < to) {
        from = Scan.skipSpaces(b, open + 1, to - 1);
        to--;
      }
    }
    Event event = fields.event;
    int nameTo = nameEnd;
    boolean pamNamed = false;
    int paren = Scan.indexOf(name, nameFrom, nameTo, '(');
    if (paren > nameFrom) {
      // `sshd(pam_unix)[123]:` of old Linux-PAM.
      pamNamed = Scan.startsWith(name, paren + 1, nameTo, Programs.PAM);
      nameTo = paren;
    }
    Programs.Program program = Programs.of(name, nameFrom, nameTo);
    Dataset dataset = program.dataset();
    boolean known = false;
    if (from < to && !Scan.startsWith(b, from, to, LAST_MESSAGE)) {
      if (pamNamed || b[from] == 'p' || b[from] == 'P') {
        known =
            pam.read(
                b,
                from,
                to,
                pamNamed,
                program == Programs.Program.SU || program == Programs.Program.SUDO);
        if (known && program == Programs.Program.OTHER) {
          dataset = Datasets.AUTH;
        }
      }
      if (!known) {
        known =
            switch (program) {
              case SSHD -> sshd.read(b, from, to);
              case SUDO -> sudo.readSudo(b, from, to);
              case SU -> logins.readSu(b, from, to);
              case LOGIN -> logins.readLogin(b, from, to);
              case ACCOUNTS -> accounts.read(b, from, to);
              case LOGIND -> sessions.readLogind(b, from, to);
              case PKEXEC -> sudo.readPkexec(b, from, to);
              case CRON -> sessions.readCron(b, from, to);
              case KERNEL -> netfilter(b, from, to) || vpn.readWireGuard(b, from, to);
              case CHARON -> vpn.readCharon(b, from, to);
              case APACHE, NGINX -> web(b, from, to, program);
              case CLAMAV, VSFTPD, GUACAMOLE, NAMED, AUDITD, AUTH, OTHER -> false;
            };
      }
    }
    if (known && (program == Programs.Program.APACHE || program == Programs.Program.NGINX)) {
      return;
    }
    event.dataset(dataset);
    if (!known) {
      fields.kind();
      if (from < to && !readStructured(b, from, to)) {
        if (program == Programs.Program.SSHD) {
          fields.addSourceFoundIn(b, from, to);
        } else {
          login.inspect(b, from, to);
        }
      }
    }
  }

  /// A message that is a JSON object, with or without the `@cee:` cookie of the Common Event
  /// Expression.
  private boolean readStructured(byte[] b, int from, int to) {
    int p = Scan.startsWith(b, from, to, CEE) ? Scan.skipSpaces(b, from + CEE.length, to) : from;
    if (p >= to || b[p] != '{') {
      return false;
    }
    int mark = fields.event.slots();
    if (!json.read(b, p, Scan.trimEnd(b, p, to))) {
      fields.event.truncate(mark);
      return false;
    }
    if (!keys.web()) {
      keys.map(false);
    }
    return true;
  }

  /// Web servers that log through syslog: their own line is the message.
  private boolean web(byte[] b, int from, int to, Programs.Program program) {
    boolean nginx = program == Programs.Program.NGINX;
    int bracket = AccessLog.landmark(b, from, to);
    if (bracket >= 0
        && access.read(
            b, from, to, bracket, nginx ? Datasets.NGINX_ACCESS : Datasets.APACHE_ACCESS)) {
      return true;
    }
    return nginx
        ? error.readNginx(b, from, to)
        : error.readApache(b, from, to) || error.readApacheBody(b, from, to, Event.NO_TIME);
  }

  /// `IN=eth0 OUT= MAC=... SRC=192.0.2.1 DST=192.0.2.9 ... PROTO=TCP SPT=5 DPT=22`, of iptables and
  /// nftables.
  private boolean netfilter(byte[] b, int from, int to) {
    int source = Scan.indexOf(b, from, to, NETFILTER_SRC);
    if (source < 0) {
      return false;
    }
    int a = source + NETFILTER_SRC.length;
    int z = Scan.wordEnd(b, a, to);
    int destination = Scan.indexOf(b, z, to, NETFILTER_DST);
    if (destination < 0 || !fields.ip.parse(b, a, z)) {
      return false;
    }
    fields.kind(Values.NETWORK, Values.CONNECTION);
    fields.addSource(b, a, z);
    a = destination + NETFILTER_DST.length;
    z = Scan.wordEnd(b, a, to);
    fields.addDestination(b, a, z);
    addWord(Ecs.NETWORK_TRANSPORT, NETFILTER_PROTO, b, z, to);
    addWord(Ecs.SOURCE_PORT, NETFILTER_SPT, b, z, to);
    addWord(Ecs.DESTINATION_PORT, NETFILTER_DPT, b, z, to);
    return true;
  }

  private void addWord(int field, byte[] key, byte[] b, int from, int to) {
    int at = Scan.indexOf(b, from, to, key);
    if (at >= 0) {
      int a = at + key.length;
      fields.addPresent(field, b, a, Scan.wordEnd(b, a, to));
    }
  }

  private static byte[][] names(String... names) {
    byte[][] bytes = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      bytes[i] = Scan.bytes(names[i]);
    }
    return bytes;
  }

  private static byte[][] numbers() {
    byte[][] bytes = new byte[24][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = Scan.bytes(Integer.toString(i));
    }
    return bytes;
  }
}
