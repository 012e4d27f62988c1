package dev.vedette.store;

import static dev.vedette.store.SqliteDatabase.bytes;
import static dev.vedette.store.SqliteDatabase.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.vedette.event.Alert;
import dev.vedette.event.Detection;
import dev.vedette.event.EventId;
import dev.vedette.event.Evidence;
import dev.vedette.event.Receipt;
import dev.vedette.event.Severity;
import dev.vedette.store.SqliteDatabase.Session;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/// Thread-safe: what it remembers is touched only inside [SqliteDatabase#write]. Sources, receipts,
/// blocks, and everything that is committed with them.
final class SqliteJournal {
  private static final byte[] CHAIN_START = new byte[32];
  private static final int RULES_KEPT_MAX = 10_000;
  private static final int VALUE_CHARS_MAX = 256;
  static final long MINUTE_MS = 60_000;
  static final long HOUR_MS = 3_600_000;
  private static final JsonFactory JSON = new JsonFactory();

  private final SqliteDatabase database;

  /// What the writer remembers of the database; read again where it is not `valid`.
  private Memory memory = new Memory();

  private boolean valid;

  private final AtomicLong events = new AtomicLong();

  SqliteJournal(SqliteDatabase database) {
    this.database = database;
    if (!database.isReadOnly()) {
      database.write(
          "read the ledger",
          session -> {
            memory = remember(session);
            valid = true;
            return events.addAndGet(count(session));
          });
    }
  }

  private static long count(Session session) throws SQLException {
    return session.number("SELECT SUM(next_sequence - 1 - expired) FROM sources");
  }

  /// Events stored now, as far as this process knows: [#storedEvents] asks where another one
  /// writes.
  AtomicLong events() {
    return events;
  }

  long storedEvents() {
    return database.isReadOnly()
        ? database.read("count events", SqliteJournal::count)
        : events.get();
  }

  private static final class Memory {
    final Map<Integer, Source> sources = new HashMap<>();
    final Map<String, Integer> rules = new HashMap<>();
    byte[] chain = CHAIN_START;
  }

  private static final class Source {
    final String name;
    long next;

    Source(String name, long next) {
      this.name = name;
      this.next = next;
    }
  }

  private static Memory remember(Session session) throws SQLException {
    var memory = new Memory();
    try (var rows = session.query("SELECT id, name, next_sequence FROM sources")) {
      while (rows.next()) {
        memory.sources.put(
            rows.getInt(1), new Source(SqliteDatabase.name(rows, 2), rows.getLong(3)));
      }
    }
    try (var rows = session.query("SELECT chain FROM receipts ORDER BY id DESC LIMIT 1")) {
      if (rows.next()) {
        memory.chain = bytes(rows, 1);
      }
    }
    return memory;
  }

  // ---- sources
  // --------------------------------------------------------------------------------------------------

  SourceState openSource(String name, String hint) {
    boolean[] known = new boolean[1];
    return database.write(
        "open the source " + name,
        session -> {
          known[0] = valid;
          valid = false; // until it is committed
          session.update(
              "INSERT INTO sources (name, hint) VALUES (?, ?) ON CONFLICT (tenant, name) DO UPDATE"
                  + " SET hint = excluded.hint WHERE excluded.hint <> '' AND hint <>"
                  + " excluded.hint",
              name,
              hint);
          try (var rows = session.query(SOURCE_COLUMNS + " WHERE name = ?", name)) {
            rows.next();
            var state = source(rows);
            memory.sources.putIfAbsent(state.id(), new Source(name, state.nextSequence()));
            return state;
          }
        },
        () -> valid = known[0]);
  }

  private static final String SOURCE_COLUMNS =
      "SELECT id, name, hint, next_sequence, position, last_received_ms FROM sources";

  private static SourceState source(ResultSet row) throws SQLException {
    return new SourceState(
        row.getInt(1),
        SqliteDatabase.name(row, 2),
        text(row, 3),
        row.getLong(4),
        text(row, 5),
        row.getLong(6));
  }

  List<SourceState> sources() {
    return database.read(
        "list the sources",
        session -> {
          var sources = new ArrayList<SourceState>();
          try (var rows = session.query(SOURCE_COLUMNS + " ORDER BY id")) {
            while (rows.next()) {
              sources.add(source(rows));
            }
          }
          return List.copyOf(sources);
        });
  }

  private static final String RECEIPT_BY_KEY =
      "SELECT s.name, r.source, r.first, r.count, r.received_ms, r.sha256, r.chain FROM receipts r"
          + " JOIN sources s ON s.id = r.source WHERE s.name = ? AND r.idempotency_key = ?";

  Optional<Receipt> receipt(String source, String key) {
    return database.read("look up a receipt", session -> receipt(session, source, key));
  }

  private static Optional<Receipt> receipt(Session session, String source, String key)
      throws SQLException {
    try (var rows = session.query(RECEIPT_BY_KEY, source, key)) {
      return rows.next() ? Optional.of(receipt(rows)) : Optional.empty();
    }
  }

  private static Receipt receipt(ResultSet row) throws SQLException {
    var hex = HexFormat.of();
    return new Receipt(
        text(row, 1),
        row.getInt(2),
        row.getLong(3),
        row.getInt(4),
        row.getLong(5),
        hex.formatHex(bytes(row, 6)),
        hex.formatHex(bytes(row, 7)));
  }

  // ---- commit
  // --------------------------------------------------------------------------------------------------

  List<Receipt> commit(Commit commit) {
    long[] added = new long[1];
    var receipts =
        database.write(
            "store a batch",
            session -> {
              var now = valid ? memory : remember(session);
              // Until COMMIT has succeeded, what is remembered may be wrong.
              valid = false;
              memory = now;
              var written = new ArrayList<Receipt>(commit.entries().size());
              var rollup = new Rollup();
              for (var entry : commit.entries()) {
                written.add(write(session, now, entry, rollup, added));
              }
              rollup.write(session);
              for (var alert : commit.alerts()) {
                upsert(session, alert);
              }
              for (var activity : commit.activity()) {
                addActivity(session, activity);
              }
              return List.copyOf(written);
            },
            () -> valid = true);
    events.addAndGet(added[0]);
    return receipts;
  }

  private static Receipt write(
      Session session, Memory memory, Commit.Entry entry, Rollup rollup, long[] added)
      throws SQLException {
    var prepared = entry.prepared();
    var batch = prepared.batch();
    var summary = prepared.summary();
    int source = entry.sourceId();
    var state = memory.sources.get(source);
    if (state == null || !state.name.equals(batch.source())) {
      throw refused("there is no source " + source + " named " + batch.source());
    }
    String key = batch.idempotencyKey();
    if (key != null) {
      var known = receipt(session, state.name, key);
      if (known.isPresent()) {
        return known.get();
      }
    }
    if (batch.count() == 0) {
      throw refused("a batch of " + state.name + " has no lines");
    }
    if (entry.first() != state.next) {
      throw refused(
          "a batch of "
              + state.name
              + " starts at "
              + entry.first()
              + ", its next number is "
              + state.next);
    }
    long first = entry.first();
    long last = first + batch.count() - 1;
    byte[] chain =
        chain(
            memory.chain, state.name, first, batch.count(), batch.receivedMs(), prepared.sha256());
    session.update(
        "INSERT INTO receipts (source, first, count, received_ms, sha256, chain, idempotency_key)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        source,
        first,
        batch.count(),
        batch.receivedMs(),
        prepared.sha256(),
        chain,
        key);
    insertBlock(
        session,
        new Block(
            0,
            source,
            first,
            last,
            summary.minTimeMs(),
            summary.maxTimeMs(),
            batch.receivedMs(),
            prepared.rawBytes(),
            prepared.filter()),
        prepared.payload());
    if (entry.hits().length > 0) {
      session.update(
          "INSERT INTO hits (until_ms, received_ms, payload) VALUES (?, ?, ?)",
          entry.hitsUntilMs(),
          batch.receivedMs(),
          entry.hits());
    }
    for (var minute : summary.minutes()) {
      rollup.events(minute);
    }
    for (var found : entry.detections()) {
      insert(session, memory, found, batch.receivedMs());
      rollup.detection(found.detection());
    }
    session.update(
        "UPDATE sources SET next_sequence = ?, position = COALESCE(?, position),"
            + " last_received_ms = MAX(last_received_ms, ?) WHERE id = ?",
        last + 1,
        batch.position(),
        batch.receivedMs(),
        source);
    state.next = last + 1;
    memory.chain = chain;
    added[0] += batch.count();
    var hex = HexFormat.of();
    return new Receipt(
        state.name,
        source,
        first,
        batch.count(),
        batch.receivedMs(),
        hex.formatHex(prepared.sha256()),
        hex.formatHex(chain));
  }

  private static StoreException refused(String why) {
    return new StoreException(
        StoreException.Kind.REFUSED, "Could not store a batch: " + why + ".", null);
  }

  /// The next link of the ledger, as [Receipt#chain] defines it.
  static byte[] chain(
      byte[] before, String source, long first, int count, long receivedMs, byte[] sha256) {
    byte[] name = source.getBytes(StandardCharsets.UTF_8);
    var link = ByteBuffer.allocate(32 + 4 + name.length + 8 + 4 + 8 + 32);
    link.put(before).putInt(name.length).put(name);
    link.putLong(first).putInt(count).putLong(receivedMs).put(sha256);
    return BlockPayload.newSha256().digest(link.array());
  }

  // ---- blocks
  // --------------------------------------------------------------------------------------------------

  /// A row of `blocks`; `id` is 0 before it is written.
  record Block(
      long id,
      int source,
      long first,
      long last,
      long minMs,
      long maxMs,
      long receivedMaxMs,
      int rawBytes,
      byte[] filter) {
    long count() {
      return last - first + 1;
    }

    /// Guards the row and its payload together.
    int crc(byte[] payload) {
      var crc = new CRC32C();
      var numbers = ByteBuffer.allocate(4 + 5 * 8);
      numbers.putInt(source).putLong(first).putLong(last).putLong(minMs).putLong(maxMs);
      numbers.putLong(receivedMaxMs);
      crc.update(numbers.array());
      crc.update(filter);
      crc.update(payload);
      return (int) crc.getValue();
    }
  }

  static void insertBlock(Session session, Block block, byte[] payload) throws SQLException {
    session.update(
        "INSERT INTO blocks (source, first, last, min_ms, max_ms, received_max_ms, raw_bytes, crc,"
            + " filter) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        block.source(),
        block.first(),
        block.last(),
        block.minMs(),
        block.maxMs(),
        block.receivedMaxMs(),
        block.rawBytes(),
        block.crc(payload),
        block.filter());
    session.update(
        "INSERT INTO block_payloads (id, payload) VALUES (last_insert_rowid(), ?)", payload);
  }

  // ---- detections and alerts
  // --------------------------------------------------------------------------------------------------

  private static void insert(Session session, Memory memory, Commit.Found found, long receivedMs)
      throws SQLException {
    var detection = found.detection();
    session.update(
        "INSERT INTO detections (rule, time_ms, received_ms, source, sequence, alert_id,"
            + " entity_kind, entity, source_ip, user_name, host_name, events, reason, evidence,"
            + " original) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rule(session, memory, detection),
        detection.timeMs(),
        receivedMs,
        detection.event().source(),
        detection.event().sequence(),
        found.alertId(),
        detection.entity().kind().word(),
        detection.entity().value(),
        detection.sourceIp(),
        detection.userName(),
        detection.hostName(),
        detection.events(),
        detection.reason(),
        evidence(detection.evidence()),
        detection.original());
  }

  private static int rule(Session session, Memory memory, Detection detection) throws SQLException {
    String techniques = String.join(" ", detection.techniques());
    String[] parts = {
      detection.ruleId(),
      detection.title(),
      detection.severity().word(),
      detection.threatClass().word(),
      techniques
    };
    String all = String.join("\0", parts);
    var known = memory.rules.get(all);
    if (known != null) {
      return known;
    }
    session.update(
        "INSERT INTO fired_rules (rule_id, title, severity, class, techniques)"
            + " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (Object[]) parts);
    int id =
        (int)
            session.number(
                "SELECT id FROM fired_rules WHERE rule_id = ? AND title = ? AND severity = ? AND"
                    + " class = ? AND techniques = ?",
                (Object[]) parts);
    if (memory.rules.size() >= RULES_KEPT_MAX) {
      memory.rules.clear();
    }
    memory.rules.put(all, id);
    return id;
  }

  private static String evidence(List<Evidence> evidence) {
    var text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartArray();
      for (var item : evidence) {
        json.writeStartObject();
        json.writeStringField("field", item.field());
        json.writeStringField("value", item.value());
        json.writeNumberField("start", item.start());
        json.writeNumberField("end", item.end());
        json.writeEndObject();
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void upsert(Session session, Alert alert) throws SQLException {
    session.update(
        "INSERT INTO alerts (id, rule_id, title, severity, class, techniques, entity_kind, entity,"
            + " source_ip, user_name, host_name, status, first_ms, last_ms, events, detections,"
            + " reason, advice, changed_ms, changed_by, status_ms, note, counted)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (id) DO UPDATE SET title = excluded.title, severity ="
            + " excluded.severity, class = excluded.class, techniques = excluded.techniques,"
            + " source_ip = excluded.source_ip, user_name = excluded.user_name, host_name ="
            + " excluded.host_name, first_ms = excluded.first_ms, last_ms = excluded.last_ms,"
            + " events = excluded.events, detections = excluded.detections, reason ="
            + " excluded.reason, advice = excluded.advice, changed_ms = MAX(changed_ms,"
            + " excluded.changed_ms), counted = excluded.counted",
        alert.id(),
        alert.ruleId(),
        alert.title(),
        alert.severity().word(),
        alert.threatClass().word(),
        String.join(" ", alert.techniques()),
        alert.entity().kind().word(),
        alert.entity().value(),
        alert.sourceIp(),
        alert.userName(),
        alert.hostName(),
        alert.status().word(),
        alert.firstMs(),
        alert.lastMs(),
        alert.events(),
        alert.detections(),
        alert.reason(),
        alert.advice(),
        alert.changedMs(),
        alert.changedBy(),
        alert.statusMs(),
        alert.note(),
        alert.counted().stream().map(EventId::toString).collect(Collectors.joining(" ")));
  }

  static void addActivity(Session session, Activity activity) throws SQLException {
    session.update(
        "INSERT INTO activity (time_ms, type, message) VALUES (?, ?, ?)",
        activity.timeMs(),
        activity.type(),
        activity.message());
  }

  // ---- roll-ups
  // --------------------------------------------------------------------------------------------------

  /// Confined to one commit: adds up first, so that a flood of one kind is a few rows.
  private static final class Rollup {
    private record Span(long spanMs, long startMs) {}

    private record Kind(Span span, String severity, String threatClass) {}

    private record Value(Top.Dimension dimension, Span span, String value) {}

    private static final class Sum {
      long detections;
      long events;
      int worst;
      long firstMs = Long.MAX_VALUE;
      long lastMs = Long.MIN_VALUE;
    }

    private final Map<Span, long[]> events = new HashMap<>();
    private final Map<Kind, long[]> kinds = new HashMap<>();
    private final Map<Value, Sum> values = new HashMap<>();

    void events(Commit.MinuteCount minute) {
      for (long spanMs : new long[] {MINUTE_MS, HOUR_MS}) {
        long[] sum =
            events.computeIfAbsent(
                new Span(spanMs, floor(minute.minuteMs(), spanMs)), _ -> new long[2]);
        sum[0] += minute.events();
        sum[1] += minute.suspicious();
      }
    }

    void detection(Detection detection) {
      long timeMs = detection.timeMs();
      for (long spanMs : new long[] {MINUTE_MS, HOUR_MS}) {
        kinds
            .computeIfAbsent(
                new Kind(
                    new Span(spanMs, floor(timeMs, spanMs)),
                    detection.severity().word(),
                    detection.threatClass().word()),
                _ -> new long[1])[0]++;
      }
      add(Top.Dimension.SOURCE_IP, detection.sourceIp(), detection);
      add(Top.Dimension.USER_NAME, detection.userName(), detection);
      add(Top.Dimension.HOST_NAME, detection.hostName(), detection);
      add(Top.Dimension.RULE, detection.ruleId(), detection);
      add(Top.Dimension.THREAT_CLASS, detection.threatClass().word(), detection);
      for (String technique : detection.techniques()) {
        add(Top.Dimension.TECHNIQUE, technique, detection);
      }
    }

    private void add(Top.Dimension dimension, String value, Detection detection) {
      if (value.isEmpty()) {
        return;
      }
      for (long spanMs : new long[] {MINUTE_MS, HOUR_MS}) {
        var span = new Span(spanMs, floor(detection.timeMs(), spanMs));
        var sum =
            values.computeIfAbsent(new Value(dimension, span, shorten(value)), _ -> new Sum());
        sum.detections++;
        sum.events += detection.events();
        sum.worst = Math.max(sum.worst, rank(detection.severity()));
        sum.firstMs = Math.min(sum.firstMs, detection.timeMs());
        sum.lastMs = Math.max(sum.lastMs, detection.timeMs());
      }
    }

    private static final String SUMS =
        ", value, detections, events, worst, first_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON"
            + " CONFLICT DO UPDATE SET detections = detections + excluded.detections, events ="
            + " events + excluded.events, worst = MAX(worst, excluded.worst), first_ms ="
            + " MIN(first_ms, excluded.first_ms), last_ms = MAX(last_ms, excluded.last_ms)";

    void write(Session session) throws SQLException {
      for (var entry : events.entrySet()) {
        session.update(
            "INSERT INTO rollups (span_ms, start_ms, events, suspicious) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT DO UPDATE SET events = events + excluded.events,"
                + " suspicious = suspicious + excluded.suspicious",
            entry.getKey().spanMs(),
            entry.getKey().startMs(),
            entry.getValue()[0],
            entry.getValue()[1]);
      }
      for (var entry : kinds.entrySet()) {
        session.update(
            "INSERT INTO rollup_detections (span_ms, start_ms, severity, class, detections)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                + " detections = detections + excluded.detections",
            entry.getKey().span().spanMs(),
            entry.getKey().span().startMs(),
            entry.getKey().severity(),
            entry.getKey().threatClass(),
            entry.getValue()[0]);
      }
      for (var entry : values.entrySet()) {
        var sum = entry.getValue();
        session.update(
            entry.getKey().span().spanMs() == HOUR_MS
                ? "INSERT INTO rollup_values (dimension, hour_ms" + SUMS
                : "INSERT INTO rollup_minute_values (dimension, minute_ms" + SUMS,
            word(entry.getKey().dimension()),
            entry.getKey().span().startMs(),
            entry.getKey().value(),
            sum.detections,
            sum.events,
            sum.worst,
            sum.firstMs,
            sum.lastMs);
      }
    }
  }

  static long floor(long timeMs, long spanMs) {
    return timeMs - Math.floorMod(timeMs, spanMs);
  }

  static String shorten(String value) {
    return value.length() <= VALUE_CHARS_MAX ? value : value.substring(0, VALUE_CHARS_MAX);
  }

  /// The word of a dimension in `rollup_values`.
  static String word(Top.Dimension dimension) {
    return switch (dimension) {
      case SOURCE_IP -> "source_ip";
      case USER_NAME -> "user_name";
      case HOST_NAME -> "host_name";
      case RULE -> "rule";
      case THREAT_CLASS -> "class";
      case TECHNIQUE -> "technique";
    };
  }

  /// The number of a severity in `rollup_values`: 1 to 5.
  static int rank(Severity severity) {
    return switch (severity) {
      case INFORMATIONAL -> 1;
      case LOW -> 2;
      case MEDIUM -> 3;
      case HIGH -> 4;
      case CRITICAL -> 5;
    };
  }

  static Severity severity(long rank) {
    for (var severity : Severity.values()) {
      if (rank(severity) == rank) {
        return severity;
      }
    }
    return Severity.INFORMATIONAL;
  }

  // ---- hits
  // --------------------------------------------------------------------------------------------------

  void replayHits(long sinceMs, Consumer<byte[]> sink) {
    long after = 0;
    while (true) {
      long from = after;
      var page = new ArrayList<byte[]>();
      after =
          database.read(
              "read the correlation windows",
              session -> {
                long last = from;
                try (var rows =
                    session.query(
                        "SELECT id, until_ms, payload FROM hits WHERE id > ? ORDER BY id LIMIT 500",
                        from)) {
                  while (rows.next()) {
                    last = SqliteDatabase.follows(rows.getLong(1), last);
                    if (rows.getLong(2) > sinceMs) {
                      page.add(bytes(rows, 3));
                    }
                  }
                }
                return last;
              });
      if (after == from) {
        return;
      }
      page.forEach(sink);
    }
  }
}
