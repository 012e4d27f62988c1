package dev.vedette.pattern;

/// Immutable. Where a match lies: bytes `from` (inclusive) to `to` (exclusive) of the array that
/// was searched.
public record Span(int from, int to) {
  public int length() {
    return to - from;
  }
}
