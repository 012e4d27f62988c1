package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. Takes a request target apart and decodes it.
///
/// `url.original` is the target as it stands in the log. `url.path`, `url.query` and
/// `url.extension` are percent-decoded once, as ECS's own pipelines do. `vedette.url.decoded` is
/// the whole target as an attacker wants it to be understood in the end: see [#decode].
final class UrlReader {
  private static final int PASSES_MAX = 3;
  private static final int EXTENSION_BYTES_MAX = 24;

  private final Fields fields;

  UrlReader(Fields fields) {
    this.fields = fields;
  }

  /// Adds all URL fields of the request target `b[from, to)`.
  void read(byte[] b, int from, int to) {
    Event event = fields.event;
    event.add(Ecs.URL_ORIGINAL, b, from, to);
    int pathFrom = from;
    if (b[from] != '/') {
      pathFrom = authority(b, from, to);
    }
    int query = Scan.indexOf(b, pathFrom, to, '?');
    int special = Scan.indexOfEither(b, pathFrom, to, '%', '\\');
    boolean coded = special >= 0;
    int pathTo = query < 0 ? to : query;
    if (pathTo > pathFrom) {
      if (coded && special < pathTo) {
        int slot = event.slots();
        addDecodedOnce(Ecs.URL_PATH, b, pathFrom, pathTo);
        if (event.slots() > slot) {
          extension(event.array(slot), event.from(slot), event.to(slot));
        }
      } else {
        event.add(Ecs.URL_PATH, b, pathFrom, pathTo);
        extension(b, pathFrom, pathTo);
      }
    }
    if (query >= 0 && query + 1 < to) {
      if (coded && Scan.indexOf(b, query, to, '%') >= 0) {
        addDecodedOnce(Ecs.URL_QUERY, b, query + 1, to);
      } else {
        event.add(Ecs.URL_QUERY, b, query + 1, to);
      }
    }
    if (coded || (query >= 0 && Scan.indexOf(b, query, to, '+') >= 0)) {
      decode(b, from, to);
    }
  }

  /// Reads `scheme://user@host:port` of an absolute target; answers where its path begins.
  private int authority(byte[] b, int from, int to) {
    Event event = fields.event;
    int p = from;
    while (p < to && p - from < 16 && (Scan.isLetter(b[p]) || b[p] == '+')) {
      p++;
    }
    if (p == from || p + 3 > to || b[p] != ':' || b[p + 1] != '/' || b[p + 2] != '/') {
      return from;
    }
    int hostFrom = p + 3;
    int end = hostFrom;
    int at = -1;
    while (end < to && b[end] != '/' && b[end] != '?' && b[end] != '#') {
      if (b[end] == '@') {
        at = end;
      }
      end++;
    }
    event.add(Ecs.URL_SCHEME, b, from, p);
    if (at >= 0) {
      int colon = Scan.indexOf(b, hostFrom, at, ':');
      event.add(Ecs.URL_USERNAME, b, hostFrom, colon < 0 ? at : colon);
      hostFrom = at + 1;
    }
    host(b, hostFrom, end);
    return end;
  }

  /// Adds `url.domain` and `url.port` of `host`, `host:80` or `[::1]:80`.
  void host(byte[] b, int from, int to) {
    int hostTo = to;
    int colon = Scan.lastIndexOf(b, from, to, ':');
    if (colon > from
        && Scan.isPort(b, colon + 1, to)
        && (b[colon - 1] == ']' || Scan.indexOf(b, from, colon, ':') < 0)) {
      hostTo = colon;
      fields.add(Ecs.URL_PORT, b, colon + 1, to);
    }
    fields.addPresent(Ecs.URL_DOMAIN, b, from, hostTo);
  }

  private void extension(byte[] b, int from, int to) {
    for (int i = to - 1; i >= from && to - i <= EXTENSION_BYTES_MAX; i--) {
      byte c = b[i];
      if (c == '.') {
        if (i + 1 < to) {
          fields.add(Ecs.URL_EXTENSION, b, i + 1, to);
        }
        return;
      }
      if (!Scan.isLetter(c) && !Scan.isDigit(c) && c != '_' && c != '-' && c != '~') {
        return;
      }
    }
  }

  private void addDecodedOnce(int field, byte[] b, int from, int to) {
    Event event = fields.event;
    byte[] scratch = event.scratch(to - from);
    int at = event.scratchUsed();
    int out = at;
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (c == '%' && i + 2 < to) {
        int high = Scan.hexDigit(b[i + 1]);
        int low = Scan.hexDigit(b[i + 2]);
        if (high >= 0 && low >= 0) {
          scratch[out++] = (byte) ((high << 4) | low);
          i += 2;
          continue;
        }
      }
      scratch[out++] = c;
    }
    event.scratchUsed(out);
    event.add(field, scratch, at, out);
  }

  /// Adds `vedette.url.decoded` where decoding changes the target: the log's own escapes (`\x22`,
  /// `\"`) first, then up to three passes of percent-decoding (`%27`, `%u0027`) while they change
  /// something, `+` in the query as a space (first pass), and overlong UTF-8 (`%c0%af`) as the
  /// character that careless servers see in it.
  void decode(byte[] b, int from, int to) {
    Event event = fields.event;
    int length = to - from;
    byte[] scratch = event.scratch(length);
    int at = event.scratchUsed();
    int out = unescapeLog(b, from, to, scratch, at);
    boolean changed = out - at != length;
    boolean query = false;
    for (int i = at; i < out; i++) {
      if (scratch[i] == '?') {
        query = true;
      } else if (query && scratch[i] == '+') {
        scratch[i] = ' ';
        changed = true;
      }
    }
    for (int pass = 0; pass < PASSES_MAX; pass++) {
      int before = out;
      out = percentDecode(scratch, at, out);
      if (out == before) {
        break;
      }
      changed = true;
    }
    int folded = foldOverlong(scratch, at, out);
    changed |= folded != out;
    out = folded;
    if (changed) {
      event.scratchUsed(out);
      event.add(Ecs.URL_DECODED, scratch, at, out);
    }
  }

  /// What Apache and nginx escape in a quoted field, undone; answers the end in `out`.
  static int unescapeLog(byte[] b, int from, int to, byte[] out, int at) {
    int p = at;
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (c == '\\' && i + 1 < to) {
        byte next = b[i + 1];
        if (next == 'x' && i + 3 < to) {
          int high = Scan.hexDigit(b[i + 2]);
          int low = Scan.hexDigit(b[i + 3]);
          if (high >= 0 && low >= 0) {
            out[p++] = (byte) ((high << 4) | low);
            i += 3;
            continue;
          }
        } else if (next == '"' || next == '\\') {
          out[p++] = next;
          i++;
          continue;
        }
      }
      out[p++] = c;
    }
    return p;
  }

  /// One pass in place; answers the new end, which is the old one if and only if nothing was coded.
  private static int percentDecode(byte[] b, int from, int to) {
    int out = from;
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (c == '%' && i + 2 < to) {
        int high = Scan.hexDigit(b[i + 1]);
        int low = Scan.hexDigit(b[i + 2]);
        if (high >= 0 && low >= 0) {
          b[out++] = (byte) ((high << 4) | low);
          i += 2;
          continue;
        }
        if ((b[i + 1] | 0x20) == 'u' && i + 5 < to) {
          int unit = 0;
          for (int k = 2; k < 6 && unit >= 0; k++) {
            int digit = Scan.hexDigit(b[i + k]);
            unit = digit < 0 ? -1 : (unit << 4) | digit;
          }
          if (unit >= 0) {
            if (unit >= 0xff01 && unit <= 0xff5e) {
              // Full-width forms: IIS and friends map them back to ASCII.
              unit -= 0xfee0;
            }
            out = Utf8.write(unit, b, out);
            i += 5;
            continue;
          }
        }
      }
      b[out++] = c;
    }
    return out;
  }

  /// Two- and three-byte forms of ASCII characters, in place.
  private static int foldOverlong(byte[] b, int from, int to) {
    int out = from;
    for (int i = from; i < to; i++) {
      int c = b[i] & 0xff;
      if ((c == 0xc0 || c == 0xc1) && i + 1 < to && (b[i + 1] & 0xc0) == 0x80) {
        b[out++] = (byte) (((c & 1) << 6) | (b[i + 1] & 0x3f));
        i++;
      } else if (c == 0xe0
          && i + 2 < to
          && (b[i + 1] & 0xfe) == 0x80
          && (b[i + 2] & 0xc0) == 0x80) {
        b[out++] = (byte) (((b[i + 1] & 1) << 6) | (b[i + 2] & 0x3f));
        i += 2;
      } else {
        b[out++] = b[i];
      }
    }
    return out;
  }
}
