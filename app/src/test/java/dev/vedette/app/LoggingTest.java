package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoggingTest {
  private static String formatted(String message, @Nullable Throwable thrown) {
    var record = new LogRecord(Level.WARNING, message);
    record.setInstant(Instant.parse("2026-01-02T03:04:05.678Z"));
    record.setThrown(thrown);
    return new Logging.OneLine().format(record);
  }

  @Test
  void aRecordIsOneLineWhateverItQuotes() {
    assertThat(
            formatted("from x\n2026-01-01T00:00:00Z WARNING forged\r\u001b[2J\u2028\u202e.", null))
        .isEqualTo(
            "2026-01-02T03:04:05Z WARNING from x\\x0a2026-01-01T00:00:00Z WARNING"
                + " forged\\x0d\\x1b[2J\\u{2028}\\u{202e}.\n");
  }

  @Test
  void whatWasThrownStandsIndentedBelow() {
    var lines = formatted("told", new IllegalStateException("a\nforged\u001b[0m")).lines().toList();
    assertThat(lines.get(0)).isEqualTo("2026-01-02T03:04:05Z WARNING told");
    assertThat(lines.subList(1, lines.size()))
        .hasSizeGreaterThan(2)
        .allSatisfy(line -> assertThat(line).startsWith("  ").doesNotContain("\u001b"));
  }

  @Test
  void theLogUsesIt() {
    Logging.configure();
    assertThat(
            java.util.logging.LogManager.getLogManager()
                .getProperty("java.util.logging.ConsoleHandler.formatter"))
        .isEqualTo(Logging.OneLine.class.getName());
    assertThat(java.util.logging.Logger.getLogger("").getHandlers())
        .singleElement()
        .satisfies(
            handler -> assertThat(handler.getFormatter()).isInstanceOf(Logging.OneLine.class));
  }
}
