package dev.vedette.event;

/// Immutable. A Sigma log source: what kind of log a rule is for, or an event is. An empty part
/// means "not said".
///
/// @see <a href="https://sigmahq.io/docs/basics/log-sources.html">Sigma: log sources</a>
public record LogSource(String category, String product, String service) {
  /// Says nothing: as a rule's log source it takes every event.
  public static final LogSource ANY = new LogSource("", "", "");

  /// Whether a rule written for this log source is to look at events of `event`: every part that
  /// the rule names must be the event's.
  public boolean covers(LogSource event) {
    return (category.isEmpty() || category.equals(event.category))
        && (product.isEmpty() || product.equals(event.product))
        && (service.isEmpty() || service.equals(event.service));
  }
}
