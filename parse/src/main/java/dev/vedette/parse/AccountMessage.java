package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. What useradd, usermod, userdel, groupadd, gpasswd, passwd, chage and the
/// other shadow-utils log: category `iam`.
final class AccountMessage {
  private static final byte[] NEW_USER = Scan.bytes("new user: ");
  private static final byte[] NEW_GROUP = Scan.bytes("new group: ");
  private static final byte[] GROUP_ADDED = Scan.bytes("group added to ");
  private static final byte[] NAME = Scan.bytes("name=");
  private static final byte[] UID_EQUALS = Scan.bytes("UID=");
  private static final byte[] GID_EQUALS = Scan.bytes("GID=");
  private static final byte[] HOME = Scan.bytes("home=");
  private static final byte[] SHELL = Scan.bytes("shell=");
  private static final byte[] USER_ADDED = Scan.bytes("user_added");
  private static final byte[] GROUP_ADDED_ACTION = Scan.bytes("group_added");
  private static final byte[] USER_DELETED = Scan.bytes("user_deleted");
  private static final byte[] GROUP_DELETED = Scan.bytes("group_deleted");
  private static final byte[] USER_CHANGED = Scan.bytes("user_changed");
  private static final byte[] USER_ADDED_TO_GROUP = Scan.bytes("user_added_to_group");
  private static final byte[] USER_REMOVED_FROM_GROUP = Scan.bytes("user_removed_from_group");
  private static final byte[] ADD = Scan.bytes("add '");
  private static final byte[] DELETE = Scan.bytes("delete '");
  private static final byte[] DELETE_USER = Scan.bytes("delete user '");
  private static final byte[] REMOVED = Scan.bytes("removed ");
  private static final byte[] GROUP_QUOTE = Scan.bytes("group '");
  private static final byte[] CHANGE_USER = Scan.bytes("change user ");
  private static final byte[] CHANGED_USER = Scan.bytes("changed user ");
  private static final byte[] LOCK_USER = Scan.bytes("lock user ");
  private static final byte[] UNLOCK_USER = Scan.bytes("unlock user ");
  private static final byte[] PASSWORD_WORD = Scan.bytes("password");
  private static final byte[] PASSWORD_FOR = Scan.bytes("password for ");
  private static final byte[] CHANGED_BY = Scan.bytes(" changed by ");
  private static final byte[] PASSWORD_EXPIRY = Scan.bytes("changed password expiry for ");
  private static final byte[] FAILED_ADDING = Scan.bytes("failed adding user ");
  private static final byte[] QUOTE_TO = Scan.bytes("' to '");
  private static final byte[] ADDED_BY = Scan.bytes(" added by ");
  private static final byte[] REMOVED_BY = Scan.bytes(" removed by ");
  private static final byte[] TO_GROUP = Scan.bytes(" to group ");
  private static final byte[] FROM_GROUP = Scan.bytes(" from group ");
  private static final byte[] GROUP_CHANGED = Scan.bytes("group changed in ");
  private static final byte[] GROUP_CHANGE = Scan.bytes("group_changed");
  private static final byte[] PAREN_GROUP = Scan.bytes("(group ");
  private static final byte[] USER_PREFIX = Scan.bytes("user ");

  private final Fields fields;

  AccountMessage(Fields fields) {
    this.fields = fields;
  }

  /// useradd, userdel, usermod, groupadd, groupdel, gpasswd, passwd, chage, chfn, chsh, chpasswd.
  boolean read(byte[] b, int from, int to) {
    if (from >= to) {
      return false;
    }
    if (Scan.startsWith(b, from, to, NEW_USER)) {
      iam(Values.CREATION, Values.USER, USER_ADDED, true);
      pairs(b, from + NEW_USER.length, to, Ecs.USER_NAME);
      return true;
    }
    if (Scan.startsWith(b, from, to, NEW_GROUP) || Scan.startsWith(b, from, to, GROUP_ADDED)) {
      iam(Values.CREATION, Values.GROUP, GROUP_ADDED_ACTION, true);
      int name = Scan.indexOf(b, from, to, NAME);
      pairs(b, name < 0 ? to : name, to, Ecs.GROUP_NAME);
      return true;
    }
    if (Scan.startsWith(b, from, to, FAILED_ADDING)) {
      iam(Values.CREATION, Values.USER, USER_ADDED, false);
      fields.addQuoted(Ecs.USER_NAME, b, from + FAILED_ADDING.length, to);
      return true;
    }
    if (Scan.startsWith(b, from, to, ADD)) {
      // `add 'bob' to group 'sudo'`
      iam(Values.CHANGE, Values.GROUP, USER_ADDED_TO_GROUP, true);
      twoQuoted(b, from, to);
      return true;
    }
    if (Scan.startsWith(b, from, to, DELETE_USER)) {
      iam(Values.DELETION, Values.USER, USER_DELETED, true);
      fields.addQuoted(Ecs.USER_NAME, b, from + DELETE_USER.length - 1, to);
      return true;
    }
    if (Scan.startsWith(b, from, to, DELETE)) {
      iam(Values.CHANGE, Values.GROUP, USER_REMOVED_FROM_GROUP, true);
      twoQuoted(b, from, to);
      return true;
    }
    if (Scan.startsWith(b, from, to, REMOVED) || Scan.startsWith(b, from, to, GROUP_QUOTE)) {
      int quote = Scan.indexOf(b, from, to, '\'');
      if (quote < 0) {
        return false;
      }
      iam(Values.DELETION, Values.GROUP, GROUP_DELETED, true);
      fields.addQuoted(Ecs.GROUP_NAME, b, quote, to);
      return true;
    }
    if (Scan.startsWith(b, from, to, PASSWORD_EXPIRY)) {
      iam(Values.CHANGE, Values.USER, USER_CHANGED, true);
      fields.addQuoted(Ecs.USER_NAME, b, from + PASSWORD_EXPIRY.length, to);
      return true;
    }
    boolean lock = Scan.startsWith(b, from, to, LOCK_USER);
    boolean unlock = Scan.startsWith(b, from, to, UNLOCK_USER);
    if (lock
        || unlock
        || Scan.startsWith(b, from, to, CHANGE_USER)
        || Scan.startsWith(b, from, to, CHANGED_USER)) {
      int quote = Scan.indexOf(b, from, to, '\'');
      if (quote < 0) {
        return false;
      }
      int close = Scan.indexOf(b, quote + 1, to, '\'');
      boolean password =
          close > 0 && !lock && !unlock && Scan.startsWith(b, close + 2, to, PASSWORD_WORD);
      iam(Values.CHANGE, Values.USER, password ? Values.PASSWORD_CHANGED : USER_CHANGED, true);
      fields.addQuoted(Ecs.USER_NAME, b, quote, to);
      if (b[from + 7] == 'u' || b[from + 7] == ' ') {
        int renamed = Scan.indexOf(b, quote, to, QUOTE_TO);
        if (renamed >= 0 && renamed == close) {
          fields.addQuoted(Ecs.USER_CHANGES_NAME, b, renamed + QUOTE_TO.length - 1, to);
        }
      }
      return true;
    }
    if (Scan.startsWith(b, from, to, PASSWORD_FOR)) {
      int by = Scan.lastIndexOf(b, from, to, CHANGED_BY);
      if (by < 0) {
        return false;
      }
      iam(Values.CHANGE, Values.USER, Values.PASSWORD_CHANGED, true);
      fields.addQuoted(Ecs.USER_TARGET_NAME, b, from + PASSWORD_FOR.length, by);
      fields.addQuoted(Ecs.USER_NAME, b, by + CHANGED_BY.length, to);
      return true;
    }
    if (Scan.startsWith(b, from, to, GROUP_CHANGED)) {
      // groupmod: `group changed in /etc/group (group staff/50, new name: crew)`
      iam(Values.CHANGE, Values.GROUP, GROUP_CHANGE, true);
      int group = Scan.indexOf(b, from, to, PAREN_GROUP);
      if (group >= 0) {
        int a = group + PAREN_GROUP.length;
        int z = a;
        while (z < to && b[z] != '/' && b[z] != ',' && b[z] != ')') {
          z++;
        }
        fields.addPresent(Ecs.GROUP_NAME, b, a, z);
      }
      return true;
    }
    if (!Scan.startsWith(b, from, to, USER_PREFIX)) {
      return false;
    }
    // gpasswd: `user bob added by root to group sudo`, `user bob removed by root from group sudo`
    return membership(b, from, to, ADDED_BY, TO_GROUP, USER_ADDED_TO_GROUP)
        || membership(b, from, to, REMOVED_BY, FROM_GROUP, USER_REMOVED_FROM_GROUP);
  }

  private boolean membership(
      byte[] b, int from, int to, byte[] by, byte[] preposition, byte[] action) {
    int verb = Scan.indexOf(b, from, to, by);
    int group = verb < 0 ? -1 : Scan.indexOf(b, verb, to, preposition);
    if (group < 0) {
      return false;
    }
    iam(Values.CHANGE, Values.GROUP, action, true);
    fields.addPresent(Ecs.USER_TARGET_NAME, b, from + USER_PREFIX.length, verb);
    fields.addPresent(Ecs.USER_NAME, b, verb + by.length, group);
    fields.addPresent(Ecs.GROUP_NAME, b, group + preposition.length, to);
    return true;
  }

  private void iam(byte[] type, byte[] subject, byte[] action, boolean success) {
    fields.kind(Values.IAM, type, subject);
    fields.add(Ecs.EVENT_ACTION, action);
    fields.outcome(success);
  }

  /// `name=bob, UID=1001, GID=1001, home=/home/bob, shell=/bin/bash, from=/dev/pts/0`.
  private void pairs(byte[] b, int from, int to, int nameField) {
    int p = from;
    while (p < to) {
      int comma = Scan.indexOf(b, p, to, ',');
      int end = comma < 0 ? to : comma;
      if (Scan.startsWith(b, p, end, NAME)) {
        fields.addPresent(nameField, b, p + NAME.length, end);
      } else if (Scan.startsWith(b, p, end, UID_EQUALS)) {
        fields.addPresent(Ecs.USER_ID, b, p + UID_EQUALS.length, end);
      } else if (Scan.startsWith(b, p, end, GID_EQUALS)) {
        fields.addPresent(Ecs.GROUP_ID, b, p + GID_EQUALS.length, end);
      } else if (Scan.startsWith(b, p, end, HOME)) {
        fields.addPresent(Ecs.SYSTEM_AUTH_USERADD_HOME, b, p + HOME.length, end);
      } else if (Scan.startsWith(b, p, end, SHELL)) {
        fields.addPresent(Ecs.SYSTEM_AUTH_USERADD_SHELL, b, p + SHELL.length, end);
      }
      p = Scan.skipSpaces(b, end + 1, to);
    }
  }

  /// `... 'bob' ... 'sudo'`: a user and a group.
  private void twoQuoted(byte[] b, int from, int to) {
    int first = Scan.indexOf(b, from, to, '\'');
    int firstEnd = first < 0 ? -1 : Scan.indexOf(b, first + 1, to, '\'');
    if (firstEnd < 0) {
      return;
    }
    fields.addPresent(Ecs.USER_NAME, b, first + 1, firstEnd);
    int second = Scan.indexOf(b, firstEnd + 1, to, '\'');
    if (second >= 0) {
      fields.addQuoted(Ecs.GROUP_NAME, b, second, to);
    }
  }
}
