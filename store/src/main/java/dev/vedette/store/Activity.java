package dev.vedette.store;

/// Immutable. One line of the activity feed: something the product or a person did.
///
/// @param type a stable word such as `alert_opened`, `alert_status`, `login`, `allow_list`,
///   `source_started`
/// @param message one sentence; may hold attacker text, so it is shown as text only
public record Activity(long id, long timeMs, String type, String message) {}
