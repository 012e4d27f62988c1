package dev.vedette.app;

import dev.vedette.event.FieldDictionary;
import dev.vedette.parse.LogReader;
import dev.vedette.store.EventQuery;
import dev.vedette.store.Query;
import dev.vedette.store.SearchCursor;
import dev.vedette.store.SqliteStore;
import dev.vedette.store.TimeRange;
import dev.vedette.store.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Confined to one thread. A centre that is killed again and again while clients send to it.
///
/// Each writer posts batches of 1 to 500 lines under keys of their own, and never two at once: what
/// was not answered when the process died is posted again after its restart, under the same key.
/// Every line carries a number that no other line has, so that afterwards the store can be asked
/// what became of each.
final class CrashRun {
  private static final int WRITERS = 4;
  private static final int BATCH_LINES_MAX = 500;
  private static final Pattern NUMBER = Pattern.compile("n([0-9]{12})n");
  private static final DateTimeFormatter CLF =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss +0000", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter BSD =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// Immutable. What came of it.
  ///
  /// @param lost acknowledged lines that the store does not have
  /// @param duplicated lines, acknowledged or not, that it has more than once
  /// @param changedReceipts keys that were answered otherwise the second time
  /// @param restartMs how long each start took until it listened, the first (with its new database)
  ///   left out
  record Result(
      int rounds,
      long acknowledged,
      long stored,
      long lost,
      long duplicated,
      long repeatedKeys,
      long changedReceipts,
      List<Long> restartMs,
      Verification verification) {
    long restartMedianMs() {
      var sorted = restartMs.stream().sorted().toList();
      return sorted.get(sorted.size() / 2);
    }

    long restartBestMs() {
      return restartMs.stream().mapToLong(Long::longValue).min().orElse(0);
    }

    long restartWorstMs() {
      return restartMs.stream().mapToLong(Long::longValue).max().orElse(0);
    }
  }

  /// A batch that was posted; `receipt` is null until it is acknowledged.
  private static final class Posted {
    final String key;
    final String body;
    final long first;
    final int count;
    @Nullable String receipt;

    Posted(String key, String body, long first, int count) {
      this.key = key;
      this.body = body;
      this.first = first;
      this.count = count;
    }
  }

  /// Confined to one thread at a time.
  private static final class Writer {
    final int number;
    final SplittableRandom random;
    final List<Posted> acknowledged = new ArrayList<>();
    @Nullable Posted pending;
    long next;
    long repeatedKeys;
    long changedReceipts;

    Writer(int number, long seed) {
      this.number = number;
      this.random = new SplittableRandom(seed + number);
    }

    /// Posts until the centre is gone or `ending` is set.
    Void run(Centre centre, AtomicBoolean ending, LongAdder answers) throws InterruptedException {
      try {
        repeatKeys(centre);
        while (!ending.get()) {
          var batch = pending == null ? batch() : pending;
          pending = batch;
          var answer = centre.calls.ingest(batch.body, batch.key);
          if (answer.statusCode() == 200) {
            var receipt = Caller.json(answer.body());
            if (receipt.path("count").asInt() != batch.count) {
              throw new IllegalStateException(
                  "sent " + batch.count + " lines, answered " + answer.body());
            }
            batch.receipt = answer.body();
            acknowledged.add(batch);
            answers.increment();
            pending = null;
          } else if (answer.statusCode() != 429 && answer.statusCode() != 503) {
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
          }
        }
      } catch (IOException _) {
        // The centre died: this round is over.
      }
      return null;
    }

    /// A key that was answered before must be answered the same.
    private void repeatKeys(Centre centre) throws IOException, InterruptedException {
      for (int i = 0; i < Math.min(2, acknowledged.size()); i++) {
        int back = i == 0 ? 1 : 1 + random.nextInt(acknowledged.size());
        var batch = acknowledged.get(acknowledged.size() - back);
        var answer = centre.calls.ingest(batch.body, batch.key);
        if (answer.statusCode() == 200) {
          repeatedKeys++;
          boolean same =
              answer.body().equals(batch.receipt)
                  && answer.headers().firstValue("Idempotency-Replayed").isPresent();
          changedReceipts += same ? 0 : 1;
        }
      }
    }

    private Posted batch() {
      int count = 1 + random.nextInt(BATCH_LINES_MAX);
      long first = next;
      var lines = new StringBuilder(count * 120);
      var now = Instant.now();
      for (int i = 0; i < count; i++) {
        String name = "n%01d%011dn".formatted(number, first + i);
        if (random.nextInt(10) < 7) {
          lines
              .append("192.0.2.")
              .append(random.nextInt(250))
              .append(" - - [")
              .append(CLF.format(now))
              .append("] \"GET /item/")
              .append(name)
              .append(random.nextInt(100) == 0 ? "?id=1%27%20UNION%20SELECT%201,2--" : "")
              .append(" HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n");
        } else {
          lines
              .append(BSD.format(now))
              .append(" web1 sshd[4711]: Failed password for invalid user ")
              .append(name)
              .append(" from 198.51.100.")
              .append(random.nextInt(250))
              .append(" port 40022 ssh2\n");
        }
      }
      next += count;
      return new Posted("w" + number + "-" + first, lines.toString(), first, count);
    }
  }

  private CrashRun() {}

  static Result run(Path data, int rounds, long seed) throws IOException, InterruptedException {
    var random = new SplittableRandom(seed);
    var writers = new ArrayList<Writer>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Writer(i, seed));
    }
    var restartMs = new ArrayList<Long>();
    var answers = new LongAdder();
    try (var centre = new Centre(data);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round <= rounds; round++) {
        long tookMs = centre.start();
        if (round > 0) {
          restartMs.add(tookMs);
        }
        var ending = new AtomicBoolean();
        var running = new ArrayList<Future<Void>>();
        for (var writer : writers) {
          running.add(threads.submit(() -> writer.run(centre, ending, answers)));
        }
        // After some answers, and a moment more: in the middle of whatever it then does.
        long enough = answers.sum() + 1 + random.nextInt(24);
        Centre.await("it answers", 120, () -> answers.sum() >= enough || allEnded(running));
        Thread.sleep(random.nextInt(60));
        if (round < rounds) {
          centre.kill();
        } else {
          ending.set(true);
        }
        for (var one : running) {
          join(one);
        }
      }
      int code = centre.stop();
      if (code != 0 && code != 143) {
        throw new IllegalStateException("the last stop ended with " + code + centre.errors());
      }
    }
    return result(data, rounds, writers, restartMs);
  }

  private static boolean allEnded(List<Future<Void>> running) {
    return running.stream().allMatch(Future::isDone);
  }

  private static void join(Future<Void> one) throws InterruptedException {
    try {
      one.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a writer failed", e);
    }
  }

  private static Result result(Path data, int rounds, List<Writer> writers, List<Long> restartMs) {
    var dictionary = new FieldDictionary();
    Map<Long, Integer> stored = new HashMap<>();
    Verification verification;
    try (var store = SqliteStore.open(data, () -> new LogReader(dictionary), dictionary)) {
      verification = store.verify(_ -> {});
      SearchCursor cursor = null;
      do {
        var page =
            store.search(
                new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", 10_000, cursor, null, 600_000));
        for (var hit : page.hits()) {
          var matcher = NUMBER.matcher(hit.original());
          if (!matcher.find()) {
            throw new IllegalStateException("a line that nobody sent: " + hit.original());
          }
          stored.merge(Long.parseLong(matcher.group(1)), 1, Integer::sum);
        }
        cursor = page.next();
      } while (cursor != null);
    }
    long acknowledged = 0;
    long lost = 0;
    for (var writer : writers) {
      for (var batch : writer.acknowledged) {
        for (int i = 0; i < batch.count; i++) {
          acknowledged++;
          long number = writer.number * 100_000_000_000L + batch.first + i;
          lost += stored.containsKey(number) ? 0 : 1;
        }
      }
    }
    return new Result(
        rounds,
        acknowledged,
        stored.values().stream().mapToLong(Integer::longValue).sum(),
        lost,
        stored.values().stream().filter(times -> times > 1).count(),
        writers.stream().mapToLong(writer -> writer.repeatedKeys).sum(),
        writers.stream().mapToLong(writer -> writer.changedReceipts).sum(),
        List.copyOf(restartMs),
        verification);
  }

  /// `bench/crash`: folder of the data, rounds, seed.
  static void main(String[] args) throws IOException, InterruptedException {
    long seed = Long.parseLong(args[2]);
    var r = run(Path.of(args[0]), Integer.parseInt(args[1]), seed);
    System.out.printf(
        Locale.ROOT,
        "rounds %d (seed %d): acknowledged %,d, stored %,d, lost %d, duplicated %d%n",
        r.rounds,
        seed,
        r.acknowledged,
        r.stored,
        r.lost,
        r.duplicated);
    System.out.printf(
        Locale.ROOT,
        "keys repeated %d, answered otherwise %d; ledger %s (%,d receipts, accepted %,d = stored"
            + " %,d)%n",
        r.repeatedKeys,
        r.changedReceipts,
        r.verification.isSound() ? "sound" : "NOT SOUND " + r.verification.faults(),
        r.verification.receipts(),
        r.verification.accepted(),
        r.verification.stored());
    System.out.printf(
        Locale.ROOT,
        "restart: best %d ms, median %d ms, worst %d ms%n",
        r.restartBestMs(),
        r.restartMedianMs(),
        r.restartWorstMs());
  }
}
