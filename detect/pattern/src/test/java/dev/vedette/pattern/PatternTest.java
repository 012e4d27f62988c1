package dev.vedette.pattern;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Literals, wildcards, folding, positions and the contract of the calls.
class PatternTest {
  private static boolean matches(Pattern pattern, byte[] haystack) {
    PatternSet.Builder builder = PatternSet.builder();
    builder.add(pattern);
    PatternSet set = builder.build();
    long[] hits = new long[1];
    boolean any = set.scanner().scan(haystack, 0, haystack.length, hits);
    assertThat(any).isEqualTo(hits[0] == 1);
    assertThat(pattern.find(haystack, 0, haystack.length) != null).isEqualTo(any);
    return any;
  }

  private static boolean matches(Pattern pattern, String haystack) {
    return matches(pattern, haystack.getBytes(UTF_8));
  }

  private static byte[] bytes(int... values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = (byte) values[i];
    }
    return out;
  }

  @Test
  void anchorsHold() {
    assertThat(matches(Pattern.literal("ab", Anchor.CONTAINS), "xabx")).isTrue();
    assertThat(matches(Pattern.literal("ab", Anchor.STARTS), "abx")).isTrue();
    assertThat(matches(Pattern.literal("ab", Anchor.STARTS), "xab")).isFalse();
    assertThat(matches(Pattern.literal("ab", Anchor.ENDS), "xab")).isTrue();
    assertThat(matches(Pattern.literal("ab", Anchor.ENDS), "ab\n")).isFalse();
    assertThat(matches(Pattern.literal("ab", Anchor.EXACT), "ab")).isTrue();
    assertThat(matches(Pattern.literal("ab", Anchor.EXACT), "aab")).isFalse();
    for (Anchor anchor : Anchor.values()) {
      assertThat(matches(Pattern.literal("", anchor), "")).as("%s", anchor).isTrue();
      assertThat(matches(Pattern.literal("", anchor), "x"))
          .as("%s", anchor)
          .isEqualTo(anchor != Anchor.EXACT);
    }
  }

  @Test
  void bytesThatAreNotUtf8AreLiterals() {
    Pattern stray = Pattern.literal(bytes(0xFF, 'A', 0x82), Anchor.CONTAINS, Flag.IGNORE_CASE);
    assertThat(matches(stray, bytes('x', 0xFF, 'a', 0x82))).isTrue();
    assertThat(matches(stray, bytes('x', 0xFF, 'b', 0x82))).isFalse();
    assertThat(matches(Pattern.literal(bytes(0x82), Anchor.CONTAINS), "€")).isTrue();
    assertThat(Pattern.literal(bytes(0x82), Anchor.CONTAINS).find("€".getBytes(UTF_8), 0, 3))
        .isEqualTo(new Span(1, 2));
  }

  @Test
  void wildcardsSpanLinesAndCharacters() {
    List<Piece> pieces =
        List.of(
            new Piece.Text("cmd"), new Piece.AnyRun(), new Piece.Text("/c "), new Piece.AnyOne());
    Pattern exact = Pattern.wildcard(pieces, Anchor.EXACT, Flag.IGNORE_CASE);
    assertThat(matches(exact, "CMD.exe\n/C é")).isTrue();
    assertThat(matches(exact, "CMD.exe\n/C éé")).isFalse();
    assertThat(matches(exact, "CMD.exe\n/C ")).isFalse();
    assertThat(matches(exact, "xCMD.exe /c y")).isFalse();
    Pattern contains = Pattern.wildcard(pieces, Anchor.CONTAINS, Flag.IGNORE_CASE);
    assertThat(matches(contains, "xCMD.exe /c yz")).isTrue();
    Pattern open =
        Pattern.wildcard(
            List.of(new Piece.AnyRun(), new Piece.Text("a"), new Piece.AnyRun()), Anchor.EXACT);
    assertThat(matches(open, "\n\na\n")).isTrue();
    assertThat(matches(open, "\n\nA\n")).isFalse();
    assertThat(
            matches(Pattern.wildcard(List.of(new Piece.AnyOne()), Anchor.EXACT), bytes(0xE2, 0x82)))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "k,K",
    "K,k",
    "k,\u212A",
    "s,\u017F",
    "é,É",
    "ß,ẞ",
    "σ,ς",
    "Σ,ς",
    "ǆ,ǅ",
    "я,Я",
    "Å,\u212B",
    "θ,ϑ",
    "\uD801\uDC00,\uD801\uDC28"
  })
  void foldsTogether(String one, String other) {
    assertThat(matches(Pattern.literal(one, Anchor.EXACT, Flag.IGNORE_CASE), other)).isTrue();
    assertThat(matches(Pattern.regex("^[" + one + "]$", Flag.IGNORE_CASE), other)).isTrue();
    assertThat(matches(Pattern.regex("^[^" + one + "]$", Flag.IGNORE_CASE), other)).isFalse();
    assertThat(matches(Pattern.literal(one, Anchor.EXACT), other)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"i,ı", "I,ı", "i,İ", "a,b", "é,e", "ß,S"})
  void foldsApart(String one, String other) {
    assertThat(matches(Pattern.literal(one, Anchor.EXACT, Flag.IGNORE_CASE), other)).isFalse();
  }

  @Test
  void haystackIsTheRangeAlone() {
    byte[] b = "xxfoo bar\nyy".getBytes(UTF_8);
    Pattern whole = Pattern.regex("^foo\\b.*\\bbar$");
    assertThat(whole.find(b, 2, 10)).isEqualTo(new Span(2, 9));
    assertThat(whole.find(b, 2, 9)).isEqualTo(new Span(2, 9));
    assertThat(whole.find(b, 1, 9)).isNull();
    assertThat(whole.find(b, 2, 11)).isNull();
    PatternSet.Builder builder = PatternSet.builder();
    builder.add(whole);
    Scanner scanner = builder.build().scanner();
    assertThat(scanner.scan(b, 2, 10, new long[1])).isTrue();
    assertThat(scanner.scan(b, 2, 11, new long[1])).isFalse();
    assertThat(scanner.scan(b, 1, 9, new long[1])).isFalse();
    assertThat(scanner.scan(b, 3, 3, new long[1])).isFalse();
  }

  @Test
  void findPrefersLeftmostThenLongest() {
    byte[] b = "-abcabcd-".getBytes(UTF_8);
    assertThat(Pattern.regex("a|abc|abcabcd").find(b, 0, b.length)).isEqualTo(new Span(1, 8));
    assertThat(Pattern.regex("d|bca").find(b, 0, b.length)).isEqualTo(new Span(2, 5));
    assertThat(Pattern.regex("x*").find(b, 0, b.length)).isEqualTo(new Span(0, 0));
  }

  @Test
  void setsOfManyWordsReportEveryId() {
    PatternSet.Builder builder = PatternSet.builder();
    for (int i = 0; i < 200; i++) {
      Pattern pattern =
          switch (i % 4) {
            case 0 -> Pattern.literal("word" + i + ";", Anchor.CONTAINS);
            case 1 -> Pattern.regex("WORD" + i + ";.*END", Flag.IGNORE_CASE);
            case 2 -> Pattern.regex("[a-z]{9,40}" + i + "!");
            default -> Pattern.regex("(word" + i + ")?");
          };
      assertThat(builder.add(pattern)).isEqualTo(i);
    }
    PatternSet set = builder.build();
    assertThat(set.size()).isEqualTo(200);
    assertThat(set.words()).isEqualTo(4);
    byte[] b = "word0; word5; word196; word197; aaaaaaaaaa198! end".getBytes(UTF_8);
    long[] hits = new long[4];
    assertThat(set.scanner().scan(b, 0, b.length, hits)).isTrue();
    for (int i = 0; i < 200; i++) {
      boolean expected = i == 0 || i == 5 || i == 196 || i == 197 || i == 198 || i % 4 == 3;
      assertThat((hits[i >> 6] >>> i & 1) != 0).as("id %d", i).isEqualTo(expected);
    }
  }

  @Test
  void bitsOfOtherScansStay() {
    PatternSet.Builder builder = PatternSet.builder();
    builder.add(Pattern.literal("a", Anchor.CONTAINS));
    builder.add(Pattern.literal("b", Anchor.CONTAINS));
    Scanner scanner = builder.build().scanner();
    long[] hits = new long[1];
    assertThat(scanner.scan("a".getBytes(UTF_8), 0, 1, hits)).isTrue();
    assertThat(scanner.scan("b".getBytes(UTF_8), 0, 1, hits)).isTrue();
    assertThat(scanner.scan("c".getBytes(UTF_8), 0, 1, hits)).isFalse();
    assertThat(hits[0]).isEqualTo(3);
  }

  @Test
  void aWarmScanAllocatesNothing() {
    PatternSet.Builder builder = PatternSet.builder();
    PatternBench.patterns().forEach(regex -> builder.add(Pattern.regex(regex, Flag.IGNORE_CASE)));
    PatternSet set = builder.build();
    Scanner scanner = set.scanner();
    byte[] b =
        "GET /a?q=union%20select%20x%20from%20information_schema HTTP/1.1 ${jndi:ldap://x} GET /index.html"
            .getBytes(UTF_8);
    int[] from = {0, 3, 5, 7, 9, 11, 13};
    int[] to = {b.length, b.length, b.length, 40, 50, 60, 70};
    long[] hits = new long[set.words() * from.length];
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 5 && allocated > 0; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 200; i++) {
        scanner.scan(b, 0, b.length, hits);
        scanner.scanAll(b, from, to, from.length, hits);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(hits[0]).isNotZero();
    assertThat(allocated).isZero();
  }

  @Test
  void misuseIsAnError() {
    PatternSet.Builder builder = PatternSet.builder();
    for (int i = 0; i < 65; i++) {
      builder.add(Pattern.literal("a" + i, Anchor.CONTAINS));
    }
    PatternSet set = builder.build();
    Scanner scanner = set.scanner();
    byte[] b = new byte[4];
    assertThatThrownBy(() -> scanner.scan(b, 0, 5, new long[2]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> scanner.scan(b, 3, 2, new long[2]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> scanner.scan(b, 0, 4, new long[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 are needed");
    assertThatThrownBy(() -> scanner.scanAll(b, new int[2], new int[] {4, 5}, 2, new long[4]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> set.scanner(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Pattern.regex("a").find(b, -1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void anEmptySetMatchesNothing() {
    PatternSet set = PatternSet.builder().build();
    byte[] b = "anything\n".getBytes(UTF_8);
    assertThat(set.scanner().scan(b, 0, b.length, new long[0])).isFalse();
    assertThat(set.scanner().scanAll(b, new int[5], new int[] {1, 2, 3, 9, 0}, 5, new long[0]))
        .isZero();
  }
}
