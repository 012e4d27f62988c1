package dev.vedette.server;

import java.util.Locale;
import java.util.Optional;

/// Immutable. What credentials allow; the contract's `x-roles` name who may call what.
public enum Role {
  /// Everything.
  ADMIN,
  /// Sending events, nothing else.
  INGEST,
  /// Reading the figures for Prometheus, nothing else.
  METRICS;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> ofWord(String word) {
    for (var role : values()) {
      if (role.word().equals(word)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
