package dev.vedette.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Automata are built when they are needed, and what cannot be built is refused before that.
class LazyBuildTest {
  @Test
  void theBoundIsNeverBelowTheAutomaton() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    RandomRegex source = new RandomRegex(random);
    for (int round = 0; round < 300; round++) {
      PatternSet.Builder builder = PatternSet.builder();
      long bound = 0;
      var shown = new StringBuilder("seed " + seed);
      for (int i = 0; i < 8; i++) {
        String regex = source.regex();
        Pattern pattern = Pattern.regex(regex, source.flags().toArray(Flag[]::new));
        builder.add(pattern);
        bound += pattern.statesBound();
        shown.append('\n').append(regex);
        Nfa.Builder alone = new Nfa.Builder();
        alone.add(Nfa.Entry.ROOT, Node.flatten(pattern.node()), 0);
        assertThat((long) alone.build().states)
            .as(shown.toString())
            .isLessThanOrEqualTo(pattern.statesBound());
      }
      PatternSet.Automata built = builder.build().automata();
      long states = built.main.states;
      for (Nfa apart : built.apart) {
        states += apart.states;
      }
      for (PatternSet.Check[] checks : built.checks) {
        for (PatternSet.Check check : checks) {
          assertThat((long) check.nfa().states).as(shown.toString()).isLessThanOrEqualTo(bound);
        }
      }
      assertThat(states).as(shown.toString()).isLessThanOrEqualTo(bound);
    }
  }

  @Test
  void theBoundOfAnySetOfCharactersHolds() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      int[] bounds = new int[2 * random.nextInt(1, 12)];
      int span = 1 << random.nextInt(4, 21);
      for (int i = 0; i < bounds.length; i += 2) {
        bounds[i] = random.nextInt(CodePoints.MAX + 1);
        bounds[i + 1] = Math.min(CodePoints.MAX, bounds[i] + random.nextInt(span));
      }
      CodePoints set = CodePoints.of(bounds);
      for (boolean malformed : new boolean[] {false, true}) {
        assertThat(set.bytes(malformed).states())
            .as("seed %d, %s, malformed %s", seed, set, malformed)
            .isLessThanOrEqualTo(CharBytes.statesBound(set, malformed));
      }
    }
  }

  @Test
  void asciiFoldsAsUnicodeDoes() {
    for (int c = 0; c < 0x80; c++) {
      int[] same = same(c);
      CodePoints expected = CodePoints.of(twice(same));
      assertThat(CodePoints.one(c, true)).as("%x", c).isEqualTo(expected);
      assertThat(CodePoints.of(c, c).foldClosed()).as("%x", c).isEqualTo(expected);
      assertThat(CodePoints.one(c, false)).as("%x", c).isEqualTo(CodePoints.of(c, c));
      // Beside a character outside ASCII the walk over Unicode decides: both ways must agree.
      CodePoints withEuro = CodePoints.of(c, c, '€', '€');
      assertThat(withEuro.foldClosed())
          .as("%x", c)
          .isEqualTo(expected.union(CodePoints.of('€', '€')));
    }
    assertThat(CodePoints.of('0', '9', 'a', 'z').foldClosed())
        .isEqualTo(CodePoints.of('0', '9', 'A', 'Z', 'a', 'z', 0x17F, 0x17F, 0x212A, 0x212A));
  }

  /// The code points that fold to what `c` folds to, as the JDK folds (without the Turkish i).
  private static int[] same(int c) {
    int folded = Character.toLowerCase(Character.toUpperCase(c));
    return IntStream.range(0, 0x20000)
        .filter(other -> other != 0x130 && other != 0x131)
        .filter(other -> Character.toLowerCase(Character.toUpperCase(other)) == folded)
        .toArray();
  }

  private static int[] twice(int[] members) {
    return IntStream.of(members).flatMap(c -> IntStream.of(c, c)).toArray();
  }

  @Test
  void aSetThatIsTooLargeIsRefusedWhenItIsBuilt() {
    PatternSet.Builder builder = PatternSet.builder();
    for (int i = 0; i < 200; i++) {
      builder.add(Pattern.regex("x" + i + "(?:[a-c]{900}|y)".repeat(25) + "z" + i));
    }
    assertThatThrownBy(builder::build)
        .isInstanceOf(PatternException.class)
        .hasMessageContaining("states");
  }

  @Test
  void workersThatAskTogetherShareOneBuild() throws Exception {
    PatternSet.Builder builder = PatternSet.builder();
    for (int i = 0; i < 500; i++) {
      builder.add(Pattern.literal("needle" + i, Anchor.CONTAINS, Flag.IGNORE_CASE));
    }
    PatternSet set = builder.build();
    try (var threads = Executors.newFixedThreadPool(4)) {
      var asked = new ArrayList<Callable<PatternSet.Automata>>();
      for (int i = 0; i < 4; i++) {
        asked.add(set::automata);
      }
      for (var answer : threads.invokeAll(asked)) {
        assertThat(answer.get()).isSameAs(set.automata());
      }
    }
  }
}
