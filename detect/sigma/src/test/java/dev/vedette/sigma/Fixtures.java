package dev.vedette.sigma;

import dev.vedette.event.Dataset;
import dev.vedette.event.Event;
import dev.vedette.event.Evidence;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Rules and events for tests, in few words.
final class Fixtures {
  static final Dataset ANY =
      new Dataset("test", "test", List.of(new LogSource("test", "test", "test")));

  private Fixtures() {}

  /// A rule over data set [#ANY] with the given `detection` section, indented by two.
  static String rule(String title, String detection) {
    return """
    title: %s
    logsource:
      category: test
    detection:
    %s
    """
        .formatted(title, detection.stripTrailing().indent(2).stripTrailing());
  }

  static RuleSet read(String... documents) {
    List<RuleFile> files = new ArrayList<>();
    for (int i = 0; i < documents.length; i++) {
      files.add(RuleFile.of("rule" + i + ".yml", documents[i]));
    }
    return RuleReader.read(files);
  }

  static SigmaEngine engine(FieldDictionary dictionary, String... documents) {
    var engine = SigmaEngine.compile(read(documents), FieldMapping.none(), dictionary);
    if (!engine.problems().isEmpty()) {
      throw new AssertionError(engine.problems().toString());
    }
    return engine;
  }

  static RuleProblem onlyProblem(String... documents) {
    var engine = SigmaEngine.compile(read(documents), FieldMapping.none(), new FieldDictionary());
    if (engine.problems().size() != 1) {
      throw new AssertionError("not one problem: " + engine.problems());
    }
    return engine.problems().getFirst();
  }

  /// Adds a Java value: a String, a Number (kept as its text), a Boolean, null, or a list of these.
  static void add(Event event, String field, Object value) {
    int id = event.dictionary().intern(field);
    if (value instanceof List<?> list) {
      for (Object item : list) {
        add(event, field, item);
      }
      return;
    }
    Event.Kind kind =
        value instanceof String
            ? Event.Kind.STRING
            : value instanceof Boolean
                ? Event.Kind.BOOLEAN
                : value.equals(NULL) ? Event.Kind.NULL : Event.Kind.NUMBER;
    byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
    event.add(id, bytes, 0, bytes.length, kind);
  }

  /// Stands for a JSON null.
  static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  static Event event(FieldDictionary dictionary, String line, Map<String, ?> fields) {
    var event = new Event(dictionary);
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    event.begin(bytes, 0, bytes.length);
    event.dataset(ANY);
    fields.forEach((name, value) -> add(event, name, value));
    return event;
  }

  /// Whether the only rule fires on an event of these fields.
  static boolean fires(String detection, Map<String, ?> fields) {
    return fires(detection, "", fields);
  }

  static boolean fires(String detection, String line, Map<String, ?> fields) {
    var dictionary = new FieldDictionary();
    var engine = engine(dictionary, rule("Rule", detection));
    return engine.matcher().match(event(dictionary, line, fields)) == 1;
  }

  /// Whether a rule with this one item fires on an event with this one field.
  static boolean item(String item, String field, Object value) {
    return fires("sel:\n  " + item + "\ncondition: sel", Map.of(field, value));
  }

  static String shown(List<Evidence> evidence) {
    return evidence.stream()
        .map(e ->
            e.field()
                + "="
                + e.value().substring(0, e.start())
                + "["
                + e.fragment()
                + "]"
                + (e.end() == e.start() ? "" : e.value().substring(e.end())))
        .collect(Collectors.joining("; "));
  }
}
