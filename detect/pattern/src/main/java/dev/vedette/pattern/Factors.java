package dev.vedette.pattern;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Immutable. Keeps patterns that would blow up a shared automaton out of it.
///
/// In `union.{1,80}from` the gap stays alive while other patterns come and go, so a deterministic
/// automaton over many such patterns has a state for every combination of open gaps. Every match
/// contains `union` and `from`, though, and those two are harmless. So the shared automaton looks
/// for these *factors* instead, and only a haystack that contains all factors of a pattern is
/// checked with an automaton of that pattern alone. (YARA calls them atoms; Hyperscan decomposes
/// likewise.)
final class Factors {
  /// Least strength of a factor in bits, as [#strength] counts them: two letters, or one character
  /// that is rare in logs. A weak factor costs a check wherever it occurs; without any the pattern
  /// would cost a walk everywhere.
  private static final int STRENGTH_MIN = 8;

  /// Copies from which a counted repeat is a gap.
  private static final int COUNT_MIN = 8;

  /// ASCII members from which a repeated set counts as a gap at all, and as a wide one.
  private static final int GAP_MEMBERS = 10;

  private static final int WIDE_MEMBERS = 64;

  private static final CodePoints RARE =
      CodePoints.of(
          '!', '!', '#', '$', '\'', '\'', '*', '*', '<', '<', '>', '>', '@', '@', '\\', '\\', '^',
          '^', '`', '`', '{', '~');

  private Factors() {}

  /// Whether the parts hold a repeat that stays alive for long.
  static boolean gapped(List<Node> parts) {
    return parts.stream().anyMatch(part -> gapped(part, false));
  }

  /// Whether that would multiply the states of a shared automaton, so that the pattern must have an
  /// automaton of its own even without factors.
  static boolean severe(List<Node> parts) {
    return parts.stream().anyMatch(part -> gapped(part, true));
  }

  private static boolean gapped(Node node, boolean severe) {
    return switch (node) {
      case Node.Chars _, Node.RawByte _, Node.Look _ -> false;
      case Node.Cat(var parts) -> parts.stream().anyMatch(part -> gapped(part, severe));
      case Node.Alt(var branches) -> branches.stream().anyMatch(part -> gapped(part, severe));
      case Node.Repeat(var body, int _, int max) -> {
        int members = members(body);
        boolean unbounded = max == Node.Repeat.UNBOUNDED;
        yield gapped(body, severe)
            || (unbounded && members > (severe ? WIDE_MEMBERS : GAP_MEMBERS))
            || (max >= COUNT_MIN && members > GAP_MEMBERS);
      }
    };
  }

  /// ASCII members of the largest set in the node.
  private static int members(Node node) {
    return switch (node) {
      case Node.Chars(var set, var _) -> set.asciiCount();
      case Node.RawByte _ -> 1;
      case Node.Look _ -> 0;
      case Node.Cat(var parts) -> parts.stream().mapToInt(Factors::members).max().orElse(0);
      case Node.Alt(var branches) -> branches.stream().mapToInt(Factors::members).max().orElse(0);
      case Node.Repeat(var body, int _, int _) -> members(body);
    };
  }

  /// Sequences without gaps and looks that every match of `parts` contains, the strongest first;
  /// empty if none is strong enough to be worth looking for.
  static List<List<Node>> required(List<Node> parts) {
    List<List<Node>> found = new ArrayList<>();
    List<Node> run = new ArrayList<>();
    for (Node part : parts) {
      if (!gapped(part, false)) {
        run.addAll(Node.flatten(withoutLooks(part)));
        continue;
      }
      keep(run, found);
      run = new ArrayList<>();
      if (part instanceof Node.Alt(var branches)) {
        alternatives(branches, found);
      } else if (part instanceof Node.Repeat(var body, int min, int _) && min > 0) {
        found.addAll(required(Node.flatten(body)));
      }
    }
    keep(run, found);
    found.sort(Comparator.comparingInt((List<Node> factor) -> -strength(factor)));
    return found;
  }

  /// One of the factors of each branch, if every branch has some.
  private static void alternatives(List<Node> branches, List<List<Node>> found) {
    List<Node> either = new ArrayList<>();
    for (Node branch : branches) {
      List<List<Node>> factors = required(Node.flatten(branch));
      if (factors.isEmpty()) {
        return;
      }
      either.add(Node.cat(factors.getFirst()));
    }
    keep(new ArrayList<>(List.of(Node.alt(either))), found);
  }

  private static void keep(List<Node> run, List<List<Node>> found) {
    while (!run.isEmpty() && weak(run.getFirst())) {
      run.removeFirst();
    }
    while (!run.isEmpty() && weak(run.getLast())) {
      run.removeLast();
    }
    if (strength(run) >= STRENGTH_MIN) {
      found.add(Shape.of(Node.cat(run)).parts());
    }
  }

  /// Not worth having at the end of a factor.
  private static boolean weak(Node node) {
    return strength(node) == 0;
  }

  private static int strength(List<Node> parts) {
    return parts.stream().mapToInt(Factors::strength).sum();
  }

  /// About how many bits a haystack must have right by chance.
  private static int strength(Node node) {
    return switch (node) {
      case Node.Chars(var set, boolean malformed) -> {
        int members = malformed ? Integer.MAX_VALUE : set.size();
        boolean rare = members == 1 && RARE.contains(set.first());
        yield rare
            ? 8
            : members <= 4 ? 5 : members <= 6 ? 4 : members <= 10 ? 3 : members <= 30 ? 1 : 0;
      }
      case Node.RawByte _ -> 5;
      case Node.Look _ -> 0;
      case Node.Cat(var parts) -> strength(parts);
      case Node.Alt(var branches) -> {
        int least = branches.stream().mapToInt(Factors::strength).min().orElse(0);
        yield Math.max(0, least - (31 - Integer.numberOfLeadingZeros(branches.size())));
      }
      case Node.Repeat(var body, int min, int _) -> min * strength(body);
    };
  }

  private static Node withoutLooks(Node node) {
    return switch (node) {
      case Node.Chars _, Node.RawByte _ -> node;
      case Node.Look _ -> Node.EMPTY;
      case Node.Cat(var parts) -> Node.cat(parts.stream().map(Factors::withoutLooks).toList());
      case Node.Alt(var branches) ->
          Node.alt(branches.stream().map(Factors::withoutLooks).toList());
      case Node.Repeat(var body, int min, int max) -> new Node.Repeat(withoutLooks(body), min, max);
    };
  }
}
