package dev.vedette.sigma;

import static dev.vedette.sigma.Fixtures.event;
import static dev.vedette.sigma.Fixtures.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CorrelatorTest {
  private static final String FAILED =
      rule("Failed login", "sel:\n  outcome: failure\ncondition: sel")
          .replace("title:", "name: failed\nid: 00000000-0000-4000-8000-000000000001\ntitle:");
  private static final String SUCCEEDED =
      rule("Login", "sel:\n  outcome: success\ncondition: sel")
          .replace("title:", "name: login\nid: 00000000-0000-4000-8000-000000000002\ntitle:");

  private static String correlation(String body) {
    return """
    title: Correlated
    id: 00000000-0000-4000-8000-0000000000aa
    name: outer
    correlation:
    %s
    """
        .formatted(body.indent(2).stripTrailing());
  }

  /// Matches events and correlates their hits, remembering the hits.
  private static final class Run {
    final FieldDictionary dictionary = new FieldDictionary();
    final SigmaEngine engine;
    final SigmaMatcher matcher;
    final CorrelationHits hits;
    Correlator correlator;
    int sequence;

    Run(String... documents) {
      engine = Fixtures.engine(dictionary, documents);
      matcher = engine.matcher();
      correlator = engine.correlator();
      hits = engine.newHits();
    }

    /// The answers for one event at a second: `F3` for fired with count 3, `C4` for continued.
    String at(double second, Map<String, ?> fields) {
      var answers = new StringBuilder();
      for (var answer : accept(Math.round(second * 1_000), fields)) {
        answers.append(
            switch (answer) {
              case Correlation.Fired fired -> "F" + fired.count();
              case Correlation.Continued continued -> "C" + continued.count();
            });
      }
      return answers.toString();
    }

    List<Correlation> accept(long timeMs, Map<String, ?> fields) {
      var event = event(dictionary, "", fields);
      matcher.match(event);
      List<Correlation> out = new ArrayList<>();
      int first = hits.size();
      matcher.hits(event, timeMs, ++sequence, hits);
      hits.number(7, 0);
      for (int hit = first; hit < hits.size(); hit++) {
        out.addAll(correlator.accept(hits, hit));
        out.addAll(correlator.drainContinued());
      }
      return out;
    }

    String failure(double second, String ip) {
      return at(second, Map.of("outcome", "failure", "ip", ip));
    }
  }

  private static final String THREE_IN_TEN =
      """
      type: event_count
      rules: [failed]
      group-by: [ip]
      timespan: 10s
      condition:
        gte: 3
      """;

  @Test
  void firesOnceWhenTheCountIsReachedAndThenContinues() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    assertThat(run.failure(0, "a")).isEmpty();
    assertThat(run.failure(1, "b")).isEmpty();
    assertThat(run.failure(2, "a")).isEmpty();
    assertThat(run.failure(3, "a")).isEqualTo("F3");
    assertThat(run.failure(4, "a")).isEqualTo("C4");
    assertThat(run.failure(5, "b")).isEmpty();
    assertThat(run.at(5, Map.of("outcome", "failure"))).as("no ip: skipped").isEmpty();
    assertThat(run.at(5, Map.of("outcome", "other", "ip", "a"))).isEmpty();
    assertThat(run.correlator.keys()).isEqualTo(2);
  }

  @Test
  void theWindowIsOpenAtItsBeginning() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    run.failure(0, "a");
    run.failure(5, "a");
    assertThat(run.failure(10, "a")).as("0 is no longer in (0, 10]").isEmpty();
    assertThat(run.failure(10, "a")).isEqualTo("F3");
  }

  @Test
  void isArmedAgainWhenTheCountFallsBelow() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    run.failure(0, "a");
    run.failure(1, "a");
    assertThat(run.failure(2, "a")).isEqualTo("F3");
    assertThat(run.failure(11.5, "a")).as("two are left").isEmpty();
    assertThat(run.failure(11.6, "a")).as("2, 11.5, 11.6").isEqualTo("F3");
    assertThat(run.failure(60, "a")).isEmpty();
    assertThat(run.failure(61, "a")).isEmpty();
    assertThat(run.failure(62, "a")).isEqualTo("F3");
  }

  @Test
  void aSteadyAttackIsOneAlert() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    var answers = new StringBuilder();
    for (int second = 0; second < 300; second += 4) {
      answers.append(run.failure(second, "a"));
    }
    assertThat(answers.toString()).matches("F3(C3)+");
  }

  @Test
  void aThresholdOfOneFiresAgainAfterSilence() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN.replace("gte: 3", "gte: 1")));
    assertThat(run.failure(0, "a")).isEqualTo("F1");
    assertThat(run.failure(9, "a")).isEqualTo("C2");
    assertThat(run.failure(30, "a")).isEqualTo("F1");
  }

  @Test
  void rangesFireOnTheWayUpOnly() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN.replace("gte: 3", "gt: 1\n  lt: 4")));
    assertThat(run.failure(0, "a")).isEmpty();
    assertThat(run.failure(1, "a")).isEqualTo("F2");
    assertThat(run.failure(2, "a")).isEqualTo("C3");
    assertThat(run.failure(3, "a")).isEmpty();
    assertThat(run.failure(11.5, "a")).as("back from above").isEqualTo("C3");
    var eq = new Run(FAILED, correlation(THREE_IN_TEN.replace("gte: 3", "eq: 2")));
    assertThat(eq.failure(0, "a") + eq.failure(1, "a") + eq.failure(2, "a")).isEqualTo("F2");
  }

  @Test
  void tellsWhatHappened() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    run.failure(1, "10.0.0.1");
    run.failure(2, "10.0.0.1");
    var fired =
        (Correlation.Fired)
            run.accept(3_000, Map.of("outcome", "failure", "ip", "10.0.0.1")).getFirst();
    assertThat(fired.rule().title()).isEqualTo("Correlated");
    assertThat(fired.group()).isEqualTo(Map.of("ip", "10.0.0.1"));
    assertThat(fired.firstMs()).isEqualTo(1_000);
    assertThat(fired.lastMs()).isEqualTo(3_000);
    assertThat(fired.total()).isEqualTo(3);
    assertThat(fired.events())
        .containsExactly(new EventId(7, 1), new EventId(7, 2), new EventId(7, 3));
    var more = run.accept(12_500, Map.of("outcome", "failure", "ip", "10.0.0.1"));
    assertThat(more).isEmpty();
  }

  @Test
  void keepsTheLatestEvents() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN.replace("10s", "1h")));
    List<Correlation> last = List.of();
    for (int i = 1; i <= 100; i++) {
      last = run.accept(i, Map.of("outcome", "failure", "ip", "a"));
      if (i >= 3) {
        assertThat(last.getFirst().events()).last().isEqualTo(new EventId(7, i));
        assertThat(last.getFirst().events()).hasSize(Math.min(i, Correlator.EVENTS_KEPT));
        assertThat(last.getFirst().events()).isSorted();
      }
    }
    assertThat(last.getFirst().total()).isEqualTo(100);
    assertThat(last.getFirst().count()).isEqualTo(100);
  }

  @Test
  void lateEventsCountWhereTheyBelong() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    run.failure(10, "a");
    run.failure(5, "a");
    assertThat(run.failure(7, "a")).isEqualTo("F3");
  }

  @Test
  void twoFilesReadOneAfterTheOtherKeepTheirOwnTimes() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    run.failure(10_000, "a");
    run.failure(10_001, "a");
    run.failure(100, "a");
    run.failure(101, "a");
    assertThat(run.failure(102, "a")).as("the old file").isEqualTo("F3");
    assertThat(run.failure(10_002, "a")).as("the new one, untouched").isEqualTo("F3");
    assertThat(run.failure(103, "a")).isEqualTo("C4");
    assertThat(run.failure(50, "a")).as("a third time").isEmpty();
    run.failure(51, "a");
    assertThat(run.failure(52, "a")).isEqualTo("F3");
    assertThat(run.failure(104, "a")).as("less recent, but still reached").isEqualTo("C5");
    assertThat(run.correlator.keys()).isEqualTo(2);
  }

  @Test
  void distinctValuesAreCountedPerGroup() {
    var run =
        new Run(
            FAILED,
            correlation(
                """
                type: value_count
                rules: failed
                group-by: [ip]
                timespan: 10s
                condition:
                  field: user
                  gte: 3
                """));
    assertThat(run.at(0, Map.of("outcome", "failure", "ip", "a", "user", "x"))).isEmpty();
    assertThat(run.at(1, Map.of("outcome", "failure", "ip", "a", "user", "y"))).isEmpty();
    assertThat(run.at(2, Map.of("outcome", "failure", "ip", "a", "user", "x"))).isEmpty();
    assertThat(run.at(2, Map.of("outcome", "failure", "ip", "a"))).as("no user").isEmpty();
    assertThat(run.at(3, Map.of("outcome", "failure", "ip", "b", "user", "z"))).isEmpty();
    assertThat(run.at(4, Map.of("outcome", "failure", "ip", "a", "user", "z"))).isEqualTo("F3");
    assertThat(run.at(11.5, Map.of("outcome", "failure", "ip", "a", "user", "x")))
        .as("y is gone, x was seen again at 2")
        .isEmpty();
    assertThat(run.at(12.1, Map.of("outcome", "failure", "ip", "a", "user", "w"))).isEqualTo("F3");
  }

  private static String temporal(String type) {
    return correlation(
        """
        type: %s
        rules: [failed, login]
        group-by: [ip]
        timespan: 10s
        """
            .formatted(type));
  }

  @Test
  void temporalWantsEveryRuleInTheWindow() {
    var run = new Run(FAILED, SUCCEEDED, temporal("temporal"));
    assertThat(run.at(0, Map.of("outcome", "success", "ip", "a"))).isEmpty();
    assertThat(run.at(1, Map.of("outcome", "failure", "ip", "b"))).isEmpty();
    assertThat(run.at(2, Map.of("outcome", "failure", "ip", "a"))).isEqualTo("F2");
    assertThat(run.at(3, Map.of("outcome", "failure", "ip", "a"))).isEqualTo("C2");
    assertThat(run.at(12, Map.of("outcome", "failure", "ip", "a"))).isEmpty();
  }

  @Test
  void temporalOrderedWantsThemInOrder() {
    var run = new Run(FAILED, SUCCEEDED, temporal("temporal_ordered"));
    assertThat(run.at(0, Map.of("outcome", "success", "ip", "a"))).isEmpty();
    assertThat(run.at(1, Map.of("outcome", "failure", "ip", "a"))).isEmpty();
    assertThat(run.at(2, Map.of("outcome", "success", "ip", "a"))).isEqualTo("F2");
    var late = new Run(FAILED, SUCCEEDED, temporal("temporal_ordered"));
    late.at(0, Map.of("outcome", "failure", "ip", "a"));
    assertThat(late.at(10, Map.of("outcome", "success", "ip", "a"))).isEmpty();
  }

  /// Each event that completes the order is news; what begins another order while one is complete
  /// is not.
  @Test
  void temporalOrderedFiresForEachThatCompletesIt() {
    var run = new Run(FAILED, SUCCEEDED, temporal("temporal_ordered"));
    run.at(0, Map.of("outcome", "failure", "ip", "a"));
    assertThat(run.at(1, Map.of("outcome", "success", "ip", "a"))).isEqualTo("F2");
    assertThat(run.at(2, Map.of("outcome", "failure", "ip", "a"))).isEmpty();
    assertThat(run.at(3, Map.of("outcome", "success", "ip", "a"))).isEqualTo("F2");
    assertThat(run.at(11, Map.of("outcome", "success", "ip", "a"))).isEqualTo("F2");
    assertThat(run.at(12, Map.of("outcome", "success", "ip", "a")))
        .as("the last failure is ten seconds ago")
        .isEmpty();
  }

  @Test
  void anOrderIsCompletedOnlyByWhatFollowsInIt() {
    var more = new ArrayList<String>();
    for (String word : List.of("logout", "closed")) {
      more.add(
          SUCCEEDED
              .replace("success", word)
              .replace("login", word)
              .replace("000000002", "00000001" + more.size()));
    }
    String four = temporal("temporal_ordered").replace("login]", "login, logout, closed]");
    var run =
        new Run(FAILED, SUCCEEDED, more.get(0), more.get(1), four + "  condition:\n    gte: 2\n");
    assertThat(run.failure(0, "a")).isEmpty();
    assertThat(run.at(1, Map.of("outcome", "success", "ip", "a"))).isEqualTo("F2");
    assertThat(run.at(2, Map.of("outcome", "closed", "ip", "a"))).as("without logout").isEmpty();
    assertThat(run.at(3, Map.of("outcome", "logout", "ip", "a"))).isEqualTo("F3");
    assertThat(run.at(4, Map.of("outcome", "closed", "ip", "a"))).isEqualTo("F4");
    var any =
        new Run(FAILED, SUCCEEDED, temporal("temporal_ordered") + "  condition:\n    gte: 1\n");
    assertThat(any.failure(0, "a")).isEqualTo("F1");
    assertThat(any.failure(1, "a")).as("nothing is ordered: one crossing").isEqualTo("C1");
  }

  @Test
  void everyEventOfAnOrderIsCountedOnce() {
    var run = new Run(FAILED, SUCCEEDED, temporal("temporal_ordered"));
    run.failure(0, "a");
    assertThat(total(run, 1)).isEqualTo(2);
    run.failure(2, "a");
    run.failure(3, "a");
    assertThat(total(run, 4)).isEqualTo(3);
    assertThat(total(run, 5)).isEqualTo(1);
  }

  private static long total(Run run, long second) {
    var answers = run.accept(second * 1_000, Map.of("outcome", "success", "ip", "a"));
    assertThat(answers).hasSize(1);
    return answers.getFirst().total();
  }

  @Test
  void correlationsCountCorrelations() {
    var inner = correlation(THREE_IN_TEN).replace("outer", "brute").replace("00aa", "00bb");
    var chained =
        correlation(
            """
            type: temporal_ordered
            rules: [brute, login]
            group-by: [ip]
            timespan: 1m
            """);
    var run = new Run(FAILED, SUCCEEDED, inner, chained);
    assertThat(run.engine.longestWindow()).isEqualTo(Duration.ofSeconds(70));
    run.failure(0, "a");
    run.failure(1, "a");
    assertThat(run.failure(2, "a")).as("the inner one does not report by itself").isEmpty();
    assertThat(run.at(3, Map.of("outcome", "success", "ip", "b"))).isEmpty();
    assertThat(run.at(3, Map.of("outcome", "success", "ip", "a"))).isEqualTo("F2");
    assertThat(run.engine.rules()).allSatisfy(rule -> assertThat(rule.reports()).isFalse());
    var generating = new Run(FAILED, SUCCEEDED, inner.replace("type:", "generate: true\n  type:"));
    assertThat(generating.engine.rules()).allSatisfy(r -> assertThat(r.reports()).isTrue());
  }

  @Test
  void aliasesNameFieldsByRule() {
    var run =
        new Run(
            FAILED,
            SUCCEEDED,
            correlation(
                """
                type: temporal
                rules: [failed, login]
                group-by: [who]
                timespan: 10s
                aliases:
                  who:
                    failed: ip
                    login: address
                """));
    assertThat(run.at(0, Map.of("outcome", "failure", "ip", "a"))).isEmpty();
    assertThat(run.at(1, Map.of("outcome", "success", "address", "a"))).isEqualTo("F2");
  }

  @Test
  void hitsSurviveEncodingAndRebuildTheWindows() {
    var run =
        new Run(
            FAILED,
            SUCCEEDED,
            correlation(THREE_IN_TEN),
            temporal("temporal").replace("00aa", "00cc").replace("outer", "other"));
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 500; i++) {
      run.at(i / 10.0 - random.nextInt(20), randomEvent(random));
    }
    byte[] bytes = run.hits.encode();
    var read = run.engine.readHits(bytes).orElseThrow();
    assertThat(read.toString()).isEqualTo(run.hits.toString());
    assertThat(read.encode()).isEqualTo(bytes);
    assertThat(bytes.length / run.hits.size()).isLessThan(16);
    var rebuilt = run.engine.correlator();
    rebuilt.accept(read);
    rebuilt.drainContinued();
    for (int i = 500; i < 1_000; i++) {
      var event = event(run.dictionary, "", randomEvent(random));
      run.matcher.match(event);
      var hits = run.engine.newHits();
      run.matcher.hits(event, i * 100L, i, hits);
      hits.number(7, 0);
      for (int hit = 0; hit < hits.size(); hit++) {
        assertThat(rebuilt.accept(hits, hit))
            .as("seed %d", seed)
            .isEqualTo(run.correlator.accept(hits, hit));
        assertThat(rebuilt.drainContinued())
            .as("seed %d", seed)
            .isEqualTo(run.correlator.drainContinued());
      }
    }
  }

  private static Map<String, String> randomEvent(SplittableRandom random) {
    return Map.of(
        "outcome", random.nextBoolean() ? "failure" : "success", "ip", "" + random.nextInt(5));
  }

  @Test
  void brokenBytesAreNoHits() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    for (int i = 0; i < 20; i++) {
      run.failure(i, "address" + i);
    }
    byte[] bytes = run.hits.encode();
    for (int length = 0; length < bytes.length; length++) {
      assertThat(run.engine.readHits(java.util.Arrays.copyOf(bytes, length))).isEmpty();
    }
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] broken = bytes.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      }
      run.engine
          .readHits(broken)
          .ifPresent(
              hits -> assertThat(run.correlator.accept(hits)).as("seed %d", seed).isNotNull());
    }
    assertThat(run.engine.readHits(run.engine.newHits().encode()).orElseThrow().isEmpty()).isTrue();
  }

  @Test
  void hitsOfOtherRuleSetsAreIgnored() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    run.failure(0, "a");
    var regrouped = new Run(FAILED, correlation(THREE_IN_TEN.replace("[ip]", "[ip, user]")));
    byte[] bytes = run.hits.encode();
    assertThat(regrouped.engine.readHits(bytes).orElseThrow().isEmpty()).isTrue();
    assertThatThrownBy(() -> regrouped.correlator.accept(run.hits))
        .isInstanceOf(IllegalArgumentException.class);
    var without = new Run(FAILED);
    assertThat(without.engine.readHits(bytes).orElseThrow().isEmpty()).isTrue();
    assertThat(without.engine.longestWindow()).isZero();
  }

  @Test
  void groupsAreBoundedAndTheSlowOneSurvivesTheCrowd() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN.replace("10s", "1h")));
    run.correlator = run.engine.correlator(1_000);
    run.failure(0, "slow");
    for (int i = 0; i < 10_000; i++) {
      run.failure(i * 0.1, "crowd" + i);
      if (i % 500 == 0) {
        run.at(i * 0.1, Map.of("outcome", "failure", "ip", i < 5_000 ? "slow" : "slow2"));
      }
    }
    assertThat(run.correlator.keys()).isLessThanOrEqualTo(1_000);
    assertThat(run.correlator.evicted()).isGreaterThan(8_000);
    assertThat(run.failure(1_000, "slow2")).startsWith("C");
  }

  @Test
  void longKeysAreBoundedByTheirBytes() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN.replace("10s", "1h")));
    run.correlator = run.engine.correlator(1_000);
    for (int i = 0; i < 3_000; i++) {
      run.failure(i * 0.1, "x".repeat(500) + i);
    }
    // About 88 longs each, of 32,000.
    assertThat(run.correlator.keys()).isBetween(300, 420);
    assertThat(run.failure(300, "x".repeat(500) + 2_999)).isEmpty();
    assertThat(run.failure(301, "x".repeat(500) + 2_999)).isEqualTo("F3");
  }

  @Test
  void aFiringThatEndedIsToldWithItsOwnTime() {
    var run = new Run(FAILED, correlation(THREE_IN_TEN));
    int line = 0;
    for (long timeMs : new long[] {0, 0, 0, 1_000, 2_000, 60_000, 60_000, 60_000}) {
      var event = event(run.dictionary, "", Map.of("outcome", "failure", "ip", "a"));
      run.matcher.match(event);
      run.matcher.hits(event, timeMs, line++, run.hits);
    }
    assertThat(run.correlator.accept(run.hits)).hasSize(2);
    assertThat(run.correlator.drainContinued())
        .singleElement()
        .satisfies(more -> {
          assertThat(more.lastMs()).isEqualTo(2_000);
          assertThat(more.count()).isEqualTo(5);
        });
  }

  @Test
  void aFloodOfOneKeyIsBoundedAndCountedAlmostExactly() {
    var window = new Window.Events(0, new Window.Group(new byte[0], 0), 10_000);
    long lastMs = 0;
    for (int i = 0; i < 1_000_000; i++) {
      lastMs = i / 10;
      window.nowMs = lastMs;
      window.expire(lastMs - 10_000);
      window.add(lastMs, 0, 0);
    }
    assertThat(window.cells()).isLessThanOrEqualTo(2 * Window.Events.TIMES_MAX);
    assertThat(window.count()).isBetween(100_000L, 100_200L);
    var values = new Window.Values(0, new Window.Group(new byte[0], 0));
    for (int i = 0; i < 500_000; i++) {
      values.add(i, 0, i * 0x9E3779B97F4A7C15L);
    }
    assertThat(values.count()).isEqualTo(Window.Values.VALUES_MAX);
    assertThat(values.oldestMs()).isEqualTo(500_000 - Window.Values.VALUES_MAX);
  }

  /// Against a reference that keeps every event and looks at all of them each time.
  @Test
  void agreesWithANaiveReference() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 60; round++) {
      boolean values = random.nextBoolean();
      int threshold = 1 + random.nextInt(6);
      int spanSeconds = 1 + random.nextInt(20);
      int lateMs = random.nextBoolean() ? 0 : random.nextInt(spanSeconds * 500);
      var run =
          new Run(
              FAILED,
              correlation(
                  """
                  type: %s
                  rules: [failed]
                  group-by: [ip]
                  timespan: %ds
                  condition:
                    gte: %d
                  %s
                  """
                      .formatted(
                          values ? "value_count" : "event_count",
                          spanSeconds,
                          threshold,
                          values ? "  field: user" : "")));
      Map<String, List<long[]>> seen = new HashMap<>();
      Map<String, Boolean> fired = new HashMap<>();
      long clock = 1_000_000;
      for (int i = 0; i < 400; i++) {
        clock += random.nextInt(1 + random.nextInt(2_500));
        long time = clock - (lateMs == 0 ? 0 : random.nextInt(lateMs));
        String ip = "" + random.nextInt(3);
        int user = random.nextInt(5);
        var all = seen.computeIfAbsent(ip, _ -> new ArrayList<>());
        long now = Math.max(time, all.stream().mapToLong(e -> e[0]).max().orElse(time));
        long end = now - spanSeconds * 1_000L;
        if (all.stream().noneMatch(e -> e[0] > end)) {
          fired.put(ip, false);
        }
        if (time <= end) {
          // Older than the window: it opens one of its own, which other tests look at.
          continue;
        }
        all.add(new long[] {time, user});
        Set<Long> distinct = new HashSet<>();
        int events = 0;
        for (long[] e : all) {
          if (e[0] > end) {
            distinct.add(e[1]);
            events++;
          }
        }
        int count = values ? distinct.size() : events;
        String expected = "";
        if (count < threshold) {
          fired.put(ip, false);
        } else {
          expected = (fired.getOrDefault(ip, false) ? "C" : "F") + count;
          fired.put(ip, true);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("outcome", "failure");
        fields.put("ip", ip);
        fields.put("user", "user" + user);
        assertThat(run.at(time / 1_000.0, fields))
            .as("seed %d round %d event %d", seed, round, i)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void manyDistinctValuesCostNoMoreThanFew() {
    // No timing: counts the steps of a late value instead, by the order that results.
    var window = new Window.Values(0, new Window.Group(new byte[0], 0));
    var order = new ArrayDeque<Long>();
    for (long i = 0; i < 1_800; i++) {
      window.add(i, 0, i << 32 | i);
      order.add(i);
    }
    window.add(5_000, 0, 0);
    order.poll();
    assertThat(window.oldestMs()).isEqualTo(order.peek());
    window.expire(1_798);
    assertThat(window.count()).isEqualTo(2);
  }
}
