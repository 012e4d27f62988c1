package dev.vedette.store;

import dev.vedette.store.SqliteDatabase.Session;
import dev.vedette.store.SqliteJournal.Block;
import dev.vedette.store.SqliteSearch.Loaded;
import dev.vedette.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Thread-safe: tidying is guarded by `tidying`. Merges small blocks, drops what is old, proves
/// that nothing else is missing.
///
/// Merging packs outside of any transaction and then swaps rows in one, so that a crash leaves
/// either the old blocks or the new one, and commits wait for a few milliseconds only. Neighbours
/// of about the same size are merged, eight or more at a time, or as soon as they fill a piece: a
/// line is packed again at most four times in its life.
final class SqliteUpkeep {
  /// The setting that keeps the number of the last alert when that alert has expired.
  static final String LAST_ALERT = "store.last_alert";

  /// As in the index `blocks_small`.
  private static final int SMALL_BYTES = 128 * 1024;

  private static final int MERGED_BYTES_MAX = 256 * 1024;
  private static final int MERGE_BLOCKS_MIN = 8;
  private static final int MERGE_BLOCKS_MAX = 4_096;
  private static final int LISTED_BLOCKS_MAX = 16_384;
  private static final int MERGES_PER_CALL_MAX = 64;

  /// Merging writes first and frees afterwards: on a disk with less room than one call may write,
  /// it would take what the operator has just freed from the batches that wait for it.
  private static final long MERGE_ROOM_BYTES = (long) MERGES_PER_CALL_MAX * MERGED_BYTES_MAX;

  private static final int EXPIRED_BLOCKS_PER_CALL_MAX = 512;
  private static final int EXPIRED_ROWS_PER_CALL_MAX = 5_000;
  private static final int ACTIVITY_KEPT_MAX = 100_000;
  private static final long HITS_KEPT_MS = 25 * SqliteJournal.HOUR_MS;
  private static final int VACUUM_PAGES_PER_CALL = 2_048;
  private static final List<String> OLD_VALUES =
      List.of(
          "DELETE FROM rollup_values WHERE tenant = 1 AND hour_ms < ?",
          "DELETE FROM rollup_minute_values WHERE tenant = 1 AND minute_ms < ?");
  private static final int FAULTS_MAX = 1_000;

  private final SqliteDatabase database;
  private final SqliteJournal journal;
  private final ReentrantLock tidying = new ReentrantLock();

  SqliteUpkeep(SqliteDatabase database, SqliteJournal journal) {
    this.database = database;
    this.journal = journal;
  }

  boolean tidy(long keepSinceMs) {
    tidying.lock();
    try {
      boolean more = expireBlocks(keepSinceMs);
      more |= expireRows(keepSinceMs);
      more |= merge();
      more |= giveBackPages();
      return more;
    } finally {
      tidying.unlock();
    }
  }

  // ---- merging
  // --------------------------------------------------------------------------------------------------

  private record Small(long id, int source, long first, long last, int rawBytes) {
    int tier() {
      return rawBytes < 2_048 ? 0 : rawBytes < 16_384 ? 1 : 2;
    }

    boolean isFollowedBy(Small next) {
      return source == next.source && last + 1 == next.first;
    }
  }

  private boolean merge() {
    if (database.freeBytes() < MERGE_ROOM_BYTES) {
      return false;
    }
    var small =
        database.read(
            "list small blocks",
            session -> {
              var list = new ArrayList<Small>();
              try (var rows =
                  session.query(
                      "SELECT id, source, first, last, raw_bytes FROM blocks INDEXED BY"
                          + " blocks_small WHERE raw_bytes < "
                          + SMALL_BYTES
                          + " AND damaged = 0 ORDER BY source, first LIMIT "
                          + LISTED_BLOCKS_MAX)) {
                while (rows.next()) {
                  list.add(
                      new Small(
                          rows.getLong(1),
                          rows.getInt(2),
                          rows.getLong(3),
                          rows.getLong(4),
                          rows.getInt(5)));
                }
              }
              return list;
            });
    int merges = 0;
    for (int from = 0; from < small.size() && merges < MERGES_PER_CALL_MAX; ) {
      int to = groupEnd(small, from);
      if (to - from > 1) {
        merge(small.subList(from, to));
        merges++;
        from = to;
      } else {
        from++;
      }
    }
    return merges == MERGES_PER_CALL_MAX || (merges > 0 && small.size() == LISTED_BLOCKS_MAX);
  }

  /// The end of the group that starts at `from` and is worth merging, or `from + 1`.
  private static int groupEnd(List<Small> small, int from) {
    int sameTier = 1;
    boolean same = true;
    long bytes = small.get(from).rawBytes();
    int to = from + 1;
    while (to < small.size()
        && to - from < MERGE_BLOCKS_MAX
        && small.get(to - 1).isFollowedBy(small.get(to))
        && bytes + small.get(to).rawBytes() <= MERGED_BYTES_MAX) {
      bytes += small.get(to).rawBytes();
      same &= small.get(to).tier() == small.get(from).tier();
      sameTier += same ? 1 : 0;
      to++;
    }
    if (bytes >= SMALL_BYTES) {
      return to;
    }
    return sameTier >= MERGE_BLOCKS_MIN ? from + sameTier : from + 1;
  }

  private void merge(List<Small> group) {
    var parts = new ArrayList<Loaded>(group.size());
    for (var one : group) {
      var loaded = load(one.id());
      if (loaded == null) {
        return; // expired meanwhile
      }
      if (!loaded.isSound()) {
        quarantine(one.id());
        return;
      }
      parts.add(loaded);
    }
    var lines = new Unpacked();
    long minMs = Long.MAX_VALUE;
    long maxMs = Long.MIN_VALUE;
    long receivedMaxMs = Long.MIN_VALUE;
    for (var part : parts) {
      try {
        lines.add(part.payload());
      } catch (StoreException e) {
        quarantine(part.block().id());
        return;
      }
      minMs = Math.min(minMs, part.block().minMs());
      maxMs = Math.max(maxMs, part.block().maxMs());
      receivedMaxMs = Math.max(receivedMaxMs, part.block().receivedMaxMs());
    }
    var firstBlock = parts.getFirst().block();
    var lastBlock = parts.getLast().block();
    if (lines.count() != lastBlock.last() - firstBlock.first() + 1) {
      return; // `verify` names the block that has lost lines
    }
    var packed = BlockPayload.pack(lines);
    var merged =
        new Block(
            0,
            firstBlock.source(),
            firstBlock.first(),
            lastBlock.last(),
            minMs,
            maxMs,
            receivedMaxMs,
            packed.rawBytes(),
            TokenFilter.union(parts.stream().map(part -> part.block().filter()).toList()));
    database.write(
        "merge blocks",
        session -> {
          for (var part : parts) {
            session.update("DELETE FROM block_payloads WHERE id = ?", part.block().id());
            session.update("DELETE FROM blocks WHERE id = ?", part.block().id());
          }
          SqliteJournal.insertBlock(session, merged, packed.payload());
          return true;
        });
  }

  private @Nullable Loaded load(long id) {
    try {
      return database.read("read a block", session -> load(session, id));
    } catch (StoreException e) {
      if (e.kind() != Kind.DAMAGED) {
        throw e;
      }
      quarantine(id);
      return null;
    }
  }

  private static @Nullable Loaded load(Session session, long id) throws SQLException {
    try (var rows = session.query(SqliteSearch.LOAD + "WHERE b.id = ?", id)) {
      return rows.next() ? SqliteSearch.loaded(rows) : null;
    }
  }

  /// Sets a damaged block aside: it is neither searched nor merged any more, only counted.
  private void quarantine(long id) {
    database.write(
        "set a damaged block aside",
        session -> session.update("UPDATE blocks SET damaged = 1 WHERE id = ?", id));
  }

  /// The lines of several payloads, one after the other.
  private static final class Unpacked implements BlockPayload.Lines {
    private byte[] bytes = new byte[MERGED_BYTES_MAX];
    private int[] ends = new int[4_096];
    private int count;

    void add(byte[] payload) {
      var reader = new BlockPayload.Reader().over(payload);
      while (reader.next()) {
        int used = count == 0 ? 0 : ends[count - 1];
        int more = reader.bytesTo() - reader.bytesFrom();
        if (used + more > bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, used + more));
        }
        System.arraycopy(reader.raw(), reader.bytesFrom(), bytes, used, more);
        if (count + reader.count() > ends.length) {
          ends = Arrays.copyOf(ends, Math.max(ends.length * 2, count + reader.count()));
        }
        for (int i = 0; i < reader.count(); i++) {
          ends[count++] = used + reader.end(i) - reader.bytesFrom();
        }
      }
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public byte[] bytes(int line) {
      return bytes;
    }

    @Override
    public int start(int line) {
      return line == 0 ? 0 : ends[line - 1];
    }

    @Override
    public int end(int line) {
      return ends[line];
    }
  }

  // ---- expiring
  // --------------------------------------------------------------------------------------------------

  private record Expired(long id, int source, long first, long last) {}

  private boolean expireBlocks(long keepSinceMs) {
    long[] events = new long[1];
    int count =
        database.write(
            "drop old blocks",
            session -> {
              var old = new ArrayList<Expired>();
              try (var rows =
                  session.query(
                      "SELECT id, source, first, last FROM blocks WHERE received_max_ms < ? LIMIT "
                          + EXPIRED_BLOCKS_PER_CALL_MAX,
                      keepSinceMs)) {
                while (rows.next()) {
                  old.add(
                      new Expired(
                          rows.getLong(1), rows.getInt(2), rows.getLong(3), rows.getLong(4)));
                }
              }
              for (var block : old) {
                expire(session, block);
                events[0] += block.last() - block.first() + 1;
              }
              return old.size();
            });
    journal.events().addAndGet(-events[0]);
    return count == EXPIRED_BLOCKS_PER_CALL_MAX;
  }

  private static void expire(Session session, Expired block) throws SQLException {
    session.update("DELETE FROM block_payloads WHERE id = ?", block.id());
    session.update("DELETE FROM blocks WHERE id = ?", block.id());
    session.update(
        "UPDATE sources SET expired = expired + ? WHERE id = ?",
        block.last() - block.first() + 1,
        block.source());
    long first = block.first();
    long last = block.last();
    // Joined with its neighbours, so that a source has a few ranges and not one per block.
    long before =
        session.number(
            "SELECT first FROM expired_ranges WHERE source = ? AND first < ? AND last = ? ORDER BY"
                + " first DESC LIMIT 1",
            block.source(),
            first,
            first - 1);
    long after =
        session.number(
            "SELECT last FROM expired_ranges WHERE source = ? AND first = ?",
            block.source(),
            last + 1);
    if (after != 0) {
      session.update(
          "DELETE FROM expired_ranges WHERE source = ? AND first = ?", block.source(), last + 1);
      last = after;
    }
    session.update(
        "INSERT INTO expired_ranges (source, first, last) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            + " SET last = excluded.last",
        block.source(),
        before != 0 ? before : first,
        last);
  }

  /// Detections by when their lines arrived, closed alerts by their last change, roll-ups older
  /// than both the limit and every line that is left.
  private boolean expireRows(long keepSinceMs) {
    return database.write(
        "drop old rows",
        session -> {
          int rows = 0;
          rows +=
              session.update(
                  "DELETE FROM detections WHERE id IN (SELECT id FROM detections ORDER BY id LIMIT "
                      + EXPIRED_ROWS_PER_CALL_MAX
                      + ") AND received_ms < ?",
                  keepSinceMs);
          long lastAlert = session.number("SELECT MAX(id) FROM alerts");
          int alerts =
              session.update(
                  "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE status IN"
                      + " ('resolved', 'false_positive') AND changed_ms < ? LIMIT "
                      + EXPIRED_ROWS_PER_CALL_MAX
                      + ")",
                  keepSinceMs);
          if (alerts > 0) {
            session.update(
                "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
                    + " excluded.value WHERE CAST(excluded.value AS INTEGER) > CAST(value AS"
                    + " INTEGER)",
                LAST_ALERT,
                String.valueOf(lastAlert));
          }
          rows += alerts;
          rows +=
              session.update(
                  "DELETE FROM event_status WHERE changed_ms < ? AND NOT EXISTS (SELECT 1 FROM"
                      + " blocks b WHERE b.source = event_status.source AND b.first <="
                      + " event_status.sequence AND b.last >= event_status.sequence)",
                  keepSinceMs);
          long oldestMs = session.number("SELECT MIN(min_ms) FROM blocks");
          boolean empty = session.number("SELECT EXISTS (SELECT 1 FROM blocks)") == 0;
          // "Keep everything" is the least number there is: its hour would be beyond it.
          long keepRollupsMs = Math.max(keepSinceMs, Long.MIN_VALUE + SqliteJournal.HOUR_MS);
          long rollupsSinceMs = empty ? keepRollupsMs : Math.min(keepRollupsMs, oldestMs);
          for (String table : new String[] {"rollups", "rollup_detections"}) {
            rows +=
                session.update(
                    "DELETE FROM "
                        + table
                        + " WHERE tenant = 1 AND span_ms IN (60000, 3600000) AND"
                        + " start_ms < ?",
                    SqliteJournal.floor(rollupsSinceMs, SqliteJournal.HOUR_MS));
          }
          for (String old : OLD_VALUES) {
            rows += session.update(old, SqliteJournal.floor(rollupsSinceMs, SqliteJournal.HOUR_MS));
          }
          // Windows end in event time, which a replayed file may have left behind long ago: hits
          // stay as long as the process that read them may still be restarted in the middle of it.
          long latestMs = session.number("SELECT MAX(last_received_ms) FROM sources");
          rows +=
              session.update(
                  "DELETE FROM hits WHERE id IN (SELECT id FROM hits ORDER BY id LIMIT "
                      + EXPIRED_ROWS_PER_CALL_MAX
                      + ") AND received_ms < ? AND until_ms < ?",
                  latestMs - HITS_KEPT_MS,
                  latestMs);
          rows +=
              session.update(
                  "DELETE FROM activity WHERE id IN (SELECT id FROM activity ORDER BY id LIMIT "
                      + EXPIRED_ROWS_PER_CALL_MAX
                      + ") AND (time_ms < ? OR id <= (SELECT MAX(id) FROM activity) - "
                      + ACTIVITY_KEPT_MAX
                      + ")",
                  keepSinceMs);
          return rows >= EXPIRED_ROWS_PER_CALL_MAX;
        });
  }

  /// Freed pages are used again; when they are many, the file is made smaller.
  private boolean giveBackPages() {
    return database.write(
        "make the database smaller",
        session -> {
          long free = session.number("PRAGMA freelist_count");
          long pages = session.number("PRAGMA page_count");
          if (free < VACUUM_PAGES_PER_CALL || free < pages / 8) {
            return false;
          }
          try (var rows =
              session.query("PRAGMA incremental_vacuum(" + VACUUM_PAGES_PER_CALL + ")")) {
            while (rows.next()) {
              // Each step frees a page.
            }
          }
          return session.number("PRAGMA freelist_count") < free;
        });
  }

  // ---- verifying
  // --------------------------------------------------------------------------------------------------

  Verification verify(Consumer<Verification> progress) {
    var damaged = new ArrayList<Long>();
    var verification =
        database.snapshot(
            "verify",
            session -> {
              var walk = new Walk(session, progress, damaged);
              walk.salvages();
              walk.ledger();
              for (var source : walk.sources.values()) {
                walk.lines(source);
              }
              walk.structure();
              return walk.report();
            });
    if (!database.isReadOnly()) {
      for (long id : damaged) {
        setAside(id);
      }
    }
    return verification;
  }

  /// As [#quarantine], where the row itself may be beyond writing: then each search finds out anew.
  private void setAside(long id) {
    try {
      quarantine(id);
    } catch (StoreException e) {
      if (e.kind() != Kind.DAMAGED) {
        throw e;
      }
    }
  }

  private static final class Ledgered {
    final int id;
    final String name;

    /// What the source itself says comes next: one more than was acknowledged.
    final long acknowledged;

    long next = 1;

    Ledgered(int id, String name, long acknowledged) {
      this.id = id;
      this.name = name;
      this.acknowledged = acknowledged;
    }
  }

  private record Proof(long first, int count, byte[] sha256) {}

  /// Confined to one thread. One walk over what was committed when it started. Damage is a fault of
  /// the report: where rows cannot be read the walk steps over them, wider each time, so that it
  /// ends whatever the file holds.
  private final class Walk {
    private static final int PAGE = 500;
    private static final List<String> STRUCTURE_CHECKS =
        List.of(
            "PRAGMA quick_check(20)",
            "PRAGMA integrity_check('blocks')",
            "PRAGMA integrity_check('receipts')");
    private static final long STRIDE_MAX = 1L << 48;

    final Map<Integer, Ledgered> sources = new LinkedHashMap<>();
    private final Session session;
    private final Consumer<Verification> progress;
    private final List<Long> damagedBlocks;
    private final List<String> faults = new ArrayList<>();
    private final long lastReceipt;
    private final long receiptsTotal;
    private long receipts;
    private long accepted;
    private long stored;
    private long expired;
    private long quarantined;

    Walk(Session session, Consumer<Verification> progress, List<Long> damagedBlocks)
        throws SQLException {
      this.session = session;
      this.progress = progress;
      this.damagedBlocks = damagedBlocks;
      try (var rows = session.query("SELECT id, name, next_sequence FROM sources ORDER BY id")) {
        while (rows.next()) {
          sources.put(
              rows.getInt(1),
              new Ledgered(rows.getInt(1), String.valueOf(rows.getString(2)), rows.getLong(3)));
        }
      }
      this.receiptsTotal = number("The receipts", "SELECT COUNT(*) FROM receipts");
      this.lastReceipt = number("The receipts", "SELECT MAX(id) FROM receipts");
    }

    Verification report() {
      return new Verification(
          receipts,
          Math.max(receipts, receiptsTotal),
          accepted,
          stored,
          expired,
          quarantined,
          List.copyOf(faults));
    }

    private void fault(String sentence) {
      if (faults.size() < FAULTS_MAX) {
        faults.add(sentence);
      }
    }

    /// Answers a question; damage is a [StoreException] of that kind.
    private <T extends @Nullable Object> T ask(SqliteDatabase.Work<T> question) {
      try {
        return question.run(session);
      } catch (SQLException e) {
        session.forgetStatements();
        throw SqliteDatabase.failure("verify", database.directory(), e);
      }
    }

    /// A number, or 0 and a fault where damage is in the way.
    private long number(String what, String sql, Object... parameters) {
      try {
        return ask(open -> open.number(sql, parameters));
      } catch (StoreException e) {
        damageOnly(e);
        fault(what + " cannot be read: " + e.getMessage());
        return 0;
      }
    }

    private static void damageOnly(StoreException e) {
      if (e.kind() != Kind.DAMAGED) {
        throw e;
      }
    }

    /// What a salvage lost with all its traces no walk can find: a ledger that was salvaged stays
    /// one.
    void salvages() {
      try {
        ask(open -> {
          try (var rows =
              open.query(
                  "SELECT name, value FROM settings WHERE tenant = 1 AND name GLOB ? ORDER BY name",
                  SqliteSalvage.REMEMBERED + "*")) {
            while (rows.next()) {
              String at =
                  String.valueOf(rows.getString(1)).substring(SqliteSalvage.REMEMBERED.length());
              fault("Salvaged at " + at + ": " + rows.getString(2));
            }
          }
          return true;
        });
      } catch (StoreException e) {
        damageOnly(e);
        fault("The settings cannot be read: " + e.getMessage());
      }
    }

    /// What SQLite itself finds wrong: with every page, and with the indexes that searches go by.
    void structure() {
      for (String check : STRUCTURE_CHECKS) {
        try {
          ask(open -> {
            try (var rows = open.query(check)) {
              while (rows.next()) {
                String said = String.valueOf(rows.getString(1));
                if (!said.equals("ok")) {
                  fault("The database is damaged: " + said.strip() + ".");
                }
              }
            }
            return true;
          });
        } catch (StoreException e) {
          damageOnly(e);
          fault("The pages of the database cannot be checked: " + e.getMessage());
        }
      }
    }

    // ---- the chain

    private record Row(
        long id,
        int source,
        long first,
        int count,
        long receivedMs,
        byte @Nullable [] sha256,
        byte @Nullable [] chain) {}

    void ledger() {
      byte[] chain = new byte[32];
      long after = 0;
      int limit = PAGE;
      long stride = 1;
      while (after < lastReceipt) {
        List<Row> page;
        try {
          page = page(after, limit);
        } catch (StoreException e) {
          damageOnly(e);
          if (limit > 1) {
            limit = 1; // up to the row that cannot be read, one by one
            continue;
          }
          long to = after + Math.min(stride, lastReceipt - after);
          fault("Receipts " + (after + 1) + " to " + to + " cannot be read: " + e.getMessage());
          after = to;
          stride = Math.min(stride * 2, STRIDE_MAX);
          chain = new byte[0]; // what follows cannot be chained to it
          continue;
        }
        if (page.isEmpty()) {
          break;
        }
        for (var row : page) {
          chain = link(row, after, chain);
          after = row.id();
        }
        limit = Math.min(PAGE, limit * 2);
        stride = 1;
        progress.accept(report());
      }
      for (var source : sources.values()) {
        if (source.next != source.acknowledged) {
          fault(
              "The ledger of "
                  + source.name
                  + " ends at line "
                  + (source.next - 1)
                  + ", but lines up to "
                  + (source.acknowledged - 1)
                  + " were acknowledged.");
        }
      }
    }

    private List<Row> page(long after, int limit) {
      return ask(open -> {
        var page = new ArrayList<Row>();
        try (var rows =
            open.query(
                "SELECT id, source, first, count, received_ms, sha256, chain FROM receipts"
                    + " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
                after,
                lastReceipt,
                limit)) {
          long last = after;
          while (rows.next()) {
            last = SqliteDatabase.follows(rows.getLong(1), last);
            page.add(
                new Row(
                    rows.getLong(1),
                    rows.getInt(2),
                    rows.getLong(3),
                    rows.getInt(4),
                    rows.getLong(5),
                    rows.getBytes(6),
                    rows.getBytes(7)));
          }
        }
        return page;
      });
    }

    /// Checks a receipt against the one before and answers its chain hash; empty arrays stand for
    /// what is not known.
    private byte[] link(Row row, long before, byte[] chain) {
      var source = sources.get(row.source());
      String name = source == null ? "source " + row.source() : source.name;
      String what =
          "Receipt "
              + row.id()
              + " ("
              + name
              + ", lines "
              + row.first()
              + " to "
              + (row.first() + row.count() - 1)
              + ")";
      byte[] sha256 = row.sha256();
      byte[] stated = row.chain();
      if (chain.length > 0 && row.id() != before + 1) {
        fault(
            "Receipts " + (before + 1) + " to " + (row.id() - 1) + " are missing from the ledger.");
      } else if (sha256 == null || sha256.length != 32 || row.count() < 1) {
        fault(what + " was changed: it is no receipt.");
      } else if (chain.length > 0
          && !Arrays.equals(
              stated,
              SqliteJournal.chain(
                  chain, name, row.first(), row.count(), row.receivedMs(), sha256))) {
        fault(what + " was changed: its chain hash is not that of its content.");
      }
      if (source == null) {
        fault(what + " belongs to no source.");
      } else if (row.first() == source.next && row.count() > 0) {
        source.next += row.count();
      } else {
        fault(what + " does not follow line " + (source.next - 1) + ".");
        long next = Math.min(row.first(), source.acknowledged) + Math.max(0, row.count());
        source.next = Math.max(source.next, Math.min(next, source.acknowledged));
      }
      accepted += Math.max(0, row.count());
      receipts++;
      return stated == null || stated.length != 32 ? new byte[0] : stated;
    }

    // ---- the lines

    void lines(Ledgered source) {
      long end = source.next - 1;
      long at = 1;
      long stride = 1;
      long reported = System.nanoTime();
      while (at <= end) {
        try {
          at = step(source, at, end);
          stride = 1;
        } catch (StoreException e) {
          damageOnly(e);
          long until = at + Math.min(stride, end - at + 1) - 1;
          quarantined += until - at + 1;
          fault(
              "Lines "
                  + at
                  + " to "
                  + until
                  + " of "
                  + source.name
                  + " cannot be found: "
                  + e.getMessage());
          at = until + 1;
          stride = Math.min(stride * 2, STRIDE_MAX);
        }
        if (System.nanoTime() - reported > 200_000_000L) {
          reported = System.nanoTime();
          progress.accept(report());
        }
      }
    }

    private record Place(long id, long first, long last) {}

    /// Accounts for the lines from `at` to the end of their block, or of the gap they are in.
    private long step(Ledgered source, long at, long end) {
      var place =
          ask(open -> {
            var holding =
                place(
                    open,
                    "WHERE source = ? AND first <= ? ORDER BY first DESC LIMIT 1",
                    source.id,
                    at);
            return holding != null && holding.last() >= at
                ? holding
                : place(
                    open, "WHERE source = ? AND first > ? ORDER BY first LIMIT 1", source.id, at);
          });
      if (place == null || place.first() > at) {
        long until = place == null ? end : Math.min(end, place.first() - 1);
        gap(source, at, until);
        return until + 1;
      }
      long until = Math.min(end, place.last());
      Loaded loaded;
      try {
        loaded = ask(open -> load(open, place.id()));
      } catch (StoreException e) {
        damageOnly(e);
        damaged(source, place, at, until, String.valueOf(e.getMessage()));
        return until + 1;
      }
      String fault =
          loaded == null
                  || loaded.block().source() != source.id
                  || loaded.block().first() != place.first()
                  || loaded.block().last() != place.last()
              ? "its row is not the one that its index names"
              : check(loaded);
      if (fault.isEmpty()) {
        stored += until - at + 1;
      } else {
        damaged(source, place, at, until, fault);
      }
      return until + 1;
    }

    private static @Nullable Place place(Session session, String where, int source, long at)
        throws SQLException {
      try (var rows =
          session.query(
              "SELECT id, first, last FROM blocks INDEXED BY blocks_by_sequence " + where,
              source,
              at)) {
        return rows.next() ? new Place(rows.getLong(1), rows.getLong(2), rows.getLong(3)) : null;
      }
    }

    private void damaged(Ledgered source, Place place, long at, long until, String fault) {
      quarantined += until - at + 1;
      fault(
          "Block "
              + place.id()
              + " ("
              + source.name
              + ", lines "
              + place.first()
              + " to "
              + place.last()
              + ") is damaged: "
              + fault
              + ".");
      damagedBlocks.add(place.id());
    }

    private void gap(Ledgered source, long from, long to) {
      long known =
          number(
              "What expired",
              "SELECT SUM(MIN(last, ?) - MAX(first, ?) + 1) FROM expired_ranges WHERE source = ?"
                  + " AND first <= ? AND last >= ?",
              to,
              from,
              source.id,
              to,
              from);
      expired += Math.clamp(known, 0, to - from + 1);
      if (known != to - from + 1) {
        fault(
            (to - from + 1 - known)
                + " of the lines "
                + from
                + " to "
                + to
                + " of "
                + source.name
                + " are missing: neither stored nor expired.");
      }
    }

    /// What is wrong with a block; empty where its lines are those that its receipts prove.
    private String check(Loaded loaded) {
      if (loaded.payload().length == 0) {
        return "its lines are gone";
      }
      if (loaded.block().crc(loaded.payload()) != loaded.crc()) {
        return "its checksum is not that of its content";
      }
      var block = loaded.block();
      var proofs =
          ask(open -> {
            var list = new ArrayList<Proof>();
            try (var rows =
                open.query(
                    "SELECT first, count, sha256 FROM receipts WHERE source = ? AND first"
                        + " BETWEEN ? AND ? ORDER BY first",
                    block.source(),
                    block.first(),
                    block.last())) {
              while (rows.next()) {
                list.add(new Proof(rows.getLong(1), rows.getInt(2), rows.getBytes(3)));
              }
            }
            return list;
          });
      try {
        return prove(block, new BlockPayload.Reader().over(loaded.payload()), proofs);
      } catch (StoreException e) {
        return String.valueOf(e.getMessage());
      }
    }

    private static String prove(Block block, BlockPayload.Reader lines, List<Proof> proofs) {
      long at = block.first();
      int proof = 0;
      MessageDigest digest = BlockPayload.newSha256();
      var length = ByteBuffer.allocate(4);
      while (lines.next()) {
        for (int i = 0; i < lines.count(); i++) {
          if (proof == proofs.size() || at < proofs.get(proof).first()) {
            return "line " + at + " has no receipt";
          }
          int bytes = lines.end(i) - lines.start(i);
          digest.update(length.putInt(0, bytes).array());
          digest.update(lines.raw(), lines.start(i), bytes);
          var current = proofs.get(proof);
          if (at == current.first() + current.count() - 1) {
            if (!Arrays.equals(digest.digest(), current.sha256())) {
              return "the lines from "
                  + current.first()
                  + " to "
                  + at
                  + " are not those of their receipt";
            }
            proof++;
          }
          at++;
        }
      }
      return at == block.last() + 1 && proof == proofs.size()
          ? ""
          : "it holds lines up to " + (at - 1) + " instead of " + block.last();
    }
  }
}
