package dev.vedette.pattern;

/// Immutable. How a pattern reads its text.
public enum Flag {
  /// A letter matches every letter with the same simple case folding (Unicode, over UTF-8): `k`
  /// matches `K` and the Kelvin sign. The Turkish dotless and dotted i keep to themselves.
  IGNORE_CASE,
  /// `^` and `$` also match after and before each `\n`.
  MULTILINE,
  /// `.` also matches `\n`.
  DOT_ALL
}
