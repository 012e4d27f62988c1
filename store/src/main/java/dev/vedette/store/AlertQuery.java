package dev.vedette.store;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Immutable. Which alerts to list; newest `lastMs` first.
///
/// @param statuses empty: any
/// @param text part of title, entity, or reason, whatever its case; empty: any
/// @param entity exact entity value; empty: any
/// @param offset how many to skip
/// @param limit at most this many, up to 1,000
public record AlertQuery(
    TimeRange range,
    Set<AlertStatus> statuses,
    @Nullable Severity minSeverity,
    @Nullable ThreatClass threatClass,
    String text,
    String entity,
    int offset,
    int limit) {}
