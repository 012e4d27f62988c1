package dev.vedette.server;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Detection;
import dev.vedette.event.Ecs;
import dev.vedette.event.Entity;
import dev.vedette.event.Event;
import dev.vedette.event.EventId;
import dev.vedette.event.Evidence;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.Intake;
import dev.vedette.event.LogSource;
import dev.vedette.event.Receipt;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.store.Commit;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import dev.vedette.store.Tally;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Thread-safe. A whole house around a server under test: a store, an intake that commits to it and
/// finds an attack in every line that says `attack`, and a client.
final class House implements AutoCloseable {
  /// The store of most tests; empty where another is given.
  final MemoryStore memory;

  final Store store;
  final LiveFeed live;
  final Flow flow = new Flow();
  final AtomicReference<List<String>> allowList = new AtomicReference<>(List.of());
  final AtomicReference<Vitals> vitals = new AtomicReference<>(Vitals.NONE);

  /// When set, the server's own figures fail: a fault of ours.
  final AtomicBoolean broken = new AtomicBoolean();

  final Access access;
  final Server server;
  final HttpClient http = HttpClient.newHttpClient();
  final String adminPassword;
  final String ingestToken;
  final String adminToken;

  /// Hashing as it is in service takes a tenth of a second; [GateTest] holds that it is used there.
  private static final int ARGON_KIB = 64;

  /// Held, so that their levels stay: starts and stops are no news in a test.
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("org.eclipse.jetty"), Logger.getLogger("io.javalin"));

  static {
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
  }

  static final RuleView RULE =
      new RuleView(
          "rule-1",
          "An attack",
          "Fires on the word.",
          Severity.HIGH,
          ThreatClass.EXPLOIT,
          List.of("T1190"),
          "detection",
          new LogSource("webserver", "", ""),
          "rules/test.yml",
          List.of("tests"),
          List.of("https://example.org/"),
          "Look at it.");

  House() {
    this(InstantSource.system(), c -> c);
  }

  House(InstantSource clock, UnaryOperator<ServerConfig> change) {
    this(new MemoryStore(), clock, change);
  }

  House(MemoryStore memory, InstantSource clock, UnaryOperator<ServerConfig> change) {
    this(memory, memory, clock, change);
  }

  House(Store store) {
    this(new MemoryStore(), store, InstantSource.system(), c -> c);
  }

  private House(
      MemoryStore memory, Store store, InstantSource clock, UnaryOperator<ServerConfig> change) {
    this.memory = memory;
    this.store = store;
    live = new LiveFeed(clock);
    access = new Access(store, clock, ARGON_KIB);
    var secrets = access.makeFirstSecrets().orElseThrow();
    adminPassword = secrets.adminPassword();
    ingestToken = secrets.ingestToken();
    var services =
        new Services(store, flow, access, live, this::vitals, () -> List.of(RULE), allowList::set);
    server = Server.start(change.apply(ServerConfig.loopback(0, "test")), services, clock);
    adminToken = access.login(Access.ADMIN, adminPassword, "127.0.0.1").token();
  }

  @Override
  public void close() {
    // First, so that the server has no idle connections to wait for.
    http.shutdownNow();
    server.stop();
    live.close();
    store.close();
  }

  /// Reads every line as text without time.
  static void read(byte[] bytes, int from, int to, long receivedMs, String hint, Event out) {
    out.begin(bytes, from, to);
    out.add(Ecs.MESSAGE, from, to);
  }

  private Vitals vitals() {
    if (broken.get()) {
      throw new IllegalStateException("told to fail inside");
    }
    return vitals.get();
  }

  /// A connection of bytes.
  Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), server.port());
  }

  // ---- requests
  // -----------------------------------------------------------------------------------------------------

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path));
  }

  HttpRequest.Builder asAdmin(String path) {
    return request(path).header("Authorization", "Bearer " + adminToken);
  }

  HttpRequest.Builder asIngest(String path) {
    return request(path).header("Authorization", "Bearer " + ingestToken);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(asAdmin(path));
  }

  HttpResponse<String> json(String method, String path, String body) {
    return send(
        asAdmin(path)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> ingest(String path, byte[] body, String... headers) {
    var request =
        asIngest(path)
            .header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return send(request);
  }

  HttpResponse<String> ingest(String lines) {
    return ingest("/api/ingest", lines.getBytes(StandardCharsets.UTF_8));
  }

  // ---- the flow
  // -----------------------------------------------------------------------------------------------------

  /// Thread-safe: guarded by `this`. Commits each batch at once.
  final class Flow implements Intake {
    final AtomicLong submitted = new AtomicLong();
    volatile @Nullable Refused refuse;
    volatile long refuseAfter = Long.MAX_VALUE;
    private final Event event = new Event(new FieldDictionary());
    private final Tally tally = new Tally();
    private final Map<Long, Alert> byId = new HashMap<>();

    @Override
    public CompletableFuture<Receipt> submit(Batch batch) {
      var no = refuse;
      if (no != null && submitted.get() >= (refuseAfter == Long.MAX_VALUE ? 0 : refuseAfter)) {
        throw no;
      }
      submitted.incrementAndGet();
      try {
        return CompletableFuture.completedFuture(commit(batch));
      } catch (StoreException e) {
        return CompletableFuture.failedFuture(
            new Refused(
                e.kind() == StoreException.Kind.FULL
                    ? Refused.Cause.STORE_FULL
                    : Refused.Cause.UNAVAILABLE,
                7,
                "the store says: " + e.getMessage()));
      }
    }

    @Override
    public CompletableFuture<Receipt> submitPatiently(Batch batch) {
      return submit(batch);
    }

    private synchronized Receipt commit(Batch batch) {
      String key = batch.idempotencyKey();
      var before = key == null ? Optional.<Receipt>empty() : store.receipt(batch.source(), key);
      if (before.isPresent()) {
        return before.get();
      }
      var state = store.openSource(batch.source(), batch.hint());
      tally.begin();
      var found = new ArrayList<Commit.Found>();
      var alerts = new ArrayList<Alert>();
      for (int i = 0; i < batch.count(); i++) {
        String line =
            new String(
                batch.bytes(),
                batch.start(i),
                batch.end(i) - batch.start(i),
                StandardCharsets.UTF_8);
        read(batch.bytes(), batch.start(i), batch.end(i), batch.receivedMs(), batch.hint(), event);
        tally.add(event, batch.receivedMs(), line.contains("attack"));
        if (line.contains("attack")) {
          var id = new EventId(state.id(), state.nextSequence() + i);
          var detection = detection(id, batch.receivedMs(), line);
          var alert = alert(detection);
          found.add(new Commit.Found(detection, alert.id()));
          alerts.removeIf(other -> other.id() == alert.id());
          alerts.add(alert);
          byId.put(alert.id(), alert);
        }
      }
      var entry =
          new Commit.Entry(
              store.prepare(batch, tally.summary()),
              state.id(),
              state.nextSequence(),
              found,
              new byte[0],
              0);
      var receipt = store.commit(new Commit(List.of(entry), alerts, List.of())).getFirst();
      live.committed(new CommitNotice(found, found.size(), alerts, List.of(), List.of()));
      return receipt;
    }

    private Detection detection(EventId id, long timeMs, String line) {
      int at = line.indexOf("attack");
      String value = line.substring(0, Math.min(line.length(), Evidence.VALUE_CHARS_MAX));
      return new Detection(
          RULE.id(),
          RULE.title(),
          RULE.severity(),
          RULE.threatClass(),
          RULE.techniques(),
          timeMs,
          id,
          new Entity(Entity.Kind.IP, "192.0.2.7"),
          "192.0.2.7",
          "root",
          "web1",
          "The line says attack.",
          List.of(new Evidence("message", value, Math.min(at, 100), Math.min(at + 6, 106))),
          1,
          line.substring(0, Math.min(line.length(), Detection.ORIGINAL_CHARS_MAX)));
    }

    private Alert alert(Detection d) {
      var before = Optional.ofNullable(byId.get(1L));
      long count = before.map(Alert::detections).orElse(0L) + 1;
      return new Alert(
          before.map(Alert::id).orElse(1L),
          d.ruleId(),
          d.title(),
          d.severity(),
          d.threatClass(),
          d.techniques(),
          d.entity(),
          d.sourceIp(),
          d.userName(),
          d.hostName(),
          before.map(Alert::status).orElse(AlertStatus.NEW),
          before.map(Alert::firstMs).orElse(d.timeMs()),
          d.timeMs(),
          count,
          count,
          d.reason(),
          "",
          d.timeMs(),
          "",
          0,
          "",
          before.map(Alert::counted).orElse(List.of()));
    }
  }
}
