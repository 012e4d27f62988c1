package dev.vedette.store;

import static dev.vedette.store.SqliteDatabase.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Detection;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.Evidence;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.store.SqliteDatabase.Session;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Thread-safe. Answers about what was counted and found, from roll-ups and indexes.
///
/// A range is cut into whole hours, answered from the rows per hour, and what is left at its two
/// edges, answered from the rows per minute. So a range of years costs no more than its hours.
/// Counts are exact to the minute: a range is widened to whole minutes.
final class SqliteAnswers {
  static final int LIST_MAX = 1_000;
  private static final int POINTS_MAX = 10_000;
  private static final long MINUTE_MS = SqliteJournal.MINUTE_MS;
  private static final long HOUR_MS = SqliteJournal.HOUR_MS;

  /// The times that ranges are clipped to: from year -9,999 to 9,999, so that arithmetic is safe.
  private static final long TIME_MAX = 253_402_300_800_000L;

  private static final SearchCursor NEWEST =
      new SearchCursor(Long.MAX_VALUE, new EventId(Integer.MAX_VALUE, Long.MAX_VALUE));

  private static final JsonFactory JSON = new JsonFactory();
  private static final String IS_OPEN = "status NOT IN ('resolved', 'false_positive')";

  private final SqliteDatabase database;

  SqliteAnswers(SqliteDatabase database) {
    this.database = database;
  }

  /// A range widened to minutes and cut into its whole hours `[from, to)` and its edges.
  private record Cut(long from, long hoursFrom, long hoursTo, long to) {
    static Cut of(TimeRange range) {
      long from = SqliteJournal.floor(clip(range.fromMs()), MINUTE_MS);
      long to = -SqliteJournal.floor(-clip(range.toMs()), MINUTE_MS);
      long hoursFrom = -SqliteJournal.floor(-from, HOUR_MS);
      long hoursTo = SqliteJournal.floor(to, HOUR_MS);
      return hoursFrom < hoursTo
          ? new Cut(from, hoursFrom, hoursTo, to)
          : new Cut(from, to, to, to);
    }

    private static long clip(long timeMs) {
      return Math.clamp(timeMs, -TIME_MAX, TIME_MAX);
    }

    /// The parameters of the question.
    Object[] spans() {
      return new Object[] {HOUR_MS, hoursFrom, hoursTo, MINUTE_MS, from, hoursFrom, hoursTo, to};
    }

    /// Selects the roll-up rows of a cut, each event counted once.
    static String spans(String columns, String table, String tail) {
      return "SELECT "
          + columns
          + " FROM (SELECT * FROM "
          + table
          + " WHERE tenant = 1 AND span_ms = ? AND start_ms >= ? AND start_ms < ?"
          + " UNION ALL SELECT * FROM "
          + table
          + " WHERE tenant = 1 AND span_ms = ? AND ((start_ms >= ? AND start_ms < ?) OR (start_ms"
          + " >= ? AND start_ms < ?)))"
          + tail;
    }
  }

  // ---- counts
  // --------------------------------------------------------------------------------------------------

  Statistics statistics(TimeRange range) {
    var cut = Cut.of(range);
    return database.read(
        "count events",
        session -> {
          long events = 0;
          long suspicious = 0;
          try (var rows =
              session.query(
                  Cut.spans("SUM(events), SUM(suspicious)", "rollups", ""), cut.spans())) {
            if (rows.next()) {
              events = rows.getLong(1);
              suspicious = rows.getLong(2);
            }
          }
          var bySeverity = new EnumMap<Severity, Long>(Severity.class);
          var byClass = new EnumMap<ThreatClass, Long>(ThreatClass.class);
          long detections = 0;
          try (var rows =
              session.query(
                  Cut.spans(
                      "severity, class, SUM(detections)",
                      "rollup_detections",
                      " GROUP BY severity, class"),
                  cut.spans())) {
            while (rows.next()) {
              long count = rows.getLong(3);
              detections += count;
              bySeverity.merge(severity(text(rows, 1)), count, Long::sum);
              byClass.merge(threatClass(text(rows, 2)), count, Long::sum);
            }
          }
          var open = new EnumMap<Severity, Long>(Severity.class);
          try (var rows =
              session.query(
                  "SELECT severity, COUNT(*) FROM alerts WHERE "
                      + IS_OPEN
                      + " GROUP BY severity")) {
            while (rows.next()) {
              open.put(severity(text(rows, 1)), rows.getLong(2));
            }
          }
          long ips =
              session.number(
                  "SELECT COUNT(*) FROM (SELECT value FROM rollup_values WHERE tenant = 1 AND"
                      + " dimension = 'source_ip' AND hour_ms >= ? AND hour_ms < ? UNION SELECT"
                      + " value FROM rollup_minute_values WHERE tenant = 1 AND dimension ="
                      + " 'source_ip' AND minute_ms >= ? AND minute_ms < ? UNION SELECT value FROM"
                      + " rollup_minute_values WHERE tenant = 1 AND dimension = 'source_ip' AND"
                      + " minute_ms >= ? AND minute_ms < ?)",
                  cut.hoursFrom(),
                  cut.hoursTo(),
                  cut.from(),
                  cut.hoursFrom(),
                  cut.hoursTo(),
                  cut.to());
          long first = edge(session, cut, "MIN(start_ms)");
          long last = edge(session, cut, "MAX(start_ms)");
          return new Statistics(
              events,
              suspicious,
              detections,
              Map.copyOf(bySeverity),
              Map.copyOf(byClass),
              Map.copyOf(open),
              ips,
              events == 0 ? 0 : first,
              events == 0 ? 0 : last + MINUTE_MS);
        });
  }

  private static long edge(Session session, Cut cut, String column) throws SQLException {
    return session.number(
        "SELECT "
            + column
            + " FROM rollups WHERE tenant = 1 AND span_ms = ? AND start_ms >= ? AND start_ms < ?",
        MINUTE_MS,
        cut.from(),
        cut.to());
  }

  List<TimelinePoint> timeline(TimeRange range, long bucketMs) {
    if (bucketMs < MINUTE_MS) {
      throw refused("a timeline's buckets are at least a minute long");
    }
    return database.read(
        "draw the timeline",
        session -> {
          var asked = Cut.of(range);
          long from = asked.from();
          long to = asked.to();
          if (range.fromMs() < -TIME_MAX || range.toMs() > TIME_MAX) {
            // "Everything" is what there is.
            long first = edge(session, asked, "MIN(start_ms)");
            long last = edge(session, asked, "MAX(start_ms)");
            from = Math.max(from, SqliteJournal.floor(first, bucketMs));
            to = Math.min(to, last + MINUTE_MS);
          }
          long count = to <= from ? 0 : (to - from + bucketMs - 1) / bucketMs;
          if (count > POINTS_MAX) {
            throw refused(
                "the timeline would have "
                    + count
                    + " points, at most "
                    + POINTS_MAX
                    + " are drawn: ask for longer buckets");
          }
          long spanMs = bucketMs % HOUR_MS == 0 && from % HOUR_MS == 0 ? HOUR_MS : MINUTE_MS;
          long[] events = new long[(int) count];
          long[] suspicious = new long[(int) count];
          var detections = new ArrayList<EnumMap<Severity, Long>>((int) count);
          for (int i = 0; i < count; i++) {
            detections.add(new EnumMap<>(Severity.class));
          }
          try (var rows =
              session.query(
                  "SELECT (start_ms - ?) / ?, SUM(events), SUM(suspicious) FROM rollups WHERE"
                      + " tenant = 1 AND span_ms = ? AND start_ms >= ? AND start_ms < ? GROUP BY 1",
                  from,
                  bucketMs,
                  spanMs,
                  from,
                  to)) {
            while (rows.next()) {
              events[rows.getInt(1)] = rows.getLong(2);
              suspicious[rows.getInt(1)] = rows.getLong(3);
            }
          }
          try (var rows =
              session.query(
                  "SELECT (start_ms - ?) / ?, severity, SUM(detections) FROM rollup_detections"
                      + " WHERE tenant = 1 AND span_ms = ? AND start_ms >= ? AND start_ms < ?"
                      + " GROUP BY 1, 2",
                  from,
                  bucketMs,
                  spanMs,
                  from,
                  to)) {
            while (rows.next()) {
              detections.get(rows.getInt(1)).put(severity(text(rows, 2)), rows.getLong(3));
            }
          }
          var points = new ArrayList<TimelinePoint>((int) count);
          for (int i = 0; i < count; i++) {
            points.add(
                new TimelinePoint(
                    from + i * bucketMs, events[i], suspicious[i], Map.copyOf(detections.get(i))));
          }
          return List.copyOf(points);
        });
  }

  // ---- top
  // --------------------------------------------------------------------------------------------------

  List<Top> top(Top.Dimension dimension, TimeRange range, int limit) {
    var cut = Cut.of(range);
    int wanted = Math.clamp(limit, 0, LIST_MAX);
    return database.read(
        "list the most frequent values",
        session -> {
          var top = new ArrayList<Top>();
          try (var rows =
              session.query(
                  "SELECT value, SUM(detections), SUM(events), MAX(worst), MIN(first_ms),"
                      + " MAX(last_ms) FROM (SELECT value, detections, events, worst, first_ms,"
                      + " last_ms FROM rollup_values WHERE tenant = 1 AND dimension = ? AND hour_ms"
                      + " >= ? AND hour_ms < ? UNION ALL SELECT value, detections, events, worst,"
                      + " first_ms, last_ms FROM rollup_minute_values WHERE tenant = 1 AND"
                      + " dimension = ? AND minute_ms >= ? AND minute_ms < ? UNION ALL SELECT"
                      + " value, detections, events, worst, first_ms, last_ms FROM"
                      + " rollup_minute_values WHERE tenant = 1 AND dimension = ? AND minute_ms >="
                      + " ? AND minute_ms < ?) GROUP BY value ORDER BY 2 DESC, value LIMIT ?",
                  SqliteJournal.word(dimension),
                  cut.hoursFrom(),
                  cut.hoursTo(),
                  SqliteJournal.word(dimension),
                  cut.from(),
                  cut.hoursFrom(),
                  SqliteJournal.word(dimension),
                  cut.hoursTo(),
                  cut.to(),
                  wanted)) {
            while (rows.next()) {
              String value = text(rows, 1);
              top.add(
                  new Top(
                      value,
                      dimension == Top.Dimension.RULE ? title(session, value) : value,
                      rows.getLong(2),
                      rows.getLong(3),
                      SqliteJournal.severity(rows.getLong(4)),
                      rows.getLong(5),
                      rows.getLong(6)));
            }
          }
          return List.copyOf(top);
        });
  }

  private static String title(Session session, String ruleId) throws SQLException {
    try (var rows =
        session.query(
            "SELECT title FROM fired_rules WHERE rule_id = ? ORDER BY id DESC LIMIT 1", ruleId)) {
      return rows.next() ? text(rows, 1) : ruleId;
    }
  }

  // ---- alerts
  // --------------------------------------------------------------------------------------------------

  private static final String ALERT_COLUMNS =
      "SELECT id, rule_id, title, severity, class, techniques, entity_kind, entity, source_ip,"
          + " user_name, host_name, status, first_ms, last_ms, events, detections, reason, advice,"
          + " changed_ms, changed_by, status_ms, note, counted FROM alerts";

  private static Alert alert(ResultSet row) throws SQLException {
    return new Alert(
        row.getLong(1),
        text(row, 2),
        text(row, 3),
        severity(text(row, 4)),
        threatClass(text(row, 5)),
        words(text(row, 6)),
        entity(text(row, 7), text(row, 8)),
        text(row, 9),
        text(row, 10),
        text(row, 11),
        status(text(row, 12)),
        row.getLong(13),
        row.getLong(14),
        row.getLong(15),
        row.getLong(16),
        text(row, 17),
        text(row, 18),
        row.getLong(19),
        text(row, 20),
        row.getLong(21),
        text(row, 22),
        words(text(row, 23)).stream().flatMap(word -> EventId.parse(word).stream()).toList());
  }

  /// A question put together from its conditions; only texts of this class are joined, every value
  /// is a parameter.
  private static final class Where {
    private final StringBuilder sql = new StringBuilder(" WHERE 1 = 1");
    private final List<Object> parameters = new ArrayList<>();

    Where and(boolean asked, String condition, Supplier<List<?>> values) {
      if (asked) {
        sql.append(" AND ").append(condition);
        parameters.addAll(values.get());
      }
      return this;
    }

    Where anyOf(boolean asked, String before, List<String> words, String after) {
      return and(
          asked,
          before + " IN (" + String.join(", ", words.stream().map(_ -> "?").toList()) + ")" + after,
          () -> words);
    }
  }

  List<Alert> alerts(AlertQuery query) {
    var where =
        new Where()
            .and(
                query.range().fromMs() != Long.MIN_VALUE,
                "last_ms >= ?",
                () -> List.of(query.range().fromMs()))
            .and(
                query.range().toMs() != Long.MAX_VALUE,
                "first_ms < ?",
                () -> List.of(query.range().toMs()))
            .anyOf(
                !query.statuses().isEmpty(),
                "status",
                query.statuses().stream().map(AlertStatus::word).sorted().toList(),
                "");
    var min = query.minSeverity();
    where.anyOf(min != null, "severity", min == null ? List.of() : wordsFrom(min), "");
    var threatClass = query.threatClass();
    where
        .and(
            threatClass != null,
            "class = ?",
            () -> threatClass == null ? List.of() : List.of(threatClass.word()))
        .and(!query.entity().isEmpty(), "entity = ?", () -> List.of(query.entity()))
        .and(
            !query.text().isEmpty(),
            "(instr(lower(title), ?) > 0 OR instr(lower(entity), ?) > 0 OR instr(lower(reason), ?)"
                + " > 0)",
            () -> {
              String text = query.text().toLowerCase(Locale.ROOT);
              return List.of(text, text, text);
            });
    where.parameters.add(Math.clamp(query.limit(), 0, LIST_MAX));
    where.parameters.add(Math.max(0, query.offset()));
    return database.read(
        "list alerts",
        session -> {
          var alerts = new ArrayList<Alert>();
          try (var rows =
              session.query(
                  ALERT_COLUMNS + where.sql + " ORDER BY last_ms DESC, id DESC LIMIT ? OFFSET ?",
                  where.parameters.toArray())) {
            while (rows.next()) {
              alerts.add(alert(rows));
            }
          }
          return List.copyOf(alerts);
        });
  }

  Optional<Alert> alert(long id) {
    return database.read("find an alert", session -> alert(session, id));
  }

  static Optional<Alert> alert(Session session, long id) throws SQLException {
    return one(session, ALERT_COLUMNS + " WHERE id = ?", id);
  }

  Optional<Alert> latestAlert(String ruleId, Entity entity) {
    return database.read(
        "find an alert",
        session ->
            one(
                session,
                ALERT_COLUMNS
                    + " WHERE entity = ? AND rule_id = ? AND entity_kind = ? ORDER BY id DESC"
                    + " LIMIT 1",
                entity.value(),
                ruleId,
                entity.kind().word()));
  }

  private static Optional<Alert> one(Session session, String sql, Object... parameters)
      throws SQLException {
    try (var rows = session.query(sql, parameters)) {
      return rows.next() ? Optional.of(alert(rows)) : Optional.empty();
    }
  }

  // ---- detections
  // --------------------------------------------------------------------------------------------------

  private static final String DETECTION_COLUMNS =
      "SELECT d.id, r.rule_id, r.title, r.severity, r.class, r.techniques, d.time_ms, d.source,"
          + " d.sequence, d.entity_kind, d.entity, d.source_ip, d.user_name, d.host_name, d.reason,"
          + " d.evidence, d.events, d.original, d.alert_id, COALESCE(e.status, 'new') FROM"
          + " detections d JOIN fired_rules r ON r.id = d.rule LEFT JOIN event_status e ON e.source"
          + " = d.source AND e.sequence = d.sequence";

  Map<EventId, EventVerdict> verdicts(Collection<EventId> events) {
    if (events.size() > LIST_MAX) {
      throw refused("at most " + LIST_MAX + " events are looked up at once");
    }
    return database.read(
        "look up the detections of events",
        session -> {
          var verdicts = new HashMap<EventId, EventVerdict>();
          for (var event : events) {
            int detections = 0;
            var worst = Severity.INFORMATIONAL;
            var classes = EnumSet.noneOf(ThreatClass.class);
            var rules = new TreeSet<String>();
            try (var rows =
                session.query(
                    "SELECT r.severity, r.class, r.title, COUNT(*) FROM detections d JOIN"
                        + " fired_rules r ON r.id = d.rule WHERE d.source = ? AND d.sequence = ?"
                        + " GROUP BY 1, 2, 3",
                    event.source(),
                    event.sequence())) {
              while (rows.next()) {
                var severity = severity(text(rows, 1));
                worst = severity.isAtLeast(worst) ? severity : worst;
                classes.add(threatClass(text(rows, 2)));
                rules.add(text(rows, 3));
                detections += rows.getInt(4);
              }
            }
            if (detections > 0) {
              verdicts.put(
                  event,
                  new EventVerdict(
                      detections, worst, Collections.unmodifiableSet(classes), List.copyOf(rules)));
            }
          }
          return Map.copyOf(verdicts);
        });
  }

  List<SuspiciousEvent> suspiciousEvents(@Nullable SearchCursor before, int limit) {
    int wanted = Math.clamp(limit, 0, LIST_MAX);
    var from = before == null ? NEWEST : before;
    return database.snapshot(
        "list suspicious events",
        session -> {
          // Detections of one event may have different times, as those of correlations do: it
          // stands at its newest one, and nowhere else.
          var places = new ArrayList<SearchCursor>();
          try (var rows =
              session.query(
                  "SELECT DISTINCT d.time_ms, d.source, d.sequence FROM detections d WHERE"
                      + " (d.time_ms, d.source, d.sequence) < (?, ?, ?) AND NOT EXISTS (SELECT 1"
                      + " FROM detections newer WHERE newer.source = d.source AND newer.sequence ="
                      + " d.sequence AND newer.time_ms > d.time_ms) ORDER BY d.time_ms DESC,"
                      + " d.source DESC, d.sequence DESC LIMIT ?",
                  from.timeMs(),
                  from.event().source(),
                  from.event().sequence(),
                  wanted)) {
            while (rows.next()) {
              places.add(
                  new SearchCursor(rows.getLong(1), new EventId(rows.getInt(2), rows.getLong(3))));
            }
          }
          var events = new ArrayList<SuspiciousEvent>(places.size());
          for (var place : places) {
            events.add(new SuspiciousEvent(place, worst(session, place.event())));
          }
          return List.copyOf(events);
        });
  }

  private static StoredDetection worst(Session session, EventId event) throws SQLException {
    @Nullable StoredDetection worst = null;
    try (var rows =
        session.query(
            DETECTION_COLUMNS + " WHERE d.source = ? AND d.sequence = ? ORDER BY d.id",
            event.source(),
            event.sequence())) {
      while (rows.next()) {
        var next = detection(rows);
        worst = worst == null ? next : worse(worst, next);
      }
    }
    if (worst == null) {
      throw new IllegalStateException("a detection is gone within one transaction");
    }
    return worst;
  }

  private static StoredDetection worse(StoredDetection a, StoredDetection b) {
    return b.detection().severity().compareTo(a.detection().severity()) > 0 ? b : a;
  }

  List<StoredDetection> detections(DetectionQuery query) {
    var where =
        new Where()
            .and(
                query.range().fromMs() != Long.MIN_VALUE,
                "d.time_ms >= ?",
                () -> List.of(query.range().fromMs()))
            .and(
                query.range().toMs() != Long.MAX_VALUE,
                "d.time_ms < ?",
                () -> List.of(query.range().toMs()))
            .and(query.alertId() != 0, "d.alert_id = ?", () -> List.of(query.alertId()))
            .and(!query.sourceIp().isEmpty(), "d.source_ip = ?", () -> List.of(query.sourceIp()));
    var min = query.minSeverity();
    where.anyOf(min != null, "r.severity", min == null ? List.of() : wordsFrom(min), "");
    where.parameters.add(Math.clamp(query.limit(), 0, LIST_MAX));
    return database.read(
        "list detections",
        session -> {
          var found = new ArrayList<StoredDetection>();
          try (var rows =
              session.query(
                  DETECTION_COLUMNS + where.sql + " ORDER BY d.time_ms DESC, d.id DESC LIMIT ?",
                  where.parameters.toArray())) {
            while (rows.next()) {
              found.add(detection(rows));
            }
          }
          return List.copyOf(found);
        });
  }

  private static StoredDetection detection(ResultSet row) throws SQLException {
    return new StoredDetection(
        row.getLong(1),
        new Detection(
            text(row, 2),
            text(row, 3),
            severity(text(row, 4)),
            threatClass(text(row, 5)),
            words(text(row, 6)),
            row.getLong(7),
            new EventId(row.getInt(8), row.getLong(9)),
            entity(text(row, 10), text(row, 11)),
            text(row, 12),
            text(row, 13),
            text(row, 14),
            text(row, 15),
            evidence(text(row, 16)),
            row.getLong(17),
            text(row, 18)),
        row.getLong(19),
        status(text(row, 20)));
  }

  private static List<Evidence> evidence(String text) {
    var evidence = new ArrayList<Evidence>();
    try (var json = JSON.createParser(text)) {
      String field = "";
      String value = "";
      int start = 0;
      int end = 0;
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          switch (name) {
            case "field" -> field = json.getText();
            case "value" -> value = json.getText();
            case "start" -> start = json.getIntValue();
            case "end" -> end = json.getIntValue();
            default -> json.skipChildren();
          }
        } else if (json.currentToken() == JsonToken.END_OBJECT) {
          int from = Math.clamp(start, 0, value.length());
          evidence.add(new Evidence(field, value, from, Math.clamp(end, from, value.length())));
        }
      }
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Kind.DAMAGED, "The evidence of a detection is damaged: " + e, e);
    }
    return List.copyOf(evidence);
  }

  // ---- words
  // --------------------------------------------------------------------------------------------------

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  private static List<String> wordsFrom(Severity min) {
    var words = new ArrayList<String>();
    for (var severity : Severity.values()) {
      if (severity.isAtLeast(min)) {
        words.add(severity.word());
      }
    }
    return words;
  }

  private static Severity severity(String word) {
    return Severity.ofWord(word).orElseThrow(() -> unknown("severity", word));
  }

  private static ThreatClass threatClass(String word) {
    return ThreatClass.ofWord(word).orElseThrow(() -> unknown("class", word));
  }

  static AlertStatus status(String word) {
    return AlertStatus.ofWord(word).orElseThrow(() -> unknown("status", word));
  }

  private static Entity entity(String word, String value) {
    for (var kind : Entity.Kind.values()) {
      if (kind.word().equals(word)) {
        return new Entity(kind, value);
      }
    }
    throw unknown("kind of entity", word);
  }

  private static StoreException unknown(String what, @Nullable String word) {
    return new StoreException(
        StoreException.Kind.DAMAGED, "The database holds an unknown " + what + ": " + word, null);
  }

  private static StoreException refused(String why) {
    return new StoreException(StoreException.Kind.REFUSED, "Cannot answer: " + why + ".", null);
  }
}
