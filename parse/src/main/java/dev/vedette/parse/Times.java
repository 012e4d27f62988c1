package dev.vedette.parse;

import dev.vedette.event.Event;

/// Confined to one worker. Reads the times that logs carry, and remembers the last date it met: the
/// lines of a log share theirs.
///
/// Each method reads at `at` and answers milliseconds since 1970 UTC, or [Event#NO_TIME] where no
/// such time stands there; then [#end] tells where the time ended. A time without a zone is taken
/// as UTC. Seconds may be 60 (a leap second counts as the next second).
final class Times {
  private static final long DAY_MS = 86_400_000;

  private int end;

  private long cachedDate0;
  private int cachedDate1 = -1;
  private long cachedDayMs;

  private long bsdKey = -1;
  private long bsdReceivedDay = Long.MIN_VALUE;
  private long bsdDay;

  /// One past the last byte of the time read last.
  int end() {
    return end;
  }

  /// `10/Oct/2000:13:55:36 -0700` (Apache's and nginx's `%d/%b/%Y:%H:%M:%S %z`); also without zone,
  /// with a fraction of the second, and with a space for the first colon.
  long clf(byte[] b, int at, int to) {
    if (to - at < 20 || b[at + 2] != '/' || b[at + 6] != '/') {
      return Event.NO_TIME;
    }
    if (b[at + 11] != ':' && b[at + 11] != ' ') {
      return Event.NO_TIME;
    }
    long date0 = Scan.eight(b, at);
    int date1 = (b[at + 8] << 16) | (b[at + 9] << 8) | b[at + 10];
    long dayMs;
    if (date0 == cachedDate0 && date1 == cachedDate1) {
      dayMs = cachedDayMs;
    } else {
      int day = two(b, at);
      int month = month(b, at + 3);
      int year = four(b, at + 7);
      if (!isDate(year, month, day)) {
        return Event.NO_TIME;
      }
      dayMs = days(year, month, day) * DAY_MS;
      cachedDate0 = date0;
      cachedDate1 = date1;
      cachedDayMs = dayMs;
    }
    long clock = clock(b, at + 12, to);
    if (clock < 0) {
      return Event.NO_TIME;
    }
    int p = end;
    int zoneAt = p < to && b[p] == ' ' ? p + 1 : p;
    long offset = zone(b, zoneAt, to);
    if (offset == Event.NO_TIME) {
      end = p;
      offset = 0;
    }
    return dayMs + clock - offset;
  }

  /// `2018-08-14T14:30:02.203151+02:00` and its relatives (RFC 3339, ISO 8601): also `/` in the
  /// date, a space or `_` between date and time, `,` before the fraction, no zone, `+0200`, and a
  /// space before the zone.
  long iso(byte[] b, int at, int to) {
    if (to - at < 19) {
      return Event.NO_TIME;
    }
    byte separator = b[at + 4];
    if ((separator != '-' && separator != '/') || b[at + 7] != separator) {
      return Event.NO_TIME;
    }
    byte t = b[at + 10];
    if (t != 'T' && t != ' ' && t != 't' && t != '_') {
      return Event.NO_TIME;
    }
    long date0 = Scan.eight(b, at);
    int date1 = (1 << 24) | (b[at + 8] << 8) | b[at + 9];
    long dayMs;
    if (date0 == cachedDate0 && date1 == cachedDate1) {
      dayMs = cachedDayMs;
    } else {
      int year = four(b, at);
      int month = two(b, at + 5);
      int day = two(b, at + 8);
      if (!isDate(year, month, day)) {
        return Event.NO_TIME;
      }
      dayMs = days(year, month, day) * DAY_MS;
      cachedDate0 = date0;
      cachedDate1 = date1;
      cachedDayMs = dayMs;
    }
    long clock = clock(b, at + 11, to);
    if (clock < 0) {
      return Event.NO_TIME;
    }
    int p = end;
    long offset = zone(b, p, to);
    if (offset == Event.NO_TIME
        && p + 5 < to
        && b[p] == ' '
        && (b[p + 1] == '+' || b[p + 1] == '-')) {
      offset = zone(b, p + 1, to);
    }
    if (offset == Event.NO_TIME) {
      end = p;
      offset = 0;
    }
    return dayMs + clock - offset;
  }

  /// `Feb 9 21:19:40` (RFC 3164), also with a year after the day (`Feb 9 2017 21:19:40`) and a
  /// fraction. Without a year it is the latest one in which the time is not more than a day after
  /// `receivedMs`.
  long bsd(byte[] b, int at, int to, long receivedMs) {
    if (to - at < 14 || b[at + 3] != ' ') {
      return Event.NO_TIME;
    }
    int month = month(b, at);
    if (month == 0) {
      return Event.NO_TIME;
    }
    int p = at + 4;
    int day;
    if (b[p] == ' ') {
      day = b[p + 1] - '0';
      p += 2;
    } else if (Scan.isDigit(b[p]) && b[p + 1] == ' ') {
      day = b[p] - '0';
      p += 1;
    } else {
      day = two(b, p);
      p += 2;
    }
    if (day < 1 || day > 31 || b[p] != ' ') {
      return Event.NO_TIME;
    }
    p++;
    if (p + 14 <= to && b[p + 4] == ' ' && four(b, p) > 0) {
      int year = four(b, p);
      long clock = isDate(year, month, day) ? clock(b, p + 5, to) : -1;
      return clock < 0 ? Event.NO_TIME : days(year, month, day) * DAY_MS + clock;
    }
    long clock = clock(b, p, to);
    if (clock < 0) {
      return Event.NO_TIME;
    }
    long key = month * 32L + day;
    long receivedDay = Math.floorDiv(receivedMs, DAY_MS);
    if (key != bsdKey || receivedDay != bsdReceivedDay) {
      bsdDay = latest(month, day, receivedDay + 1);
      bsdKey = key;
      bsdReceivedDay = receivedDay;
    }
    if (bsdDay == Event.NO_TIME) {
      return Event.NO_TIME;
    }
    long time = bsdDay * DAY_MS + clock;
    if (time - receivedMs <= DAY_MS) {
      return time;
    }
    long before = latest(month, day, receivedDay);
    return before == Event.NO_TIME ? Event.NO_TIME : before * DAY_MS + clock;
  }

  /// `Mon Dec 26 16:15:55.103522 2016` (C's `ctime`, Apache's error log), also without the
  /// weekday's padding.
  long ctime(byte[] b, int at, int to) {
    if (to - at < 23 || b[at + 3] != ' ') {
      return Event.NO_TIME;
    }
    int month = month(b, at + 4);
    if (month == 0 || b[at + 7] != ' ') {
      return Event.NO_TIME;
    }
    int p = Scan.skipSpaces(b, at + 8, to);
    int dayFrom = p;
    while (p < to && p - dayFrom < 3 && Scan.isDigit(b[p])) {
      p++;
    }
    if (p == dayFrom || p - dayFrom > 2 || p >= to || b[p] != ' ') {
      return Event.NO_TIME;
    }
    int day = (int) Scan.number(b, dayFrom, p);
    long clock = clock(b, p + 1, to);
    if (clock < 0) {
      return Event.NO_TIME;
    }
    p = end;
    if (p + 5 > to || b[p] != ' ') {
      return Event.NO_TIME;
    }
    int year = four(b, p + 1);
    if (!isDate(year, month, day)) {
      return Event.NO_TIME;
    }
    end = p + 5;
    return days(year, month, day) * DAY_MS + clock;
  }

  /// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size, with
  /// or without a fraction: a plain number that fills the range. Only times from 1985 to 2100
  /// count.
  static long epoch(byte[] b, int from, int to) {
    int dot = from;
    while (dot < to && Scan.isDigit(b[dot])) {
      dot++;
    }
    int digits = dot - from;
    if (digits < 9 || digits > 19) {
      return Event.NO_TIME;
    }
    if (digits == 19 && b[from] > '8') {
      return Event.NO_TIME;
    }
    long value = Scan.number(b, from, dot);
    long fractionMs = 0;
    if (dot < to) {
      if (b[dot] != '.' || !Scan.isNumber(b, dot + 1, to)) {
        return Event.NO_TIME;
      }
      for (int i = 0; i < 3; i++) {
        fractionMs = fractionMs * 10 + (dot + 1 + i < to ? b[dot + 1 + i] - '0' : 0);
      }
    }
    long ms;
    if (digits <= 10) {
      ms = value * 1_000 + fractionMs;
    } else if (digits <= 13) {
      ms = value;
    } else if (digits <= 16) {
      ms = value / 1_000;
    } else {
      ms = value / 1_000_000;
    }
    return ms >= 473_385_600_000L && ms < 4_102_444_800_000L ? ms : Event.NO_TIME;
  }

  /// `HH:MM:SS` with an optional fraction, as milliseconds of the day; -1 where it is none.
  private long clock(byte[] b, int at, int to) {
    if (to - at < 8 || b[at + 2] != ':' || b[at + 5] != ':') {
      return -1;
    }
    int hour = two(b, at);
    int minute = two(b, at + 3);
    int second = two(b, at + 6);
    if (hour < 0 || minute < 0 || second < 0 || hour > 23 || minute > 59 || second > 60) {
      return -1;
    }
    int p = at + 8;
    int ms = 0;
    if (p + 1 < to && (b[p] == '.' || b[p] == ',') && Scan.isDigit(b[p + 1])) {
      p++;
      int scale = 100;
      while (p < to && Scan.isDigit(b[p])) {
        ms += (b[p] - '0') * scale;
        scale /= 10;
        p++;
      }
    }
    end = p;
    return (hour * 3_600L + minute * 60L + second) * 1_000 + ms;
  }

  /// `Z`, `+02:00`, `+0200` or `+02` as milliseconds east of UTC.
  private long zone(byte[] b, int at, int to) {
    if (at >= to) {
      return Event.NO_TIME;
    }
    if (b[at] == 'Z' || b[at] == 'z') {
      end = at + 1;
      return 0;
    }
    if ((b[at] != '+' && b[at] != '-') || at + 3 > to) {
      return Event.NO_TIME;
    }
    int hours = two(b, at + 1);
    if (hours < 0 || hours > 18) {
      return Event.NO_TIME;
    }
    int p = at + 3;
    int minutes = 0;
    if (p < to && b[p] == ':' && p + 3 <= to) {
      minutes = two(b, p + 1);
      p += 3;
    } else if (p + 2 <= to && Scan.isDigit(b[p])) {
      minutes = two(b, p);
      p += 2;
    }
    if (minutes < 0 || minutes > 59) {
      return Event.NO_TIME;
    }
    end = p;
    long ms = (hours * 60L + minutes) * 60_000;
    return b[at] == '-' ? -ms : ms;
  }

  /// The latest such day of the year up to `dayMax` (days since 1970).
  private static long latest(int month, int day, long dayMax) {
    // Year of the day `dayMax`, by the mean length of a year and one step of correction.
    int year = (int) Math.floorDiv(dayMax * 400, 146_097) + 1971;
    // Nine years back there is a 29 February, also across 2100.
    for (int y = year; y > year - 10; y--) {
      if (isDate(y, month, day)) {
        long candidate = days(y, month, day);
        if (candidate <= dayMax) {
          return candidate;
        }
      }
    }
    return Event.NO_TIME;
  }

  private static boolean isDate(int year, int month, int day) {
    if (year < 1_900 || year > 9_999 || month < 1 || month > 12 || day < 1) {
      return false;
    }
    int length =
        switch (month) {
          case 2 -> (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28;
          case 4, 6, 9, 11 -> 30;
          default -> 31;
        };
    return day <= length;
  }

  /// Days since 1970 of a Gregorian date (Howard Hinnant, "chrono-compatible low-level date
  /// algorithms", `days_from_civil`).
  static long days(int year, int month, int day) {
    long y = month <= 2 ? year - 1L : year;
    long era = Math.floorDiv(y, 400);
    long yearOfEra = y - era * 400;
    long dayOfYear = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097 + dayOfEra - 719_468;
  }

  /// 1 to 12 for `Jan` to `Dec` in any case, else 0.
  static int month(byte[] b, int at) {
    int key = ((b[at] | 0x20) << 16) | ((b[at + 1] | 0x20) << 8) | (b[at + 2] | 0x20);
    return switch (key) {
      case ('j' << 16) | ('a' << 8) | 'n' -> 1;
      case ('f' << 16) | ('e' << 8) | 'b' -> 2;
      case ('m' << 16) | ('a' << 8) | 'r' -> 3;
      case ('a' << 16) | ('p' << 8) | 'r' -> 4;
      case ('m' << 16) | ('a' << 8) | 'y' -> 5;
      case ('j' << 16) | ('u' << 8) | 'n' -> 6;
      case ('j' << 16) | ('u' << 8) | 'l' -> 7;
      case ('a' << 16) | ('u' << 8) | 'g' -> 8;
      case ('s' << 16) | ('e' << 8) | 'p' -> 9;
      case ('o' << 16) | ('c' << 8) | 't' -> 10;
      case ('n' << 16) | ('o' << 8) | 'v' -> 11;
      case ('d' << 16) | ('e' << 8) | 'c' -> 12;
      default -> 0;
    };
  }

  private static int two(byte[] b, int at) {
    int tens = b[at] - '0';
    int ones = b[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
  }

  private static int four(byte[] b, int at) {
    int first = two(b, at);
    int second = two(b, at + 2);
    return first < 0 || second < 0 ? -1 : first * 100 + second;
  }
}
