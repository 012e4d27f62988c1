package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import dev.vedette.event.Severity;
import dev.vedette.parse.LogReader;
import dev.vedette.sigma.FieldMapping;
import dev.vedette.sigma.RuleReader;
import dev.vedette.sigma.SigmaEngine;
import dev.vedette.sigma.SigmaMatcher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Measures the shipped rules on data that this project did not write, and prints a table of it.
/// Skipped where that data is not there: the folder is `VEDETTE_CORPORA` (environment or system
/// property), else `shared/corpora` beside the checkout.
///
/// A request counts as an alarm where a rule of level low or above fires on its access-log line.
/// The assertions are floors, a little below what was measured: they notice a rule that broke, they
/// are no goals.
class CorporaCheckTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long RECEIVED_MS = Instant.parse("2026-12-01T00:00:00Z").toEpochMilli();
  private static final String BROWSER =
      "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

  private static Path corpora;
  private static SigmaEngine engine;
  private static FieldDictionary dictionary;

  /// Of `total` lines, `alarms` had a detection.
  private record Share(int alarms, int total) {
    static final Share NONE = new Share(0, 0);

    Share plus(boolean alarm) {
      return new Share(alarms + (alarm ? 1 : 0), total + 1);
    }

    double value() {
      return total == 0 ? 0 : (double) alarms / total;
    }
  }

  @BeforeAll
  static void open() throws IOException {
    String property = System.getProperty("VEDETTE_CORPORA");
    String named = property != null ? property : System.getenv("VEDETTE_CORPORA");
    corpora =
        named != null
            ? Path.of(named)
            : Checkout.root().resolveSibling("shared").resolve("corpora");
    assumeTrue(
        Files.isDirectory(corpora),
        () -> "skipped: no corpora at " + corpora + "; set VEDETTE_CORPORA to measure");
    dictionary = new FieldDictionary();
    var pack = RuleReader.read(RulePack.folder(Checkout.root().resolve("rules")));
    engine = SigmaEngine.compile(pack, FieldMapping.ecs(), dictionary);
  }

  @Test
  void legitimateRequestsAreSilent() throws IOException {
    var shares =
        measure(
            "http/legitimate",
            _ -> "legitimate",
            row ->
                access(
                    row.path("method").asText(),
                    row.path("url").asText(),
                    header(row, "user-agent"),
                    header(row, "referer")));
    assertThat(shares.getOrDefault("legitimate", Share.NONE).value()).isLessThanOrEqualTo(0.005);
  }

  @Test
  void attacksInParametersAreSeen() throws IOException {
    var params = measure("http/params", row -> row.path("label").asText(), CorporaCheckTest::value);
    var lib =
        measure("http/libinjection", row -> row.path("label").asText(), CorporaCheckTest::value);
    measure("http/gotestwaf", row -> row.path("type").asText("benign"), CorporaCheckTest::payload);
    assertThat(params.getOrDefault("benign", Share.NONE).value()).isLessThanOrEqualTo(0.005);
    assertThat(params.getOrDefault("sqli", Share.NONE).value()).isGreaterThan(0.97);
    assertThat(params.getOrDefault("xss", Share.NONE).value()).isGreaterThan(0.95);
    assertThat(lib.getOrDefault("sqli", Share.NONE).value()).isGreaterThan(0.95);
    assertThat(lib.getOrDefault("xss", Share.NONE).value()).isGreaterThan(0.95);
  }

  @Test
  void scannersAreSeen() throws IOException {
    var byScanner = new TreeMap<String, List<String>>();
    for (var row : rows("http/scanner_logs")) {
      byScanner
          .computeIfAbsent(row.path("scanner").asText(), _ -> new ArrayList<>())
          .add(row.path("line").asText());
    }
    byScanner.forEach((scanner, lines) -> {
      var found = run(lines);
      var withDetection = new HashSet<Integer>();
      found.forEach(hit -> withDetection.add(hit.line()));
      print("http/scanner_logs", scanner, new Share(withDetection.size(), lines.size()));
      assertThat(found).as(scanner).isNotEmpty();
    });
  }

  /// Class of attack and source, of every kind of log.
  @Test
  void scenariosHaveTheRightClassAndSource() throws IOException {
    var shares = new TreeMap<String, Share>();
    var missed = new ArrayList<String>();
    int number = 0;
    for (var row : rows("logs/scenarios")) {
      number++;
      String kind = row.path("type").asText();
      var lines = new ArrayList<String>();
      row.path("lines").forEach(line -> lines.add(line.asText()));
      var found = new HashSet<String>();
      run(lines).forEach(hit -> found.add(hit.threat() + " " + hit.source()));
      for (var expected : row.path("expected")) {
        String behavior = expected.path("behavior").asText();
        var wanted = classes(behavior);
        for (var source : expected.path("sources")) {
          if (wanted.isEmpty() || !source.asText().matches("[0-9a-fA-F.:]+")) {
            continue;
          }
          boolean hit =
              wanted.stream().anyMatch(threat -> found.contains(threat + " " + source.asText()));
          shares.merge(kind, Share.NONE.plus(hit), (a, b) -> a.plus(b.alarms() == 1));
          if (!hit) {
            missed.add("#" + number + " " + kind + " " + behavior);
          }
        }
      }
    }
    shares.forEach((kind, share) -> print("logs/scenarios", kind, share));
    int right = shares.values().stream().mapToInt(Share::alarms).sum();
    int all = shares.values().stream().mapToInt(Share::total).sum();
    print("logs/scenarios", "all kinds", new Share(right, all));
    missed.forEach(line -> System.out.println("  missed " + line));
    assertThat(shares).isNotEmpty();
  }

  /// The classes that say the same as a behaviour of the scenarios.
  private static Set<String> classes(String behavior) {
    return switch (behavior.substring(behavior.indexOf(':') + 1)) {
      case "exploit", "exploitation" -> Set.of("exploit", "scan");
      case "scan", "crawl" -> Set.of("scan", "exploit", "bad_bot");
      case "bruteforce", "slow-bruteforce", "user-enumeration" -> Set.of("brute_force", "scan");
      case "dos" -> Set.of("flood", "bad_bot");
      case "spam", "malware" -> Set.of("policy", "phishing", "malware", "bad_bot", "scan", "fraud");
      default -> Set.of();
    };
  }

  private static String value(JsonNode row) {
    return inQuery(row.path("value").asText());
  }

  private static String payload(JsonNode row) {
    return inQuery(row.path("payload").asText());
  }

  private static String inQuery(String value) {
    String coded = URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    return access("GET", "/app/page?id=" + coded, BROWSER, "-");
  }

  private static String access(String method, String url, String agent, String referrer) {
    return "203.0.113.7 - - [20/May/2026:10:00:00 +0000] \"%s %s HTTP/1.1\" 200 512 \"%s\" \"%s\""
        .formatted(method, escaped(url), escaped(referrer), escaped(agent));
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ");
  }

  private static String header(JsonNode row, String name) {
    for (var entry : row.path("headers").properties()) {
      if (entry.getKey().toLowerCase(Locale.ROOT).equals(name)) {
        return entry.getValue().asText();
      }
    }
    return "-";
  }

  private static Map<String, Share> measure(
      String set, Function<JsonNode, String> label, Function<JsonNode, String> line)
      throws IOException {
    var shares = new TreeMap<String, Share>();
    var replay = new Replay();
    for (var row : rows(set)) {
      boolean alarm = !replay.run(List.of(line.apply(row))).isEmpty();
      shares.merge(label.apply(row), Share.NONE.plus(alarm), (a, b) -> a.plus(b.alarms() == 1));
    }
    shares.forEach((name, share) -> print(set, name, share));
    return shares;
  }

  private static void print(String set, String name, Share share) {
    System.out.printf(
        Locale.ROOT,
        "%-20s %-26s %6d of %6d  %.4f%n",
        set,
        name,
        share.alarms(),
        share.total(),
        share.value());
  }

  private static List<JsonNode> rows(String set) throws IOException {
    var rows = new ArrayList<JsonNode>();
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(corpora.resolve(set + ".jsonl.gz"))),
                StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        rows.add(JSON.readTree(line));
      }
    }
    return rows;
  }

  private record Hit(int line, String threat, String source) {}

  private static List<Hit> run(List<String> lines) {
    return new Replay().run(lines);
  }

  /// Confined to one thread.
  private static final class Replay {
    private final LogReader reader = new LogReader(dictionary);
    private final SigmaMatcher matcher = engine.matcher();
    private final Event event = new Event(dictionary);

    /// Detections of level low and above.
    List<Hit> run(List<String> lines) {
      var correlator = engine.correlator(10_000);
      var hits = new ArrayList<Hit>();
      for (int line = 0; line < lines.size(); line++) {
        byte[] bytes = lines.get(line).getBytes(StandardCharsets.UTF_8);
        reader.read(bytes, 0, bytes.length, RECEIVED_MS, "", event);
        if (event.timeMs() == Event.NO_TIME) {
          event.timeMs(RECEIVED_MS);
        }
        int count = matcher.match(event);
        String source = String.valueOf(event.text(Ecs.SOURCE_IP));
        for (int i = 0; i < count; i++) {
          var rule = matcher.rule(i);
          if (rule.reports() && rule.header().level().compareTo(Severity.LOW) >= 0) {
            hits.add(new Hit(line, rule.threatClass().word(), source));
          }
        }
        if (count == 0) {
          continue;
        }
        var counted = matcher.engine().newHits();
        matcher.hits(event, event.timeMs(), line, counted);
        for (var fired : correlator.accept(counted)) {
          var header = fired.rule().header();
          String from = fired.group().getOrDefault("source.ip", source);
          hits.add(new Hit(line, header.threatClass(LogSource.ANY).word(), from));
        }
      }
      return hits;
    }
  }
}
