package dev.vedette.sigma;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ParsedRulesTest {
  private static final RuleFile FILE =
      RuleFile.of(
          "rules/one.yml",
          """
          title: 'Quoted: "text" \u00e9'
          id: 00000000-0000-4000-8000-000000000001
          level: high
          logsource: {category: webserver}
          detection:
            sel:
              - url|contains: [../, '%2e%2e']
              - status: 404
              - size: 1.5
              - cached: true
              - referrer: null
            condition: sel
          vedette:
            explanation: |
              two
              lines
          ---
          title: Second
          logsource: {category: webserver}
          detection:
            sel: &again {method: TRACE}
            other: *again
            condition: 1 of them
          """);

  @Test
  void whatIsReadBackIsWhatWasParsed() {
    var parsed = ParsedRules.parse(List.of(FILE, RuleFile.of("empty.yml", "")));
    var read = ParsedRules.decode(parsed.encode().orElseThrow()).orElseThrow();
    assertThat(read.files()).isEqualTo(parsed.files());
    assertThat(RuleReader.read(read).detections()).hasSize(2);
    assertThat(ParsedRules.decode(ParsedRules.parse(List.of()).encode().orElseThrow()))
        .hasValueSatisfying(none -> assertThat(none.files()).isEmpty());
  }

  @Test
  void problemsOfRulesKeepTheirPlaces() {
    var wrong = RuleFile.of("wrong.yml", "title: x\nlogsource: {}\ndetection:\n  condition: y\n");
    var parsed = ParsedRules.parse(List.of(FILE)).and(ParsedRules.parse(List.of(wrong)));
    var read = ParsedRules.decode(parsed.encode().orElseThrow()).orElseThrow();
    assertThat(RuleReader.read(read).problems())
        .isEqualTo(RuleReader.read(List.of(FILE, wrong)).problems())
        .isNotEmpty();
  }

  @Test
  void whatIsNoYamlIsNotKept() {
    var broken = ParsedRules.parse(List.of(FILE, RuleFile.of("broken.yml", "a: [")));
    assertThat(broken.encode()).isEmpty();
    assertThat(RuleReader.read(broken).problems()).hasSize(1);
  }

  @Test
  void damageIsTold() {
    byte[] bytes = ParsedRules.parse(List.of(FILE)).encode().orElseThrow();
    for (int length = 0; length < bytes.length; length++) {
      assertThat(ParsedRules.decode(Arrays.copyOf(bytes, length))).isEmpty();
    }
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 1;
      assertThat(ParsedRules.decode(damaged)).isEmpty();
    }
  }

  @Test
  void nonsenseWithARightChecksumIsNoTrouble() {
    byte[] bytes = ParsedRules.parse(List.of(FILE)).encode().orElseThrow();
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 5_000; round++) {
      byte[] nonsense = Arrays.copyOf(bytes, bytes.length - Long.BYTES);
      for (int flips = random.nextInt(8); flips >= 0; flips--) {
        nonsense[1 + random.nextInt(nonsense.length - 1)] = (byte) random.nextInt(256);
      }
      var crc = new java.util.zip.CRC32();
      crc.update(nonsense);
      var sealed = java.nio.ByteBuffer.allocate(bytes.length).put(nonsense).putLong(crc.getValue());
      assertThat(ParsedRules.decode(sealed.array())).as("seed %d", seed).isNotNull();
    }
  }
}
