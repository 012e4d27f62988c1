package dev.vedette.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Immutable. A set of Unicode scalar values: sorted, disjoint, non-adjacent ranges. Surrogates are
/// never members, because UTF-8 cannot carry them.
final class CodePoints {
  static final int MAX = 0x10FFFF;
  static final CodePoints NONE = new CodePoints(new int[0]);
  static final CodePoints ALL = of(0, MAX);
  static final CodePoints DIGIT = of('0', '9');
  static final CodePoints WORD = of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
  static final CodePoints SPACE = of('\t', '\r', ' ', ' ');

  /// `lo, hi, lo, hi, ...`, both inclusive.
  private final int[] ranges;

  /// Computed on first use; a race computes twice and changes nothing.
  private volatile @Nullable CharBytes wellFormed;

  private volatile @Nullable CharBytes lenient;

  private CodePoints(int[] ranges) {
    this.ranges = ranges;
  }

  /// The union of inclusive ranges `lo, hi, lo, hi, ...` in any order.
  static CodePoints of(int... bounds) {
    int n = bounds.length / 2;
    long[] sorted = new long[n];
    for (int i = 0; i < n; i++) {
      sorted[i] = ((long) bounds[2 * i] << 32) | bounds[2 * i + 1];
    }
    Arrays.sort(sorted);
    int[] out = new int[2 * n + 2];
    int used = 0;
    for (long range : sorted) {
      int lo = (int) (range >>> 32);
      int hi = (int) range;
      if (lo <= 0xDFFF && hi >= 0xD800) {
        // Cut the surrogates out; the upper part is handled in place, the lower part first.
        if (lo < 0xD800) {
          used = append(out, used, lo, 0xD7FF);
        }
        if (hi <= 0xDFFF) {
          continue;
        }
        lo = 0xE000;
      }
      if (used + 2 > out.length) {
        out = Arrays.copyOf(out, out.length * 2);
      }
      used = append(out, used, lo, hi);
      if (used == out.length) {
        out = Arrays.copyOf(out, out.length + 4);
      }
    }
    return new CodePoints(Arrays.copyOf(out, used));
  }

  private static int append(int[] out, int used, int lo, int hi) {
    if (used > 0 && lo <= out[used - 1] + 1) {
      out[used - 1] = Math.max(out[used - 1], hi);
      return used;
    }
    out[used] = lo;
    out[used + 1] = hi;
    return used + 2;
  }

  static CodePoints where(IntPredicate member) {
    int[] bounds = new int[64];
    int used = 0;
    int lo = -1;
    for (int c = 0; c <= MAX + 1; c++) {
      boolean in = c <= MAX && member.test(c);
      if (in && lo < 0) {
        lo = c;
      } else if (!in && lo >= 0) {
        if (used == bounds.length) {
          bounds = Arrays.copyOf(bounds, used * 2);
        }
        bounds[used++] = lo;
        bounds[used++] = c - 1;
        lo = -1;
      }
    }
    return of(Arrays.copyOf(bounds, used));
  }

  CodePoints union(CodePoints other) {
    int[] both = Arrays.copyOf(ranges, ranges.length + other.ranges.length);
    System.arraycopy(other.ranges, 0, both, ranges.length, other.ranges.length);
    return of(both);
  }

  CodePoints negated() {
    int[] out = new int[ranges.length + 2];
    int used = 0;
    int next = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      if (ranges[i] > next) {
        out[used++] = next;
        out[used++] = ranges[i] - 1;
      }
      next = ranges[i + 1] + 1;
    }
    if (next <= MAX) {
      out[used++] = next;
      out[used++] = MAX;
    }
    return of(Arrays.copyOf(out, used));
  }

  /// One code point; the same object for the same ASCII character, so that what is computed from it
  /// is computed once for all patterns.
  ///
  /// @param folded whether also those that fold to the same letter
  static CodePoints one(int c, boolean folded) {
    if (c >= 0x80) {
      return folded ? of(c, c).foldClosed() : of(c, c);
    }
    return folded ? Ascii.FOLDED[c] : Ascii.PLAIN[c];
  }

  /// With every code point also those that fold to the same letter.
  CodePoints foldClosed() {
    if (ranges.length == 0) {
      return this;
    }
    if (ranges[ranges.length - 1] < 0x80) {
      return foldClosedAscii();
    }
    if (ranges.length == 2 && ranges[0] == ranges[1]) {
      int[] same = Folding.SAME.get(ranges[0]);
      return same == null ? this : singletons(same);
    }
    int[] added = new int[64];
    int used = 0;
    for (int[] group : Folding.GROUPS) {
      boolean any = false;
      for (int c : group) {
        any |= contains(c);
      }
      if (any) {
        for (int c : group) {
          if (used == added.length) {
            added = Arrays.copyOf(added, used * 2);
          }
          added[used++] = c;
        }
      }
    }
    return used == 0 ? this : union(singletons(Arrays.copyOf(added, used)));
  }

  private CodePoints foldClosedAscii() {
    int[] bounds = new int[asciiCount() * 6];
    int used = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      for (int c = ranges[i]; c <= ranges[i + 1]; c++) {
        int[] folded = Ascii.FOLDED[c].ranges;
        System.arraycopy(folded, 0, bounds, used, folded.length);
        used += folded.length;
      }
    }
    return of(Arrays.copyOf(bounds, used));
  }

  private static CodePoints singletons(int[] members) {
    int[] bounds = new int[members.length * 2];
    for (int i = 0; i < members.length; i++) {
      bounds[2 * i] = members[i];
      bounds[2 * i + 1] = members[i];
    }
    return of(bounds);
  }

  boolean isEmpty() {
    return ranges.length == 0;
  }

  boolean contains(int c) {
    return containsAll(c, c);
  }

  boolean containsAll(int lo, int hi) {
    int i = rangeAtOrAfter(lo);
    return i < ranges.length && ranges[i] <= lo && hi <= ranges[i + 1];
  }

  boolean intersects(int lo, int hi) {
    int i = rangeAtOrAfter(lo);
    return i < ranges.length && ranges[i] <= hi;
  }

  /// How many bounds there are: two per range, to be had with [#bound].
  int bounds() {
    return ranges.length;
  }

  int bound(int i) {
    return ranges[i];
  }

  /// The set as an automaton over bytes.
  ///
  /// @param malformed whether one ill-formed sequence is a member too
  CharBytes bytes(boolean malformed) {
    CharBytes known = malformed ? lenient : wellFormed;
    if (known == null) {
      known = CharBytes.of(this, malformed);
      if (malformed) {
        lenient = known;
      } else {
        wellFormed = known;
      }
    }
    return known;
  }

  /// Index of the first range that ends at or after `c`.
  int rangeAtOrAfter(int c) {
    int low = 0;
    int high = ranges.length / 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges[2 * middle + 1] < c) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low * 2;
  }

  int first() {
    return ranges[0];
  }

  int size() {
    int size = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      size += ranges[i + 1] - ranges[i] + 1;
    }
    return size;
  }

  /// How many ASCII characters are members.
  int asciiCount() {
    int count = 0;
    for (int i = 0; i < ranges.length && ranges[i] < 0x80; i += 2) {
      count += Math.min(0x7F, ranges[i + 1]) - ranges[i] + 1;
    }
    return count;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CodePoints that && Arrays.equals(ranges, that.ranges);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ranges);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < ranges.length; i += 2) {
      text.append(Integer.toHexString(ranges[i]));
      if (ranges[i] != ranges[i + 1]) {
        text.append('-').append(Integer.toHexString(ranges[i + 1]));
      }
      text.append(i + 2 < ranges.length ? " " : "");
    }
    return text.append(']').toString();
  }

  /// The sets of one ASCII character. Two letters have a third form outside ASCII: the Kelvin sign
  /// U+212A is a `k`, the long s U+017F an `s`. Rules are ASCII almost throughout, and this spares
  /// them the walk over Unicode in [Folding].
  private static final class Ascii {
    static final CodePoints[] PLAIN = new CodePoints[0x80];
    static final CodePoints[] FOLDED = new CodePoints[0x80];

    static {
      for (int c = 0; c < 0x80; c++) {
        PLAIN[c] = of(c, c);
        FOLDED[c] = PLAIN[c];
      }
      for (int upper = 'A'; upper <= 'Z'; upper++) {
        int lower = upper + ('a' - 'A');
        int third = lower == 'k' ? 0x212A : lower == 's' ? 0x17F : lower;
        FOLDED[upper] = of(upper, upper, lower, lower, third, third);
        FOLDED[lower] = FOLDED[upper];
      }
    }

    private Ascii() {}
  }

  /// Unicode simple case folding (statuses C and S of CaseFolding.txt), taken from the JDK's own
  /// character data. U+0130 and U+0131 fold only in Turkish (status T), so they stay alone.
  private static final class Folding {
    /// No code point at or above this has case.
    private static final int CASED_BELOW = 0x20000;

    static final Map<Integer, int[]> SAME = new HashMap<>();
    static final List<int[]> GROUPS = new ArrayList<>();

    static {
      Map<Integer, List<Integer>> byKey = new HashMap<>();
      for (int c = 0; c < CASED_BELOW; c++) {
        int key = Character.toLowerCase(Character.toUpperCase(c));
        boolean cased = key != c || Character.toUpperCase(c) != c;
        if (cased && c != 0x130 && c != 0x131) {
          byKey.computeIfAbsent(key, _ -> new ArrayList<>()).add(c);
        }
      }
      byKey.forEach((key, members) -> {
        if (!members.contains(key)) {
          members.add(key);
        }
        if (members.size() > 1) {
          int[] group = members.stream().mapToInt(Integer::intValue).sorted().toArray();
          GROUPS.add(group);
          for (int c : group) {
            SAME.put(c, group);
          }
        }
      });
    }

    private Folding() {}
  }
}
