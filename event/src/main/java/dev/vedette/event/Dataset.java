package dev.vedette.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Immutable. What a line turned out to be: the ECS `event.dataset` and `event.module`, and the
/// Sigma log sources whose rules are to look at it (an sshd line is `linux/sshd`, and also
/// `linux/auth` and `linux/syslog`).
///
/// Matchers keep a table per data set, so there are few of them and they are shared constants;
/// compare by [#equals].
public record Dataset(String name, String module, List<LogSource> logSources) {
  /// A line that no format took: kept, counted, and scanned as text.
  public static final Dataset PLAIN =
      new Dataset("plain", "plain", List.of(new LogSource("", "plain", "message")));

  public Dataset {
    logSources = List.copyOf(logSources);
  }

  /// Data sets are shared constants, so that the same one is nearly always the same object: asked
  /// for every line.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Dataset that
            && name.equals(that.name)
            && module.equals(that.module)
            && logSources.equals(that.logSources));
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /// Whether rules written for `rule` look at lines of this data set.
  public boolean isCoveredBy(LogSource rule) {
    for (var own : logSources) {
      if (rule.covers(own)) {
        return true;
      }
    }
    return rule.equals(LogSource.ANY);
  }
}
