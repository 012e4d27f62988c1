package dev.vedette.store;

import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.util.Map;

/// Immutable. The figures of a time range.
///
/// @param openAlerts alerts that are not resolved, by severity, whatever the range
/// @param suspiciousIps distinct source addresses among detections
public record Statistics(
    long events,
    long suspicious,
    long detections,
    Map<Severity, Long> detectionsBySeverity,
    Map<ThreatClass, Long> detectionsByClass,
    Map<Severity, Long> openAlerts,
    long suspiciousIps,
    long firstMs,
    long lastMs) {}
