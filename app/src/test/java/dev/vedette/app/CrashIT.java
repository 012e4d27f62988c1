package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged product, killed without warning. `-Dvedette.crashRounds=100` makes it longer.
class CrashIT {
  private static final DateTimeFormatter BSD =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final long RESTART_MS_MAX = 5_000;

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLostAndNothingIsStoredTwice() throws IOException, InterruptedException {
    long seed = System.nanoTime();
    var result =
        CrashRun.run(folder.resolve("data"), Integer.getInteger("vedette.crashRounds", 20), seed);
    String what = "seed " + seed + ": " + result;
    assertThat(result.acknowledged()).as(what).isPositive();
    assertThat(result.lost()).as(what).isZero();
    assertThat(result.duplicated()).as(what).isZero();
    assertThat(result.repeatedKeys()).as(what).isPositive();
    assertThat(result.changedReceipts()).as(what).isZero();
    assertThat(result.verification().isSound()).as(what).isTrue();
    assertThat(result.verification().accepted()).as(what).isEqualTo(result.stored());
    // The best: a machine that is busy with other things makes each of them longer.
    assertThat(result.restartBestMs()).as(what).isLessThan(RESTART_MS_MAX);
  }

  @Test
  void aBruteForceIsSeenAcrossARestartAndItsAlertGoesOn() throws IOException, InterruptedException {
    try (var centre = new Centre(folder.resolve("data"))) {
      centre.start();
      assertThat(centre.calls.ingest(failedLogins(0, 4), "first").statusCode()).isEqualTo(200);
      assertThat(bruteForce(centre)).isEmpty();
      centre.kill();

      centre.start();
      assertThat(bruteForce(centre)).isEmpty();
      assertThat(centre.calls.ingest(failedLogins(4, 1), "fifth").statusCode()).isEqualTo(200);
      var opened = bruteForce(centre);
      assertThat(opened).hasSize(1);
      centre.kill();

      centre.start();
      assertThat(centre.calls.ingest(failedLogins(5, 6), "more").statusCode()).isEqualTo(200);
      var gone = bruteForce(centre);
      assertThat(gone).hasSize(1);
      assertThat(gone.getFirst().path("id")).isEqualTo(opened.getFirst().path("id"));
      assertThat(gone.getFirst().path("events").asLong())
          .isGreaterThan(opened.getFirst().path("events").asLong());
      assertThat(gone.getFirst().path("last_ms").asLong())
          .isGreaterThan(opened.getFirst().path("last_ms").asLong());
    }
  }

  /// Lines of a few seconds ago, one second apart.
  private static String failedLogins(int from, int count) {
    var lines = new StringBuilder();
    for (int i = from; i < from + count; i++) {
      lines
          .append(BSD.format(Instant.now().minusSeconds(20 - i)))
          .append(" web1 sshd[4711]: Failed password for root from 203.0.113.9 port ")
          .append(40_000 + i)
          .append(" ssh2\n");
    }
    return lines.toString();
  }

  private static List<JsonNode> bruteForce(Centre centre) throws IOException, InterruptedException {
    var answer = centre.calls.get("/api/alerts");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var found = new ArrayList<JsonNode>();
    for (var alert : Caller.json(answer.body()).path("alerts")) {
      if (alert.path("title").asText().equals("SSH brute force")) {
        found.add(alert);
      }
    }
    return found;
  }
}
