package dev.vedette.event;

import java.util.Locale;

/// Immutable. Whom or what an alert is about.
public record Entity(Kind kind, String value) {
  public enum Kind {
    IP,
    USER,
    HOST,
    DOMAIN,
    URL,
    FILE,
    SESSION,
    /// A detection that names nobody: grouped by its source of lines.
    SOURCE;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
