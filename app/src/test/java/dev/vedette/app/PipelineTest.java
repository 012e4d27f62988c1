package dev.vedette.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Entity;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Intake;
import dev.vedette.event.Receipt;
import dev.vedette.parse.LogReader;
import dev.vedette.sigma.RuleFile;
import dev.vedette.store.AlertQuery;
import dev.vedette.store.DetectionQuery;
import dev.vedette.store.EventQuery;
import dev.vedette.store.Query;
import dev.vedette.store.SearchResult;
import dev.vedette.store.SqliteStore;
import dev.vedette.store.Store;
import dev.vedette.store.TimeRange;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The pipeline on a real store: order, receipts, refusals, faults, restarts.
class PipelineTest {
  private static final String FAILED =
      "Nov 21 10:00:%02d web1 sshd[%d]: Failed password for root from 198.51.100.7 port 40022 ssh2";

  private static final AlertQuery ALERTS =
      new AlertQuery(TimeRange.ALL, Set.of(), null, null, "", "198.51.100.7", 0, 100);

  @TempDir Path folder;

  @Test
  void whatIsAcknowledgedIsStoredInOrder() throws Exception {
    try (var store = open()) {
      var answers = new ArrayList<CompletableFuture<Receipt>>();
      try (var pipeline = start(store, _ -> {})) {
        for (int i = 0; i < 200; i++) {
          answers.add(pipeline.submit(batch("s", null, "line " + i, "again " + i)));
        }
        long next = 1;
        for (var answer : answers) {
          var receipt = answer.get(30, TimeUnit.SECONDS);
          assertThat(receipt.first()).isEqualTo(next);
          next += receipt.count();
        }
        assertThat(pipeline.counts().accepted()).isEqualTo(400);
      }
      assertThat(store.verify(_ -> {}).isSound()).isTrue();
    }
  }

  @Test
  void aKeyIsAnsweredWithTheFirstReceipt() throws Exception {
    try (var store = open();
        var pipeline = start(store, _ -> {})) {
      var first = pipeline.submit(batch("s", "k", "one")).get(30, TimeUnit.SECONDS);
      var again = pipeline.submit(batch("s", "k", "one")).get(30, TimeUnit.SECONDS);
      assertThat(again).isEqualTo(first);
      assertThat(pipeline.counts().accepted()).isEqualTo(1);
    }
  }

  @Test
  void showingThatFailsCostsNothing() throws Exception {
    try (var store = open();
        var pipeline =
            start(
                store,
                _ -> {
                  throw new IllegalStateException("told to fail");
                })) {
      pipeline.submit(batch("s", null, "one")).get(30, TimeUnit.SECONDS);
      var second = pipeline.submit(batch("s", null, "two")).get(30, TimeUnit.SECONDS);
      assertThat(second.first()).isEqualTo(2);
      assertThat(pipeline.counts().faults()).isPositive();
    }
  }

  /// The store commits, and fails when it is asked for the receipt of a key that came twice.
  @Test
  void aFaultAfterTheCommitStoresNothingTwice() throws Exception {
    var held = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var read = new CountDownLatch(4);
    try (var store = open();
        var pipeline =
            start(
                failingAtLookup(store, 3, read),
                _ -> {
                  held.countDown();
                  await(release);
                })) {
      pipeline.submit(batch("s", null, "first")).get(30, TimeUnit.SECONDS);
      await(held);
      // While the commit thread is held these gather into one group.
      var plain = pipeline.submit(batch("s", null, "plain"));
      var key = pipeline.submit(batch("s", "k", "keyed"));
      var repeat = pipeline.submit(batch("s", "k", "keyed"));
      await(read);
      release.countDown();
      assertThat(plain.get(30, TimeUnit.SECONDS).first()).isEqualTo(2);
      assertThat(key.get(30, TimeUnit.SECONDS).first()).isEqualTo(3);
      assertThat(repeat.get(30, TimeUnit.SECONDS).first()).isEqualTo(3);
      var last = pipeline.submit(batch("s", null, "last")).get(30, TimeUnit.SECONDS);
      assertThat(last.first()).isEqualTo(4);
      assertThat(pipeline.counts().accepted()).isEqualTo(4);
    }
  }

  @Test
  void fourFailuresBeforeARestartAndOneAfterAreABruteForce() throws Exception {
    try (var store = open();
        var pipeline = start(store, _ -> {})) {
      for (int i = 0; i < 4; i++) {
        pipeline.submit(batch("s", null, FAILED.formatted(i, 100 + i))).get(30, TimeUnit.SECONDS);
      }
      assertThat(bruteForces(store)).isEmpty();
    }
    try (var store = open();
        var pipeline = start(store, _ -> {})) {
      pipeline.submit(batch("s", null, FAILED.formatted(5, 105))).get(30, TimeUnit.SECONDS);
      assertThat(bruteForces(store)).hasSize(1);
      pipeline.submit(batch("s", null, FAILED.formatted(6, 106))).get(30, TimeUnit.SECONDS);
      var goingOn = bruteForces(store);
      assertThat(goingOn).hasSize(1);
      assertThat(goingOn.getFirst().events()).isEqualTo(6);
      // The lines of all six are shown, those of before the restart too.
      assertThat(store.events(goingOn.getFirst().counted()))
          .extracting(SearchResult.Hit::original)
          .containsExactly(
              FAILED.formatted(6, 106),
              FAILED.formatted(5, 105),
              FAILED.formatted(3, 103),
              FAILED.formatted(2, 102),
              FAILED.formatted(1, 101),
              FAILED.formatted(0, 100));
    }
  }

  /// Each account that gives in after a brute force is a detection of its own, which names it.
  @Test
  void everyGuessedPasswordIsToldWithItsAccount() throws Exception {
    try (var store = open();
        var pipeline = start(store, _ -> {})) {
      for (int i = 0; i < 5; i++) {
        pipeline.submit(batch("s", null, FAILED.formatted(i, 100 + i))).get(30, TimeUnit.SECONDS);
      }
      for (String user : List.of("root", "backup")) {
        String accepted =
            "Nov 21 10:01:00 web1 sshd[9]: Accepted password for %s from 198.51.100.7 port 1 ssh2"
                .formatted(user);
        pipeline.submit(batch("s", null, accepted)).get(30, TimeUnit.SECONDS);
        var newest =
            store.detections(new DetectionQuery(TimeRange.ALL, 0, null, "198.51.100.7", 1));
        assertThat(newest)
            .singleElement()
            .satisfies(stored -> {
              var detection = stored.detection();
              assertThat(detection.title()).isEqualTo("SSH password guessed");
              assertThat(detection.userName()).isEqualTo(user);
              assertThat(detection.hostName()).isEqualTo("web1");
              assertThat(detection.reason()).contains(user).contains("web1");
              assertThat(detection.original()).isEqualTo(accepted);
            });
        pipeline.submit(batch("s", null, FAILED.formatted(59, 99))).get(30, TimeUnit.SECONDS);
      }
      assertThat(
              store.alerts(ALERTS).stream().filter(a -> a.title().equals("SSH password guessed")))
          .singleElement()
          .matches(alert -> alert.detections() == 2 && alert.userName().isEmpty())
          .matches(alert -> alert.reason().contains("backup"))
          .satisfies(alert ->
              assertThat(store.events(alert.counted()))
                  .extracting(SearchResult.Hit::original)
                  .allMatch(line -> line.contains("for backup") || line.contains("Failed")));
    }
  }

  /// Whom a correlation groups by is whom its alert is about, whoever completed it.
  @Test
  void anOrderIsAboutWhomItGroupsBy() throws Exception {
    String rule =
        """
        title: Root after failures
        id: 00000000-0000-4000-8000-00000000abcd
        level: high
        correlation:
          type: temporal_ordered
          rules: [vedette_ssh_failed, vedette_ssh_accepted_password]
          group-by: [user.name]
          timespan: 1h
        """;
    try (var store = open();
        var pipeline = start(store, _ -> {}, RuleFile.of("own.yml", rule))) {
      pipeline.submit(batch("s", null, FAILED.formatted(1, 101))).get(30, TimeUnit.SECONDS);
      for (int i = 8; i < 10; i++) {
        String accepted =
            "Nov 21 10:01:0%d web1 sshd[9]: Accepted password for root from 198.51.100.%d port 1 ssh2"
                .formatted(i, i);
        pipeline.submit(batch("s", null, accepted)).get(30, TimeUnit.SECONDS);
      }
      var all = new AlertQuery(TimeRange.ALL, Set.of(), null, null, "", "", 0, 100);
      assertThat(store.alerts(all).stream().filter(a -> a.title().equals("Root after failures")))
          .singleElement()
          .satisfies(alert -> {
            assertThat(alert.entity()).isEqualTo(new Entity(Entity.Kind.USER, "root"));
            assertThat(alert.detections()).isEqualTo(2);
            assertThat(alert.hostName()).isEqualTo("web1");
            assertThat(alert.sourceIp()).as("they came from two").isEmpty();
          });
    }
  }

  @Test
  void anAttackThatGoesOnAfterItWasResolvedOpensAnAlertWithALine() throws Exception {
    try (var store = open();
        var pipeline = start(store, _ -> {})) {
      for (int i = 0; i < 5; i++) {
        pipeline.submit(batch("s", null, FAILED.formatted(i, 100 + i))).get(30, TimeUnit.SECONDS);
      }
      long resolved = bruteForces(store).getFirst().id();
      store.setAlertStatus(resolved, AlertStatus.RESOLVED, "ann", "", 1);
      pipeline.submit(batch("s", null, FAILED.formatted(9, 109))).get(30, TimeUnit.SECONDS);
      var alerts = bruteForces(store);
      assertThat(alerts).hasSize(2);
      var again = alerts.stream().filter(alert -> alert.id() != resolved).findFirst().orElseThrow();
      assertThat(again.detections()).isEqualTo(1);
      assertThat(store.detections(new DetectionQuery(TimeRange.ALL, again.id(), null, "", 9)))
          .singleElement()
          .matches(d -> d.detection().original().equals(FAILED.formatted(9, 109)));
      assertThat(store.events(again.counted()))
          .as("only what came after it was resolved")
          .extracting(SearchResult.Hit::original)
          .containsExactly(FAILED.formatted(9, 109));
    }
  }

  @Test
  void aFullQueueRefusesAndCountsExactly() throws Exception {
    try (var store = open()) {
      long sent = 0;
      long acknowledged = 0;
      long refused = 0;
      var answers = new ArrayList<CompletableFuture<Receipt>>();
      var counts = new ArrayList<Integer>();
      try (var pipeline = start(store, _ -> {})) {
        String line = "x".repeat(1_000);
        var lines = new String[2_000];
        Arrays.fill(lines, line);
        for (int i = 0; i < 200; i++) {
          var batch = batch("flood", null, lines);
          answers.add(pipeline.submit(batch));
          counts.add(batch.count());
          sent += batch.count();
        }
        for (int i = 0; i < answers.size(); i++) {
          try {
            acknowledged += answers.get(i).get(60, TimeUnit.SECONDS).count();
          } catch (ExecutionException e) {
            assertThat(e.getCause())
                .isInstanceOfSatisfying(
                    Intake.Refused.class,
                    why -> assertThat(why.cause()).isEqualTo(Intake.Refused.Cause.OVERLOADED));
            refused += counts.get(i);
          }
        }
        assertThat(acknowledged + refused).isEqualTo(sent);
        assertThat(refused).isPositive();
        assertThat(pipeline.counts().accepted()).isEqualTo(acknowledged);
        assertThat(pipeline.counts().refused()).isEqualTo(refused);
      }
      var ledger = store.verify(_ -> {});
      assertThat(ledger.accepted()).isEqualTo(acknowledged);
      assertThat(ledger.isSound()).isTrue();
    }
  }

  /// What goes wrong inside must cost no event, and none must be hidden from a search.
  @Test
  void aBatchThatIsSetAsideIsFoundByItsTimeAndItsEntities() throws Exception {
    for (var fault :
        List.<Throwable>of(new IllegalStateException("told to fail"), new StackOverflowError())) {
      for (String method : List.of("prepare", "commit")) {
        var data = folder.resolve(method + fault.getClass().getSimpleName());
        var dictionary = new FieldDictionary();
        try (var store = SqliteStore.open(data, () -> new LogReader(dictionary), dictionary);
            var pipeline = start(failingOnce(store, method, fault), _ -> {})) {
          var line =
              "2026-03-01T10:00:00Z web1 sshd[7]: Failed password for root from 198.51.100.7 port"
                  + " 22 ssh2";
          pipeline.submit(batch("s", null, line)).get(30, TimeUnit.SECONDS);
          pipeline.submit(batch("s", null, "another")).get(30, TimeUnit.SECONDS);
          assertThat(pipeline.counts().faults()).as("%s %s", method, fault).isEqualTo(1);
          assertThat(pipeline.counts().trouble()).isEmpty();
          var found =
              store.search(
                  new EventQuery(
                      new TimeRange(1_772_359_200_000L, 1_772_359_260_000L),
                      Query.parse("source.ip: 198.51.100.7"),
                      "",
                      10,
                      null,
                      null,
                      30_000));
          assertThat(found.hits()).as("%s %s", method, fault).hasSize(1);
          assertThat(store.verify(_ -> {}).isSound()).isTrue();
        }
      }
    }
  }

  /// An error that nothing can mend ends the pipeline: nobody waits for an answer, and all is
  /// counted.
  @Test
  void anErrorOfTheMachineLeavesNobodyWaiting() throws Exception {
    try (var store = open();
        var pipeline =
            start(failingOnce(store, "commit", new InternalError("told to fail")), _ -> {})) {
      assertThatThrownBy(
              () -> pipeline.submit(batch("s", null, "1", "2")).get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(Intake.Refused.class);
      assertThatThrownBy(
              () -> pipeline.submitPatiently(batch("s", null, "3")).get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(Intake.Refused.class);
      assertThat(pipeline.counts().trouble()).contains("restart Vedette");
      assertThat(pipeline.counts().refused()).isEqualTo(3);
    }
  }

  private static Store failingOnce(Store store, String failing, Throwable fault) {
    var failed = new AtomicBoolean();
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (_, method, arguments) -> {
              if (method.getName().equals(failing) && failed.compareAndSet(false, true)) {
                throw fault;
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            });
  }

  @Test
  void afterStoppingNothingIsTaken() throws Exception {
    try (var store = open()) {
      var pipeline = start(store, _ -> {});
      pipeline.close();
      assertThatThrownBy(() -> pipeline.submit(batch("s", null, "late")).get(5, TimeUnit.SECONDS))
          .hasRootCauseMessage("Vedette is stopping");
    }
  }

  /// A store whose n-th look-up of a receipt fails, and no other; `read` counts what is prepared.
  private static Store failingAtLookup(Store store, int n, CountDownLatch read) {
    var lookups = new AtomicInteger();
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (_, method, arguments) -> {
              if (method.getName().equals("receipt") && lookups.incrementAndGet() == n) {
                throw new IllegalStateException("told to fail");
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              } finally {
                if (method.getName().equals("prepare")) {
                  read.countDown();
                }
              }
            });
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Store open() {
    var dictionary = new FieldDictionary();
    return SqliteStore.open(folder, () -> new LogReader(dictionary), dictionary);
  }

  private static Pipeline start(
      Store store, Consumer<Pipeline.Committed> listener, RuleFile... own) {
    var rules = new ArrayList<>(RulePack.shipped());
    rules.addAll(List.of(own));
    rules.add(SimpleLogRules.DEFAULT.toRuleFile());
    var engine = Engine.compile(rules, new FieldDictionary(), new AllowList());
    var pipeline = new Pipeline(store, engine, 2, InstantSource.system(), listener);
    pipeline.start();
    return pipeline;
  }

  private static List<Alert> bruteForces(Store store) {
    return store.alerts(ALERTS).stream()
        .filter(alert -> alert.title().equals("SSH brute force"))
        .toList();
  }

  private static Batch batch(String source, @Nullable String key, String... lines) {
    byte[] bytes = String.join("\n", lines).getBytes(UTF_8);
    long nowMs = System.currentTimeMillis();
    return Batch.ofLines(source, "", nowMs, bytes, bytes.length, key, null);
  }
}
