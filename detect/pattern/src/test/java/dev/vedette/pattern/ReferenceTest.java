package dev.vedette.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Every way to run a pattern says what java.util.regex says, on random patterns and haystacks.
class ReferenceTest {
  private static final int ROUNDS = 250;
  private static final int PATTERNS = 12;
  private static final int HAYSTACKS = 12;

  private record Case(String regex, Set<Flag> flags, Pattern ours, java.util.regex.Pattern theirs) {
    @Override
    public String toString() {
      return regex + " " + flags;
    }
  }

  private static Case next(RandomRegex source) {
    String regex = source.regex();
    Set<Flag> flags = source.flags();
    return new Case(
        regex,
        flags,
        Pattern.regex(regex, flags.toArray(Flag[]::new)),
        java.util.regex.Pattern.compile(regex, RandomRegex.javaFlags(flags)));
  }

  private static String shown(byte[] haystack) {
    StringBuilder out = new StringBuilder();
    for (byte b : haystack) {
      out.append(
          b >= ' ' && b < 127 ? String.valueOf((char) b) : String.format("\\x%02x", b & 0xFF));
    }
    return out.toString();
  }

  private static void agree(long seed, int cacheBytesMax) {
    Random random = new Random(seed);
    RandomRegex source = new RandomRegex(random);
    for (int round = 0; round < ROUNDS; round++) {
      List<Case> cases = new ArrayList<>();
      PatternSet.Builder builder = PatternSet.builder();
      for (int i = 0; i < PATTERNS; i++) {
        Case one = next(source);
        cases.add(one);
        builder.add(one.ours);
      }
      PatternSet set = builder.build();
      Scanner scanner = set.scanner(cacheBytesMax);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      int[] from = new int[HAYSTACKS];
      int[] to = new int[HAYSTACKS];
      long[] expected = new long[HAYSTACKS];
      for (int h = 0; h < HAYSTACKS; h++) {
        byte[] haystack = source.haystack();
        from[h] = all.size();
        all.writeBytes(haystack);
        to[h] = all.size();
        long[] hits = new long[1];
        boolean any = scanner.scan(haystack, 0, haystack.length, hits);
        assertThat(any).isEqualTo(hits[0] != 0);
        expected[h] = hits[0];
        for (int i = 0; i < PATTERNS; i++) {
          Boolean found = Reference.finds(cases.get(i).theirs, haystack);
          if (found == null) {
            continue;
          }
          assertThat((hits[0] >>> i & 1) != 0)
              .as("seed %d: %s on %s", seed, cases.get(i), shown(haystack))
              .isEqualTo(found);
        }
      }
      for (Scanner other : List.of(scanner, set.scanner(cacheBytesMax))) {
        long[] hits = new long[HAYSTACKS];
        int matched = other.scanAll(all.toByteArray(), from, to, HAYSTACKS, hits);
        assertThat(hits).as("seed %d: several at a time, %s", seed, cases).isEqualTo(expected);
        assertThat(matched).isEqualTo((int) Arrays.stream(hits).filter(bits -> bits != 0).count());
      }
    }
  }

  @Test
  void setAgrees() {
    agree(1, 1 << 20);
    agree(System.nanoTime(), 1 << 20);
  }

  @Test
  void setAgreesWithTinyCaches() {
    agree(2, 1);
    agree(3, 2_000);
    agree(System.nanoTime(), 8_000);
  }

  @Test
  void wildcardsAgree() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    RandomRegex source = new RandomRegex(random);
    for (int round = 0; round < 300; round++) {
      PatternSet.Builder builder = PatternSet.builder();
      List<java.util.regex.Pattern> theirs = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Anchor anchor = Anchor.values()[random.nextInt(4)];
        List<Piece> pieces = new ArrayList<>();
        StringBuilder regex = new StringBuilder();
        regex.append(anchor == Anchor.STARTS || anchor == Anchor.EXACT ? "\\A" : "");
        for (int n = random.nextInt(5); n > 0; n--) {
          switch (random.nextInt(4)) {
            case 0 -> {
              pieces.add(new Piece.AnyRun());
              regex.append("(?s:.*)");
            }
            case 1 -> {
              pieces.add(new Piece.AnyOne());
              regex.append("(?s:.)");
            }
            default -> {
              String text = source.text(1 + random.nextInt(2));
              pieces.add(new Piece.Text(text));
              regex.append(java.util.regex.Pattern.quote(text));
            }
          }
        }
        regex.append(anchor == Anchor.ENDS || anchor == Anchor.EXACT ? "\\z" : "");
        boolean folded = random.nextBoolean();
        Flag[] flags = folded ? new Flag[] {Flag.IGNORE_CASE} : new Flag[0];
        builder.add(Pattern.wildcard(pieces, anchor, flags));
        theirs.add(
            java.util.regex.Pattern.compile(
                regex.toString(), RandomRegex.javaFlags(Set.of(flags))));
      }
      Scanner scanner = builder.build().scanner(round % 3 == 0 ? 4_000 : 1 << 20);
      for (int h = 0; h < 12; h++) {
        byte[] haystack = source.haystack();
        long[] hits = new long[1];
        scanner.scan(haystack, 0, haystack.length, hits);
        for (int i = 0; i < theirs.size(); i++) {
          Boolean found = Reference.finds(theirs.get(i), haystack);
          if (found == null) {
            continue;
          }
          assertThat((hits[0] >>> i & 1) != 0)
              .as("seed %d: %s on %s", seed, theirs.get(i), shown(haystack))
              .isEqualTo(found);
        }
      }
    }
  }

  /// The attack patterns of the bench in one set, on lines pieced together from their own words.
  @Test
  void attackPatternsAgree() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> regexes = PatternBench.patterns();
    List<java.util.regex.Pattern> theirs = new ArrayList<>();
    List<String> words = new ArrayList<>();
    PatternSet.Builder builder = PatternSet.builder();
    for (String regex : regexes) {
      builder.add(Pattern.regex(regex, Flag.IGNORE_CASE));
      theirs.add(
          java.util.regex.Pattern.compile(
              regex, RandomRegex.javaFlags(EnumSet.of(Flag.IGNORE_CASE))));
      words.addAll(List.of(regex.replaceAll("[\\\\?]", "").split("[()\\[\\]|*+]")));
    }
    words.addAll(List.of(" ", "%20", "../", "=", "\n", "1", "a", "é", "0x41", "(", ")", "{"));
    PatternSet set = builder.build();
    List<Scanner> alone = new ArrayList<>();
    for (int i = 0; i < regexes.size(); i++) {
      PatternSet.Builder one = PatternSet.builder();
      one.add(set.pattern(i));
      alone.add(one.build().scanner(i % 2 == 0 ? 1 << 20 : 3_000));
    }
    Scanner generous = set.scanner();
    Scanner tight = set.scanner(30_000);
    int matches = 0;
    for (int line = 0; line < 250; line++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(14); i >= 0; i--) {
        String word = words.get(random.nextInt(words.size()));
        text.append(random.nextBoolean() ? word : word.toUpperCase(Locale.ROOT));
      }
      byte[] haystack = text.toString().getBytes(StandardCharsets.UTF_8);
      long[] hits = new long[set.words()];
      generous.scan(haystack, 0, haystack.length, hits);
      long[] again = new long[set.words()];
      tight.scan(haystack, 0, haystack.length, again);
      assertThat(again).as("seed %d: %s", seed, text).isEqualTo(hits);
      for (int i = 0; i < regexes.size(); i++) {
        assertThat(alone.get(i).scan(haystack, 0, haystack.length, new long[1]))
            .as("seed %d: %s alone on %s", seed, regexes.get(i), text)
            .isEqualTo((hits[i >> 6] >>> i & 1) != 0);
      }
      for (int i = 0; i < regexes.size(); i++) {
        Boolean found = Reference.finds(theirs.get(i), haystack);
        if (found == null) {
          continue;
        }
        assertThat((hits[i >> 6] >>> i & 1) != 0)
            .as("seed %d: %s on %s", seed, regexes.get(i), text)
            .isEqualTo(found);
        matches += found ? 1 : 0;
      }
    }
    assertThat(matches).isGreaterThan(400);
    assertThat(tight.gaveUp() + tight.flushes()).isPositive();
  }

  @Test
  void findAgrees() {
    for (long seed : new long[] {4, System.nanoTime()}) {
      Random random = new Random(seed);
      RandomRegex source = new RandomRegex(random);
      for (int round = 0; round < 2_500; round++) {
        Case one = next(source);
        for (int h = 0; h < 4; h++) {
          byte[] haystack = source.haystack();
          byte[] padded = new byte[haystack.length + 5];
          System.arraycopy(haystack, 0, padded, 3, haystack.length);
          Span expected;
          try {
            expected = longest(one.theirs, haystack);
          } catch (Reference.Undecided _) {
            continue;
          }
          Span span = one.ours.find(padded, 3, 3 + haystack.length);
          assertThat(span).as("seed %d: %s on %s", seed, one, shown(haystack)).isEqualTo(expected);
        }
      }
    }
  }

  private static @Nullable Span longest(java.util.regex.Pattern pattern, byte[] haystack) {
    String text = new String(haystack, StandardCharsets.UTF_8);
    int[] offsets = new int[text.length() + 1];
    int unit = 0;
    for (int at = 0; at < haystack.length; ) {
      offsets[unit] = at;
      int chars = Character.charCount(text.codePointAt(unit));
      at += Math.abs(Utf8.unit(haystack, at, haystack.length));
      unit += chars;
    }
    offsets[text.length()] = haystack.length;
    java.util.regex.Matcher matcher = Reference.matcher(pattern, haystack);
    if (!matcher.find()) {
      return null;
    }
    int start = matcher.start();
    matcher.useTransparentBounds(true).useAnchoringBounds(false);
    for (int end = text.length(); end >= start; end--) {
      boolean inside =
          end < text.length()
              && Character.isLowSurrogate(text.charAt(end))
              && end > 0
              && Character.isHighSurrogate(text.charAt(end - 1));
      if (!inside && matcher.region(start, end).matches()) {
        return new Span(3 + offsets[start], 3 + offsets[end]);
      }
    }
    throw new AssertionError("no end for " + pattern + " on " + text);
  }
}
