package dev.vedette.store;

import dev.vedette.store.StoreException.Kind;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/// Thread-safe: writing is guarded by `writing`, readers have connections of their own.
///
/// One SQLite file in write-ahead mode, `synchronous=FULL`: what a transaction committed survives a
/// power cut. One connection writes and keeps its prepared statements; up to [#READERS_MAX] read. A
/// lock file keeps a second process out. The schema is brought forward by numbered scripts, never
/// back; `PRAGMA user_version` says which ones a file has seen (why not Flyway is in
/// `docs/decisions/store-database.md`).
final class SqliteDatabase implements AutoCloseable {
  static final String FILE = "vedette.db";

  /// What to do about damage; a salvage leaves it out of what it says and remembers.
  static final String ADVICE =
      " Start `vedette serve`, which copies what can be read into a new database, or restore a"
          + " backup.";

  private static final String RESTART =
      " Restart `vedette serve`: it copies what can be read into a new database.";

  /// The scripts under `db/migration/sqlite`, in order; the first makes version 1.
  private static final List<String> MIGRATIONS =
      List.of("V1__first_schema.sql", "V2__values_per_minute.sql", "V3__counted_events.sql");

  private static final int READERS_MAX = 6;
  private static final int BUSY_TIMEOUT_MS = 5_000;
  private static final int WAIT_FOR_READER_SECONDS = 30;

  /// The write-ahead log is folded into the file when it has this many pages of 4 KiB.
  private static final int CHECKPOINT_PAGES = 4_000;

  private final Path directory;
  private final Path file;
  private final @Nullable FileChannel lockChannel;
  private final ReentrantLock writing = new ReentrantLock();

  /// None where the database is only read.
  private final @Nullable Session writer;

  private final Semaphore readers = new Semaphore(READERS_MAX, true);
  private final ConcurrentLinkedQueue<Session> idleReaders = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /// Work on a connection.
  interface Work<T extends @Nullable Object> {
    T run(Session session) throws SQLException;
  }

  private SqliteDatabase(
      Path directory, Path file, @Nullable FileChannel lockChannel, @Nullable Session writer) {
    this.directory = directory;
    this.file = file;
    this.lockChannel = lockChannel;
    this.writer = writer;
  }

  static SqliteDatabase open(Path directory) {
    FileChannel channel = lock(directory);
    try {
      SqliteSalvage.finish(directory);
      Path file = directory.resolve(FILE);
      checkLength(file);
      checkLog(file);
      try {
        Session writer = connect(file, true);
        try {
          migrate(writer, file);
          checkSchema(writer, file);
        } catch (SQLException | StoreException e) {
          writer.close();
          throw e;
        }
        return new SqliteDatabase(directory, file, channel, writer);
      } catch (SQLException e) {
        // ERROR: the format is unknown, or a table is missing or there already. Our statements fit
        // our schemas.
        throw code(e) == 1
            ? damagedSchema(file, e)
            : failure("open the database " + file, directory, e);
      }
    } catch (StoreException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  /// Makes of a database that is damaged one that opens, with what can be read of it.
  ///
  /// @param why as [#open] said it
  /// @param told is given sentences for people
  static void salvage(Path directory, StoreException why, Consumer<String> told) {
    FileChannel channel = lock(directory);
    try {
      // Finishing one that was interrupted may be all there is to do.
      if (!SqliteSalvage.finish(directory)) {
        SqliteSalvage.run(directory, why, directory.toFile().getUsableSpace(), told);
      }
    } finally {
      closeQuietly(channel);
    }
  }

  /// A new database of the current schema, for one who fills it and then forces it to the disk: a
  /// crash before that leaves anything. Every statement is a transaction of its own unless `BEGIN`
  /// is said.
  static Session create(Path file) throws SQLException {
    Session session = connect(file, false);
    try {
      migrate(session, file);
      session.connection.setAutoCommit(true);
      session.execute("PRAGMA journal_mode = MEMORY");
      session.execute("PRAGMA synchronous = OFF");
      return session;
    } catch (SQLException e) {
      session.close();
      throw e;
    }
  }

  /// Opens a database that exists, beside a process that may be writing it: takes no lock, changes
  /// nothing, [#write] is refused.
  static SqliteDatabase openForReading(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "There is no database in " + directory + ": name the directory that `serve` writes to.",
          null);
    }
    checkLength(file);
    var database = new SqliteDatabase(directory, file, null, null);
    try {
      database.read(
          "open the database " + file,
          session -> {
            int version = version(session, file);
            if (version != MIGRATIONS.size()) {
              throw new StoreException(
                  Kind.REFUSED,
                  "The database "
                      + file
                      + " has schema version "
                      + version
                      + ", this Vedette reads version "
                      + MIGRATIONS.size()
                      + ": start `serve` of this Vedette once to bring it forward.",
                  null);
            }
            return version;
          });
      return database;
    } catch (StoreException e) {
      database.close();
      throw e;
    }
  }

  boolean isReadOnly() {
    return writer == null;
  }

  Path directory() {
    return directory;
  }

  Path file() {
    return file;
  }

  // ---- opening
  // --------------------------------------------------------------------------------------------------

  /// Takes the lock of a directory, which is made where there is none; closing the channel releases
  /// it.
  private static FileChannel lock(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The data directory "
              + directory
              + " cannot be created ("
              + e
              + "): create it, or name another one.",
          e);
    }
    FileChannel channel = lockChannel(directory);
    try {
      lock(directory, channel);
      return channel;
    } catch (StoreException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static FileChannel lockChannel(Path directory) {
    Path path = directory.resolve("vedette.lock");
    try {
      return FileChannel.open(
          path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The data directory "
              + directory
              + " is not writable ("
              + e
              + "): give this user the right to write there, or name another directory.",
          e);
    }
  }

  private static void lock(Path directory, FileChannel channel) {
    try {
      // Beyond the text, so that the holder's number can be read on systems with mandatory locks.
      FileLock lock = channel.tryLock(1 << 20, 1, false);
      if (lock != null) {
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid), 0);
        return;
      }
    } catch (OverlappingFileLockException _) {
      // Held by this very process: told below like any other holder.
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The data directory " + directory + " cannot be locked (" + e + "): is its disk full?",
          e);
    }
    throw new StoreException(
        Kind.UNAVAILABLE,
        "The data directory "
            + directory
            + " is in use by process "
            + holder(channel)
            + ": stop that Vedette, or name another directory.",
        null);
  }

  private static String holder(FileChannel channel) {
    try {
      var text = ByteBuffer.allocate(32);
      channel.read(text, 0);
      return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    } catch (IOException _) {
      return "(unknown)";
    }
  }

  /// Refuses a file that is shorter than its own header says and has no log to complete it: SQLite
  /// would open it and fail later, in the middle of work.
  private static void checkLength(Path file) {
    try {
      Path log = SqlitePages.log(file);
      boolean hasLog = Files.exists(log) && Files.size(log) > 0;
      if (!Files.exists(file) || Files.size(file) == 0) {
        if (hasLog) { // SQLite would begin anew and delete it
          throw new StoreException(
              Kind.DAMAGED,
              "The database " + file + " is empty, but its log is not." + ADVICE,
              null);
        }
        return;
      }
      var header = ByteBuffer.allocate(100);
      try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
        while (header.hasRemaining() && channel.read(header) >= 0) {
          // Reads until the header is whole or the file ends.
        }
      }
      int pageBytes = header.getShort(16) & 0xffff;
      long expected = (header.getInt(28) & 0xffffffffL) * (pageBytes == 1 ? 65_536 : pageBytes);
      if (header.position() < 100 || (!hasLog && Files.size(file) < expected)) {
        throw new StoreException(
            Kind.DAMAGED,
            "The database "
                + file
                + " was cut: it has "
                + Files.size(file)
                + " bytes, its header says "
                + expected
                + "."
                + ADVICE,
            null);
      }
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The database " + file + " cannot be read (" + e + "): check its owner and rights.",
          e);
    }
  }

  /// Refuses a log whose damage would cost more than the transaction a crash interrupted. SQLite
  /// takes the first frame with a wrong checksum for the end of the log: right after a crash, when
  /// at most the last transaction is torn; but frames of later transactions behind it were
  /// acknowledged, and would vanish without a word (format: sqlite.org/fileformat2.html, section
  /// 4).
  private static void checkLog(Path file) {
    Path path = SqlitePages.log(file);
    try {
      if (!Files.exists(path) || Files.size(path) < 32) {
        return;
      }
      int lostCommits = 0;
      try (var log = new BufferedInputStream(Files.newInputStream(path))) {
        byte[] bytes = log.readNBytes(32);
        var header = ByteBuffer.wrap(bytes);
        boolean bigEndian = (header.getInt(0) & 1) != 0;
        int pageBytes = header.getInt(8);
        int[] sum = new int[2];
        addToChecksum(sum, header, 0, 24, bigEndian);
        boolean sound = sum[0] == header.getInt(24) && sum[1] == header.getInt(28);
        if (!sound || pageBytes < 512 || pageBytes > 65_536) {
          throw damagedLog(path);
        }
        byte[] page = new byte[24 + pageBytes];
        var frame = ByteBuffer.wrap(page);
        while (log.readNBytes(page, 0, page.length) == page.length) {
          boolean sameSalt1 = frame.getInt(8) == header.getInt(16);
          boolean sameSalt2 = frame.getInt(12) == header.getInt(20);
          // Each round of the log has two new salts: a frame without either is left of an earlier
          // round, unless more of this one follows. One with a single right one is damaged, or the
          // header is, and its weak checksum did not tell.
          sound &= sameSalt1 && sameSalt2;
          if (!sameSalt1 && !sameSalt2) {
            continue;
          }
          addToChecksum(sum, frame, 0, 8, bigEndian);
          addToChecksum(sum, frame, 24, pageBytes, bigEndian);
          sound &= sum[0] == frame.getInt(16) && sum[1] == frame.getInt(20);
          boolean isCommit = frame.getInt(4) != 0;
          lostCommits += !sound && isCommit ? 1 : 0;
        }
      }
      if (lostCommits > 1) {
        throw damagedLog(path);
      }
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The log " + path + " cannot be read (" + e + "): check its owner and rights.",
          e);
    }
  }

  static void addToChecksum(int[] sum, ByteBuffer bytes, int from, int length, boolean bigEndian) {
    for (int at = from; at < from + length; at += 8) {
      int one = bytes.getInt(at);
      int two = bytes.getInt(at + 4);
      sum[0] += (bigEndian ? one : Integer.reverseBytes(one)) + sum[1];
      sum[1] += (bigEndian ? two : Integer.reverseBytes(two)) + sum[0];
    }
  }

  private static StoreException damagedLog(Path log) {
    return new StoreException(
        Kind.DAMAGED,
        "The log " + log + " is damaged: acknowledged transactions in it cannot be read." + ADVICE,
        null);
  }

  private static Session connect(Path file, boolean foreignKeys) throws SQLException {
    var config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_TIMEOUT_MS);
    config.enforceForeignKeys(foreignKeys);
    // Else the driver compiles and asks for the last row id after every single update.
    config.setGetGeneratedKeys(false);
    return new Session(config.createConnection("jdbc:sqlite:" + file));
  }

  /// The schema version; 0 is a new database.
  private static int version(Session session, Path file) throws SQLException {
    long version = session.number("PRAGMA user_version");
    if (version > MIGRATIONS.size()) {
      throw new StoreException(
          Kind.NEWER,
          "The database "
              + file
              + " has schema version "
              + version
              + ", this Vedette knows versions up to "
              + MIGRATIONS.size()
              + ": start the newer Vedette that made it, or name another directory.",
          null);
    }
    if (version < 0 || (version == 0 && session.number("SELECT COUNT(*) FROM sqlite_schema") > 0)) {
      throw new StoreException(
          Kind.REFUSED,
          "The file " + file + " is a database of another program: name another directory.",
          null);
    }
    return (int) version;
  }

  private static void migrate(Session session, Path file) throws SQLException {
    int version = version(session, file);
    if (version == 0) {
      session.execute("PRAGMA auto_vacuum = INCREMENTAL");
    }
    session.execute("PRAGMA journal_mode = WAL");
    session.execute("PRAGMA synchronous = FULL");
    session.execute("PRAGMA temp_store = MEMORY");
    session.execute("PRAGMA cache_size = -16384");
    session.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
    session.execute("PRAGMA journal_size_limit = 67108864");
    // By a flipped bit a header may say that the file is for reading only: found out by writing.
    session.execute("BEGIN");
    session.execute("PRAGMA user_version = " + version);
    session.execute("ROLLBACK");
    for (int next = version; next < MIGRATIONS.size(); next++) {
      session.connection.setAutoCommit(false);
      try {
        for (String statement : script(MIGRATIONS.get(next)).split(";\\s*\n", -1)) {
          if (!statement.isBlank()) {
            session.execute(statement);
          }
        }
        session.execute("PRAGMA user_version = " + (next + 1));
        session.connection.commit();
      } catch (SQLException e) {
        session.rollBack();
        throw e;
      }
    }
    session.connection.setAutoCommit(false);
  }

  /// Refuses a schema that is not the one of the scripts: with a flipped bit in it SQLite opens the
  /// file, and then finds a table or a column missing in the middle of work.
  private static void checkSchema(Session session, Path file) throws SQLException {
    String list = "SELECT type || ' ' || name || ' ' || sql FROM sqlite_schema WHERE sql <> ''";
    try (var sound = connect(Path.of(":memory:"), true)) {
      migrate(sound, file);
      var found = session.texts(list);
      for (String wanted : sound.texts(list)) {
        if (!found.contains(wanted)) {
          throw damagedSchema(file, null);
        }
      }
    }
  }

  private static StoreException damagedSchema(Path file, @Nullable SQLException e) {
    return new StoreException(
        Kind.DAMAGED,
        "The header or the schema of the database " + file + " is damaged." + ADVICE,
        e);
  }

  private static String script(String name) {
    try (var in = SqliteDatabase.class.getResourceAsStream("/db/migration/sqlite/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the schema script " + name + " is not in the build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- working
  // --------------------------------------------------------------------------------------------------

  /// Runs work in one transaction; when it returns, what was written is on the disk. On any
  /// exception nothing is written.
  ///
  /// @param what completes the sentence "Could not ..."
  <T extends @Nullable Object> T write(String what, Work<T> work) {
    return write(what, work, () -> {});
  }

  /// As above; `onCommitted` runs after the commit, before the next transaction can start.
  <T extends @Nullable Object> T write(String what, Work<T> work, Runnable onCommitted) {
    var writer = this.writer;
    if (writer == null) {
      throw new StoreException(
          Kind.REFUSED, "Could not " + what + ": the store is open for reading only.", null);
    }
    writing.lock();
    try {
      checkOpen();
      boolean committed = false;
      try {
        writer.begin();
        T result = work.run(writer);
        writer.connection.commit();
        committed = true;
        onCommitted.run();
        return result;
      } catch (SQLException e) {
        throw marked(failure(what, directory, e));
      } finally {
        if (!committed) {
          writer.rollBack();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /// What damage keeps from being stored now it would keep from being stored for ever: leaves the
  /// mark, and says so.
  StoreException marked(StoreException e) {
    String said = String.valueOf(e.getMessage());
    if (e.kind() != Kind.DAMAGED || isReadOnly() || said.endsWith(RESTART)) {
      return e;
    }
    SqliteSalvage.mark(directory, said);
    return new StoreException(Kind.DAMAGED, said + RESTART, e);
  }

  /// Runs questions that all see what was committed when the first of them started. While they run
  /// the write-ahead log cannot be folded into the file: not for work that waits.
  <T extends @Nullable Object> T snapshot(String what, Work<T> work) {
    return read(
        what,
        session -> {
          session.execute("BEGIN");
          try {
            return work.run(session);
          } finally {
            session.endReading();
          }
        });
  }

  /// Runs questions. Each statement sees what was committed when it started.
  <T extends @Nullable Object> T read(String what, Work<T> work) {
    Session session = null;
    boolean sound = false;
    try {
      if (!readers.tryAcquire(WAIT_FOR_READER_SECONDS, TimeUnit.SECONDS)) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            "Could not " + what + ": too many questions at once. Ask again.",
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNAVAILABLE, "Could not " + what + ": interrupted.", e);
    }
    try {
      checkOpen();
      session = idleReaders.poll();
      if (session == null) {
        session = connectReader();
      }
      T result = work.run(session);
      sound = true;
      return result;
    } catch (SQLException e) {
      throw failure(what, directory, e);
    } finally {
      if (session != null) {
        if (sound && !closed) {
          idleReaders.add(session);
        } else {
          session.close();
        }
      }
      readers.release();
    }
  }

  private Session connectReader() throws SQLException {
    var config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_TIMEOUT_MS);
    config.setReadOnly(true);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    var session = new Session(config.createConnection("jdbc:sqlite:" + file));
    session.execute("PRAGMA cache_size = -4096");
    session.execute("PRAGMA temp_store = MEMORY");
    return session;
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException(Kind.UNAVAILABLE, "The store is closed.", null);
    }
  }

  /// What it occupies, log included.
  long bytes() {
    return size(file) + size(SqlitePages.log(file));
  }

  long freeBytes() {
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException _) {
      return 0;
    }
  }

  private static long size(Path path) {
    try {
      return Files.size(path);
    } catch (IOException _) {
      return 0;
    }
  }

  @Override
  public void close() {
    writing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      // Readers first: the last connection to close folds the log into the file.
      boolean quiet;
      try {
        quiet = readers.tryAcquire(READERS_MAX, WAIT_FOR_READER_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        quiet = false;
      }
      for (var reader = idleReaders.poll(); reader != null; reader = idleReaders.poll()) {
        reader.close();
      }
      if (quiet) {
        readers.release(READERS_MAX);
      }
      if (writer != null) {
        writer.close();
      }
      if (lockChannel != null) {
        closeQuietly(lockChannel);
      }
    } finally {
      writing.unlock();
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // There is nothing left to save.
    }
  }

  /// A text that the schema says is there.
  ///
  /// @throws SQLException with the code of damage where it is not: a flipped bit in a row's header
  static String text(ResultSet row, int column) throws SQLException {
    return present(row.getString(column));
  }

  /// The name of a source, or its hint; empty where it is gone, for the lines of the source are
  /// found and written without it.
  static String name(ResultSet row, int column) throws SQLException {
    return Objects.requireNonNullElse(row.getString(column), "");
  }

  /// As [#text], of bytes.
  static byte[] bytes(ResultSet row, int column) throws SQLException {
    return present(row.getBytes(column));
  }

  /// A number that is larger than the one before it, as the order of a question promises: a walk
  /// that a flipped bit sends back would never end.
  static long follows(long number, long before) throws SQLException {
    if (number <= before) {
      throw new SQLiteException("rows are out of order", SQLiteErrorCode.SQLITE_CORRUPT);
    }
    return number;
  }

  private static <T> T present(@Nullable T value) throws SQLException {
    if (value == null) {
      throw new SQLiteException("a row lacks a value", SQLiteErrorCode.SQLITE_CORRUPT);
    }
    return value;
  }

  private static int code(SQLException e) {
    return e instanceof SQLiteException known ? known.getResultCode().code & 0xff : 0;
  }

  /// Whether the schema did not take a row.
  static boolean isConstraint(SQLException e) {
    return code(e) == 19;
  }

  /// Whether SQLite was led astray by damage that it does not call so: by rows that contradict each
  /// other (what we write fits what we have read), or by a header that says of a file that may be
  /// written that it may not (where there is another reason for that, the code is a longer one).
  private static boolean isContradiction(SQLException e, Path directory) {
    return e instanceof SQLiteException known
        && switch (known.getResultCode()) {
          case SQLITE_CONSTRAINT_DATATYPE,
              SQLITE_CONSTRAINT_FOREIGNKEY,
              SQLITE_CONSTRAINT_NOTNULL,
              SQLITE_CONSTRAINT_PRIMARYKEY,
              SQLITE_CONSTRAINT_ROWID,
              SQLITE_CONSTRAINT_UNIQUE ->
              true;
          case SQLITE_READONLY -> Files.isWritable(directory.resolve(FILE));
          default -> false;
        };
  }

  /// What SQLite said, as what it means for whoever waits.
  static StoreException failure(String what, Path directory, SQLException e) {
    int code = code(e);
    String said = e.getMessage() == null ? e.toString() : e.getMessage();
    boolean noSpace = code == 13 || (code == 10 && directory.toFile().getUsableSpace() < 1 << 20);
    if (noSpace) {
      return new StoreException(
          Kind.FULL,
          "Could not "
              + what
              + ": no room left in "
              + directory
              + ". Free some space; Vedette goes on by itself.",
          e);
    }
    return switch (isContradiction(e, directory) ? 11 : code) {
      case 11, 26 -> // CORRUPT, NOTADB
          new StoreException(
              Kind.DAMAGED,
              "Could not "
                  + what
                  + ": the database in "
                  + directory
                  + " is damaged ("
                  + said
                  + "). `vedette verify` tells what is lost; a backup brings it back.",
              e);
      case 19 -> // CONSTRAINT
          new StoreException(Kind.REFUSED, "Could not " + what + ": " + said + ".", e);
      default ->
          new StoreException(
              Kind.UNAVAILABLE,
              "Could not "
                  + what
                  + ": the database in "
                  + directory
                  + " does not answer ("
                  + said
                  + "). Vedette tries again by itself; check the disk if it stays.",
              e);
    };
  }

  /// Confined to whoever holds it. A connection and its prepared statements, by their text.
  static final class Session implements AutoCloseable {
    private static final int STATEMENTS_MAX = 256;

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private boolean outside;

    Session(Connection connection) {
      this.connection = connection;
    }

    /// The statement of a text with its parameters set (`Long`, `Integer`, `String`, `byte[]`,
    /// null). Kept for the next time, so a result set must be closed before the same text is used
    /// again.
    PreparedStatement prepare(String sql, @Nullable Object... parameters) throws SQLException {
      var statement = statements.get(sql);
      if (statement == null) {
        if (statements.size() >= STATEMENTS_MAX) {
          closeStatements();
        }
        statement = connection.prepareStatement(sql);
        statements.put(sql, statement);
      }
      for (int i = 0; i < parameters.length; i++) {
        Object value = parameters[i];
        switch (value) {
          case Long number -> statement.setLong(i + 1, number);
          case Integer number -> statement.setInt(i + 1, number);
          case String text -> statement.setString(i + 1, text);
          case byte[] bytes -> statement.setBytes(i + 1, bytes);
          case null -> statement.setObject(i + 1, null);
          default -> throw new IllegalArgumentException("a parameter of " + value.getClass());
        }
      }
      return statement;
    }

    int update(String sql, @Nullable Object... parameters) throws SQLException {
      return prepare(sql, parameters).executeUpdate();
    }

    ResultSet query(String sql, @Nullable Object... parameters) throws SQLException {
      return prepare(sql, parameters).executeQuery();
    }

    /// The first column of the first row; 0 where there is none.
    long number(String sql, @Nullable Object... parameters) throws SQLException {
      try (var rows = query(sql, parameters)) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }

    /// The first column of all rows.
    List<String> texts(String sql) throws SQLException {
      var texts = new ArrayList<String>();
      try (var rows = query(sql)) {
        while (rows.next()) {
          texts.add(String.valueOf(rows.getString(1)));
        }
      }
      return texts;
    }

    /// Runs a statement that is not worth keeping.
    void execute(String sql) throws SQLException {
      try (var statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    /// Ends a transaction that failed. On a full disk SQLite has ended it already and the driver,
    /// which believes it is still in one, fails: then [#begin] starts the next one. The statements
    /// that were under way are made anew.
    void rollBack() {
      try {
        closeStatements();
        connection.rollback();
      } catch (SQLException _) {
        outside = true;
      }
    }

    /// Ends a transaction that only read; one that damage has ended already is no error.
    private void endReading() {
      try (var statement = connection.createStatement()) {
        statement.execute("ROLLBACK");
      } catch (SQLException _) {
        // There was none left.
      }
    }

    /// Makes sure that what follows is in a transaction.
    void begin() throws SQLException {
      if (outside) {
        execute("BEGIN");
        outside = false;
      }
    }

    /// Makes the statements anew, for one who goes on after an error: the driver finalizes a
    /// statement that failed, and then says that it is not executing.
    void forgetStatements() {
      try {
        closeStatements();
      } catch (SQLException _) {
        statements.clear(); // closing tells again what the failed one said
      }
    }

    private void closeStatements() throws SQLException {
      for (var statement : statements.values()) {
        statement.close();
      }
      statements.clear();
    }

    @Override
    public void close() {
      try {
        closeStatements();
      } catch (SQLException _) {
        // Closing the connection closes them too.
      }
      try {
        connection.close();
      } catch (SQLException _) {
        // What was committed is on the disk; there is nothing left to save.
      }
    }
  }
}
