package dev.vedette.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Severity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bits that flip and files that are cut, at random places: the store opens and [Store#verify]
/// names what is damaged, or it refuses in one sentence. Never another exception, never an endless
/// loop, and never a ledger that is called sound and is not. And whatever was damaged, `serve`
/// starts, finds the lines that could still be read, and takes new ones.
///
/// The seed and the number of trials are the system properties `vedette.seed`, `vedette.trials`.
class SqliteDamageTest {
  private static final long T = StoreCompatibilityKit.T;
  private static final int TRIALS = Integer.getInteger("vedette.trials", 25);

  @TempDir Path directory;

  private final long seed = Long.getLong("vedette.seed", System.nanoTime());
  private final FieldDictionary dictionary = new FieldDictionary();

  private SqliteStore open(Path folder) {
    return SqliteStore.open(folder, () -> new PairReader(dictionary), dictionary);
  }

  private SqliteStore openOrSalvage(Path folder, List<String> told) {
    return SqliteStore.openOrSalvage(
        folder, () -> new PairReader(dictionary), dictionary, told::add);
  }

  /// The files of a store.
  ///
  /// @param lines that it held when nothing was damaged yet
  private record Image(byte[] database, byte[] log, Map<EventId, String> lines) {}

  private static EventQuery everything() {
    return new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", 10_000, null, null, 30_000);
  }

  private static void commit(Store store, String source, int lines, int number) {
    var list = new ArrayList<byte[]>();
    for (int i = 0; i < lines; i++) {
      list.add(
          ("t=" + (T + number) + " i=" + i + " v=" + Integer.toHexString((number + i) * 0x9e3779b9))
              .getBytes(StandardCharsets.UTF_8));
    }
    var state = store.openSource(source, "");
    var batch = StoreCompatibilityKit.batch(source, T + number, null, list);
    var summary =
        new Commit.Summary(
            T + number,
            T + number,
            0,
            List.of(new Commit.MinuteCount(T, lines, 1)),
            new long[] {TokenFilter.hash(list.getFirst(), 0, 5)});
    var found =
        new Commit.Found(
            StoreCompatibilityKit.detection(
                new EventId(state.id(), state.nextSequence()),
                T + number,
                "10.0.0." + number % 9,
                Severity.HIGH),
            1);
    var entry =
        new Commit.Entry(
            store.prepare(batch, summary),
            state.id(),
            state.nextSequence(),
            List.of(found),
            new byte[] {1},
            T);
    store.commit(
        new Commit(
            List.of(entry),
            List.of(StoreCompatibilityKit.alert(1, T + number, AlertStatus.NEW)),
            List.of(new Activity(0, T, "x", "y"))));
  }

  private Image closed() throws IOException {
    var folder = Files.createDirectory(directory.resolve("closed"));
    Map<EventId, String> lines;
    try (var store = open(folder)) {
      for (int i = 0; i < 60; i++) {
        commit(store, "s" + i % 3, 1 + i % 40, i);
        if (i == 25) {
          while (store.tidy(T + 8)) {
            // Merges some and drops the oldest.
          }
        }
      }
      lines = lines(store);
    }
    return new Image(Files.readAllBytes(folder.resolve("vedette.db")), new byte[0], lines);
  }

  /// As a killed process leaves it.
  private Image killed() throws IOException {
    var folder = Files.createDirectory(directory.resolve("killed"));
    try (var store = open(folder)) {
      for (int i = 0; i < 12; i++) {
        commit(store, "s" + i % 3, 1 + i % 40, i);
      }
      return new Image(
          Files.readAllBytes(folder.resolve("vedette.db")),
          Files.readAllBytes(folder.resolve("vedette.db-wal")),
          lines(store));
    }
  }

  /// Makes a folder hold these files and nothing else.
  private static void place(Path folder, Image files) throws IOException {
    if (Files.exists(folder)) {
      try (var old = Files.walk(folder)) {
        for (var path : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(folder);
    Files.write(folder.resolve("vedette.db"), files.database());
    if (files.log().length > 0) {
      Files.write(folder.resolve("vedette.db-wal"), files.log());
    }
  }

  /// What `verify` finds, and a hash of the lines where that is nothing.
  private static String verified(Store store) {
    var verification = store.verify(_ -> {});
    assertThat(verification.faults()).allSatisfy(fault -> assertThat(fault).isNotBlank());
    return verification.isSound()
        ? "accepted %d stored %d expired %d quarantined %d, lines %s"
            .formatted(
                verification.accepted(),
                verification.stored(),
                verification.expired(),
                verification.quarantined(),
                attempt(() ->
                    store.search(everything()).hits().stream()
                        .map(hit -> hit.id() + " " + hit.timeMs() + " " + hit.original())
                        .toList()
                        .hashCode()))
        : "named " + verification.faults().getFirst();
  }

  private static Map<EventId, String> lines(Store store) {
    var lines = new HashMap<EventId, String>();
    try {
      store.search(everything()).hits().forEach(hit -> lines.put(hit.id(), hit.original()));
    } catch (StoreException e) {
      assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED);
    }
    return lines;
  }

  /// What a store of these files answers, exactly; or in a sentence why it does not.
  ///
  /// @param lines is given those that can be read
  private String look(Path folder, Image files, boolean write, Map<EventId, String> lines)
      throws IOException {
    place(folder, files);
    var said = new ArrayList<String>();
    try (var store = open(folder)) {
      said.add(verified(store));
      lines.putAll(lines(store));
      ask(store);
      if (write) {
        attempt(() -> {
          commit(store, "s0", 3, 100);
          return 0;
        });
        for (int i = 0; i < 20; i++) {
          if (!Boolean.TRUE.equals(attempt(() -> store.tidy(T + 20)))) {
            break;
          }
        }
        attempt(() -> store.verify(_ -> {}).faults().size());
      }
    } catch (StoreException e) {
      assertThat(e.getMessage()).isNotBlank().endsWith(".");
      said.add("refused " + e.kind());
    }
    return String.join(", ", said);
  }

  /// Every question: an answer, or a sentence.
  private static void ask(Store store) {
    attempt(() -> store.search(everything()).hits().size());
    attempt(() -> store.statistics(TimeRange.ALL).events());
    attempt(() -> store.timeline(TimeRange.ALL, 3_600_000).size());
    for (var dimension : Top.Dimension.values()) {
      attempt(() -> store.top(dimension, new TimeRange(T + 5, T + 90_000_000), 10).size());
    }
    attempt(() -> store.detections(new DetectionQuery(TimeRange.ALL, 0, null, "", 100)).size());
    attempt(() ->
        store.alerts(new AlertQuery(TimeRange.ALL, Set.of(), null, null, "", "", 0, 100)).size());
    attempt(() -> store.activity(100).size());
    attempt(() -> store.sources().size());
    attempt(() -> store.lastAlertId());
    attempt(() -> {
      store.replayHits(0, _ -> {});
      return 0;
    });
  }

  private interface Question {
    Object ask();
  }

  private static Object attempt(Question question) {
    try {
      return question.ask();
    } catch (StoreException e) {
      assertThat(e.getMessage()).isNotBlank();
      return e.kind();
    }
  }

  /// Starts as `serve` does.
  ///
  /// @param lines those that could be read without a salvage
  private String serve(Path folder, Image files, Map<EventId, String> lines, List<String> sound)
      throws IOException {
    place(folder, files);
    var told = new ArrayList<String>();
    var all = new HashMap<>(files.lines());
    try (var store = openOrSalvage(folder, told)) {
      serves(store, told, lines, all, sound);
      if (commits(store, all)) {
        return told.isEmpty() ? "opened" : "salvaged";
      }
      assertThat(told).as("a salvaged store takes lines").isEmpty();
      assertThat(folder.resolve(SqliteSalvage.MARK)).exists();
      assertThat(store.health().problem()).contains("Restart");
    } catch (StoreException e) {
      assertThat(e.getMessage()).isNotBlank().endsWith(".");
      // A header that says another version, or that this is no database, is believed.
      if (e.kind() == StoreException.Kind.DAMAGED) {
        assertThat(SqlitePages.isDatabase(folder.resolve("vedette.db"))).isFalse();
      } else {
        assertThat(e.kind())
            .as(e.getMessage())
            .isIn(StoreException.Kind.NEWER, StoreException.Kind.REFUSED);
      }
      return "refused";
    }
    try (var store = openOrSalvage(folder, told)) {
      assertThat(told).isNotEmpty();
      serves(store, told, lines, all, sound);
      assertThat(commits(store, all)).isTrue();
    }
    return "salvaged when written";
  }

  private static void serves(
      Store store,
      List<String> told,
      Map<EventId, String> readable,
      Map<EventId, String> all,
      List<String> sound) {
    var lines = lines(store);
    assertThat(lines).containsAllEntriesOf(readable);
    assertThat(all).as("nothing comes back, nothing is made up").containsAllEntriesOf(lines);
    String verified = verified(store);
    if (verified.startsWith("accepted")) {
      assertThat(told).isEmpty();
      assertThat(sound).contains(verified);
    }
    ask(store);
  }

  /// Whether new lines are taken, behind those that are there; if not, because of damage.
  ///
  /// @param all lines there may be; given the new ones
  private static boolean commits(Store store, Map<EventId, String> all) {
    try {
      for (String source : List.of("s0", "new")) {
        var before = lines(store);
        commit(store, source, 3, 200);
        all.putAll(lines(store));
        var state = store.openSource(source, "");
        assertThat(before.keySet())
            .filteredOn(id -> id.source() == state.id())
            .allSatisfy(id -> assertThat(id.sequence()).isLessThan(state.nextSequence() - 3));
      }
      return true;
    } catch (StoreException e) {
      assertThat(e.kind()).as(e.getMessage()).isEqualTo(StoreException.Kind.DAMAGED);
      return false;
    }
  }

  /// A store that was salvaged is sound in itself, whatever it lacks: it merges and expires, and
  /// the next start finds nothing to do.
  private void isQuiet(Path folder) {
    var told = new ArrayList<String>();
    Map<EventId, String> before;
    try (var store = openOrSalvage(folder, told)) {
      before = lines(store);
      assertThat(before).isNotEmpty();
      for (int i = 0; i < 20 && store.tidy(Long.MIN_VALUE); i++) {
        // Merges.
      }
      assertThat(lines(store)).isEqualTo(before);
      ask(store);
      store.tidy(T + 20);
      store.tidy(Long.MAX_VALUE);
      assertThat(lines(store)).isEmpty();
    }
    openOrSalvage(folder, told).close();
    assertThat(told).isEmpty();
  }

  /// Runs the trials; what a sound store says must be one of `sound`.
  private void trials(String what, List<String> sound, Damage damage) throws IOException {
    var random = new Random(seed);
    var outcomes = new TreeMap<String, Integer>();
    var folder = directory.resolve("trial");
    for (int i = 0; i < TRIALS; i++) {
      int trial = i;
      var files = damage.of(random);
      String said =
          assertTimeoutPreemptively(
              Duration.ofSeconds(60),
              () -> {
                try {
                  var lines = new HashMap<EventId, String>();
                  String seen = look(folder, files, true, lines);
                  String served = serve(folder, files, lines, sound);
                  if (served.startsWith("salvaged")) {
                    isQuiet(folder);
                  }
                  outcomes.merge("serve: " + served, 1, Integer::sum);
                  return seen;
                } catch (RuntimeException | Error e) {
                  return fail("%s, seed %d, trial %d".formatted(what, seed, trial), e);
                }
              });
      if (said.startsWith("accepted")) {
        assertThat(sound).as("%s, seed %d, trial %d", what, seed, trial).contains(said);
      }
      outcomes.merge(said.split(" ", 2)[0], 1, Integer::sum);
    }
    System.out.println(what + ", seed " + seed + ": " + outcomes);
  }

  private interface Damage {
    Image of(Random random);
  }

  private static void flip(byte[] bytes, Random random) {
    int flips = random.nextInt(4) == 0 ? 1 + random.nextInt(40) : 1;
    int spot = random.nextInt(bytes.length);
    for (int i = 0; i < flips; i++) {
      int at =
          switch (random.nextInt(8)) {
            case 0 -> random.nextInt(Math.min(100, bytes.length)); // the header
            case 1, 2 -> spot / 4096 * 4096 + random.nextInt(40); // the head of a page
            case 3 -> spot + random.nextInt(64); // close to one another
            default -> random.nextInt(bytes.length);
          };
      bytes[Math.min(at, bytes.length - 1)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  @Test
  void flippedBitsOfTheDatabase() throws IOException {
    var good = closed();
    String sound =
        look(Files.createDirectories(directory.resolve("good")), good, false, new HashMap<>());
    assertThat(sound).startsWith("accepted");
    trials(
        "flipped bits",
        List.of(sound),
        random -> {
          byte[] bytes = good.database().clone();
          flip(bytes, random);
          return new Image(bytes, new byte[0], good.lines());
        });
  }

  @Test
  void flippedBitsOfTheLogLoseNoMoreThanTheLastTransaction() throws IOException {
    var good = killed();
    var folder = Files.createDirectories(directory.resolve("good"));
    String sound = look(folder, good, false, new HashMap<>());
    assertThat(sound).startsWith("accepted");
    trials(
        "flipped bits of the log",
        beforeTheLastTransactions(folder, good, sound),
        random -> {
          byte[] bytes = good.log().clone();
          flip(bytes, random);
          return new Image(good.database(), bytes, good.lines());
        });
  }

  @Test
  void cutFiles() throws IOException {
    var good = closed();
    var dead = killed();
    var folder = Files.createDirectories(directory.resolve("good"));
    var sound = new ArrayList<>(allPrefixes(folder, dead));
    sound.add(look(folder, good, false, new HashMap<>()));
    sound.add(look(folder, new Image(new byte[0], new byte[0], Map.of()), false, new HashMap<>()));
    trials(
        "cut files",
        sound,
        random ->
            random.nextBoolean()
                ? new Image(
                    Arrays.copyOf(good.database(), random.nextInt(good.database().length)),
                    new byte[0],
                    good.lines())
                : new Image(
                    dead.database(),
                    Arrays.copyOf(dead.log(), random.nextInt(dead.log().length)),
                    dead.lines()));
  }

  /// A log that ends early is what a crash leaves: each of its transactions may be the last.
  private List<String> allPrefixes(Path folder, Image files) throws IOException {
    var said = new ArrayList<String>();
    int frame = 24 + SqlitePages.PAGE_BYTES;
    for (int end = 32; end <= files.log().length; end += frame) {
      // Only a frame that ends a transaction says how many pages there are then.
      if (end > 32 && ByteBuffer.wrap(files.log()).getInt(end - frame + 4) == 0) {
        continue;
      }
      String answer =
          look(
              folder,
              new Image(files.database(), Arrays.copyOf(files.log(), end), files.lines()),
              false,
              new HashMap<>());
      if (!said.contains(answer)) {
        said.add(answer);
      }
    }
    return said;
  }

  private List<String> beforeTheLastTransactions(Path folder, Image files, String whole)
      throws IOException {
    var prefixes = allPrefixes(folder, files);
    var last = new ArrayList<>(prefixes.subList(Math.max(0, prefixes.size() - 2), prefixes.size()));
    last.add(whole);
    return last;
  }

  @Test
  void aDamagedLogIsNotSilentlyCutShort() throws IOException {
    var good = killed();
    byte[] log = good.log().clone();
    log[log.length / 2] ^= 1;
    var folder = Files.createDirectories(directory.resolve("log"));
    Files.write(folder.resolve("vedette.db"), good.database());
    Files.write(folder.resolve("vedette.db-wal"), log);
    assertThatThrownBy(() -> open(folder))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED))
        .hasMessageContaining("vedette.db-wal is damaged");
  }

  /// Two flipped bits may leave the weak checksum of the log's header right; SQLite then takes
  /// every frame for one of an earlier round, and all of the log for empty.
  @Test
  void aHeaderThatDisownsItsFramesIsDamaged() throws IOException {
    var good = killed();
    byte[] log = good.log().clone();
    var header = ByteBuffer.wrap(log);
    assertThat(header.getInt(0)).as("a log with little-endian checksums").isEqualTo(0x377f0682);
    int salt = Integer.reverseBytes(header.getInt(20));
    header.putInt(20, Integer.reverseBytes(salt ^ 2));
    header.putInt(28, header.getInt(28) + (salt ^ 2) - salt);
    var folder = Files.createDirectories(directory.resolve("log"));
    Files.write(folder.resolve("vedette.db"), good.database());
    Files.write(folder.resolve("vedette.db-wal"), log);
    assertThatThrownBy(() -> open(folder)).hasMessageContaining("vedette.db-wal is damaged");
  }
}
