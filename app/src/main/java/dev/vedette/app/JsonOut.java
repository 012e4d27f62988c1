package dev.vedette.app;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.vedette.event.Alert;
import dev.vedette.event.Detection;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/// Confined to one thread. JSON Lines to a file or to standard output (`-`): the shapes of
/// `docs/cli.md`.
final class JsonOut implements Closeable {
  private static final JsonFactory JSON = new JsonFactory();

  private final OutputStream out;
  private final boolean owned;
  private final JsonGenerator json;

  private JsonOut(OutputStream out, boolean owned) throws IOException {
    this.out = out;
    this.owned = owned;
    this.json = JSON.createGenerator(out).setRootValueSeparator(null);
  }

  /// Opens a destination; `-` is standard output.
  static JsonOut to(String destination) throws IOException {
    return destination.equals("-")
        ? new JsonOut(new BufferedOutputStream(System.out, 1 << 16), false)
        : new JsonOut(
            new BufferedOutputStream(new FileOutputStream(Path.of(destination).toFile()), 1 << 16),
            true);
  }

  JsonGenerator generator() {
    return json;
  }

  /// Ends the object that the generator has written.
  void endLine() throws IOException {
    json.writeRaw('\n');
  }

  void detection(Analysis.Located located) {
    Detection d = located.detection();
    try {
      json.writeStartObject();
      json.writeNumberField("line", located.line());
      json.writeStringField("file", located.file());
      json.writeStringField("@timestamp", Instant.ofEpochMilli(d.timeMs()).toString());
      json.writeStringField("rule_id", d.ruleId());
      json.writeStringField("title", d.title());
      json.writeStringField("severity", d.severity().word());
      json.writeStringField("class", d.threatClass().word());
      json.writeStringField("source_ip", d.sourceIp());
      json.writeStringField("user_name", d.userName());
      json.writeStringField("host_name", d.hostName());
      json.writeStringField("entity", d.entity().value());
      strings("technique", d.techniques());
      json.writeArrayFieldStart("evidence");
      for (var evidence : d.evidence()) {
        json.writeStartObject();
        json.writeStringField("field", evidence.field());
        json.writeStringField("fragment", evidence.fragment());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeStringField("reason", d.reason());
      json.writeNumberField("count", d.events());
      json.writeEndObject();
      endLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void alert(Alert a) throws IOException {
    json.writeStartObject();
    json.writeStringField("rule_id", a.ruleId());
    json.writeStringField("title", a.title());
    json.writeStringField("severity", a.severity().word());
    json.writeStringField("class", a.threatClass().word());
    json.writeStringField("entity", a.entity().value());
    json.writeStringField("entity_kind", a.entity().kind().word());
    json.writeStringField("source_ip", a.sourceIp());
    json.writeStringField("user_name", a.userName());
    json.writeStringField("host_name", a.hostName());
    strings("technique", a.techniques());
    json.writeNumberField("count", a.events());
    json.writeNumberField("detections", a.detections());
    json.writeStringField("first", Instant.ofEpochMilli(a.firstMs()).toString());
    json.writeStringField("last", Instant.ofEpochMilli(a.lastMs()).toString());
    json.writeStringField("reason", a.reason());
    json.writeStringField("advice", a.advice());
    json.writeEndObject();
    endLine();
  }

  void strings(String name, List<String> values) throws IOException {
    json.writeArrayFieldStart(name);
    for (var value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  @Override
  public void close() throws IOException {
    json.flush();
    if (owned) {
      out.close();
    } else {
      out.flush();
    }
  }
}
