package dev.vedette.app;

import dev.vedette.sigma.RuleFile;
import dev.vedette.sigma.YamlText;
import java.util.List;

/// Immutable. The order of analysis that the simple log API promises, as Sigma rules made from
/// configuration: failed logins counted per address, then keywords. They look only at plain
/// messages, those that no format takes; a line of a known daemon is the business of the shipped
/// rules.
///
/// The sentences are those that clients of that API know; do not rephrase them.
///
/// @param keywords `ANOMALY_KEYWORDS`
/// @param bruteForceThreshold `BRUTE_FORCE_THRESHOLD`
/// @param bruteForceWindowSeconds `BRUTE_FORCE_WINDOW_SECONDS`
record SimpleLogRules(List<String> keywords, int bruteForceThreshold, int bruteForceWindowSeconds) {
  static final List<String> KEYWORDS_DEFAULT =
      List.of(
          "error",
          "failed",
          "denied",
          "exception",
          "unauthorized",
          "failure",
          "forbidden",
          "attack",
          "malware");
  static final SimpleLogRules DEFAULT = new SimpleLogRules(KEYWORDS_DEFAULT, 5, 300);

  static final String KEYWORD_RULE = "2f1f4f0e-7d0a-4c55-9b4f-6f1d5a3c9e01";
  static final String BRUTE_FORCE_RULE = "2f1f4f0e-7d0a-4c55-9b4f-6f1d5a3c9e03";

  RuleFile toRuleFile() {
    var yaml = new StringBuilder();
    if (!keywords.isEmpty()) {
      yaml.append(
          """
          title: Message with an anomalous keyword
          id: %s
          status: stable
          level: low
          tags: [vedette.anomaly]
          logsource: {product: plain, service: message}
          detection:
            keywords:
          """
              .formatted(KEYWORD_RULE));
      for (var keyword : keywords) {
        yaml.append("    - ").append(YamlText.quote(YamlText.literal(keyword))).append('\n');
      }
      yaml.append(
          """
            condition: keywords
          vedette:
            explanation: Log contains anomalous keyword.
            advice: Read the message; if it is ordinary for this system, take the keyword out of ANOMALY_KEYWORDS.
          ---
          """);
    }
    yaml.append(
        """
        title: Failed login in a plain message
        id: 2f1f4f0e-7d0a-4c55-9b4f-6f1d5a3c9e02
        name: vedette_message_failed_login
        status: stable
        level: low
        tags: [attack.t1110, vedette.brute-force]
        logsource: {product: plain, service: message}
        detection:
          failed:
            - failed login
            - login failed
            - failed password
            - authentication failure
            - authentication failed
          address:
            source.ip|exists: true
          condition: failed and address
        ---
        title: Brute force in plain messages
        id: %s
        status: stable
        level: high
        tags: [attack.t1110, vedette.brute-force]
        correlation:
          type: event_count
          rules: [vedette_message_failed_login]
          group-by: [source.ip]
          timespan: %ds
          condition: {gte: %d}
        vedette:
          explanation: Brute-force attempt detected from {source.ip} ({count} attempts).
          advice: Block the address and look for a successful login from it.
        """
            .formatted(BRUTE_FORCE_RULE, bruteForceWindowSeconds, bruteForceThreshold));
    return RuleFile.of("(configuration)", yaml.toString());
  }
}
