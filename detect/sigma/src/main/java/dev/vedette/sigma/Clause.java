package dev.vedette.sigma;

import java.math.BigDecimal;
import java.util.List;

/// Immutable. What a selection asks for.
public sealed interface Clause {
  /// A map: every item must hold.
  record AllOf(List<Clause> clauses) implements Clause {
    public AllOf {
      clauses = List.copyOf(clauses);
    }
  }

  /// A list: one of them suffices.
  record AnyOf(List<Clause> clauses) implements Clause {
    public AnyOf {
      clauses = List.copyOf(clauses);
    }
  }

  /// One field, its modifiers in the order written, and its values.
  ///
  /// @param field as written; empty for keywords, which look at the whole event
  /// @param hasList whether the values were written as a list
  record Item(
      String field,
      List<Modifier> modifiers,
      List<Value> values,
      boolean hasList,
      Position position)
      implements Clause {
    public Item {
      modifiers = List.copyOf(modifiers);
      values = List.copyOf(values);
    }

    boolean has(Modifier modifier) {
      return modifiers.contains(modifier);
    }
  }

  /// A value as the rule writes it.
  sealed interface Value {
    Position position();

    /// Wildcards and escapes still in it.
    record Text(String text, Position position) implements Value {}

    record Numeric(BigDecimal number, Position position) implements Value {}

    record Bool(boolean value, Position position) implements Value {}

    record Null(Position position) implements Value {}
  }
}
