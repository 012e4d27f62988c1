package dev.vedette.pattern;

import java.util.ArrayList;
import java.util.List;

/// Immutable. What a pattern says, independent of how it was written: the small tree between the
/// parser and the automaton.
sealed interface Node {
  Node EMPTY = new Cat(List.of());

  /// One character of `set`; with `malformed` also one ill-formed UTF-8 sequence, cut the way `new
  /// String(bytes, UTF_8)` cuts it (each becomes one U+FFFD there).
  record Chars(CodePoints set, boolean malformed) implements Node {}

  /// One byte whatever its neighbours are. Only literals given as bytes hold it.
  record RawByte(int value) implements Node {}

  /// One after the other; empty list: the empty string.
  record Cat(List<Node> parts) implements Node {}

  /// Any of them.
  record Alt(List<Node> branches) implements Node {}

  /// `body` from `min` to `max` times; `max == UNBOUNDED`: without end.
  record Repeat(Node body, int min, int max) implements Node {
    static final int UNBOUNDED = -1;
  }

  /// A condition on the neighbours of a position.
  record Look(Kind kind) implements Node {}

  enum Kind {
    /// `\A`, and `^` without MULTILINE.
    START_TEXT,
    /// `^` with MULTILINE: at the start or after a newline, but not at the very end.
    START_LINE,
    /// `\z`.
    END_TEXT,
    /// `\Z`, and `$` without MULTILINE: at the end or before a newline that is the last byte.
    END_FINAL,
    /// `$` with MULTILINE.
    END_LINE,
    /// `\b`.
    WORD,
    /// `\B`.
    NOT_WORD
  }

  /// Any character at all, newlines and ill-formed sequences included.
  Chars ANY = new Chars(CodePoints.ALL, true);

  static Node cat(List<Node> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Cat(List.copyOf(parts));
  }

  /// One of the branches; a set where all are sets.
  static Node alt(List<Node> branches) {
    if (branches.stream().allMatch(branch -> branch instanceof Chars)) {
      Chars either = new Chars(CodePoints.NONE, false);
      for (Node branch : branches) {
        if (branch instanceof Chars(var set, boolean malformed)) {
          either = new Chars(either.set.union(set), either.malformed || malformed);
        }
      }
      return either;
    }
    return branches.size() == 1 ? branches.getFirst() : new Alt(List.copyOf(branches));
  }

  /// The parts of nested concatenations as one flat list.
  static List<Node> flatten(Node node) {
    List<Node> out = new ArrayList<>();
    flatten(node, out);
    return out;
  }

  private static void flatten(Node node, List<Node> out) {
    if (node instanceof Cat cat) {
      for (Node part : cat.parts()) {
        flatten(part, out);
      }
    } else {
      out.add(node);
    }
  }

  /// Whether the node can match without consuming, assuming that every look holds.
  static boolean nullable(Node node) {
    return switch (node) {
      case Chars _, RawByte _ -> false;
      case Look _ -> true;
      case Cat(var parts) -> parts.stream().allMatch(Node::nullable);
      case Alt(var branches) -> branches.stream().anyMatch(Node::nullable);
      case Repeat(var body, int min, int _) -> min == 0 || nullable(body);
    };
  }

  static boolean hasLook(Node node) {
    return switch (node) {
      case Chars _, RawByte _ -> false;
      case Look _ -> true;
      case Cat(var parts) -> parts.stream().anyMatch(Node::hasLook);
      case Alt(var branches) -> branches.stream().anyMatch(Node::hasLook);
      case Repeat(var body, int _, int _) -> hasLook(body);
    };
  }
}
