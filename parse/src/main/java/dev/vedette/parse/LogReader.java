package dev.vedette.parse;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LineReader;

/// Confined to one worker. Finds out what every line is and fills the event from it.
///
/// The order in which formats are asked depends on the line alone, and each asks for evidence that
/// costs little: the first byte, the shape of a time, a bracketed date. The hint only says whose
/// access log a line is where the line itself does not. See the package documentation for the
/// formats.
///
/// A UTF-8 byte order mark at the start of a line is skipped. What a JSON line's time cannot be
/// read from, and every line without a time, has [Event#NO_TIME].
public final class LogReader implements LineReader {
  private final Fields fields;
  private final AccessLog access;
  private final ErrorLog error;
  private final Syslog syslog;
  private final SshdMessage sshd;
  private final PlainText plain;
  private final JsonLine json;
  private final Logfmt logfmt;
  private final JsonLine.Inner inner = this::readInner;

  private String lastHint = "";
  private Dataset lastAccess = Datasets.WEB_ACCESS;

  public LogReader(FieldDictionary dictionary) {
    fields = new Fields(dictionary);
    var url = new UrlReader(fields);
    sshd = new SshdMessage(fields);
    access = new AccessLog(fields, url);
    var login = new LoginFailure(fields);
    error = new ErrorLog(fields, url, access, login);
    plain = new PlainText(fields, access, login);
    var keys = new WellKnownKeys(fields, url, access, login);
    syslog = new Syslog(fields, sshd, access, error, login, keys);
    json = new JsonLine(fields, keys, syslog);
    logfmt = new Logfmt(fields, keys);
  }

  @Override
  public void read(byte[] bytes, int from, int to, long receivedMs, String hint, Event out) {
    out.begin(bytes, from, to);
    fields.begin(out, receivedMs, hint);
    if (!hint.equals(lastHint)) {
      lastHint = hint;
      lastAccess = AccessLog.datasetOf(hint);
    }
    int start = from;
    if (to - from >= 3
        && bytes[from] == (byte) 0xef
        && bytes[from + 1] == (byte) 0xbb
        && bytes[from + 2] == (byte) 0xbf) {
      start += 3;
    }
    // Whatever a source left at the end, such as the first half of `\r\r\n`, is part of no field.
    int end = to;
    while (end > start && (bytes[end - 1] == '\r' || bytes[end - 1] == '\n')) {
      end--;
    }
    readLine(bytes, start, end);
  }

  /// Reads the whole line.
  private void readLine(byte[] b, int from, int to) {
    if (from < to && b[from] == '{') {
      if (json.read(b, from, to, inner)) {
        return;
      }
      fields.event.rewind();
    }
    if (from == to || !readKnown(b, from, to)) {
      plain.read(b, from, to);
    }
  }

  /// Reads a line that stands inside a JSON value, whose fields stay. It is not JSON again.
  private void readInner(byte[] b, int from, int to) {
    Event event = fields.event;
    if (from == to || readKnown(b, from, to)) {
      return;
    }
    Dataset outer = event.dataset();
    plain.read(b, from, to);
    event.dataset(outer);
  }

  /// Reads a text of one of the formats that are not JSON; false, with nothing added, where it is
  /// none.
  private boolean readKnown(byte[] b, int from, int to) {
    Event event = fields.event;
    int mark = event.slots();
    Dataset before = event.dataset();
    if (readByFirstByte(b, from, to)) {
      return true;
    }
    event.truncate(mark);
    int bracket = AccessLog.landmark(b, from, to);
    if (bracket >= 0) {
      if (b[from] == '"' && Scan.indexOf(b, from + 1, bracket, '"') < 0) {
        if (readWrapped(b, from, to, bracket)) {
          return true;
        }
      } else if (access.read(b, from, to, bracket, lastAccess)) {
        return true;
      }
      event.truncate(mark);
    }
    if (readWithoutHeader(b, from, to)) {
      return true;
    }
    event.truncate(mark);
    if (logfmt.read(b, from, to)) {
      return true;
    }
    event.truncate(mark);
    event.dataset(before);
    event.timeMs(Event.NO_TIME);
    return false;
  }

  private boolean readByFirstByte(byte[] b, int from, int to) {
    byte first = b[from];
    if (first == '<') {
      return syslog.readWithPriority(b, from, to);
    }
    if (first == '[') {
      return error.readApache(b, from, to);
    }
    if (Scan.isLetter(first)) {
      return syslog.read3164(b, from, to);
    }
    if (Scan.isDigit(first) && to - from > 20) {
      return (b[from + 4] == '-' && syslog.readIso(b, from, to, true))
          || (b[from + 4] == '/' && error.readNginx(b, from, to));
    }
    return false;
  }

  /// An access line that somebody put into quotes as a whole, with its own quotes as they were,
  /// escaped (`\"`) or doubled (`""`).
  private boolean readWrapped(byte[] b, int from, int to, int bracket) {
    int end = to > from + 1 && b[to - 1] == '"' ? to - 1 : to;
    int close = Scan.indexOf(b, bracket, end, ']');
    if (close < 0 || close + 3 >= end || b[close + 1] != ' ') {
      return false;
    }
    boolean escaped = b[close + 2] == '\\' && b[close + 3] == '"';
    boolean doubled = b[close + 2] == '"' && b[close + 3] == '"';
    if (!escaped && !doubled) {
      return access.read(b, from + 1, end, bracket, lastAccess);
    }
    byte escape = b[close + 2];
    Event event = fields.event;
    byte[] scratch = event.scratch(end - from);
    int start = event.scratchUsed();
    int out = start;
    for (int i = from + 1; i < end; i++) {
      if (b[i] == escape && i + 1 < end && (b[i + 1] == '"' || b[i + 1] == escape)) {
        i++;
      }
      scratch[out++] = b[i];
    }
    event.scratchUsed(out);
    int inner = AccessLog.landmark(scratch, start, out);
    return inner >= 0 && access.read(scratch, start, out, inner, lastAccess);
  }

  /// Messages of daemons whose header is gone: `sshd[4711]: ...`, or sshd's own words.
  private boolean readWithoutHeader(byte[] b, int from, int to) {
    if (!Scan.isLetter(b[from])) {
      return false;
    }
    if (SshdMessage.mayBegin(b, from, to) && sshd.read(b, from, to)) {
      fields.event.dataset(Datasets.SSHD);
      fields.add(Ecs.MESSAGE, b, from, to);
      return true;
    }
    return syslog.readHeaderless(b, from, to);
  }
}
