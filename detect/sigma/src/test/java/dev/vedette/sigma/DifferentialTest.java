package dev.vedette.sigma;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Random rules over random events: the engine and [Naive] must agree on every pair.
class DifferentialTest {
  private static final String[] FIELDS = {"f", "g", "h.i", "process.name"};
  private static final String[] LETTERS = {
    "a", "A", "b", "B", "c", "k", "K", "\u212A", "é", "É", "ß", "i", "I", "\u0130", "ж", "Ж", "😀",
    " ", "-", "/", "\u2013", "\\", "*", "?", "\n", ".", "1", "0", "_", "\u0000", "%"
  };
  private static final String[] WORDS = {
    "abc",
    "cmd.exe",
    " -enc ",
    "/c",
    "10",
    "4688",
    "true",
    "C:\\Windows",
    "ab",
    "YWJj",
    "FiYw",
    "hYm"
  };
  private static final String[] REGEXES = {
    "a.c",
    "^a",
    "b$",
    "[ab]+c",
    "(ab|cd)",
    "a{2,3}",
    "\\d+",
    "\\bab\\b",
    "a?b",
    "[^a]b",
    ".",
    "[^]]b$",
    "[$^]|b\\B",
    "\\?a*",
    "[]/]a|^b"
  };

  @Test
  void agreesWithTheNaiveInterpreter() {
    long seed = Long.getLong("sigma.seed", System.nanoTime());
    int rounds = Integer.getInteger("sigma.rounds", 24);
    var random = new SplittableRandom(seed);
    long pairs = 0;
    long fired = 0;
    for (int round = 0; round < rounds; round++) {
      var dictionary = new FieldDictionary();
      List<String> documents = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        documents.add(Fixtures.rule("Rule " + i, detection(random)));
      }
      var set = Fixtures.read(documents.toArray(String[]::new));
      var mapping = round % 2 == 0 ? FieldMapping.none() : WEB;
      var engine = SigmaEngine.compile(set, mapping, dictionary);
      assertThat(engine.problems()).as("seed %d round %d", seed, round).isEmpty();
      var matcher = engine.matcher();
      var event = new Event(dictionary);
      for (int i = 0; i < 60; i++) {
        Map<String, List<Object>> fields = fields(random);
        String line = fill(event, fields, random);
        Set<String> got = new HashSet<>();
        for (int n = matcher.match(event), k = 0; k < n; k++) {
          got.add(matcher.rule(k).header().title());
          assertThat(matcher.explain(event, matcher.rule(k))).isNotNull();
        }
        var naive =
            new Naive(line, fields, name -> mapping.targets(new LogSource("test", "", ""), name));
        for (int k = 0; k < engine.rules().size(); k++) {
          var rule = engine.rules().get(k).rule();
          pairs++;
          boolean expected = naive.matches(rule);
          fired += expected ? 1 : 0;
          if (expected != got.contains(rule.title())) {
            throw new AssertionError(
                "seed "
                    + seed
                    + " round "
                    + round
                    + ": expected "
                    + expected
                    + "\n"
                    + documents.get(k)
                    + "\nline "
                    + YamlText.quote(line)
                    + "\n"
                    + YamlText.quote(fields.toString()));
          }
        }
      }
    }
    System.out.printf("%d pairs, %d fired, seed %d%n", pairs, fired, seed);
    assertThat(fired).isBetween(pairs / 20, pairs * 19 / 20);
  }

  private static final FieldMapping WEB =
      FieldMapping.none()
          .with(
              new LogSource("test", "", ""),
              Map.of(
                  "f", List.of("url.original", "url.query", "vedette.url.decoded"),
                  "g", List.of("process.name", "h.i"),
                  "h.i", List.of("url.path", "url.original")));

  /// Fills the event; its request target stands in the line, path and query inside the target.
  ///
  /// @return the line
  private static String fill(
      Event event, Map<String, List<Object>> fields, SplittableRandom random) {
    String head = text(random);
    String path = "/" + value(random);
    String query = value(random);
    String line = head + path + "?" + query + text(random);
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    event.begin(bytes, 0, bytes.length);
    event.dataset(Fixtures.ANY);
    fields.forEach((name, values) -> Fixtures.add(event, name, values));
    if (random.nextBoolean()) {
      int from = length(head);
      int to = from + length(path) + 1 + length(query);
      event.add(Ecs.URL_ORIGINAL, from, to);
      fields.put("url.original", List.of(path + "?" + query));
      event.add(Ecs.URL_PATH, from, from + length(path));
      fields.put("url.path", List.of(path));
      event.add(Ecs.URL_QUERY, to - length(query), to);
      fields.put("url.query", List.of(query));
    } else if (random.nextBoolean()) {
      Fixtures.add(event, "url.query", query);
      fields.put("url.query", List.of(query));
    }
    if (random.nextInt(3) == 0) {
      String decoded = value(random);
      Fixtures.add(event, "vedette.url.decoded", decoded);
      fields.put("vedette.url.decoded", List.of(decoded));
    }
    return line;
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  // ---- rules

  private static String detection(SplittableRandom random) {
    int selections = 1 + random.nextInt(4);
    List<String> names = new ArrayList<>();
    var out = new StringBuilder();
    for (int i = 0; i < selections; i++) {
      String name = (random.nextInt(5) == 0 ? "_" : "") + "sel" + i;
      names.add(name);
      out.append(name).append(":\n");
      switch (random.nextInt(6)) {
        case 0 -> {
          for (int k = 1 + random.nextInt(2); k > 0; k--) {
            out.append("  - ").append(YamlText.quote(keyword(random))).append('\n');
          }
        }
        case 1 -> {
          for (int k = 1 + random.nextInt(2); k > 0; k--) {
            out.append("  - ").append(item(random, 0)).append('\n');
          }
        }
        default -> {
          for (int k = 0, items = 1 + random.nextInt(3); k < items; k++) {
            out.append("  ").append(item(random, k)).append('\n');
          }
        }
      }
    }
    out.append("condition: ").append(YamlText.quote(condition(random, names, 0)));
    return out.toString();
  }

  private static String keyword(SplittableRandom random) {
    String keyword = value(random);
    return keyword.replace("*", "").isEmpty() ? keyword + "a" : keyword;
  }

  private static String condition(SplittableRandom random, List<String> names, int depth) {
    return switch (random.nextInt(depth > 2 ? 3 : 8)) {
      case 0, 1 -> names.get(random.nextInt(names.size()));
      case 2 -> {
        boolean plain = names.stream().anyMatch(name -> !name.startsWith("_"));
        String pattern = plain ? new String[] {"them", "sel*", "*"}[random.nextInt(3)] : "_*";
        long count =
            names.stream().filter(n -> n.startsWith("_") == pattern.startsWith("_")).count();
        String[] quantities = {"1", "any", "all", "" + (1 + random.nextLong(count))};
        yield quantities[random.nextInt(4)] + " of " + pattern;
      }
      case 3 -> "not " + condition(random, names, depth + 1);
      case 4 -> "(" + condition(random, names, depth + 1) + ")";
      case 5, 6 ->
          condition(random, names, depth + 1) + " and " + condition(random, names, depth + 1);
      default -> condition(random, names, depth + 1) + " or " + condition(random, names, depth + 1);
    };
  }

  /// One `field|modifiers: values`, with a key that no other item of the same map has.
  private static String item(SplittableRandom random, int place) {
    String field = FIELDS[place == 0 && random.nextBoolean() ? 3 : place];
    String neq = random.nextInt(8) == 0 ? "|neq" : "";
    String all = random.nextInt(5) == 0 ? "|all" : "";
    String cased = random.nextInt(5) == 0 ? "|cased" : "";
    String wrap =
        new String[] {"", "", "|contains", "|contains", "|startswith", "|endswith"}
            [random.nextInt(6)];
    return switch (random.nextInt(14)) {
      case 0 -> field + neq + ": null";
      case 1 -> field + "|exists: " + random.nextBoolean();
      case 2 ->
          field
              + new String[] {"|lt", "|lte", "|gt", "|gte"}[random.nextInt(4)]
              + neq
              + ": "
              + number(random);
      case 3 ->
          field
              + "|re"
              + new String[] {"", "|i", "|m", "|s"}[random.nextInt(4)]
              + all
              + neq
              + ": "
              + list(random, () -> YamlText.quote(REGEXES[random.nextInt(REGEXES.length)]));
      case 4 ->
          field + "|fieldref" + wrap + cased + neq + ": " + FIELDS[random.nextInt(FIELDS.length)];
      case 5 -> field + wrap + "|windash" + all + neq + ": " + list(random, () -> quoted(random));
      case 6 ->
          field
              + new String[] {"", "|wide", "|utf16be"}[random.nextInt(3)]
              + "|base64offset|contains"
              + neq
              + ": "
              + YamlText.quote(WORDS[random.nextInt(8)]);
      case 7 -> field + all + neq + ": " + list(random, () -> number(random));
      default -> field + wrap + cased + all + neq + ": " + list(random, () -> quoted(random));
    };
  }

  private static String list(SplittableRandom random, java.util.function.Supplier<String> value) {
    if (random.nextBoolean()) {
      return value.get();
    }
    List<String> out = new ArrayList<>();
    for (int k = 1 + random.nextInt(3); k > 0; k--) {
      out.add(value.get());
    }
    return "[" + String.join(", ", out) + "]";
  }

  private static String quoted(SplittableRandom random) {
    return YamlText.quote(value(random));
  }

  private static String number(SplittableRandom random) {
    return new String[] {"0", "10", "-1", "4688", "1.5", "1000", "10.0"}[random.nextInt(7)];
  }

  private static String value(SplittableRandom random) {
    var out = new StringBuilder();
    for (int k = random.nextInt(4); k > 0; k--) {
      out.append(
          random.nextInt(6) == 0
              ? WORDS[random.nextInt(WORDS.length)]
              : random.nextInt(3) == 0
                  ? LETTERS[random.nextInt(LETTERS.length)]
                  : LETTERS[random.nextInt(5)]);
    }
    return out.toString();
  }

  // ---- events

  private static String text(SplittableRandom random) {
    var out = new StringBuilder();
    for (int k = random.nextInt(7); k > 0; k--) {
      out.append(value(random));
    }
    return out.toString();
  }

  private static Map<String, List<Object>> fields(SplittableRandom random) {
    Map<String, List<Object>> out = new LinkedHashMap<>();
    for (String field : FIELDS) {
      if (random.nextInt(4) == 0) {
        continue;
      }
      List<Object> values = new ArrayList<>();
      for (int k = random.nextInt(5) == 0 ? 3 : 1; k > 0; k--) {
        values.add(
            switch (random.nextInt(12)) {
              case 0 -> Fixtures.NULL;
              case 1 -> random.nextBoolean();
              case 2 ->
                  new Naive.Written(
                      new String[] {"10", "1e3", "-1", "1.50", "4688.0", "0", "-0", "1E1"}
                          [random.nextInt(8)]);
              case 3 -> number(random);
              case 4 -> "";
              case 5, 6 -> text(random);
              default -> value(random);
            });
      }
      out.put(field, values);
    }
    return out;
  }
}
