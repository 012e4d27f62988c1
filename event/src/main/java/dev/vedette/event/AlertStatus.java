package dev.vedette.event;

import java.util.Locale;
import java.util.Optional;

/// Immutable. Where people are with an alert.
public enum AlertStatus {
  NEW,
  ACKNOWLEDGED,
  IN_PROGRESS,
  RESOLVED,
  FALSE_POSITIVE;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether the alert still wants something from people: further detections update it.
  public boolean isOpen() {
    return this != RESOLVED && this != FALSE_POSITIVE;
  }

  public static Optional<AlertStatus> ofWord(String word) {
    for (var status : values()) {
      if (status.word().equalsIgnoreCase(word)) {
        return Optional.of(status);
      }
    }
    return Optional.empty();
  }
}
