package dev.vedette.app;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import dev.vedette.parse.LogReader;
import dev.vedette.sigma.FieldMapping;
import dev.vedette.sigma.RuleFile;
import dev.vedette.sigma.RuleHeader;
import dev.vedette.sigma.RuleReader;
import dev.vedette.sigma.SigmaEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Confined to the main thread. `vedette rules`: what the rules are, whether they are right, and
/// what they find.
@Command(
    name = "rules",
    description = "Lists, checks and tests Sigma rules.",
    subcommands = {
      RulesCommand.List_.class,
      RulesCommand.Test.class,
      RulesCommand.Check.class,
      RulesCommand.Run.class
    })
final class RulesCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Main.printUsage(spec);
  }

  private static List<RuleFile> files(@Nullable Path folder) throws IOException {
    return folder == null ? RulePack.shipped() : RulePack.folder(folder);
  }

  @Command(name = "list", description = "Lists the shipped rules, or those of a folder.")
  static final class List_ implements Callable<Integer> {
    @Parameters(
        paramLabel = "DIR",
        arity = "0..1",
        description = "Folder or file of rules; default: the shipped ones.")
    private @Nullable Path folder;

    @Option(names = "--json", description = "One JSON object per rule.")
    private boolean json;

    private record Row(RuleHeader header, String kind, String threatClass) {}

    @Override
    public Integer call() throws IOException {
      var sigma =
          SigmaEngine.compile(
              RuleReader.read(files(folder)), FieldMapping.ecs(), new FieldDictionary());
      var rows = new ArrayList<Row>();
      sigma
          .rules()
          .forEach(
              rule -> rows.add(new Row(rule.header(), "detection", rule.threatClass().word())));
      sigma
          .correlations()
          .forEach(rule ->
              rows.add(
                  new Row(
                      rule.header(),
                      "correlation",
                      rule.header().threatClass(LogSource.ANY).word())));
      rows.sort(
          Comparator.comparing((Row row) -> row.header.level())
              .reversed()
              .thenComparing(row -> row.header.title()));
      if (json) {
        try (var out = JsonOut.to("-")) {
          for (var row : rows) {
            var g = out.generator();
            g.writeStartObject();
            g.writeStringField("id", row.header.id());
            g.writeStringField("title", row.header.title());
            g.writeStringField("severity", row.header.level().word());
            g.writeStringField("class", row.threatClass);
            g.writeStringField("kind", row.kind);
            out.strings("technique", row.header.techniques());
            g.writeStringField("file", row.header.file());
            g.writeEndObject();
            out.endLine();
          }
        }
        return Exit.OK;
      }
      System.out.printf("%-13s %-21s %-12s %s%n", "severity", "class", "kind", "title");
      for (var row : rows) {
        System.out.printf(
            "%-13s %-21s %-12s %s%n",
            row.header.level().word(),
            row.threatClass.replace('_', ' '),
            row.kind,
            Inert.cut(row.header.title(), 90));
      }
      System.out.println(Words.count(rows.size(), "rule"));
      problems(sigma);
      return sigma.problems().isEmpty() ? Exit.OK : Exit.FOUND;
    }
  }

  @Command(name = "test", description = "Runs the positive and negative lines that rules carry.")
  static final class Test implements Callable<Integer> {
    @Parameters(
        paramLabel = "DIR",
        arity = "0..1",
        description = "Folder or file of rules; default: the shipped ones.")
    private @Nullable Path folder;

    @Override
    public Integer call() throws IOException {
      var tests = new RuleTests(files(folder));
      var result = tests.run();
      result.failures().forEach(failure -> System.out.println(Inert.of(failure.toString())));
      result
          .untested()
          .forEach(title -> System.out.println("no positive line: " + Inert.of(title)));
      problems(tests.sigma());
      System.out.printf(
          Locale.ROOT,
          "%s, %s, %,d failed, %s without a test%n",
          Words.count(result.rules(), "rule"),
          Words.count(result.tests(), "test"),
          result.failures().size(),
          Words.count(result.untested().size(), "rule"));
      boolean right = result.failures().isEmpty() && tests.sigma().problems().isEmpty();
      return right ? Exit.OK : Exit.FOUND;
    }
  }

  @Command(
      name = "check",
      description = "Reads and compiles rules, and tells every error with its place.")
  static final class Check implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Folder or file of rules.")
    private Path folder = Path.of(".");

    @Option(names = "--json", description = "Print one object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      long startNs = System.nanoTime();
      var set = RuleReader.read(RulePack.folder(folder));
      var sigma = SigmaEngine.compile(set, FieldMapping.ecs(), new FieldDictionary());
      double seconds = (System.nanoTime() - startNs) / 1e9;
      int compiled = sigma.rules().size() + sigma.correlations().size();
      if (json) {
        try (var out = JsonOut.to("-")) {
          var g = out.generator();
          g.writeStartObject();
          g.writeNumberField("rules", compiled + sigma.problems().size());
          g.writeNumberField("compiled", compiled);
          g.writeArrayFieldStart("errors");
          for (var problem : sigma.problems()) {
            g.writeStartObject();
            g.writeStringField("file", problem.file());
            g.writeNumberField("line", problem.line());
            g.writeNumberField("column", problem.column());
            g.writeStringField("rule", problem.rule());
            g.writeStringField("message", problem.message());
            g.writeStringField("suggestion", problem.suggestion());
            g.writeEndObject();
          }
          g.writeEndArray();
          g.writeNumberField("seconds", Math.round(seconds * 1_000) / 1e3);
          g.writeEndObject();
          out.endLine();
        }
      } else {
        problems(sigma);
        System.out.printf(
            Locale.ROOT,
            "%s compiled, %s, %.2f s%n",
            Words.count(compiled, "rule"),
            Words.count(sigma.problems().size(), "error"),
            seconds);
      }
      return sigma.problems().isEmpty() ? Exit.OK : Exit.FOUND;
    }
  }

  @Command(
      name = "run",
      description = "Runs rules over events, one line each, and tells which fired.")
  static final class Run implements Callable<Integer> {
    @Option(
        names = "--rules",
        paramLabel = "DIR",
        required = true,
        description = "Folder or file of rules.")
    private Path folder = Path.of(".");

    @Parameters(
        paramLabel = "EVENTS",
        description = "File of events, one line each; - is standard input.")
    private Path events = Path.of("-");

    @SuppressWarnings("UnusedVariable") // The flag is accepted so that every command takes it.
    @Option(names = "--json", description = "One object per event (the only form there is).")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      var dictionary = new FieldDictionary();
      var sigma =
          SigmaEngine.compile(
              RuleReader.read(RulePack.folder(folder)), FieldMapping.ecs(), dictionary);
      for (var problem : sigma.problems()) {
        System.err.println("vedette: rule left out: " + Inert.of(problem.toString()));
      }
      var reader = new LogReader(dictionary);
      var event = new Event(dictionary);
      var matcher = sigma.matcher();
      long nowMs = System.currentTimeMillis();
      long index = 0;
      try (var chunks = AnalyzeCommand.open(List.of(events));
          var out = JsonOut.to("-")) {
        var chunk = new LineChunks.Chunk();
        while (chunks.next(chunk)) {
          for (int start = 0; start < chunk.length; ) {
            int newline = start;
            while (newline < chunk.length && chunk.bytes[newline] != '\n') {
              newline++;
            }
            reader.read(chunk.bytes, start, newline, nowMs, chunk.file, event);
            int matched = matcher.match(event);
            var g = out.generator();
            g.writeStartObject();
            g.writeNumberField("index", index++);
            g.writeArrayFieldStart("rules");
            for (int i = 0; i < matched; i++) {
              g.writeString(matcher.rule(i).id());
            }
            g.writeEndArray();
            g.writeEndObject();
            out.endLine();
            start = newline + 1;
          }
        }
      }
      return Exit.OK;
    }
  }

  private static void problems(SigmaEngine sigma) {
    for (var problem : sigma.problems()) {
      System.out.println(Inert.of(problem.toString()));
    }
  }
}
