package dev.vedette.pattern;

import java.util.Arrays;

/// Immutable. A set of characters as a small automaton over its UTF-8 bytes: a lead byte, then one
/// state per continuation byte, equal states shared. Computed once per set and then copied into
/// every automaton that holds it: `.{1,80}` is eighty copies.
///
/// States are numbered from 0; the last one is where it starts. A target is a state or [#NEXT],
/// which stands for whatever follows the character.
final class CharBytes {
  static final int NEXT = Integer.MAX_VALUE;

  private static final int NONE = -1;

  /// Edges of state `s` are `firsts[s] .. firsts[s + 1] - 1`.
  final int[] firsts;

  /// `lo | (hi << 8)`.
  final int[] ranges;

  final int[] targets;

  /// By state, where ill-formed sequences are members: the bytes that keep the sequence
  /// well-formed, `lo | (hi << 8)`; any other byte passes on to [#NEXT] without being consumed. -1
  /// where there is no such way.
  final int[] valid;

  private CharBytes(Builder b) {
    firsts = Arrays.copyOf(b.firsts, b.states + 1);
    ranges = Arrays.copyOf(b.ranges, b.edges);
    targets = Arrays.copyOf(b.targets, b.edges);
    valid = Arrays.copyOf(b.valid, b.states);
  }

  /// @param malformed whether one ill-formed sequence is a member too
  static CharBytes of(CodePoints set, boolean malformed) {
    return new CharBytes(new Builder(set, malformed));
  }

  /// At least [#states] of the set, without building it: what is shared, what is peculiar to the
  /// lead bytes E0, ED, F0 and F4, and a path of three states to either end of every range.
  static int statesBound(CodePoints set, boolean malformed) {
    if (!malformed && !set.intersects(0x80, CodePoints.MAX)) {
      return 1;
    }
    return 16 + 3 * set.bounds();
  }

  int states() {
    return valid.length;
  }

  /// Confined to one call.
  private static final class Builder {
    private final CodePoints set;
    private final boolean malformed;

    private int[] firsts = new int[8];
    private int[] valid = new int[8];
    private int states;
    private int[] ranges = new int[16];
    private int[] targets = new int[16];
    private int edges;

    /// States that take all or none of `left` whole continuation bytes, plus one.
    private final int[][] whole = new int[2][4];

    Builder(CodePoints set, boolean malformed) {
      this.set = set;
      this.malformed = malformed;
      var out = new Ranges();
      members(out, 0, 0x7F, 0);
      if (malformed || set.intersects(0x80, CodePoints.MAX)) {
        out.add(0x80, 0xC1, malformed ? NEXT : NONE);
        for (int c = 0xC2; c <= 0xDF; c++) {
          out.add(c, c, rest((c & 0x1F) << 6, 1, 0x80, 0xBF));
        }
        for (int c = 0xE0; c <= 0xEF; c++) {
          out.add(
              c, c, rest((c & 0x0F) << 12, 2, c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF));
        }
        for (int c = 0xF0; c <= 0xF4; c++) {
          out.add(
              c, c, rest((c & 0x07) << 18, 3, c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF));
        }
        out.add(0xF5, 0xFF, malformed ? NEXT : NONE);
      }
      state(out, -1);
    }

    /// The members in `from..to` as bytes from `from - shift` on.
    private void members(Ranges out, int from, int to, int shift) {
      for (int i = set.rangeAtOrAfter(from); i < set.bounds() && set.bound(i) <= to; i += 2) {
        int lo = Math.max(from, set.bound(i));
        int hi = Math.min(to, set.bound(i + 1));
        out.add(lo - shift, hi - shift, NEXT);
      }
    }

    /// The state after a prefix whose code points begin at `base`, with `left` bytes to come, the
    /// next of which is in `lo..hi`; NONE if nothing can match there. What is the same for every
    /// prefix, because all or none of the code points are members, is built once.
    private int rest(int base, int left, int lo, int hi) {
      int shift = 6 * (left - 1);
      int from = base + ((lo & 0x3F) << shift);
      int to = base + ((hi & 0x3F) << shift) + (1 << shift) - 1;
      boolean all = set.containsAll(from, to);
      boolean none = !set.intersects(from, to);
      if (none && !malformed) {
        return NONE;
      }
      boolean shared = (all || none) && lo == 0x80 && hi == 0xBF;
      if (shared && whole[all ? 1 : 0][left] > 0) {
        return whole[all ? 1 : 0][left] - 1;
      }
      var out = new Ranges();
      if (left == 1) {
        members(out, from, to, base - 0x80);
      } else if (all || none) {
        out.add(lo, hi, rest(from, left - 1, 0x80, 0xBF));
      } else {
        for (int c = lo; c <= hi; c++) {
          out.add(c, c, rest(base + ((c & 0x3F) << shift), left - 1, 0x80, 0xBF));
        }
      }
      int s = state(out, malformed ? lo | (hi << 8) : -1);
      if (shared) {
        whole[all ? 1 : 0][left] = s + 1;
      }
      return s;
    }

    private int state(Ranges out, int validBytes) {
      if (states + 1 == firsts.length) {
        firsts = Arrays.copyOf(firsts, states * 2 + 2);
        valid = Arrays.copyOf(valid, states * 2 + 2);
      }
      while (edges + out.count > ranges.length) {
        ranges = Arrays.copyOf(ranges, ranges.length * 2);
        targets = Arrays.copyOf(targets, targets.length * 2);
      }
      System.arraycopy(out.range, 0, ranges, edges, out.count);
      System.arraycopy(out.target, 0, targets, edges, out.count);
      edges += out.count;
      valid[states] = validBytes;
      firsts[states + 1] = edges;
      return states++;
    }
  }

  /// Ranges of one state while they are collected, neighbours with one target joined.
  private static final class Ranges {
    int[] range = new int[8];
    int[] target = new int[8];
    int count;

    void add(int lo, int hi, int to) {
      if (to == NONE) {
        return;
      }
      if (count > 0 && target[count - 1] == to && (range[count - 1] >>> 8) + 1 == lo) {
        range[count - 1] = (range[count - 1] & 0xFF) | (hi << 8);
        return;
      }
      if (count == range.length) {
        range = Arrays.copyOf(range, count * 2);
        target = Arrays.copyOf(target, count * 2);
      }
      range[count] = lo | (hi << 8);
      target[count++] = to;
    }
  }
}
