package dev.vedette.store;

import dev.vedette.event.Severity;

/// Immutable. One frequent value among detections.
///
/// @param label what to show: the rule's title for a rule, else the value
/// @param events events its detections stand for
public record Top(
    String value,
    String label,
    long detections,
    long events,
    Severity worst,
    long firstMs,
    long lastMs) {
  public enum Dimension {
    SOURCE_IP,
    USER_NAME,
    HOST_NAME,
    RULE,
    THREAT_CLASS,
    TECHNIQUE
  }
}
