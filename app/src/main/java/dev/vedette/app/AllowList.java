package dev.vedette.app;

import java.util.HashSet;
import java.util.Set;

/// Thread-safe: readers see an immutable set that is replaced as a whole. The canonical addresses
/// that are never an anomaly in the simple log API.
final class AllowList {
  private volatile Set<String> addresses = Set.of();

  void replace(Iterable<String> canonical) {
    var copy = new HashSet<String>();
    canonical.forEach(copy::add);
    addresses = Set.copyOf(copy);
  }

  boolean contains(String canonical) {
    return addresses.contains(canonical);
  }

  boolean isEmpty() {
    return addresses.isEmpty();
  }
}
