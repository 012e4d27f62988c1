package dev.vedette.server;

import dev.vedette.store.StoreHealth;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/// Thread-safe. Counts requests, and writes everything that is counted in Prometheus' text format
/// 0.0.4. Time series are bounded: operations come from the contract, statuses from a short list.
///
/// @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition
///   formats</a>
final class Metrics {
  private static final double[] BOUNDS_SECONDS = {0.005, 0.025, 0.1, 0.5, 2.5, 10};

  private static final class Timing {
    final LongAdder[] buckets = new LongAdder[BOUNDS_SECONDS.length + 1];
    final LongAdder nanos = new LongAdder();

    Timing() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }
  }

  private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final Map<String, Timing> timings = new ConcurrentSkipListMap<>();
  private final LongAdder refused = new LongAdder();

  /// Counts one answered request.
  ///
  /// @param operation as the contract writes it, or `other`
  void request(String operation, int status, long nanos) {
    requests
        .computeIfAbsent(
            "operation=\"%s\",status=\"%d\"".formatted(operation, status), _ -> new LongAdder())
        .increment();
    var timing = timings.computeIfAbsent(operation, _ -> new Timing());
    int bucket = 0;
    while (bucket < BOUNDS_SECONDS.length && nanos / 1e9 > BOUNDS_SECONDS[bucket]) {
      bucket++;
    }
    timing.buckets[bucket].increment();
    timing.nanos.add(nanos);
  }

  /// Counts lines of a request that were not offered to the intake, because it had refused others
  /// of them or the request found no room.
  void refused(long lines) {
    refused.add(lines);
  }

  /// Lines not taken, by the intake or before it.
  long refused(Vitals vitals) {
    return vitals.refused() + refused.sum();
  }

  String text(Vitals vitals, StoreHealth store, int watchers, String version) {
    var out = new StringBuilder(8_192);
    family(out, "vedette_build_info", "gauge", "The version that runs.");
    sample(out, "vedette_build_info", "version=\"" + escape(version) + "\"", 1);
    counter(out, "vedette_events_accepted", "Lines made durable.", vitals.accepted());
    counter(out, "vedette_events_refused", "Lines not taken.", refused(vitals));
    counter(out, "vedette_events_suspicious", "Lines with a detection.", vitals.suspicious());
    counter(out, "vedette_events_unparsed", "Lines no format took.", vitals.unparsed());
    counter(out, "vedette_detections", "Rules that fired.", vitals.detections());
    gauge(out, "vedette_queue_lines", "Lines waiting.", vitals.queued());
    gauge(out, "vedette_queue_lines_max", "Lines refused above this.", vitals.queueCapacity());
    gauge(
        out,
        "vedette_events_per_second",
        "Lines made durable per second now.",
        vitals.eventsPerSecond());
    gauge(
        out,
        "vedette_lag_seconds",
        "From arrival to durable, slowest batch of the last seconds.",
        vitals.lagMs() / 1e3);
    gauge(out, "vedette_store_writable", "1 when events can be stored.", store.writable() ? 1 : 0);
    gauge(out, "vedette_store_bytes", "Size of the store.", store.bytes());
    gauge(out, "vedette_store_free_bytes", "Room left beside it.", store.freeBytes());
    gauge(out, "vedette_store_events", "Events stored.", store.events());
    gauge(out, "vedette_live_watchers", "Clients on the WebSocket.", watchers);
    sources(out, vitals);
    http(out);
    process(out);
    return out.toString();
  }

  private static void sources(StringBuilder out, Vitals vitals) {
    family(
        out, "vedette_source_lines_total", "counter", "Lines of a source by what became of them.");
    for (var source : vitals.sources()) {
      String name = "source=\"" + escape(source.name()) + "\",outcome=";
      sample(out, "vedette_source_lines_total", name + "\"received\"", source.received());
      sample(out, "vedette_source_lines_total", name + "\"refused\"", source.refused());
      sample(out, "vedette_source_lines_total", name + "\"cut\"", source.cut());
      sample(out, "vedette_source_lines_total", name + "\"dropped\"", source.dropped());
    }
  }

  private void http(StringBuilder out) {
    family(out, "vedette_http_requests_total", "counter", "Requests answered.");
    requests.forEach(
        (labels, count) -> sample(out, "vedette_http_requests_total", labels, count.sum()));
    family(out, "vedette_http_request_seconds", "histogram", "Time until the answer.");
    timings.forEach((operation, timing) -> {
      String label = "operation=\"" + operation + "\"";
      long sum = 0;
      for (int i = 0; i < timing.buckets.length; i++) {
        sum += timing.buckets[i].sum();
        String bound = i < BOUNDS_SECONDS.length ? String.valueOf(BOUNDS_SECONDS[i]) : "+Inf";
        sample(out, "vedette_http_request_seconds_bucket", label + ",le=\"" + bound + "\"", sum);
      }
      sample(out, "vedette_http_request_seconds_sum", label, timing.nanos.sum() / 1e9);
      sample(out, "vedette_http_request_seconds_count", label, sum);
    });
  }

  private static void process(StringBuilder out) {
    var runtime = Runtime.getRuntime();
    gauge(
        out,
        "vedette_heap_used_bytes",
        "Heap in use.",
        runtime.totalMemory() - runtime.freeMemory());
    gauge(out, "vedette_heap_max_bytes", "Heap at most.", runtime.maxMemory());
    gauge(
        out,
        "vedette_uptime_seconds",
        "Since the start.",
        ManagementFactory.getRuntimeMXBean().getUptime() / 1e3);
  }

  private static void counter(StringBuilder out, String name, String help, long value) {
    family(out, name + "_total", "counter", help);
    sample(out, name + "_total", "", value);
  }

  private static void gauge(StringBuilder out, String name, String help, long value) {
    family(out, name, "gauge", help);
    sample(out, name, "", value);
  }

  private static void gauge(StringBuilder out, String name, String help, double value) {
    family(out, name, "gauge", help);
    sample(out, name, "", value);
  }

  private static void family(StringBuilder out, String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void sample(StringBuilder out, String name, String labels, long value) {
    sample(out, name, labels, String.valueOf(value));
  }

  private static void sample(StringBuilder out, String name, String labels, double value) {
    sample(out, name, labels, String.format(Locale.ROOT, "%.6f", value));
  }

  private static void sample(StringBuilder out, String name, String labels, String value) {
    out.append(name);
    if (!labels.isEmpty()) {
      out.append('{').append(labels).append('}');
    }
    out.append(' ').append(value).append('\n');
  }

  private static String escape(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
