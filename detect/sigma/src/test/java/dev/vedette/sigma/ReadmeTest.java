package dev.vedette.sigma;

import static dev.vedette.sigma.Fixtures.event;
import static dev.vedette.sigma.Fixtures.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Event;
import dev.vedette.event.Evidence;
import dev.vedette.event.FieldDictionary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The example of the README, compiled and run.
class ReadmeTest {
  private static final List<RuleFile> FILES =
      List.of(
          RuleFile.of(
              "failed.yml",
              rule("Failed login", "sel:\n  outcome: failure\ncondition: sel")
                  .replace("title:", "name: failed\ntitle:")),
          RuleFile.of(
              "guessing.yml",
              """
              title: Guessing
              correlation:
                type: event_count
                rules: [failed]
                group-by: [ip]
                timespan: 1m
                generate: true
                condition:
                  gte: 3
              """));

  private final List<String> told = new ArrayList<>();

  private void tell(String sentence, List<Evidence> why) {
    told.add(sentence + why.stream().map(Evidence::value).collect(Collectors.joining()));
  }

  @Test
  void theExampleRuns() {
    var dictionary = new FieldDictionary();
    var events =
        IntStream.range(0, 4)
            .mapToObj(second -> {
              var event = event(dictionary, "", Map.of("outcome", "failure", "ip", "192.0.2.1"));
              event.timeMs(second * 1_000L);
              return event;
            })
            .toList();
    example(FILES, dictionary, events, 1, 0);
    assertThat(told)
        .containsExactly(
            "Failed login.failure",
            "Failed login.failure",
            "Failed login.failure",
            "Failed login.failure",
            "Guessing.",
            "Guessing.");
  }

  private void example(
      List<RuleFile> files,
      FieldDictionary dictionary,
      List<Event> events,
      int source,
      long first) {
    RuleSet rules = RuleReader.read(files);
    SigmaEngine engine = SigmaEngine.compile(rules, FieldMapping.ecs(), dictionary);
    engine.problems().forEach(System.err::println);

    SigmaMatcher matcher = engine.matcher();
    CorrelationHits hits = engine.newHits();
    for (int line = 0; line < events.size(); line++) {
      Event event = events.get(line);
      for (int i = 0, n = matcher.match(event); i < n; i++) {
        CompiledRule rule = matcher.rule(i);
        if (rule.reports()) {
          List<Evidence> why = matcher.explain(event, rule);
          tell(rule.explanation(event), why);
        }
      }
      matcher.hits(event, event.timeMs(), line, hits);
    }

    Correlator correlator = engine.correlator();
    hits.number(source, first);
    for (Correlation.Fired fired : correlator.accept(hits)) {
      tell(Explanation.of(fired), List.of());
    }
    for (Correlation.Continued more : correlator.drainContinued()) {
      tell(Explanation.of(more), List.of());
    }
  }

  @Test
  void theReadmeShowsTheExample() throws IOException {
    var folder = Path.of("").toAbsolutePath();
    String readme = Files.readString(folder.resolve("README.md"));
    String source =
        Files.readString(folder.resolve("src/test/java/dev/vedette/sigma/ReadmeTest.java"));
    int from = readme.indexOf("```java\n") + 8;
    for (String line : readme.substring(from, readme.indexOf("```", from)).lines().toList()) {
      assertThat(source).contains(line.replaceFirst(" //.*", "").strip());
    }
  }
}
