package dev.vedette.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Receipt;
import dev.vedette.event.Severity;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a salvage saves, page by page, and that nothing that interrupts it costs more.
/// [SqliteDamageTest] damages at random.
class SqliteSalvageTest {
  private static final long T = StoreCompatibilityKit.T;
  private static final int BATCHES = 300;
  private static final int LINES = 20;

  @TempDir Path directory;

  private final FieldDictionary dictionary = new FieldDictionary();
  private final List<String> told = new ArrayList<>();

  private SqliteStore open(Path folder) {
    return SqliteStore.open(folder, () -> new PairReader(dictionary), dictionary);
  }

  private SqliteStore openOrSalvage(Path folder) {
    told.clear();
    return SqliteStore.openOrSalvage(
        folder, () -> new PairReader(dictionary), dictionary, told::add);
  }

  private static Path file(Path folder) {
    return folder.resolve("vedette.db");
  }

  private static Receipt commit(Store store, String source, int number) {
    var lines = new ArrayList<byte[]>();
    var random = new Random(number);
    for (int i = 0; i < LINES; i++) {
      byte[] noise = new byte[100];
      random.nextBytes(noise);
      lines.add(
          ("t=" + (T + i) + " v=" + HexFormat.of().formatHex(noise))
              .getBytes(StandardCharsets.UTF_8));
    }
    var state = store.openSource(source, "");
    var batch = StoreCompatibilityKit.batch(source, T, "key-" + number, lines);
    var found =
        new Commit.Found(
            StoreCompatibilityKit.detection(
                new EventId(state.id(), state.nextSequence()), T, "10.0.0.1", Severity.HIGH),
            1);
    var entry =
        new Commit.Entry(
            store.prepare(batch, new Commit.Summary(T, T + LINES, 0, List.of(), new long[0])),
            state.id(),
            state.nextSequence(),
            List.of(found),
            new byte[0],
            0);
    var alert = StoreCompatibilityKit.alert(1, T + number, AlertStatus.NEW);
    return store.commit(new Commit(List.of(entry), List.of(alert), List.of())).getFirst();
  }

  /// Fills a folder, and answers its lines.
  private Map<EventId, String> fill(Path folder) {
    try (var store = open(folder)) {
      for (int i = 0; i < BATCHES; i++) {
        commit(store, "a", i);
      }
      store.putSetting("kept", "yes");
      return lines(store);
    }
  }

  private static Map<EventId, String> lines(Store store) {
    var lines = new HashMap<EventId, String>();
    store
        .search(new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", 10_000, null, null, 30_000))
        .hits()
        .forEach(hit -> lines.put(hit.id(), hit.original()));
    return lines;
  }

  private static void cut(Path file, long bytes) throws IOException {
    try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
      cut.setLength(bytes);
    }
  }

  /// Writes zeros over a page, from an offset in it on.
  private static void wipe(Path file, int page, int from) throws IOException {
    try (var wiped = new RandomAccessFile(file.toFile(), "rw")) {
      wiped.seek((page - 1L) * SqlitePages.PAGE_BYTES + from);
      wiped.write(new byte[SqlitePages.PAGE_BYTES - from]);
    }
  }

  private static void sql(Path file, String... statements) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var run = connection.createStatement()) {
      for (String statement : statements) {
        run.execute(statement);
      }
    }
  }

  private static int root(Path file, String name) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var run = connection.createStatement();
        var found =
            run.executeQuery("SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'")) {
      return found.getInt(1);
    }
  }

  /// The files of a folder but for the lock, and what is in them.
  private static Map<String, Integer> contents(Path folder) throws IOException {
    var contents = new TreeMap<String, Integer>();
    try (var all = Files.walk(folder)) {
      for (var path : all.filter(Files::isRegularFile).toList()) {
        contents.put(folder.relativize(path).toString(), Arrays.hashCode(Files.readAllBytes(path)));
      }
    }
    contents.remove("vedette.lock");
    return contents;
  }

  private static Path aside(Path folder) throws IOException {
    try (var all = Files.list(folder)) {
      return all.filter(path -> path.getFileName().toString().startsWith("damaged-"))
          .findFirst()
          .orElseThrow();
    }
  }

  private void salvagesAll(Path folder, Map<EventId, String> lines) throws IOException {
    try (var store = openOrSalvage(folder)) {
      assertThat(told).hasSize(2).last().asString().contains("was salvaged");
      assertThat(lines(store)).isEqualTo(lines);
      assertThat(store.setting("kept")).contains("yes");
      assertThat(commit(store, "a", BATCHES).first()).isEqualTo(BATCHES * LINES + 1);
    }
    assertThat(aside(folder)).isDirectoryContaining("glob:**/vedette.db");
    openOrSalvage(folder).close();
    assertThat(told).isEmpty();
  }

  @Test
  void halfOfAFileKeepsItsLines() throws IOException {
    var lines = fill(directory);
    cut(file(directory), Files.size(file(directory)) / 2);
    byte[] half = Files.readAllBytes(file(directory));
    try (var store = openOrSalvage(directory)) {
      var left = lines(store);
      assertThat(left).hasSizeGreaterThan(lines.size() / 5);
      assertThat(lines).containsAllEntriesOf(left);
      var verification = store.verify(_ -> {});
      assertThat(verification.isSound()).isFalse();
      assertThat(verification.faults().getFirst()).startsWith("Salvaged at ").contains("was cut");
      assertThat(verification.stored()).isEqualTo(left.size());
      // What was sent twice is still stored once.
      var again = commit(store, "a", 0);
      assertThat(again.first()).isEqualTo(1);
      assertThat(lines(store)).isEqualTo(left);
      long last = left.keySet().stream().mapToLong(EventId::sequence).max().orElseThrow();
      assertThat(commit(store, "a", 1_000).first()).isGreaterThan(last);
      assertThat(lines(store)).hasSize(left.size() + LINES);
      assertThat(store.activity(10)).anyMatch(entry -> entry.type().equals("database_salvaged"));
    }
    assertThat(aside(directory).resolve("vedette.db")).hasBinaryContent(half);
  }

  @Test
  void aLostHeaderCostsNothing() throws IOException {
    var lines = fill(directory);
    try (var header = new RandomAccessFile(file(directory).toFile(), "rw")) {
      header.seek(3);
      header.write(new byte[97]);
    }
    // Three of sixteen bytes are no sign of a database any more.
    assertThatThrownBy(() -> openOrSalvage(directory))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED));
    assertThat(told).isEmpty();
    try (var header = new RandomAccessFile(file(directory).toFile(), "rw")) {
      header.write("SQLite format 3".getBytes(StandardCharsets.US_ASCII));
      header.seek(52);
      header.write(1);
    }
    salvagesAll(directory, lines);
    assertThat(open(directory).verify(_ -> {}).faults()).hasSize(1);
  }

  @Test
  void aLostSchemaCostsNothing() throws IOException {
    var lines = fill(directory);
    wipe(file(directory), 1, 100);
    salvagesAll(directory, lines);
  }

  /// The pages below are found by the pointer map.
  @Test
  void aLostRootCostsNothing() throws IOException, SQLException {
    var lines = fill(directory);
    wipe(file(directory), root(file(directory), "block_payloads"), 0);
    wipe(file(directory), root(file(directory), "blocks"), 0);
    wipe(file(directory), root(file(directory), "blocks_by_time"), 0);
    Files.createFile(directory.resolve(SqliteSalvage.MARK));
    salvagesAll(directory, lines);
  }

  @Test
  void aLostPointerMapCostsNothing() throws IOException {
    var lines = fill(directory);
    wipe(file(directory), 2, 0);
    Files.createFile(directory.resolve(SqliteSalvage.MARK));
    salvagesAll(directory, lines);
  }

  @Test
  void aLostNameIsGivenToNobodyElse() throws IOException, SQLException {
    var lines = fill(directory);
    wipe(file(directory), root(file(directory), "sources"), 0);
    try (var store = openOrSalvage(directory)) {
      assertThat(told).hasSize(2);
      assertThat(lines(store)).isEqualTo(lines);
      assertThat(store.sources()).singleElement().matches(s -> s.name().equals("lost-name-1"));
      assertThat(store.sources().getFirst().nextSequence()).isEqualTo(BATCHES * LINES + 1);
      var receipt = commit(store, "a", 0);
      assertThat(receipt.sourceId()).isEqualTo(2);
      assertThat(lines(store)).hasSize(lines.size() + LINES);
    }
  }

  @Test
  void aLostRuleIsKnownByItsAlert() throws IOException, SQLException {
    fill(directory);
    wipe(file(directory), root(file(directory), "fired_rules"), 0);
    Files.createFile(directory.resolve(SqliteSalvage.MARK));
    try (var store = openOrSalvage(directory)) {
      assertThat(store.detections(new DetectionQuery(TimeRange.ALL, 0, null, "", 1_000)))
          .hasSize(BATCHES)
          .allMatch(detection -> detection.detection().ruleId().equals("rule-1"));
    }
  }

  @Test
  void numbersOfLostAlertsAreNotGivenAgain() throws IOException, SQLException {
    fill(directory);
    wipe(file(directory), root(file(directory), "alerts"), 0);
    Files.createFile(directory.resolve(SqliteSalvage.MARK));
    try (var store = openOrSalvage(directory)) {
      assertThat(store.alert(1)).isEmpty();
      assertThat(store.lastAlertId()).isEqualTo(1);
    }
  }

  /// An index that cannot be written keeps every batch out until the next start.
  @Test
  void aWriteThatMeetsDamageLeavesAMark() throws IOException, SQLException {
    var lines = fill(directory);
    wipe(file(directory), root(file(directory), "receipts_by_sequence"), 0);
    try (var store = openOrSalvage(directory)) {
      assertThat(told).isEmpty();
      assertThatThrownBy(() -> commit(store, "a", BATCHES))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED));
      assertThat(store.health().writable()).isFalse();
      assertThat(store.health().problem())
          .endsWith("Restart `vedette serve`: it copies what can be read into a new database.");
    }
    assertThat(directory.resolve(SqliteSalvage.MARK)).content().contains("Delete this file");
    salvagesAll(directory, lines);
    assertThat(directory.resolve(SqliteSalvage.MARK)).doesNotExist();
  }

  @Test
  void olderSchemasAreSalvaged() throws IOException, SQLException {
    var second =
        List.of(
            "ALTER TABLE alerts DROP COLUMN counted",
            "ALTER TABLE alerts DROP COLUMN status_ms",
            "PRAGMA user_version = 2");
    var first = List.of("DROP TABLE rollup_minute_values", "PRAGMA user_version = 1");
    for (int version = 2; version > 0; version--) {
      var folder = directory.resolve("v" + version);
      var lines = fill(folder);
      sql(file(folder), second.toArray(String[]::new));
      if (version == 1) {
        sql(file(folder), first.toArray(String[]::new));
      }
      try (var header = new RandomAccessFile(file(folder).toFile(), "rw")) {
        header.write('s');
      }
      salvagesAll(folder, lines);
      try (var store = open(folder)) {
        assertThat(store.alert(1)).isPresent();
        assertThat(store.verify(_ -> {}).faults()).hasSize(1);
      }
    }
  }

  @Test
  void withoutRoomNothingIsMoved() throws IOException {
    fill(directory);
    cut(file(directory), Files.size(file(directory)) / 2);
    var before = contents(directory);
    var why = new StoreException(StoreException.Kind.DAMAGED, "It was cut.", null);
    assertThatThrownBy(() -> SqliteSalvage.run(directory, why, 100_000, told::add))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL))
        .hasMessageStartingWith("It was cut. There is no room to copy")
        .hasMessageContaining("2 MiB must be free, and 0 are");
    assertThat(told).isEmpty();
    assertThat(contents(directory)).isEqualTo(before);
  }

  @Test
  void aDatabaseOfAnotherProgramIsNotTouched() throws IOException, SQLException {
    sql(file(directory), "CREATE TABLE t (x)", "PRAGMA user_version = 2");
    assertThatThrownBy(() -> openOrSalvage(directory))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED));
    try (var files = Files.list(directory)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .allMatch(name -> List.of("vedette.db", "vedette.lock").contains(name));
    }
    assertThat(root(file(directory), "t")).isEqualTo(2);
  }

  /// A crash between any two steps leaves one of these, and each ends in the salvaged database. The
  /// old log is that of other lines: applied to the new database it would show.
  @Test
  void whateverInterruptsASalvageItEnds() throws IOException {
    var damaged = directory.resolve("damaged");
    byte[] log;
    try (var store = open(damaged)) {
      for (int i = 0; i < BATCHES; i++) {
        commit(store, "a", i);
      }
      log = Files.readAllBytes(damaged.resolve("vedette.db-wal"));
    }
    cut(file(damaged), Files.size(file(damaged)) / 2);
    byte[] old = Files.readAllBytes(file(damaged));
    Map<EventId, String> lines;
    try (var store = openOrSalvage(damaged)) {
      lines = lines(store);
      assertThat(lines).isNotEmpty().hasSizeLessThan(BATCHES * LINES);
    }
    byte[] salvaged = Files.readAllBytes(file(damaged));
    for (int step = 0; step < 5; step++) {
      var folder = Files.createDirectory(directory.resolve("step" + step));
      if (step == 0) { // while it was copied
        Files.write(file(folder), old);
        Files.write(folder.resolve(SqliteSalvage.COPY), Arrays.copyOf(salvaged, 50_000));
        Files.write(folder.resolve(SqliteSalvage.COPY + "-journal"), new byte[512]);
      } else {
        Files.write(folder.resolve(SqliteSalvage.READY), salvaged);
        var to = Files.createDirectory(folder.resolve("damaged-20260101T000000.000Z"));
        Files.write((step < 2 ? folder : to).resolve("vedette.db-wal"), log);
        Files.write((step < 3 ? folder : to).resolve("vedette.db"), old);
        if (step < 4) {
          Files.createFile(folder.resolve(SqliteSalvage.MARK));
        }
      }
      try (var store = openOrSalvage(folder)) {
        assertThat(told).as("step " + step).hasSize(step == 0 ? 2 : 0);
        assertThat(lines(store)).as("step " + step).isEqualTo(lines);
        var verification = store.verify(_ -> {});
        assertThat(verification.faults().getFirst()).startsWith("Salvaged at ");
        assertThat(verification.stored()).isEqualTo(lines.size());
        commit(store, "a", BATCHES);
      }
      assertThat(contents(folder).keySet())
          .doesNotContain(SqliteSalvage.COPY, SqliteSalvage.READY, SqliteSalvage.MARK)
          .contains("vedette.db");
      open(folder).close();
    }
  }
}
