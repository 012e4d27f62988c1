package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Measures field accuracy against ground truth that others wrote. Skipped where the corpora are
/// not there: set the system property `vedette.corpora` or the variable `VEDETTE_CORPORA`.
///
/// A field counts as right when its set of values is the expected one. `-` means absent; addresses
/// compare in canonical form; a time without zone in the line compares as local time, since the
/// corpus was made in another zone. Geography, AS, device names and the `related` lists are not
/// ours to fill.
class CorporaTest {
  private static final List<String> IGNORED =
      List.of(
          "source.geo.",
          "source.as.",
          "related.",
          "user_agent.device",
          "user_agent.name",
          "user_agent.os",
          "user_agent.version",
          "log.file.path",
          "nginx.ingress_controller.",
          "nginx.access.",
          "apache.access.",
          "traefik.",
          "rsa.",
          "ecs.",
          "input.",
          "service.");

  private static final class Score {
    int right;
    int total;
    final Map<String, int[]> byField = new TreeMap<>();
    final List<String> misses = new ArrayList<>();

    void add(String field, boolean ok, String detail) {
      total++;
      right += ok ? 1 : 0;
      int[] counts = byField.computeIfAbsent(field, _ -> new int[2]);
      counts[0] += ok ? 1 : 0;
      counts[1]++;
      if (!ok) {
        misses.add(field + ": " + detail);
      }
    }

    double percent() {
      return total == 0 ? 100 : 100.0 * right / total;
    }
  }

  private final FieldDictionary corpusNames = new FieldDictionary(200_000);
  private final Event corpusEvent = new Event(corpusNames);
  private final JsonReader corpusReader;
  private final Fields corpusFields = new Fields(corpusNames);

  private final FieldDictionary dictionary = new FieldDictionary();
  private final LogReader reader = new LogReader(dictionary);
  private final Event event = new Event(dictionary);
  private final IpAddress ip = new IpAddress();

  CorporaTest() {
    corpusReader = new JsonReader(corpusFields);
  }

  @Test
  void fieldsOfNamedProducts() throws IOException {
    var scores = new LinkedHashMap<String, Score>();
    forEachLine(
        "ecs.jsonl.gz",
        row -> {
          String product = first(row, "package") + "/" + first(row, "stream");
          String raw = first(row, "line");
          read(raw, first(row, "package") + "/" + first(row, "file"));
          var score = scores.computeIfAbsent(product, _ -> new Score());
          for (var entry : row.entrySet()) {
            if (!entry.getKey().startsWith("expected.")) {
              continue;
            }
            String field = entry.getKey().substring("expected.".length());
            if (IGNORED.stream().anyMatch(field::startsWith)) {
              continue;
            }
            var expected = new TreeSet<>(entry.getValue());
            expected.remove("-");
            var actual = values(field);
            score.add(
                field, same(field, expected, actual), expected + " but " + actual + " in " + raw);
          }
        });
    report("ecs", scores);
    for (String product :
        List.of(
            "apache/access",
            "apache/error",
            "nginx/access",
            "nginx/error",
            "nginx/ingress_controller",
            "system/auth",
            "system/syslog")) {
      assertThat(scores.getOrDefault(product, new Score()).percent())
          .as("percent of fields of %s", product)
          .isGreaterThanOrEqualTo(95);
    }
  }

  @Test
  void metaOfParsedLines() throws IOException {
    var scores = new LinkedHashMap<String, Score>();
    forEachLine(
        "parse.jsonl.gz",
        row -> {
          if (!"true".equals(first(row, "parsed"))) {
            return;
          }
          String raw = first(row, "line");
          read(raw, first(row, "type"));
          var score = scores.computeIfAbsent(first(row, "parser"), _ -> new Score());
          meta(score, row, raw, "source_ip", Ecs.SOURCE_IP);
          meta(score, row, raw, "target_user", Ecs.USER_NAME);
          meta(score, row, raw, "username", Ecs.USER_NAME);
          meta(score, row, raw, "http_status", Ecs.HTTP_RESPONSE_STATUS_CODE);
          meta(score, row, raw, "http_verb", Ecs.HTTP_REQUEST_METHOD);
          if (!first(row, "meta.http_verb").isEmpty()) {
            // A request that is none has no path for us.
            meta(score, row, raw, "http_path", Ecs.URL_ORIGINAL);
          }
          meta(score, row, raw, "http_user_agent", Ecs.USER_AGENT_ORIGINAL);
          meta(score, row, raw, "target_fqdn", Ecs.URL_DOMAIN);
        });
    report("parse", scores);
    for (String parser :
        List.of(
            "crowdsecurity/apache2-logs",
            "crowdsecurity/nginx-logs",
            "crowdsecurity/sshd-logs",
            "crowdsecurity/caddy-logs")) {
      assertThat(scores.getOrDefault(parser, new Score()).percent())
          .as("percent of fields of %s", parser)
          .isGreaterThanOrEqualTo(90);
    }
  }

  /// How many authentication failures of all kinds of programs come out as failures of the right
  /// host, and how many lines that are none stay silent.
  @Test
  void authenticationFailures() throws IOException {
    var failures = new Score();
    var harmless = new Score();
    forEachLine(
        "parse.jsonl.gz",
        row -> {
          String type = first(row, "meta.log_type").toLowerCase(Locale.ROOT);
          String raw = first(row, "line");
          read(raw, first(row, "type"));
          boolean failure =
              "failure".equals(event.text(Ecs.EVENT_OUTCOME))
                  && values("event.category").contains("authentication");
          String seen = event.text(Ecs.SOURCE_IP) + " " + values("event.category") + " in " + raw;
          if (type.matches(".*(fail|bad_|login_error|auth_bf).*") && !type.contains("charon")) {
            failures.add(
                type,
                failure
                    && canonical(first(row, "meta.source_ip"))
                        .equals(canonical(String.valueOf(event.text(Ecs.SOURCE_IP)))),
                first(row, "meta.source_ip") + " but " + seen);
          } else if (!"true".equals(first(row, "parsed"))) {
            harmless.add(first(row, "type"), !failure, seen);
          }
        });
    report("auth", Map.of("failures", failures, "harmless", harmless));
    assertThat(failures.percent()).isGreaterThanOrEqualTo(96);
    assertThat(harmless.percent()).isGreaterThanOrEqualTo(99);
  }

  private void meta(Score score, Map<String, List<String>> row, String raw, String key, int field) {
    String expected = first(row, "meta." + key);
    if (field == Ecs.URL_DOMAIN) {
      expected = expected.replaceFirst(":[0-9]+$", "");
    }
    if (expected.isEmpty() || expected.equals("-")) {
      return;
    }
    String actual = event.text(field);
    boolean ok =
        field == Ecs.SOURCE_IP
            ? actual != null && canonical(expected).equals(canonical(actual))
            : expected.equals(actual) || (field == Ecs.URL_ORIGINAL && isPath(expected, actual));
    score.add(key, ok, expected + " but " + actual + " in " + raw);
  }

  private boolean isPath(String expected, @Nullable String original) {
    return original != null
        && (expected.equals(event.text(Ecs.URL_PATH))
            || expected.equals(original.replaceFirst("\\?.*$", "")));
  }

  private void read(String line, String hint) {
    byte[] bytes = line.getBytes(UTF_8);
    reader.read(bytes, 0, bytes.length, LogReaderTest.RECEIVED_MS, hint, event);
  }

  private Set<String> values(String field) {
    var values = new TreeSet<String>();
    if (field.equals("@timestamp") && event.timeMs() != Event.NO_TIME) {
      values.add(Instant.ofEpochMilli(event.timeMs()).toString());
      return values;
    }
    for (int slot = event.first(dictionary.lookup(field)); slot >= 0; slot = event.next(slot)) {
      values.add(event.slotText(slot));
    }
    values.remove("-");
    return values;
  }

  private boolean same(String field, Set<String> expected, Set<String> actual) {
    if (expected.equals(actual)) {
      return true;
    }
    if (expected.size() != 1 || actual.size() != 1) {
      return false;
    }
    String e = expected.iterator().next();
    String a = actual.iterator().next();
    if (field.equals("@timestamp")) {
      var wanted = OffsetDateTime.parse(e);
      var got = Instant.parse(a);
      return wanted.toInstant().equals(got)
          || wanted.toLocalDateTime().equals(LocalDateTime.ofInstant(got, ZoneOffset.UTC));
    }
    if (field.endsWith(".ip") || field.equals("source.address")) {
      return canonical(e).equals(canonical(a));
    }
    return false;
  }

  private String canonical(String text) {
    return ip.parse(text) ? ip.toString() : text;
  }

  private static String first(Map<String, List<String>> row, String key) {
    return row.getOrDefault(key, List.of("")).getFirst();
  }

  private static void report(String name, Map<String, Score> scores) {
    boolean verbose = Boolean.getBoolean("vedette.corpora.misses");
    for (var entry : scores.entrySet()) {
      Score score = entry.getValue();
      System.out.printf(
          "corpora %s %-50s %6.2f %% of %d fields%n",
          name, entry.getKey(), score.percent(), score.total);
      if (verbose) {
        score.byField.forEach((field, counts) -> {
          if (counts[0] < counts[1]) {
            System.out.printf("    %-40s %d of %d%n", field, counts[0], counts[1]);
          }
        });
        score.misses.stream()
            .limit(40)
            .forEach(miss ->
                System.out.println("      " + miss.substring(0, Math.min(400, miss.length()))));
      }
    }
  }

  private void forEachLine(String file, Consumer<Map<String, List<String>>> consumer)
      throws IOException {
    Path path = corpora().resolve("logs").resolve(file);
    assumeTrue(Files.exists(path), "no corpora at " + path + ": set VEDETTE_CORPORA");
    try (var lines =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(Files.newInputStream(path)), UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        byte[] bytes = line.getBytes(UTF_8);
        corpusEvent.begin(bytes, 0, bytes.length);
        corpusFields.begin(corpusEvent, 0, "");
        assertThat(corpusReader.read(bytes, 0, bytes.length)).as(line).isTrue();
        var row = new LinkedHashMap<String, List<String>>();
        for (int slot = 0; slot < corpusEvent.slots(); slot++) {
          row.computeIfAbsent(corpusNames.name(corpusEvent.field(slot)), _ -> new ArrayList<>())
              .add(corpusEvent.slotText(slot));
        }
        consumer.accept(row);
      }
    }
  }

  private static Path corpora() {
    String configured = System.getProperty("vedette.corpora", System.getenv("VEDETTE_CORPORA"));
    return configured != null ? Path.of(configured) : Path.of("../../shared/corpora");
  }
}
