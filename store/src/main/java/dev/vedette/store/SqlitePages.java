package dev.vedette.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Confined to one thread. The rows of a damaged database, read page by page without SQLite, which
/// gives up where a page is wrong; nothing is written. The format is that of
/// sqlite.org/fileformat2.html; of what it allows, this reads what our own databases use: pages of
/// 4 KiB, UTF-8, no floating point numbers.
///
/// A table is a tree of pages. It is walked from its root; then every page that was not met that
/// way is asked for its tree, for the pointer map (section 1.8) names the parent of each page: so a
/// damaged page costs the rows that lie on it, and no others. A row is taken whole or not at all:
/// its header must account for each of its bytes.
final class SqlitePages implements AutoCloseable {
  static final int PAGE_BYTES = 4096;

  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(US_ASCII);
  private static final int FILE_HEADER_BYTES = 100;
  private static final int ROW_BYTES_MAX = 1 << 28;
  private static final int DEPTH_MAX = 20;

  /// A page of the pointer map names this many pages behind it.
  private static final int MAPPED_PAGES = PAGE_BYTES / 5;

  /// Page types, section 1.6.
  private static final int INTERIOR_INDEX = 2;

  private static final int INTERIOR_TABLE = 5;
  private static final int LEAF_INDEX = 10;
  private static final int LEAF_TABLE = 13;

  /// What the pointer map says of a page.
  private static final int ROOT = 1;

  private static final int FREE = 2;
  private static final int CHILD = 5;

  private final FileChannel file;
  private final @Nullable FileChannel log;

  /// Where in the log the latest committed version of a page is.
  private final Map<Integer, Long> logged = new HashMap<>();

  private int loggedPages;
  private final boolean isMapped;

  /// Pages that rows were read from, whatever their table.
  private final BitSet met = new BitSet();

  private long unreadable;

  interface Sink {
    /// @param id the number of the row; 0 in a table that has none
    /// @param values each a `Long`, `String`, `byte[]`, or null
    void take(long id, @Nullable Object[] values) throws SQLException;
  }

  private SqlitePages(FileChannel file, @Nullable FileChannel log) {
    this.file = file;
    this.log = log;
    try {
      readLog();
    } catch (IOException _) {
      // What the disk does not give any more ends the log.
    }
    byte[] first = page(1);
    isMapped = first == null || ByteBuffer.wrap(first).getInt(52) != 0;
  }

  static SqlitePages open(Path database) throws IOException {
    var file = FileChannel.open(database, StandardOpenOption.READ);
    try {
      Path log = log(database);
      return new SqlitePages(
          file, Files.exists(log) ? FileChannel.open(log, StandardOpenOption.READ) : null);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  static Path log(Path database) {
    return database.resolveSibling(database.getFileName() + "-wal");
  }

  /// Whether a file is, or was before it was cut or a few of its bits flipped, an SQLite database.
  static boolean isDatabase(Path file) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    byte[] start;
    try (var in = Files.newInputStream(file)) {
      start = in.readNBytes(MAGIC.length);
    }
    int wrong = 0;
    for (int i = 0; i < start.length; i++) {
      wrong += start[i] == MAGIC[i] ? 0 : 1;
    }
    return wrong <= start.length / 4;
  }

  /// Pages and rows that were there and could not be read.
  long unreadable() {
    return unreadable;
  }

  @Override
  public void close() throws IOException {
    file.close();
    if (log != null) {
      log.close();
    }
  }

  // ---- tables
  // ---------------------------------------------------------------------------------------------------

  /// The roots of the tables, as far as the schema can be read.
  Map<String, Integer> roots() throws SQLException {
    var roots = new HashMap<String, Integer>();
    walk(
        1,
        false,
        (_, row) -> {
          if (row.length == 5
              && "table".equals(row[0])
              && row[1] instanceof String name
              && row[3] instanceof Long root
              && root > 1
              && root <= Integer.MAX_VALUE) {
            roots.put(name, root.intValue());
          }
        });
    return roots;
  }

  /// Gives the rows of a tree, in no particular order.
  ///
  /// @param isIndex whether it is one of a table without row numbers
  void walk(int root, boolean isIndex, Sink sink) throws SQLException {
    walk(root, isIndex, sink, new BitSet(), 0);
  }

  private void walk(int number, boolean isIndex, Sink sink, BitSet seen, int depth)
      throws SQLException {
    if (depth > DEPTH_MAX || seen.get(Math.max(0, number))) {
      return;
    }
    byte[] bytes = page(number);
    var page = bytes == null ? null : Tree.of(number, bytes, isIndex);
    if (page == null) {
      unreadable++;
      return;
    }
    seen.set(number);
    met.set(number);
    rows(page, sink);
    for (int i = 0; i <= page.cells && page.isInterior(); i++) {
      int child = page.child(i);
      // What was deleted must not come back.
      if (child > 0 && mapped(child, 0) != FREE) {
        walk(child, isIndex, sink, seen, depth + 1);
      }
    }
  }

  interface SinkOf {
    /// Where the rows of a tree go; null where nobody wants them.
    @Nullable Sink of(int root);
  }

  /// Gives the rows of the pages that no walk has met, for something above them is damaged.
  void orphans(SinkOf sinks) throws SQLException {
    int last = pages();
    for (int number = 3; number <= last && isMapped; number++) {
      if (met.get(number) || mapped(number, 0) != CHILD) {
        continue;
      }
      int root = root(number);
      var sink = root == 0 ? null : sinks.of(root);
      byte[] bytes = sink == null ? null : page(number);
      if (sink == null || bytes == null) {
        continue;
      }
      int type = bytes[0];
      var page = Tree.of(number, bytes, type == INTERIOR_INDEX || type == LEAF_INDEX);
      if (page != null) {
        rows(page, sink);
      }
    }
  }

  /// The root above a page, by the pointer map; 0 where it names none.
  private int root(int number) {
    int at = number;
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
      int type = mapped(at, 0);
      if (type != CHILD) {
        return type == ROOT ? at : 0;
      }
      at = mapped(at, 1);
    }
    return 0;
  }

  private void rows(Tree page, Sink sink) throws SQLException {
    if (page.type == INTERIOR_TABLE) {
      return; // holds numbers of rows and no rows
    }
    for (int i = 0; i < page.cells; i++) {
      var cell = page.cell(i);
      byte @Nullable [] record = cell == null ? null : record(page, cell);
      @Nullable Object @Nullable [] values = record == null ? null : values(record);
      if (cell == null || values == null) {
        unreadable++;
      } else {
        sink.take(cell.id, values);
      }
    }
  }

  // ---- pages
  // ----------------------------------------------------------------------------------------------------

  /// How many there are: what lies behind the last one was given up.
  private int pages() {
    try {
      long inFile = file.size() / PAGE_BYTES;
      byte[] first = page(1);
      if (loggedPages > 0) {
        return loggedPages;
      }
      if (first != null) {
        var header = ByteBuffer.wrap(first);
        int said = header.getInt(28);
        boolean isCurrent = header.getInt(24) == header.getInt(92);
        if (isCurrent && said > 0 && said < inFile) {
          return said;
        }
      }
      return (int) Math.min(Integer.MAX_VALUE - 1, inFile);
    } catch (IOException _) {
      return 0;
    }
  }

  /// What the pointer map says of a page: its kind at 0, its parent at 1. Kind 0 where the map
  /// cannot be read.
  private int mapped(int number, int what) {
    if (!isMapped || number < 3) {
      return 0;
    }
    int map = (number - 2) / (MAPPED_PAGES + 1) * (MAPPED_PAGES + 1) + 2;
    byte[] bytes = number == map ? null : page(map);
    if (bytes == null) {
      return 0;
    }
    int at = 5 * (number - map - 1);
    return what == 0 ? bytes[at] : ByteBuffer.wrap(bytes).getInt(at + 1);
  }

  private int keptNumber;
  private byte @Nullable [] kept;

  private byte @Nullable [] page(int number) {
    // Pages of the map are asked for again and again.
    boolean isMap = (number - 2) % (MAPPED_PAGES + 1) == 0;
    if (isMap && number == keptNumber) {
      return kept;
    }
    byte[] page = readPage(number);
    if (isMap) {
      keptNumber = number;
      kept = page;
    }
    return page;
  }

  /// Null where there is none, or the disk does not give it.
  private byte @Nullable [] readPage(int number) {
    if (number < 1) {
      return null;
    }
    var at = logged.get(number);
    var from = at == null || log == null ? file : log;
    var page = ByteBuffer.allocate(PAGE_BYTES);
    try {
      return read(from, at == null ? (number - 1L) * PAGE_BYTES : at, page) ? page.array() : null;
    } catch (IOException _) {
      return null;
    }
  }

  private static boolean read(FileChannel from, long at, ByteBuffer to) throws IOException {
    to.clear();
    while (to.hasRemaining()) {
      if (from.read(to, at + to.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  /// Finds what is committed in the log: as SQLite, up to the first frame whose checksum is wrong.
  private void readLog() throws IOException {
    var header = ByteBuffer.allocate(32);
    if (log == null || !read(log, 0, header) || header.getInt(8) != PAGE_BYTES) {
      return;
    }
    boolean bigEndian = (header.getInt(0) & 1) != 0;
    int[] sum = new int[2];
    SqliteDatabase.addToChecksum(sum, header, 0, 24, bigEndian);
    if (sum[0] != header.getInt(24) || sum[1] != header.getInt(28)) {
      return;
    }
    var frame = ByteBuffer.allocate(24 + PAGE_BYTES);
    var uncommitted = new HashMap<Integer, Long>();
    for (long at = 32; read(log, at, frame); at += frame.capacity()) {
      SqliteDatabase.addToChecksum(sum, frame, 0, 8, bigEndian);
      SqliteDatabase.addToChecksum(sum, frame, 24, PAGE_BYTES, bigEndian);
      if (frame.getLong(8) != header.getLong(16)
          || sum[0] != frame.getInt(16)
          || sum[1] != frame.getInt(20)) {
        return;
      }
      uncommitted.put(frame.getInt(0), at + 24);
      if (frame.getInt(4) != 0) {
        loggedPages = frame.getInt(4);
        logged.putAll(uncommitted);
        uncommitted.clear();
      }
    }
  }

  /// One page of a tree.
  private static final class Tree {
    final byte[] page;
    final int type;
    final int cells;
    private final int start;
    private final ByteBuffer bytes;

    private Tree(byte[] page, int type, int cells, int start) {
      this.page = page;
      this.bytes = ByteBuffer.wrap(page);
      this.type = type;
      this.cells = cells;
      this.start = start;
    }

    static @Nullable Tree of(int number, byte[] page, boolean isIndex) {
      int start = number == 1 ? FILE_HEADER_BYTES : 0;
      int type = page[start];
      int cells = ByteBuffer.wrap(page).getShort(start + 3) & 0xffff;
      boolean isWanted =
          isIndex
              ? type == INTERIOR_INDEX || type == LEAF_INDEX
              : type == INTERIOR_TABLE || type == LEAF_TABLE;
      var tree = new Tree(page, type, cells, start);
      return isWanted && tree.pointer(cells) <= PAGE_BYTES ? tree : null;
    }

    boolean isInterior() {
      return type == INTERIOR_INDEX || type == INTERIOR_TABLE;
    }

    /// Where the pointer to a cell stands.
    private int pointer(int cell) {
      return start + (isInterior() ? 12 : 8) + 2 * cell;
    }

    /// The page below a cell, or below all of them; 0 where that is damaged.
    int child(int cell) {
      if (cell == cells) {
        return bytes.getInt(start + 8);
      }
      int at = bytes.getShort(pointer(cell)) & 0xffff;
      return at + 4 <= PAGE_BYTES ? bytes.getInt(at) : 0;
    }

    @Nullable Cell cell(int number) {
      int at = bytes.getShort(pointer(number)) & 0xffff;
      if (at + 4 > PAGE_BYTES) {
        return null;
      }
      bytes.position(at + (isInterior() ? 4 : 0));
      long length = varint(bytes);
      long id = type == LEAF_TABLE ? varint(bytes) : 0;
      return length < 0 || length > ROW_BYTES_MAX
          ? null
          : new Cell(id, (int) length, bytes.position());
    }
  }

  /// @param length of the record in bytes, the part on other pages included
  /// @param at where it starts in its page
  private record Cell(long id, int length, int at) {}

  // ---- records
  // --------------------------------------------------------------------------------------------------

  /// The bytes of a row (section 1.6, "B-tree Pages"), those on overflow pages included; null where
  /// they are not all there.
  private byte @Nullable [] record(Tree page, Cell cell) {
    int most = page.type == LEAF_TABLE ? PAGE_BYTES - 35 : (PAGE_BYTES - 12) * 64 / 255 - 23;
    int local = cell.length;
    if (local > most) {
      int least = (PAGE_BYTES - 12) * 32 / 255 - 23;
      int some = least + (cell.length - least) % (PAGE_BYTES - 4);
      local = some <= most ? some : least;
    }
    boolean overflows = local < cell.length;
    if (cell.at + local + (overflows ? 4 : 0) > PAGE_BYTES) {
      return null;
    }
    if (!overflows) {
      return Arrays.copyOfRange(page.page, cell.at, cell.at + local);
    }
    // Grows by what is found: a length that is wrong must not take memory.
    var record = new ByteArrayOutputStream();
    record.write(page.page, cell.at, local);
    int next = page.bytes.getInt(cell.at + local);
    while (record.size() < cell.length) {
      byte[] more = page(next);
      if (more == null) {
        return null;
      }
      record.write(more, 4, Math.min(PAGE_BYTES - 4, cell.length - record.size()));
      next = ByteBuffer.wrap(more).getInt(0);
    }
    return record.toByteArray();
  }

  /// The values of a record (section 2.1); null where it is none.
  private static @Nullable Object @Nullable [] values(byte[] record) {
    var header = ByteBuffer.wrap(record);
    long headerBytes = varint(header);
    if (headerBytes < header.position() || headerBytes > record.length) {
      return null;
    }
    var values = new @Nullable Object[(int) headerBytes - header.position()];
    var body = ByteBuffer.wrap(record).position((int) headerBytes);
    int count = 0;
    while (header.position() < headerBytes) {
      long type = varint(header);
      long length = type >= 12 ? (type - 12) / 2 : type == 6 ? 8 : type == 5 ? 6 : type & 7;
      length = type == 8 || type == 9 ? 0 : length;
      if (type < 0 || type == 7 || type == 10 || type == 11 || length > body.remaining()) {
        return null;
      }
      values[count++] = value(type, body, (int) length);
    }
    return body.hasRemaining() || header.position() > headerBytes
        ? null
        : Arrays.copyOf(values, count);
  }

  private static @Nullable Object value(long type, ByteBuffer body, int length) {
    if (type >= 12) {
      byte[] bytes = new byte[length];
      body.get(bytes);
      return type % 2 == 0 ? bytes : new String(bytes, UTF_8);
    }
    if (type == 0) {
      return null;
    }
    if (length == 0) {
      return type - 8;
    }
    long number = body.get();
    for (int i = 1; i < length; i++) {
      number = (number << 8) | (body.get() & 0xff);
    }
    return number;
  }

  /// Up to nine bytes, seven bits in each but the last; -1 where the bytes end before.
  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int i = 0; i < 9; i++) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int next = bytes.get();
      if (i == 8) {
        return (value << 8) | (next & 0xff);
      }
      value = (value << 7) | (next & 0x7f);
      if (next >= 0) {
        return value;
      }
    }
    return value;
  }
}
