package dev.vedette.sigma;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Immutable. A YAML document as it was written: every node knows its place, keys keep their order.
sealed interface YamlNode {
  Position position();

  /// What a thing is called in an error message.
  String kindName();

  /// @param text the value, unquoted and unescaped
  /// @param type what it means under the YAML 1.2 core schema
  /// @param plainBlock whether column and line of `text` follow those of the file (no escapes, one
  ///   line)
  record Scalar(String text, Type type, boolean plainBlock, Position position) implements YamlNode {
    enum Type {
      STRING,
      INTEGER,
      DECIMAL,
      BOOLEAN,
      NULL
    }

    @Override
    public String kindName() {
      return switch (type) {
        case STRING -> "a text";
        case INTEGER, DECIMAL -> "a number";
        case BOOLEAN -> "a boolean";
        case NULL -> "null";
      };
    }
  }

  record Sequence(List<YamlNode> items, Position position) implements YamlNode {
    @Override
    public String kindName() {
      return "a list";
    }
  }

  record Mapping(List<Entry> entries, Position position) implements YamlNode {
    @Nullable YamlNode get(String key) {
      for (var entry : entries) {
        if (entry.key.text().equals(key)) {
          return entry.value;
        }
      }
      return null;
    }

    @Override
    public String kindName() {
      return "a map";
    }
  }

  record Entry(Scalar key, YamlNode value) {}

  /// As plain Java values: `Map<String, Object>`, `List<Object>`, `String`, `Long` (`BigInteger`
  /// where it is too long), `Double`, `Boolean`; null becomes the empty string.
  static Object plain(YamlNode node) {
    return switch (node) {
      case Scalar scalar ->
          switch (scalar.type) {
            case STRING -> scalar.text;
            case NULL -> "";
            case BOOLEAN -> Boolean.valueOf(scalar.text.equalsIgnoreCase("true"));
            case INTEGER, DECIMAL -> SigmaNumber.of(scalar.text).plain();
          };
      case Sequence sequence -> {
        List<Object> out = new ArrayList<>();
        for (var item : sequence.items) {
          out.add(plain(item));
        }
        yield List.copyOf(out);
      }
      case Mapping mapping -> {
        Map<String, Object> out = new LinkedHashMap<>();
        for (var entry : mapping.entries) {
          out.put(entry.key.text, plain(entry.value));
        }
        yield java.util.Collections.unmodifiableMap(out);
      }
    };
  }
}
