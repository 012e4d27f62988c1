package dev.vedette.store;

import dev.vedette.event.Severity;
import java.util.Map;

/// Immutable. One bucket of the timeline; severities without detections are left out.
public record TimelinePoint(
    long startMs, long events, long suspicious, Map<Severity, Long> detections) {}
