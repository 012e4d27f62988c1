package dev.vedette.event;

import java.util.Locale;
import java.util.Optional;

/// Immutable. Sigma's five levels, from least to most severe.
public enum Severity {
  INFORMATIONAL,
  LOW,
  MEDIUM,
  HIGH,
  CRITICAL;

  /// The word as Sigma, the API and the pages write it: `informational`, `low`, ...
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The level of a word, whatever its case; empty for any other word.
  public static Optional<Severity> ofWord(String word) {
    for (var severity : values()) {
      if (severity.name().equalsIgnoreCase(word)) {
        return Optional.of(severity);
      }
    }
    return Optional.empty();
  }

  public boolean isAtLeast(Severity other) {
    return compareTo(other) >= 0;
  }
}
