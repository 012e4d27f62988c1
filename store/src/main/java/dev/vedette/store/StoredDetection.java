package dev.vedette.store;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.Detection;

/// Immutable. A detection as stored.
///
/// @param status of its event in the simple log API
public record StoredDetection(long id, Detection detection, long alertId, AlertStatus status) {}
