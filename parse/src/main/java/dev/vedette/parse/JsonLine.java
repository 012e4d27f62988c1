package dev.vedette.parse;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Confined to one worker. JSON lines: every key becomes a field of its dotted name, so that lines
/// that speak ECS are done, and well-known shapes are put into ECS in addition: the web servers'
/// JSON access logs, Suricata's and others' `src_ip`, and the usual names for time, level, message
/// and client.
///
/// Two shapes carry a line of another program: Docker's `{"log": ..., "stream": ...}` and
/// journald's `{"MESSAGE": ..., "SYSLOG_IDENTIFIER": ...}`. What is inside is read as if it had
/// come alone.
///
/// ECS fields that a line already has are never added a second time.
final class JsonLine {
  /// Data sets beyond these are `json`: a client that invents names must not grow our tables. Like
  /// the dictionary's capacity this is where a line may depend on what came before; the fields do
  /// not.
  private static final int DATASETS_MAX = 64;

  private static final int DATASET_BYTES_MAX = 64;

  /// Reads a text that stands inside a JSON value.
  interface Inner {
    void read(byte[] b, int from, int to);
  }

  private record Named(byte[] name, Dataset dataset) {}

  private final Fields fields;
  private final JsonReader reader;
  private final WellKnownKeys keys;
  private final Syslog syslog;
  private final List<Named> datasets = new ArrayList<>();

  private final int ecsVersion;
  private final int dockerLog;
  private final int dockerStream;
  private final int journalMessage;
  private final int[] journalHost;
  private final int[] journalProgram;
  private final int[] journalPid;
  private final int[] journalTime;
  private final int journalPriority;

  JsonLine(Fields fields, WellKnownKeys keys, Syslog syslog) {
    this.fields = fields;
    this.reader = new JsonReader(fields);
    this.keys = keys;
    this.syslog = syslog;
    ecsVersion = keys.id("ecs.version");
    dockerLog = keys.id("log");
    dockerStream = keys.id("stream");
    journalMessage = keys.id("MESSAGE");
    journalHost = keys.ids("_HOSTNAME");
    journalProgram = keys.ids("SYSLOG_IDENTIFIER", "_COMM");
    journalPid = keys.ids("SYSLOG_PID", "_PID");
    journalTime = keys.ids("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP");
    journalPriority = keys.id("PRIORITY");
  }

  /// Fills the event from a JSON line; false where it is none.
  boolean read(byte[] b, int from, int to, Inner inner) {
    if (!reader.read(b, from, to)) {
      return false;
    }
    Event event = fields.event;
    event.dataset(Datasets.JSON);
    boolean named = false;
    int slot = event.first(Ecs.EVENT_DATASET);
    if (slot >= 0) {
      named = true;
      event.dataset(dataset(event.array(slot), event.from(slot), event.to(slot)));
    }
    if (journal()) {
      return true;
    }
    keys.readTime();
    if (docker(inner)) {
      return true;
    }
    boolean ecs = named || event.has(ecsVersion) || event.has(Ecs.EVENT_CATEGORY);
    if (!ecs && keys.web()) {
      return true;
    }
    if (!carried(named, inner)) {
      keys.map(ecs);
    }
    return true;
  }

  // ---- shapes
  // ------------------------------------------------------------------------------------------------------

  /// journald's export: the message is a syslog message of the program that it names.
  private boolean journal() {
    Event event = fields.event;
    int text = event.first(journalMessage);
    int program = keys.firstScalar(journalProgram);
    if (text < 0 || event.kind(text) != Event.Kind.STRING) {
      return false;
    }
    int host = keys.firstScalar(journalHost);
    if (program < 0 && host < 0) {
      return false;
    }
    int at = keys.firstScalar(journalTime);
    if (at >= 0) {
      event.timeMs(Times.epoch(event.array(at), event.from(at), event.to(at)));
    }
    event.dataset(Datasets.SYSLOG);
    keys.copy(Ecs.HOST_HOSTNAME, host);
    keys.copy(Ecs.PROCESS_NAME, program);
    keys.copy(Ecs.PROCESS_PID, keys.firstScalar(journalPid));
    keys.copy(Ecs.LOG_SYSLOG_SEVERITY_CODE, event.first(journalPriority));
    syslog.readMessage(
        program < 0 ? Programs.NONE : event.array(program),
        program < 0 ? 0 : event.from(program),
        program < 0 ? 0 : event.to(program),
        event.array(text),
        event.from(text),
        event.to(text));
    return true;
  }

  private boolean docker(Inner inner) {
    Event event = fields.event;
    int text = event.first(dockerLog);
    if (text < 0 || event.kind(text) != Event.Kind.STRING || !event.has(dockerStream)) {
      return false;
    }
    byte[] b = event.array(text);
    int from = event.from(text);
    readInner(b, from, Scan.trimEnd(b, from, event.to(text)), inner);
    return true;
  }

  /// A shipper's envelope: the data set is one of ours, and the message is still the raw line.
  private boolean carried(boolean named, Inner inner) {
    Event event = fields.event;
    int text = event.first(Ecs.MESSAGE);
    if (!named
        || text < 0
        || event.has(Ecs.SOURCE_IP)
        || event.has(Ecs.EVENT_CATEGORY)
        || event.has(Ecs.URL_ORIGINAL)
        || event.has(Ecs.USER_NAME)
        || event.has(Ecs.PROCESS_NAME)
        || !isOurs(event.dataset())) {
      return false;
    }
    byte[] b = event.array(text);
    int from = event.from(text);
    readInner(b, from, Scan.trimEnd(b, from, event.to(text)), inner);
    return true;
  }

  private static boolean isOurs(Dataset dataset) {
    return switch (dataset.module()) {
      case "system", "nginx", "apache" -> true;
      default -> false;
    };
  }

  private void readInner(byte[] b, int from, int to, Inner inner) {
    Event event = fields.event;
    long outer = event.timeMs();
    inner.read(b, from, to);
    if (event.timeMs() == Event.NO_TIME) {
      event.timeMs(outer);
    }
  }

  private Dataset dataset(byte[] b, int from, int to) {
    for (var known : datasets) {
      if (Scan.equals(b, from, to, known.name())) {
        return known.dataset();
      }
    }
    if (to - from > DATASET_BYTES_MAX || to == from || !Fields.isHostName(b, from, to)) {
      return Datasets.JSON;
    }
    if (datasets.size() == DATASETS_MAX) {
      return Datasets.JSON;
    }
    byte[] name = Arrays.copyOfRange(b, from, to);
    var dataset = Datasets.named(new String(name, StandardCharsets.US_ASCII));
    datasets.add(new Named(name, dataset));
    return dataset;
  }
}
