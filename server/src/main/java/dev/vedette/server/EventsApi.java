package dev.vedette.server;

import dev.vedette.event.EventId;
import dev.vedette.store.EventQuery;
import dev.vedette.store.EventVerdict;
import dev.vedette.store.Query;
import dev.vedette.store.QueryException;
import dev.vedette.store.SearchCursor;
import dev.vedette.store.SearchResult;
import dev.vedette.store.Store;
import dev.vedette.store.TimeRange;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Thread-safe. Questions about stored events.
final class EventsApi {
  private static final long SEARCH_MS_MAX = 10_000;

  private final Store store;
  private final Api api;
  private final InstantSource clock;

  EventsApi(Store store, Api api, InstantSource clock) {
    this.store = store;
    this.api = api;
    this.clock = clock;
  }

  void search(Context ctx) {
    var params = api.params(ctx);
    String text = params.text("q", 4_096);
    var range = params.range();
    String source = params.text("source", 512);
    var suspicious = params.bool("suspicious");
    int limit = params.integer("limit", 1, 1_000, 100);
    String cursor = params.text("cursor", 64);
    params.end();
    var before = cursor.isEmpty() ? null : cursor(cursor);
    answer(
        ctx,
        new EventQuery(
            range,
            expression(text),
            source,
            limit,
            before,
            suspicious.orElse(null),
            SEARCH_MS_MAX));
  }

  static SearchCursor cursor(String text) {
    return SearchCursor.parse(text)
        .orElseThrow(
            () -> Problem.invalid("cursor", "`cursor` must be `next` of the page before."));
  }

  private static Query expression(String text) {
    try {
      return Query.parse(text);
    } catch (QueryException e) {
      int from = Math.clamp(e.position(), 0, text.length());
      int to = from;
      while (to < text.length() && !Character.isWhitespace(text.charAt(to))) {
        to++;
      }
      throw Problem.invalid("q", String.valueOf(e.getMessage()), from, Math.max(1, to - from));
    }
  }

  void recent(Context ctx) {
    newest(ctx, 100, null);
  }

  void suspicious(Context ctx) {
    newest(ctx, 50, true);
  }

  private void newest(Context ctx, int limitOtherwise, @Nullable Boolean suspicious) {
    var params = api.params(ctx);
    int limit = params.integer("limit", 1, 1_000, limitOtherwise);
    params.end();
    answer(
        ctx,
        new EventQuery(
            TimeRange.ALL, Query.EVERYTHING, "", limit, null, suspicious, SEARCH_MS_MAX));
  }

  private void answer(Context ctx, EventQuery query) {
    long startMs = clock.millis();
    var found = store.search(query);
    var verdicts = verdicts(store, found.hits());
    Api.json(
        ctx,
        json -> {
          json.writeStartObject();
          events(json, found.hits(), verdicts);
          var next = found.next();
          if (next == null) {
            json.writeNullField("next");
          } else {
            json.writeStringField("next", next.toString());
          }
          json.writeBooleanField("complete", found.complete());
          json.writeNumberField("scanned_events", found.scannedEvents());
          json.writeNumberField("skipped_blocks", found.skippedBlocks());
          json.writeNumberField("took_ms", clock.millis() - startMs);
          json.writeEndObject();
        });
  }

  /// The verdicts of the hits that have detections.
  static Map<EventId, EventVerdict> verdicts(Store store, List<SearchResult.Hit> hits) {
    return store.verdicts(
        hits.stream().filter(hit -> hit.detections() > 0).map(SearchResult.Hit::id).toList());
  }

  static void events(
      com.fasterxml.jackson.core.JsonGenerator json,
      List<SearchResult.Hit> hits,
      Map<EventId, EventVerdict> verdicts)
      throws java.io.IOException {
    json.writeArrayFieldStart("events");
    for (var hit : hits) {
      event(json, hit, verdicts.get(hit.id()));
    }
    json.writeEndArray();
  }

  private static void event(
      com.fasterxml.jackson.core.JsonGenerator json,
      SearchResult.Hit hit,
      @Nullable EventVerdict verdict)
      throws java.io.IOException {
    json.writeStartObject();
    json.writeStringField("id", hit.id().toString());
    json.writeStringField("source", hit.source());
    json.writeNumberField("time_ms", hit.timeMs());
    json.writeNumberField("received_ms", hit.receivedMs());
    json.writeStringField("dataset", hit.dataset());
    json.writeStringField("source_ip", hit.fields().getOrDefault("source.ip", ""));
    json.writeBooleanField("is_suspicious", hit.detections() > 0);
    json.writeNumberField("detections", hit.detections());
    if (verdict == null) {
      json.writeNullField("severity");
    } else {
      json.writeStringField("severity", verdict.worst().word());
    }
    json.writeArrayFieldStart("threat_types");
    if (verdict != null) {
      for (var threatClass : verdict.classes()) {
        json.writeString(threatClass.word());
      }
    }
    json.writeEndArray();
    Shapes.strings(json, "rules", verdict == null ? List.of() : verdict.rules());
    json.writeStringField("original", hit.original());
    json.writeObjectFieldStart("fields");
    for (var field : hit.fields().entrySet()) {
      json.writeStringField(field.getKey(), field.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }
}
