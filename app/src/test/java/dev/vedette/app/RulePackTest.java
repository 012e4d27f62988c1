package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.parse.LogReader;
import dev.vedette.sigma.Correlator;
import dev.vedette.sigma.FieldMapping;
import dev.vedette.sigma.Rule;
import dev.vedette.sigma.RuleHeader;
import dev.vedette.sigma.RuleReader;
import dev.vedette.sigma.RuleSet;
import dev.vedette.sigma.SigmaEngine;
import dev.vedette.sigma.SigmaMatcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every rule of the shipped pack against its own lines, and all of them against lines of ordinary
/// days, through the real reader, matcher and correlator.
class RulePackTest {
  /// Lines without a year are of the twelve months before this.
  private static final long RECEIVED_MS = Instant.parse("2026-12-01T00:00:00Z").toEpochMilli();

  /// A near miss of the first rule that is rightly a case for the second.
  private static final Map<String, Set<String>> RIGHTLY_ANOTHER =
      Map.of(
          "Large database dump or archive was downloaded",
              Set.of("Secret or forgotten file was served"),
          "Service account refused by sudo", Set.of("A service account used sudo"),
          "New account that can log in", Set.of("New account with the rights of root"));

  private static RuleSet pack;
  private static SigmaEngine engine;

  /// The same rules, but those that only feed correlations tell of themselves too.
  private static SigmaEngine openEngine;

  private static FieldDictionary dictionary;

  /// What fired on which line.
  private record Hit(int line, RuleHeader rule) {}

  @BeforeAll
  static void compile() throws IOException {
    dictionary = new FieldDictionary();
    pack = RuleReader.read(RulePack.folder(Checkout.root().resolve("rules")));
    engine = SigmaEngine.compile(pack, FieldMapping.ecs(), dictionary);
    openEngine = SigmaEngine.compile(pack.withEveryStepReporting(), FieldMapping.ecs(), dictionary);
  }

  @Test
  void everyRuleLoads() {
    assertThat(engine.problems()).isEmpty();
    assertThat(pack.rules()).hasSizeGreaterThan(150);
  }

  @Test
  void everyRuleIsComplete() {
    var ids = new HashSet<String>();
    var titles = new HashSet<String>();
    var wrong = new ArrayList<String>();
    for (var rule : pack.rules()) {
      var header = rule.header();
      String at = header.file() + ": " + header.title();
      if (!ids.add(header.id())) {
        wrong.add(at + ": its id is taken");
      }
      if (!titles.add(header.title())) {
        wrong.add(at + ": its title is taken");
      }
      if (!header.id().matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}")) {
        wrong.add(at + ": its id is no UUIDv4");
      }
      if (header.tags().stream().noneMatch(RulePackTest::isClass)) {
        wrong.add(at + ": no class");
      }
      var threat = header.threatClass(LogSource.ANY);
      if (header.techniques().isEmpty()
          && threat != ThreatClass.ANOMALY
          && threat != ThreatClass.POLICY) {
        wrong.add(at + ": no technique");
      }
      var notes = header.notes();
      if (notes.explanation().isEmpty() || notes.advice().isEmpty()) {
        wrong.add(at + ": no explanation or no advice");
      }
      if (notes.positive().size() < 3 || notes.negative().size() < 3) {
        wrong.add(at + ": fewer than three lines of a kind");
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static boolean isClass(String tag) {
    return tag.startsWith("vedette.")
        && ThreatClass.ofWord(tag.substring("vedette.".length())).isPresent();
  }

  @TestFactory
  Stream<DynamicTest> everyRuleKnowsItsLines() {
    var replay = new Replay(engine);
    var openReplay = new Replay(openEngine);
    return pack.rules().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.title(), () -> check(rule, replay, openReplay)));
  }

  private static void check(Rule rule, Replay replay, Replay openReplay) {
    var header = rule.header();
    for (var lines : header.notes().positive()) {
      assertThat(openReplay.fires(rule, lines)).as("must fire: %s", lines.getLast()).isTrue();
    }
    for (var lines : header.notes().negative()) {
      assertThat(openReplay.fires(rule, lines)).as("must not fire: %s", lines.getLast()).isFalse();
      if (lines.size() == 1) {
        var others =
            replay.run(lines).stream()
                .map(Hit::rule)
                .filter(other -> other.level().compareTo(Severity.HIGH) >= 0)
                .map(RuleHeader::title)
                .filter(title ->
                    !RIGHTLY_ANOTHER.getOrDefault(header.title(), Set.of()).contains(title))
                .toList();
        assertThat(others).as("a near miss alarms others: %s", lines.getLast()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"access.log", "auth.log", "error.log", "messages.log"})
  void ordinaryDaysAreSilent(String name) throws IOException {
    Path file = Checkout.root().resolve("app/src/test/resources/legitimate").resolve(name);
    List<String> lines = Files.readAllLines(file);
    var alarms =
        new Replay(engine)
            .run(lines).stream()
                .filter(hit -> hit.rule().level().compareTo(Severity.LOW) >= 0)
                .map(hit -> hit.rule().title() + ": " + lines.get(hit.line()))
                .toList();
    assertThat(alarms).isEmpty();
  }

  /// Confined to one thread. Lines through reader, matcher and a fresh correlator.
  private static final class Replay {
    private final LogReader reader = new LogReader(dictionary);
    private final SigmaEngine engine;
    private final SigmaMatcher matcher;
    private final Event event = new Event(dictionary);

    Replay(SigmaEngine engine) {
      this.engine = engine;
      this.matcher = engine.matcher();
    }

    boolean fires(Rule rule, List<String> lines) {
      return run(lines).stream().anyMatch(hit -> hit.rule().id().equals(rule.id()));
    }

    List<Hit> run(List<String> lines) {
      Correlator correlator = engine.correlator();
      var hits = new ArrayList<Hit>();
      for (int line = 0; line < lines.size(); line++) {
        int count = match(lines.get(line));
        for (int i = 0; i < count; i++) {
          if (matcher.rule(i).reports()) {
            hits.add(new Hit(line, matcher.rule(i).header()));
          }
        }
        if (count > 0) {
          var counted = engine.newHits();
          matcher.hits(event, event.timeMs(), line, counted);
          for (var fired : correlator.accept(counted)) {
            hits.add(new Hit(line, fired.rule().header()));
          }
        }
      }
      return hits;
    }

    private int match(String line) {
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      reader.read(bytes, 0, bytes.length, RECEIVED_MS, "", event);
      if (event.timeMs() == Event.NO_TIME) {
        event.timeMs(RECEIVED_MS);
      }
      return matcher.match(event);
    }
  }
}
