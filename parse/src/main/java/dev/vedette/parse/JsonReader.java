package dev.vedette.parse;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;

/// Confined to one worker. Reads one JSON object (RFC 8259) and adds every scalar in it to the
/// event, under its keys joined by dots: `{"a":{"b":[1,2]}}` gives `a.b` twice.
///
/// Lenient where logs are sloppy: control characters inside strings, `\xHH` (nginx's default
/// escape) and unknown escapes are taken; a key that comes twice adds twice. Strict where it must
/// be: the object has to be complete and nothing may follow it, else it is not JSON.
///
/// Values without escapes are views; decoded ones live in the event's scratch space. Objects and
/// arrays deeper than [#DEPTH_MAX] are not taken apart: their text becomes one value. Names longer
/// than [#NAME_BYTES_MAX] have no field and mark the event truncated.
final class JsonReader {
  static final int DEPTH_MAX = 64;
  static final int NAME_BYTES_MAX = 512;

  private final Fields fields;
  private final byte[] name = new byte[NAME_BYTES_MAX];

  private byte[] b = Programs.NONE;
  private int to;
  private int at;

  JsonReader(Fields fields) {
    this.fields = fields;
  }

  /// Adds the fields of the object that is all of `bytes[from, end)`; false where it is none, with
  /// some fields added perhaps.
  boolean read(byte[] bytes, int from, int end) {
    b = bytes;
    to = end;
    at = from;
    skipBlanks();
    if (at >= to || b[at] != '{' || !object(0, 1)) {
      return false;
    }
    skipBlanks();
    return at == to;
  }

  /// Reads an object at its brace. `nameLength` is the length of the name so far, or -1 where it is
  /// too long.
  private boolean object(int nameLength, int depth) {
    at++;
    skipBlanks();
    if (at < to && b[at] == '}') {
      at++;
      return true;
    }
    while (true) {
      if (at >= to || b[at] != '"') {
        return false;
      }
      int childLength = key(nameLength);
      if (at < 0) {
        return false;
      }
      skipBlanks();
      if (at >= to || b[at] != ':') {
        return false;
      }
      at++;
      skipBlanks();
      if (!value(childLength, depth)) {
        return false;
      }
      skipBlanks();
      if (at >= to) {
        return false;
      }
      if (b[at] == '}') {
        at++;
        return true;
      }
      if (b[at] != ',') {
        return false;
      }
      at++;
      skipBlanks();
    }
  }

  private boolean array(int nameLength, int depth) {
    at++;
    skipBlanks();
    if (at < to && b[at] == ']') {
      at++;
      return true;
    }
    while (true) {
      if (!value(nameLength, depth)) {
        return false;
      }
      skipBlanks();
      if (at >= to) {
        return false;
      }
      if (b[at] == ']') {
        at++;
        return true;
      }
      if (b[at] != ',') {
        return false;
      }
      at++;
      skipBlanks();
    }
  }

  private boolean value(int nameLength, int depth) {
    if (at >= to) {
      return false;
    }
    return switch (b[at]) {
      case '{' -> depth < DEPTH_MAX ? object(nameLength, depth + 1) : raw(nameLength);
      case '[' -> depth < DEPTH_MAX ? array(nameLength, depth + 1) : raw(nameLength);
      case '"' -> string(nameLength);
      case 't' -> literal(nameLength, "true", Event.Kind.BOOLEAN);
      case 'f' -> literal(nameLength, "false", Event.Kind.BOOLEAN);
      case 'n' -> literal(nameLength, "null", Event.Kind.NULL);
      default -> number(nameLength);
    };
  }

  private boolean literal(int nameLength, String word, Event.Kind kind) {
    int end = at + word.length();
    if (end > to) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (b[at + i] != word.charAt(i)) {
        return false;
      }
    }
    add(nameLength, b, at, end, kind);
    at = end;
    return true;
  }

  private boolean number(int nameLength) {
    int p = at;
    if (b[p] == '-') {
      p++;
    }
    int digitsFrom = p;
    while (p < to && Scan.isDigit(b[p])) {
      p++;
    }
    if (p == digitsFrom) {
      return false;
    }
    if (p < to && b[p] == '.') {
      int fractionFrom = ++p;
      while (p < to && Scan.isDigit(b[p])) {
        p++;
      }
      if (p == fractionFrom) {
        return false;
      }
    }
    if (p < to && (b[p] == 'e' || b[p] == 'E')) {
      p++;
      if (p < to && (b[p] == '+' || b[p] == '-')) {
        p++;
      }
      int exponentFrom = p;
      while (p < to && Scan.isDigit(b[p])) {
        p++;
      }
      if (p == exponentFrom) {
        return false;
      }
    }
    add(nameLength, b, at, p, Event.Kind.NUMBER);
    at = p;
    return true;
  }

  private boolean string(int nameLength) {
    int from = at + 1;
    int p = Scan.indexOfEither(b, from, to, '"', '\\');
    if (p < 0) {
      return false;
    }
    if (b[p] == '"') {
      add(nameLength, b, from, p, Event.Kind.STRING);
      at = p + 1;
      return true;
    }
    int end = AccessLog.closingQuote(b, p, to);
    if (end < 0) {
      return false;
    }
    Event event = fields.event;
    byte[] scratch = event.scratch(end - from);
    int start = event.scratchUsed();
    int out = decode(b, from, end, scratch, start);
    event.scratchUsed(out);
    add(nameLength, scratch, start, out, Event.Kind.STRING);
    at = end + 1;
    return true;
  }

  /// What is deeper than we go: one value, from its bracket to the matching one.
  private boolean raw(int nameLength) {
    int open = 0;
    int p = at;
    while (p < to) {
      byte c = b[p];
      if (c == '"') {
        p = AccessLog.closingQuote(b, p + 1, to);
        if (p < 0) {
          return false;
        }
      } else if (c == '{' || c == '[') {
        open++;
      } else if (c == '}' || c == ']') {
        open--;
        if (open == 0) {
          add(nameLength, b, at, p + 1, Event.Kind.STRING);
          at = p + 1;
          return true;
        }
      }
      p++;
    }
    return false;
  }

  /// Reads a key at its quote and appends it to the name; answers the new length of the name, -1
  /// where it is too long. Sets [#at] to -1 where the key does not end.
  private int key(int nameLength) {
    int from = at + 1;
    int end = Scan.indexOfEither(b, from, to, '"', '\\');
    boolean escaped = end >= 0 && b[end] == '\\';
    if (escaped) {
      end = AccessLog.closingQuote(b, end, to);
    }
    if (end < 0) {
      at = -1;
      return -1;
    }
    at = end + 1;
    int start = nameLength > 0 ? nameLength + 1 : 0;
    if (nameLength < 0 || start + end - from > NAME_BYTES_MAX) {
      return -1;
    }
    if (nameLength > 0) {
      name[nameLength] = '.';
    }
    if (escaped) {
      return decode(b, from, end, name, start);
    }
    System.arraycopy(b, from, name, start, end - from);
    return start + end - from;
  }

  private void add(int nameLength, byte[] array, int from, int end, Event.Kind kind) {
    int field =
        nameLength < 0 ? FieldDictionary.NONE : fields.dictionary.intern(name, 0, nameLength);
    fields.event.add(field, array, from, end, kind);
  }

  private void skipBlanks() {
    while (at < to && (b[at] == ' ' || b[at] == '\t' || b[at] == '\n' || b[at] == '\r')) {
      at++;
    }
  }

  /// Undoes the escapes of `b[from, to)`; what comes out is never longer. Answers the end in `out`.
  static int decode(byte[] b, int from, int to, byte[] out, int start) {
    int p = start;
    int i = from;
    while (i < to) {
      byte c = b[i];
      if (c != '\\' || i + 1 >= to) {
        out[p++] = c;
        i++;
        continue;
      }
      byte next = b[i + 1];
      i += 2;
      switch (next) {
        case 'n' -> out[p++] = '\n';
        case 't' -> out[p++] = '\t';
        case 'r' -> out[p++] = '\r';
        case 'b' -> out[p++] = '\b';
        case 'f' -> out[p++] = '\f';
        case '"', '\\', '/' -> out[p++] = next;
        case 'u' -> {
          int unit = hex(b, i, to, 4);
          if (unit < 0) {
            out[p++] = '\\';
            out[p++] = 'u';
            continue;
          }
          i += 4;
          if (unit >= 0xd800 && unit < 0xdc00 && i + 6 <= to && b[i] == '\\' && b[i + 1] == 'u') {
            int low = hex(b, i + 2, to, 4);
            if (low >= 0xdc00 && low < 0xe000) {
              unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
              i += 6;
            }
          }
          p = Utf8.write(unit, out, p);
        }
        case 'x' -> {
          int value = hex(b, i, to, 2);
          if (value < 0) {
            out[p++] = '\\';
            out[p++] = 'x';
          } else {
            out[p++] = (byte) value;
            i += 2;
          }
        }
        default -> {
          out[p++] = '\\';
          out[p++] = next;
        }
      }
    }
    return p;
  }

  private static int hex(byte[] b, int from, int to, int digits) {
    if (from + digits > to) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = Scan.hexDigit(b[i]);
      if (digit < 0) {
        return -1;
      }
      value = (value << 4) | digit;
    }
    return value;
  }
}
