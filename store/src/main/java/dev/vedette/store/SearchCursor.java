package dev.vedette.store;

import dev.vedette.event.EventId;
import java.util.Optional;

/// Immutable. The place of an event in the order of search results: newest event time first, then
/// the higher id. Survives merging of blocks. Written `1760000000000.12-34567`.
public record SearchCursor(long timeMs, EventId event) implements Comparable<SearchCursor> {
  /// Older events are less.
  @Override
  public int compareTo(SearchCursor other) {
    int byTime = Long.compare(timeMs, other.timeMs);
    return byTime != 0 ? byTime : event.compareTo(other.event);
  }

  @Override
  public String toString() {
    return timeMs + "." + event;
  }

  /// Reads what [#toString] wrote; empty for anything else.
  public static Optional<SearchCursor> parse(String text) {
    int dot = text.indexOf('.');
    if (dot <= 0 || dot > 20) {
      return Optional.empty();
    }
    try {
      long timeMs = Long.parseLong(text, 0, dot, 10);
      return EventId.parse(text.substring(dot + 1)).map(event -> new SearchCursor(timeMs, event));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }
}
