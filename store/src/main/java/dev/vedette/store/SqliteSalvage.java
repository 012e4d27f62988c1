package dev.vedette.store;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.Entity;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.store.SqliteDatabase.Session;
import dev.vedette.store.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Confined to one call, under the lock of the data directory. Copies what can be read of a damaged
/// database into a new one, so that events are taken again; the damaged files are only read, and
/// kept beside it.
///
/// What is lost is not made up: receipts and blocks are copied as they are, chain hashes included,
/// so that [Store#verify] names every gap, and a setting remembers what was salvaged when. Sources
/// go on behind the last number that a sound row names.
///
/// The new database is complete and on the disk before it gets the name [#READY]; from then on the
/// old files are moved aside and the new one gets its name, however often that is interrupted:
///
/// ```text
/// vedette.db.salvage ──> vedette.db.salvaged ──> [old files into damaged-<time>/] ──> vedette.db
/// ```
final class SqliteSalvage {
  /// Settings that tell of a salvage begin so, and end with when it was.
  static final String REMEMBERED = "store.salvaged.";

  /// A store that could not write because of damage leaves this file, so that the next start
  /// salvages.
  static final String MARK = "vedette.db.damaged";

  static final String COPY = "vedette.db.salvage";
  static final String READY = "vedette.db.salvaged";

  /// The old log first: beside the new database it would be taken for its own.
  private static final List<String> SUFFIXES = List.of("-wal", "-shm", "-journal", "");

  /// Ids of sources are `int`, and the next source's is one more than the largest.
  private static final int SOURCE_MAX = 1 << 30;

  /// Numbers beyond were never given.
  private static final long ALERT_MAX = 1L << 53;

  private static final long SEQUENCE_MAX = 1L << 53;

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Path directory;

  /// What is wrong with the database, as a sentence.
  private final String what;

  private final Consumer<String> told;

  /// Rows that were copied, and those that the schema did not take, by table.
  private final Map<String, long[]> rows = new LinkedHashMap<>();

  private long unreadable;

  private SqliteSalvage(Path directory, StoreException why, Consumer<String> told) {
    this.directory = directory;
    this.what = String.valueOf(why.getMessage()).replace(SqliteDatabase.ADVICE, "");
    this.told = told;
  }

  /// Leaves the mark; best effort, for the next write finds the damage again.
  static void mark(Path directory, String why) {
    try {
      Files.writeString(
          directory.resolve(MARK),
          why
              + "\nThe next start of `vedette serve` copies what can be read into a new database."
              + " Delete this file if you have restored a backup.\n");
    } catch (IOException _) {
      // The disk is damaged or full, and that is told where the write failed.
    }
  }

  static boolean isMarked(Path directory) {
    return Files.exists(directory.resolve(MARK));
  }

  /// Finishes a salvage that was interrupted between its last steps, and clears away one that was
  /// interrupted before. For every start, under the lock. Answers whether there is a new database.
  static boolean finish(Path directory) {
    try {
      delete(directory.resolve(COPY));
      boolean isReady = Files.exists(directory.resolve(READY));
      if (isReady) {
        swap(directory);
      }
      return isReady;
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The salvaged database in "
              + directory
              + " cannot be put in its place ("
              + e
              + "): check the rights in that directory.",
          e);
    }
  }

  /// @param why what is wrong with the database, as a sentence
  /// @param freeBytes what may be written
  /// @param told is given sentences for people
  /// @throws StoreException where it cannot: no room, or nothing there that was a database
  static void run(Path directory, StoreException why, long freeBytes, Consumer<String> told) {
    try {
      new SqliteSalvage(directory, why, told).run(why, freeBytes);
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          why.getMessage() + " It cannot be salvaged (" + e + "): check the disk.",
          e);
    } catch (SQLException e) {
      var failure = SqliteDatabase.failure("salvage the database", directory, e);
      throw failure.kind() == Kind.FULL ? noRoom(directory, why, "more room is needed") : failure;
    }
  }

  private void run(StoreException why, long freeBytes) throws IOException, SQLException {
    Path file = directory.resolve(SqliteDatabase.FILE);
    if (!SqlitePages.isDatabase(file)) {
      throw why;
    }
    long bytes = size(file) + size(SqlitePages.log(file));
    long needed = bytes + bytes / 8 + (1 << 20);
    if (freeBytes < needed) {
      throw noRoom(
          directory,
          why,
          "%,d MiB must be free, and %,d are".formatted((needed >> 20) + 1, freeBytes >> 20));
    }
    told.accept(
        "%s What can be read is copied into a new database (%,d MiB) ..."
            .formatted(what, bytes >> 20));
    Path copy = directory.resolve(COPY);
    delete(copy);
    try (var to = SqliteDatabase.create(copy)) {
      to.execute("BEGIN");
      copy(file, to, why);
      settle(to);
      to.execute("COMMIT");
    } catch (IOException | SQLException | StoreException e) {
      delete(copy);
      throw e;
    }
    sync(copy);
    Files.move(copy, directory.resolve(READY), StandardCopyOption.ATOMIC_MOVE);
    sync(directory);
    Path aside = swap(directory);
    told.accept(
        "The database was salvaged: %s. The damaged files are kept in %s; `vedette verify` names"
                .formatted(summary(), aside)
            + " what is missing.");
  }

  private static StoreException noRoom(Path directory, StoreException why, String room) {
    return new StoreException(
        Kind.FULL,
        "%s There is no room to copy what can be read of it: in %s %s. Free some and start again."
            .formatted(why.getMessage(), directory, room),
        why);
  }

  // ---- files
  // ----------------------------------------------------------------------------------------------------

  private static Path swap(Path directory) throws IOException {
    Path ready = directory.resolve(READY);
    var madeAt = Files.getLastModifiedTime(ready).toInstant();
    Path aside = Files.createDirectories(directory.resolve("damaged-" + STAMP.format(madeAt)));
    for (String suffix : SUFFIXES) {
      Path old = directory.resolve(SqliteDatabase.FILE + suffix);
      if (Files.exists(old)) {
        Files.move(old, aside.resolve(old.getFileName()), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    sync(aside);
    Files.deleteIfExists(directory.resolve(MARK));
    Files.move(ready, directory.resolve(SqliteDatabase.FILE), StandardCopyOption.ATOMIC_MOVE);
    sync(directory);
    return aside;
  }

  private static void delete(Path database) throws IOException {
    for (String suffix : SUFFIXES) {
      Files.deleteIfExists(database.resolveSibling(database.getFileName() + suffix));
    }
  }

  private static long size(Path path) throws IOException {
    return Files.exists(path) ? Files.size(path) : 0;
  }

  private static void sync(Path path) throws IOException {
    boolean isDirectory = Files.isDirectory(path);
    var how = isDirectory ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    try (var channel = FileChannel.open(path, how)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows opens no directories; there the move itself is on the disk.
      if (!isDirectory) {
        throw e;
      }
    }
  }

  // ---- rows
  // -----------------------------------------------------------------------------------------------------

  /// @param root where its tree starts in a database that our scripts made
  /// @param columns those of the schema of this Vedette
  /// @param needed how many of them every row has had from the first schema on: columns that were
  ///   added later have a default, and are not there in older rows
  private record Table(String name, int root, boolean isIndex, List<String> columns, int needed) {}

  private void copy(Path file, Session to, StoreException why) throws IOException, SQLException {
    var tables = tables(to);
    try (var pages = SqlitePages.open(file)) {
      var roots = pages.roots();
      if (!roots.isEmpty() && tables.stream().noneMatch(table -> roots.containsKey(table.name()))) {
        throw why; // a database of another program
      }
      var sinks = new HashMap<Integer, SqlitePages.Sink>();
      for (var table : tables) {
        long[] counts = new long[2];
        rows.put(table.name(), counts);
        SqlitePages.Sink sink = (id, values) -> counts[insert(to, table, id, values) ? 0 : 1]++;
        int root = roots.getOrDefault(table.name(), table.root());
        pages.walk(root, table.isIndex(), sink);
        if (counts[0] == 0 && root != table.root()) {
          pages.walk(table.root(), table.isIndex(), sink); // a root that nothing grows from
        }
        sinks.put(root, sink);
        sinks.putIfAbsent(table.root(), sink);
      }
      pages.orphans(sinks::get);
      unreadable = pages.unreadable();
    }
  }

  private static List<Table> tables(Session to) throws SQLException {
    var tables = new ArrayList<Table>();
    try (var found =
        to.query("SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table'")) {
      while (found.next()) {
        String name = found.getString(1);
        var columns = new ArrayList<String>();
        int needed = 0;
        try (var column = to.query("PRAGMA table_info(" + name + ")")) {
          while (column.next()) {
            columns.add(column.getString("name"));
            needed = column.getString("dflt_value") == null ? columns.size() : needed;
          }
        }
        boolean isIndex = found.getString(3).contains("WITHOUT ROWID");
        tables.add(new Table(name, found.getInt(2), isIndex, List.copyOf(columns), needed));
      }
    }
    return tables;
  }

  /// Answers whether the schema took the row. Of two with the same key the first one stays.
  private static boolean insert(Session to, Table table, long id, @Nullable Object[] values)
      throws SQLException {
    int count = values.length;
    if (count < table.needed() || count > table.columns().size()) {
      return false;
    }
    if (!table.isIndex() && values[0] == null) {
      values[0] = id; // the number of a row is not in its record
    }
    // What is null, and what the row is too old to have, gets its default.
    var names = new ArrayList<String>(count);
    var present = new ArrayList<Object>(count);
    for (int i = 0; i < count; i++) {
      if (values[i] != null) {
        names.add(table.columns().get(i));
        present.add(values[i]);
      }
    }
    if (names.isEmpty()) {
      return false;
    }
    String sql =
        "INSERT OR IGNORE INTO %s (%s) VALUES (%s?)"
            .formatted(table.name(), String.join(", ", names), "?, ".repeat(names.size() - 1));
    try {
      return to.update(sql, present.toArray()) > 0;
    } catch (SQLException e) {
      if (SqliteDatabase.isConstraint(e)) {
        to.forgetStatements();
        return false;
      }
      throw e;
    }
  }

  // ---- settling
  // ------------------------------------------------------------------------------------------------

  /// Makes of the copied rows a database to go on with.
  private void settle(Session to) throws SQLException {
    // Blocks to come would find their numbers taken.
    to.execute("DELETE FROM block_payloads WHERE id NOT IN (SELECT id FROM blocks)");
    to.execute("DELETE FROM sources WHERE id NOT BETWEEN 1 AND " + SOURCE_MAX);
    var ends = new HashMap<Integer, Long>();
    endsOfBlocks(to, ends);
    endsOfReceipts(to, ends);
    for (var end : ends.entrySet()) {
      to.update(
          "INSERT OR IGNORE INTO sources (id, name, hint) VALUES (?, ?, '')",
          end.getKey(),
          "lost-name-" + end.getKey());
      to.update(
          "UPDATE sources SET next_sequence = MAX(next_sequence, ?) WHERE id = ?",
          end.getValue(),
          end.getKey());
    }
    to.execute("UPDATE sources SET next_sequence = 1 WHERE next_sequence < 1");
    dropUnknownWords(to);
    // An alert knows the rule of its detections.
    to.execute(
        "INSERT OR IGNORE INTO fired_rules (id, rule_id, title, severity, class, techniques)"
            + " SELECT d.rule, a.rule_id, a.title, a.severity, a.class, a.techniques FROM"
            + " detections d JOIN alerts a ON a.id = d.alert_id WHERE d.rule NOT IN (SELECT id FROM"
            + " fired_rules) GROUP BY d.rule");
    to.execute("DELETE FROM detections WHERE rule NOT IN (SELECT id FROM fired_rules)");
    // A new alert must not get the number of a lost one: it would inherit its detections.
    to.execute("DELETE FROM alerts WHERE id NOT BETWEEN 1 AND " + ALERT_MAX);
    long lastAlert =
        to.number("SELECT MAX(alert_id) FROM detections WHERE alert_id <= " + ALERT_MAX);
    to.update(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
            + " excluded.value WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)",
        SqliteUpkeep.LAST_ALERT,
        String.valueOf(lastAlert));
    long nowMs = System.currentTimeMillis();
    String story = "%s Copied: %s.".formatted(what, summary());
    to.update(
        "INSERT INTO settings (name, value) VALUES (?, ?)",
        REMEMBERED + STAMP.format(Instant.ofEpochMilli(nowMs)),
        story);
    SqliteJournal.addActivity(to, new Activity(0, nowMs, "database_salvaged", story));
  }

  /// Drops rows with a word that is none of ours: every question that meets one is refused, also
  /// those that a batch waits for.
  private static void dropUnknownWords(Session to) throws SQLException {
    var severities = Arrays.stream(Severity.values()).map(Severity::word).toList();
    var classes = Arrays.stream(ThreatClass.values()).map(ThreatClass::word).toList();
    var kinds = Arrays.stream(Entity.Kind.values()).map(Entity.Kind::word).toList();
    var statuses = Arrays.stream(AlertStatus.values()).map(AlertStatus::word).toList();
    for (String table : List.of("alerts", "fired_rules", "rollup_detections")) {
      keepWords(to, table, "severity", severities);
      keepWords(to, table, "class", classes);
    }
    for (String table : List.of("alerts", "detections")) {
      keepWords(to, table, "entity_kind", kinds);
    }
    for (String table : List.of("alerts", "event_status")) {
      keepWords(to, table, "status", statuses);
    }
  }

  private static void keepWords(Session to, String table, String column, List<String> words)
      throws SQLException {
    to.execute(
        "DELETE FROM %s WHERE %s NOT IN ('%s')"
            .formatted(table, column, String.join("', '", words)));
  }

  /// Behind the last line of each source that a block holds whose checksum is right.
  private static void endsOfBlocks(Session to, Map<Integer, Long> ends) throws SQLException {
    try (var found = to.query(SqliteSearch.LOAD + "ORDER BY b.id")) {
      while (found.next()) {
        var loaded = SqliteSearch.loaded(found);
        if (loaded.isSound() && isSource(loaded.block().source())) {
          ends.merge(loaded.block().source(), loaded.block().last() + 1, Math::max);
        }
      }
    }
  }

  /// The same by the receipts, but for those that their chain hash proves to be changed.
  private static void endsOfReceipts(Session to, Map<Integer, Long> ends) throws SQLException {
    var names = new HashMap<Integer, String>();
    try (var found = to.query("SELECT id, name FROM sources")) {
      while (found.next()) {
        names.put(found.getInt(1), found.getString(2));
      }
    }
    long before = 0;
    byte[] chain = new byte[32];
    try (var found =
        to.query(
            "SELECT id, source, first, count, received_ms, sha256, chain FROM receipts ORDER BY"
                + " id")) {
      while (found.next()) {
        int source = found.getInt(2);
        long first = found.getLong(3);
        int count = found.getInt(4);
        String name = names.get(source);
        byte[] sha256 = found.getBytes(6);
        byte[] stated = found.getBytes(7);
        boolean isChanged =
            name != null
                && found.getLong(1) == before + 1
                && chain.length == 32
                && !Arrays.equals(
                    stated,
                    SqliteJournal.chain(chain, name, first, count, found.getLong(5), sha256));
        if (!isChanged && isSource(source) && first > 0 && first < SEQUENCE_MAX && count > 0) {
          ends.merge(source, first + count, Math::max);
        }
        before = found.getLong(1);
        chain = stated;
      }
    }
  }

  private static boolean isSource(int id) {
    return id > 0 && id <= SOURCE_MAX;
  }

  private String summary() {
    var parts = new ArrayList<String>();
    for (String table : List.of("sources", "receipts", "blocks", "detections", "alerts")) {
      parts.add("%,d %s".formatted(rows.getOrDefault(table, new long[2])[0], table));
    }
    long refused = rows.values().stream().mapToLong(counts -> counts[1]).sum();
    return "%s; %,d pages or rows could not be read"
        .formatted(String.join(", ", parts), unreadable + refused);
  }
}
