package dev.vedette.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Severity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The SQLite store under the kit that every store passes, and its migrations.
class SqliteStoreTest extends StoreCompatibilityKit {
  @Override
  Store open(Path directory, FieldDictionary dictionary) {
    return SqliteStore.open(directory, () -> new PairReader(dictionary), dictionary);
  }

  @Test
  void anOlderDatabaseIsBroughtForwardWithItsCounts() throws SQLException {
    int source = store.openSource("a", "").id();
    var lines = new ArrayList<byte[]>();
    var found = new ArrayList<Commit.Found>();
    for (int i = 0; i < 500; i++) {
      long timeMs = (i % 50 == 0 ? -90_000_000 : T) + i * 7_001L;
      lines.add(("t=" + timeMs).getBytes(StandardCharsets.UTF_8));
      String ip = i % 9 == 0 ? "x".repeat(300) : i % 7 == 0 ? "" : "10.0.0." + i % 11;
      var severity = Severity.values()[i % Severity.values().length];
      found.add(new Commit.Found(detection(new EventId(source, i + 1), timeMs, ip, severity), 1));
    }
    commit(batch("a", T, null, lines), found.toArray(Commit.Found[]::new));
    var counted = minuteValues();
    assertThat(counted).hasSizeGreaterThan(500);
    store.close();
    Path file = directory.resolve("vedette.db");
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var run = connection.createStatement()) {
      run.execute("DROP TABLE rollup_minute_values");
      run.execute("ALTER TABLE alerts DROP COLUMN counted");
      run.execute("ALTER TABLE alerts DROP COLUMN status_ms");
      run.execute("PRAGMA user_version = 1");
    }
    assertThatThrownBy(() ->
            SqliteStore.openForReading(directory, () -> new PairReader(dictionary), dictionary))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("schema version 1, this Vedette reads version 3");
    store = open(directory, dictionary);
    assertThat(minuteValues()).isEqualTo(counted);
  }

  private List<String> minuteValues() {
    return ((SqliteStore) store)
        .database()
        .read(
            "look",
            session -> {
              var all = new ArrayList<String>();
              try (var rows = session.query("SELECT * FROM rollup_minute_values")) {
                while (rows.next()) {
                  var row = new StringBuilder();
                  for (int i = 1; i <= 9; i++) {
                    row.append(rows.getString(i)).append(' ');
                  }
                  all.add(row.toString());
                }
              }
              return all;
            });
  }
}
