package dev.vedette.event;

import java.util.List;

/// Immutable. One rule that fired, on one event or (a correlation) on several; explained.
///
/// @param ruleId the Sigma rule's id
/// @param title the rule's title
/// @param techniques ATT&CK technique ids, such as `T1110.001`
/// @param timeMs event time of the event that completed it, milliseconds since 1970 UTC
/// @param event the event that completed it
/// @param entity whom the alert is grouped by
/// @param sourceIp the attacker's canonical address, or empty
/// @param userName the user concerned, or empty
/// @param hostName the host concerned, or empty
/// @param reason one sentence in plain words
/// @param events how many events it stands for: 1, or what a correlation counted
/// @param original the line, cut to [#ORIGINAL_CHARS_MAX] characters
public record Detection(
    String ruleId,
    String title,
    Severity severity,
    ThreatClass threatClass,
    List<String> techniques,
    long timeMs,
    EventId event,
    Entity entity,
    String sourceIp,
    String userName,
    String hostName,
    String reason,
    List<Evidence> evidence,
    long events,
    String original) {
  public static final int ORIGINAL_CHARS_MAX = 8_192;

  public Detection {
    techniques = List.copyOf(techniques);
    evidence = List.copyOf(evidence);
  }

  /// The same detection on an event that got its final number only now.
  public Detection of(EventId numbered) {
    return numbered.equals(event)
        ? this
        : new Detection(
            ruleId,
            title,
            severity,
            threatClass,
            techniques,
            timeMs,
            numbered,
            entity,
            sourceIp,
            userName,
            hostName,
            reason,
            evidence,
            events,
            original);
  }
}
