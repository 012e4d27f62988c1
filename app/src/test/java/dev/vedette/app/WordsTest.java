package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void numbersAgreeWithTheirNouns() {
    assertThat(Words.count(0, "error")).isEqualTo("0 errors");
    assertThat(Words.count(1, "error")).isEqualTo("1 error");
    assertThat(Words.count(1_200, "error")).isEqualTo("1,200 errors");
  }

  @Test
  void whatWasMeantIsSuggestedAndNothingElse() {
    var commands = List.of("analyze", "serve", "rules", "users");
    assertThat(Words.suggestion("analyse", commands)).isEqualTo("; did you mean 'analyze'?");
    assertThat(Words.suggestion("SERVER", commands)).isEqualTo("; did you mean 'serve'?");
    assertThat(Words.suggestion("quack", commands)).isEmpty();
    assertThat(Words.suggestion("x", commands)).isEmpty();
    assertThat(Words.suggestion("", commands)).isEmpty();
    assertThat(Words.suggestion("y".repeat(10_000), commands)).isEmpty();
  }

  @Test
  void titlesAreCutBetweenWords() {
    assertThat(Inert.cutAtWord("Secret or forgotten file was served", 24))
        .isEqualTo("Secret or forgotten…");
    assertThat(Inert.cutAtWord("short", 24)).isEqualTo("short");
    assertThat(Inert.cutAtWord("x".repeat(30), 24)).isEqualTo("x".repeat(23) + "…");
    assertThat(Inert.cutAtWord("a\u001b[2J b", 24)).isEqualTo("a\\x1b[2J b");
  }
}
