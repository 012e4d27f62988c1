package dev.vedette.server;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.store.Activity;
import dev.vedette.store.AlertQuery;
import dev.vedette.store.DetectionQuery;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import dev.vedette.store.StoreHealth;
import dev.vedette.store.StoredDetection;
import dev.vedette.store.TimeRange;
import dev.vedette.store.Top;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Thread-safe. The operations of the contract, but for those on events ([EventsApi]) and the
/// simple log API ([SimpleApi]).
final class Api {
  private static final Logger LOG = LoggerFactory.getLogger(Api.class);
  private static final long MINUTE_MS = 60_000;
  private static final long DAY_MS = 86_400_000;
  private static final long SILENT_MS = 3_600_000;
  private static final long[] BUCKETS_MINUTES = {
    1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080, 43_200
  };
  private static final int JSON_BYTES_MAX = 64 << 10;
  private static final int NOTE_CHARS_MAX = 4_000;
  private static final int STORY_DETECTIONS_MAX = 1_000;
  private static final int STORY_SHOWN_MAX = 100;
  private static final int STORY_ALERTS_MAX = 100;
  private static final Pattern ALERT_ID = Pattern.compile("a-[0-9]{1,18}");

  private final ServerConfig config;
  private final Services services;
  private final Store store;
  private final Gate gate;
  private final InstantSource clock;
  private final Metrics metrics;
  private final long startedMs;

  Api(ServerConfig config, Services services, Gate gate, InstantSource clock, Metrics metrics) {
    this.config = config;
    this.services = services;
    this.store = services.store();
    this.gate = gate;
    this.clock = clock;
    this.metrics = metrics;
    this.startedMs = clock.millis();
  }

  Params params(Context ctx) {
    return new Params(ctx, clock.millis());
  }

  /// Answers with a JSON document.
  static void json(Context ctx, int status, Json.Content content) {
    ctx.status(status);
    ctx.contentType("application/json");
    ctx.result(Json.text(content));
  }

  static void json(Context ctx, Json.Content content) {
    json(ctx, 200, content);
  }

  /// The object in the body.
  static Map<String, Object> body(Context ctx, int bytesMax) {
    String type = ctx.contentType();
    int semicolon = type == null ? -1 : type.indexOf(';');
    String media =
        type == null ? "" : (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
    if (!media.equalsIgnoreCase("application/json")) {
      throw Problem.of(415, "Send the body as `Content-Type: application/json`.");
    }
    return bodyOfAnyType(ctx, bytesMax);
  }

  /// As above, whatever type it is said to have: only for requests that no page of another origin
  /// can send with this browser's credentials.
  static Map<String, Object> bodyOfAnyType(Context ctx, int bytesMax) {
    if (ctx.header("Content-Encoding") != null) {
      throw Problem.of(415, "No `Content-Encoding` is taken here.");
    }
    try {
      byte[] bytes = ctx.req().getInputStream().readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw Problem.of(413, "The body is larger than %d KiB.".formatted(bytesMax >> 10));
      }
      return Json.object(bytes);
    } catch (java.io.IOException e) {
      throw Problem.malformed("The body ended early.");
    }
  }

  static String string(Map<String, Object> body, String name) {
    if (body.get(name) instanceof String text) {
      return text;
    }
    throw Problem.invalid(name, "`%s` must be a string.".formatted(name));
  }

  static AlertStatus status(Map<String, Object> body) {
    return AlertStatus.ofWord(string(body, "status"))
        .orElseThrow(() ->
            Problem.invalid(
                "status",
                "`status` must be new, acknowledged, in_progress, resolved or false_positive."));
  }

  String who(Context ctx) {
    return gate.identify(ctx).map(Access.Principal::name).orElse("somebody");
  }

  // ---- figures
  // ------------------------------------------------------------------------------------------------------

  void stats(Context ctx) {
    var params = params(ctx);
    var range = params.range();
    params.end();
    var figures = store.statistics(range);
    var vitals = services.vitals().get();
    var sources = store.sources();
    long nowMs = clock.millis();
    long silent =
        sources.stream().filter(source -> isSilent(source.lastReceivedMs(), nowMs)).count();
    long open = figures.openAlerts().values().stream().mapToLong(Long::longValue).sum();
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeNumberField("from_ms", range.fromMs());
          json.writeNumberField("to_ms", range.toMs());
          json.writeNumberField("total_events", figures.events());
          json.writeNumberField("suspicious_events", figures.suspicious());
          json.writeNumberField("threats_detected", figures.detections());
          json.writeNumberField("unique_suspicious_ips", figures.suspiciousIps());
          Shapes.bySeverity(json, "detections_by_severity", figures.detectionsBySeverity());
          Shapes.byClass(json, "detections_by_class", figures.detectionsByClass());
          json.writeNumberField("open_alerts", open);
          Shapes.bySeverity(json, "open_alerts_by_severity", figures.openAlerts());
          json.writeNumberField("first_event_ms", figures.firstMs());
          json.writeNumberField("last_event_ms", figures.lastMs());
          json.writeNumberField("sources", sources.size());
          json.writeNumberField("sources_silent", silent);
          json.writeNumberField("events_per_second", vitals.eventsPerSecond());
          json.writeNumberField("lag_ms", vitals.lagMs());
          json.writeEndObject();
        });
  }

  private static boolean isSilent(long lastReceivedMs, long nowMs) {
    return lastReceivedMs > 0 && lastReceivedMs < nowMs - SILENT_MS;
  }

  void activity(Context ctx) {
    var params = params(ctx);
    int limit = params.integer("limit", 1, 1_000, 10);
    params.end();
    var activity = store.activity(limit);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          Shapes.activity(json, activity);
          json.writeEndObject();
        });
  }

  void trends(Context ctx) {
    var params = params(ctx);
    int days = params.integer("days", 1, 366, 7);
    params.end();
    long endMs = Math.floorDiv(clock.millis(), DAY_MS) * DAY_MS + DAY_MS;
    var points = store.timeline(new TimeRange(endMs - days * DAY_MS, endMs), DAY_MS);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("trends");
          for (var point : points) {
            json.writeStartObject();
            json.writeStringField(
                "date",
                LocalDate.ofInstant(Instant.ofEpochMilli(point.startMs()), ZoneOffset.UTC)
                    .toString());
            json.writeNumberField("start_ms", point.startMs());
            json.writeNumberField("total_events", point.events());
            json.writeNumberField("suspicious_events", point.suspicious());
            json.writeNumberField(
                "total_threats",
                point.detections().values().stream().mapToLong(Long::longValue).sum());
            Shapes.bySeverity(json, "by_severity", point.detections());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  /// Buckets of a round length that cover a range.
  private record Buckets(TimeRange range, long bucketMs) {
    static Buckets of(TimeRange range, int points) {
      long minutes = Math.max(1, (range.toMs() - range.fromMs()) / MINUTE_MS / points);
      long bucketMs = 0;
      for (long step : BUCKETS_MINUTES) {
        bucketMs = step * MINUTE_MS;
        if (step >= minutes) {
          break;
        }
      }
      // Longer than the longest round length: as many of those as it takes.
      long wanted = minutes * MINUTE_MS;
      bucketMs = wanted > bucketMs ? Math.ceilDiv(wanted, bucketMs) * bucketMs : bucketMs;
      long fromMs = Math.floorDiv(range.fromMs(), bucketMs) * bucketMs;
      long toMs = Math.ceilDiv(range.toMs(), bucketMs) * bucketMs;
      return new Buckets(new TimeRange(fromMs, Math.max(toMs, fromMs + bucketMs)), bucketMs);
    }
  }

  private static Buckets buckets(Params params) {
    var range = params.range();
    int points = params.integer("points", 1, 1_000, 60);
    params.end();
    return Buckets.of(range, points);
  }

  void timeline(Context ctx) {
    var buckets = buckets(params(ctx));
    var points = store.timeline(buckets.range, buckets.bucketMs);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeNumberField("from_ms", buckets.range.fromMs());
          json.writeNumberField("to_ms", buckets.range.toMs());
          json.writeNumberField("bucket_ms", buckets.bucketMs);
          Shapes.timeline(json, "points", points);
          json.writeEndObject();
        });
  }

  void threats(Context ctx) {
    var buckets = buckets(params(ctx));
    var points = store.timeline(buckets.range, buckets.bucketMs);
    var categories =
        store.top(Top.Dimension.THREAT_CLASS, buckets.range, ThreatClass.values().length);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeNumberField("from_ms", buckets.range.fromMs());
          json.writeNumberField("to_ms", buckets.range.toMs());
          json.writeNumberField("bucket_ms", buckets.bucketMs);
          Shapes.timeline(json, "timeline", points);
          Shapes.tops(json, "categories", categories);
          json.writeEndObject();
        });
  }

  void topIps(Context ctx) {
    var params = params(ctx);
    var range = params.range();
    int limit = params.integer("limit", 1, 1_000, 10);
    params.end();
    var tops = store.top(Top.Dimension.SOURCE_IP, range, limit);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("top_ips");
          for (var top : tops) {
            json.writeStartObject();
            json.writeStringField("ip", top.value());
            json.writeNumberField("count", top.detections());
            Shapes.topTail(json, top);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  void top(Context ctx) {
    var params = params(ctx);
    String word = params.required("dimension", 32);
    var range = params.range();
    int limit = params.integer("limit", 1, 1_000, 10);
    params.end();
    var dimension = dimension(word);
    var tops = store.top(dimension, range, limit);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeStringField("dimension", word);
          Shapes.tops(json, "top", tops);
          json.writeEndObject();
        });
  }

  private static Top.Dimension dimension(String word) {
    for (var dimension : Top.Dimension.values()) {
      if (dimension.name().toLowerCase(Locale.ROOT).equals(word)) {
        return dimension;
      }
    }
    throw Problem.invalid(
        "dimension",
        "`dimension` must be source_ip, user_name, host_name, rule, threat_class or technique.");
  }

  // ---- alerts
  // -------------------------------------------------------------------------------------------------------

  void listAlerts(Context ctx) {
    var params = params(ctx);
    var range = params.rangeOrAll();
    var statuses = statuses(params.text("status", 128));
    var severity = severity(params.text("severity", 32));
    var threatClass = threatClass(params.text("class", 32));
    String text = params.text("q", 256);
    String entity = params.text("entity", 1_024);
    int offset = params.integer("offset", 0, 1_000_000, 0);
    int limit = params.integer("limit", 1, 500, 50);
    params.end();
    // One more than asked for tells whether another page follows.
    var alerts =
        store.alerts(
            new AlertQuery(
                range, statuses, severity, threatClass, text, entity, offset, limit + 1));
    json(
        ctx,
        json -> {
          json.writeStartObject();
          Shapes.alerts(json, "alerts", alerts.subList(0, Math.min(limit, alerts.size())));
          json.writeNumberField("offset", offset);
          json.writeBooleanField("more", alerts.size() > limit);
          json.writeEndObject();
        });
  }

  private static Set<AlertStatus> statuses(String words) {
    var statuses = EnumSet.noneOf(AlertStatus.class);
    if (words.isEmpty()) {
      return statuses;
    }
    for (String word : words.split(",", -1)) {
      if (word.equals("open")) {
        for (var status : AlertStatus.values()) {
          if (status.isOpen()) {
            statuses.add(status);
          }
        }
      } else {
        statuses.add(
            AlertStatus.ofWord(word)
                .orElseThrow(() ->
                    Problem.invalid(
                        "status",
                        "`status` must be open, new, acknowledged, in_progress, resolved or"
                            + " false_positive, or several with commas.")));
      }
    }
    return statuses;
  }

  private static @Nullable Severity severity(String word) {
    return word.isEmpty()
        ? null
        : Severity.ofWord(word)
            .orElseThrow(() ->
                Problem.invalid(
                    "severity",
                    "`severity` must be informational, low, medium, high or critical."));
  }

  private static @Nullable ThreatClass threatClass(String word) {
    return word.isEmpty()
        ? null
        : ThreatClass.ofWord(word)
            .orElseThrow(
                () -> Problem.invalid("class", "`class` must be one of the threat classes."));
  }

  void getAlert(Context ctx) {
    var params = params(ctx);
    int limit = params.integer("limit", 1, 1_000, 100);
    params.end();
    var alert = alert(ctx.pathParam("id"));
    var detections =
        store.detections(new DetectionQuery(TimeRange.ALL, alert.id(), null, "", limit));
    var counted = store.events(alert.counted());
    var verdicts = EventsApi.verdicts(store, counted);
    Optional<RuleView> rule =
        services.rules().get().stream().filter(r -> r.id().equals(alert.ruleId())).findFirst();
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeFieldName("alert");
          Shapes.alert(json, alert);
          detections(json, detections);
          EventsApi.events(json, counted, verdicts);
          json.writeFieldName("rule");
          if (rule.isPresent()) {
            Shapes.rule(json, rule.get());
          } else {
            json.writeNull();
          }
          json.writeEndObject();
        });
  }

  private static void detections(
      com.fasterxml.jackson.core.JsonGenerator json, List<StoredDetection> detections)
      throws java.io.IOException {
    json.writeArrayFieldStart("detections");
    for (var stored : detections) {
      Shapes.detection(
          json, stored.id(), stored.detection(), stored.alertId(), stored.status().word());
    }
    json.writeEndArray();
  }

  /// The number in an alert's name.
  static long alertNumber(String name) {
    if (!ALERT_ID.matcher(name).matches()) {
      throw Problem.invalid("id", "An alert's id looks like `a-17`.");
    }
    return Long.parseLong(name.substring(2));
  }

  private Alert alert(String name) {
    long id = alertNumber(name);
    return store.alert(id).orElseThrow(() -> Problem.notFound("There is no alert " + name + "."));
  }

  void setAlertStatus(Context ctx) {
    var before = alert(ctx.pathParam("id"));
    var body = body(ctx, JSON_BYTES_MAX);
    var status = status(body);
    String note = body.containsKey("note") ? string(body, "note") : before.note();
    if (note.length() > NOTE_CHARS_MAX) {
      throw Problem.invalid(
          "note", "`note` is longer than %d characters.".formatted(NOTE_CHARS_MAX));
    }
    var alert = changeStatus(before, status, who(ctx), note);
    json(ctx, json -> Shapes.alert(json, alert));
  }

  /// Sets an alert's status and tells those who watch.
  Alert changeStatus(Alert before, AlertStatus status, String who, String note) {
    long nowMs = clock.millis();
    var alert =
        store
            .setAlertStatus(before.id(), status, who, note, nowMs)
            .orElseThrow(() -> Problem.notFound("There is no alert " + before.name() + "."));
    services.live().changed(alert);
    services.live().happened(Activity.alertStatus(alert.id(), alert.title(), status, who, nowMs));
    return alert;
  }

  void entity(Context ctx) {
    var params = params(ctx);
    String kindWord = params.required("kind", 16);
    String value = params.required("value", 1_024);
    var range = params.range();
    params.end();
    var kind = kind(kindWord);
    var alerts =
        store
            .alerts(new AlertQuery(range, Set.of(), null, null, "", value, 0, STORY_ALERTS_MAX))
            .stream()
            .filter(alert -> alert.entity().kind() == kind || alert.sourceIp().equals(value))
            .toList();
    var found = kind == Entity.Kind.IP ? ofAddress(value, range) : ofAlerts(alerts, range);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          Shapes.entity(json, new Entity(kind, value));
          json.writeNumberField("from_ms", range.fromMs());
          json.writeNumberField("to_ms", range.toMs());
          story(json, found);
          Shapes.alerts(json, "alerts", alerts);
          detections(json, found.subList(0, Math.min(STORY_SHOWN_MAX, found.size())));
          json.writeEndObject();
        });
  }

  private static Entity.Kind kind(String word) {
    for (var kind : Entity.Kind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw Problem.invalid(
        "kind", "`kind` must be ip, user, host, domain, url, file, session or source.");
  }

  private List<StoredDetection> ofAddress(String ip, TimeRange range) {
    return store.detections(new DetectionQuery(range, 0, null, ip, STORY_DETECTIONS_MAX));
  }

  private List<StoredDetection> ofAlerts(List<Alert> alerts, TimeRange range) {
    var found = new ArrayList<StoredDetection>();
    for (var alert : alerts) {
      if (found.size() >= STORY_DETECTIONS_MAX) {
        break;
      }
      found.addAll(
          store.detections(
              new DetectionQuery(
                  range, alert.id(), null, "", STORY_DETECTIONS_MAX - found.size())));
    }
    found.sort(
        Comparator.comparingLong((StoredDetection stored) -> stored.detection().timeMs())
            .reversed());
    return found;
  }

  private static void story(
      com.fasterxml.jackson.core.JsonGenerator json, List<StoredDetection> found)
      throws java.io.IOException {
    long events = 0;
    long firstMs = found.isEmpty() ? 0 : Long.MAX_VALUE;
    long lastMs = found.isEmpty() ? 0 : Long.MIN_VALUE;
    Severity worst = null;
    var byClass = new EnumMap<ThreatClass, Long>(ThreatClass.class);
    var byRule = new LinkedHashMap<String, Long>();
    var titles = new TreeMap<String, String>();
    for (var stored : found) {
      var detection = stored.detection();
      events += detection.events();
      firstMs = Math.min(firstMs, detection.timeMs());
      lastMs = Math.max(lastMs, detection.timeMs());
      worst =
          worst == null || detection.severity().compareTo(worst) > 0 ? detection.severity() : worst;
      byClass.merge(detection.threatClass(), 1L, Long::sum);
      byRule.merge(detection.ruleId(), 1L, Long::sum);
      titles.put(detection.ruleId(), detection.title());
    }
    json.writeNumberField("detections_total", found.size());
    json.writeNumberField("events_total", events);
    json.writeNumberField("first_ms", firstMs);
    json.writeNumberField("last_ms", lastMs);
    if (worst == null) {
      json.writeNullField("severity");
    } else {
      json.writeStringField("severity", worst.word());
    }
    Shapes.byClass(json, "by_class", byClass);
    json.writeArrayFieldStart("by_rule");
    for (var rule : byRule.entrySet()) {
      json.writeStartObject();
      json.writeStringField("rule_id", rule.getKey());
      json.writeStringField("title", titles.getOrDefault(rule.getKey(), rule.getKey()));
      json.writeNumberField("detections", rule.getValue());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  // ---- rules and sources
  // --------------------------------------------------------------------------------------------

  void listRules(Context ctx) {
    params(ctx).end();
    var rules = new ArrayList<>(services.rules().get());
    rules.sort(Comparator.comparing(RuleView::title).thenComparing(RuleView::id));
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("rules");
          for (var rule : rules) {
            Shapes.rule(json, rule);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  void listSources(Context ctx) {
    params(ctx).end();
    var running = new TreeMap<String, Vitals.SourceVitals>();
    for (var source : services.vitals().get().sources()) {
      running.put(source.name(), source);
    }
    record Row(int id, String hint, long events, long lastReceivedMs) {}
    var rows = new TreeMap<String, Row>();
    for (String name : running.keySet()) {
      rows.put(name, new Row(0, "", 0, 0));
    }
    for (var state : store.sources()) {
      rows.put(
          state.name(),
          new Row(state.id(), state.hint(), state.nextSequence() - 1, state.lastReceivedMs()));
    }
    long nowMs = clock.millis();
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("sources");
          for (var entry : rows.entrySet()) {
            var row = entry.getValue();
            var now =
                running.getOrDefault(
                    entry.getKey(), new Vitals.SourceVitals(entry.getKey(), false, 0, 0, 0, 0, ""));
            json.writeStartObject();
            json.writeNumberField("id", row.id);
            json.writeStringField("name", entry.getKey());
            json.writeStringField("hint", row.hint);
            json.writeNumberField("events", row.events);
            json.writeNumberField("last_received_ms", row.lastReceivedMs);
            json.writeBooleanField("silent", isSilent(row.lastReceivedMs, nowMs));
            json.writeBooleanField("running", now.running());
            json.writeNumberField("received", now.received());
            json.writeNumberField("refused", now.refused());
            json.writeNumberField("cut", now.cut());
            json.writeNumberField("dropped", now.dropped());
            json.writeStringField("problem", now.problem());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  // ---- access
  // -------------------------------------------------------------------------------------------------------

  void login(Context ctx) {
    var body = body(ctx, JSON_BYTES_MAX);
    String user = body.containsKey("user") ? string(body, "user") : Access.ADMIN;
    String password = string(body, "password");
    if (user.length() > 64 || password.length() > 1_024) {
      throw Problem.invalid("password", "User or password is too long.");
    }
    var login = services.access().login(user, password, ctx.ip());
    note("login", "%s signed in from %s".formatted(user, ctx.ip()));
    var cookie = new Cookie(Gate.COOKIE, login.token());
    cookie.setPath("/");
    cookie.setHttpOnly(true);
    cookie.setSecure(ctx.req().isSecure());
    cookie.setSameSite(SameSite.STRICT);
    ctx.cookie(cookie);
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeStringField("token", login.token());
          json.writeStringField("user", login.principal().name());
          json.writeStringField("role", login.principal().role().word());
          json.writeNumberField("expires_ms", login.principal().expiresMs());
          json.writeEndObject();
        });
  }

  void logout(Context ctx) {
    gate.identify(ctx).ifPresent(services.access()::logout);
    ctx.removeCookie(Gate.COOKIE);
    ctx.status(204);
  }

  void session(Context ctx) {
    var principal = gate.identify(ctx).orElseThrow(() -> Problem.of(401, "Nobody is signed in."));
    json(
        ctx,
        json -> {
          json.writeStartObject();
          json.writeStringField("user", principal.name());
          json.writeStringField("role", principal.role().word());
          if (principal.expiresMs() == 0) {
            json.writeNullField("expires_ms");
          } else {
            json.writeNumberField("expires_ms", principal.expiresMs());
          }
          json.writeBooleanField("insecure_local", config.insecureLocal());
          json.writeEndObject();
        });
  }

  /// Keeps and tells what was done.
  void note(String type, String message) {
    var entry = new Activity(0, clock.millis(), type, message);
    try {
      store.addActivity(entry);
    } catch (StoreException e) {
      // Who signs in to look after a full disk must not be kept out by it.
      LOG.warn("not kept in the activity: {}: {}", message, e.getMessage());
    }
    services.live().happened(entry);
  }

  // ---- operation
  // ----------------------------------------------------------------------------------------------------

  void health(Context ctx) {
    var vitals = services.vitals().get();
    var health = storeHealth();
    var problems = new ArrayList<>(vitals.problems());
    if (!health.problem().isEmpty()) {
      problems.add(health.problem());
    }
    for (var source : vitals.sources()) {
      if (!source.problem().isEmpty()) {
        problems.add(source.name() + ": " + source.problem());
      }
    }
    String status = !health.writable() ? "down" : problems.isEmpty() ? "ok" : "degraded";
    boolean details =
        gate.identify(ctx).filter(principal -> principal.role() == Role.ADMIN).isPresent();
    json(
        ctx,
        health.writable() ? 200 : 503,
        json -> {
          json.writeStartObject();
          json.writeStringField("status", status);
          if (details) {
            healthDetails(json, vitals, health, problems);
          }
          json.writeEndObject();
        });
  }

  private StoreHealth storeHealth() {
    try {
      return store.health();
    } catch (dev.vedette.store.StoreException e) {
      return new StoreHealth(false, String.valueOf(e.getMessage()), "", 0, 0, 0);
    }
  }

  private void healthDetails(
      com.fasterxml.jackson.core.JsonGenerator json,
      Vitals vitals,
      StoreHealth health,
      List<String> problems)
      throws java.io.IOException {
    json.writeStringField("version", config.version());
    json.writeNumberField("uptime_ms", clock.millis() - startedMs);
    json.writeObjectFieldStart("store");
    json.writeBooleanField("writable", health.writable());
    json.writeStringField("problem", health.problem());
    json.writeStringField("kind", health.kind());
    json.writeNumberField("bytes", health.bytes());
    json.writeNumberField("free_bytes", health.freeBytes());
    json.writeNumberField("events", health.events());
    json.writeEndObject();
    json.writeObjectFieldStart("intake");
    json.writeNumberField("accepted", vitals.accepted());
    json.writeNumberField("refused", metrics.refused(vitals));
    json.writeNumberField("queued", vitals.queued());
    json.writeNumberField("queue_capacity", vitals.queueCapacity());
    json.writeNumberField("events_per_second", vitals.eventsPerSecond());
    json.writeNumberField("lag_ms", vitals.lagMs());
    json.writeNumberField("unparsed", vitals.unparsed());
    json.writeEndObject();
    json.writeNumberField("rules", services.rules().get().size());
    json.writeArrayFieldStart("models");
    for (var model : vitals.models()) {
      json.writeStartObject();
      json.writeStringField("name", model.name());
      json.writeBooleanField("loaded", model.loaded());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("live", services.live().watchers());
    Shapes.strings(json, "problems", problems);
  }

  void metrics(Context ctx) {
    params(ctx).end();
    ctx.contentType("text/plain; version=0.0.4; charset=utf-8");
    ctx.result(
        metrics.text(
            services.vitals().get(), storeHealth(), services.live().watchers(), config.version()));
  }

  /// Reads an event's name.
  static EventId eventId(String name) {
    return EventId.parse(name)
        .orElseThrow(
            () -> Problem.invalid("id", "An event's id looks like `12-345`, an alert's `a-17`."));
  }
}
