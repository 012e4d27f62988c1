package dev.vedette.pattern;

import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one search. Finds where one pattern matches: a walk over sets of NFA states in which
/// every live state carries the earliest start that leads to it (after Pike). Linear in bytes times
/// states; nothing is remembered between searches. While nothing is live, bytes that begin no match
/// are passed over.
final class Finder {
  private final Nfa nfa;
  private final boolean @Nullable [] firsts;
  private int[] live = new int[16];
  private int[] starts = new int[16];
  private int count;
  private final int[] best;
  private final int[] stamps;
  private int stamp;
  private int[] stack = new int[32];
  private int[] here = new int[16];
  private int hereCount;

  private int foundStart = -1;
  private int foundEnd = -1;

  /// @param firsts as [#firsts] answers them
  Finder(Nfa nfa, boolean @Nullable [] firsts) {
    this.nfa = nfa;
    this.firsts = firsts;
    best = new int[nfa.states];
    stamps = new int[nfa.states];
  }

  /// The bytes that a match may begin with; null where it may be empty.
  static boolean @Nullable [] firsts(Nfa nfa) {
    boolean[] firsts = new boolean[256];
    boolean[] seen = new boolean[nfa.states];
    var waiting = new ArrayDeque<Integer>();
    waiting.add(nfa.root);
    while (!waiting.isEmpty()) {
      int s = waiting.pop();
      if (seen[s]) {
        continue;
      }
      seen[s] = true;
      switch (nfa.kind[s]) {
        case Nfa.BYTES -> {
          for (int e = nfa.first[s]; e < nfa.first[s] + nfa.second[s]; e++) {
            Arrays.fill(firsts, nfa.ranges[e] & 0xFF, (nfa.ranges[e] >>> 8) + 1, true);
          }
          if (nfa.otherwise[s] != Nfa.NONE) {
            waiting.push(nfa.otherwise[s]);
          }
        }
        case Nfa.SPLIT -> {
          for (int e = nfa.first[s]; e < nfa.first[s] + nfa.second[s]; e++) {
            waiting.push(nfa.targets[e]);
          }
        }
        case Nfa.LOOK -> waiting.push(nfa.second[s]);
        default -> {
          return null;
        }
      }
    }
    return firsts;
  }

  @Nullable Span find(byte[] b, int from, int to) {
    int boundary = from;
    int before = Stepper.CONTEXT_START;
    for (int i = from; i <= to; i++) {
      if (firsts != null && count == 0 && foundStart < 0) {
        int next = i;
        while (next < to && !firsts[b[next] & 0xFF]) {
          next++;
        }
        if (next == to) {
          return null;
        }
        if (next > i) {
          while (boundary < next) {
            boundary += b[boundary] >= 0 ? 1 : Math.abs(Utf8.unit(b, boundary, to));
          }
          i = next;
          before = context(b[next - 1]);
        }
      }
      int symbol;
      if (i == to) {
        symbol = Nfa.END;
      } else if (i == to - 1 && b[i] == '\n') {
        symbol = Nfa.FINAL_NEWLINE;
      } else {
        symbol = b[i] & 0xFF;
      }
      // Close over everything that consumes nothing. Threads are in the order of their starts, so
      // that each state is reached by its earliest start first and visited once.
      stamp++;
      hereCount = 0;
      for (int k = 0; k < count; k++) {
        close(live[k], starts[k], before, symbol, i);
      }
      boolean atBoundary = i == boundary;
      if (atBoundary && i < to) {
        boundary = i + Math.abs(Utf8.unit(b, i, to));
      }
      if (foundStart < 0 && (atBoundary || startsWithRawByte())) {
        close(nfa.root, i, before, symbol, i);
      }
      if (i == to || (hereCount == 0 && foundStart >= 0)) {
        break;
      }
      step(b[i] & 0xFF);
      before = context(b[i]);
    }
    return foundStart < 0 ? null : new Span(foundStart, foundEnd);
  }

  private static int context(byte b) {
    return b == '\n'
        ? Stepper.CONTEXT_NEWLINE
        : Nfa.isWord(b & 0xFF) ? Stepper.CONTEXT_WORD : Stepper.CONTEXT_OTHER;
  }

  /// A literal of bytes may begin inside a character.
  private boolean startsWithRawByte() {
    int s = nfa.root;
    return nfa.kind[s] == Nfa.BYTES
        && nfa.otherwise[s] == Nfa.NONE
        && nfa.second[s] == 1
        && (nfa.ranges[nfa.first[s]] & 0xFF) >= 0x80;
  }

  private void step(int value) {
    count = 0;
    for (int k = 0; k < hereCount; k++) {
      int s = here[k];
      int start = best[s];
      if (foundStart >= 0 && start > foundStart) {
        continue;
      }
      for (int e = nfa.first[s]; e < nfa.first[s] + nfa.second[s]; e++) {
        int range = nfa.ranges[e];
        if ((range & 0xFF) <= value && value <= range >>> 8) {
          if (count == live.length) {
            live = Arrays.copyOf(live, count * 2);
            starts = Arrays.copyOf(starts, count * 2);
          }
          live[count] = nfa.targets[e];
          starts[count++] = start;
        }
      }
    }
  }

  private void close(int from, int start, int before, int symbol, int position) {
    if (foundStart >= 0 && start > foundStart) {
      return;
    }
    int depth = 0;
    stack[depth++] = from;
    while (depth > 0) {
      int s = stack[--depth];
      boolean fresh = stamps[s] != stamp;
      if (!fresh && best[s] <= start) {
        continue;
      }
      stamps[s] = stamp;
      best[s] = start;
      int pushes = nfa.kind[s] == Nfa.SPLIT ? nfa.second[s] : 1;
      if (stack.length < depth + pushes) {
        stack = Arrays.copyOf(stack, (depth + pushes) * 2);
      }
      switch (nfa.kind[s]) {
        case Nfa.BYTES -> {
          if (fresh) {
            if (hereCount == here.length) {
              here = Arrays.copyOf(here, hereCount * 2);
            }
            here[hereCount++] = s;
          }
          if (nfa.otherwise[s] != Nfa.NONE) {
            int valid = nfa.valid[s];
            if (symbol < (valid & 0xFF) || symbol > valid >>> 8) {
              stack[depth++] = nfa.otherwise[s];
            }
          }
        }
        case Nfa.SPLIT -> {
          for (int e = nfa.first[s]; e < nfa.first[s] + nfa.second[s]; e++) {
            stack[depth++] = nfa.targets[e];
          }
        }
        case Nfa.LOOK -> {
          if (Stepper.holds(Nfa.LOOKS[nfa.first[s]], before, symbol)) {
            stack[depth++] = nfa.second[s];
          }
        }
        default -> {
          if (foundStart < 0 || start < foundStart) {
            foundStart = start;
            foundEnd = position;
          } else if (start == foundStart) {
            foundEnd = Math.max(foundEnd, position);
          }
        }
      }
    }
  }
}
