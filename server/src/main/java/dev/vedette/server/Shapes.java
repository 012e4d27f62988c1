package dev.vedette.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.vedette.event.Alert;
import dev.vedette.event.Detection;
import dev.vedette.event.Entity;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.store.Activity;
import dev.vedette.store.TimelinePoint;
import dev.vedette.store.Top;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Thread-safe: static functions only. The nouns as the contract writes them.
final class Shapes {
  private Shapes() {}

  static void alert(JsonGenerator json, Alert alert) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", alert.name());
    json.writeStringField("rule_id", alert.ruleId());
    json.writeStringField("title", alert.title());
    json.writeStringField("severity", alert.severity().word());
    json.writeStringField("class", alert.threatClass().word());
    strings(json, "techniques", alert.techniques());
    entity(json, alert.entity());
    json.writeStringField("source_ip", alert.sourceIp());
    json.writeStringField("user_name", alert.userName());
    json.writeStringField("host_name", alert.hostName());
    json.writeStringField("status", alert.status().word());
    json.writeNumberField("first_ms", alert.firstMs());
    json.writeNumberField("last_ms", alert.lastMs());
    json.writeNumberField("events", alert.events());
    json.writeNumberField("detections", alert.detections());
    json.writeStringField("reason", alert.reason());
    json.writeStringField("advice", alert.advice());
    json.writeNumberField("changed_ms", alert.changedMs());
    json.writeStringField("changed_by", alert.changedBy());
    json.writeNumberField("status_ms", alert.statusMs());
    json.writeStringField("note", alert.note());
    json.writeEndObject();
  }

  static void alerts(JsonGenerator json, String name, List<Alert> alerts) throws IOException {
    json.writeArrayFieldStart(name);
    for (var alert : alerts) {
      alert(json, alert);
    }
    json.writeEndArray();
  }

  /// @param id the stored detection's id; 0 where it has none yet
  /// @param status of its event
  static void detection(JsonGenerator json, long id, Detection d, long alertId, String status)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("id", id == 0 ? "" : "d-" + id);
    json.writeStringField("alert_id", "a-" + alertId);
    json.writeStringField("rule_id", d.ruleId());
    json.writeStringField("title", d.title());
    json.writeStringField("severity", d.severity().word());
    json.writeStringField("class", d.threatClass().word());
    strings(json, "techniques", d.techniques());
    json.writeNumberField("time_ms", d.timeMs());
    json.writeStringField("event_id", d.event().toString());
    entity(json, d.entity());
    json.writeStringField("source_ip", d.sourceIp());
    json.writeStringField("user_name", d.userName());
    json.writeStringField("host_name", d.hostName());
    json.writeStringField("reason", d.reason());
    json.writeArrayFieldStart("evidence");
    for (var evidence : d.evidence()) {
      json.writeStartObject();
      json.writeStringField("field", evidence.field());
      json.writeStringField("value", evidence.value());
      json.writeNumberField("start", evidence.start());
      json.writeNumberField("end", evidence.end());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("events", d.events());
    json.writeStringField("original", d.original());
    json.writeStringField("status", status);
    json.writeEndObject();
  }

  static void entity(JsonGenerator json, Entity entity) throws IOException {
    json.writeObjectFieldStart("entity");
    json.writeStringField("kind", entity.kind().word());
    json.writeStringField("value", entity.value());
    json.writeEndObject();
  }

  static void activity(JsonGenerator json, List<Activity> activity) throws IOException {
    json.writeArrayFieldStart("activity");
    for (var entry : activity) {
      json.writeStartObject();
      json.writeNumberField("id", entry.id());
      json.writeNumberField("time_ms", entry.timeMs());
      json.writeStringField("type", entry.type());
      json.writeStringField("message", entry.message());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void bySeverity(JsonGenerator json, String name, Map<Severity, Long> counts)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (var severity : Severity.values()) {
      long count = counts.getOrDefault(severity, 0L);
      if (count > 0) {
        json.writeNumberField(severity.word(), count);
      }
    }
    json.writeEndObject();
  }

  static void byClass(JsonGenerator json, String name, Map<ThreatClass, Long> counts)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (var threatClass : ThreatClass.values()) {
      long count = counts.getOrDefault(threatClass, 0L);
      if (count > 0) {
        json.writeNumberField(threatClass.word(), count);
      }
    }
    json.writeEndObject();
  }

  static void timeline(JsonGenerator json, String name, List<TimelinePoint> points)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (var point : points) {
      json.writeStartObject();
      json.writeNumberField("start_ms", point.startMs());
      json.writeNumberField("events", point.events());
      json.writeNumberField("suspicious", point.suspicious());
      bySeverity(json, "detections", point.detections());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void tops(JsonGenerator json, String name, List<Top> tops) throws IOException {
    json.writeArrayFieldStart(name);
    for (var top : tops) {
      json.writeStartObject();
      json.writeStringField("value", top.value());
      json.writeStringField("label", top.label());
      json.writeNumberField("detections", top.detections());
      topTail(json, top);
    }
    json.writeEndArray();
  }

  /// What every row of a top list ends with.
  static void topTail(JsonGenerator json, Top top) throws IOException {
    json.writeNumberField("events", top.events());
    json.writeStringField("severity", top.worst().word());
    json.writeNumberField("first_ms", top.firstMs());
    json.writeNumberField("last_ms", top.lastMs());
    json.writeEndObject();
  }

  static void rule(JsonGenerator json, RuleView rule) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", rule.id());
    json.writeStringField("title", rule.title());
    json.writeStringField("description", rule.description());
    json.writeStringField("severity", rule.severity().word());
    json.writeStringField("class", rule.threatClass().word());
    strings(json, "techniques", rule.techniques());
    json.writeStringField("kind", rule.kind());
    json.writeObjectFieldStart("log_source");
    json.writeStringField("category", rule.logSource().category());
    json.writeStringField("product", rule.logSource().product());
    json.writeStringField("service", rule.logSource().service());
    json.writeEndObject();
    json.writeStringField("file", rule.file());
    strings(json, "false_positives", rule.falsePositives());
    strings(json, "references", rule.references());
    json.writeStringField("advice", rule.advice());
    json.writeEndObject();
  }

  static void strings(JsonGenerator json, String name, List<String> values) throws IOException {
    json.writeArrayFieldStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }
}
