package dev.vedette.server;

import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.EventId;
import dev.vedette.event.IpAddress;
import dev.vedette.store.Activity;
import dev.vedette.store.EventQuery;
import dev.vedette.store.Query;
import dev.vedette.store.SearchCursor;
import dev.vedette.store.Store;
import dev.vedette.store.TimeRange;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Thread-safe. The simple log API: submit one message, list what was found, set a status, keep the
/// allow-list. Paths and bodies are those of the products that it stands in for.
final class SimpleApi {
  /// Room for a message of the longest line with every character escaped.
  private static final int MESSAGE_BYTES_MAX = 8 << 20;

  private static final int JSON_BYTES_MAX = 64 << 10;
  private static final long SEARCH_MS_MAX = 5_000;

  private final Services services;
  private final Store store;
  private final Ingest ingest;
  private final Api api;
  private final InstantSource clock;

  SimpleApi(Services services, Ingest ingest, Api api, InstantSource clock) {
    this.services = services;
    this.store = services.store();
    this.ingest = ingest;
    this.api = api;
    this.clock = clock;
  }

  private static void status(Context ctx, int status, String word) {
    Api.json(
        ctx,
        status,
        json -> {
          json.writeStartObject();
          json.writeStringField("status", word);
          json.writeEndObject();
        });
  }

  void submit(Context ctx) {
    // Simple clients name no type, or a wrong one (`curl -d`). A page of another origin could do
    // the
    // same, but it cannot add a token.
    var body =
        ctx.header("Authorization") != null
            ? Api.bodyOfAnyType(ctx, MESSAGE_BYTES_MAX)
            : Api.body(ctx, MESSAGE_BYTES_MAX);
    String message = Api.string(body, "message");
    if (message.isBlank()) {
      throw Problem.invalid("message", "`message` is empty.");
    }
    byte[] line = Ingest.utf8(message);
    if (line.length > Batch.LINE_BYTES_MAX) {
      throw Problem.of(
          413, "`message` is larger than %d KiB.".formatted(Batch.LINE_BYTES_MAX >> 10));
    }
    ingest.message(line);
    status(ctx, 200, "Log submitted successfully");
  }

  // ---- what was found
  // -----------------------------------------------------------------------------------------------

  private record Processed(
      String id,
      String message,
      boolean anomaly,
      long timeMs,
      String status,
      String reason,
      String sourceIp,
      String severity,
      String alertId) {}

  void list(Context ctx) {
    var params = api.params(ctx);
    boolean anomaly =
        params
            .bool("is_anomaly")
            .orElseThrow(
                () -> Problem.invalid("is_anomaly", "`is_anomaly` is missing: `true` or `false`."));
    int limit = params.integer("limit", 1, 1_000, 100);
    String cursor = params.text("cursor", 64);
    params.end();
    var before = cursor.isEmpty() ? null : EventsApi.cursor(cursor);
    var page = anomaly ? anomalies(before, limit) : ordinary(before, limit);
    var next = page.next();
    if (next != null) {
      // The body is an array: RFC 8288 tells where the next page is.
      ctx.header(
          "Link",
          "</alerts?is_anomaly=%s&limit=%d&cursor=%s>; rel=\"next\""
              .formatted(anomaly, limit, next));
    }
    Api.json(
        ctx,
        json -> {
          json.writeStartArray();
          for (var log : page.logs()) {
            json.writeStartObject();
            json.writeStringField("id", log.id);
            json.writeStringField("message", log.message);
            json.writeBooleanField("is_anomaly", log.anomaly);
            json.writeNumberField("timestamp", Math.floorDiv(log.timeMs, 1_000));
            json.writeStringField("status", log.status);
            json.writeStringField("reason", log.reason);
            json.writeStringField("source_ip", log.sourceIp);
            if (log.anomaly) {
              json.writeStringField("severity", log.severity);
              json.writeStringField("alert_id", log.alertId);
            }
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /// A page, and where the next one starts, if there may be one.
  private record Page(List<Processed> logs, @Nullable SearchCursor next) {}

  /// Events with detections, newest first; the worst detection of an event speaks for it.
  private Page anomalies(@Nullable SearchCursor before, int limit) {
    var found = store.suspiciousEvents(before, limit);
    var logs = new ArrayList<Processed>();
    for (var event : found) {
      var stored = event.worst();
      var detection = stored.detection();
      logs.add(
          new Processed(
              detection.event().toString(),
              detection.original(),
              true,
              detection.timeMs(),
              stored.status().word(),
              detection.reason(),
              detection.sourceIp(),
              detection.severity().word(),
              "a-" + stored.alertId()));
    }
    if (found.size() < limit) {
      return new Page(logs, null);
    }
    return new Page(logs, found.getLast().place());
  }

  private Page ordinary(@Nullable SearchCursor before, int limit) {
    var found =
        store.search(
            new EventQuery(
                TimeRange.ALL, Query.EVERYTHING, "", limit, before, false, SEARCH_MS_MAX));
    var logs = new ArrayList<Processed>();
    for (var hit : found.hits()) {
      logs.add(
          new Processed(
              hit.id().toString(),
              hit.original(),
              false,
              hit.timeMs(),
              AlertStatus.NEW.word(),
              "",
              hit.fields().getOrDefault("source.ip", ""),
              "",
              ""));
    }
    return new Page(logs, found.next());
  }

  /// Takes an event's id or an alert's.
  void setStatus(Context ctx) {
    String id = ctx.pathParam("id");
    boolean isAlert = id.startsWith("a-");
    long alertId = isAlert ? Api.alertNumber(id) : 0;
    var event = isAlert ? new EventId(0, 0) : Api.eventId(id);
    var status = Api.status(Api.body(ctx, JSON_BYTES_MAX));
    if (isAlert) {
      var alert =
          store.alert(alertId).orElseThrow(() -> Problem.notFound("There is no alert " + id + "."));
      api.changeStatus(alert, status, api.who(ctx), alert.note());
    } else {
      String who = api.who(ctx);
      long nowMs = clock.millis();
      if (!store.setEventStatus(event, status, who, nowMs)) {
        throw Problem.notFound("There is no event " + id + " with a detection.");
      }
      services.live().happened(Activity.eventStatus(event, status, who, nowMs));
    }
    status(ctx, 200, "Alert status updated successfully");
  }

  // ---- the allow-list
  // -----------------------------------------------------------------------------------------------

  void listAllowed(Context ctx) {
    api.params(ctx).end();
    var allowed = store.allowList();
    Api.json(
        ctx,
        json -> {
          json.writeStartObject();
          Shapes.strings(json, "whitelisted_ips", allowed);
          json.writeEndObject();
        });
  }

  void allow(Context ctx) {
    String ip = canonical(Api.string(Api.body(ctx, JSON_BYTES_MAX), "ip"));
    String who = api.who(ctx);
    long nowMs = clock.millis();
    if (store.allow(ip, who, nowMs)) {
      services.live().happened(Activity.allowed(ip, who, nowMs));
      services.allowListChanged().accept(store.allowList());
    }
    status(ctx, 201, "IP added to whitelist");
  }

  void disallow(Context ctx) {
    String ip = canonical(ctx.pathParam("ip"));
    String who = api.who(ctx);
    long nowMs = clock.millis();
    if (!store.disallow(ip, who, nowMs)) {
      throw Problem.notFound(ip + " is not on the allow-list.");
    }
    services.live().happened(Activity.disallowed(ip, who, nowMs));
    services.allowListChanged().accept(store.allowList());
    status(ctx, 200, "IP removed from whitelist");
  }

  private static String canonical(String text) {
    var ip = new IpAddress();
    if (!ip.parse(text.strip())) {
      throw Problem.invalid("ip", "`ip` must be an IPv4 or IPv6 address.");
    }
    byte[] out = new byte[IpAddress.TEXT_BYTES_MAX];
    return new String(out, 0, ip.write(out, 0), StandardCharsets.US_ASCII);
  }
}
