package dev.vedette.app;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/// Thread-safe: static functions only. The product's own log: one line per record on standard
/// error, UTC, warnings of libraries only.
final class Logging {
  private Logging() {}

  /// Called once, before anything logs. `VEDETTE_LOG=info` shows more.
  static void configure() {
    String level = "info".equalsIgnoreCase(System.getenv("VEDETTE_LOG")) ? "INFO" : "WARNING";
    // Javalin logs what it throws as well, and that is told in our own words.
    String settings =
        """
        io.javalin.level=OFF
        handlers=java.util.logging.ConsoleHandler
        .level=%s
        java.util.logging.ConsoleHandler.level=ALL
        java.util.logging.ConsoleHandler.formatter=java.util.logging.SimpleFormatter
        java.util.logging.SimpleFormatter.format=%%1$tFT%%1$tTZ %%4$s %%5$s%%6$s%%n
        """
            .formatted(level);
    try {
      LogManager.getLogManager()
          .readConfiguration(new ByteArrayInputStream(settings.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
