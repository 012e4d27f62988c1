package dev.vedette.sigma;

import dev.vedette.event.LogSource;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Immutable. What every kind of Sigma document says about itself.
///
/// @param file the [RuleFile] it stands in
/// @param position where the document begins
/// @param name the alias by which correlations may refer to it, or empty
/// @param level `medium` where the document names none
/// @param tags as written, lower case: `attack.t1110.001`, `vedette.brute_force`
/// @param keys every top-level key of the document as plain Java values, custom keys too
/// @param notes what the `vedette` key adds
public record RuleHeader(
    String file,
    Position position,
    String id,
    String name,
    String title,
    String description,
    String status,
    Severity level,
    List<String> tags,
    Map<String, Object> keys,
    RuleNotes notes) {

  public RuleHeader {
    tags = List.copyOf(tags);
  }

  /// ATT&CK technique ids, upper case: `T1110.001`.
  public List<String> techniques() {
    return tags.stream()
        .filter(RuleHeader::isTechnique)
        .map(tag -> tag.substring("attack.".length()).toUpperCase(Locale.ROOT))
        .toList();
  }

  /// `attack.t` with four digits, and three more behind a full stop for a sub-technique.
  private static boolean isTechnique(String tag) {
    if (!tag.startsWith("attack.t") || (tag.length() != 12 && tag.length() != 16)) {
      return false;
    }
    for (int i = 8; i < tag.length(); i++) {
      char c = tag.charAt(i);
      if (i == 12 ? c != '.' : c < '0' || c > '9') {
        return false;
      }
    }
    return true;
  }

  /// The class of trouble: what a tag `vedette.<class>` says; else what the ATT&CK tags or the log
  /// source suggest; else [ThreatClass#ANOMALY].
  public ThreatClass threatClass(LogSource logSource) {
    for (String tag : tags) {
      if (tag.startsWith("vedette.")) {
        var named = ThreatClass.ofWord(tag.substring("vedette.".length()));
        if (named.isPresent()) {
          return named.get();
        }
      }
    }
    for (String tag : tags) {
      ThreatClass suggested = ofAttack(tag);
      if (suggested != ThreatClass.ANOMALY) {
        return suggested;
      }
    }
    return switch (logSource.category()) {
      case "antivirus" -> ThreatClass.MALWARE;
      case "webserver", "application" -> ThreatClass.EXPLOIT;
      default -> ThreatClass.ANOMALY;
    };
  }

  private static ThreatClass ofAttack(String tag) {
    String technique = tag.length() >= 12 ? tag.substring(0, 12) : tag;
    return switch (technique) {
      case "attack.t1110" -> ThreatClass.BRUTE_FORCE;
      case "attack.t1190", "attack.t1059", "attack.t1203", "attack.t1210" -> ThreatClass.EXPLOIT;
      case "attack.t1595", "attack.t1046", "attack.t1083" -> ThreatClass.SCAN;
      case "attack.t1498", "attack.t1499" -> ThreatClass.FLOOD;
      case "attack.t1566", "attack.t1598" -> ThreatClass.PHISHING;
      case "attack.t1505", "attack.t1136", "attack.t1098", "attack.t1053" ->
          ThreatClass.PERSISTENCE;
      case "attack.t1068", "attack.t1548" -> ThreatClass.PRIVILEGE_ESCALATION;
      case "attack.t1070", "attack.t1562" -> ThreatClass.DEFENSE_EVASION;
      case "attack.t1041", "attack.t1048", "attack.t1567" -> ThreatClass.EXFILTRATION;
      case "attack.t1486", "attack.t1105" -> ThreatClass.MALWARE;
      case "attack.privi" -> ThreatClass.PRIVILEGE_ESCALATION;
      case "attack.persi" -> ThreatClass.PERSISTENCE;
      case "attack.defen", "attack.steal" -> ThreatClass.DEFENSE_EVASION;
      case "attack.exfil" -> ThreatClass.EXFILTRATION;
      case "attack.recon" -> ThreatClass.SCAN;
      default -> ThreatClass.ANOMALY;
    };
  }
}
