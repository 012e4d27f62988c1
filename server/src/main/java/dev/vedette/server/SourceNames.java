package dev.vedette.server;

import dev.vedette.store.Store;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Thread-safe: guarded by `this`. The names that clients gave to what they send: whoever may send
/// must not make sources without end.
///
/// A name counts once something of it is durable, and while lines of it are on their way to that. A
/// request that leaves nothing uses up no name.
final class SourceNames {
  static final int MAX = 1_000;
  static final String PREFIX = "http:";

  private final Store store;
  private final Set<String> durable = new HashSet<>();
  private final Map<String, Integer> underWay = new HashMap<>();
  private boolean read;

  SourceNames(Store store) {
    this.store = store;
  }

  /// Refuses a name that would be one too many.
  synchronized void check(String name) {
    if (!read) {
      for (var known : store.sources()) {
        if (known.name().startsWith(PREFIX)) {
          durable.add(known.name());
        }
      }
      read = true;
    }
    boolean isNew = !durable.contains(name) && !underWay.containsKey(name);
    if (isNew && durable.size() + underWay.size() >= MAX) {
      throw Problem.invalid(
          "source", "There are %d sources already; use the name of one of them.".formatted(MAX));
    }
  }

  /// Takes a name for lines that are about to be handed on; [#end] must follow.
  synchronized void begin(String name) {
    check(name);
    if (!durable.contains(name)) {
      underWay.merge(name, 1, Integer::sum);
    }
  }

  /// What became of the lines.
  ///
  /// @param isDurable whether any of them were stored
  synchronized void end(String name, boolean isDurable) {
    underWay.computeIfPresent(name, (_, requests) -> requests == 1 ? null : requests - 1);
    if (isDurable) {
      durable.add(name);
    }
  }
}
