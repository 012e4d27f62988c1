package dev.vedette.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Immutable. The contract as a page: one document without scripts, so that it lives under the
/// strictest policy. Written when it is first asked for.
final class Docs {
  private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");
  private static final int SCHEMA_DEPTH_MAX = 6;

  private final byte[] html;

  Docs(byte[] yaml) {
    var settings = LoadSettings.builder().build();
    var contract = map(new Load(settings).loadFromString(new String(yaml, StandardCharsets.UTF_8)));
    this.html = new Page(contract).write().getBytes(StandardCharsets.UTF_8);
  }

  byte[] html() {
    return html.clone();
  }

  /// A part of the contract as a map; an empty one for anything else.
  private static Map<?, ?> map(Object node) {
    return node instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<?> list(Object node) {
    return node instanceof List<?> list ? list : List.of();
  }

  private static String text(Map<?, ?> map, String key) {
    Object value = map.get(key);
    return value == null ? "" : String.valueOf(value);
  }

  private static Object get(Map<?, ?> map, String key) {
    Object value = map.get(key);
    return value == null ? Map.of() : value;
  }

  /// Confined to one thread. The page while it is written.
  private static final class Page {
    private final Map<?, ?> contract;
    private final StringBuilder out = new StringBuilder(1 << 16);

    Page(Map<?, ?> contract) {
      this.contract = contract;
    }

    String write() {
      var info = map(get(contract, "info"));
      out.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
          .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
          .append("<meta name=\"color-scheme\" content=\"light dark\">")
          .append("<title>Vedette: the API</title>")
          .append("<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">")
          .append("<link rel=\"stylesheet\" href=\"/docs.css\"></head><body>");
      navigation();
      out.append("<main><h1>").append(escape(text(info, "title"))).append(" API</h1>");
      out.append("<p>Version ").append(escape(text(info, "version")));
      out.append(". The contract itself: <a href=\"/openapi.yaml\">openapi.yaml</a>.</p>");
      prose(text(info, "description"));
      for (Object tag : list(get(contract, "tags"))) {
        operations(map(tag));
      }
      schemas();
      return out.append("</main></body></html>").toString();
    }

    private void navigation() {
      out.append("<nav aria-label=\"Operations\"><a href=\"/\">Dashboard</a>");
      for (Object tag : list(get(contract, "tags"))) {
        String name = text(map(tag), "name");
        out.append("<h2>").append(escape(name)).append("</h2><ul>");
        for (var operation : operationsOf(name)) {
          out.append("<li><a href=\"#")
              .append(escape(text(operation.body, "operationId")))
              .append("\">")
              .append(method(operation.method))
              .append(escape(operation.path))
              .append("</a></li>");
        }
        out.append("</ul>");
      }
      out.append("<h2><a href=\"#schemas\">schemas</a></h2></nav>");
    }

    private record Operation(String method, String path, Map<?, ?> body) {}

    private List<Operation> operationsOf(String tag) {
      var found = new ArrayList<Operation>();
      for (var path : map(get(contract, "paths")).entrySet()) {
        var item = map(path.getValue());
        for (String method : METHODS) {
          var body = map(get(item, method));
          if (list(get(body, "tags")).contains(tag)) {
            found.add(new Operation(method, String.valueOf(path.getKey()), body));
          }
        }
      }
      return found;
    }

    private static String method(String method) {
      return "<b class=\"" + method + "\">" + method.toUpperCase(java.util.Locale.ROOT) + "</b> ";
    }

    private void operations(Map<?, ?> tag) {
      out.append("<h2>").append(escape(text(tag, "name"))).append("</h2>");
      prose(text(tag, "description"));
      for (var operation : operationsOf(text(tag, "name"))) {
        operation(operation);
      }
    }

    private void operation(Operation operation) {
      var body = operation.body;
      out.append("<section id=\"").append(escape(text(body, "operationId"))).append("\"><h3>");
      out.append(method(operation.method)).append("<code>").append(escape(operation.path));
      out.append("</code></h3><p class=\"summary\">").append(escape(text(body, "summary")));
      var roles = list(get(body, "x-roles"));
      out.append("</p><p class=\"roles\">")
          .append(roles.isEmpty() ? "No credentials needed" : "Roles: " + escape(join(roles)))
          .append("</p>");
      prose(text(body, "description"));
      parameters(operation);
      requestBody(map(get(body, "requestBody")));
      responses(map(get(body, "responses")));
      out.append("</section>");
    }

    private static String join(List<?> words) {
      return String.join(", ", words.stream().map(String::valueOf).toList());
    }

    private void parameters(Operation operation) {
      var all = new ArrayList<Object>();
      var item = map(get(map(get(contract, "paths")), operation.path));
      all.addAll(list(get(item, "parameters")));
      all.addAll(list(get(operation.body, "parameters")));
      if (all.isEmpty()) {
        return;
      }
      out.append("<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>")
          .append("</thead><tbody>");
      for (Object parameter : all) {
        var p = resolve(map(parameter));
        out.append("<tr><td><code>").append(escape(text(p, "name"))).append("</code>");
        out.append(Boolean.TRUE.equals(p.get("required")) ? " <em>required</em>" : "");
        out.append("</td><td>").append(escape(text(p, "in"))).append("</td><td>");
        out.append(escape(type(map(get(p, "schema"))))).append("</td><td>");
        out.append(inline(text(p, "description"))).append("</td></tr>");
      }
      out.append("</tbody></table>");
    }

    private void requestBody(Map<?, ?> body) {
      for (var content : map(get(body, "content")).entrySet()) {
        out.append("<h4>Body <code>").append(escape(String.valueOf(content.getKey())));
        out.append("</code></h4>");
        media(map(content.getValue()));
      }
    }

    private void responses(Map<?, ?> responses) {
      for (var entry : responses.entrySet()) {
        var response = resolve(map(entry.getValue()));
        out.append("<details><summary><code>").append(escape(String.valueOf(entry.getKey())));
        out.append("</code> ").append(inline(text(response, "description"))).append("</summary>");
        for (var content : map(get(response, "content")).entrySet()) {
          out.append("<p><code>").append(escape(String.valueOf(content.getKey())));
          out.append("</code></p>");
          media(map(content.getValue()));
        }
        out.append("</details>");
      }
    }

    private void media(Map<?, ?> media) {
      var schema = map(get(media, "schema"));
      if (!schema.isEmpty()) {
        schema(schema, 0);
      }
      Object example = media.get("example");
      if (example != null) {
        out.append("<pre>").append(escape(example(example))).append("</pre>");
      }
    }

    private static String example(Object value) {
      return switch (value) {
        case Map<?, ?> map -> {
          var parts = new ArrayList<String>();
          map.forEach((k, v) -> parts.add("\"" + k + "\": " + example(v)));
          yield "{" + String.join(", ", parts) + "}";
        }
        case List<?> list ->
            "[" + String.join(", ", list.stream().map(Page::example).toList()) + "]";
        case String text -> text.contains("\n") ? text : "\"" + text + "\"";
        default -> String.valueOf(value);
      };
    }

    private void schemas() {
      out.append("<h2 id=\"schemas\">schemas</h2>");
      for (var entry : map(get(map(get(contract, "components")), "schemas")).entrySet()) {
        String name = escape(String.valueOf(entry.getKey()));
        out.append("<section id=\"schema-").append(name).append("\"><h3>").append(name);
        out.append("</h3>");
        schema(map(entry.getValue()), 0);
        out.append("</section>");
      }
    }

    private void schema(Map<?, ?> schema, int depth) {
      out.append("<p>").append(typeLink(schema));
      String description = text(schema, "description");
      if (!description.isEmpty()) {
        out.append(": ").append(inline(description));
      }
      out.append("</p>");
      if (depth > SCHEMA_DEPTH_MAX) {
        return;
      }
      var properties = map(get(schema, "properties"));
      if (!properties.isEmpty()) {
        var required = list(get(schema, "required"));
        out.append("<dl>");
        for (var entry : properties.entrySet()) {
          String name = String.valueOf(entry.getKey());
          out.append("<dt><code>").append(escape(name)).append("</code>");
          out.append(required.contains(name) ? "" : " <em>optional</em>").append("</dt><dd>");
          schema(map(entry.getValue()), depth + 1);
          out.append("</dd>");
        }
        out.append("</dl>");
      }
      var items = map(get(schema, "items"));
      if (!map(get(items, "properties")).isEmpty()) {
        schema(items, depth + 1);
      }
    }

    private String typeLink(Map<?, ?> schema) {
      String ref = text(schema, "$ref");
      if (ref.isEmpty()) {
        var items = map(get(schema, "items"));
        return items.isEmpty() ? escape(type(schema)) : "list of " + typeLink(items);
      }
      String name = escape(ref.substring(ref.lastIndexOf('/') + 1));
      return "<a href=\"#schema-" + name + "\">" + name + "</a>";
    }

    private String type(Map<?, ?> schema) {
      var whole = resolve(schema);
      var words = new ArrayList<String>();
      Object type = whole.get("type");
      if (type instanceof List<?> several) {
        words.add(join(several).replace(", ", " or "));
      } else if (type != null) {
        words.add(String.valueOf(type));
      }
      var choices = list(get(whole, "oneOf"));
      if (!choices.isEmpty()) {
        words.add(String.join(" or ", choices.stream().map(choice -> type(map(choice))).toList()));
      }
      if (whole.get("const") != null) {
        words.add(text(whole, "const"));
      }
      var values = list(get(whole, "enum"));
      if (!values.isEmpty()) {
        words.add("(" + join(values) + ")");
      }
      limit(words, whole, "minimum", "from ");
      limit(words, whole, "maximum", "to ");
      limit(words, whole, "maxLength", "at most chars: ");
      limit(words, schema, "default", "default: ");
      return String.join(" ", words);
    }

    private static void limit(List<String> words, Map<?, ?> schema, String key, String before) {
      String value = text(schema, key);
      if (!value.isEmpty()) {
        words.add(before + value);
      }
    }

    /// What a `$ref` points to; the node itself where it has none.
    private Map<?, ?> resolve(Map<?, ?> node) {
      String ref = text(node, "$ref");
      if (!ref.startsWith("#/")) {
        return node;
      }
      Object at = contract;
      for (String part : ref.substring(2).split("/", -1)) {
        at = get(map(at), part);
      }
      return map(at);
    }

    private void prose(String text) {
      for (String paragraph : text.strip().split("\n\n", -1)) {
        if (!paragraph.isBlank()) {
          out.append("<p>").append(inline(paragraph)).append("</p>");
        }
      }
    }

    /// Text with the two marks that the contract uses: backquotes and double asterisks.
    private static String inline(String text) {
      return escape(text)
          .replaceAll("`([^`]*)`", "<code>$1</code>")
          .replaceAll("\\*\\*([^*]*)\\*\\*", "<strong>$1</strong>");
    }

    private static String escape(String text) {
      return text.replace("&", "&amp;")
          .replace("<", "&lt;")
          .replace(">", "&gt;")
          .replace("\"", "&quot;");
    }
  }
}
