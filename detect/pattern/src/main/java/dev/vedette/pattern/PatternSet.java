package dev.vedette.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Immutable, thread-safe. Patterns compiled for one pass over many haystacks. Share it; give each
/// worker its own [Scanner].
///
/// ```java
/// PatternSet.Builder builder = PatternSet.builder();
/// int probe = builder.add(Pattern.literal("/wp-login.php", Anchor.CONTAINS, Flag.IGNORE_CASE));
/// PatternSet set = builder.build();
/// Scanner scanner = set.scanner();
/// long[] hits = new long[set.words()];
/// if (scanner.scan(line, 0, line.length, hits)) { ... } // bit `probe` tells
/// ```
public final class PatternSet {
  /// Patterns of one set.
  public static final int SIZE_MAX = 1_000_000;

  /// Bytes of states a scanner keeps unless told otherwise.
  public static final int CACHE_BYTES_DEFAULT = 8 << 20;

  /// Patterns that share one automaton apart from the main one.
  private static final int APART = 32;

  private final List<Pattern> patterns;

  private volatile @Nullable Automata automata;

  /// A pattern that is looked for only where all its factors are: automaton `check` decides. The
  /// check hangs on the strongest factor; `others` must be there too.
  ///
  /// Its automaton is built when it is needed for the first time: most patterns of a rule set never
  /// come that far.
  static final class Check {
    private final int check;
    private final Shape shape;
    private final int id;
    private final int[] others;
    private volatile @Nullable Nfa nfa;

    Check(int check, Shape shape, int id, int[] others) {
      this.check = check;
      this.shape = shape;
      this.id = id;
      this.others = others;
    }

    int check() {
      return check;
    }

    int[] others() {
      return others;
    }

    /// Workers that ask at the same time build the same.
    Nfa nfa() {
      Nfa known = nfa;
      if (known == null) {
        known = automaton(shape, id);
        nfa = known;
      }
      return known;
    }
  }

  private PatternSet(List<Pattern> patterns) {
    this.patterns = List.copyOf(patterns);
    long states = 0;
    for (Pattern pattern : patterns) {
      states += pattern.statesBound();
    }
    if (states > Nfa.STATES_MAX) {
      automata();
    }
  }

  /// Built when the first scanner is made: of the sets of all rules most see no event for long.
  /// What could be too large is built with the set, so that this throws nothing later.
  Automata automata() {
    Automata known = automata;
    if (known == null) {
      synchronized (this) {
        known = automata;
        if (known == null) {
          known = new Automata(patterns);
          automata = known;
        }
      }
    }
    return known;
  }

  /// Immutable. What the patterns were made into.
  static final class Automata {
    /// Ids of patterns that match every haystack.
    final int[] always;

    /// Finds the harmless patterns by their ids, and factors by `size() +` their number.
    final Nfa main;

    final int factorCount;

    /// Per factor: the checks that hang on it.
    final Check[][] checks;

    final int checkCount;

    /// What has neither harmless structure nor factors, in small groups.
    final Nfa[] apart;

    private Automata(List<Pattern> patterns) {
      Nfa.Builder shared = new Nfa.Builder();
      int[] unconditional = new int[patterns.size()];
      int unconditionalCount = 0;
      Map<List<Node>, Integer> factorIds = new LinkedHashMap<>();
      List<List<Check>> hanging = new ArrayList<>();
      List<Integer> alone = new ArrayList<>();
      int checked = 0;
      for (int id = 0; id < patterns.size(); id++) {
        Shape shape = Shape.of(patterns.get(id).node());
        if (shape.always()) {
          unconditional[unconditionalCount++] = id;
          continue;
        }
        List<List<Node>> factors =
            Factors.gapped(shape.parts()) ? Factors.required(shape.parts()) : List.of();
        if (!factors.isEmpty()) {
          int[] numbers = new int[factors.size()];
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] = factorIds.computeIfAbsent(factors.get(i), _ -> factorIds.size());
            if (numbers[i] == hanging.size()) {
              hanging.add(new ArrayList<>());
            }
          }
          int[] others = Arrays.copyOfRange(numbers, 1, numbers.length);
          hanging.get(numbers[0]).add(new Check(checked++, shape, id, others));
        } else if (Factors.severe(shape.parts())) {
          alone.add(id);
        } else {
          shared.add(shape.entry(), shape.parts(), id);
        }
      }
      factorIds.forEach((parts, number) -> {
        Shape shape = Shape.of(Node.cat(parts));
        shared.add(shape.entry(), shape.parts(), patterns.size() + number);
      });
      always = Arrays.copyOf(unconditional, unconditionalCount);
      main = shared.build();
      factorCount = factorIds.size();
      checks = hanging.stream().map(list -> list.toArray(Check[]::new)).toArray(Check[][]::new);
      checkCount = checked;
      apart = new Nfa[(alone.size() + APART - 1) / APART];
      for (int group = 0; group < apart.length; group++) {
        Nfa.Builder builder = new Nfa.Builder();
        for (int i = group * APART; i < Math.min(alone.size(), (group + 1) * APART); i++) {
          Shape shape = Shape.of(patterns.get(alone.get(i)).node());
          builder.add(shape.entry(), shape.parts(), alone.get(i));
        }
        apart[group] = builder.build();
      }
    }
  }

  private static Nfa automaton(Shape shape, int id) {
    Nfa.Builder builder = new Nfa.Builder();
    builder.add(shape.entry(), shape.parts(), id);
    return builder.build();
  }

  public static Builder builder() {
    return new Builder();
  }

  public int size() {
    return patterns.size();
  }

  /// Length of the `long[]` that holds a bit for every pattern.
  public int words() {
    return (patterns.size() + 63) >>> 6;
  }

  public Pattern pattern(int id) {
    return patterns.get(id);
  }

  /// A scanner that keeps up to [#CACHE_BYTES_DEFAULT] bytes of states.
  public Scanner scanner() {
    return scanner(CACHE_BYTES_DEFAULT);
  }

  /// A scanner that keeps up to `cacheBytesMax` bytes of states. Any positive value is correct; one
  /// that is too small for the patterns and the traffic is slow.
  public Scanner scanner(int cacheBytesMax) {
    if (cacheBytesMax <= 0) {
      throw new IllegalArgumentException("cacheBytesMax is not positive: " + cacheBytesMax);
    }
    return new Scanner(this, cacheBytesMax);
  }

  /// Confined to one thread. Collects patterns.
  public static final class Builder {
    private final List<Pattern> patterns = new ArrayList<>();

    private Builder() {}

    /// Adds a pattern; returns its id: 0, 1, 2, ... in the order of the calls.
    public int add(Pattern pattern) {
      if (patterns.size() == SIZE_MAX) {
        throw new PatternException("A set holds at most " + SIZE_MAX + " patterns.", 0);
      }
      patterns.add(Objects.requireNonNull(pattern));
      return patterns.size() - 1;
    }

    /// @throws PatternException if the automata would have more states than a set may have
    public PatternSet build() {
      return new PatternSet(patterns);
    }
  }
}
