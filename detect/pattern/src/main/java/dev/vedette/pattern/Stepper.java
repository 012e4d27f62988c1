package dev.vedette.pattern;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. Moves a set of NFA states over one symbol. The lazy DFA calls it once
/// per transition and remembers the answer; when it must not remember any more, calling it for
/// every byte is the fallback, in time proportional to bytes times live states.
///
/// A set is sorted and free of SPLIT and MATCH states. The states behind the `root` entry belong to
/// every set and are therefore kept out of all of them; what they contribute to a step depends on
/// the previous byte's context and the symbol only, and is computed once per pair.
final class Stepper {
  /// What lies before a position, as far as looks care.
  static final int CONTEXT_START = 0;

  static final int CONTEXT_NEWLINE = 1;
  static final int CONTEXT_WORD = 2;
  static final int CONTEXT_OTHER = 3;
  private static final int CONTEXTS = 4;

  private static final int UNKNOWN = -1;
  private static final int[] NOTHING = new int[0];

  private final Nfa nfa;
  private final Marked resolved;
  private final Marked next;
  private final Marked reached;
  private int[] stack = new int[64];

  /// BYTES states that never pass on without consuming.
  private final boolean[] plain;

  private final int[] bestRank;
  private final int[] bestStamp;
  private int stamp;

  /// Per context and class, once computed: the set and the matches the root leads to.
  private final int[] @Nullable [] rootSets;

  private final int[] @Nullable [] rootMatches;
  private final boolean[] rootPending;
  private final boolean rootDependsOnContext;
  private final boolean rootDependsOnStart;
  private boolean lookPending;

  /// The result of the last step: the new set, sorted.
  int[] set = new int[16];

  int setLength;

  /// The context of the new set; OTHER where nothing in it looks back.
  int context;

  /// The ids that matched in the last step, sorted.
  int[] matches = new int[4];

  int matchesLength;

  /// NFA states visited since creation: the measure of work that tests bound.
  long visits;

  /// States marked without clearing between uses.
  private static final class Marked {
    final int[] stampOf;
    int[] list = new int[16];
    int count;
    int stamp;

    Marked(int size) {
      stampOf = new int[size];
    }

    void clear() {
      count = 0;
      if (++stamp == Integer.MAX_VALUE) {
        Arrays.fill(stampOf, 0);
        stamp = 1;
      }
    }

    boolean mark(int s) {
      if (stampOf[s] == stamp) {
        return false;
      }
      stampOf[s] = stamp;
      return true;
    }

    void append(int s) {
      if (count == list.length) {
        list = Arrays.copyOf(list, count * 2);
      }
      list[count++] = s;
    }
  }

  Stepper(Nfa nfa) {
    this.nfa = nfa;
    plain = new boolean[nfa.states];
    for (int s = 0; s < nfa.states; s++) {
      plain[s] = nfa.kind[s] == Nfa.BYTES && nfa.otherwise[s] == Nfa.NONE;
    }
    resolved = new Marked(nfa.states);
    next = new Marked(nfa.states);
    // Matches are collected by MATCH state, of which each id may have several.
    reached = new Marked(nfa.states);
    bestRank = new int[nfa.chainGroups];
    bestStamp = new int[nfa.chainGroups];
    rootSets = new int[CONTEXTS * nfa.classes][];
    rootMatches = new int[CONTEXTS * nfa.classes][];
    rootPending = new boolean[CONTEXTS];
    boolean startDiffers = false;
    int[] inOther = NOTHING;
    int reachedInOther = 0;
    for (int c = CONTEXTS - 1; c >= 0; c--) {
      next.clear();
      reached.clear();
      lookPending = false;
      if (nfa.root != Nfa.NONE) {
        close(nfa.root, c, UNKNOWN, next);
      }
      rootPending[c] = lookPending;
      int[] closed = Arrays.copyOf(next.list, next.count);
      Arrays.sort(closed);
      if (c == CONTEXT_OTHER) {
        inOther = closed;
        reachedInOther = reached.count;
      } else if (c == CONTEXT_START) {
        startDiffers = !Arrays.equals(closed, inOther) || reached.count != reachedInOther;
      }
    }
    rootDependsOnContext =
        rootPending[CONTEXT_START]
            || rootPending[CONTEXT_NEWLINE]
            || rootPending[CONTEXT_WORD]
            || rootPending[CONTEXT_OTHER];
    rootDependsOnStart = startDiffers || rootDependsOnContext;
  }

  /// Puts the set before the first byte into the result fields.
  void start() {
    next.clear();
    reached.clear();
    lookPending = false;
    if (nfa.anchored != Nfa.NONE) {
      close(nfa.anchored, CONTEXT_START, UNKNOWN, next);
    }
    if (nfa.synced != Nfa.NONE) {
      close(nfa.synced, CONTEXT_START, UNKNOWN, next);
    }
    finish(NOTHING, NOTHING, true);
    context = lookPending || rootDependsOnStart ? CONTEXT_START : CONTEXT_OTHER;
  }

  /// Puts the set of a position where nothing has begun, inside the text, into the result fields.
  void root() {
    setLength = 0;
    matchesLength = 0;
    context = CONTEXT_OTHER;
  }

  /// Whether the class leads from [#root] to itself and nowhere else.
  boolean staysInRoot(int symbolClass) {
    step(NOTHING, 0, 0, CONTEXT_OTHER, symbolClass, true);
    return setLength == 0 && matchesLength == 0 && context == CONTEXT_OTHER;
  }

  /// Moves the set `from[offset .. offset + length)`, which has `before` in front of it, over the
  /// symbol of class `symbolClass`, into the result fields. Who only steps on needs no `sorted`
  /// set.
  void step(int[] from, int offset, int length, int before, int symbolClass, boolean sorted) {
    int symbol = nfa.symbolOf[symbolClass];
    int slot = before * nfa.classes + symbolClass;
    int[] rootSet = rootSets[slot];
    int[] rootIds = rootMatches[slot];
    if (rootSet == null || rootIds == null) {
      resolved.clear();
      next.clear();
      reached.clear();
      lookPending = false;
      if (nfa.root != Nfa.NONE) {
        close(nfa.root, before, symbol, resolved);
        move(symbol);
      }
      finish(NOTHING, NOTHING, true);
      rootSet = setLength == 0 ? NOTHING : Arrays.copyOf(set, setLength);
      rootIds = matchesLength == 0 ? NOTHING : Arrays.copyOf(matches, matchesLength);
      rootSets[slot] = rootSet;
      rootMatches[slot] = rootIds;
    }
    resolved.clear();
    next.clear();
    reached.clear();
    lookPending = false;
    int after = contextAfter(symbol);
    int value = symbol == Nfa.FINAL_NEWLINE ? '\n' : symbol;
    for (int i = offset; i < offset + length; i++) {
      int s = from[i];
      if (plain[s]) {
        visits++;
        if (symbol != Nfa.END) {
          move(s, value, after);
        }
      } else {
        close(s, before, symbol, resolved);
      }
    }
    move(symbol);
    finish(rootSet, rootIds, sorted);
    context = lookPending || rootDependsOnContext ? contextAfter(symbol) : CONTEXT_OTHER;
  }

  private int contextAfter(int symbol) {
    if (symbol == '\n' || symbol == Nfa.FINAL_NEWLINE) {
      return nfa.usesStartLine ? CONTEXT_NEWLINE : CONTEXT_OTHER;
    }
    return nfa.usesWord && Nfa.isWord(symbol) ? CONTEXT_WORD : CONTEXT_OTHER;
  }

  /// From `resolved` over `symbol` into `next`.
  private void move(int symbol) {
    if (symbol == Nfa.END) {
      return;
    }
    int value = symbol == Nfa.FINAL_NEWLINE ? '\n' : symbol;
    int after = contextAfter(symbol);
    for (int i = 0; i < resolved.count; i++) {
      move(resolved.list[i], value, after);
    }
  }

  private void move(int s, int value, int after) {
    int[] ranges = nfa.ranges;
    int end = nfa.first[s] + nfa.second[s];
    for (int e = nfa.first[s]; e < end; e++) {
      int range = ranges[e];
      if ((range & 0xFF) <= value && value <= range >>> 8) {
        int target = nfa.targets[e];
        if (!plain[target]) {
          close(target, after, UNKNOWN, next);
        } else if (next.mark(target)) {
          visits++;
          next.append(target);
        }
      }
    }
  }

  /// Adds to `into` all states reachable from `start` without consuming. With a known symbol every
  /// look is decided and only BYTES states remain.
  private void close(int start, int before, int symbol, Marked into) {
    int depth = 0;
    stack[depth++] = start;
    while (depth > 0) {
      int s = stack[--depth];
      if (!into.mark(s)) {
        continue;
      }
      visits++;
      switch (nfa.kind[s]) {
        case Nfa.BYTES -> {
          into.append(s);
          if (nfa.otherwise[s] != Nfa.NONE) {
            if (symbol == UNKNOWN) {
              continue;
            }
            int valid = nfa.valid[s];
            if (symbol < (valid & 0xFF) || symbol > valid >>> 8) {
              depth = push(depth, nfa.otherwise[s]);
            }
          }
        }
        case Nfa.SPLIT -> {
          for (int e = nfa.first[s]; e < nfa.first[s] + nfa.second[s]; e++) {
            depth = push(depth, nfa.targets[e]);
          }
        }
        case Nfa.LOOK -> {
          Node.Kind look = Nfa.LOOKS[nfa.first[s]];
          if (symbol != UNKNOWN) {
            if (holds(look, before, symbol)) {
              depth = push(depth, nfa.second[s]);
            }
          } else if (look == Node.Kind.START_TEXT) {
            if (before == CONTEXT_START) {
              depth = push(depth, nfa.second[s]);
            }
          } else if (look != Node.Kind.START_LINE
              || before == CONTEXT_START
              || before == CONTEXT_NEWLINE) {
            into.append(s);
            lookPending = true;
          }
        }
        default -> {
          if (reached.mark(s)) {
            reached.append(nfa.first[s]);
          }
        }
      }
    }
  }

  private int push(int depth, int s) {
    if (depth == stack.length) {
      stack = Arrays.copyOf(stack, depth * 2);
    }
    stack[depth] = s;
    return depth + 1;
  }

  static boolean holds(Node.Kind look, int before, int symbol) {
    return switch (look) {
      case START_TEXT -> before == CONTEXT_START;
      case START_LINE ->
          (before == CONTEXT_START || before == CONTEXT_NEWLINE) && symbol != Nfa.END;
      case END_TEXT -> symbol == Nfa.END;
      case END_FINAL -> symbol == Nfa.END || symbol == Nfa.FINAL_NEWLINE;
      case END_LINE -> symbol == Nfa.END || symbol == Nfa.FINAL_NEWLINE || symbol == '\n';
      case WORD -> (before == CONTEXT_WORD) != Nfa.isWord(symbol);
      case NOT_WORD -> (before == CONTEXT_WORD) == Nfa.isWord(symbol);
    };
  }

  /// Joins `next` with what the root adds, drops what a chain makes redundant, and sorts.
  private void finish(int[] rootSet, int[] rootIds, boolean sorted) {
    for (int s : rootSet) {
      if (next.mark(s)) {
        next.append(s);
        lookPending |= nfa.kind[s] == Nfa.LOOK;
      }
    }
    if (set.length < next.count) {
      set = new int[Math.max(next.count, set.length * 2)];
    }
    int count = 0;
    if (nfa.chainGroups > 0) {
      stamp++;
      for (int i = 0; i < next.count; i++) {
        int s = next.list[i];
        int group = nfa.chainGroup[s];
        if (group != Nfa.NONE
            && (bestStamp[group] != stamp || nfa.chainRank[s] < bestRank[group])) {
          bestStamp[group] = stamp;
          bestRank[group] = nfa.chainRank[s];
        }
      }
      for (int i = 0; i < next.count; i++) {
        int s = next.list[i];
        int group = nfa.chainGroup[s];
        if (group == Nfa.NONE || nfa.chainRank[s] == bestRank[group]) {
          set[count++] = s;
        }
      }
    } else {
      System.arraycopy(next.list, 0, set, 0, next.count);
      count = next.count;
    }
    setLength = count;
    if (sorted && count > 1) {
      Arrays.sort(set, 0, count);
    }

    int ids = reached.count + rootIds.length;
    if (matches.length < ids) {
      matches = new int[Math.max(ids, matches.length * 2)];
    }
    System.arraycopy(reached.list, 0, matches, 0, reached.count);
    System.arraycopy(rootIds, 0, matches, reached.count, rootIds.length);
    matchesLength = ids;
    if (ids > 1) {
      Arrays.sort(matches, 0, ids);
      int kept = 1;
      for (int i = 1; i < ids; i++) {
        if (matches[i] != matches[kept - 1]) {
          matches[kept++] = matches[i];
        }
      }
      matchesLength = kept;
    }
  }

  /// Whether states live forever at every position, so that no set is dead.
  boolean hasRoot() {
    return nfa.root != Nfa.NONE;
  }

  /// Whether all positions where nothing has begun are alike.
  boolean hasOneRoot() {
    return nfa.root != Nfa.NONE && nfa.synced == Nfa.NONE && !rootDependsOnContext;
  }
}
