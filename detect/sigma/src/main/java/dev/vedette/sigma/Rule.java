package dev.vedette.sigma;

/// Immutable. One Sigma document.
public sealed interface Rule permits DetectionRule, CorrelationRule {
  RuleHeader header();

  /// The rule's `id`; where the document has none, one made from its title.
  default String id() {
    return header().id();
  }

  default String title() {
    return header().title();
  }
}
