package dev.vedette.store;

import dev.vedette.event.Batch;
import dev.vedette.event.Detection;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Prints what the commit path, the disk and the questions cost: `bench/store [EVENTS] [BATCH]`.
///
/// Access-log lines from a seeded generator, repeating or of low repetition (unique addresses,
/// queries and agents); the token filter holds each line's address. As the pipeline does, two
/// threads prepare batches and one commits whatever is ready, up to 16 MB at once. The last hour
/// holds 200,000 detections.
public final class StoreBench {
  private static final long T = 1_767_261_600_000L;
  private static final String[] PATHS = {
    "/", "/index.html", "/api/v1/users", "/static/js/app.js", "/products/list", "/cart", "/login"
  };
  private static final String[] AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
        + " Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "curl/8.5.0"
  };

  private StoreBench() {}

  private static final int PREPARERS = 2;
  private static final int GROUP_BYTES_MAX = 16 << 20;
  private static final int CHUNKS = 64;
  private static final int DETECTIONS = 200_000;

  public static void main(String[] args) throws IOException, InterruptedException {
    int events = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
    boolean onlyUnique = args.length > 2;
    for (boolean unique : onlyUnique ? new boolean[] {true} : new boolean[] {false, true}) {
      run(events, batch, unique);
    }
  }

  private record Chunk(byte[] bytes, long[] tokens) {}

  private static void run(int events, int batchLines, boolean unique)
      throws IOException, InterruptedException {
    var directory = Files.createTempDirectory("vedette-bench");
    var dictionary = new FieldDictionary();
    int batches = events / batchLines;
    try (var store = SqliteStore.open(directory, () -> new PairReader(dictionary), dictionary)) {
      var random = new Random(1);
      var chunks = new ArrayList<Chunk>();
      for (int i = 0; i < CHUNKS; i++) {
        long[] tokens = new long[batchLines];
        chunks.add(new Chunk(lines(random, i * batchLines, batchLines, unique, tokens), tokens));
      }
      var ready = new ArrayList<ArrayBlockingQueue<Prepared>>();
      var cpu = new AtomicLong();
      var threads = new ArrayList<Thread>();
      long start = System.nanoTime();
      for (int n = 0; n < PREPARERS; n++) {
        int first = n;
        var out = new ArrayBlockingQueue<Prepared>(32);
        ready.add(out);
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    long begin = threadCpu();
                    for (int i = first; i < batches; i += PREPARERS) {
                      out.put(prepare(store, chunks.get(i % CHUNKS), i, batchLines));
                    }
                    cpu.addAndGet(threadCpu() - begin);
                  } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                  }
                }));
      }
      var source = store.openSource("bench", "");
      long next = source.nextSequence();
      long commitCpu = threadCpu();
      int commits = 0;
      for (int done = 0; done < batches; commits++) {
        var entries = new ArrayList<Commit.Entry>();
        long bytes = 0;
        var prepared = ready.get(done % PREPARERS).take();
        while (prepared != null) {
          entries.add(new Commit.Entry(prepared, source.id(), next, List.of(), new byte[0], 0));
          next += batchLines;
          bytes += prepared.rawBytes();
          done++;
          prepared =
              bytes < GROUP_BYTES_MAX && done < batches ? ready.get(done % PREPARERS).poll() : null;
        }
        store.commit(new Commit(entries, List.of(), List.of()));
      }
      double wall = millis(start);
      commitCpu = threadCpu() - commitCpu;
      for (var thread : threads) {
        thread.join();
      }
      print(
          "%s data, %,d events in batches of %,d: %,.0f events/s wall in %,d commits"
              .formatted(
                  unique ? "low-repetition" : "repeating",
                  events,
                  batchLines,
                  events / wall * 1_000,
                  commits));
      print(
          "  CPU seconds per million events: prepare %.2f, commit %.2f"
              .formatted(cpu.get() / 1e3 / events, commitCpu / 1e3 / events));
      start = System.nanoTime();
      detections(store, batches, batchLines);
      print("  %,d detections stored in %,.0f ms".formatted(DETECTIONS, millis(start)));
      start = System.nanoTime();
      while (store.tidy(Long.MIN_VALUE)) {
        // Merges what is small.
      }
      print("  tidied in %,.0f ms".formatted(millis(start)));
      questions(store, T + (long) batches * batchLines / 100);
    }
    long disk = Files.size(directory.resolve("vedette.db"));
    print("  %.1f bytes per event on disk".formatted((double) disk / events));
    try (Stream<Path> files = Files.list(directory)) {
      for (var file : new ArrayList<>(files.toList())) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private static Prepared prepare(Store store, Chunk chunk, int number, int lines) {
    long from = T + (long) number * lines / 100;
    var batch = Batch.ofLines("bench", "", from, chunk.bytes(), chunk.bytes().length);
    return store.prepare(
        batch,
        new Commit.Summary(
            from,
            from + lines / 100,
            0,
            List.of(new Commit.MinuteCount(from / 60_000 * 60_000, lines, 0)),
            chunk.tokens()));
  }

  /// 2,000 lines at a time, each with a detection, over the last half hour.
  private static void detections(Store store, int batches, int batchLines) {
    long now = T + (long) batches * batchLines / 100;
    var source = store.openSource("attack", "");
    for (int done = 0; done < DETECTIONS; done += 2_000) {
      var text = new StringBuilder();
      var found = new ArrayList<Commit.Found>();
      for (int i = done; i < done + 2_000; i++) {
        text.append("GET /admin.php?attack=").append(i).append('\n');
        String ip = "198.51." + i % 4 + "." + i % 250;
        found.add(
            new Commit.Found(
                new Detection(
                    "rule-" + i % 40,
                    "Rule " + i % 40,
                    Severity.values()[i % Severity.values().length],
                    ThreatClass.SCAN,
                    List.of("T1595"),
                    now - 1_800_000L + i * 9L,
                    new EventId(source.id(), 1L + i),
                    new Entity(Entity.Kind.IP, ip),
                    ip,
                    "",
                    "",
                    "a scan",
                    List.of(),
                    1,
                    "GET /admin.php?attack=" + i),
                1 + i % 40));
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
      var batch = Batch.ofLines("attack", "", now, bytes, bytes.length);
      var summary = new Commit.Summary(now - 1_800_000L, now, 0, List.of(), new long[0]);
      var entry =
          new Commit.Entry(
              store.prepare(batch, summary), source.id(), 1L + done, found, new byte[0], 0);
      store.commit(new Commit(List.of(entry), List.of(), List.of()));
    }
  }

  private static void questions(Store store, long now) {
    search(store, "a rare substring", Query.parse("nothing-has-this"));
    search(store, "an address nobody has", Query.parse("source.ip: 10.99.99.99"));
    search(store, "an address of the whole range", Query.parse("source.ip: 203.0.113.7"));
    search(store, "newest 100", Query.EVERYTHING);
    var day = new TimeRange(now - 86_400_000, now);
    var quarter = new TimeRange(now - 900_000, now);
    for (int round = 0; round < 2; round++) {
      ask("statistics, all", () -> store.statistics(TimeRange.ALL));
      ask("statistics, a day", () -> store.statistics(day));
      ask("statistics, 15 minutes", () -> store.statistics(quarter));
      ask("timeline, a day", () -> store.timeline(day, 900_000));
      ask("top addresses, a day", () -> store.top(Top.Dimension.SOURCE_IP, day, 10));
      ask("top addresses, 15 minutes", () -> store.top(Top.Dimension.SOURCE_IP, quarter, 10));
      ask("top techniques, a day", () -> store.top(Top.Dimension.TECHNIQUE, day, 10));
      ask("sources", store::sources);
      ask(
          "newest 100 detections",
          () -> store.detections(new DetectionQuery(TimeRange.ALL, 0, null, "", 100)));
    }
    long start = System.nanoTime();
    var verification = store.verify(_ -> {});
    print(
        "  verify %s in %,.0f ms"
            .formatted(verification.isSound() ? "sound" : "UNSOUND", millis(start)));
  }

  private static void ask(String what, Supplier<Object> question) {
    long start = System.nanoTime();
    var answer = question.get();
    double took = millis(start);
    String size =
        switch (answer) {
          case List<?> list -> list.size() + " rows";
          case Statistics statistics -> statistics.detections() + " detections";
          default -> "";
        };
    print("  %s: %.1f ms (%s)".formatted(what, took, size));
  }

  private static void search(Store store, String what, Query query) {
    for (int round = 0; round < 2; round++) {
      long start = System.nanoTime();
      var found = store.search(new EventQuery(TimeRange.ALL, query, "", 100, null, null, 60_000));
      print(
          "  search %s: %.0f ms (%d found, %,d events looked at)"
              .formatted(what, millis(start), found.hits().size(), found.scannedEvents()));
    }
  }

  private static long threadCpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static byte[] lines(Random random, int from, int count, boolean unique, long[] tokens) {
    var text = new StringBuilder(count * 200);
    for (int i = 0; i < count; i++) {
      int n = from + i;
      String ip =
          unique
              ? "10." + (random.nextInt() & 63) + "." + (random.nextInt() & 255) + "." + (n & 255)
              : "10.0." + random.nextInt(8) + "." + random.nextInt(250);
      if (n == 1_000) {
        ip = "203.0.113.7"; // once in every round of the chunks
      }
      byte[] bytes = ip.getBytes(StandardCharsets.US_ASCII);
      tokens[i] = TokenFilter.hash(bytes, 0, bytes.length);
      text.append(ip)
          .append(" - - [01/Jan/2026:10:")
          .append(n / 6_000 % 50 + 10)
          .append(':')
          .append(n / 100 % 50 + 10)
          .append(" +0000] \"GET ")
          .append(PATHS[random.nextInt(PATHS.length)]);
      if (unique) {
        text.append("?q=").append(Long.toHexString(random.nextLong()));
      }
      text.append(" HTTP/1.1\" ")
          .append(random.nextInt(10) == 0 ? 404 : 200)
          .append(' ')
          .append(random.nextInt(50_000))
          .append(" \"-\" \"")
          .append(AGENTS[random.nextInt(AGENTS.length)]);
      if (unique) {
        text.append(" build/").append(random.nextInt(1_000_000));
      }
      text.append("\"\n");
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static double millis(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e6;
  }

  private static void print(String line) {
    System.out.println(line);
  }
}
