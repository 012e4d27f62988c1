package dev.vedette.event;

import java.util.Optional;

/// Immutable. The name of one stored event for ever: its source's number and its place in that
/// source, from 1 up. Survives merging of blocks. Written `12-34567`.
public record EventId(int source, long sequence) implements Comparable<EventId> {
  @Override
  public String toString() {
    return source + "-" + sequence;
  }

  /// Reads what [#toString] wrote; empty for anything else.
  public static Optional<EventId> parse(String text) {
    int dash = text.indexOf('-');
    if (dash <= 0 || dash == text.length() - 1 || text.length() > 31) {
      return Optional.empty();
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (i != dash && (c < '0' || c > '9')) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(
          new EventId(
              Integer.parseInt(text, 0, dash, 10),
              Long.parseLong(text, dash + 1, text.length(), 10)));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  @Override
  public int compareTo(EventId other) {
    int bySource = Integer.compare(source, other.source);
    return bySource != 0 ? bySource : Long.compare(sequence, other.sequence);
  }
}
