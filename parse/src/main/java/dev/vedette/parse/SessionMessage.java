package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. What systemd-logind and cron log.
///
/// A method answers false, having added nothing, where the message `b[from, to)` is none of its
/// own.
final class SessionMessage {
  private static final byte[] NEW_SESSION = Scan.bytes("New session ");
  private static final byte[] REMOVED_SESSION = Scan.bytes("Removed session ");
  private static final byte[] SESSION = Scan.bytes("Session ");
  private static final byte[] LOGGED_OUT = Scan.bytes(" logged out");
  private static final byte[] OF_USER = Scan.bytes(" of user ");
  private static final byte[] CMD = Scan.bytes(") CMD (");
  private static final byte[] CRON_COMMAND = Scan.bytes("cron_command");
  private static final byte[] CRON_EDIT = Scan.bytes("cron_edit");

  private final Fields fields;

  SessionMessage(Fields fields) {
    this.fields = fields;
  }

  boolean readLogind(byte[] b, int from, int to) {
    if (Scan.startsWith(b, from, to, NEW_SESSION)) {
      int user = Scan.indexOf(b, from, to, OF_USER);
      if (user < 0) {
        return false;
      }
      fields.kind(Values.SESSION, Values.START);
      fields.add(Ecs.EVENT_ACTION, Values.SESSION_OPENED);
      fields.outcome(true);
      fields.addQuoted(Ecs.SESSION_ID, b, from + NEW_SESSION.length, user);
      int a = user + OF_USER.length;
      int z = Scan.wordEnd(b, a, to);
      fields.addQuoted(Ecs.USER_NAME, b, a, z > a && b[z - 1] == '.' ? z - 1 : z);
      return true;
    }
    boolean removed = Scan.startsWith(b, from, to, REMOVED_SESSION);
    if (removed
        || (Scan.startsWith(b, from, to, SESSION) && Scan.indexOf(b, from, to, LOGGED_OUT) >= 0)) {
      fields.kind(Values.SESSION, Values.END);
      fields.add(Ecs.EVENT_ACTION, Values.SESSION_CLOSED);
      fields.outcome(true);
      int a = from + (removed ? REMOVED_SESSION.length : SESSION.length);
      int z = Scan.wordEnd(b, a, to);
      fields.addQuoted(Ecs.SESSION_ID, b, a, z > a && b[z - 1] == '.' ? z - 1 : z);
      return true;
    }
    return false;
  }

  /// `(root) CMD (run-parts /etc/cron.hourly)`, `(bob) REPLACE (bob)`.
  boolean readCron(byte[] b, int from, int to) {
    if (from >= to || b[from] != '(') {
      return false;
    }
    int close = Scan.indexOf(b, from, Math.min(to, from + 128), ')');
    if (close < 0 || close + 1 >= to || b[close + 1] != ' ') {
      return false;
    }
    if (Scan.startsWith(b, close, to, CMD)) {
      fields.kind(Values.PROCESS, Values.START);
      fields.add(Ecs.EVENT_ACTION, CRON_COMMAND);
      fields.add(Ecs.USER_NAME, b, from + 1, close);
      int a = Scan.skipSpaces(b, close + CMD.length, to);
      int z = b[to - 1] == ')' ? to - 1 : to;
      if (z > a) {
        fields.add(Ecs.PROCESS_COMMAND_LINE, b, a, z);
      }
      return true;
    }
    int wordTo = Scan.indexOf(b, close + 2, to, '(');
    if (wordTo < 0) {
      return false;
    }
    fields.kind(Values.PROCESS, Values.INFO);
    if (Scan.isLetter(b[close + 2])) {
      byte c = b[close + 2];
      // REPLACE, BEGIN EDIT, END EDIT, DELETE, LIST: somebody at a crontab.
      if (c == 'R' || c == 'B' || c == 'E' || c == 'D' || c == 'L') {
        fields.add(Ecs.EVENT_ACTION, CRON_EDIT);
      }
    }
    fields.add(Ecs.USER_NAME, b, from + 1, close);
    return true;
  }
}
