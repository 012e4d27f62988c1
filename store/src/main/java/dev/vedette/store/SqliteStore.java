package dev.vedette.store;

import static dev.vedette.store.SqliteDatabase.text;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LineReader;
import dev.vedette.event.Receipt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Thread-safe. A store in one SQLite file: the one that Vedette starts with.
///
/// The parts: [SqliteDatabase] opens the file and runs transactions, [SqliteJournal] writes
/// batches, [SqliteAnswers] counts and lists, [SqliteSearch] reads blocks back, [SqliteUpkeep]
/// merges, expires and verifies them.
///
/// ```java
/// try (var store = SqliteStore.open(Path.of("data"), () -> new LogReader(dictionary), dictionary)) {
///   var source = store.openSource("http:ingest", "");
///   var prepared = store.prepare(batch, tally.summary());
///   var entry = new Commit.Entry(prepared, source.id(), source.nextSequence(), List.of(), new byte[0], 0);
///   var receipts = store.commit(new Commit(List.of(entry), List.of(), List.of()));
/// }
/// ```
public final class SqliteStore implements Store {
  private static final int ACTIVITY_MAX = 1_000;
  private static final long FREE_BYTES_ENOUGH = 16 << 20;
  private static final long TRY_AGAIN_NANOS = 10_000_000_000L;

  private final SqliteDatabase database;
  private final SqliteJournal journal;
  private final SqliteAnswers answers;
  private final SqliteSearch search;
  private final SqliteUpkeep upkeep;
  private final AtomicLong alertEdits = new AtomicLong();

  /// Why batches could not be stored, until a commit succeeds or trying again is worth it.
  private volatile Problem problem = Problem.NONE;

  private record Problem(StoreException.Kind kind, String sentence, long atNanos) {
    static final Problem NONE = new Problem(StoreException.Kind.UNAVAILABLE, "", 0);

    boolean isOver(long freeBytes) {
      return switch (kind) {
        case FULL -> freeBytes >= FREE_BYTES_ENOUGH;
        case UNAVAILABLE -> System.nanoTime() - atNanos > TRY_AGAIN_NANOS;
        case DAMAGED, NEWER, REFUSED -> false;
      };
    }
  }

  private SqliteStore(
      SqliteDatabase database, Supplier<LineReader> readers, FieldDictionary dictionary) {
    this.database = database;
    this.journal = new SqliteJournal(database);
    this.answers = new SqliteAnswers(database);
    this.search = new SqliteSearch(database, readers, dictionary);
    this.upkeep = new SqliteUpkeep(database, journal);
  }

  /// Opens the store in a directory, making both where they do not exist and bringing an older
  /// schema forward.
  ///
  /// @param readers makes the readers that turn stored lines into events again, one per thread
  /// @throws StoreException when the directory is in use by another process, not writable, or holds
  ///   a database that is damaged or newer than this Vedette
  public static SqliteStore open(
      Path dataDirectory, Supplier<LineReader> readers, FieldDictionary dictionary) {
    var database = SqliteDatabase.open(dataDirectory);
    try {
      return new SqliteStore(database, readers, dictionary);
    } catch (StoreException e) {
      database.close();
      throw e;
    }
  }

  /// As [#open], but a database that is damaged, or was found to be when it was last written, does
  /// not keep it from opening: what can be read is copied into a new one, and the damaged files are
  /// kept beside it. [#verify] names what is missing, from then on.
  ///
  /// @param told is given sentences for people where that happens
  /// @throws StoreException as [#open]; of damage only where the file was no database, or there is
  ///   no room for a copy
  public static SqliteStore openOrSalvage(
      Path dataDirectory,
      Supplier<LineReader> readers,
      FieldDictionary dictionary,
      Consumer<String> told) {
    StoreException why;
    if (SqliteSalvage.isMarked(dataDirectory)) {
      why =
          new StoreException(
              StoreException.Kind.DAMAGED,
              "The database in " + dataDirectory + " was damaged when it was last written.",
              null);
    } else {
      try {
        return whole(open(dataDirectory, readers, dictionary));
      } catch (StoreException e) {
        if (e.kind() != StoreException.Kind.DAMAGED) {
          throw e;
        }
        why = e;
      }
    }
    SqliteDatabase.salvage(dataDirectory, why, told);
    return open(dataDirectory, readers, dictionary);
  }

  /// The store, if all that a start reads can be read.
  private static SqliteStore whole(SqliteStore store) {
    try {
      store.sources();
      store.allowList();
      store.setting("");
      store.lastAlertId();
      store.replayHits(Long.MIN_VALUE, _ -> {});
      return store;
    } catch (StoreException e) {
      store.close();
      throw e;
    }
  }

  /// Opens the store of a directory to look into it, also while another process writes there: takes
  /// no lock, brings no schema forward. What changes something is refused; questions and [#verify]
  /// see what the other process has committed.
  ///
  /// @throws StoreException when there is no database, when it is damaged, or when its schema is of
  ///   another version
  public static SqliteStore openForReading(
      Path dataDirectory, Supplier<LineReader> readers, FieldDictionary dictionary) {
    var database = SqliteDatabase.openForReading(dataDirectory);
    try {
      return new SqliteStore(database, readers, dictionary);
    } catch (StoreException e) {
      database.close();
      throw e;
    }
  }

  /// For tests that limit the file's size or look into it.
  SqliteDatabase database() {
    return database;
  }

  // ---- the journal
  // --------------------------------------------------------------------------------------------------

  @Override
  public SourceState openSource(String name, String hint) {
    return watched(() -> journal.openSource(name, hint));
  }

  @Override
  public List<SourceState> sources() {
    return journal.sources();
  }

  @Override
  public Optional<Receipt> receipt(String source, String idempotencyKey) {
    return watched(() -> journal.receipt(source, idempotencyKey));
  }

  @Override
  public Prepared prepare(Batch batch, Commit.Summary summary) {
    var lines = BlockPayload.of(batch);
    var packed = BlockPayload.pack(lines);
    return new Prepared(
        batch,
        summary,
        BlockPayload.sha256(lines, 0, lines.count()),
        packed.payload(),
        packed.rawBytes(),
        TokenFilter.of(summary));
  }

  @Override
  public List<Receipt> commit(Commit commit) {
    var receipts = watched(() -> journal.commit(commit));
    problem = Problem.NONE;
    return receipts;
  }

  /// Runs what a batch waits for; remembers what keeps it from being stored.
  private <T> T watched(Supplier<T> step) {
    try {
      return step.get();
    } catch (StoreException e) {
      var marked = database.marked(e);
      if (e.kind() != StoreException.Kind.REFUSED) {
        problem = new Problem(e.kind(), String.valueOf(marked.getMessage()), System.nanoTime());
      }
      throw marked;
    }
  }

  @Override
  public void replayHits(long sinceMs, Consumer<byte[]> sink) {
    watched(() -> {
      journal.replayHits(sinceMs, sink);
      return true;
    });
  }

  @Override
  public Verification verify(Consumer<Verification> progress) {
    return upkeep.verify(progress);
  }

  @Override
  public boolean tidy(long keepSinceMs) {
    return upkeep.tidy(keepSinceMs);
  }

  // ---- questions
  // --------------------------------------------------------------------------------------------------

  @Override
  public Statistics statistics(TimeRange range) {
    return answers.statistics(range);
  }

  @Override
  public List<TimelinePoint> timeline(TimeRange range, long bucketMs) {
    return answers.timeline(range, bucketMs);
  }

  @Override
  public List<Top> top(Top.Dimension dimension, TimeRange range, int limit) {
    return answers.top(dimension, range, limit);
  }

  @Override
  public List<Alert> alerts(AlertQuery query) {
    return answers.alerts(query);
  }

  @Override
  public Optional<Alert> alert(long id) {
    return answers.alert(id);
  }

  @Override
  public Optional<Alert> latestAlert(String ruleId, Entity entity) {
    return watched(() -> answers.latestAlert(ruleId, entity));
  }

  @Override
  public long lastAlertId() {
    // Ids of expired alerts are not given again: their number is kept as a setting.
    return watched(() ->
        database.read(
            "read the last alert's number",
            session ->
                session.number(
                    "SELECT MAX(COALESCE((SELECT MAX(id) FROM alerts), 0), COALESCE((SELECT"
                        + " CAST(value AS INTEGER) FROM settings WHERE tenant = 1 AND name = ?),"
                        + " 0))",
                    SqliteUpkeep.LAST_ALERT)));
  }

  @Override
  public long alertEdits() {
    return alertEdits.get();
  }

  @Override
  public Optional<Alert> setAlertStatus(
      long id, AlertStatus status, String who, String note, long nowMs) {
    var changed =
        database.write(
            "set the status of an alert",
            session -> {
              int rows =
                  session.update(
                      "UPDATE alerts SET status = ?, changed_by = ?, note = ?, changed_ms = ?,"
                          + " status_ms = ? WHERE id = ?",
                      status.word(),
                      who,
                      note,
                      nowMs,
                      nowMs,
                      id);
              if (rows == 0) {
                return Optional.<Alert>empty();
              }
              var alert = SqliteAnswers.alert(session, id);
              SqliteJournal.addActivity(
                  session,
                  Activity.alertStatus(id, alert.map(Alert::title).orElse(""), status, who, nowMs));
              return alert;
            });
    if (changed.isPresent()) {
      alertEdits.incrementAndGet();
    }
    return changed;
  }

  @Override
  public List<StoredDetection> detections(DetectionQuery query) {
    return answers.detections(query);
  }

  @Override
  public Map<EventId, EventVerdict> verdicts(Collection<EventId> events) {
    return answers.verdicts(events);
  }

  @Override
  public List<SuspiciousEvent> suspiciousEvents(@Nullable SearchCursor before, int limit) {
    return answers.suspiciousEvents(before, limit);
  }

  @Override
  public boolean setEventStatus(EventId event, AlertStatus status, String who, long nowMs) {
    return database.write(
        "set the status of an event",
        session -> {
          long stored =
              session.number(
                  "SELECT COUNT(*) FROM (SELECT last FROM blocks WHERE source = ? AND first <= ?"
                      + " ORDER BY first DESC LIMIT 1) WHERE last >= ?",
                  event.source(),
                  event.sequence(),
                  event.sequence());
          if (stored == 0) {
            return false;
          }
          session.update(
              "INSERT INTO event_status (source, sequence, status, who, changed_ms) VALUES (?, ?,"
                  + " ?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status, who ="
                  + " excluded.who, changed_ms = excluded.changed_ms",
              event.source(),
              event.sequence(),
              status.word(),
              who,
              nowMs);
          SqliteJournal.addActivity(session, Activity.eventStatus(event, status, who, nowMs));
          return true;
        });
  }

  @Override
  public List<SearchResult.Hit> events(Collection<EventId> ids) {
    return search.events(ids);
  }

  @Override
  public SearchResult search(EventQuery query) {
    return search.search(query);
  }

  @Override
  public List<Activity> activity(int limit) {
    return database.read(
        "list the activity",
        session -> {
          var list = new ArrayList<Activity>();
          try (var rows =
              session.query(
                  "SELECT id, time_ms, type, message FROM activity ORDER BY id DESC LIMIT ?",
                  Math.clamp(limit, 0, ACTIVITY_MAX))) {
            while (rows.next()) {
              list.add(
                  new Activity(rows.getLong(1), rows.getLong(2), text(rows, 3), text(rows, 4)));
            }
          }
          return List.copyOf(list);
        });
  }

  // ---- settings
  // --------------------------------------------------------------------------------------------------

  @Override
  public void addActivity(Activity activity) {
    database.write(
        "add to the activity",
        session -> {
          SqliteJournal.addActivity(session, activity);
          return true;
        });
  }

  @Override
  public List<String> allowList() {
    return database.read(
        "read the allow-list",
        session -> {
          var list = new ArrayList<String>();
          try (var rows = session.query("SELECT ip FROM allow_list ORDER BY id")) {
            while (rows.next()) {
              list.add(text(rows, 1));
            }
          }
          return List.copyOf(list);
        });
  }

  @Override
  public boolean allow(String ip, String who, long nowMs) {
    return changeAllowList(
        "INSERT INTO allow_list (ip, who, added_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        Activity.allowed(ip, who, nowMs),
        ip,
        who,
        nowMs);
  }

  @Override
  public boolean disallow(String ip, String who, long nowMs) {
    return changeAllowList(
        "DELETE FROM allow_list WHERE tenant = 1 AND ip = ?",
        Activity.disallowed(ip, who, nowMs),
        ip);
  }

  private boolean changeAllowList(String sql, Activity entry, Object... parameters) {
    return database.write(
        "change the allow-list",
        session -> {
          if (session.update(sql, parameters) == 0) {
            return false;
          }
          SqliteJournal.addActivity(session, entry);
          return true;
        });
  }

  @Override
  public Optional<String> setting(String key) {
    return database.read(
        "read a setting",
        session -> {
          try (var rows =
              session.query("SELECT value FROM settings WHERE tenant = 1 AND name = ?", key)) {
            return rows.next() ? Optional.of(text(rows, 1)) : Optional.empty();
          }
        });
  }

  @Override
  public void putSetting(String key, String value) {
    database.write(
        "keep a setting",
        session ->
            session.update(
                "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
                    + " excluded.value",
                key,
                value));
  }

  @Override
  public StoreHealth health() {
    var last = problem;
    long freeBytes = database.freeBytes();
    String sentence = last.isOver(freeBytes) ? "" : last.sentence();
    return new StoreHealth(
        sentence.isEmpty() && !database.isReadOnly(),
        sentence.isEmpty() && database.isReadOnly() ? "opened for reading only" : sentence,
        "sqlite",
        database.bytes(),
        freeBytes,
        journal.storedEvents());
  }

  @Override
  public void close() {
    search.close();
    database.close();
  }
}
