package dev.vedette.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Immutable. A nondeterministic automaton over bytes for a whole set of patterns (Thompson's
/// construction), in flat arrays.
///
/// Four kinds of state:
/// - BYTES: ranges of bytes, each with a target. With an `otherwise` target it also passes on
///   without consuming when the next symbol is outside `valid`: that is how `.` takes an ill-formed
///   UTF-8 sequence cut short, with one symbol of look-ahead and no more.
/// - LOOK: passes on when its condition on the two neighbouring symbols holds.
/// - SPLIT: passes on to all its targets.
/// - MATCH: the pattern with this id has matched.
///
/// Patterns enter through a trie of their leading characters, so that a thousand literals are one
/// tree and not a thousand chains: the sets of live states, and with them the cost of building a
/// deterministic state, stay small. Three entries lead in: `anchored` (once, at the start of the
/// text), `root` (at every byte), and `synced` (at every character boundary, for the few patterns
/// that could otherwise start inside a character).
///
/// Symbols are the 256 bytes and two more: FINAL_NEWLINE, a `\n` that is the last byte of the text
/// (so that `$` needs to look ahead by one symbol only), and END.
final class Nfa {
  static final int FINAL_NEWLINE = 256;
  static final int END = 257;

  static final byte BYTES = 0;
  static final byte LOOK = 1;
  static final byte SPLIT = 2;
  static final byte MATCH = 3;

  static final int NONE = -1;

  /// States of one set. 4 million states are about 100 MB of arrays: far above real rule sets, and
  /// a bound nonetheless.
  static final int STATES_MAX = 4_000_000;

  final byte[] kind;

  /// BYTES, SPLIT: offset of the ranges or targets. LOOK: ordinal of the kind. MATCH: the id.
  final int[] first;

  /// BYTES, SPLIT: number of ranges or targets. LOOK: the target.
  final int[] second;

  /// BYTES only: target without consuming, or NONE.
  final int[] otherwise;

  /// BYTES with `otherwise`: `lo | (hi << 8)` of the bytes that keep the sequence well-formed.
  final int[] valid;

  /// `lo | (hi << 8)`, parallel to `targets`.
  final int[] ranges;

  final int[] targets;

  /// Copies of an optional body, `(x(x(x)?)?)?`: states at the same place of different copies share
  /// a group, and the copy with the lower rank has more left, so that it makes the others
  /// redundant. NONE where there is none.
  final int[] chainGroup;

  final int[] chainRank;
  final int chainGroups;

  final int anchored;
  final int root;
  final int synced;

  /// Byte to equivalence class; FINAL_NEWLINE and END have classes of their own at the end.
  final byte[] classOf;

  final int classes;
  final boolean usesWord;
  final boolean usesStartLine;
  final boolean usesFinalNewline;

  /// One byte of each class (or the symbol itself for the last two).
  final int[] symbolOf;

  final int states;

  private Nfa(Builder b, int anchored, int root, int synced) {
    states = b.states;
    kind = Arrays.copyOf(b.kind, states);
    first = Arrays.copyOf(b.first, states);
    second = Arrays.copyOf(b.second, states);
    otherwise = Arrays.copyOf(b.otherwise, states);
    valid = Arrays.copyOf(b.valid, states);
    ranges = Arrays.copyOf(b.ranges, b.edges);
    targets = Arrays.copyOf(b.targets, b.edges);
    chainGroup = Arrays.copyOf(b.chainGroup, states);
    chainRank = Arrays.copyOf(b.chainRank, states);
    chainGroups = b.chainGroups;
    this.anchored = anchored;
    this.root = root;
    this.synced = synced;

    boolean[] cut = new boolean[257];
    boolean word = false;
    boolean startLine = false;
    boolean finalNewline = false;
    for (int s = 0; s < states; s++) {
      if (kind[s] == BYTES) {
        for (int e = first[s]; e < first[s] + second[s]; e++) {
          cut[ranges[e] & 0xFF] = true;
          cut[(ranges[e] >>> 8) + 1] = true;
        }
        if (otherwise[s] != NONE) {
          cut[valid[s] & 0xFF] = true;
          cut[(valid[s] >>> 8) + 1] = true;
        }
      } else if (kind[s] == LOOK) {
        switch (LOOKS[first[s]]) {
          case WORD, NOT_WORD -> word = true;
          case START_LINE -> startLine = true;
          case END_FINAL -> finalNewline = true;
          case END_LINE -> {
            cut['\n'] = true;
            cut['\n' + 1] = true;
          }
          case START_TEXT, END_TEXT -> {}
        }
      }
    }
    usesWord = word;
    usesStartLine = startLine;
    usesFinalNewline = finalNewline;
    if (word) {
      for (int c = 0; c < 256; c++) {
        if (isWord(c) != (c > 0 && isWord(c - 1))) {
          cut[c] = true;
        }
      }
    }
    if (startLine) {
      cut['\n'] = true;
      cut['\n' + 1] = true;
    }
    classOf = new byte[256];
    int[] symbols = new int[258];
    int last = -1;
    for (int c = 0; c < 256; c++) {
      if (c == 0 || cut[c]) {
        symbols[++last] = c;
      }
      classOf[c] = (byte) last;
    }
    symbols[++last] = FINAL_NEWLINE;
    symbols[++last] = END;
    classes = last + 1;
    symbolOf = Arrays.copyOf(symbols, classes);
  }

  static final Node.Kind[] LOOKS = Node.Kind.values();

  /// No automaton of the node, nor of what [Shape] and [Factors] make of it, has more states:
  /// counted without building it, and generously.
  static long statesBound(Node node) {
    return 32 + bound(node);
  }

  private static long bound(Node node) {
    return switch (node) {
      // The states of the characters, and in a trie a merged state, a split and a match.
      case Node.Chars(var set, boolean malformed) -> 3 + CharBytes.statesBound(set, malformed);
      case Node.RawByte _, Node.Look _ -> 4;
      case Node.Cat(var parts) -> bound(parts);
      case Node.Alt(var branches) -> 4 + bound(branches);
      case Node.Repeat(var body, int min, int max) -> {
        long copies = max == Node.Repeat.UNBOUNDED ? min + 1L : max;
        yield Math.min(Integer.MAX_VALUE, copies * (4 + bound(body)));
      }
    };
  }

  private static long bound(List<Node> nodes) {
    long sum = 0;
    for (Node node : nodes) {
      sum += bound(node);
    }
    return sum;
  }

  int finalNewlineClass() {
    return classes - 2;
  }

  int endClass() {
    return classes - 1;
  }

  static boolean isWord(int symbol) {
    return (symbol >= '0' && symbol <= '9')
        || (symbol >= 'A' && symbol <= 'Z')
        || symbol == '_'
        || (symbol >= 'a' && symbol <= 'z');
  }

  /// Where a pattern enters the automaton.
  enum Entry {
    ANCHORED,
    ROOT,
    SYNCED
  }

  /// Confined to one thread. Collects patterns, then builds.
  static final class Builder {
    private byte[] kind = new byte[64];
    private int[] first = new int[64];
    private int[] second = new int[64];
    private int[] otherwise = new int[64];
    private int[] valid = new int[64];
    private int[] chainGroup = new int[64];
    private int[] chainRank = new int[64];
    private int states;
    private int[] ranges = new int[128];
    private int[] targets = new int[128];
    private int edges;
    private int chainGroups;
    private int statesMax = STATES_MAX;

    /// Tries in creation order, so that a child comes after its parent.
    private final List<Trie> tries = new ArrayList<>();

    private final Map<Entry, Trie> roots = new HashMap<>();

    Builder() {
      for (Entry entry : Entry.values()) {
        roots.put(entry, trie());
      }
    }

    Builder statesMax(int max) {
      statesMax = max;
      return this;
    }

    /// A node of the tree of leading characters.
    private static final class Trie {
      final Map<Node, Trie> children = new HashMap<>();
      final List<Node> order = new ArrayList<>();
      final List<Integer> matches = new ArrayList<>();
      final List<List<Node>> tails = new ArrayList<>();
      final List<Integer> tailIds = new ArrayList<>();
      int state = NONE;
    }

    private Trie trie() {
      Trie trie = new Trie();
      tries.add(trie);
      return trie;
    }

    /// Adds the sequence `parts` (flat) so that reaching its end reports `id`.
    void add(Entry entry, List<Node> parts, int id) {
      Trie at = roots.get(entry);
      if (at == null) {
        throw new AssertionError(entry);
      }
      int i = 0;
      while (i < parts.size()
          && (parts.get(i) instanceof Node.Chars || parts.get(i) instanceof Node.RawByte)) {
        Node part = parts.get(i++);
        Trie child = at.children.get(part);
        if (child == null) {
          child = trie();
          at.children.put(part, child);
          at.order.add(part);
        }
        at = child;
      }
      if (i == parts.size()) {
        at.matches.add(id);
      } else {
        at.tails.add(List.copyOf(parts.subList(i, parts.size())));
        at.tailIds.add(id);
      }
    }

    Nfa build() {
      for (int t = tries.size() - 1; t >= 0; t--) {
        compile(tries.get(t));
      }
      int anchored = entryState(Entry.ANCHORED);
      int root = entryState(Entry.ROOT);
      int synced = entryState(Entry.SYNCED);
      if (synced != NONE) {
        int loop = reserve(SPLIT);
        int any = chars(Node.ANY, loop);
        split(loop, new int[] {any, synced});
        synced = loop;
      }
      return new Nfa(this, anchored, root, synced);
    }

    private int entryState(Entry entry) {
      Trie trie = roots.get(entry);
      return trie == null
              || (trie.matches.isEmpty() && trie.order.isEmpty() && trie.tails.isEmpty())
          ? NONE
          : trie.state;
    }

    private void compile(Trie trie) {
      List<Integer> alternatives = new ArrayList<>();
      for (int id : trie.matches) {
        alternatives.add(match(id));
      }
      // Children whose lead bytes do not meet share one state.
      int[] merged = new int[0];
      int[] mergedTargets = new int[0];
      boolean[] taken = new boolean[256];
      for (Node part : trie.order) {
        Trie child = trie.children.get(part);
        int target = child == null ? NONE : child.state;
        int s = compile(part, target);
        if (kind[s] != BYTES || otherwise[s] != NONE || meets(s, taken)) {
          alternatives.add(s);
          continue;
        }
        int used = merged.length;
        merged = Arrays.copyOf(merged, used + second[s]);
        mergedTargets = Arrays.copyOf(mergedTargets, used + second[s]);
        System.arraycopy(ranges, first[s], merged, used, second[s]);
        System.arraycopy(targets, first[s], mergedTargets, used, second[s]);
        if (s == states - 1) {
          // The state was only scaffolding for its edges.
          states--;
          edges = first[s];
        }
      }
      if (merged.length > 0) {
        int s = reserve(BYTES);
        bytes(s, merged, mergedTargets, merged.length);
        alternatives.add(s);
      }
      for (int i = 0; i < trie.tails.size(); i++) {
        alternatives.add(compile(trie.tails.get(i), match(trie.tailIds.get(i))));
      }
      trie.state = alternatives.size() == 1 ? alternatives.getFirst() : splitOf(alternatives);
    }

    private boolean meets(int s, boolean[] taken) {
      for (int pass = 0; pass < 2; pass++) {
        for (int e = first[s]; e < first[s] + second[s]; e++) {
          for (int c = ranges[e] & 0xFF; c <= ranges[e] >>> 8; c++) {
            if (pass == 0 && taken[c]) {
              return true;
            }
            taken[c] |= pass == 1;
          }
        }
      }
      return false;
    }

    private int splitOf(List<Integer> alternatives) {
      int s = reserve(SPLIT);
      split(s, alternatives.stream().mapToInt(Integer::intValue).toArray());
      return s;
    }

    private int compile(List<Node> parts, int next) {
      int at = next;
      for (int i = parts.size() - 1; i >= 0; i--) {
        at = compile(parts.get(i), at);
      }
      return at;
    }

    private int compile(Node node, int next) {
      return switch (node) {
        case Node.Chars chars -> chars(chars, next);
        case Node.RawByte(int value) -> {
          int s = reserve(BYTES);
          bytes(s, new int[] {value | (value << 8)}, new int[] {next}, 1);
          yield s;
        }
        case Node.Cat(var parts) -> compile(parts, next);
        case Node.Alt(var branches) -> {
          List<Integer> alternatives = new ArrayList<>();
          for (Node branch : branches) {
            alternatives.add(compile(branch, next));
          }
          yield splitOf(alternatives);
        }
        case Node.Look(var look) -> {
          int s = reserve(LOOK);
          first[s] = look.ordinal();
          second[s] = next;
          yield s;
        }
        case Node.Repeat(var body, int min, int max) -> {
          int at = next;
          if (max == Node.Repeat.UNBOUNDED) {
            int loop = reserve(SPLIT);
            split(loop, new int[] {compile(body, loop), next});
            at = loop;
          } else if (max > min) {
            at = optionalCopies(body, max - min, next);
          }
          for (int i = 0; i < min; i++) {
            at = compile(body, at);
          }
          yield at;
        }
      };
    }

    /// `(x(x(x)?)?)?`, innermost first.
    private int optionalCopies(Node body, int copies, int next) {
      int at = next;
      int base = states;
      int size = NONE;
      boolean alike = true;
      for (int i = 0; i < copies; i++) {
        int from = states;
        int split = reserve(SPLIT);
        split(split, new int[] {compile(body, at), next});
        at = split;
        alike &= size == NONE || size == states - from;
        size = states - from;
      }
      if (alike && copies > 1) {
        for (int i = 0; i < copies; i++) {
          for (int offset = 0; offset < size; offset++) {
            int s = base + i * size + offset;
            chainGroup[s] = chainGroups + offset;
            chainRank[s] = copies - i;
          }
        }
        chainGroups += size;
      }
      return at;
    }

    private int match(int id) {
      int s = reserve(MATCH);
      first[s] = id;
      return s;
    }

    private int reserve(byte newKind) {
      if (states >= statesMax) {
        throw new PatternException(
            "The pattern expands to more than "
                + statesMax
                + " states; use smaller repeat counts or split it.",
            0);
      }
      if (states == kind.length) {
        int size = states * 2;
        kind = Arrays.copyOf(kind, size);
        first = Arrays.copyOf(first, size);
        second = Arrays.copyOf(second, size);
        otherwise = Arrays.copyOf(otherwise, size);
        valid = Arrays.copyOf(valid, size);
        chainGroup = Arrays.copyOf(chainGroup, size);
        chainRank = Arrays.copyOf(chainRank, size);
      }
      int s = states++;
      kind[s] = newKind;
      first[s] = 0;
      second[s] = 0;
      otherwise[s] = NONE;
      valid[s] = 0;
      chainGroup[s] = NONE;
      chainRank[s] = 0;
      return s;
    }

    private int edgeSpace(int count) {
      while (edges + count > ranges.length) {
        ranges = Arrays.copyOf(ranges, ranges.length * 2);
        targets = Arrays.copyOf(targets, targets.length * 2);
      }
      int at = edges;
      edges += count;
      return at;
    }

    private void split(int s, int[] to) {
      int at = edgeSpace(to.length);
      System.arraycopy(to, 0, targets, at, to.length);
      Arrays.fill(ranges, at, at + to.length, 0);
      first[s] = at;
      second[s] = to.length;
    }

    private void bytes(int s, int[] newRanges, int[] newTargets, int count) {
      int at = edgeSpace(count);
      System.arraycopy(newRanges, 0, ranges, at, count);
      System.arraycopy(newTargets, 0, targets, at, count);
      first[s] = at;
      second[s] = count;
    }

    private int chars(Node.Chars chars, int next) {
      CharBytes bytes = chars.set().bytes(chars.malformed());
      int base = states;
      for (int i = 0; i < bytes.states(); i++) {
        int s = reserve(BYTES);
        int from = bytes.firsts[i];
        int count = bytes.firsts[i + 1] - from;
        int at = edgeSpace(count);
        for (int e = 0; e < count; e++) {
          int target = bytes.targets[from + e];
          ranges[at + e] = bytes.ranges[from + e];
          targets[at + e] = target == CharBytes.NEXT ? next : base + target;
        }
        first[s] = at;
        second[s] = count;
        if (bytes.valid[i] >= 0) {
          otherwise[s] = next;
          valid[s] = bytes.valid[i];
        }
      }
      // The state where it starts comes last, so that a caller may take the edges over and drop it.
      return states - 1;
    }
  }
}
