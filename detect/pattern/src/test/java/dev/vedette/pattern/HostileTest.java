package dev.vedette.pattern;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Patterns and haystacks made to blow automata up stay within the cache and within linear work.
class HostileTest {
  private static final int CACHE_BYTES_MAX = 256 << 10;

  /// Each alone has more than 2^20 deterministic states.
  private static PatternSet exploding() {
    PatternSet.Builder builder = PatternSet.builder();
    builder.add(Pattern.regex("[ab]*a[ab]{20}c"));
    builder.add(Pattern.regex("(?:a|b)a(?:a|b|x){18}[^ab]"));
    builder.add(Pattern.regex("(.*a){12}$"));
    builder.add(Pattern.regex("a.{30}b.{30}c"));
    builder.add(Pattern.regex("b[^x]{0,100}y"));
    return builder.build();
  }

  private static byte[] coins(long seed, int length) {
    Random random = new Random(seed);
    byte[] out = new byte[length];
    for (int i = 0; i < length; i++) {
      out[i] = (byte) (random.nextBoolean() ? 'a' : 'b');
    }
    return out;
  }

  @Test
  void cacheHoldsAndWorkIsLinear() {
    PatternSet set = exploding();
    long[] visits = new long[2];
    for (int i = 0; i < 2; i++) {
      Scanner scanner = set.scanner(CACHE_BYTES_MAX);
      byte[] haystack = coins(7, (64 << 10) << i);
      scanner.scan(haystack, 0, haystack.length, new long[1]);
      assertThat(scanner.cacheBytes()).isBetween(1L, (long) CACHE_BYTES_MAX);
      assertThat(scanner.flushes() + scanner.gaveUp()).isPositive();
      visits[i] = scanner.visits();
      // A byte never costs more than a visit to each of the few hundred live states, twice over.
      assertThat(visits[i]).isLessThan(haystack.length * 1_000L);
    }
    assertThat((double) visits[1] / visits[0]).isBetween(1.0, 2.3);
  }

  @Test
  void manyShortHaystacksStayWithinTheCache() {
    Scanner scanner = exploding().scanner(CACHE_BYTES_MAX);
    Scanner interleaved = exploding().scanner(CACHE_BYTES_MAX);
    int[] from = new int[64];
    int[] to = new int[64];
    for (int round = 0; round < 20; round++) {
      byte[] all = coins(round, 64 * 200);
      long[] hits = new long[64];
      long[] expected = new long[64];
      for (int k = 0; k < 64; k++) {
        from[k] = k * 200;
        to[k] = from[k] + 200;
        long[] one = new long[1];
        scanner.scan(all, from[k], to[k], one);
        expected[k] = one[0];
      }
      interleaved.scanAll(all, from, to, 64, hits);
      assertThat(hits).isEqualTo(expected);
      assertThat(scanner.cacheBytes()).isLessThanOrEqualTo(CACHE_BYTES_MAX);
      assertThat(interleaved.cacheBytes()).isLessThanOrEqualTo(CACHE_BYTES_MAX);
    }
  }

  @Test
  void givingUpFindsTheSame() {
    byte[] haystack = coins(11, 4_000);
    haystack[3_990] = 'c';
    haystack[3_000] = 'y';
    long[] generous = new long[1];
    long[] tight = new long[1];
    Scanner large = exploding().scanner(512 << 20);
    Scanner small = exploding().scanner(20_000);
    large.scan(haystack, 0, haystack.length, generous);
    small.scan(haystack, 0, haystack.length, tight);
    assertThat(large.gaveUp()).isZero();
    assertThat(small.gaveUp()).isPositive();
    assertThat(tight).isEqualTo(generous);
    assertThat(tight[0]).isNotZero();
  }

  /// The gaps of a thousand patterns are open at once, in every combination.
  @Test
  void aThousandGapsDoNotMultiply() {
    Random random = new Random(5);
    PatternSet.Builder builder = PatternSet.builder();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      String word = Integer.toString(random.nextInt(1 << 20) + (1 << 20), 36);
      words.add(word);
      builder.add(Pattern.regex(word + ".*stop" + i + ";"));
    }
    PatternSet set = builder.build();
    Scanner scanner = set.scanner();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      text.append(words.get(random.nextInt(1_000))).append(' ');
    }
    text.append("stop17;");
    byte[] haystack = text.toString().getBytes(UTF_8);
    long[] hits = new long[set.words()];
    scanner.scan(haystack, 0, haystack.length, hits);
    boolean expected = text.indexOf(words.get(17)) >= 0;
    assertThat((hits[0] >>> 17 & 1) != 0).isEqualTo(expected);
    // About one state per character of the words, not one per combination.
    assertThat(scanner.states()).isLessThan(20_000);
    assertThat(scanner.flushes()).isZero();
    assertThat(scanner.gaveUp()).isZero();
  }

  @Test
  void anyBytesAreAValue() {
    Scanner scanner = exploding().scanner(CACHE_BYTES_MAX);
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      byte[] noise = new byte[random.nextInt(600)];
      random.nextBytes(noise);
      scanner.scan(noise, 0, noise.length, new long[1]);
    }
    assertThat(scanner.cacheBytes()).isLessThanOrEqualTo(CACHE_BYTES_MAX);
  }
}
