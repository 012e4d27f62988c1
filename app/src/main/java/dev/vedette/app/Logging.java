package dev.vedette.app;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;

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
        java.util.logging.ConsoleHandler.formatter=%s
        """
            .formatted(level, OneLine.class.getName());
    try {
      LogManager.getLogManager()
          .readConfiguration(new ByteArrayInputStream(settings.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Thread-safe. `2026-01-01T00:00:00Z WARNING message`, and below it, indented, the trace of what
  /// was thrown. Messages may quote what somebody sent, and a quoted line break must not begin a
  /// record.
  public static final class OneLine extends Formatter {
    @Override
    public String format(LogRecord record) {
      var out = new StringBuilder(160);
      out.append(record.getInstant().truncatedTo(ChronoUnit.SECONDS))
          .append(' ')
          .append(record.getLevel().getName())
          .append(' ')
          .append(Inert.of(formatMessage(record)))
          .append('\n');
      if (record.getThrown() != null) {
        var trace = new StringWriter();
        record.getThrown().printStackTrace(new PrintWriter(trace));
        trace.toString().lines().forEach(line -> out.append("  ").append(shown(line)).append('\n'));
      }
      return out.toString();
    }

    /// A line of a trace begins with a tab.
    private static String shown(String line) {
      return Inert.of(line.replace('\t', ' '));
    }
  }
}
