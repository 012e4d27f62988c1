package dev.vedette.pattern;

/// Immutable. One piece of a wildcard pattern whose escapes the caller has already resolved.
///
/// `C:\*\evil?.exe` is `Text("C:\\"), AnyRun, Text("\\evil"), AnyOne, Text(".exe")`.
public sealed interface Piece {
  /// Stands for itself.
  record Text(String text) implements Piece {}

  /// `*`: any run of characters, also none, line ends included.
  record AnyRun() implements Piece {}

  /// `?`: exactly one character (a code point, or one ill-formed sequence), line ends included.
  record AnyOne() implements Piece {}
}
