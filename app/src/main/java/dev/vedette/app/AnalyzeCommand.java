package dev.vedette.app;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Severity;
import dev.vedette.sigma.ParsedRules;
import dev.vedette.sigma.RuleFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Confined to the main thread. `vedette analyze`: what happened in these files, by whom, how sure,
/// and what to do.
@Command(
    name = "analyze",
    description =
        "Reads log files (plain, gzip, zstd, or - for standard input) and reports the attacks in"
            + " them.",
    footer = {
      "",
      "Exit codes: 0 nothing at or above --fail-on, 1 something was, 2 wrong usage, 3 a file could"
          + " not be read.",
      "",
      "Examples:",
      "  vedette analyze /var/log/nginx/access.log /var/log/auth.log.1.gz",
      "  journalctl -o short-iso | vedette analyze - --fail-on high",
      "  vedette analyze access.log --json --detections found.jsonl"
    })
final class AnalyzeCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Files to read; - is standard input.")
  private List<Path> files = List.of();

  @Option(names = "--json", description = "Print one summary object instead of the report.")
  private boolean json;

  @Option(
      names = "--detections",
      paramLabel = "FILE",
      description = "Write one JSON object per detection; - is standard output.")
  private @Nullable String detections;

  @Option(
      names = "--alerts",
      paramLabel = "FILE",
      description = "Write one JSON object per alert; - is standard output.")
  private @Nullable String alerts;

  @Option(
      names = "--rules",
      paramLabel = "DIR",
      description = "Use these Sigma rules beside the shipped ones; may be repeated.")
  private List<Path> rules = new ArrayList<>();

  @Option(
      names = "--fail-on",
      paramLabel = "LEVEL",
      description =
          "Exit with 1 when something at this level or above is found: informational, low, medium,"
              + " high, critical.")
  private @Nullable String failOn;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that parse and match; default: one per processor.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--no-progress", description = "No progress bar.")
  private boolean noProgress;

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var threshold = failOn == null ? null : level(failOn);
    if (threads < 1 || threads > 256) {
      throw new Exit.Failure(Exit.USAGE, "--threads must be from 1 to 256");
    }
    var engine = engine(rules, SimpleLogRules.DEFAULT);
    try (var chunks = open(files);
        var detectionsOut = detections == null ? null : JsonOut.to(detections)) {
      var analysis =
          new Analysis(
              engine,
              chunks,
              threads,
              System.currentTimeMillis(),
              detectionsOut == null ? null : detectionsOut::detection);
      Analysis.Summary summary;
      if (!noProgress && Terminal.isInteractive()) {
        try (var _ = progress(analysis, chunks)) {
          summary = analysis.run();
        }
      } else {
        summary = analysis.run();
      }
      if (alerts != null) {
        try (var alertsOut = JsonOut.to(alerts)) {
          for (var alert : summary.alerts()) {
            alertsOut.alert(alert);
          }
        }
      }
      if (json) {
        print(summary);
      } else if (!"-".equals(detections) && !"-".equals(alerts)) {
        new Report(out, Terminal.hasColour(out)).print(summary, engine);
      }
      return threshold != null && summary.worst() != null && summary.worst().isAtLeast(threshold)
          ? Exit.FOUND
          : Exit.OK;
    }
  }

  /// The engine with the shipped rules and folders of the operator's own; problems of rules go to
  /// standard error.
  static Engine engine(List<Path> folders, SimpleLogRules simple) throws IOException {
    var files = new ArrayList<RuleFile>();
    files.add(simple.toRuleFile());
    for (var folder : folders) {
      try {
        files.addAll(RulePack.folder(folder));
      } catch (IOException e) {
        throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
      }
    }
    var rules = RulePack.parsed().and(ParsedRules.parse(files));
    var engine = Engine.compile(rules, new FieldDictionary(), new AllowList());
    for (var problem : engine.problems()) {
      System.err.println("vedette: rule left out: " + Inert.of(problem.toString()));
    }
    return engine;
  }

  static LineChunks open(List<Path> files) {
    try {
      return new LineChunks(files, System.in);
    } catch (IOException e) {
      throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
    }
  }

  static Severity level(String word) {
    return Severity.ofWord(word)
        .orElseThrow(() ->
            new Exit.Failure(
                Exit.USAGE,
                "'"
                    + Inert.cut(word, 40)
                    + "' is no level: use informational, low, medium, high or critical"));
  }

  /// A bar over bytes with lines per second beside it, on standard error, repainted five times a
  /// second by a thread of its own.
  private static AutoCloseable0 progress(Analysis analysis, LineChunks chunks) {
    var bar =
        new ProgressBarBuilder()
            .setTaskName("reading")
            .setInitialMax(chunks.bytesTotal())
            .setStyle(ProgressBarStyle.UNICODE_BLOCK)
            .setUnit(" MB", 1_000_000)
            .setUpdateIntervalMillis(200)
            .continuousUpdate()
            .build();
    long startNs = System.nanoTime();
    var painter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  bar.stepTo(chunks.bytesRead());
                  double seconds = Math.max(0.001, (System.nanoTime() - startNs) / 1e9);
                  bar.setExtraMessage(
                      String.format(" %,.0f lines/s", analysis.linesSoFar() / seconds));
                  Thread.sleep(200);
                }
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
    return () -> {
      painter.interrupt();
      bar.stepTo(chunks.bytesRead());
      bar.close();
    };
  }

  /// An [AutoCloseable] that throws nothing.
  private interface AutoCloseable0 extends AutoCloseable {
    @Override
    void close();
  }

  private void print(Analysis.Summary s) throws IOException {
    try (var to = JsonOut.to("-")) {
      var g = to.generator();
      g.writeStartObject();
      g.writeNumberField("lines", s.lines());
      g.writeNumberField("parsed", s.lines() - s.empty() - s.unparsed());
      g.writeNumberField("unparsed", s.unparsed());
      g.writeNumberField("empty", s.empty());
      g.writeNumberField("suspicious", s.suspicious());
      g.writeNumberField("detections", s.detections());
      g.writeNumberField("not_told_apart", s.notToldApart());
      g.writeNumberField("alerts", s.alerts().size());
      g.writeObjectFieldStart("by_class");
      for (var entry : s.byClass().entrySet()) {
        g.writeNumberField(entry.getKey().word(), entry.getValue());
      }
      g.writeEndObject();
      g.writeArrayFieldStart("by_rule");
      for (var entry : sorted(s.byRule(), Comparator.comparingLong(count -> count.detections))) {
        g.writeStartObject();
        g.writeStringField("rule_id", entry.getKey());
        g.writeStringField("title", entry.getValue().title);
        g.writeStringField("severity", entry.getValue().severity.word());
        g.writeNumberField("detections", entry.getValue().detections);
        g.writeEndObject();
      }
      g.writeEndArray();
      g.writeArrayFieldStart("top_sources");
      var sources = sorted(s.bySource(), Comparator.comparingLong(count -> count.detections));
      for (var entry : sources.subList(0, Math.min(20, sources.size()))) {
        g.writeStartObject();
        g.writeStringField("source_ip", entry.getKey());
        g.writeNumberField("detections", entry.getValue().detections);
        g.writeStringField("worst", entry.getValue().worst.word());
        to.strings(
            "classes", entry.getValue().classes.stream().map(c -> c.word()).sorted().toList());
        g.writeEndObject();
      }
      g.writeEndArray();
      time(g, "first", s.firstMs(), s.lines() > s.empty());
      time(g, "last", s.lastMs(), s.lines() > s.empty());
      g.writeNumberField("duration_ms", s.durationMs());
      g.writeEndObject();
      to.endLine();
    }
  }

  private static void time(JsonGenerator g, String name, long timeMs, boolean known)
      throws IOException {
    if (known) {
      g.writeStringField(name, Instant.ofEpochMilli(timeMs).toString());
    } else {
      g.writeNullField(name);
    }
  }

  private static <T> List<Map.Entry<String, T>> sorted(Map<String, T> map, Comparator<T> order) {
    return map.entrySet().stream().sorted(Map.Entry.comparingByValue(order.reversed())).toList();
  }
}
