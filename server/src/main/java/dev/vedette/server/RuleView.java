package dev.vedette.server;

import dev.vedette.event.LogSource;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.util.List;

/// Immutable. A rule as the API shows it.
///
/// @param kind `detection` or `correlation`
/// @param file where it was read from
public record RuleView(
    String id,
    String title,
    String description,
    Severity severity,
    ThreatClass threatClass,
    List<String> techniques,
    String kind,
    LogSource logSource,
    String file,
    List<String> falsePositives,
    List<String> references,
    String advice) {}
