package dev.vedette.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Detection;
import dev.vedette.event.Entity;
import dev.vedette.event.Event;
import dev.vedette.event.EventId;
import dev.vedette.event.Evidence;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Receipt;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What every store must do, whichever database is behind it.
abstract class StoreCompatibilityKit {
  /// 2026-01-01T10:00:00Z: a whole hour.
  static final long T = 1_767_261_600_000L;

  static final long MINUTE = 60_000;
  static final long HOUR = 3_600_000;
  private static final byte[] NONE = new byte[0];

  @TempDir Path directory;
  final FieldDictionary dictionary = new FieldDictionary();
  Store store;

  /// Opens the store in a directory; the same directory holds the same data.
  abstract Store open(Path directory, FieldDictionary dictionary);

  @BeforeEach
  void openStore() {
    store = open(directory, dictionary);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  void reopen() {
    store.close();
    store = open(directory, dictionary);
  }

  // ---- making things

  static Batch batch(String source, long receivedMs, @Nullable String key, List<byte[]> lines) {
    var bytes = new ByteArrayOutputStream();
    int[] starts = new int[lines.size()];
    int[] ends = new int[lines.size()];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = bytes.size();
      bytes.writeBytes(lines.get(i));
      ends[i] = bytes.size();
    }
    return new Batch(
        source, "", receivedMs, bytes.toByteArray(), starts, ends, key, "at-" + receivedMs);
  }

  static Batch batch(String source, String... lines) {
    return batch(
        source,
        T,
        null,
        Arrays.stream(lines).map(line -> line.getBytes(StandardCharsets.UTF_8)).toList());
  }

  Prepared prepare(Batch batch) {
    var tally = new Tally();
    var reader = new PairReader(dictionary);
    var event = new Event(dictionary);
    tally.begin();
    for (int i = 0; i < batch.count(); i++) {
      reader.read(batch.bytes(), batch.start(i), batch.end(i), batch.receivedMs(), "", event);
      tally.add(event, batch.receivedMs(), false);
    }
    return store.prepare(batch, tally.summary());
  }

  Commit.Entry entry(Batch batch, Commit.Found... found) {
    var source = store.openSource(batch.source(), "");
    return new Commit.Entry(
        prepare(batch), source.id(), source.nextSequence(), List.of(found), NONE, 0);
  }

  Receipt commit(Batch batch, Commit.Found... found) {
    return store.commit(new Commit(List.of(entry(batch, found)), List.of(), List.of())).getFirst();
  }

  static Detection detection(EventId event, long timeMs, String ip, Severity severity) {
    return new Detection(
        "rule-1",
        "A rule",
        severity,
        ThreatClass.SCAN,
        List.of("T1595", "T1110.001"),
        timeMs,
        event,
        new Entity(Entity.Kind.IP, ip),
        ip,
        "root",
        "",
        "because",
        List.of(new Evidence("url.path", "/\"<b>\u0000\n", 1, 3), new Evidence("a", "", 0, 0)),
        2,
        "the line");
  }

  static Alert alert(long id, long lastMs, AlertStatus status) {
    return new Alert(
        id,
        "rule-1",
        "Guessing <b>",
        Severity.HIGH,
        ThreatClass.BRUTE_FORCE,
        List.of("T1110"),
        new Entity(Entity.Kind.IP, "10.0.0." + id),
        "10.0.0." + id,
        "",
        "",
        status,
        lastMs - 1_000,
        lastMs,
        5,
        1,
        "five failures",
        "block it",
        lastMs,
        "",
        0,
        "",
        List.of(new EventId(1, id), new EventId(2, lastMs)));
  }

  EventQuery all(String expression, int limit) {
    return new EventQuery(TimeRange.ALL, Query.parse(expression), "", limit, null, null, 30_000);
  }

  List<String> find(String expression) {
    return store.search(all(expression, 1_000)).hits().stream()
        .map(SearchResult.Hit::original)
        .toList();
  }

  void tidyAll() {
    for (int i = 0; i < 1_000 && store.tidy(Long.MIN_VALUE); i++) {
      // Each call does a bounded part.
    }
  }

  void assertSound() {
    var verification = store.verify(_ -> {});
    assertThat(verification.faults()).isEmpty();
    assertThat(verification.isSound()).isTrue();
  }

  // ---- the journal

  @Test
  void receiptsFollowOneAnotherAndSurvive() {
    var one = commit(batch("a", "t=1 x=1", "t=2 x=2"));
    var other = commit(batch("b", "t=3 x=3"));
    var two = commit(batch("a", "t=4 x=4"));
    assertThat(one.first()).isEqualTo(1);
    assertThat(one.count()).isEqualTo(2);
    assertThat(two.first()).isEqualTo(3);
    assertThat(other.first()).isEqualTo(1);
    assertThat(Set.of(one.chain(), two.chain(), other.chain())).hasSize(3);
    assertThat(one.sha256()).matches("[0-9a-f]{64}");
    assertThat(store.sources()).extracting(SourceState::position).containsOnly("at-" + T);
    assertSound();
    reopen();
    assertThat(store.openSource("a", "").nextSequence()).isEqualTo(4);
    assertThat(store.health().events()).isEqualTo(4);
    assertThat(find("")).hasSize(4);
    assertThat(commit(batch("a", "t=5 x=5")).first()).isEqualTo(4);
    assertSound();
  }

  @Test
  void aKeyIsStoredOnce() {
    var lines = List.of("t=1 x=1".getBytes(StandardCharsets.UTF_8));
    var first = commit(batch("a", T, "k1", lines));
    var again = commit(batch("a", T + 5, "k1", lines));
    assertThat(again).isEqualTo(first);
    assertThat(commit(batch("b", T, "k1", lines))).isNotEqualTo(first);
    assertThat(store.receipt("a", "k1")).contains(first);
    assertThat(store.receipt("a", "k2")).isEmpty();
    assertThat(find("")).hasSize(2);
    assertSound();
  }

  @Test
  void gapsAndOverlapsAreRefusedAndLeaveNothing() {
    var source = store.openSource("a", "");
    commit(batch("a", "t=1 x=1"));
    for (long first : new long[] {1, 3}) {
      var good = entry(batch("b", "t=1 y=1"));
      var bad =
          new Commit.Entry(prepare(batch("a", "t=2 x=2")), source.id(), first, List.of(), NONE, 0);
      assertThatThrownBy(() ->
              store.commit(
                  new Commit(List.of(good, bad), List.of(alert(1, T, AlertStatus.NEW)), List.of())))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
    }
    assertThat(find("")).containsExactly("t=1 x=1");
    assertThat(store.alert(1)).isEmpty();
    assertThat(store.statistics(TimeRange.ALL).events()).isEqualTo(1);
    assertThat(commit(batch("a", "t=2 x=2")).first()).isEqualTo(2);
    assertSound();
  }

  @Test
  void hitsComeBackInOrderWhileTheyMatter() {
    for (int i = 1; i <= 3; i++) {
      var source = store.openSource("a", "");
      var entry =
          new Commit.Entry(
              prepare(batch("a", "t=" + i)),
              source.id(),
              source.nextSequence(),
              List.of(),
              new byte[] {(byte) i},
              T + i);
      store.commit(new Commit(List.of(entry), List.of(), List.of()));
    }
    var hits = new ArrayList<Byte>();
    store.replayHits(T + 1, bytes -> hits.add(bytes[0]));
    assertThat(hits).containsExactly((byte) 2, (byte) 3);
  }

  @Test
  void hostileBytesComeBackExactlyAfterMerges() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var expected = new ArrayList<byte[]>();
    for (int i = 0; i < 120; i++) {
      var lines = new ArrayList<byte[]>();
      for (int n = 1 + random.nextInt(i % 10 == 0 ? 300 : 5); n > 0; n--) {
        byte[] line = new byte[random.nextInt(i % 40 == 0 && n == 1 ? 300_000 : 120)];
        random.nextBytes(line);
        for (int k = random.nextInt(4); k > 0 && line.length > 0; k--) {
          line[random.nextInt(line.length)] = (byte) "\n\r\0 ".charAt(random.nextInt(4));
        }
        lines.add(line);
      }
      commit(batch("s" + i % 2, T + i, null, lines));
      if (i % 2 == 0) {
        expected.addAll(lines);
      }
      if (random.nextInt(8) == 0) {
        store.tidy(Long.MIN_VALUE);
      }
    }
    tidyAll();
    for (int round = 0; round < 2; round++) {
      var found = new ArrayList<SearchResult.Hit>();
      SearchCursor before = null;
      do {
        var page =
            store.search(
                new EventQuery(TimeRange.ALL, Query.EVERYTHING, "s0", 700, before, null, 30_000));
        found.addAll(page.hits());
        before = page.next();
      } while (before != null);
      assertThat(found).as("seed %d", seed).hasSize(expected.size());
      for (var hit : found) {
        byte[] line = expected.get((int) hit.id().sequence() - 1);
        assertThat(hit.original())
            .as("seed %d, event %s", seed, hit.id())
            .isEqualTo(new String(line, StandardCharsets.UTF_8));
      }
      assertSound(); // proves the bytes against their SHA-256
      reopen();
    }
  }

  // ---- search

  @Test
  void eventsAreFoundByTheirIds() {
    for (int i = 0; i < 6; i++) {
      commit(batch("a", "t=" + (T + 10L * i) + " n=" + i, "t=" + (T + 10L * i + 1) + " m=" + i));
      commit(batch("b", "t=" + (T + 10L * i + 2) + " o=" + i));
    }
    int a = store.openSource("a", "").id();
    int b = store.openSource("b", "").id();
    var ids =
        List.of(
            new EventId(a, 1),
            new EventId(a, 4),
            new EventId(b, 6),
            new EventId(a, 12),
            new EventId(a, 13),
            new EventId(99, 1));
    for (int round = 0; round < 2; round++) {
      assertThat(store.events(ids))
          .extracting(SearchResult.Hit::original)
          .containsExactly(
              "t=" + (T + 52) + " o=5",
              "t=" + (T + 51) + " m=5",
              "t=" + (T + 11) + " m=1",
              "t=" + T + " n=0");
      // Merging blocks moves no event away from its id.
      tidyAll();
    }
    assertThat(store.events(List.of())).isEmpty();
    var tooMany = LongStream.rangeClosed(1, 1_001).mapToObj(n -> new EventId(a, n)).toList();
    assertThatThrownBy(() -> store.events(tooMany)).isInstanceOf(StoreException.class);
  }

  @Test
  void searchNarrowsByTimeEntityAndText() {
    commit(
        batch(
            "a",
            "t=" + (T + 1) + " source.ip=10.0.0.1 user.name=Alice n=5",
            "t=" + (T + 2) + " source.ip=10.0.0.2 user.name=bob n=50 SELECT",
            "t=" + (T + 3) + " source.ip=192.168.1.1 n=500"));
    commit(batch("b", "no pairs here", "t=" + (T + 9) + " source.ip=10.0.0.1 path=/a*b"));
    assertThat(find("source.ip: 10.0.0.1")).hasSize(2);
    assertThat(find("source.ip: 10.0.0.9")).isEmpty();
    assertThat(find("source.ip: 10.0.0.0/8")).hasSize(3);
    assertThat(find("user.name: alice")).hasSize(1);
    assertThat(find("user.name: *")).hasSize(2);
    assertThat(find("not user.name: *")).hasSize(3);
    assertThat(find("user.name: (alice or bob) and n >= 50")).hasSize(1);
    assertThat(find("user.name: al*e")).hasSize(1);
    assertThat(find("select")).hasSize(1);
    assertThat(find("\"PAIRS here\"")).hasSize(1);
    assertThat(find("path: \"/a*b\"")).hasSize(1);
    assertThat(find("path: \"/a*\"")).isEmpty();
    assertThat(find("n < 10 or n > 100")).hasSize(2);
    assertThat(find("here or select")).hasSize(2);
    var range =
        new EventQuery(new TimeRange(T + 2, T + 4), Query.EVERYTHING, "a", 10, null, null, 10_000);
    assertThat(store.search(range).hits())
        .extracting(SearchResult.Hit::timeMs)
        .containsExactly(T + 3, T + 2);
    var skipped = store.search(all("source.ip: 192.168.1.1", 10));
    assertThat(skipped.skippedBlocks()).isEqualTo(1);
    assertThat(skipped.hits().getFirst().fields()).containsEntry("n", "500");
    assertThat(find("n: *")).containsExactlyElementsOf(find("n >= 0"));
  }

  @Test
  void pagesHoldEveryEventOnceNewestFirst() {
    var random = new Random(42);
    for (int i = 0; i < 30; i++) {
      var lines = new ArrayList<byte[]>();
      for (int n = 0; n < 20; n++) {
        lines.add(
            ("t=" + (T + random.nextInt(500)) + " i=" + i + " n=" + n)
                .getBytes(StandardCharsets.UTF_8));
      }
      commit(batch("s" + i % 3, T, null, lines));
    }
    var seen = new ArrayList<SearchCursor>();
    SearchCursor before = null;
    do {
      var page =
          store.search(
              new EventQuery(TimeRange.ALL, Query.parse("n: *"), "", 37, before, null, 30_000));
      page.hits().forEach(hit -> seen.add(new SearchCursor(hit.timeMs(), hit.id())));
      before = page.next();
      if (seen.size() == 74) {
        tidyAll(); // merging in the middle of paging changes nothing
      }
    } while (before != null);
    assertThat(seen).hasSize(600).doesNotHaveDuplicates();
    assertThat(seen).isSortedAccordingTo((a, b) -> b.compareTo(a));
  }

  @Test
  void mergingKeepsIdsAndResults() {
    for (int i = 0; i < 100; i++) {
      commit(batch("a", "t=" + (T + i) + " i=" + i + " source.ip=10.0.0." + i));
    }
    var before = store.search(all("", 1_000)).hits();
    tidyAll();
    assertThat(store.search(all("", 1_000)).hits()).isEqualTo(before);
    assertThat(find("source.ip: 10.0.0.77")).hasSize(1);
    assertThat(store.search(all("source.ip: 10.9.9.9", 10)).scannedEvents()).isZero();
    assertSound();
  }

  @Test
  void aBlockWhoseEntitiesAreNotAllKnownIsNeverPassedOver() {
    for (int i = 0; i < 3; i++) {
      var batch = batch("a", "t=" + (T + i) + " source.ip=10.0.0." + i);
      var known = prepare(batch).summary();
      var summary =
          i == 1
              ? new Commit.Summary(
                      known.minTimeMs(), known.maxTimeMs(), 0, known.minutes(), new long[0])
                  .withoutAllTokens()
              : known;
      var source = store.openSource("a", "");
      store.commit(
          new Commit(
              List.of(
                  new Commit.Entry(
                      store.prepare(batch, summary),
                      source.id(),
                      source.nextSequence(),
                      List.of(),
                      NONE,
                      0)),
              List.of(),
              List.of()));
    }
    for (boolean merged : new boolean[] {false, true}) {
      if (merged) {
        tidyAll();
      }
      for (int i = 0; i < 3; i++) {
        assertThat(find("source.ip: 10.0.0." + i)).as("10.0.0.%d, %s", i, merged).hasSize(1);
      }
      assertSound();
    }
  }

  @Test
  void suspiciousEventsAreThoseWithDetections() {
    int source = store.openSource("a", "").id();
    commit(
        batch("a", "t=" + T + " x=1", "t=" + (T + 1) + " x=2"),
        new Commit.Found(detection(new EventId(source, 2), T + 1, "10.0.0.1", Severity.HIGH), 7));
    for (boolean suspicious : new boolean[] {true, false}) {
      var hits =
          store
              .search(
                  new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", 10, null, suspicious, 10_000))
              .hits();
      assertThat(hits).hasSize(1);
      assertThat(hits.getFirst().id().sequence()).isEqualTo(suspicious ? 2 : 1);
      assertThat(hits.getFirst().detections()).isEqualTo(suspicious ? 1 : 0);
    }
  }

  // ---- what was found

  @Test
  void countsAnswerAnyRange() {
    int source = store.openSource("a", "").id();
    var lines = new ArrayList<byte[]>();
    var found = new ArrayList<Commit.Found>();
    for (int i = 0; i < 300; i++) {
      lines.add(("t=" + (T + i * MINUTE)).getBytes(StandardCharsets.UTF_8));
      if (i % 10 == 0) {
        found.add(
            new Commit.Found(
                detection(
                    new EventId(source, i + 1),
                    T + i * MINUTE,
                    "10.0.0." + i % 3,
                    i % 20 == 0 ? Severity.HIGH : Severity.LOW),
                1));
      }
    }
    commit(batch("a", T, null, lines), found.toArray(Commit.Found[]::new));
    tidyAll(); // keeps every count
    var random = new Random(7);
    for (int round = 0; round < 60; round++) {
      int from = random.nextInt(300);
      int to = from + random.nextInt(301 - from);
      var range = new TimeRange(T + from * MINUTE, T + to * MINUTE);
      long detections = found.stream().filter(f -> within(f, range)).count();
      var statistics = store.statistics(range);
      assertThat(statistics.events()).isEqualTo(to - from);
      assertThat(statistics.detections()).isEqualTo(detections);
      assertThat(statistics.suspiciousIps())
          .isEqualTo(
              found.stream()
                  .filter(f -> within(f, range))
                  .map(f -> f.detection().sourceIp())
                  .distinct()
                  .count());
      for (var dimension : Top.Dimension.values()) {
        long sum = store.top(dimension, range, 10).stream().mapToLong(Top::detections).sum();
        long times =
            switch (dimension) {
              case TECHNIQUE -> 2;
              case HOST_NAME -> 0;
              case SOURCE_IP, USER_NAME, RULE, THREAT_CLASS -> 1;
            };
        assertThat(sum).as("%s %s", dimension, range).isEqualTo(detections * times);
      }
      var points = store.timeline(range, 7 * MINUTE);
      assertThat(points).hasSize((to - from + 6) / 7);
      assertThat(points.stream().mapToLong(TimelinePoint::events).sum()).isEqualTo(to - from);
      assertThat(
              points.stream()
                  .flatMap(point -> point.detections().values().stream())
                  .mapToLong(Long::longValue)
                  .sum())
          .isEqualTo(detections);
    }
    var everything = store.statistics(TimeRange.ALL);
    assertThat(everything.events()).isEqualTo(300);
    assertThat(everything.detectionsBySeverity())
        .isEqualTo(Map.of(Severity.HIGH, 15L, Severity.LOW, 15L));
    assertThat(everything.firstMs()).isEqualTo(T);
    assertThat(store.timeline(TimeRange.ALL, HOUR)).hasSize(5);
    assertThat(store.top(Top.Dimension.RULE, TimeRange.ALL, 1).getFirst().label())
        .isEqualTo("A rule");
  }

  private static boolean within(Commit.Found found, TimeRange range) {
    long timeMs = found.detection().timeMs();
    return timeMs >= range.fromMs() && timeMs < range.toMs();
  }

  @Test
  void detectionsComeBackWhole() {
    int source = store.openSource("a", "").id();
    var detection = detection(new EventId(source, 1), T, "10.0.0.1", Severity.CRITICAL);
    commit(batch("a", "t=" + T), new Commit.Found(detection, 9));
    var query = new DetectionQuery(TimeRange.ALL, 9, Severity.HIGH, "10.0.0.1", 10);
    var stored = store.detections(query);
    assertThat(stored).hasSize(1);
    assertThat(stored.getFirst().detection()).isEqualTo(detection);
    assertThat(stored.getFirst().status()).isEqualTo(AlertStatus.NEW);
    assertThat(store.setEventStatus(new EventId(source, 1), AlertStatus.RESOLVED, "ann", T))
        .isTrue();
    assertThat(store.setEventStatus(new EventId(source, 2), AlertStatus.RESOLVED, "ann", T))
        .isFalse();
    assertThat(store.detections(query).getFirst().status()).isEqualTo(AlertStatus.RESOLVED);
    assertThat(store.detections(new DetectionQuery(TimeRange.ALL, 8, null, "", 10))).isEmpty();
  }

  @Test
  void suspiciousEventsArePagedAndTheirVerdictsLookedUp() {
    int source = store.openSource("a", "").id();
    var lines = new ArrayList<byte[]>();
    var found = new ArrayList<Commit.Found>();
    for (int i = 0; i < 2_500; i++) {
      lines.add(("t=" + (T + i / 3)).getBytes(StandardCharsets.UTF_8));
      var event = new EventId(source, i + 1);
      if (i % 2 == 0) {
        found.add(new Commit.Found(detection(event, T + i / 3, "10.0.0.1", Severity.LOW), 1));
        found.add(new Commit.Found(detection(event, T + i / 3, "10.0.0.2", Severity.HIGH), 2));
        found.add(new Commit.Found(detection(event, T + i / 3, "10.0.0.3", Severity.LOW), 3));
      }
    }
    commit(batch("a", T, null, lines), found.toArray(Commit.Found[]::new));
    var seen = new ArrayList<SearchCursor>();
    var page = store.suspiciousEvents(null, 170);
    while (!page.isEmpty()) {
      assertThat(page)
          .allSatisfy(one -> {
            assertThat(one.worst().detection().severity()).isEqualTo(Severity.HIGH);
            assertThat(one.worst().alertId()).isEqualTo(2);
            assertThat(one.place().event()).isEqualTo(one.worst().detection().event());
            assertThat(one.place().timeMs()).isEqualTo(one.worst().detection().timeMs());
          });
      page.forEach(one -> seen.add(one.place()));
      page = store.suspiciousEvents(seen.getLast(), 170);
    }
    assertThat(seen).hasSize(1_250).doesNotHaveDuplicates();
    assertThat(seen).isSortedAccordingTo((a, b) -> b.compareTo(a));
    assertThat(
            store.verdicts(
                List.of(new EventId(source, 1), new EventId(source, 2), new EventId(99, 1))))
        .isEqualTo(
            Map.of(
                new EventId(source, 1),
                new EventVerdict(3, Severity.HIGH, Set.of(ThreatClass.SCAN), List.of("A rule"))));
    assertThat(store.verdicts(List.of())).isEmpty();
  }

  @Test
  void anEventWithDetectionsOfDifferentTimesIsListedOnceAndHidesNoOther() {
    int source = store.openSource("a", "").id();
    var lines = new ArrayList<byte[]>();
    var found = new ArrayList<Commit.Found>();
    for (int i = 0; i < 10; i++) {
      lines.add(("t=" + (T + i)).getBytes(StandardCharsets.UTF_8));
      var event = new EventId(source, i + 1);
      // The worst one is the oldest; the newest is older than the own time of the event after next.
      found.add(new Commit.Found(detection(event, T + i - 5, "10.0.0.1", Severity.HIGH), 1));
      found.add(new Commit.Found(detection(event, T + i, "10.0.0.1", Severity.LOW), 1));
      found.add(new Commit.Found(detection(event, T + i + 3, "10.0.0.1", Severity.LOW), 2));
    }
    commit(batch("a", T, null, lines), found.toArray(Commit.Found[]::new));
    for (int limit = 1; limit <= 11; limit++) {
      var seen = new ArrayList<Long>();
      var page = store.suspiciousEvents(null, limit);
      while (!page.isEmpty()) {
        for (var one : page) {
          assertThat(one.worst().detection().severity()).isEqualTo(Severity.HIGH);
          seen.add(one.place().event().sequence());
        }
        page = store.suspiciousEvents(page.getLast().place(), limit);
      }
      assertThat(seen)
          .as("%d a page", limit)
          .containsExactly(10L, 9L, 8L, 7L, 6L, 5L, 4L, 3L, 2L, 1L);
    }
  }

  @Test
  void alertsAreFoldedListedAndChangedByPeople() {
    var alerts = new ArrayList<Alert>();
    for (int i = 1; i <= 5; i++) {
      alerts.add(alert(i, T + i, AlertStatus.NEW));
    }
    store.commit(new Commit(List.of(), alerts, List.of(new Activity(0, T, "x", "hello"))));
    assertThat(store.alert(3)).contains(alerts.get(2));
    assertThat(store.latestAlert("rule-1", new Entity(Entity.Kind.IP, "10.0.0.4")))
        .contains(alerts.get(3));
    assertThat(store.latestAlert("rule-1", new Entity(Entity.Kind.USER, "10.0.0.4"))).isEmpty();
    assertThat(store.lastAlertId()).isEqualTo(5);
    long edits = store.alertEdits();
    var changed = store.setAlertStatus(3, AlertStatus.RESOLVED, "ann", "known", T + 50);
    assertThat(changed).map(Alert::status).contains(AlertStatus.RESOLVED);
    assertThat(store.setAlertStatus(99, AlertStatus.RESOLVED, "ann", "", T)).isEmpty();
    assertThat(store.alertEdits()).isGreaterThan(edits);
    store.commit(new Commit(List.of(), List.of(alert(3, T + 90, AlertStatus.NEW)), List.of()));
    var folded = store.alert(3).orElseThrow();
    assertThat(folded.lastMs()).isEqualTo(T + 90);
    assertThat(folded.status()).isEqualTo(AlertStatus.RESOLVED);
    assertThat(folded.note()).isEqualTo("known");
    assertThat(folded.statusMs()).as("it went on, but nobody touched it").isEqualTo(T + 50);
    assertThat(store.statistics(TimeRange.ALL).openAlerts()).isEqualTo(Map.of(Severity.HIGH, 4L));
    var open =
        new AlertQuery(
            TimeRange.ALL,
            Set.of(AlertStatus.NEW),
            Severity.MEDIUM,
            ThreatClass.BRUTE_FORCE,
            "guessing",
            "",
            1,
            2);
    assertThat(store.alerts(open)).extracting(Alert::id).containsExactly(4L, 2L);
    assertThat(store.activity(10)).extracting(Activity::type).containsExactly("alert_status", "x");
  }

  @Test
  void settingsAllowListAndActivity() {
    assertThat(store.setting("k")).isEmpty();
    store.putSetting("k", "1");
    store.putSetting("k", "2");
    assertThat(store.setting("k")).contains("2");
    assertThat(store.allow("10.0.0.1", "ann", T)).isTrue();
    assertThat(store.allow("10.0.0.1", "ann", T)).isFalse();
    assertThat(store.allow("10.0.0.0", "ann", T)).isTrue();
    assertThat(store.allowList()).containsExactly("10.0.0.1", "10.0.0.0");
    assertThat(store.disallow("10.0.0.1", "ann", T)).isTrue();
    assertThat(store.disallow("10.0.0.1", "ann", T)).isFalse();
    store.addActivity(new Activity(0, T, "login", "ann logged in"));
    reopen();
    assertThat(store.allowList()).containsExactly("10.0.0.0");
    assertThat(store.activity(2)).extracting(Activity::type).containsExactly("login", "allow_list");
  }

  // ---- keeping

  @Test
  void whatIsOldExpiresAndTheLedgerBalances() {
    int source = store.openSource("a", "").id();
    for (int i = 0; i < 40; i++) {
      commit(
          batch(
              "a",
              T + i * HOUR,
              null,
              List.of(("t=" + (T + i * HOUR) + " i=" + i).getBytes(StandardCharsets.UTF_8))),
          new Commit.Found(
              detection(new EventId(source, i + 1), T + i * HOUR, "10.0.0.1", Severity.LOW), 1));
    }
    store.commit(
        new Commit(
            List.of(),
            List.of(alert(1, T, AlertStatus.RESOLVED), alert(2, T, AlertStatus.NEW)),
            List.of()));
    while (store.tidy(T + 30 * HOUR)) {
      // Each call does a bounded part.
    }
    var verification = store.verify(_ -> {});
    assertThat(verification.isSound()).as("%s", verification).isTrue();
    assertThat(verification.accepted()).isEqualTo(40);
    assertThat(verification.expired()).isEqualTo(30);
    assertThat(find("")).hasSize(10);
    assertThat(store.health().events()).isEqualTo(10);
    assertThat(store.detections(new DetectionQuery(TimeRange.ALL, 0, null, "", 100))).hasSize(10);
    assertThat(store.alert(1)).isEmpty();
    assertThat(store.alert(2)).isPresent();
    assertThat(store.lastAlertId()).isEqualTo(2);
    while (store.tidy(T + 60 * HOUR)) {
      // And again: ranges join.
    }
    assertSound();
    assertThat(commit(batch("a", "t=1")).first()).isEqualTo(41);
    assertSound();
  }

  @Test
  void readersGoOnWhileLinesAreWritten() throws InterruptedException {
    var failure = new AtomicReference<Throwable>();
    var done = new AtomicBoolean();
    var reader =
        Thread.ofPlatform()
            .start(() -> {
              long seen = 0;
              try {
                while (!done.get()) {
                  long now = store.search(all("i: *", 5_000)).hits().size();
                  assertThat(now).isGreaterThanOrEqualTo(seen);
                  seen = now;
                  store.statistics(TimeRange.ALL);
                }
              } catch (Throwable e) {
                failure.set(e);
              }
            });
    for (int i = 0; i < 150; i++) {
      commit(batch("s" + i % 2, "t=" + (T + i) + " i=" + i));
      if (i % 25 == 0) {
        store.tidy(Long.MIN_VALUE);
      }
    }
    done.set(true);
    reader.join(30_000);
    assertThat(failure.get()).isNull();
    assertThat(find("i: *")).hasSize(150);
  }
}
