package dev.vedette.event;

import java.util.List;

/// Immutable. What people triage: the detections of one rule about one entity, folded into one row
/// that is updated while the attack goes on.
///
/// @param id given by whoever opens the alert, unique and growing; shown as `a-17`
/// @param firstMs event time of the first detection, milliseconds since 1970 UTC
/// @param lastMs event time of the latest detection
/// @param events how many events the detections stand for
/// @param detections how many detections were folded into it
/// @param reason the sentence of the latest detection
/// @param advice what to do about it, from the rule; may be empty
/// @param changedMs processing time of the last change, by a detection or by a person
/// @param changedBy who set the status last; empty where nobody did
/// @param statusMs when that was; 0 where nobody did
/// @param note what that person wrote; may be empty
/// @param counted where several events make a detection: the latest of them, oldest first, so that
///   people see what was counted; else empty, for each detection names its event
public record Alert(
    long id,
    String ruleId,
    String title,
    Severity severity,
    ThreatClass threatClass,
    List<String> techniques,
    Entity entity,
    String sourceIp,
    String userName,
    String hostName,
    AlertStatus status,
    long firstMs,
    long lastMs,
    long events,
    long detections,
    String reason,
    String advice,
    long changedMs,
    String changedBy,
    long statusMs,
    String note,
    List<EventId> counted) {
  public Alert {
    techniques = List.copyOf(techniques);
    counted = List.copyOf(counted);
  }

  /// The id as people and the API write it.
  public String name() {
    return "a-" + id;
  }
}
