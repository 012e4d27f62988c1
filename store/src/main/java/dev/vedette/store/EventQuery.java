package dev.vedette.store;

import org.jspecify.annotations.Nullable;

/// Immutable. A search over stored events. The range is one of event time (of receipt, where an
/// event has no time of its own).
///
/// @param expression parsed by `Query.parse`; [Query#EVERYTHING] for all
/// @param source only events of this source; empty: any
/// @param limit at most this many, up to 10,000
/// @param before only events that come after this place in the order of results (the cursor of the
///   page before); null for the first page
/// @param suspicious true: only events with a detection; false: only events without; null: both
/// @param deadlineMs give up after this many milliseconds and say so in the result
public record EventQuery(
    TimeRange range,
    Query expression,
    String source,
    int limit,
    @Nullable SearchCursor before,
    @Nullable Boolean suspicious,
    long deadlineMs) {}
