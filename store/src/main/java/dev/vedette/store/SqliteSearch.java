package dev.vedette.store;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LineReader;
import dev.vedette.store.SqliteDatabase.Session;
import dev.vedette.store.SqliteJournal.Block;
import dev.vedette.store.StoreException.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Thread-safe. Finds events by reading their lines again.
///
/// Blocks are visited newest first (by their latest event time), as long as they can hold something
/// newer than the worst hit kept. Before a block is unpacked its time range and token filter are
/// asked; before a line is read, the raw bytes are searched for what must stand in it. Two threads
/// share the blocks of a search, and all searches share the two threads.
final class SqliteSearch implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int LIMIT_MAX = 10_000;
  private static final long DEADLINE_MS_MAX = 120_000;
  private static final long EVENTS_MS_MAX = 5_000;
  private static final int PAGE_BLOCKS = 1_024;
  private static final int LINES_BETWEEN_CLOCKS = 256;

  private final SqliteDatabase database;
  private final Supplier<LineReader> readers;
  private final FieldDictionary dictionary;
  private final ThreadPoolExecutor threads;
  private final ConcurrentLinkedQueue<Lens> lenses = new ConcurrentLinkedQueue<>();

  SqliteSearch(SqliteDatabase database, Supplier<LineReader> readers, FieldDictionary dictionary) {
    this.database = database;
    this.readers = readers;
    this.dictionary = dictionary;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("vedette-search-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  /// Confined to whoever borrowed it. What one thread needs to read lines.
  private static final class Lens {
    final LineReader reader;
    final Event event;
    final BlockPayload.Reader lines = new BlockPayload.Reader();

    Lens(LineReader reader, Event event) {
      this.reader = reader;
      this.event = event;
    }
  }

  private record Source(String name, String hint) {}

  /// A block to visit, or the part of one that was merged away meanwhile.
  private record Candidate(long id, int source, long first, long last, long maxMs) {}

  /// A block in memory: its row says what to trust it for.
  record Loaded(Block block, int crc, boolean damaged, byte[] payload) {
    boolean isSound() {
      return !damaged && block.crc(payload) == crc;
    }
  }

  static final String LOAD =
      "SELECT b.id, b.source, b.first, b.last, b.min_ms, b.max_ms, b.received_max_ms, b.raw_bytes,"
          + " b.filter, b.crc, b.damaged, p.payload FROM blocks b LEFT JOIN block_payloads p ON"
          + " p.id = b.id ";

  static Loaded loaded(ResultSet row) throws SQLException {
    byte[] payload = row.getBytes(12);
    byte[] filter = row.getBytes(9);
    var block =
        new Block(
            row.getLong(1),
            row.getInt(2),
            row.getLong(3),
            row.getLong(4),
            row.getLong(5),
            row.getLong(6),
            row.getLong(7),
            row.getInt(8),
            filter == null ? new byte[0] : filter);
    return new Loaded(
        block,
        row.getInt(10),
        row.getInt(11) != 0 || payload == null,
        payload == null ? new byte[0] : payload);
  }

  SearchResult search(EventQuery query) {
    if (query.limit() < 1 || query.limit() > LIMIT_MAX) {
      throw new StoreException(
          Kind.REFUSED, "A search finds at least 1 and at most " + LIMIT_MAX + " events.", null);
    }
    var run = new Run(query);
    if (!query.source().isEmpty() && run.onlySource == 0) {
      return new SearchResult(List.of(), 0, 0, 0, true, null);
    }
    var work = new ArrayList<Future<?>>();
    try {
      for (int i = 0; i < THREADS; i++) {
        work.add(threads.submit(run));
      }
      for (var part : work) {
        part.get();
      }
    } catch (RejectedExecutionException e) {
      throw new StoreException(Kind.UNAVAILABLE, "The store is closed.", e);
    } catch (InterruptedException e) {
      run.stop();
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNAVAILABLE, "The search was interrupted.", e);
    } catch (ExecutionException e) {
      run.stop();
      if (e.getCause() instanceof StoreException known) {
        throw known;
      }
      throw new IllegalStateException("a search failed", e.getCause());
    }
    return run.result();
  }

  List<SearchResult.Hit> events(Collection<EventId> ids) {
    if (ids.size() > SqliteAnswers.LIST_MAX) {
      throw new StoreException(
          Kind.REFUSED,
          "At most " + SqliteAnswers.LIST_MAX + " events are looked up at once.",
          null);
    }
    if (ids.isEmpty()) {
      return List.of();
    }
    var run =
        new Run(
            new EventQuery(
                TimeRange.ALL, Query.EVERYTHING, "", ids.size(), null, null, EVENTS_MS_MAX));
    run.only(ids);
    run.run();
    return run.result().hits();
  }

  /// One search: shared by its threads, what they share is guarded by `this`.
  private final class Run implements Runnable {
    private final EventQuery query;
    private final Map<Integer, Source> sources = new HashMap<>();
    private final int onlySource;
    private final List<long[]> tokens;
    private final long deadlineNanos;

    /// The events that are asked for; null where all are.
    private @Nullable SortedSet<EventId> only;

    private final ArrayDeque<Candidate> candidates = new ArrayDeque<>();
    private long pageMaxMs = Long.MAX_VALUE;
    private long pageId = Long.MAX_VALUE;
    private boolean listed;

    /// The best so far, the worst of them first.
    private final PriorityQueue<Found> best =
        new PriorityQueue<>(Comparator.comparing(Found::place));

    private long scanned;
    private long skipped;
    private long quarantined;
    private boolean dropped;
    private boolean late;
    private volatile boolean stopped;

    Run(EventQuery query) {
      this.query = query;
      this.deadlineNanos =
          System.nanoTime() + Math.clamp(query.deadlineMs(), 1, DEADLINE_MS_MAX) * 1_000_000;
      this.tokens = new QueryMatcher(query.expression(), dictionary).tokens();
      this.onlySource =
          database.read(
              "search",
              session -> {
                int only = 0;
                try (var rows = session.query("SELECT id, name, hint FROM sources")) {
                  while (rows.next()) {
                    String name = SqliteDatabase.name(rows, 2);
                    sources.put(rows.getInt(1), new Source(name, SqliteDatabase.name(rows, 3)));
                    if (!name.isEmpty() && name.equals(query.source())) {
                      only = rows.getInt(1);
                    }
                  }
                }
                return only;
              });
    }

    private record Found(SearchCursor place, SearchResult.Hit hit) {}

    /// Asks for these events instead of the newest: the part of each block that holds some.
    void only(Collection<EventId> ids) {
      var wanted = new TreeSet<>(ids);
      only = wanted;
      database.read(
          "look up events",
          session -> {
            for (var id : wanted) {
              var last = candidates.peekLast();
              if (last == null || last.source() != id.source() || last.last() < id.sequence()) {
                blockOf(session, id);
              }
            }
            return true;
          });
      listed = true;
    }

    private void blockOf(Session session, EventId id) throws SQLException {
      try (var rows =
          session.query(
              "SELECT id, first, last, max_ms FROM blocks WHERE source = ? AND first <= ? ORDER BY"
                  + " first DESC LIMIT 1",
              id.source(),
              id.sequence())) {
        if (rows.next() && rows.getLong(3) >= id.sequence()) {
          candidates.add(
              new Candidate(
                  rows.getLong(1), id.source(), rows.getLong(2), rows.getLong(3), rows.getLong(4)));
        }
      }
    }

    void stop() {
      stopped = true;
    }

    @Override
    public void run() {
      var lens = lenses.poll();
      if (lens == null) {
        lens = new Lens(readers.get(), new Event(dictionary));
      }
      var matcher = new QueryMatcher(query.expression(), dictionary);
      boolean done = false;
      try {
        for (var next = next(); next != null; next = next()) {
          visit(next, lens, matcher, true);
        }
        done = true;
      } finally {
        if (!done) {
          stop(); // the other thread need not go on
        }
        if (lenses.size() < THREADS) {
          lenses.add(lens);
        }
      }
    }

    // ---- which blocks

    private synchronized @Nullable Candidate next() {
      if (stopped || isLate()) {
        return null;
      }
      if (candidates.isEmpty() && !listed) {
        list();
      }
      var next = candidates.peek();
      if (next == null) {
        return null;
      }
      if (only == null && best.size() == query.limit() && worst().timeMs() > next.maxMs()) {
        dropped = true;
        return null;
      }
      return candidates.poll();
    }

    private SearchCursor worst() {
      var worst = best.peek();
      return worst == null ? new SearchCursor(Long.MIN_VALUE, new EventId(0, 0)) : worst.place();
    }

    private boolean isLate() {
      if (System.nanoTime() - deadlineNanos > 0) {
        late = true;
      }
      return late;
    }

    /// Reads on in the list of blocks until some may hold a match.
    private void list() {
      while (candidates.isEmpty() && !listed && !isLate()) {
        database.read("search", this::listPage);
      }
    }

    private boolean listPage(Session session) throws SQLException {
      long latest = pageMaxMs;
      int rowCount = 0;
      try (var rows =
          session.query(
              "SELECT id, source, first, last, max_ms"
                  + (tokens.isEmpty() ? "" : ", filter")
                  + " FROM blocks WHERE (max_ms, id) < (?, ?) AND max_ms >= ? AND min_ms < ? ORDER"
                  + " BY max_ms DESC, id DESC LIMIT "
                  + PAGE_BLOCKS,
              latest,
              pageId,
              query.range().fromMs(),
              upTo())) {
        while (rows.next()) {
          rowCount++;
          var block =
              new Candidate(
                  rows.getLong(1),
                  rows.getInt(2),
                  rows.getLong(3),
                  rows.getLong(4),
                  rows.getLong(5));
          pageMaxMs = block.maxMs();
          pageId = block.id();
          if ((onlySource != 0 && block.source() != onlySource)
              || (!tokens.isEmpty() && !mayHoldTokens(rows.getBytes(6)))) {
            skipped++;
          } else {
            candidates.add(block);
          }
        }
      }
      listed = rowCount < PAGE_BLOCKS;
      return listed;
    }

    private long upTo() {
      var before = query.before();
      return before == null || before.timeMs() == Long.MAX_VALUE
          ? query.range().toMs()
          : Math.min(query.range().toMs(), before.timeMs() + 1);
    }

    private boolean mayHoldTokens(byte @Nullable [] filter) {
      if (filter == null) {
        return true; // a damaged row: its checksum will tell
      }
      for (long[] any : tokens) {
        boolean found = false;
        for (long token : any) {
          found |= TokenFilter.mayContain(filter, token);
        }
        if (!found) {
          return false;
        }
      }
      return true;
    }

    // ---- one block

    private void visit(Candidate wanted, Lens lens, QueryMatcher matcher, boolean first) {
      Loaded loaded;
      try {
        loaded =
            database.read(
                "search",
                session -> {
                  try (var rows = session.query(LOAD + "WHERE b.id = ?", wanted.id())) {
                    return rows.next() ? loaded(rows) : null;
                  }
                });
      } catch (StoreException e) {
        if (e.kind() != Kind.DAMAGED) {
          throw e;
        }
        quarantine(wanted.last() - wanted.first() + 1);
        return;
      }
      if (loaded == null
          || loaded.block().first() > wanted.first()
          || loaded.block().last() < wanted.last()) {
        if (first) {
          for (var part : movedTo(wanted)) {
            visit(part, lens, matcher, false);
          }
        }
        return;
      }
      if (!loaded.isSound()) {
        quarantine(loaded.block().count());
        return;
      }
      try {
        read(loaded, wanted, lens, matcher);
      } catch (StoreException e) {
        if (e.kind() != Kind.DAMAGED) {
          throw e;
        }
        quarantine(loaded.block().count());
      }
    }

    /// Where the lines of a block are that was merged or expired since it was listed.
    private List<Candidate> movedTo(Candidate gone) {
      return database.read(
          "search",
          session -> {
            var parts = new ArrayList<Candidate>();
            try (var rows =
                session.query(
                    "SELECT id, first, last, max_ms FROM blocks WHERE source = ? AND first <= ? AND"
                        + " last >= ?",
                    gone.source(),
                    gone.last(),
                    gone.first())) {
              while (rows.next()) {
                parts.add(
                    new Candidate(
                        rows.getLong(1),
                        gone.source(),
                        Math.max(gone.first(), rows.getLong(2)),
                        Math.min(gone.last(), rows.getLong(3)),
                        rows.getLong(4)));
              }
            }
            return parts;
          });
    }

    private synchronized void quarantine(long events) {
      quarantined += events;
    }

    private void read(Loaded loaded, Candidate wanted, Lens lens, QueryMatcher matcher) {
      var block = loaded.block();
      var lines = lens.lines.over(loaded.payload());
      long[] detected = query.suspicious() == null ? null : detected(wanted);
      if (Boolean.TRUE.equals(query.suspicious()) && detected != null && detected.length == 0) {
        count(0, 1);
        return;
      }
      Received received = null;
      long pieceFirst = block.first();
      long looked = 0;
      int[] picked = new int[0];
      while (lines.next()) {
        if (picked.length < lines.count()) {
          picked = new int[lines.count()];
        }
        int count = pick(lines, matcher, picked);
        looked += lines.count();
        for (int i = count - 1; i >= 0; i--) {
          long sequence = pieceFirst + picked[i];
          if (sequence < wanted.first()
              || sequence > wanted.last()
              || (only != null && !only.contains(new EventId(block.source(), sequence)))
              || excluded(detected, sequence)) {
            continue;
          }
          if ((i & (LINES_BETWEEN_CLOCKS - 1)) == 0 && pastDeadline()) {
            count(looked, 0);
            return;
          }
          if (received == null) {
            received = received(block);
          }
          offer(lens, matcher, block.source(), sequence, lines, picked[i], received.at(sequence));
        }
        pieceFirst += lines.count();
      }
      if (pieceFirst != block.last() + 1) {
        throw new StoreException(Kind.DAMAGED, "a block has another number of lines", null);
      }
      count(looked, 0);
    }

    private synchronized boolean pastDeadline() {
      return isLate();
    }

    private synchronized void count(long looked, long skippedBlocks) {
      scanned += looked;
      skipped += skippedBlocks;
    }

    private boolean excluded(long @Nullable [] detected, long sequence) {
      return detected != null
          && (Arrays.binarySearch(detected, sequence) >= 0)
              != Boolean.TRUE.equals(query.suspicious());
    }

    /// The lines of a piece that hold what must be there; ascending.
    private static int pick(BlockPayload.Reader lines, QueryMatcher matcher, int[] picked) {
      if (matcher.literals().isEmpty()) {
        for (int i = 0; i < lines.count(); i++) {
          picked[i] = i;
        }
        return lines.count();
      }
      int count = 0;
      for (var literal : matcher.literals()) {
        int at = lines.bytesFrom();
        while (true) {
          int found = literal.find(lines.raw(), at, lines.bytesTo());
          if (found < 0) {
            break;
          }
          int line = lines.lineAt(found);
          if (found + literal.length() <= lines.end(line)) {
            if (count == picked.length) {
              count = distinct(picked, count);
            }
            if (count == picked.length) {
              return count; // every line is picked
            }
            picked[count++] = line;
            at = lines.end(line);
          } else {
            at = found + 1;
          }
        }
      }
      return matcher.literals().size() == 1 ? count : distinct(picked, count);
    }

    private static int distinct(int[] numbers, int count) {
      Arrays.sort(numbers, 0, count);
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (kept == 0 || numbers[kept - 1] != numbers[i]) {
          numbers[kept++] = numbers[i];
        }
      }
      return kept;
    }

    /// The numbers of the events in `wanted` that have detections, ascending.
    private long[] detected(Candidate wanted) {
      return database.read(
          "search",
          session -> {
            long[] sequences = new long[16];
            int count = 0;
            try (var rows =
                session.query(
                    "SELECT DISTINCT sequence FROM detections WHERE source = ? AND sequence BETWEEN"
                        + " ? AND ? ORDER BY sequence",
                    wanted.source(),
                    wanted.first(),
                    wanted.last())) {
              while (rows.next()) {
                if (count == sequences.length) {
                  sequences = Arrays.copyOf(sequences, count * 2);
                }
                sequences[count++] = rows.getLong(1);
              }
            }
            return Arrays.copyOf(sequences, count);
          });
    }

    private record Received(long[] firsts, long[] times) {
      long at(long sequence) {
        int place = Arrays.binarySearch(firsts, sequence);
        place = place < 0 ? -place - 2 : place;
        return place < 0 ? 0 : times[place];
      }
    }

    private Received received(Block block) {
      return database.read(
          "search",
          session -> {
            long[] firsts = new long[16];
            long[] times = new long[16];
            int count = 0;
            try (var rows =
                session.query(
                    "SELECT first, received_ms FROM receipts WHERE source = ? AND first BETWEEN ?"
                        + " AND ? ORDER BY first",
                    block.source(),
                    block.first(),
                    block.last())) {
              while (rows.next()) {
                if (count == firsts.length) {
                  firsts = Arrays.copyOf(firsts, count * 2);
                  times = Arrays.copyOf(times, count * 2);
                }
                firsts[count] = rows.getLong(1);
                times[count++] = rows.getLong(2);
              }
            }
            return new Received(Arrays.copyOf(firsts, count), Arrays.copyOf(times, count));
          });
    }

    private void offer(
        Lens lens,
        QueryMatcher matcher,
        int sourceId,
        long sequence,
        BlockPayload.Reader lines,
        int line,
        long receivedMs) {
      var source = sources.get(sourceId);
      if (source == null) {
        return; // opened after this search started
      }
      var event = lens.event;
      lens.reader.read(
          lines.raw(), lines.start(line), lines.end(line), receivedMs, source.hint(), event);
      long timeMs = event.timeMs() == Event.NO_TIME ? receivedMs : event.timeMs();
      if (timeMs < query.range().fromMs() || timeMs >= query.range().toMs()) {
        return;
      }
      var place = new SearchCursor(timeMs, new EventId(sourceId, sequence));
      var before = query.before();
      if ((before != null && place.compareTo(before) >= 0) || !matcher.matches(event, timeMs)) {
        return;
      }
      synchronized (this) {
        if (best.size() == query.limit() && place.compareTo(worst()) <= 0) {
          dropped = true;
          return;
        }
      }
      var hit =
          new SearchResult.Hit(
              place.event(),
              source.name(),
              timeMs,
              receivedMs,
              event.dataset().name(),
              fields(event),
              event.original(),
              0);
      synchronized (this) {
        best.add(new Found(place, hit));
        if (best.size() > query.limit()) {
          best.poll();
          dropped = true;
        }
      }
    }

    private Map<String, String> fields(Event event) {
      var fields = new LinkedHashMap<String, String>();
      for (int slot = 0; slot < event.slots(); slot++) {
        if (event.field(slot) != Ecs.EVENT_ORIGINAL) {
          fields.merge(
              dictionary.name(event.field(slot)),
              event.slotText(slot),
              (before, next) -> before + ", " + next);
        }
      }
      return Collections.unmodifiableMap(fields);
    }

    // ---- the end

    synchronized SearchResult result() {
      var found = new ArrayList<>(best);
      found.sort(Comparator.comparing(Found::place).reversed());
      var hits =
          database.read(
              "search",
              session -> {
                var list = new ArrayList<SearchResult.Hit>(found.size());
                for (var one : found) {
                  var hit = one.hit();
                  int detections =
                      (int)
                          session.number(
                              "SELECT COUNT(*) FROM detections WHERE source = ? AND sequence = ?",
                              hit.id().source(),
                              hit.id().sequence());
                  list.add(
                      detections == 0
                          ? hit
                          : new SearchResult.Hit(
                              hit.id(),
                              hit.source(),
                              hit.timeMs(),
                              hit.receivedMs(),
                              hit.dataset(),
                              hit.fields(),
                              hit.original(),
                              detections));
                }
                return List.copyOf(list);
              });
      return new SearchResult(
          hits,
          scanned,
          skipped,
          quarantined,
          !dropped && !late,
          dropped && !late && !found.isEmpty() ? found.getLast().place() : null);
    }
  }
}
