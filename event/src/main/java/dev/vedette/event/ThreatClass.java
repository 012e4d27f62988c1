package dev.vedette.event;

import java.util.Locale;
import java.util.Optional;

/// Immutable. What kind of trouble a detection is: the closed list that reports, charts and batch
/// interfaces count by.
public enum ThreatClass {
  BRUTE_FORCE,
  EXPLOIT,
  SCAN,
  BAD_BOT,
  FLOOD,
  PRIVILEGE_ESCALATION,
  PERSISTENCE,
  DEFENSE_EVASION,
  EXFILTRATION,
  DATA_LEAK,
  PHISHING,
  FRAUD,
  MALWARE,
  ANOMALY,
  POLICY;

  /// The word as the API and the batch interfaces write it: `brute_force`, `exploit`, ...
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The class of a word; `-` counts as `_`, as in the Sigma tag `vedette.brute-force`.
  public static Optional<ThreatClass> ofWord(String word) {
    String name = word.replace('-', '_');
    for (var threatClass : values()) {
      if (threatClass.name().equalsIgnoreCase(name)) {
        return Optional.of(threatClass);
      }
    }
    return Optional.empty();
  }
}
