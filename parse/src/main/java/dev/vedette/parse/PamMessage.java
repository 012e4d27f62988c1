package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. What the modules of Linux-PAM log, whichever program they work for.
///
/// `authentication failure` counts as one. Not failures of their own are `check pass; user unknown`
/// and `PAM n more authentication failures`: the first announces, the second repeats what other
/// lines say.
final class PamMessage {
  private static final byte[] PAM_PREFIX = Scan.bytes("pam_");
  private static final byte[] AUTH_FAILURE = Scan.bytes("authentication failure");
  private static final byte[] AUTH_SUCCESS = Scan.bytes("authentication success");
  private static final byte[] SESSION_OPENED = Scan.bytes("session opened for user ");
  private static final byte[] SESSION_CLOSED = Scan.bytes("session closed for user ");
  private static final byte[] PASSWORD_CHANGED = Scan.bytes("password changed for ");
  private static final byte[] CHECK_PASS = Scan.bytes("check pass; user unknown");
  private static final byte[] NOT_MET = Scan.bytes(" not met by user ");
  private static final byte[] CONSECUTIVE = Scan.bytes("Consecutive login failures for user ");
  private static final byte[] TALLY_USER = Scan.bytes("user ");
  private static final byte[] TALLY = Scan.bytes(" tally ");
  private static final byte[] RECEIVED_FOR = Scan.bytes("received for user ");
  private static final byte[] COULD_NOT_IDENTIFY =
      Scan.bytes("auth could not identify password for [");
  private static final byte[] PAM_MORE = Scan.bytes("PAM ");
  private static final byte[] MORE_FAILURE = Scan.bytes(" more authentication failure");
  private static final byte[] RHOST = Scan.bytes("rhost=");
  private static final byte[] RUSER = Scan.bytes("ruser=");
  private static final byte[] USER = Scan.bytes("user=");
  private static final byte[] UID = Scan.bytes("(uid=");
  private static final byte[] LOGIN_PROGRAM = Scan.bytes("LOGIN");
  private static final byte[] PAM_LOGIN = Scan.bytes("pam_login");
  private static final byte[] ACCOUNT_LOCKED = Scan.bytes("account_locked");
  private static final byte[] BY = Scan.bytes(" by ");

  private final Fields fields;

  PamMessage(Fields fields) {
    this.fields = fields;
  }

  /// `pam_unix(sshd:auth): authentication failure; ... rhost=192.0.2.1 user=root`; also the text
  /// alone, as old daemons that carry `(pam_unix)` in their name write it.
  ///
  /// @param named whether the tag named a module, so that the message is PAM's without its prefix
  /// @param becomes whether the program lets a user become another (su, sudo): then `ruser` is who
  ///   he is
  boolean read(byte[] b, int from, int to, boolean named, boolean becomes) {
    int p = from;
    boolean switching = becomes;
    if (Scan.startsWith(b, from, to, PAM_PREFIX)) {
      int open = Scan.indexOf(b, from, Math.min(to, from + 64), '(');
      int close = open < 0 ? -1 : Scan.indexOf(b, open, Math.min(to, open + 128), ')');
      if (close < 0 || close + 2 >= to || b[close + 1] != ':') {
        return false;
      }
      switching = isService(b, open + 1, close, "sudo") || isService(b, open + 1, close, "su");
      p = Scan.skipSpaces(b, close + 2, to);
    } else if (Scan.startsWith(b, from, to, PAM_MORE)) {
      if (Scan.indexOf(b, from, to, MORE_FAILURE) < 0) {
        return false;
      }
      fields.kind(Values.AUTHENTICATION, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, PAM_LOGIN);
      addPairs(b, from, to, false);
      return true;
    } else if (!named) {
      return false;
    }
    if (Scan.startsWith(b, p, to, AUTH_FAILURE) || Scan.startsWith(b, p, to, AUTH_SUCCESS)) {
      boolean success = b[p + AUTH_FAILURE.length - 7] == 's';
      fields.kind(
          Values.AUTHENTICATION,
          success ? Values.AUTHENTICATION_SUCCESS : Values.AUTHENTICATION_FAILURE,
          Values.INFO);
      fields.add(Ecs.EVENT_ACTION, PAM_LOGIN);
      fields.outcome(success);
      addPairs(b, p, to, switching);
      return true;
    }
    if (Scan.startsWith(b, p, to, SESSION_OPENED)) {
      sessionOpened(b, p + SESSION_OPENED.length, to);
      return true;
    }
    if (Scan.startsWith(b, p, to, SESSION_CLOSED)) {
      fields.kind(Values.SESSION, Values.END);
      fields.add(Ecs.EVENT_ACTION, Values.SESSION_CLOSED);
      fields.outcome(true);
      int a = p + SESSION_CLOSED.length;
      fields.addPresent(Ecs.USER_NAME, b, a, Scan.trimEnd(b, a, to));
      return true;
    }
    if (Scan.startsWith(b, p, to, PASSWORD_CHANGED)) {
      fields.kind(Values.IAM, Values.CHANGE, Values.USER);
      fields.add(Ecs.EVENT_ACTION, Values.PASSWORD_CHANGED);
      fields.outcome(true);
      fields.addPresent(Ecs.USER_NAME, b, p + PASSWORD_CHANGED.length, to);
      return true;
    }
    if (Scan.startsWith(b, p, to, CHECK_PASS)) {
      fields.kind(Values.AUTHENTICATION, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, PAM_LOGIN);
      return true;
    }
    int notMet = Scan.lastIndexOf(b, p, to, NOT_MET);
    if (notMet >= 0) {
      fields.kind(Values.AUTHENTICATION, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, PAM_LOGIN);
      fields.addQuoted(Ecs.USER_NAME, b, notMet + NOT_MET.length, to);
      return true;
    }
    if (Scan.startsWith(b, p, to, CONSECUTIVE)) {
      locked();
      int a = p + CONSECUTIVE.length;
      fields.addPresent(Ecs.USER_NAME, b, a, Scan.wordEnd(b, a, to));
      return true;
    }
    if (Scan.startsWith(b, p, to, TALLY_USER) && Scan.indexOf(b, p, to, TALLY) >= 0) {
      locked();
      int a = p + TALLY_USER.length;
      fields.addPresent(Ecs.USER_NAME, b, a, Scan.wordEnd(b, a, to));
      return true;
    }
    if (Scan.startsWith(b, p, to, RECEIVED_FOR)) {
      // pam_sss repeats the failure with the server's reason.
      int a = p + RECEIVED_FOR.length;
      int colon = Scan.indexOf(b, a, to, ':');
      fields.kind(Values.AUTHENTICATION, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, PAM_LOGIN);
      fields.addPresent(Ecs.USER_NAME, b, a, colon < 0 ? to : colon);
      return true;
    }
    if (Scan.startsWith(b, p, to, COULD_NOT_IDENTIFY)) {
      int a = p + COULD_NOT_IDENTIFY.length;
      int z = Scan.indexOf(b, a, to, ']');
      fields.kind(Values.AUTHENTICATION, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, PAM_LOGIN);
      fields.addPresent(Ecs.USER_NAME, b, a, z < 0 ? to : z);
      return true;
    }
    if (p > from) {
      fields.kind(Values.AUTHENTICATION, Values.INFO);
      return true;
    }
    return false;
  }

  private static boolean isService(byte[] b, int from, int to, String service) {
    for (int i = 0; i < service.length(); i++) {
      if (from + i >= to || b[from + i] != service.charAt(i)) {
        return false;
      }
    }
    int end = from + service.length();
    return end < to && (b[end] == ':' || b[end] == '-');
  }

  private void locked() {
    fields.kind(Values.AUTHENTICATION, Values.DENIED);
    fields.add(Ecs.EVENT_ACTION, ACCOUNT_LOCKED);
    fields.outcome(false);
  }

  /// `root(uid=0) by bob(uid=1000)`, `root by (uid=0)`, `root by bob(uid=1000)`.
  private void sessionOpened(byte[] b, int from, int to) {
    fields.kind(Values.SESSION, Values.START);
    fields.add(Ecs.EVENT_ACTION, Values.SESSION_OPENED);
    fields.outcome(true);
    int by = Scan.lastIndexOf(b, from, to, BY);
    int targetTo = by < 0 ? to : by;
    int targetIdFrom = -1;
    int targetIdTo = -1;
    int paren = Scan.lastIndexOf(b, from, targetTo, UID);
    if (paren >= 0 && b[targetTo - 1] == ')') {
      targetIdFrom = paren + UID.length;
      targetIdTo = targetTo - 1;
      targetTo = paren;
    }
    if (by < 0) {
      fields.addPresent(Ecs.USER_NAME, b, from, targetTo);
      return;
    }
    int a = by + BY.length;
    int callerTo = Scan.lastIndexOf(b, a, to, UID);
    int callerEnd = callerTo < 0 ? to : callerTo;
    if (callerEnd == a || Scan.equals(b, a, callerEnd, LOGIN_PROGRAM)) {
      // Opened by a daemon: the session is the user's own.
      fields.addPresent(Ecs.USER_NAME, b, from, targetTo);
      if (targetIdFrom >= 0) {
        fields.addPresent(Ecs.USER_ID, b, targetIdFrom, targetIdTo);
      }
      return;
    }
    fields.addPresent(Ecs.USER_NAME, b, a, callerEnd);
    fields.addPresent(Ecs.USER_EFFECTIVE_NAME, b, from, targetTo);
    if (targetIdFrom >= 0) {
      fields.addPresent(Ecs.USER_EFFECTIVE_ID, b, targetIdFrom, targetIdTo);
    }
    if (callerTo >= 0) {
      int idFrom = callerTo + UID.length;
      int idTo = idFrom;
      while (idTo < to && Scan.isDigit(b[idTo])) {
        idTo++;
      }
      fields.addPresent(Ecs.USER_ID, b, idFrom, idTo);
    }
  }

  /// `logname= uid=0 euid=0 tty=ssh ruser=bob rhost=192.0.2.1 user=root`; `user` comes last and is
  /// the one text a client chooses freely, so it runs to the end.
  private void addPairs(byte[] b, int from, int to, boolean switching) {
    int end = Scan.trimEnd(b, from, to);
    int rhost = Scan.indexOf(b, from, end, RHOST);
    if (rhost >= 0) {
      int a = rhost + RHOST.length;
      fields.addSource(b, a, Scan.wordEnd(b, a, end));
    }
    int userFrom = -1;
    int search = rhost < 0 ? from : rhost + RHOST.length;
    while (userFrom < 0) {
      int at = Scan.indexOf(b, search, end, USER);
      if (at < 0) {
        break;
      }
      if (b[at - 1] == ' ' || b[at - 1] == ';') {
        userFrom = at + USER.length;
      }
      search = at + 1;
    }
    int ruser = Scan.indexOf(b, from, rhost < 0 ? end : rhost, RUSER);
    int ruserFrom = ruser < 0 ? -1 : ruser + RUSER.length;
    int ruserTo = ruser < 0 ? -1 : Scan.wordEnd(b, ruserFrom, end);
    boolean hasRuser = ruserTo > ruserFrom && ruser >= 0;
    if (switching && hasRuser) {
      fields.addPresent(Ecs.USER_NAME, b, ruserFrom, ruserTo);
      if (userFrom >= 0) {
        fields.addPresent(Ecs.USER_EFFECTIVE_NAME, b, userFrom, end);
      }
      return;
    }
    if (hasRuser) {
      fields.addPresent(Ecs.SOURCE_USER_NAME, b, ruserFrom, ruserTo);
    }
    if (userFrom >= 0) {
      fields.addPresent(Ecs.USER_NAME, b, userFrom, end);
    }
  }
}
