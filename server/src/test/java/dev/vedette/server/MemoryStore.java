package dev.vedette.server;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.Receipt;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.store.Activity;
import dev.vedette.store.AlertQuery;
import dev.vedette.store.Commit;
import dev.vedette.store.DetectionQuery;
import dev.vedette.store.EventQuery;
import dev.vedette.store.EventVerdict;
import dev.vedette.store.Prepared;
import dev.vedette.store.Query;
import dev.vedette.store.SearchCursor;
import dev.vedette.store.SearchResult;
import dev.vedette.store.SourceState;
import dev.vedette.store.Statistics;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import dev.vedette.store.StoreHealth;
import dev.vedette.store.StoredDetection;
import dev.vedette.store.SuspiciousEvent;
import dev.vedette.store.TimeRange;
import dev.vedette.store.TimelinePoint;
import dev.vedette.store.Top;
import dev.vedette.store.Verification;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Thread-safe: guarded by `this`. A store that forgets everything when it is closed: small enough
/// to be seen to be right, for tests of what stands in front of it.
final class MemoryStore implements Store {
  private record Stored(EventId id, String source, long timeMs, String line) {}

  private final Map<String, SourceState> sources = new LinkedHashMap<>();
  private final Map<String, Receipt> keys = new HashMap<>();
  private final List<Stored> events = new ArrayList<>();
  private final List<StoredDetection> detections = new ArrayList<>();
  private final Map<Long, Alert> alerts = new TreeMap<>();
  private final List<Activity> activity = new ArrayList<>();
  private final Set<String> allowed = new LinkedHashSet<>();
  private final Map<String, String> settings = new HashMap<>();
  private long edits;

  /// When set, every question and every commit fails with it.
  volatile StoreException.@Nullable Kind broken;

  private void check() {
    var kind = broken;
    if (kind != null) {
      throw new StoreException(kind, "told to fail", null);
    }
  }

  // ---- the journal
  // --------------------------------------------------------------------------------------------------

  @Override
  public synchronized SourceState openSource(String name, String hint) {
    return sources.computeIfAbsent(
        name, _ -> new SourceState(sources.size() + 1, name, hint, 1, "", 0));
  }

  @Override
  public synchronized List<SourceState> sources() {
    check();
    return List.copyOf(sources.values());
  }

  @Override
  public synchronized Optional<Receipt> receipt(String source, String idempotencyKey) {
    return Optional.ofNullable(keys.get(source + " " + idempotencyKey));
  }

  @Override
  public Prepared prepare(Batch batch, Commit.Summary summary) {
    byte[] sha256 = HexFormat.of().parseHex(Ingest.sha256(batch));
    return new Prepared(batch, summary, sha256, new byte[0], 0, new byte[0]);
  }

  @Override
  public synchronized List<Receipt> commit(Commit commit) {
    check();
    var receipts = new ArrayList<Receipt>();
    for (var entry : commit.entries()) {
      receipts.add(store(entry));
    }
    for (var alert : commit.alerts()) {
      alerts.put(alert.id(), alert);
    }
    commit.activity().forEach(this::addActivity);
    return receipts;
  }

  private Receipt store(Commit.Entry entry) {
    var batch = entry.prepared().batch();
    String key = batch.source() + " " + batch.idempotencyKey();
    var before = batch.idempotencyKey() == null ? null : keys.get(key);
    if (before != null) {
      return before;
    }
    var state = openSource(batch.source(), batch.hint());
    for (int i = 0; i < batch.count(); i++) {
      String line =
          new String(
              batch.bytes(), batch.start(i), batch.end(i) - batch.start(i), StandardCharsets.UTF_8);
      var id = new EventId(entry.sourceId(), entry.first() + i);
      events.add(new Stored(id, batch.source(), batch.receivedMs(), line));
    }
    for (var found : entry.detections()) {
      detections.add(
          new StoredDetection(
              detections.size() + 1L, found.detection(), found.alertId(), AlertStatus.NEW));
    }
    sources.put(
        batch.source(),
        new SourceState(
            state.id(),
            state.name(),
            state.hint(),
            entry.first() + batch.count(),
            "",
            batch.receivedMs()));
    var receipt =
        new Receipt(
            batch.source(),
            entry.sourceId(),
            entry.first(),
            batch.count(),
            batch.receivedMs(),
            HexFormat.of().formatHex(entry.prepared().sha256()),
            "");
    if (batch.idempotencyKey() != null) {
      keys.put(key, receipt);
    }
    return receipt;
  }

  /// Every line stored, in order.
  synchronized List<String> lines() {
    return events.stream().map(Stored::line).toList();
  }

  /// When every line stored was received, in order.
  synchronized List<Long> receivedMs() {
    return events.stream().map(Stored::timeMs).toList();
  }

  synchronized int count() {
    return events.size();
  }

  @Override
  public void replayHits(long sinceMs, Consumer<byte[]> sink) {}

  @Override
  public Verification verify(Consumer<Verification> progress) {
    return new Verification(0, 0, 0, 0, 0, 0, List.of());
  }

  @Override
  public boolean tidy(long keepSinceMs) {
    return false;
  }

  // ---- questions
  // ----------------------------------------------------------------------------------------------------

  private static boolean in(TimeRange range, long timeMs) {
    return timeMs >= range.fromMs() && timeMs < range.toMs();
  }

  private List<StoredDetection> within(TimeRange range) {
    return detections.stream().filter(d -> in(range, d.detection().timeMs())).toList();
  }

  private static <K> Map<K, Long> counts(
      List<StoredDetection> found, Map<K, Long> into, Function<StoredDetection, K> by) {
    for (var one : found) {
      into.merge(by.apply(one), 1L, Long::sum);
    }
    return into;
  }

  @Override
  public synchronized Statistics statistics(TimeRange range) {
    check();
    var found = within(range);
    var open = new EnumMap<Severity, Long>(Severity.class);
    for (var alert : alerts.values()) {
      if (alert.status().isOpen()) {
        open.merge(alert.severity(), 1L, Long::sum);
      }
    }
    var times = events.stream().map(Stored::timeMs).filter(t -> in(range, t)).sorted().toList();
    return new Statistics(
        times.size(),
        found.stream().map(d -> d.detection().event()).distinct().count(),
        found.size(),
        counts(found, new EnumMap<>(Severity.class), d -> d.detection().severity()),
        counts(found, new EnumMap<>(ThreatClass.class), d -> d.detection().threatClass()),
        open,
        found.stream().map(d -> d.detection().sourceIp()).distinct().count(),
        times.isEmpty() ? 0 : times.getFirst(),
        times.isEmpty() ? 0 : times.getLast());
  }

  @Override
  public synchronized List<TimelinePoint> timeline(TimeRange range, long bucketMs) {
    check();
    var points = new ArrayList<TimelinePoint>();
    for (long start = range.fromMs(); start < range.toMs(); start += bucketMs) {
      var bucket = new TimeRange(start, Math.min(start + bucketMs, range.toMs()));
      var figures = statistics(bucket);
      points.add(
          new TimelinePoint(
              start, figures.events(), figures.suspicious(), figures.detectionsBySeverity()));
    }
    return points;
  }

  @Override
  public synchronized List<Top> top(Top.Dimension dimension, TimeRange range, int limit) {
    check();
    Function<StoredDetection, String> by =
        switch (dimension) {
          case SOURCE_IP -> d -> d.detection().sourceIp();
          case USER_NAME -> d -> d.detection().userName();
          case HOST_NAME -> d -> d.detection().hostName();
          case RULE -> d -> d.detection().ruleId();
          case THREAT_CLASS -> d -> d.detection().threatClass().word();
          case TECHNIQUE -> d -> String.join(",", d.detection().techniques());
        };
    return counts(within(range), new TreeMap<>(), by).entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(limit)
        .map(e -> new Top(e.getKey(), e.getKey(), e.getValue(), e.getValue(), Severity.HIGH, 1, 2))
        .toList();
  }

  @Override
  public synchronized List<Alert> alerts(AlertQuery query) {
    check();
    String text = query.text().toLowerCase(Locale.ROOT);
    return alerts.values().stream()
        .filter(a -> in(query.range(), a.lastMs()))
        .filter(a -> query.statuses().isEmpty() || query.statuses().contains(a.status()))
        .filter(a -> query.minSeverity() == null || a.severity().isAtLeast(query.minSeverity()))
        .filter(a -> query.threatClass() == null || a.threatClass() == query.threatClass())
        .filter(a -> (a.title() + a.reason()).toLowerCase(Locale.ROOT).contains(text))
        .filter(a -> query.entity().isEmpty() || a.entity().value().equals(query.entity()))
        .sorted(Comparator.comparingLong(Alert::id).reversed())
        .skip(query.offset())
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized Optional<Alert> alert(long id) {
    check();
    return Optional.ofNullable(alerts.get(id));
  }

  @Override
  public synchronized Optional<Alert> latestAlert(String ruleId, Entity entity) {
    return alerts.values().stream()
        .filter(a -> a.ruleId().equals(ruleId) && a.entity().equals(entity))
        .reduce((_, b) -> b);
  }

  @Override
  public synchronized long lastAlertId() {
    return alerts.size();
  }

  @Override
  public synchronized long alertEdits() {
    return edits;
  }

  @Override
  public synchronized Optional<Alert> setAlertStatus(
      long id, AlertStatus status, String who, String note, long nowMs) {
    check();
    var a = alerts.get(id);
    if (a == null) {
      return Optional.empty();
    }
    edits++;
    var changed =
        new Alert(
            a.id(),
            a.ruleId(),
            a.title(),
            a.severity(),
            a.threatClass(),
            a.techniques(),
            a.entity(),
            a.sourceIp(),
            a.userName(),
            a.hostName(),
            status,
            a.firstMs(),
            a.lastMs(),
            a.events(),
            a.detections(),
            a.reason(),
            a.advice(),
            nowMs,
            who,
            nowMs,
            note,
            a.counted());
    alerts.put(id, changed);
    return Optional.of(changed);
  }

  @Override
  public synchronized List<StoredDetection> detections(DetectionQuery query) {
    check();
    return within(query.range()).reversed().stream()
        .filter(d -> query.alertId() == 0 || d.alertId() == query.alertId())
        .filter(
            d -> query.sourceIp().isEmpty() || d.detection().sourceIp().equals(query.sourceIp()))
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized Map<EventId, EventVerdict> verdicts(Collection<EventId> events) {
    check();
    var verdicts = new HashMap<EventId, EventVerdict>();
    for (var stored : detections) {
      var one = stored.detection();
      if (events.contains(one.event())) {
        verdicts.merge(
            one.event(),
            new EventVerdict(1, one.severity(), Set.of(one.threatClass()), List.of(one.title())),
            (a, b) -> {
              var classes = new TreeSet<>(a.classes());
              classes.addAll(b.classes());
              return new EventVerdict(
                  a.detections() + b.detections(),
                  a.worst().isAtLeast(b.worst()) ? a.worst() : b.worst(),
                  classes,
                  Stream.concat(a.rules().stream(), b.rules().stream())
                      .distinct()
                      .sorted()
                      .toList());
            });
      }
    }
    return verdicts;
  }

  @Override
  public synchronized List<SuspiciousEvent> suspiciousEvents(
      @Nullable SearchCursor before, int limit) {
    check();
    var byEvent = new HashMap<EventId, SuspiciousEvent>();
    for (var stored : detections) {
      var event = stored.detection().event();
      byEvent.merge(
          event,
          new SuspiciousEvent(new SearchCursor(stored.detection().timeMs(), event), stored),
          (a, b) ->
              new SuspiciousEvent(
                  a.place().compareTo(b.place()) >= 0 ? a.place() : b.place(),
                  a.worst().detection().severity().isAtLeast(b.worst().detection().severity())
                      ? a.worst()
                      : b.worst()));
    }
    return byEvent.values().stream()
        .filter(one -> before == null || one.place().compareTo(before) < 0)
        .sorted(Comparator.comparing(SuspiciousEvent::place).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized boolean setEventStatus(
      EventId event, AlertStatus status, String who, long nowMs) {
    boolean any = false;
    for (int i = 0; i < detections.size(); i++) {
      var d = detections.get(i);
      if (d.detection().event().equals(event)) {
        detections.set(i, new StoredDetection(d.id(), d.detection(), d.alertId(), status));
        any = true;
      }
    }
    return any;
  }

  @Override
  public synchronized List<SearchResult.Hit> events(Collection<EventId> ids) {
    var everything =
        new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", Integer.MAX_VALUE, null, null, 1_000);
    return search(everything).hits().stream().filter(hit -> ids.contains(hit.id())).toList();
  }

  @Override
  public synchronized SearchResult search(EventQuery query) {
    check();
    var hits = new ArrayList<SearchResult.Hit>();
    SearchCursor next = null;
    for (var event : events.reversed()) {
      var place = new SearchCursor(event.timeMs, event.id);
      var before = query.before();
      int fired =
          (int) detections.stream().filter(d -> d.detection().event().equals(event.id)).count();
      boolean wanted =
          in(query.range(), event.timeMs)
              && (before == null || place.compareTo(before) < 0)
              && (query.suspicious() == null || query.suspicious() == fired > 0)
              && (query.source().isEmpty() || query.source().equals(event.source))
              && matches(query.expression(), event.line);
      if (wanted && hits.size() == query.limit()) {
        break;
      }
      if (wanted) {
        next = place;
        hits.add(
            new SearchResult.Hit(
                event.id,
                event.source,
                event.timeMs,
                event.timeMs,
                "plain",
                Map.of("message", event.line),
                event.line,
                fired));
      }
    }
    return new SearchResult(
        hits, events.size(), 0, 0, true, hits.size() == query.limit() ? next : null);
  }

  private static boolean matches(Query query, String line) {
    return switch (query) {
      case Query.And and -> and.parts().stream().allMatch(part -> matches(part, line));
      case Query.Or or -> or.parts().stream().anyMatch(part -> matches(part, line));
      case Query.Not not -> !matches(not.part(), line);
      case Query.Text text ->
          line.toLowerCase(Locale.ROOT).contains(text.text().toLowerCase(Locale.ROOT));
      case Query.FieldIs _, Query.FieldCompares _, Query.FieldInNetwork _ -> false;
    };
  }

  @Override
  public synchronized List<Activity> activity(int limit) {
    check();
    return activity.reversed().stream().limit(limit).toList();
  }

  // ---- settings
  // -----------------------------------------------------------------------------------------------------

  @Override
  public synchronized void addActivity(Activity entry) {
    check();
    activity.add(new Activity(activity.size() + 1L, entry.timeMs(), entry.type(), entry.message()));
  }

  @Override
  public synchronized List<String> allowList() {
    check();
    return List.copyOf(allowed);
  }

  @Override
  public synchronized boolean allow(String ip, String who, long nowMs) {
    check();
    if (!allowed.add(ip)) {
      return false;
    }
    addActivity(Activity.allowed(ip, who, nowMs));
    return true;
  }

  @Override
  public synchronized boolean disallow(String ip, String who, long nowMs) {
    check();
    if (!allowed.remove(ip)) {
      return false;
    }
    addActivity(Activity.disallowed(ip, who, nowMs));
    return true;
  }

  @Override
  public synchronized Optional<String> setting(String key) {
    return Optional.ofNullable(settings.get(key));
  }

  @Override
  public synchronized void putSetting(String key, String value) {
    settings.put(key, value);
  }

  @Override
  public synchronized StoreHealth health() {
    boolean well = broken == null;
    return new StoreHealth(well, well ? "" : "told to fail", "memory", 0, 1, events.size());
  }

  @Override
  public void close() {}
}
