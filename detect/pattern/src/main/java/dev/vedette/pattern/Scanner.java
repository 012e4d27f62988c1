package dev.vedette.pattern;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. Scans haystacks for the patterns of one set, and holds the states that
/// were built on the way. The first scans build; after some hundred haystacks of one kind almost
/// nothing is built any more. A scan allocates nothing then.
///
/// The main automaton runs over every haystack. Where it finds all factors of a pattern that is not
/// in it, an automaton of that pattern alone decides. Patterns without factors run in small groups
/// of their own. The cache is shared out: half to the main automaton, a quarter each to the two
/// others.
public final class Scanner {
  private static final int CHECK_BYTES_MAX = 256 << 10;

  private final PatternSet.Automata automata;
  private final int words;
  private final Dfa main;
  private final Dfa[] apart;
  private final @Nullable Dfa[] checks;
  private final int checkBytesMax;
  private final int poolBytesMax;
  private final Hits sink;
  private final Hits[] lanes = new Hits[Dfa.LANES];
  private final Batch batch = new Batch();

  /// Of automata that were dropped.
  private long droppedStates;

  private long droppedFlushes;
  private long droppedGaveUp;
  private long droppedVisits;

  Scanner(PatternSet patterns, int cacheBytesMax) {
    automata = patterns.automata();
    words = patterns.words();
    boolean whole = automata.apart.length == 0 && automata.checkCount == 0;
    main = new Dfa(automata.main, whole ? cacheBytesMax : cacheBytesMax / 2, false);
    apart = new Dfa[automata.apart.length];
    for (int i = 0; i < apart.length; i++) {
      apart[i] = new Dfa(automata.apart[i], cacheBytesMax / 4 / apart.length, false);
    }
    checks = new Dfa[automata.checkCount];
    poolBytesMax = cacheBytesMax / 4;
    checkBytesMax = Math.min(CHECK_BYTES_MAX, poolBytesMax);
    sink = new Hits(patterns.size(), automata.factorCount);
    for (int lane = 0; lane < lanes.length; lane++) {
      lanes[lane] = new Hits(patterns.size(), automata.factorCount);
    }
  }

  /// Sets in `hits` (bit `id & 63` of word `id >> 6`) the bit of every pattern that matches
  /// somewhere in `[from, to)`, read as if it were a whole input; other bits stay.
  ///
  /// @return whether at least one pattern matches
  /// @throws IndexOutOfBoundsException if the range is not inside `b`
  /// @throws IllegalArgumentException if `hits` has fewer than [PatternSet#words()] words
  public boolean scan(byte[] b, int from, int to, long[] hits) {
    Objects.checkFromToIndex(from, to, b.length);
    checkWords(hits, words);
    sink.begin(hits, 0);
    main.scan(b, from, to, sink);
    return rest(b, from, to, sink);
  }

  /// Everything but the main automaton.
  private boolean rest(byte[] b, int from, int to, Hits hits) {
    for (int id : automata.always) {
      hits.add(id);
    }
    for (Dfa dfa : apart) {
      dfa.scan(b, from, to, hits);
    }
    for (int i = 0; i < hits.factorCount(); i++) {
      for (PatternSet.Check check : automata.checks[hits.factor(i)]) {
        if (hits.allSeen(check.others())) {
          check(check).scan(b, from, to, hits);
        }
      }
    }
    return hits.any;
  }

  private Dfa check(PatternSet.Check check) {
    Dfa dfa = checks[check.check()];
    if (dfa != null) {
      return dfa;
    }
    long held = 0;
    for (Dfa other : checks) {
      held += other == null ? 0 : other.bytesUsed() + other.fixedBytes();
    }
    if (held + checkBytesMax > poolBytesMax) {
      dropChecks();
    }
    Dfa built = new Dfa(check.nfa(), checkBytesMax, true);
    checks[check.check()] = built;
    return built;
  }

  private void dropChecks() {
    droppedFlushes++;
    for (Dfa dfa : checks) {
      if (dfa != null) {
        droppedStates += dfa.built;
        droppedFlushes += dfa.flushes;
        droppedGaveUp += dfa.gaveUp;
        droppedVisits += dfa.visits();
      }
    }
    Arrays.fill(checks, null);
  }

  /// Scans `count` haystacks in one array, several at a time where that is faster. Haystack `k` is
  /// `[from[k], to[k])`; its bits go to the words from `k * words()` of `hits`.
  ///
  /// @return how many haystacks at least one pattern matches
  public int scanAll(byte[] b, int[] from, int[] to, int count, long[] hits) {
    checkWords(hits, (long) count * words);
    for (int k = 0; k < count; k++) {
      Objects.checkFromToIndex(from[k], to[k], b.length);
    }
    batch.begin(b, from, to, hits);
    main.scanAll(b, from, to, count, lanes, batch);
    return batch.end();
  }

  /// What happens when the main automaton is done with one haystack of many.
  private final class Batch implements Dfa.Batch {
    private static final byte[] NO_BYTES = new byte[0];
    private static final int[] NO_BOUNDS = new int[0];
    private byte[] b = NO_BYTES;
    private int[] from = NO_BOUNDS;
    private int[] to = NO_BOUNDS;
    private long[] bits = Hits.NOWHERE;
    private int matched;

    void begin(byte[] bytes, int[] starts, int[] ends, long[] into) {
      b = bytes;
      from = starts;
      to = ends;
      bits = into;
      matched = 0;
    }

    int end() {
      b = NO_BYTES;
      from = NO_BOUNDS;
      to = NO_BOUNDS;
      bits = Hits.NOWHERE;
      return matched;
    }

    @Override
    public void open(int index, Hits hits) {
      hits.begin(bits, index * words);
    }

    @Override
    public void close(int index, Hits hits) {
      if (rest(b, from[index], to[index], hits)) {
        matched++;
      }
    }
  }

  private static void checkWords(long[] hits, long words) {
    if (hits.length < words) {
      throw new IllegalArgumentException(
          "hits has " + hits.length + " words, but " + words + " are needed");
    }
  }

  /// States built so far, in all automata of this scanner.
  public long states() {
    long sum = droppedStates + main.built;
    for (Dfa dfa : apart) {
      sum += dfa.built;
    }
    for (Dfa dfa : checks) {
      sum += dfa == null ? 0 : dfa.built;
    }
    return sum;
  }

  /// How often a cache was full and was dropped.
  public long flushes() {
    long sum = droppedFlushes + main.flushes;
    for (Dfa dfa : apart) {
      sum += dfa.flushes;
    }
    for (Dfa dfa : checks) {
      sum += dfa == null ? 0 : dfa.flushes;
    }
    return sum;
  }

  /// Walks that were finished without building states, because building did not pay.
  public long gaveUp() {
    long sum = droppedGaveUp + main.gaveUp;
    for (Dfa dfa : apart) {
      sum += dfa.gaveUp;
    }
    for (Dfa dfa : checks) {
      sum += dfa == null ? 0 : dfa.gaveUp;
    }
    return sum;
  }

  /// Bytes of the states held now.
  public long cacheBytes() {
    long sum = main.bytesUsed();
    for (Dfa dfa : apart) {
      sum += dfa.bytesUsed();
    }
    for (Dfa dfa : checks) {
      sum += dfa == null ? 0 : dfa.bytesUsed();
    }
    return sum;
  }

  /// NFA states visited so far while building or in place of it.
  long visits() {
    long sum = droppedVisits + main.visits();
    for (Dfa dfa : apart) {
      sum += dfa.visits();
    }
    for (Dfa dfa : checks) {
      sum += dfa == null ? 0 : dfa.visits();
    }
    return sum;
  }
}
