package dev.vedette.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Receipt;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What can happen to a file and to a process: full, damaged, cut, newer, in use, killed.
class SqliteFaultsTest {
  private static final long T = StoreCompatibilityKit.T;

  @TempDir Path directory;

  private final FieldDictionary dictionary = new FieldDictionary();

  private SqliteStore open() {
    return SqliteStore.open(directory, () -> new PairReader(dictionary), dictionary);
  }

  private static Receipt commit(Store store, String source, int lines, int seed) {
    var list = new ArrayList<byte[]>();
    for (int i = 0; i < lines; i++) {
      list.add(
          ("t=" + (T + i) + " i=" + i + " v=" + Integer.toHexString((seed + i) * 0x9e3779b9))
              .getBytes(StandardCharsets.UTF_8));
    }
    var batch = StoreCompatibilityKit.batch(source, T, null, list);
    var state = store.openSource(source, "");
    var summary = new Commit.Summary(T, T + lines - 1, 0, List.of(), new long[0]);
    var entry =
        new Commit.Entry(
            store.prepare(batch, summary),
            state.id(),
            state.nextSequence(),
            List.of(),
            new byte[0],
            0);
    return store.commit(new Commit(List.of(entry), List.of(), List.of())).getFirst();
  }

  private static void sql(Path file, String... statements) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var run = connection.createStatement()) {
      for (String statement : statements) {
        run.execute(statement);
      }
    }
  }

  private Path file() {
    return directory.resolve("vedette.db");
  }

  private static EventQuery everything() {
    return new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", 10_000, null, null, 30_000);
  }

  /// A flipped bit in the head of a row makes a value of it vanish, whatever the schema promises.
  @Test
  void aRowThatLostAValueIsDamage() throws SQLException {
    try (var store = open()) {
      commit(store, "auth", 3, 1);
    }
    sql(
        file(),
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT NOT NULL', 'name TEXT')"
            + " WHERE name = 'sources'");
    sql(
        file(),
        "UPDATE sources SET name = NULL",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT', 'name TEXT NOT NULL')"
            + " WHERE name = 'sources'");
    try (var store = open()) {
      assertThat(store.search(everything()).hits()).hasSize(3);
      assertThat(store.sources()).singleElement().matches(source -> source.name().isEmpty());
      commit(store, "auth", 2, 2);
      assertThat(store.search(everything()).hits()).hasSize(5);
      assertThat(store.verify(_ -> {}).faults())
          .anySatisfy(fault -> assertThat(fault).contains("NULL value in sources.name"));
    }
    sql(
        file(),
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'hint TEXT NOT NULL', 'hint TEXT')"
            + " WHERE name = 'sources'");
    sql(
        file(),
        "UPDATE sources SET hint = NULL",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'hint TEXT', 'hint TEXT NOT NULL')"
            + " WHERE name = 'sources'");
    try (var store = open()) {
      assertThatThrownBy(store::sources)
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED));
    }
  }

  /// One damaged row must not keep a search from all others.
  @Test
  void searchesPassOverWhatIsGoneFromTheRowsThatTheyGoBy() throws SQLException {
    try (var store = open()) {
      commit(store, "auth", 3, 1);
      commit(store, "web", 3, 1);
    }
    sql(
        file(),
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(replace(sql, 'hint TEXT NOT NULL', 'hint TEXT'),"
            + " 'filter BLOB NOT NULL', 'filter BLOB') WHERE name IN ('sources', 'blocks')");
    sql(
        file(),
        "UPDATE sources SET hint = NULL WHERE name = 'web'",
        "UPDATE blocks SET filter = NULL WHERE source = 1",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(replace(sql, 'hint TEXT', 'hint TEXT NOT NULL'),"
            + " 'filter BLOB', 'filter BLOB NOT NULL') WHERE name IN ('sources', 'blocks')");
    try (var store = open()) {
      var byField = new EventQuery(TimeRange.ALL, Query.parse("i: 1"), "", 10, null, null, 30_000);
      assertThat(store.search(byField).hits()).extracting(SearchResult.Hit::source).contains("web");
      var everything = store.search(everything());
      assertThat(everything.hits().size() + everything.quarantinedEvents()).isEqualTo(6);
      assertThat(store.events(List.of(new EventId(2, 2)))).hasSize(1);
    }
  }

  @Test
  void aSecondStoreInTheSameDirectoryIsTurnedAway() {
    try (var _ = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    }
    open().close();
  }

  private SqliteStore openForReading() {
    return SqliteStore.openForReading(directory, () -> new PairReader(dictionary), dictionary);
  }

  @Test
  void aReaderLooksOnWhileAnotherWrites() throws InterruptedException {
    try (var store = open()) {
      commit(store, "a", 100, 1);
      var failure = new AtomicReference<Throwable>();
      var done = new AtomicBoolean();
      var writer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int i = 0; !done.get(); i++) {
                    commit(store, "s" + i % 3, 1 + i % 20, i);
                    if (i % 10 == 9) {
                      store.tidy(Long.MIN_VALUE);
                    }
                  }
                } catch (Throwable e) {
                  failure.set(e);
                }
              });
      try (var reader = openForReading()) {
        long seen = 0;
        for (int i = 0; i < 20; i++) {
          var verification = reader.verify(_ -> {});
          assertThat(verification.faults()).isEmpty();
          assertThat(verification.isSound()).isTrue();
          assertThat(verification.accepted()).isGreaterThanOrEqualTo(seen);
          seen = verification.accepted();
          assertThat(reader.health().events()).isGreaterThanOrEqualTo(seen);
          assertThat(reader.search(everything()).hits()).isNotEmpty();
        }
        assertThatThrownBy(() -> reader.putSetting("k", "v"))
            .isInstanceOfSatisfying(
                StoreException.class,
                e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
            .hasMessageContaining("reading only");
        assertThatThrownBy(() -> reader.tidy(0)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> reader.openSource("a", "")).isInstanceOf(StoreException.class);
        assertThat(reader.health().writable()).isFalse();
      } finally {
        done.set(true);
        writer.join(30_000);
      }
      assertThat(failure.get()).isNull();
    }
    // Also when nobody writes; and it leaves no lock behind.
    try (var reader = openForReading()) {
      assertThat(reader.verify(_ -> {}).isSound()).isTrue();
      open().close();
    }
  }

  @Test
  void aReaderOfAnotherVersionOrOfNothingIsToldSo() throws SQLException {
    assertThatThrownBy(this::openForReading)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("There is no database in");
    open().close();
    sql(file(), "PRAGMA user_version = 999");
    assertThatThrownBy(this::openForReading)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("schema version 999");
    sql(file(), "PRAGMA user_version = 0");
    assertThatThrownBy(this::openForReading)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("another program");
  }

  @Test
  void aNewerDatabaseIsNotTouched() throws SQLException, IOException {
    open().close();
    sql(file(), "PRAGMA user_version = 999");
    byte[] before = Files.readAllBytes(file());
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NEWER))
        .hasMessageContaining("schema version 999");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }

  @Test
  void whatIsNoDatabaseIsSaidInASentence() throws IOException {
    Files.writeString(file(), "this is a text file ".repeat(500));
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED));
  }

  @Test
  void aDirectoryThatCannotBeIsSaidInASentence() throws IOException {
    var file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() ->
            SqliteStore.open(file.resolve("data"), () -> new PairReader(dictionary), dictionary))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot be created");
  }

  @Test
  void aCutFileIsSaidInASentence() throws IOException {
    try (var store = open()) {
      commit(store, "a", 2_000, 1);
    }
    try (var cut = new RandomAccessFile(file().toFile(), "rw")) {
      cut.setLength(cut.length() / 2);
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("was cut");
  }

  @Test
  void aFlippedBitIsFoundAndSetAside() throws SQLException {
    try (var store = open()) {
      for (int i = 0; i < 3; i++) {
        commit(store, "a", 100, i * 1_000);
      }
    }
    // The middle byte of block 2 becomes another one.
    sql(
        file(),
        "UPDATE block_payloads SET payload = CAST(substr(payload, 1, length(payload) / 2) ||"
            + " CASE hex(substr(payload, length(payload) / 2 + 1, 1)) WHEN '00' THEN x'01' ELSE"
            + " x'00' END || substr(payload, length(payload) / 2 + 2) AS BLOB) WHERE id = 2");
    try (var store = open()) {
      var found = store.search(everything());
      assertThat(found.hits()).hasSize(200);
      assertThat(found.quarantinedEvents()).isEqualTo(100);
      var verification = store.verify(_ -> {});
      assertThat(verification.quarantined()).isEqualTo(100);
      assertThat(verification.accepted()).isEqualTo(300);
      assertThat(verification.stored()).isEqualTo(200);
      assertThat(verification.faults())
          .singleElement()
          .asString()
          .contains("Block 2 (a, lines 101 to 200) is damaged");
      assertThat(store.tidy(Long.MIN_VALUE)).isFalse();
      assertThat(commit(store, "a", 1, 9).first()).isEqualTo(301);
    }
  }

  @Test
  void aChangedReceiptAndALostBlockAreNamed() throws SQLException {
    try (var store = open()) {
      for (int i = 0; i < 4; i++) {
        commit(store, "a", 10, i);
      }
    }
    sql(file(), "UPDATE receipts SET received_ms = received_ms + 1 WHERE id = 2");
    sql(file(), "DELETE FROM blocks WHERE id = 4");
    try (var store = open()) {
      var verification = store.verify(_ -> {});
      assertThat(verification.isSound()).isFalse();
      assertThat(verification.faults()).hasSize(2);
      assertThat(verification.faults().get(0)).contains("Receipt 2").contains("was changed");
      assertThat(verification.faults().get(1)).contains("lines 31 to 40 of a are missing");
    }
  }

  @Test
  void aFullDiskRefusesAndThenGoesOn() {
    try (var store = open()) {
      store.putSetting("before", "1");
      commit(store, "a", 10, 1);
      long pages = store.database().read("look", session -> session.number("PRAGMA page_count"));
      store
          .database()
          .write("limit", session -> session.number("PRAGMA max_page_count = " + (pages + 20)));
      int stored = 0;
      @Nullable StoreException refusal = null;
      while (refusal == null && stored < 1_000) {
        try {
          commit(store, "a", 500, stored * 7_919);
          stored++;
        } catch (StoreException e) {
          refusal = e;
        }
      }
      assertThat(refusal)
          .isNotNull()
          .hasMessageContaining("no room left in " + directory)
          .extracting(StoreException::kind)
          .isEqualTo(StoreException.Kind.FULL);
      assertThat(store.setting("before")).contains("1");
      assertThat(store.search(everything()).hits()).hasSize(10 + stored * 500);
      store.database().write("free", s -> s.number("PRAGMA max_page_count = 1000000000"));
      assertThat(commit(store, "a", 500, 5).first()).isEqualTo(11 + stored * 500L);
      assertThat(store.health().writable()).isTrue();
      assertThat(store.verify(_ -> {}).isSound()).isTrue();
    }
  }

  @Test
  void whatAKilledProcessAcknowledgedIsThere() throws IOException, InterruptedException {
    var acknowledged = new ArrayList<String>();
    for (int round = 0; round < 3; round++) {
      var child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  directory.toString())
              .redirectErrorStream(true)
              .start();
      try (var out =
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        int goal = acknowledged.size() + 20 + round * 7;
        for (String line = out.readLine(); line != null; line = out.readLine()) {
          assertThat(line).startsWith("ack ");
          acknowledged.add(line.substring(4));
          if (acknowledged.size() == goal) {
            child.toHandle().destroyForcibly();
          }
        }
      } finally {
        child.destroyForcibly();
      }
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
      try (var store = open()) {
        assertThat(store.verify(_ -> {}).faults()).isEmpty();
        assertThat(store.verify(_ -> {}).isSound()).isTrue();
        var chains =
            store
                .database()
                .read(
                    "look",
                    session -> {
                      var list = new ArrayList<String>();
                      try (var rows = session.query("SELECT lower(hex(chain)) FROM receipts")) {
                        while (rows.next()) {
                          list.add(rows.getString(1));
                        }
                      }
                      return list;
                    });
        assertThat(chains).containsAll(acknowledged).doesNotHaveDuplicates();
      }
    }
  }

  /// The child: commits, merges, and prints each receipt once it is told that it is durable.
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) {
      var dictionary = new FieldDictionary();
      try (var store =
          SqliteStore.open(Path.of(args[0]), () -> new PairReader(dictionary), dictionary)) {
        for (int i = 0; i < 100_000; i++) {
          System.out.println("ack " + commit(store, "s" + i % 3, 1 + i % 50, i).chain());
          if (i % 15 == 14) {
            store.tidy(Long.MIN_VALUE);
          }
        }
      }
    }
  }
}
