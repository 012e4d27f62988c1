package dev.vedette.server;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Detection;
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
import dev.vedette.parse.LogReader;
import dev.vedette.store.Activity;
import dev.vedette.store.Commit;
import dev.vedette.store.SqliteStore;
import dev.vedette.store.Store;
import dev.vedette.store.Tally;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/// Confined to one test. A real server on a real store, filled with events, detections, and alerts
/// for the dashboard to show.
final class DashboardWorld implements AutoCloseable {
  private static final int ID_LENGTH_MAX = 24;

  final Store store;
  final LiveFeed live = new LiveFeed(InstantSource.system());
  final String password;
  private final Access access;
  private final List<RuleView> rules = new ArrayList<>();
  private final AtomicLong accepted = new AtomicLong();

  /// What the server complains of: of itself and of each source.
  private volatile List<String> problems = List.of();

  private final FieldDictionary dictionary = new FieldDictionary();
  private Server server;

  DashboardWorld(Path directory) {
    store = SqliteStore.open(directory, () -> new LogReader(dictionary), dictionary);
    access = new Access(store, InstantSource.system());
    password = access.makeFirstSecrets().orElseThrow().adminPassword();
    server = start(0);
  }

  private Server start(int port) {
    var services =
        new Services(
            store, new NoIntake(), access, live, this::vitals, () -> List.copyOf(rules), _ -> {});
    return Server.start(ServerConfig.loopback(port, "test"), services, InstantSource.system());
  }

  String address() {
    return "http://127.0.0.1:" + server.port();
  }

  /// Stops the server and starts it again on the same port after `meanwhile`.
  void restart(Runnable meanwhile) {
    int port = server.port();
    server.stop();
    meanwhile.run();
    server = start(port);
  }

  private Vitals vitals() {
    return new Vitals(
        accepted.get(),
        0,
        0,
        0,
        0,
        256,
        12.5,
        3,
        0,
        problems.stream()
            .map(text -> new Vitals.SourceVitals("http:" + shortened(text), true, 1, 0, 0, 0, text))
            .toList(),
        List.of(),
        problems);
  }

  @Override
  public void close() {
    server.stop();
    live.close();
    store.close();
  }

  // ---- filling
  // ------------------------------------------------------------------------------------------------------

  /// One alert to be: what its detections say, and the line behind them.
  record Case(
      String ruleId,
      String title,
      Severity severity,
      ThreatClass threatClass,
      List<String> techniques,
      Entity entity,
      String sourceIp,
      String userName,
      String hostName,
      String reason,
      String advice,
      Evidence evidence,
      String line,
      String note) {}

  /// An ordinary set: some thousand harmless lines of the last hours and a dozen kinds of attacks.
  void fillOrdinary() {
    long now = System.currentTimeMillis();
    for (int hour = 20; hour >= 0; hour--) {
      var lines = new ArrayList<String>();
      for (int i = 0; i < 60; i++) {
        long at = now - hour * 3_600_000L - i * 55_000L;
        lines.add(
            json(
                at,
                "10.0.%d.%d".formatted(hour, i),
                "",
                "GET /shop/item/%d 200".formatted(hour * 60 + i)));
      }
      commit(
          "file:/var/log/shop/access.json", lines, now - hour * 3_600_000L, List.of(), List.of());
    }
    for (int i = 0; i < ATTACKS.size(); i++) {
      var attack = ATTACKS.get(i);
      open(attack, now - (i + 1) * 37L * 60_000L, 1 + i % 4 * 3);
    }
  }

  private static final List<Case> ATTACKS = attacks();

  private static List<Case> attacks() {
    String[][] kinds = {
      {"Login succeeded after a brute force", "critical", "brute_force", "T1110.001"},
      {"Web shell called", "critical", "persistence", "T1505.003"},
      {"SQL injection in a request", "high", "exploit", "T1190"},
      {"Brute force of SSH passwords", "high", "brute_force", "T1110.001"},
      {"Path traversal in a request", "high", "exploit", "T1190"},
      {"Vulnerability scanner at work", "medium", "scan", "T1595.002"},
      {"Sensitive file asked for", "medium", "scan", "T1083"},
      {"Account created", "medium", "persistence", "T1136.001"},
      {"Sudo to a shell", "low", "privilege_escalation", "T1548.003"},
      {"Log contains an anomalous keyword", "informational", "anomaly", "T1499"},
    };
    var cases = new ArrayList<Case>();
    for (int i = 0; i < 24; i++) {
      String[] kind = kinds[i % kinds.length];
      String ip = "203.0.113." + (10 + i);
      String line =
          "%s - - \"GET /item?id=1%%27%%20UNION%%20SELECT%%20password%%20FROM%%20users-- HTTP/1.1\" 500"
              .formatted(ip);
      int at = line.indexOf("UNION%20SELECT");
      cases.add(
          new Case(
              "rule-" + i % kinds.length,
              kind[0],
              Severity.ofWord(kind[1]).orElseThrow(),
              ThreatClass.ofWord(kind[2]).orElseThrow(),
              List.of(kind[3]),
              new Entity(Entity.Kind.IP, ip),
              ip,
              i % 3 == 0 ? "deploy" : "",
              "web-1",
              "%s: %s, seen on web-1.".formatted(ip, kind[0].toLowerCase(Locale.ROOT)),
              "Block the source at the firewall, then see what else it did.",
              new Evidence("event.original", line, at, at + "UNION%20SELECT".length()),
              line,
              ""));
    }
    return cases;
  }

  /// Every text of every alert, detection, rule, event, source, note, and activity is a payload.
  void fillHostile(List<String> payloads) {
    long now = System.currentTimeMillis();
    for (int i = 0; i < payloads.size(); i++) {
      String text = payloads.get(i);
      var kind = Entity.Kind.values()[i % Entity.Kind.values().length];
      open(
          new Case(
              shortened(text) + i,
              text,
              Severity.values()[i % Severity.values().length],
              ThreatClass.values()[i % ThreatClass.values().length],
              List.of(shortened(text)),
              new Entity(kind, shortened(text) + i),
              text,
              text,
              text,
              text,
              text,
              new Evidence(
                  shortened(text), cut(text, 1_000), 0, Math.min(5, cut(text, 1_000).length())),
              text,
              text),
          now - i * 60_000L,
          2);
      note("alert_opened", text);
    }
  }

  /// The server and its sources complain in these words from now on.
  void complain(List<String> words) {
    problems = words;
  }

  /// Opens an alert with `count` detections up to `lastMs`, as the flow would.
  Alert open(Case found, long lastMs, int count) {
    long alertId = store.lastAlertId() + 1;
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      lines.add(json(lastMs - i * 20_000L, found.sourceIp, found.userName, found.line));
    }
    var state = store.openSource(sourceName(found), "");
    var counted = new ArrayList<EventId>();
    for (int i = count - 1; i >= 0; i--) {
      counted.add(new EventId(state.id(), state.nextSequence() + i));
    }
    var alert =
        new Alert(
            alertId,
            found.ruleId,
            found.title,
            found.severity,
            found.threatClass,
            found.techniques,
            found.entity,
            found.sourceIp,
            found.userName,
            found.hostName,
            AlertStatus.NEW,
            lastMs - (count - 1) * 20_000L,
            lastMs,
            count,
            count,
            found.reason,
            found.advice,
            lastMs,
            found.note,
            lastMs,
            found.note,
            counted);
    if (rules.stream().noneMatch(rule -> rule.id().equals(found.ruleId))) {
      rules.add(
          new RuleView(
              found.ruleId,
              found.title,
              "What this rule looks for: " + found.title,
              found.severity,
              found.threatClass,
              found.techniques,
              "detection",
              new LogSource("webserver", "", ""),
              found.title + ".yml",
              List.of(found.title),
              List.of(found.title),
              found.advice));
    }
    var detections = new ArrayList<Commit.Found>();
    for (int i = 0; i < count; i++) {
      detections.add(
          new Commit.Found(
              new Detection(
                  found.ruleId,
                  found.title,
                  found.severity,
                  found.threatClass,
                  found.techniques,
                  lastMs - i * 20_000L,
                  counted.get(count - 1 - i),
                  found.entity,
                  found.sourceIp,
                  found.userName,
                  found.hostName,
                  found.reason,
                  List.of(found.evidence),
                  1,
                  found.line),
              alertId));
    }
    commit(sourceName(found), lines, lastMs, detections, List.of(alert));
    return alert;
  }

  private static String sourceName(Case found) {
    return "http:" + shortened(found.title);
  }

  /// An attack that happens now, told to those who watch.
  Alert happenNow(String title, Severity severity) {
    var alert =
        open(
            new Case(
                "rule-live",
                title,
                severity,
                ThreatClass.EXPLOIT,
                List.of("T1190"),
                new Entity(Entity.Kind.IP, "198.51.100.200"),
                "198.51.100.200",
                "",
                "web-1",
                "198.51.100.200 did it just now.",
                "Look at it.",
                new Evidence("message", "just now", 0, 4),
                "just now",
                ""),
            System.currentTimeMillis(),
            1);
    live.committed(new CommitNotice(List.of(), 0, List.of(alert), List.of(), List.of()));
    return alert;
  }

  void note(String type, String message) {
    store.addActivity(new Activity(0, System.currentTimeMillis(), type, message));
    live.happened(store.activity(1).getFirst());
  }

  private void commit(
      String source,
      List<String> lines,
      long receivedMs,
      List<Commit.Found> detections,
      List<Alert> alerts) {
    var state = store.openSource(source, "");
    var bytes = new ByteArrayOutputStream();
    int[] starts = new int[lines.size()];
    int[] ends = new int[lines.size()];
    for (int i = 0; i < lines.size(); i++) {
      starts[i] = bytes.size();
      bytes.writeBytes(lines.get(i).getBytes(StandardCharsets.UTF_8));
      ends[i] = bytes.size();
    }
    var batch = new Batch(source, "", receivedMs, bytes.toByteArray(), starts, ends, null, null);
    var tally = new Tally();
    tally.begin();
    var reader = new LogReader(dictionary);
    var event = new Event(dictionary);
    for (int i = 0; i < batch.count(); i++) {
      reader.read(batch.bytes(), starts[i], ends[i], receivedMs, "", event);
      tally.add(event, receivedMs, i < detections.size());
    }
    var prepared = store.prepare(batch, tally.summary());
    store.commit(
        new Commit(
            List.of(
                new Commit.Entry(
                    prepared, state.id(), state.nextSequence(), detections, new byte[0], 0)),
            alerts,
            List.of()));
    accepted.addAndGet(lines.size());
  }

  private static String json(long timeMs, String ip, String user, String message) {
    return "{\"@timestamp\":\"%s\",\"source.ip\":%s,\"user.name\":%s,\"message\":%s,\"user_agent.original\":%s,%s:%s}"
        .formatted(
            Instant.ofEpochMilli(timeMs),
            quoted(ip),
            quoted(user),
            quoted(message),
            quoted(message),
            quoted(shortened(message)),
            quoted(message));
  }

  private static String quoted(String text) {
    var out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || Character.isSurrogate(c)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private static String shortened(String text) {
    return cut(text, ID_LENGTH_MAX);
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most);
  }

  /// Thread-safe. This server takes no events: the tests write to the store themselves.
  private static final class NoIntake implements Intake {
    @Override
    public CompletableFuture<Receipt> submit(Batch batch) {
      return CompletableFuture.failedFuture(
          new Refused(Refused.Cause.UNAVAILABLE, 1, "this server takes no events"));
    }

    @Override
    public CompletableFuture<Receipt> submitPatiently(Batch batch) {
      return submit(batch);
    }
  }
}
