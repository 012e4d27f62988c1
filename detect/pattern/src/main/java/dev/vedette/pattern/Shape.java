package dev.vedette.pattern;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Immutable. A pattern as far as "does it match somewhere" needs it: a flat sequence and the place
/// where the automaton enters it.
///
/// Whether there is a match does not depend on how long it is, so optional parts at the ends go:
/// `(?s).*foo[a-z]*` is `foo`, and `x{3,}` at the end is `xxx`. Only what is behind a look or an
/// anchor has to stay.
record Shape(Nfa.Entry entry, List<Node> parts) {
  /// Copies of a counted part that become plain parts.
  private static final int INLINE_MAX = 8;

  private static final Node ANY_RUN = new Node.Repeat(Node.ANY, 0, Node.Repeat.UNBOUNDED);

  /// Whether the shape matches every haystack.
  boolean always() {
    return parts.isEmpty();
  }

  static Shape of(Node node) {
    List<Node> parts = new ArrayList<>(Node.flatten(node));
    boolean anchored = false;
    boolean changed = true;
    while (changed && !parts.isEmpty()) {
      changed = false;
      Node head = parts.getFirst();
      if (head instanceof Node.Look(var kind) && kind == Node.Kind.START_TEXT) {
        parts.removeFirst();
        anchored = true;
        changed = true;
      } else if (anchored && head.equals(ANY_RUN)) {
        parts.removeFirst();
        anchored = false;
        changed = true;
      } else if (!anchored) {
        changed = trim(parts, 0);
      }
    }
    changed = true;
    while (changed && !parts.isEmpty()) {
      int last = parts.size() - 1;
      if (parts.get(last) instanceof Node.Look(var kind)
          && kind == Node.Kind.END_TEXT
          && last > 0
          && parts.get(last - 1).equals(ANY_RUN)) {
        parts.removeLast();
        parts.removeLast();
      } else {
        changed = trim(parts, last);
      }
    }
    for (int i = parts.size() - 1; i >= 0; i--) {
      if (parts.get(i) instanceof Node.Repeat(var body, int min, int max)
          && min == max
          && min <= INLINE_MAX) {
        parts.remove(i);
        parts.addAll(i, Node.flatten(Node.cat(Collections.nCopies(min, body))));
      }
    }
    Nfa.Entry entry =
        anchored ? Nfa.Entry.ANCHORED : startsInside(parts) ? Nfa.Entry.SYNCED : Nfa.Entry.ROOT;
    return new Shape(entry, List.copyOf(parts));
  }

  /// Drops what is optional of the part at an open end; whether that changed anything.
  private static boolean trim(List<Node> parts, int index) {
    Node part = parts.get(index);
    if (Node.hasLook(part)) {
      return false;
    }
    if (Node.nullable(part)) {
      parts.remove(index);
      return true;
    }
    if (part instanceof Node.Repeat(var body, int min, int max) && max != min) {
      parts.remove(index);
      if (min == 1) {
        parts.addAll(index, Node.flatten(body));
      } else {
        parts.add(index, new Node.Repeat(body, min, min));
      }
      return true;
    }
    return false;
  }

  /// Whether a walk that enters at every byte could match from inside a character where one that
  /// enters at characters only would not.
  ///
  /// Well-formed parts cannot start inside a character. What takes ill-formed sequences can: a
  /// continuation byte alone is one. Where the first part takes every non-ASCII character anyhow
  /// and the second cannot start inside one, the result is the same: `\Wfoo` finds its `foo` behind
  /// the whole character just as well.
  private static boolean startsInside(List<Node> parts) {
    if (!mayStartInside(parts)) {
      return false;
    }
    return !(parts.getFirst() instanceof Node.Chars(var set, var malformed)
        && malformed
        && set.containsAll(0x80, 0xD7FF)
        && set.containsAll(0xE000, CodePoints.MAX)
        && !mayStartInside(parts.subList(1, parts.size())));
  }

  private static boolean mayStartInside(List<Node> parts) {
    for (Node part : parts) {
      if (mayStartInside(part)) {
        return true;
      }
      if (!Node.nullable(part)) {
        return false;
      }
    }
    return false;
  }

  private static boolean mayStartInside(Node node) {
    return switch (node) {
      case Node.Chars(var _, boolean malformed) -> malformed;
      case Node.RawByte _ -> false;
      case Node.Look(var kind) -> kind == Node.Kind.NOT_WORD;
      case Node.Cat(var parts) -> mayStartInside(parts);
      case Node.Alt(var branches) -> branches.stream().anyMatch(Shape::mayStartInside);
      case Node.Repeat(var body, int _, int _) -> mayStartInside(body);
    };
  }
}
