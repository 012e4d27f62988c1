package dev.vedette.store;

import java.util.List;

/// Immutable. A search expression, in the spirit of Kibana's KQL:
///
/// ```text
/// source.ip: 10.0.0.0/8 and not user.name: (root or "john doe")
/// http.response.status_code >= 500 url.path: /admin*
/// "failed password"
/// ```
///
/// A word or quoted text without a field is looked for anywhere in the line. `*` stands for any run
/// of characters (not within quotes), `field: *` for "has a value". Terms side by side must all
/// match. `not` binds tighter than `and`, `and` tighter than `or`. Letter case never counts
/// (ASCII).
public sealed interface Query {
  /// Matches every event.
  Query EVERYTHING = new And(List.of());

  /// Every part matches; all events where there is none.
  record And(List<Query> parts) implements Query {}

  /// At least one part matches.
  record Or(List<Query> parts) implements Query {}

  record Not(Query part) implements Query {}

  /// A field has a value; letter case does not count. In `value`, `*` is any run of characters and
  /// `\\` makes the character after it an ordinary one; `*` alone asks that the field exists.
  record FieldIs(String field, String value) implements Query {}

  /// A number in a field compared: `http.response.status_code >= 500`.
  record FieldCompares(String field, Comparison comparison, double value) implements Query {}

  /// An address in a network: `source.ip : 10.0.0.0/8`.
  record FieldInNetwork(String field, String cidr) implements Query {}

  /// Text somewhere in the line, whatever its case.
  record Text(String text) implements Query {}

  enum Comparison {
    LT,
    LTE,
    GT,
    GTE
  }

  /// Reads an expression; an empty one is [#EVERYTHING].
  ///
  /// @throws QueryException when it cannot be read, is longer than 4,096 characters, has more than
  ///   256 terms or nests deeper than 32
  static Query parse(String expression) {
    return new QueryParser(expression).parse();
  }
}
