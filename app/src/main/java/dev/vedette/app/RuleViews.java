package dev.vedette.app;

import dev.vedette.event.LogSource;
import dev.vedette.event.ThreatClass;
import dev.vedette.server.RuleView;
import dev.vedette.sigma.RuleHeader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pure functions. Rules as the API shows them.
final class RuleViews {
  private RuleViews() {}

  static RuleView of(RuleHeader header, ThreatClass threatClass, String kind, LogSource logSource) {
    return new RuleView(
        header.id(),
        header.title(),
        header.description(),
        header.level(),
        threatClass,
        header.techniques(),
        kind,
        logSource,
        header.file(),
        strings(header.keys().get("falsepositives")),
        strings(header.keys().get("references")),
        header.notes().advice());
  }

  private static List<String> strings(@Nullable Object value) {
    return value instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
  }
}
