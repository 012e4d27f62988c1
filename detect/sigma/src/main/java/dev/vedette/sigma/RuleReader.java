package dev.vedette.sigma;

import dev.vedette.event.LogSource;
import dev.vedette.event.Severity;
import dev.vedette.sigma.YamlNode.Entry;
import dev.vedette.sigma.YamlNode.Mapping;
import dev.vedette.sigma.YamlNode.Scalar;
import dev.vedette.sigma.YamlNode.Sequence;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Confined to one call. Reads Sigma files into a [RuleSet].
///
/// A document that is wrong in any way becomes a [RuleProblem] and no rule; the documents around
/// it, in the same file too, are read all the same. Nothing is thrown for bad input.
public final class RuleReader {
  /// Problems reported of one rule.
  private static final int PROBLEMS_OF_RULE_MAX = 20;

  private static final List<String> STATUSES =
      List.of("stable", "test", "experimental", "deprecated", "unsupported");
  private static final List<String> LEVELS =
      List.of("informational", "low", "medium", "high", "critical");
  private static final List<String> LOG_SOURCE_KEYS =
      List.of("category", "product", "service", "definition");
  private static final List<String> NOTE_KEYS = List.of("explanation", "entity", "advice", "tests");
  private static final int TITLE_CHARS_MAX = 256;

  private final List<Rule> rules = new ArrayList<>();
  private final List<RuleProblem> problems = new ArrayList<>();
  private final Map<String, RuleHeader> ids = new HashMap<>();
  private final Map<String, RuleHeader> names = new HashMap<>();

  private RuleReader() {}

  public static RuleSet read(List<RuleFile> files) {
    return read(ParsedRules.parse(files));
  }

  public static RuleSet read(ParsedRules parsed) {
    var reader = new RuleReader();
    for (var file : parsed.files()) {
      for (var document : file.documents()) {
        switch (document) {
          case ParsedRules.Document.Of(var root) ->
              reader.new DocumentReader(file.name(), root).read();
          case ParsedRules.Document.Broken(var problem) -> reader.problems.add(problem);
        }
      }
    }
    return new RuleSet(reader.rules, reader.problems);
  }

  /// Reads one document, collecting what is wrong with it.
  private final class DocumentReader {
    private final String file;
    private final YamlNode root;
    private final List<RuleProblem> found = new ArrayList<>();
    private String title = "";

    DocumentReader(String file, YamlNode root) {
      this.file = file;
      this.root = root;
    }

    void read() {
      Rule rule = null;
      try {
        rule = rule();
      } catch (RuleSyntaxException e) {
        add(e);
      }
      if (rule != null && found.isEmpty()) {
        RuleHeader header = rule.header();
        RuleHeader sameId = ids.putIfAbsent(header.id(), header);
        RuleHeader sameName =
            header.name().isEmpty() ? null : names.putIfAbsent(header.name(), header);
        if (sameId != null) {
          taken("id", header.id(), header, sameId);
        } else if (sameName != null) {
          taken("name", header.name(), header, sameName);
        } else {
          rules.add(rule);
        }
      }
      problems.addAll(found);
    }

    private void taken(String key, String value, RuleHeader header, RuleHeader owner) {
      add(
          new RuleSyntaxException(
              header.position(),
              "The "
                  + key
                  + " '"
                  + value
                  + "' is already that of '"
                  + owner.title()
                  + "' ("
                  + owner.file()
                  + ":"
                  + owner.position().line()
                  + ").",
              "Give this rule one of its own."));
    }

    private void add(RuleSyntaxException e) {
      if (found.size() < PROBLEMS_OF_RULE_MAX) {
        found.add(e.problem(file, title));
      }
    }

    private @Nullable Rule rule() {
      if (!(root instanceof Mapping map)) {
        throw new RuleSyntaxException(
            root.position(), "A rule is a map of keys, not " + root.kindName() + ".");
      }
      if (map.get("title") instanceof Scalar scalar) {
        title = scalar.text();
      }
      if (map.get("action") != null && map.get("detection") == null) {
        throw new RuleSyntaxException(
            position(map, "action"),
            "'action' templates are not part of Sigma 2.",
            "Write each rule in full.");
      }
      if (map.get("filter") != null && map.get("detection") == null) {
        throw new RuleSyntaxException(
            position(map, "filter"),
            "Filter documents are not supported.",
            "Add the exception to the rule's own condition.");
      }
      var header = header(map);
      if (map.get("correlation") != null) {
        return new CorrelationReader(header, map).read();
      }
      YamlNode detection = map.get("detection");
      if (detection == null) {
        List<String> keys = map.entries().stream().map(entry -> entry.key().text()).toList();
        String near = Suggestion.nearest("detection", keys);
        throw new RuleSyntaxException(
            map.position(),
            "The key 'detection' (or 'correlation') is missing.",
            near.isEmpty() ? "" : near.replace("Did you mean", "Is it"));
      }
      return detection(map, header, detection);
    }

    private static Position position(Mapping map, String key) {
      for (var entry : map.entries()) {
        if (entry.key().text().equals(key)) {
          return entry.key().position();
        }
      }
      return map.position();
    }

    // ---- header

    private RuleHeader header(Mapping map) {
      if (title.isBlank()) {
        add(new RuleSyntaxException(map.position(), "The key 'title' is missing."));
      } else if (title.length() > TITLE_CHARS_MAX) {
        add(
            new RuleSyntaxException(
                position(map, "title"),
                "The title is longer than " + TITLE_CHARS_MAX + " characters."));
      }
      String id = text(map, "id");
      String status = text(map, "status");
      if (!status.isEmpty() && !STATUSES.contains(status)) {
        add(
            new RuleSyntaxException(
                position(map, "status"),
                "'" + status + "' is no status; there are " + String.join(", ", STATUSES) + ".",
                Suggestion.nearest(status, STATUSES)));
      }
      String levelWord = text(map, "level");
      var level = Severity.ofWord(levelWord);
      if (level.isEmpty() && !levelWord.isEmpty()) {
        add(
            new RuleSyntaxException(
                position(map, "level"),
                "'" + levelWord + "' is no level; there are " + String.join(", ", LEVELS) + ".",
                Suggestion.nearest(levelWord, LEVELS)));
      }
      String taxonomy = text(map, "taxonomy");
      if (!taxonomy.isEmpty() && !taxonomy.equals("sigma")) {
        add(
            new RuleSyntaxException(
                position(map, "taxonomy"),
                "The taxonomy '" + taxonomy + "' is not known.",
                "Use the field names of the Sigma taxonomy or ECS, and leave the key out."));
      }
      @SuppressWarnings("unchecked") // the plain value of a mapping is always such a map
      var keys = (Map<String, Object>) YamlNode.plain(map);
      return new RuleHeader(
          file,
          map.position(),
          id.isEmpty()
              ? UUID.nameUUIDFromBytes(("sigma:" + title).getBytes(StandardCharsets.UTF_8))
                  .toString()
              : id.toLowerCase(Locale.ROOT),
          text(map, "name"),
          title,
          text(map, "description"),
          status,
          level.orElse(Severity.MEDIUM),
          texts(map, "tags").stream().map(tag -> tag.toLowerCase(Locale.ROOT)).toList(),
          keys,
          notes(map));
    }

    /// The text of an optional key; empty where it is absent or null.
    private String text(Mapping map, String key) {
      return switch (map.get(key)) {
        case null -> "";
        case Scalar scalar -> scalar.type() == Scalar.Type.NULL ? "" : scalar.text();
        case YamlNode other -> {
          add(
              new RuleSyntaxException(
                  other.position(), "'" + key + "' must be a text, not " + other.kindName() + "."));
          yield "";
        }
      };
    }

    /// The texts of an optional key: a list, or one text.
    private List<String> texts(Mapping map, String key) {
      YamlNode node = map.get(key);
      if (node == null) {
        return List.of();
      }
      List<String> out = new ArrayList<>();
      for (var item : node instanceof Sequence sequence ? sequence.items() : List.of(node)) {
        if (!(item instanceof Scalar scalar)) {
          add(
              new RuleSyntaxException(
                  item.position(),
                  "'" + key + "' must be a list of texts, but holds " + item.kindName() + "."));
        } else if (scalar.type() != Scalar.Type.NULL) {
          out.add(scalar.text());
        }
      }
      return out;
    }

    private RuleNotes notes(Mapping map) {
      YamlNode node = map.get("vedette");
      if (node == null) {
        return RuleNotes.NONE;
      }
      if (!(node instanceof Mapping notes)) {
        add(
            new RuleSyntaxException(
                node.position(), "'vedette' must be a map, not " + node.kindName() + "."));
        return RuleNotes.NONE;
      }
      checkKeys(notes, NOTE_KEYS, "of 'vedette'");
      List<List<String>> positive = List.of();
      List<List<String>> negative = List.of();
      if (notes.get("tests") instanceof Mapping tests) {
        checkKeys(tests, List.of("positive", "negative"), "of 'tests'");
        positive = testLines(tests, "positive");
        negative = testLines(tests, "negative");
      } else if (notes.get("tests") != null) {
        add(
            new RuleSyntaxException(
                position(notes, "tests"), "'tests' must be a map of 'positive' and 'negative'."));
      }
      return new RuleNotes(
          text(notes, "explanation"),
          text(notes, "entity"),
          text(notes, "advice"),
          positive,
          negative);
    }

    private List<List<String>> testLines(Mapping tests, String key) {
      List<List<String>> out = new ArrayList<>();
      switch (tests.get(key)) {
        case null -> {}
        case Sequence sequence -> {
          for (var item : sequence.items()) {
            if (item instanceof Scalar scalar) {
              out.add(List.of(scalar.text()));
            } else if (item instanceof Sequence lines
                && lines.items().stream().allMatch(Scalar.class::isInstance)) {
              out.add(lines.items().stream().map(line -> ((Scalar) line).text()).toList());
            } else {
              add(
                  new RuleSyntaxException(
                      item.position(), "A test is a line, or a list of lines."));
            }
          }
        }
        case YamlNode other ->
            add(
                new RuleSyntaxException(
                    other.position(),
                    "'" + key + "' must be a list, not " + other.kindName() + "."));
      }
      return out;
    }

    private void checkKeys(Mapping map, List<String> known, String where) {
      for (var entry : map.entries()) {
        if (!known.contains(entry.key().text())) {
          add(
              new RuleSyntaxException(
                  entry.key().position(),
                  "'"
                      + entry.key().text()
                      + "' is no key "
                      + where
                      + "; there are "
                      + String.join(", ", known)
                      + ".",
                  Suggestion.nearest(entry.key().text(), known)));
        }
      }
    }

    // ---- detection

    private @Nullable DetectionRule detection(Mapping map, RuleHeader header, YamlNode node) {
      LogSource logSource = logSource(map);
      if (!(node instanceof Mapping detection)) {
        throw new RuleSyntaxException(
            node.position(), "'detection' must be a map, not " + node.kindName() + ".");
      }
      List<DetectionRule.Selection> selections = new ArrayList<>();
      YamlNode conditionNode = null;
      for (var entry : detection.entries()) {
        String name = entry.key().text();
        if (name.equals("condition")) {
          conditionNode = entry.value();
        } else if (name.equals("timeframe")) {
          add(
              new RuleSyntaxException(
                  entry.key().position(),
                  "'timeframe' is not part of Sigma 2.",
                  "Write a correlation document with a 'timespan'."));
        } else {
          try {
            selections.add(
                new DetectionRule.Selection(name, selection(entry), entry.key().position()));
          } catch (RuleSyntaxException e) {
            add(e);
          }
        }
      }
      if (conditionNode == null) {
        List<String> keys = selections.stream().map(DetectionRule.Selection::name).toList();
        throw new RuleSyntaxException(
            detection.position(),
            "The key 'condition' is missing in 'detection'.",
            Suggestion.nearest("condition", keys).replace("Did you mean", "Is it"));
      }
      List<Condition> conditions = new ArrayList<>();
      for (var item :
          conditionNode instanceof Sequence list ? list.items() : List.of(conditionNode)) {
        if (!(item instanceof Scalar scalar)) {
          throw new RuleSyntaxException(
              item.position(), "A condition is a text, not " + item.kindName() + ".");
        }
        var condition =
            ConditionParser.parse(scalar.text(), scalar.position(), scalar.plainBlock());
        if (found.isEmpty()) {
          checkNames(condition, selections);
        }
        conditions.add(condition);
      }
      if (conditions.isEmpty()) {
        throw new RuleSyntaxException(conditionNode.position(), "There is no condition.");
      }
      return new DetectionRule(header, logSource, selections, conditions);
    }

    private LogSource logSource(Mapping map) {
      YamlNode node = map.get("logsource");
      if (!(node instanceof Mapping logSource)) {
        throw new RuleSyntaxException(
            node == null ? map.position() : node.position(),
            node == null
                ? "The key 'logsource' is missing."
                : "'logsource' must be a map, not " + node.kindName() + ".");
      }
      for (var entry : logSource.entries()) {
        String key = entry.key().text();
        String near = Suggestion.nearest(key, LOG_SOURCE_KEYS);
        if (!LOG_SOURCE_KEYS.contains(key) && !near.isEmpty()) {
          add(
              new RuleSyntaxException(
                  entry.key().position(), "'" + key + "' is no key of 'logsource'.", near));
        }
      }
      return new LogSource(
          text(logSource, "category").toLowerCase(Locale.ROOT),
          text(logSource, "product").toLowerCase(Locale.ROOT),
          text(logSource, "service").toLowerCase(Locale.ROOT));
    }

    private static void checkNames(Condition condition, List<DetectionRule.Selection> selections) {
      switch (condition) {
        case Condition.And(var parts) -> parts.forEach(part -> checkNames(part, selections));
        case Condition.Or(var parts) -> parts.forEach(part -> checkNames(part, selections));
        case Condition.Not(var part) -> checkNames(part, selections);
        case Condition.Reference reference -> {
          List<String> names = selections.stream().map(DetectionRule.Selection::name).toList();
          if (!names.contains(reference.name())) {
            throw new RuleSyntaxException(
                reference.position(),
                "The condition names '"
                    + reference.name()
                    + "', but 'detection' has no such selection.",
                Suggestion.nearest(reference.name(), names));
          }
        }
        case Condition.Quantified quantified -> {
          long named =
              selections.stream().filter(selection -> quantified.names(selection.name())).count();
          if (named == 0) {
            throw new RuleSyntaxException(
                quantified.position(),
                "No selection has a name like '" + quantified.pattern() + "'.",
                Suggestion.nearest(
                    quantified.pattern().replace("*", ""),
                    selections.stream().map(DetectionRule.Selection::name).toList()));
          }
          if (quantified.atLeast() != Condition.Quantified.ALL && quantified.atLeast() > named) {
            throw new RuleSyntaxException(
                quantified.position(),
                "The condition asks for "
                    + quantified.atLeast()
                    + " of '"
                    + quantified.pattern()
                    + "', but there are only "
                    + named
                    + ".");
          }
        }
      }
    }

    private Clause selection(Entry entry) {
      return switch (entry.value()) {
        case Scalar scalar -> keywords(List.of(scalar), false, scalar.position());
        case Mapping map -> items(map);
        case Sequence list -> {
          if (list.items().isEmpty()) {
            throw new RuleSyntaxException(
                list.position(), "The selection '" + entry.key().text() + "' is empty.");
          }
          if (list.items().stream().allMatch(Scalar.class::isInstance)) {
            yield keywords(list.items(), true, list.position());
          }
          List<Clause> clauses = new ArrayList<>();
          for (var item : list.items()) {
            clauses.add(
                switch (item) {
                  case Mapping map -> items(map);
                  case Scalar scalar -> keywords(List.of(scalar), false, scalar.position());
                  case Sequence inner ->
                      throw new RuleSyntaxException(
                          inner.position(), "A selection cannot hold a list within a list.");
                });
          }
          yield new Clause.AnyOf(clauses);
        }
      };
    }

    private Clause.Item keywords(List<YamlNode> nodes, boolean list, Position position) {
      List<Clause.Value> values = nodes.stream().map(this::value).toList();
      for (var value : values) {
        if (value instanceof Clause.Value.Null) {
          throw new RuleSyntaxException(value.position(), "A keyword cannot be null.");
        }
      }
      return new Clause.Item("", List.of(), values, list, position);
    }

    private Clause items(Mapping map) {
      if (map.entries().isEmpty()) {
        throw new RuleSyntaxException(map.position(), "The selection is empty.");
      }
      List<Clause> items = new ArrayList<>();
      for (var entry : map.entries()) {
        items.add(item(entry));
      }
      return items.size() == 1 ? items.getFirst() : new Clause.AllOf(items);
    }

    private Clause.Item item(Entry entry) {
      String key = entry.key().text();
      Position position = entry.key().position();
      String[] parts = key.split("\\|", -1);
      List<Modifier> modifiers = new ArrayList<>();
      int column = parts[0].length() + 1;
      for (int i = 1; i < parts.length; i++) {
        String word = parts[i];
        Position place = entry.key().plainBlock() ? position.right(column) : position;
        modifiers.add(
            Modifier.ofWord(word)
                .orElseThrow(() ->
                    new RuleSyntaxException(
                        place,
                        word.isEmpty()
                            ? "A modifier is missing after '|'."
                            : "'" + word + "' is no modifier.",
                        Suggestion.nearest(word, Modifier.words()))));
        column += word.length() + 1;
      }
      if (parts[0].isEmpty() && modifiers.isEmpty()) {
        throw new RuleSyntaxException(position, "A field name is missing.");
      }
      return switch (entry.value()) {
        case Scalar scalar ->
            new Clause.Item(parts[0], modifiers, List.of(value(scalar)), false, position);
        case Sequence list -> {
          List<Clause.Value> values = list.items().stream().map(this::value).toList();
          for (var value : values) {
            if (value instanceof Clause.Value.Null) {
              throw new RuleSyntaxException(
                  value.position(),
                  "A list of values cannot hold null.",
                  "Put the null test into a selection of its own.");
            }
          }
          yield values.isEmpty()
              ? new Clause.Item(
                  parts[0],
                  modifiers,
                  List.of(new Clause.Value.Null(list.position())),
                  false,
                  position)
              : new Clause.Item(parts[0], modifiers, values, true, position);
        }
        case Mapping map ->
            throw new RuleSyntaxException(
                map.position(),
                "The value of '" + key + "' must be a text, a number, a boolean, null or a list.",
                "Write nested fields with dots: '" + key + ".name'.");
      };
    }

    private Clause.Value value(YamlNode node) {
      if (!(node instanceof Scalar scalar)) {
        throw new RuleSyntaxException(
            node.position(),
            "A value must be a text, a number, a boolean or null, not " + node.kindName() + ".");
      }
      return switch (scalar.type()) {
        case STRING -> new Clause.Value.Text(scalar.text(), scalar.position());
        case INTEGER, DECIMAL ->
            new Clause.Value.Numeric(SigmaNumber.of(scalar.text()).value(), scalar.position());
        case BOOLEAN ->
            new Clause.Value.Bool(scalar.text().equalsIgnoreCase("true"), scalar.position());
        case NULL -> new Clause.Value.Null(scalar.position());
      };
    }

    // ---- correlation

    private final class CorrelationReader {
      private static final List<String> KEYS =
          List.of("type", "rules", "group-by", "timespan", "condition", "aliases", "generate");
      private static final List<String> COMPARISONS = List.of("gt", "gte", "lt", "lte", "eq");

      private final RuleHeader header;
      private final Mapping document;

      CorrelationReader(RuleHeader header, Mapping document) {
        this.header = header;
        this.document = document;
      }

      @Nullable CorrelationRule read() {
        if (!(document.get("correlation") instanceof Mapping map)) {
          throw new RuleSyntaxException(
              position(document, "correlation"), "'correlation' must be a map.");
        }
        if (document.get("detection") != null) {
          throw new RuleSyntaxException(
              position(document, "detection"),
              "A document is a detection or a correlation, not both.",
              "Separate them by a '---' line.");
        }
        checkKeys(map, KEYS, "of 'correlation'");
        var type = type(map);
        var rules = rules(map);
        var condition = map.get("condition");
        CorrelationRule.Range range;
        List<String> fields = List.of();
        switch (condition) {
          case Mapping comparisons -> {
            range = range(comparisons);
            fields = texts(comparisons, "field");
          }
          case null -> {
            if (type != CorrelationRule.Type.TEMPORAL
                && type != CorrelationRule.Type.TEMPORAL_ORDERED) {
              throw new RuleSyntaxException(
                  map.position(), "The key 'condition' is missing in 'correlation'.");
            }
            range = new CorrelationRule.Range(rules.size(), Long.MAX_VALUE);
          }
          case YamlNode other ->
              throw new RuleSyntaxException(
                  other.position(),
                  "The condition of a correlation must be a map such as 'gte: 10', not "
                      + other.kindName()
                      + ".");
        }
        if (type == CorrelationRule.Type.VALUE_COUNT && fields.isEmpty()) {
          throw new RuleSyntaxException(
              position(map, "condition"),
              "A value_count needs the 'field' whose values it counts, in its condition.");
        }
        if (type != CorrelationRule.Type.VALUE_COUNT && !fields.isEmpty()) {
          throw new RuleSyntaxException(
              position(map, "condition"),
              "'field' has no meaning for " + type.word() + ".",
              "Use type value_count, or 'group-by'.");
        }
        return new CorrelationRule(
            header,
            type,
            rules,
            texts(map, "group-by"),
            Timespan.parse(text(map, "timespan"), position(map, "timespan")),
            range,
            fields,
            aliases(map),
            generate(map));
      }

      private CorrelationRule.Type type(Mapping map) {
        String word = text(map, "type");
        for (var type : CorrelationRule.Type.values()) {
          if (type.word().equals(word)) {
            return type;
          }
        }
        List<String> words =
            java.util.Arrays.stream(CorrelationRule.Type.values())
                .map(CorrelationRule.Type::word)
                .toList();
        throw new RuleSyntaxException(
            position(map, "type"),
            word.isEmpty()
                ? "The key 'type' is missing in 'correlation'."
                : "'"
                    + word
                    + "' is no correlation type known here; there are "
                    + String.join(", ", words)
                    + ".",
            Suggestion.nearest(word, words));
      }

      private List<CorrelationRule.Reference> rules(Mapping map) {
        YamlNode node = map.get("rules");
        List<CorrelationRule.Reference> out = new ArrayList<>();
        if (node != null) {
          for (var item : node instanceof Sequence list ? list.items() : List.of(node)) {
            if (item instanceof Scalar scalar && scalar.type() != Scalar.Type.NULL) {
              out.add(new CorrelationRule.Reference(scalar.text(), scalar.position()));
            } else {
              throw new RuleSyntaxException(
                  item.position(), "'rules' must be a list of rule ids or names.");
            }
          }
        }
        if (out.isEmpty()) {
          throw new RuleSyntaxException(
              map.position(), "The key 'rules' is missing or empty in 'correlation'.");
        }
        return out;
      }

      private CorrelationRule.Range range(Mapping comparisons) {
        long min = 0;
        long max = Long.MAX_VALUE;
        boolean any = false;
        boolean bounded = false;
        for (var entry : comparisons.entries()) {
          String word = entry.key().text();
          if (word.equals("field")) {
            continue;
          }
          if (!COMPARISONS.contains(word)) {
            throw new RuleSyntaxException(
                entry.key().position(),
                "'"
                    + word
                    + "' is no comparison known here; there are "
                    + String.join(", ", COMPARISONS)
                    + ".",
                Suggestion.nearest(word, COMPARISONS));
          }
          if (!(entry.value() instanceof Scalar scalar)
              || scalar.type() != Scalar.Type.INTEGER
              || !(SigmaNumber.of(scalar.text()).plain() instanceof Long count)
              || count < 0) {
            throw new RuleSyntaxException(
                entry.value().position(), "'" + word + "' needs a whole number, not negative.");
          }
          any = true;
          switch (word) {
            case "gt" -> min = Math.max(min, count + 1);
            case "gte" -> min = Math.max(min, count);
            case "lt" -> max = Math.min(max, count - 1);
            case "lte" -> max = Math.min(max, count);
            default -> {
              min = Math.max(min, count);
              max = Math.min(max, count);
            }
          }
          bounded |= word.equals("gt") || min > 0;
        }
        if (!any) {
          throw new RuleSyntaxException(
              comparisons.position(), "The condition compares with nothing, such as 'gte: 10'.");
        }
        if (min > max) {
          throw new RuleSyntaxException(comparisons.position(), "No count fulfils this condition.");
        }
        if (!bounded) {
          throw new RuleSyntaxException(
              comparisons.position(),
              "A condition without a lower bound would fire on the first event.",
              "Add 'gte'.");
        }
        return new CorrelationRule.Range(min, max);
      }

      private Map<String, Map<String, String>> aliases(Mapping map) {
        Map<String, Map<String, String>> out = new HashMap<>();
        switch (map.get("aliases")) {
          case null -> {}
          case Mapping aliases -> {
            for (var alias : aliases.entries()) {
              if (!(alias.value() instanceof Mapping byRule)) {
                throw new RuleSyntaxException(
                    alias.value().position(), "An alias must be a map of rules and their fields.");
              }
              Map<String, String> fields = new HashMap<>();
              for (var entry : byRule.entries()) {
                fields.put(entry.key().text(), text(byRule, entry.key().text()));
              }
              out.put(alias.key().text(), Map.copyOf(fields));
            }
          }
          case YamlNode other ->
              throw new RuleSyntaxException(other.position(), "'aliases' must be a map.");
        }
        return Map.copyOf(out);
      }

      private boolean generate(Mapping map) {
        return switch (map.get("generate")) {
          case null -> false;
          case Scalar scalar when scalar.type() == Scalar.Type.BOOLEAN ->
              scalar.text().equalsIgnoreCase("true");
          case YamlNode other ->
              throw new RuleSyntaxException(other.position(), "'generate' is true or false.");
        };
      }
    }
  }
}
