package dev.vedette.pattern;

/// Immutable. Where in the haystack a literal or wildcard must lie.
public enum Anchor {
  /// Anywhere.
  CONTAINS,
  /// At the first byte.
  STARTS,
  /// Up to the last byte.
  ENDS,
  /// The whole haystack.
  EXACT
}
