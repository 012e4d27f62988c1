package dev.vedette.app;

import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Severity;
import dev.vedette.parse.LogReader;
import dev.vedette.store.EventQuery;
import dev.vedette.store.Query;
import dev.vedette.store.QueryException;
import dev.vedette.store.SqliteStore;
import dev.vedette.store.Statistics;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import dev.vedette.store.TimeRange;
import dev.vedette.store.Top;
import dev.vedette.store.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Confined to the main thread. The commands that look into a data folder.
final class StoreCommands {
  private StoreCommands() {}

  /// Which data folder, as every one of these commands is told.
  static final class Folder {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Folder of the database; default: as configured, ./data.")
    private @Nullable Path data;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "Configuration file; default: vedette.yaml where it exists.")
    private @Nullable Path configFile;

    Path path() {
      if (data != null) {
        return data;
      }
      try {
        return Path.of(Config.read(configFile, System.getenv(), Map.of()).text(Config.Key.DATA));
      } catch (Config.Wrong e) {
        throw new Exit.Failure(Exit.USAGE, "the configuration is wrong:\n" + e.getMessage());
      }
    }

    /// Beside a centre that may be running.
    Store open() {
      var folder = existing();
      var dictionary = new FieldDictionary();
      try {
        return SqliteStore.openForReading(folder, () -> new LogReader(dictionary), dictionary);
      } catch (StoreException e) {
        throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
      }
    }

    /// Alone.
    Store openToWrite() {
      var folder = existing();
      var dictionary = new FieldDictionary();
      try {
        return SqliteStore.open(folder, () -> new LogReader(dictionary), dictionary);
      } catch (StoreException e) {
        throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
      }
    }

    private Path existing() {
      var folder = path();
      if (!Files.isDirectory(folder)) {
        throw new Exit.Failure(
            Exit.FAILED,
            "there is no data in "
                + folder
                + ": start 'vedette serve' first, or name the folder with --data");
      }
      return folder;
    }
  }

  @Command(
      name = "search",
      description = "Searches stored events, newest first.",
      footer = {
        "",
        "Examples:",
        "  vedette search 'source.ip: 198.51.100.0/24 and http.response.status_code >= 500'",
        "  vedette search '\"failed password\"' --last 7d --json"
      })
  static final class Search implements Callable<Integer> {
    @Mixin private Folder folder = new Folder();

    @Parameters(
        paramLabel = "EXPRESSION",
        arity = "0..1",
        description = "KQL-like expression; default: every event.")
    private String expression = "";

    @Option(names = "--last", paramLabel = "SPAN", description = "Only the last 15m, 24h, 7d ...")
    private @Nullable String last;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "At most so many events (default ${DEFAULT-VALUE}).")
    private int limit = 100;

    @Option(names = "--json", description = "One JSON object per event.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      var range = range(last);
      try (var store = folder.open()) {
        var query =
            new EventQuery(
                range,
                Query.parse(expression),
                "",
                Math.clamp(limit, 1, 10_000),
                null,
                null,
                60_000);
        var result = store.search(query);
        if (json) {
          try (var out = JsonOut.to("-")) {
            for (var hit : result.hits()) {
              var g = out.generator();
              g.writeStartObject();
              g.writeStringField("id", hit.id().toString());
              g.writeStringField("@timestamp", Instant.ofEpochMilli(hit.timeMs()).toString());
              g.writeStringField("source", hit.source());
              g.writeStringField("event.dataset", hit.dataset());
              for (var field : hit.fields().entrySet()) {
                if (!field.getKey().equals("@timestamp")
                    && !field.getKey().equals("event.dataset")) {
                  g.writeStringField(field.getKey(), field.getValue());
                }
              }
              g.writeStringField("event.original", hit.original());
              g.writeEndObject();
              out.endLine();
            }
          }
        } else {
          for (var hit : result.hits()) {
            System.out.println(
                Instant.ofEpochMilli(hit.timeMs())
                    + "  "
                    + hit.id()
                    + "  "
                    + Inert.of(hit.original()));
          }
          System.out.printf(
              Locale.ROOT,
              "%s found, %,d looked at%s%n",
              Words.count(result.hits().size(), "event"),
              result.scannedEvents(),
              result.complete() ? "" : "; there may be more (--limit)");
        }
        return Exit.OK;
      } catch (QueryException e) {
        throw new Exit.Failure(
            Exit.USAGE,
            "the expression is wrong at character " + (e.position() + 1) + ": " + e.getMessage());
      }
    }
  }

  @Command(name = "stats", description = "Shows the figures of a data folder.")
  static final class Stats implements Callable<Integer> {
    private static final long PER_EVENT_MIN = 100_000;

    @Mixin private Folder folder = new Folder();

    @Option(names = "--last", paramLabel = "SPAN", description = "Only the last 15m, 24h, 7d ...")
    private @Nullable String last;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      var range = range(last);
      try (var store = folder.open()) {
        var s = store.statistics(range);
        var health = store.health();
        if (json) {
          print(s, health.bytes());
          return Exit.OK;
        }
        System.out.printf(
            Locale.ROOT,
            "%s, %,d suspicious, %s%n",
            Words.count(s.events(), "event"),
            s.suspicious(),
            Words.count(s.detections(), "detection"));
        System.out.printf(
            Locale.ROOT,
            "%,d bytes on disk%s, %s%n",
            health.bytes(),
            perEvent(health.bytes(), health.events()),
            Words.count(store.sources().size(), "source"));
        System.out.print("open alerts:");
        for (int i = Severity.values().length - 1; i >= 0; i--) {
          var severity = Severity.values()[i];
          System.out.printf(
              Locale.ROOT, "  %s %,d", severity.word(), s.openAlerts().getOrDefault(severity, 0L));
        }
        System.out.println();
        for (var dimension : List.of(Top.Dimension.RULE, Top.Dimension.SOURCE_IP)) {
          System.out.println(dimension == Top.Dimension.RULE ? "what:" : "who:");
          for (var top : store.top(dimension, range, 5)) {
            System.out.printf(
                Locale.ROOT,
                "  %,10d  %-13s %s%n",
                top.detections(),
                top.worst().word(),
                Inert.cut(top.label(), 80));
          }
        }
        return Exit.OK;
      }
    }

    /// An empty database has its tables: the share of an event says something only where events
    /// outweigh them.
    private static String perEvent(long bytes, long events) {
      return events < PER_EVENT_MIN
          ? ""
          : String.format(Locale.ROOT, " (%.1f per event)", (double) bytes / events);
    }

    private static void print(Statistics s, long bytes) throws IOException {
      try (var out = JsonOut.to("-")) {
        var g = out.generator();
        g.writeStartObject();
        g.writeNumberField("events", s.events());
        g.writeNumberField("suspicious", s.suspicious());
        g.writeNumberField("detections", s.detections());
        g.writeNumberField("suspicious_ips", s.suspiciousIps());
        g.writeNumberField("bytes", bytes);
        g.writeObjectFieldStart("detections_by_severity");
        for (var entry : s.detectionsBySeverity().entrySet()) {
          g.writeNumberField(entry.getKey().word(), entry.getValue());
        }
        g.writeEndObject();
        g.writeObjectFieldStart("detections_by_class");
        for (var entry : s.detectionsByClass().entrySet()) {
          g.writeNumberField(entry.getKey().word(), entry.getValue());
        }
        g.writeEndObject();
        g.writeObjectFieldStart("open_alerts");
        for (var entry : s.openAlerts().entrySet()) {
          g.writeNumberField(entry.getKey().word(), entry.getValue());
        }
        g.writeEndObject();
        g.writeEndObject();
        out.endLine();
      }
    }
  }

  @Command(
      name = "verify",
      description =
          "Walks the ledger: every receipt, every block, and the balance accepted = stored +"
              + " expired + quarantined.",
      footer = {"", "Exit codes: 0 sound, 1 not sound, 3 could not look."})
  static final class Verify implements Callable<Integer> {
    @Mixin private Folder folder = new Folder();

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      try (var store = folder.open()) {
        boolean watched = Terminal.isInteractive() && !json;
        var result =
            store.verify(v -> {
              if (watched) {
                System.err.printf(
                    Locale.ROOT, "\r%,d of %,d receipts", v.receipts(), v.receiptsTotal());
              }
            });
        if (watched) {
          System.err.print("\r\u001b[K");
        }
        if (json) {
          print(result);
        } else {
          System.out.printf(
              Locale.ROOT,
              "%s; accepted %,d = stored %,d + expired %,d + quarantined %,d: %s%n",
              Words.count(result.receipts(), "receipt"),
              result.accepted(),
              result.stored(),
              result.expired(),
              result.quarantined(),
              result.isSound() ? "the ledger is sound" : "THE LEDGER IS NOT SOUND");
          result.faults().forEach(fault -> System.out.println("  " + Inert.of(fault)));
        }
        return result.isSound() ? Exit.OK : Exit.FOUND;
      }
    }

    private static void print(Verification v) throws IOException {
      try (var out = JsonOut.to("-")) {
        var g = out.generator();
        g.writeStartObject();
        g.writeBooleanField("sound", v.isSound());
        g.writeNumberField("receipts", v.receipts());
        g.writeNumberField("accepted", v.accepted());
        g.writeNumberField("stored", v.stored());
        g.writeNumberField("expired", v.expired());
        g.writeNumberField("quarantined", v.quarantined());
        out.strings("faults", v.faults());
        g.writeEndObject();
        out.endLine();
      }
    }
  }

  /// The range of `--last`: `15m`, `24h`, `7d`; everything where it is not given.
  private static TimeRange range(@Nullable String last) {
    if (last == null) {
      return TimeRange.ALL;
    }
    try {
      String text = last.strip().toUpperCase(Locale.ROOT);
      var span = Duration.parse(text.endsWith("D") ? "P" + text : "PT" + text);
      if (span.isNegative() || span.isZero()) {
        throw new DateTimeException("not positive");
      }
      long nowMs = System.currentTimeMillis();
      return new TimeRange(nowMs - span.toMillis(), nowMs + 1);
    } catch (DateTimeException | ArithmeticException _) {
      throw new Exit.Failure(
          Exit.USAGE,
          "--last takes a span such as 15m, 24h or 7d, not '" + Inert.cut(last, 40) + "'");
    }
  }
}
