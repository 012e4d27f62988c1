package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. What su and login log, in the words of util-linux, shadow and BSD.
///
/// A method answers false, having added nothing, where the message `b[from, to)` is none of its
/// own.
final class LoginMessage {
  private static final byte[] SU_LOGIN = Scan.bytes("su_login");
  private static final byte[] SU_TO = Scan.bytes("(to ");
  private static final byte[] FAILED_SU_TO = Scan.bytes("FAILED SU (to ");
  private static final byte[] SU_SUCCESS = Scan.bytes("Successful su for ");
  private static final byte[] SU_FAILED = Scan.bytes("FAILED su for ");
  private static final byte[] BAD_SU = Scan.bytes("BAD SU ");
  private static final byte[] BY = Scan.bytes(" by ");
  private static final byte[] ON = Scan.bytes(" on ");
  private static final byte[] TO = Scan.bytes(" to ");
  private static final byte[] LOGIN = Scan.bytes("login");
  private static final byte[] FAILED_LOGIN = Scan.bytes("FAILED LOGIN");
  private static final byte[] TOO_MANY_LOGIN = Scan.bytes("TOO MANY LOGIN TRIES");
  private static final byte[] INVALID_PASSWORD = Scan.bytes("invalid password for '");
  private static final byte[] LOGIN_ON = Scan.bytes("LOGIN ON ");
  private static final byte[] ROOT_LOGIN = Scan.bytes("ROOT LOGIN ");
  private static final byte[] UPPER_FOR = Scan.bytes(" FOR ");
  private static final byte[] UPPER_FROM = Scan.bytes(" FROM ");
  private static final byte[] UPPER_BY = Scan.bytes(" BY ");
  private static final byte[] LOWER_FROM = Scan.bytes(" from '");

  private final Fields fields;

  LoginMessage(Fields fields) {
    this.fields = fields;
  }

  /// util-linux, shadow and BSD forms.
  boolean readSu(byte[] b, int from, int to) {
    if (from >= to) {
      return false;
    }
    if (Scan.startsWith(b, from, to, SU_TO) || Scan.startsWith(b, from, to, FAILED_SU_TO)) {
      // `(to root) bob on pts/0`, `FAILED SU (to root) bob on pts/0`
      boolean success = b[from] == '(';
      int targetFrom = from + (success ? SU_TO.length : FAILED_SU_TO.length);
      int on = Scan.lastIndexOf(b, targetFrom, to, ON);
      int close = Scan.indexOf(b, targetFrom, to, ')');
      if (on < 0 || close < 0 || close + 2 > on) {
        return false;
      }
      suResult(success, b, close + 2, on, targetFrom, close);
      return true;
    }
    boolean success = Scan.startsWith(b, from, to, SU_SUCCESS);
    if (success || Scan.startsWith(b, from, to, SU_FAILED)) {
      int targetFrom = from + (success ? SU_SUCCESS.length : SU_FAILED.length);
      int by = Scan.lastIndexOf(b, targetFrom, to, BY);
      if (by < 0) {
        return false;
      }
      suResult(success, b, by + BY.length, to, targetFrom, by);
      return true;
    }
    if ((b[from] == '+' || b[from] == '-') && from + 1 < to && b[from + 1] == ' ') {
      // `+ pts/0 bob:root`
      int colon = Scan.lastIndexOf(b, from, to, ':');
      int space = colon < 0 ? -1 : Scan.lastIndexOf(b, from + 2, colon, ' ');
      if (space < 0) {
        return false;
      }
      suResult(b[from] == '+', b, space + 1, colon, colon + 1, to);
      return true;
    }
    boolean bad = Scan.startsWith(b, from, to, BAD_SU);
    int a = bad ? from + BAD_SU.length : from;
    int target = Scan.indexOf(b, a, to, TO);
    int on = Scan.lastIndexOf(b, a, to, ON);
    if (target > a && on > target && Scan.indexOf(b, a, target, ' ') < 0) {
      suResult(!bad, b, a, target, target + TO.length, on);
      return true;
    }
    return false;
  }

  private void suResult(
      boolean success, byte[] b, int userFrom, int userTo, int targetFrom, int targetTo) {
    fields.kind(
        Values.AUTHENTICATION,
        success ? Values.AUTHENTICATION_SUCCESS : Values.AUTHENTICATION_FAILURE,
        Values.INFO);
    fields.add(Ecs.EVENT_ACTION, SU_LOGIN);
    fields.outcome(success);
    fields.addPresent(Ecs.USER_NAME, b, userFrom, userTo);
    fields.addPresent(Ecs.USER_EFFECTIVE_NAME, b, targetFrom, targetTo);
  }

  /// `FAILED LOGIN 1 FROM host FOR bob, Authentication failure`, `LOGIN ON tty1 BY bob FROM host`.
  boolean readLogin(byte[] b, int from, int to) {
    if (Scan.startsWith(b, from, to, FAILED_LOGIN)
        || Scan.startsWith(b, from, to, TOO_MANY_LOGIN)) {
      loginResult(false);
      int user = Scan.indexOf(b, from, to, UPPER_FOR);
      if (user >= 0) {
        int a = user + UPPER_FOR.length;
        int comma = Scan.lastIndexOf(b, a, to, ',');
        fields.addQuoted(Ecs.USER_NAME, b, a, comma < 0 ? to : comma);
        int source = Scan.indexOf(b, from, user, UPPER_FROM);
        if (source >= 0) {
          loginSource(b, source + UPPER_FROM.length, user);
        }
        source = Scan.indexOf(b, from, user, LOWER_FROM);
        if (source >= 0) {
          int z = Scan.indexOf(b, source + LOWER_FROM.length, user, '\'');
          if (z > 0) {
            loginSource(b, source + LOWER_FROM.length, z);
          }
        }
      }
      return true;
    }
    if (Scan.startsWith(b, from, to, INVALID_PASSWORD)) {
      int a = from + INVALID_PASSWORD.length;
      int z = Scan.indexOf(b, a, to, '\'');
      if (z < 0) {
        return false;
      }
      loginResult(false);
      fields.addPresent(Ecs.USER_NAME, b, a, z);
      return true;
    }
    boolean root = Scan.startsWith(b, from, to, ROOT_LOGIN);
    if (root || Scan.startsWith(b, from, to, LOGIN_ON)) {
      loginResult(true);
      int source = Scan.indexOf(b, from, to, UPPER_FROM);
      int user = Scan.indexOf(b, from, to, UPPER_BY);
      if (user >= 0) {
        int a = user + UPPER_BY.length;
        fields.addPresent(Ecs.USER_NAME, b, a, source > a ? source : to);
      } else if (root) {
        fields.add(Ecs.USER_NAME, Values.ROOT);
      }
      if (source >= 0) {
        loginSource(b, source + UPPER_FROM.length, to);
      }
      return true;
    }
    return false;
  }

  private void loginResult(boolean success) {
    fields.kind(
        Values.AUTHENTICATION,
        success ? Values.AUTHENTICATION_SUCCESS : Values.AUTHENTICATION_FAILURE,
        Values.INFO);
    fields.add(Ecs.EVENT_ACTION, LOGIN);
    fields.outcome(success);
  }

  private void loginSource(byte[] b, int from, int to) {
    int a = from;
    int z = to;
    if (a < z && b[a] == '(') {
      return;
    }
    if (a < z && b[a] == '\'') {
      a++;
    }
    if (z > a && b[z - 1] == '\'') {
      z--;
    }
    if (fields.ip.parse(b, a, z) || Scan.indexOf(b, a, z, '.') > 0) {
      fields.addSource(b, a, z);
    }
  }
}
