package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. What sudo and polkit's pkexec log.
///
/// `3 incorrect password attempts` is an authentication failure. `user NOT in sudoers`, `command
/// not allowed` and `a password is required` are refusals, not failed authentication: category
/// process, type denied, outcome failure.
///
/// A method answers false, having added nothing, where the message `b[from, to)` is none of its
/// own.
final class SudoMessage {
  private static final byte[] SEPARATOR = Scan.bytes(" : ");
  private static final byte[] NEXT = Scan.bytes(" ; ");
  private static final byte[] TTY = Scan.bytes("TTY=");
  private static final byte[] PWD = Scan.bytes("PWD=");
  private static final byte[] SUDO_USER = Scan.bytes("USER=");
  private static final byte[] SUDO_GROUP = Scan.bytes("GROUP=");
  private static final byte[] COMMAND = Scan.bytes("COMMAND=");
  private static final byte[] HOST = Scan.bytes("HOST=");
  private static final byte[] INCORRECT = Scan.bytes("incorrect password attempt");
  private static final byte[] CONTINUED = Scan.bytes("(command continued)");
  private static final byte[] SUDO_COMMAND = Scan.bytes("sudo_command");
  private static final byte[] SUDO_LOGIN = Scan.bytes("sudo_login");
  private static final byte[] SUDO_DENIED = Scan.bytes("sudo_denied");
  private static final byte[] PKEXEC_USER = Scan.bytes(" [USER=");
  private static final byte[] PKEXEC_RUN = Scan.bytes(": Executing command");
  private static final byte[] PKEXEC_COMMAND_KEY = Scan.bytes(" [COMMAND=");
  private static final byte[] PKEXEC_COMMAND = Scan.bytes("pkexec_command");
  private static final byte[] PKEXEC_DENIED = Scan.bytes("pkexec_denied");

  private final Fields fields;

  SudoMessage(Fields fields) {
    this.fields = fields;
  }

  /// `bob : [reason ; ]TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/sh`. The command comes
  /// last and holds whatever was typed, so everything before it is read first.
  boolean readSudo(byte[] b, int from, int to) {
    int userFrom = Scan.skipSpaces(b, from, to);
    int colon = Scan.indexOf(b, userFrom, to, SEPARATOR);
    if (colon <= userFrom || Scan.indexOf(b, userFrom, colon, ' ') >= 0) {
      return false;
    }
    int p = colon + SEPARATOR.length;
    if (Scan.startsWith(b, p, to, CONTINUED)) {
      fields.kind(Values.PROCESS, Values.INFO);
      return true;
    }
    int reasonFrom = -1;
    int reasonTo = -1;
    boolean any = false;
    int effectiveFrom = -1;
    int effectiveTo = -1;
    int commandFrom = -1;
    Event event = fields.event;
    int first = p;
    while (p < to) {
      if (Scan.startsWith(b, p, to, COMMAND)) {
        commandFrom = p + COMMAND.length;
        any = true;
        break;
      }
      int next = Scan.indexOf(b, p, to, NEXT);
      int end = next < 0 ? to : next;
      if (Scan.startsWith(b, p, end, TTY)) {
        any = true;
        fields.addPresent(Ecs.SYSTEM_AUTH_SUDO_TTY, b, p + TTY.length, end);
      } else if (Scan.startsWith(b, p, end, PWD)) {
        any = true;
        fields.addPresent(Ecs.SYSTEM_AUTH_SUDO_PWD, b, p + PWD.length, end);
        fields.addPresent(Ecs.PROCESS_WORKING_DIRECTORY, b, p + PWD.length, end);
      } else if (Scan.startsWith(b, p, end, SUDO_USER)) {
        any = true;
        effectiveFrom = p + SUDO_USER.length;
        effectiveTo = end;
      } else if (Scan.startsWith(b, p, end, SUDO_GROUP)) {
        any = true;
        fields.addPresent(Ecs.GROUP_NAME, b, p + SUDO_GROUP.length, end);
      } else if (p == first && !Scan.startsWith(b, p, end, HOST)) {
        reasonFrom = p;
        reasonTo = end;
      }
      if (next < 0) {
        break;
      }
      p = next + NEXT.length;
    }
    if (!any) {
      return false;
    }
    fields.add(Ecs.USER_NAME, b, userFrom, colon);
    if (effectiveTo > effectiveFrom) {
      event.add(Ecs.USER_EFFECTIVE_NAME, b, effectiveFrom, effectiveTo);
      event.add(Ecs.SYSTEM_AUTH_SUDO_USER, b, effectiveFrom, effectiveTo);
    }
    if (commandFrom >= 0 && commandFrom < to) {
      event.add(Ecs.SYSTEM_AUTH_SUDO_COMMAND, b, commandFrom, to);
      event.add(Ecs.PROCESS_COMMAND_LINE, b, commandFrom, to);
      event.add(Ecs.PROCESS_EXECUTABLE, b, commandFrom, Scan.wordEnd(b, commandFrom, to));
    }
    if (reasonFrom < 0) {
      fields.kind(Values.PROCESS, Values.START);
      fields.add(Ecs.EVENT_ACTION, SUDO_COMMAND);
      fields.outcome(true);
      return true;
    }
    fields.add(Ecs.SYSTEM_AUTH_SUDO_ERROR, b, reasonFrom, reasonTo);
    if (Scan.indexOf(b, reasonFrom, reasonTo, INCORRECT) >= 0) {
      fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, SUDO_LOGIN);
    } else {
      fields.kind(Values.PROCESS, Values.DENIED);
      fields.add(Ecs.EVENT_ACTION, SUDO_DENIED);
    }
    fields.outcome(false);
    return true;
  }

  /// polkit's `bob: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/bob]
  /// [COMMAND=/bin/id]`, or a reason why not in place of `Executing command`.
  boolean readPkexec(byte[] b, int from, int to) {
    int colon = Scan.indexOf(b, from, to, ':');
    int user = Scan.indexOf(b, from, to, PKEXEC_USER);
    if (colon <= from || user < colon || Scan.indexOf(b, from, colon, ' ') >= 0) {
      return false;
    }
    boolean run = Scan.startsWith(b, colon, to, PKEXEC_RUN);
    fields.kind(Values.PROCESS, run ? Values.START : Values.DENIED);
    fields.add(Ecs.EVENT_ACTION, run ? PKEXEC_COMMAND : PKEXEC_DENIED);
    fields.outcome(run);
    if (!run) {
      fields.add(Ecs.EVENT_REASON, b, Math.min(user, colon + 2), user);
    }
    fields.add(Ecs.USER_NAME, b, from, colon);
    int a = user + PKEXEC_USER.length;
    int z = Scan.indexOf(b, a, to, ']');
    fields.addPresent(Ecs.USER_EFFECTIVE_NAME, b, a, z < 0 ? to : z);
    int command = Scan.indexOf(b, user, to, PKEXEC_COMMAND_KEY);
    if (command >= 0) {
      fields.addPresent(
          Ecs.PROCESS_COMMAND_LINE,
          b,
          command + PKEXEC_COMMAND_KEY.length,
          b[to - 1] == ']' ? to - 1 : to);
    }
    return true;
  }
}
