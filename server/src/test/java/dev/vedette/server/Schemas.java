package dev.vedette.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Immutable. The contract as a real parser reads it, and a check of JSON against the part of JSON
/// Schema 2020-12 that the contract uses. A keyword that it does not know is a fault of its own, so
/// that no schema is checked by half.
final class Schemas {
  private static final List<String> KNOWN =
      List.of(
          "$ref",
          "type",
          "enum",
          "const",
          "properties",
          "required",
          "additionalProperties",
          "propertyNames",
          "items",
          "oneOf",
          "pattern",
          "minimum",
          "maximum",
          "minLength",
          "maxLength",
          "format",
          "description",
          "example",
          "default");

  final JsonNode contract;

  Schemas() throws IOException {
    try (var in = Schemas.class.getResourceAsStream("/openapi.yaml")) {
      var yaml = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      contract = new ObjectMapper().valueToTree(yaml);
    }
  }

  JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? contract.at(node.get("$ref").asText().substring(1)) : node;
  }

  JsonNode operation(String method, String path) {
    return contract.path("paths").path(path).path(method.toLowerCase(java.util.Locale.ROOT));
  }

  /// What is wrong with an answer; empty when the contract allows it.
  List<String> faults(String method, String path, int status, String type, String body)
      throws IOException {
    var response = resolve(operation(method, path).path("responses").path(String.valueOf(status)));
    if (response.isMissingNode()) {
      return List.of("status " + status + " is not in the contract");
    }
    String media = type.replaceAll(";.*", "");
    var content = response.path("content");
    if (content.isMissingNode()) {
      return body.isEmpty() ? List.of() : List.of("the contract has no body");
    }
    if (!content.has(media)) {
      return List.of("type " + media + " is not in the contract");
    }
    if (!media.endsWith("json")) {
      return List.of();
    }
    return faults(content.get(media).get("schema"), new ObjectMapper().readTree(body));
  }

  List<String> faults(JsonNode schema, JsonNode value) {
    var faults = new ArrayList<String>();
    check(schema, value, "$", faults);
    return faults;
  }

  private void check(JsonNode schema, JsonNode value, String at, List<String> faults) {
    schema
        .fieldNames()
        .forEachRemaining(name -> {
          if (!KNOWN.contains(name)) {
            faults.add(at + ": the test does not know the keyword " + name);
          }
        });
    if (schema.has("$ref")) {
      check(resolve(schema), value, at, faults);
    }
    if (schema.has("type") && !hasType(schema.get("type"), value)) {
      faults.add(at + ": " + value + " is no " + schema.get("type"));
      return;
    }
    if (schema.has("const") && !schema.get("const").equals(value)) {
      faults.add(at + ": " + value + " is not " + schema.get("const"));
    }
    if (schema.has("enum") && !contains(schema.get("enum"), value)) {
      faults.add(at + ": " + value + " is none of " + schema.get("enum"));
    }
    if (schema.has("oneOf")) {
      int matching = 0;
      for (var choice : schema.get("oneOf")) {
        matching += faults(choice, value).isEmpty() ? 1 : 0;
      }
      if (matching != 1) {
        faults.add(at + ": " + matching + " of the choices match");
      }
    }
    checkText(schema, value, at, faults);
    checkNumber(schema, value, at, faults);
    checkObject(schema, value, at, faults);
    if (schema.has("items")) {
      for (int i = 0; i < value.size(); i++) {
        check(schema.get("items"), value.get(i), at + "[" + i + "]", faults);
      }
    }
  }

  private static void checkText(JsonNode schema, JsonNode value, String at, List<String> faults) {
    if (!value.isTextual()) {
      return;
    }
    String text = value.textValue();
    if (schema.has("pattern")
        && !Pattern.compile(schema.get("pattern").textValue()).matcher(text).find()) {
      faults.add(at + ": " + value + " does not match");
    }
    if (text.length() < schema.path("minLength").asInt(0)
        || text.length() > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
      faults.add(at + ": the length of " + value + " is wrong");
    }
  }

  private static void checkNumber(JsonNode schema, JsonNode value, String at, List<String> faults) {
    if (value.isNumber()
        && ((schema.has("minimum") && value.asDouble() < schema.get("minimum").asDouble())
            || (schema.has("maximum") && value.asDouble() > schema.get("maximum").asDouble()))) {
      faults.add(at + ": " + value + " is out of bounds");
    }
  }

  private void checkObject(JsonNode schema, JsonNode value, String at, List<String> faults) {
    if (!value.isObject()) {
      return;
    }
    for (var name : schema.path("required")) {
      if (!value.has(name.textValue())) {
        faults.add(at + ": " + name + " is missing");
      }
    }
    var properties = schema.path("properties");
    for (var field : value.properties()) {
      String where = at + "." + field.getKey();
      if (properties.has(field.getKey())) {
        check(properties.get(field.getKey()), field.getValue(), where, faults);
      } else if (schema.has("additionalProperties")) {
        check(schema.get("additionalProperties"), field.getValue(), where, faults);
      } else if (!properties.isMissingNode()) {
        faults.add(where + " is not in the contract");
      }
      if (schema.has("propertyNames")) {
        var name = new com.fasterxml.jackson.databind.node.TextNode(field.getKey());
        check(schema.get("propertyNames"), name, where, faults);
      }
    }
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (var one : values) {
      if (one.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasType(JsonNode type, JsonNode value) {
    if (type.isArray()) {
      for (var one : type) {
        if (hasType(one, value)) {
          return true;
        }
      }
      return false;
    }
    return switch (type.textValue()) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      default -> false;
    };
  }
}
