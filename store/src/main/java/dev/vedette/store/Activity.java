package dev.vedette.store;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.EventId;

/// Immutable. One line of the activity feed: something the product or a person did.
///
/// What the store writes by itself beside a change is made here, so that whoever tells those who
/// watch can tell the same entry in the same words.
///
/// @param id 0 before it is stored
/// @param type a stable word such as `alert_opened`, `alert_status`, `login`, `allow_list`,
///   `source_started`
/// @param message one sentence; may hold attacker text, so it is shown as text only
public record Activity(long id, long timeMs, String type, String message) {
  /// [Store#allow] was done.
  public static Activity allowed(String ip, String who, long nowMs) {
    return new Activity(0, nowMs, "allow_list", who + " added " + ip + " to the allow-list");
  }

  /// [Store#disallow] was done.
  public static Activity disallowed(String ip, String who, long nowMs) {
    return new Activity(0, nowMs, "allow_list", who + " removed " + ip + " from the allow-list");
  }

  /// [Store#setAlertStatus] was done.
  public static Activity alertStatus(
      long alert, String title, AlertStatus status, String who, long nowMs) {
    return new Activity(
        0,
        nowMs,
        "alert_status",
        who + " set alert a-" + alert + " (" + title + ") to " + status.word());
  }

  /// [Store#setEventStatus] was done.
  public static Activity eventStatus(EventId event, AlertStatus status, String who, long nowMs) {
    return new Activity(
        0, nowMs, "event_status", who + " set event " + event + " to " + status.word());
  }
}
