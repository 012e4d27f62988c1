package dev.vedette.sigma;

import java.util.List;

/// Immutable. The boolean expression of a rule's `condition`.
public sealed interface Condition {
  record And(List<Condition> parts) implements Condition {
    public And {
      parts = List.copyOf(parts);
    }
  }

  record Or(List<Condition> parts) implements Condition {
    public Or {
      parts = List.copyOf(parts);
    }
  }

  record Not(Condition part) implements Condition {}

  /// A selection by name.
  record Reference(String name, Position position) implements Condition {}

  /// `1 of selection_*`, `all of them`: at least `atLeast` of the selections whose names match.
  ///
  /// @param atLeast [#ALL] for all of them
  /// @param pattern a name with `*`, or `them`
  record Quantified(int atLeast, String pattern, Position position) implements Condition {
    /// Every selection that the pattern names.
    public static final int ALL = Integer.MAX_VALUE;

    /// Whether a selection is meant. `them` and patterns leave out names that begin with `_` unless
    /// the pattern does too.
    boolean names(String selection) {
      if (selection.startsWith("_") && !pattern.startsWith("_")) {
        return false;
      }
      return pattern.equals("them") || glob(pattern, 0, selection, 0);
    }

    private static boolean glob(String pattern, int p, String text, int t) {
      int star = -1;
      int retry = 0;
      while (t < text.length()) {
        if (p < pattern.length() && pattern.charAt(p) == '*') {
          star = p++;
          retry = t;
        } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
          p++;
          t++;
        } else if (star >= 0) {
          p = star + 1;
          t = ++retry;
        } else {
          return false;
        }
      }
      while (p < pattern.length() && pattern.charAt(p) == '*') {
        p++;
      }
      return p == pattern.length();
    }
  }
}
