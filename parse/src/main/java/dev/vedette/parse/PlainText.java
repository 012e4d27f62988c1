package dev.vedette.parse;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. Text that no format takes: the whole line is the message; a time at its
/// start, a level near its start and the first address in it are picked out where they are plain to
/// see.
final class PlainText {
  /// How far into a line a level may stand.
  private static final int LEVEL_BYTES_MAX = 96;

  private final Fields fields;
  private final AccessLog access;
  private final LoginFailure login;

  PlainText(Fields fields, AccessLog access, LoginFailure login) {
    this.fields = fields;
    this.access = access;
    this.login = login;
  }

  void read(byte[] b, int from, int to) {
    Event event = fields.event;
    event.dataset(Dataset.PLAIN);
    fields.kind();
    if (from < to) {
      fields.add(Ecs.MESSAGE, b, from, to);
    }
    int p = leadingTime(b, from, to);
    level(b, p, Math.min(to, p + LEVEL_BYTES_MAX));
    if (!access.readAsgi(b, p, to)) {
      login.inspect(b, p, to);
    }
  }

  /// Sets the time that a line begins with, in brackets or not; answers where it ends.
  private int leadingTime(byte[] b, int from, int to) {
    int p = from;
    while (p < to && p - from < 8 && (b[p] == ' ' || b[p] == '[' || b[p] == '(')) {
      p++;
    }
    if (to - p < 10) {
      return from;
    }
    Times times = fields.times;
    long time;
    if (Scan.isDigit(b[p])) {
      time = times.iso(b, p, to);
      if (time == Event.NO_TIME) {
        time = times.clf(b, p, to);
      }
      if (time == Event.NO_TIME) {
        int end = p;
        while (end < to && (Scan.isDigit(b[end]) || b[end] == '.')) {
          end++;
        }
        if (end < to && (b[end] == ' ' || b[end] == ':' || b[end] == ']')) {
          time = Times.epoch(b, p, end);
          if (time != Event.NO_TIME) {
            fields.event.timeMs(time);
            return end;
          }
        }
      }
    } else {
      time = times.ctime(b, p, to);
      if (time == Event.NO_TIME) {
        time = times.bsd(b, p, to, fields.receivedMs);
      }
    }
    if (time == Event.NO_TIME) {
      return from;
    }
    fields.event.timeMs(time);
    return times.end();
  }

  /// Adds the first word that is a level: in capitals, or in brackets, or followed by a colon.
  private void level(byte[] b, int from, int to) {
    int p = from;
    while (p < to) {
      if (!Scan.isLetter(b[p])) {
        p++;
        continue;
      }
      int a = p;
      boolean capitals = true;
      while (p < to && Scan.isLetter(b[p])) {
        capitals &= b[p] <= 'Z';
        p++;
      }
      boolean bracketed =
          a > from && p < to && (b[a - 1] == '[' || b[a - 1] == '(' || b[a - 1] == '<');
      boolean colon = p < to && b[p] == ':';
      if ((capitals || bracketed || colon) && Levels.isLevel(b, a, p)) {
        fields.add(Ecs.LOG_LEVEL, b, a, p);
        return;
      }
    }
  }
}
