package dev.vedette.store;

import dev.vedette.event.Severity;
import org.jspecify.annotations.Nullable;

/// Immutable. Which detections to list; newest first.
///
/// @param alertId 0: of any alert
/// @param sourceIp exact; empty: any
/// @param limit at most this many, up to 1,000
public record DetectionQuery(
    TimeRange range, long alertId, @Nullable Severity minSeverity, String sourceIp, int limit) {}
