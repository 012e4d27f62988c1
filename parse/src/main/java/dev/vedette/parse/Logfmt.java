package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;

/// Confined to one worker. logfmt: `time=2026-03-01T12:00:00Z level=info msg="user in" user=bob`.
///
/// Taken where the line begins with a pair, has at least two and at most half as many bare words.
/// Values may be quoted with `\` escapes; bare words are not fields. The usual names are mapped to
/// ECS ([WellKnownKeys]).
final class Logfmt {
  private static final int KEY_BYTES_MAX = 128;

  private final Fields fields;
  private final WellKnownKeys keys;

  /// Where the parts of the pair stand that [#next] read last.
  private int keyFrom;

  private int keyTo;
  private int valueFrom;
  private int valueTo;

  Logfmt(Fields fields, WellKnownKeys keys) {
    this.fields = fields;
    this.keys = keys;
  }

  boolean read(byte[] b, int from, int to) {
    if (!isLogfmt(b, from, to)) {
      return false;
    }
    addPairs(b, from, to);
    Event event = fields.event;
    event.dataset(Datasets.LOGFMT);
    keys.readTime();
    if (!keys.web()) {
      keys.map(false);
    }
    if (!event.has(Ecs.SOURCE_IP)) {
      fields.addSourceFoundIn(b, from, to);
    }
    return true;
  }

  private boolean isLogfmt(byte[] b, int from, int to) {
    int pairs = 0;
    int words = 0;
    int p = Scan.skipSpaces(b, from, to);
    while (p < to) {
      p = next(b, p, to);
      if (keyTo > keyFrom) {
        pairs++;
      } else {
        words++;
        if (pairs == 0) {
          return false;
        }
      }
      p = Scan.skipSpaces(b, p, to);
    }
    return pairs >= 2 && words * 2 <= pairs;
  }

  private void addPairs(byte[] b, int from, int to) {
    Event event = fields.event;
    int p = Scan.skipSpaces(b, from, to);
    while (p < to) {
      p = next(b, p, to);
      if (keyTo > keyFrom && valueTo > valueFrom) {
        int field =
            keyTo - keyFrom > KEY_BYTES_MAX
                ? FieldDictionary.NONE
                : fields.dictionary.intern(b, keyFrom, keyTo);
        if (b[valueFrom - 1] == '"' && Scan.indexOf(b, valueFrom, valueTo, '\\') >= 0) {
          byte[] scratch = event.scratch(valueTo - valueFrom);
          int start = event.scratchUsed();
          int end = JsonReader.decode(b, valueFrom, valueTo, scratch, start);
          event.scratchUsed(end);
          event.add(field, scratch, start, end);
        } else {
          event.add(field, b, valueFrom, valueTo, Event.Kind.STRING);
        }
      }
      p = Scan.skipSpaces(b, p, to);
    }
  }

  /// Reads a pair or a bare word (then the key is empty); answers where it ends.
  private int next(byte[] b, int from, int to) {
    int p = from;
    while (p < to && isKeyByte(b[p])) {
      p++;
    }
    keyFrom = from;
    keyTo = from;
    valueFrom = from;
    valueTo = from;
    if (p == from || p >= to || b[p] != '=') {
      while (p < to && b[p] != ' ' && b[p] != '\t') {
        p++;
      }
      return p;
    }
    keyTo = p;
    p++;
    if (p < to && b[p] == '"') {
      int quote = AccessLog.closingQuote(b, p + 1, to);
      valueFrom = p + 1;
      valueTo = quote < 0 ? to : quote;
      return quote < 0 ? to : quote + 1;
    }
    valueFrom = p;
    while (p < to && b[p] != ' ' && b[p] != '\t') {
      p++;
    }
    valueTo = p;
    return p;
  }

  private static boolean isKeyByte(byte c) {
    return Scan.isLetter(c)
        || Scan.isDigit(c)
        || c == '_'
        || c == '.'
        || c == '-'
        || c == '/'
        || c == '@';
  }
}
