package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.IpAddress;

/// Confined to one worker. The event being filled, and what adding typed values to it takes.
///
/// Readers take the array they read from as an argument: it is the line, or the event's scratch
/// space for a message that had to be decoded first. Either stays unchanged while the event is
/// read.
final class Fields {
  final FieldDictionary dictionary;
  final IpAddress ip = new IpAddress();
  final Times times = new Times();
  Event event;
  long receivedMs;
  String hint = "";

  Fields(FieldDictionary dictionary) {
    this.dictionary = dictionary;
    this.event = new Event(dictionary);
  }

  void begin(Event event, long receivedMs, String hint) {
    this.event = event;
    this.receivedMs = receivedMs;
    this.hint = hint;
  }

  void add(int field, byte[] b, int from, int to) {
    event.add(field, b, from, to);
  }

  void add(int field, byte[] constant) {
    event.add(field, constant);
  }

  /// Adds a value where there is one: neither empty nor `-`.
  void addPresent(int field, byte[] b, int from, int to) {
    if (to > from && (to - from > 1 || b[from] != '-')) {
      event.add(field, b, from, to);
    }
  }

  /// Adds an address field in canonical form; answers false and adds nothing where it is no
  /// address.
  boolean addIp(int field, byte[] b, int from, int to) {
    if (!ip.parse(b, from, to)) {
      return false;
    }
    addParsedIp(field, b);
    return true;
  }

  /// Adds the address that [#ip] holds, which was read from `b`.
  void addParsedIp(int field, byte[] b) {
    if (ip.isCanonical()) {
      event.add(field, b, ip.start(), ip.end());
    } else {
      byte[] scratch = event.scratch(IpAddress.TEXT_BYTES_MAX);
      int at = event.scratchUsed();
      int end = ip.write(scratch, at);
      event.scratchUsed(end);
      event.add(field, scratch, at, end);
    }
  }

  /// Adds who a line came from: `source.address` as it stands there, and `source.ip` where it is an
  /// address, else `source.domain` where it can be a host name. Empty and `-` are nobody.
  void addSource(byte[] b, int from, int to) {
    if (to <= from || (to - from == 1 && (b[from] == '-' || b[from] == '?'))) {
      return;
    }
    event.add(Ecs.SOURCE_ADDRESS, b, from, to);
    if (ip.parse(b, from, to)) {
      addParsedIp(Ecs.SOURCE_IP, b);
    } else if (isHostName(b, from, to)) {
      event.add(Ecs.SOURCE_DOMAIN, b, from, to);
    }
  }

  /// As [#addSource], for text that may carry a port: `1.2.3.4:80`, `[::1]:80`, `host:80`.
  void addSourceWithPort(byte[] b, int from, int to) {
    int colon = Scan.lastIndexOf(b, from, to, ':');
    if (colon > from && Scan.isPort(b, colon + 1, to)) {
      boolean bracketed = b[from] == '[' && b[colon - 1] == ']';
      if (bracketed || Scan.indexOf(b, from, colon, ':') < 0) {
        addSourceAndPort(b, from, colon, to);
        return;
      }
    }
    addSource(b, from, to);
  }

  /// As [#addSource], for Apache's `address:port`, which puts no brackets around an IPv6 address:
  /// the last colon is the port's wherever an address stands before it.
  void addSourceThenPort(byte[] b, int from, int to) {
    int colon = Scan.lastIndexOf(b, from, to, ':');
    if (colon > from && Scan.isPort(b, colon + 1, to) && ip.parse(b, from, colon)) {
      addSourceAndPort(b, from, colon, to);
    } else {
      addSourceWithPort(b, from, to);
    }
  }

  private void addSourceAndPort(byte[] b, int from, int colon, int to) {
    boolean bracketed = b[from] == '[' && b[colon - 1] == ']';
    addSource(b, bracketed ? from + 1 : from, bracketed ? colon - 1 : colon);
    event.add(Ecs.SOURCE_PORT, b, colon + 1, to);
  }

  /// Adds where a line says the traffic went, or the host that was asked for.
  void addDestination(byte[] b, int from, int to) {
    if (ip.parse(b, from, to)) {
      addParsedIp(Ecs.DESTINATION_IP, b);
    } else if (isHostName(b, from, to)) {
      event.add(Ecs.DESTINATION_DOMAIN, b, from, to);
    }
  }

  /// Adds the first address that stands in a text, if the event has no source yet.
  void addSourceFoundIn(byte[] b, int from, int to) {
    if (!event.has(Ecs.SOURCE_IP) && ip.find(b, from, to)) {
      event.add(Ecs.SOURCE_ADDRESS, b, ip.start(), ip.end());
      addParsedIp(Ecs.SOURCE_IP, b);
    }
  }

  /// That this is an event, once.
  void kind() {
    if (!event.has(Ecs.EVENT_KIND)) {
      add(Ecs.EVENT_KIND, Values.EVENT);
    }
  }

  /// Kind, category and one type.
  void kind(byte[] category, byte[] type) {
    kind();
    add(Ecs.EVENT_CATEGORY, category);
    add(Ecs.EVENT_TYPE, type);
  }

  void kind(byte[] category, byte[] type, byte[] secondType) {
    kind(category, type);
    add(Ecs.EVENT_TYPE, secondType);
  }

  void outcome(boolean success) {
    add(Ecs.EVENT_OUTCOME, success ? Values.SUCCESS : Values.FAILURE);
  }

  /// Adds the text between the quotes at `from`, or the whole text up to a blank where there are
  /// none.
  void addQuoted(int field, byte[] b, int from, int to) {
    if (from >= to) {
      return;
    }
    byte quote = b[from];
    if (quote == '\'' || quote == '"' || quote == '`') {
      int close = Scan.indexOf(b, from + 1, to, quote == '`' ? '\'' : (char) quote);
      addPresent(field, b, from + 1, close < 0 ? to : close);
    } else {
      addPresent(field, b, from, Scan.trimEnd(b, from, to));
    }
  }

  /// Letters, digits, `-`, `_` and `.`, as host names go.
  static boolean isHostName(byte[] b, int from, int to) {
    if (to - from > 253 || to <= from) {
      return false;
    }
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (!Scan.isLetter(c) && !Scan.isDigit(c) && c != '-' && c != '.' && c != '_') {
        return false;
      }
    }
    return Scan.isLetter(b[from]) || Scan.isDigit(b[from]);
  }
}
