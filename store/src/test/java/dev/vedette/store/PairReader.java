package dev.vedette.store;

import dev.vedette.event.Dataset;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LineReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Confined to one thread. Reads lines of `name=value` words; `t=` is the time in milliseconds.
final class PairReader implements LineReader {
  private static final Dataset PAIRS = new Dataset("pairs", "pairs", List.of());
  private final FieldDictionary dictionary;

  PairReader(FieldDictionary dictionary) {
    this.dictionary = dictionary;
  }

  @Override
  public void read(byte[] bytes, int from, int to, long receivedMs, String hint, Event out) {
    out.begin(bytes, from, to);
    int at = from;
    while (at < to) {
      int end = at;
      int equals = -1;
      while (end < to && bytes[end] != ' ') {
        if (bytes[end] == '=' && equals < 0) {
          equals = end;
        }
        end++;
      }
      if (equals > at) {
        out.dataset(PAIRS);
        if (equals == at + 1 && bytes[at] == 't') {
          out.timeMs(time(new String(bytes, equals + 1, end - equals - 1, StandardCharsets.UTF_8)));
        } else {
          out.add(dictionary.intern(bytes, at, equals), equals + 1, end);
        }
      }
      at = end + 1;
    }
  }

  private static long time(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      return Event.NO_TIME;
    }
  }
}
