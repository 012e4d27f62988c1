package dev.vedette.store;

/// Immutable. An event with detections.
///
/// @param place where it stands among the others: the time of its newest detection, and its id
/// @param worst the worst of its detections, which need not be the newest
public record SuspiciousEvent(SearchCursor place, StoredDetection worst) {}
