package dev.vedette.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is not regular, malformed or too large is refused with a position and a sentence.
class RefusalTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '"',
      value = {
        "ab(?=c) 2 Look-ahead",
        "ab(?!c) 2 Look-ahead",
        "(?<=a)b 0 Look-behind",
        "a(?<!a)b 1 Look-behind",
        "(a)\\1 3 Back-references",
        "(?<n>a)\\k<n> 7 Back-references",
        "(?P<n>a)(?P=n) 8 Back-references",
        "a*+ 2 Possessive",
        "a++ 2 Possessive",
        "a{1,2}+ 6 Possessive",
        "x(?>a) 1 Atomic",
        "(?(1)a|b) 0 Conditionals",
        "a(?R) 1 Recursion",
        "a(?1) 1 Recursion",
        "(?|a|b) 0 \"Branch reset\"",
        "(*SKIP)a 0 Verbs",
        "a\\Gb 1 \\G",
        "a\\Kb 1 \\K",
        "a(b 1 \"not closed\"",
        "ab) 2 \"without a '('\"",
        "a[bc 1 \"not closed\"",
        "[z-a] 1 \"larger end first\"",
        "a{3,2} 1 \"larger bound first\"",
        "a{1001} 1 1000",
        "(?:a{40}){40} 9 1000",
        "*a 0 \"nothing to repeat\"",
        "a|+ 2 \"nothing to repeat\"",
        "a** 2 \"follows a quantifier\"",
        "a{2}{3} 4 \"follows a quantifier\"",
        "ab\\ 2 lone",
        "\\y 0 \"not known\"",
        "\\p{Klingon} 0 Klingon",
        "[[:foo:]] 1 POSIX",
        "\\x4 0 hexadecimal",
        "\\x{110000} 0 UTF-8",
        "\\ud800 0 UTF-8",
        "a(?z)b 1 flag",
        "(?<1-x>a) 0 name",
      })
  void refuses(String regex, int position, String says) {
    PatternException refusal =
        catchThrowableOfType(PatternException.class, () -> Pattern.regex(regex));
    assertThat(refusal).as(regex).isNotNull();
    assertThat(refusal).hasMessageContaining(says);
    assertThat(refusal.position()).as(refusal.getMessage()).isEqualTo(position);
    assertThat(refusal.getMessage()).endsWith(".");
  }

  @Test
  void refusesWhatIsTooLarge() {
    assertThat(
            catchThrowableOfType(
                PatternException.class, () -> Pattern.regex("(".repeat(200) + ")".repeat(200))))
        .hasMessageContaining("deeper than 100");
    assertThat(
            catchThrowableOfType(PatternException.class, () -> Pattern.regex("a".repeat(70_000))))
        .hasMessageContaining("longer than");
    assertThat(
            catchThrowableOfType(
                PatternException.class, () -> Pattern.regex("(?:.{1000}|x)".repeat(100))))
        .hasMessageContaining("states");
    assertThat(
            catchThrowableOfType(
                PatternException.class, () -> Pattern.literal("x".repeat(70_000), Anchor.CONTAINS)))
        .hasMessageContaining("longer than");
    assertThat(
            catchThrowableOfType(
                PatternException.class, () -> Pattern.literal("a\uD800", Anchor.CONTAINS)))
        .hasMessageContaining("surrogate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a{",
        "a{x}",
        "a{,3}",
        "x{1,2",
        "]",
        "}",
        "[]a]",
        "[^]a]",
        "[a-]",
        "[-a]",
        "[[]",
        "[a&&b]",
        "\\Qa.*b\\E+",
        "\\Q(",
        "(?i:a)(?-i)b",
        "(?#note)a",
        "",
        "(|a)",
        "a||b",
        "[[:alpha:][:^digit:]]",
        "\\p{L}\\P{Lu}\\pN",
        "(?<name>a)(?P<other>b)(?'third'c)",
        "\\cA\\e\\a\\f\\h\\v\\R\\0101",
        "\\ud83d\\ude00",
        "[\\b]",
        "\\<\\_\\-\\/"
      })
  void accepts(String regex) {
    assertThatCode(() -> Pattern.regex(regex)).doesNotThrowAnyException();
  }
}
