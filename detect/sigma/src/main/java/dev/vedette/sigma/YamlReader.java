package dev.vedette.sigma;

import dev.vedette.sigma.YamlNode.Entry;
import dev.vedette.sigma.YamlNode.Mapping;
import dev.vedette.sigma.YamlNode.Scalar;
import dev.vedette.sigma.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Confined to one call. Reads one YAML 1.2 document into [YamlNode]s.
///
/// Works on parser events and composes the tree itself, because hostile files need what a general
/// composer does not give: a limit on depth, on nodes and on what aliases multiply, duplicate keys
/// refused, and the place of every key.
final class YamlReader {
  /// Maps and lists within each other.
  static final int DEPTH_MAX = 32;

  /// Nodes of one document, an alias counted as often as it is used.
  static final int NODES_MAX = 200_000;

  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  private final Iterator<Event> events;
  private final int lineOffset;
  private final Map<String, YamlNode> anchors = new HashMap<>();
  private final Map<String, Integer> anchorNodes = new HashMap<>();
  private int nodes;

  private YamlReader(Iterator<Event> events, int lineOffset) {
    this.events = events;
    this.lineOffset = lineOffset;
  }

  /// One document of a file: its text, and how many lines of the file stand before it.
  record Document(String text, int lineOffset) {}

  /// Cuts a file at its `---` lines. A line that begins with `---` in the first column ends a
  /// document whatever stands around it, so a broken document cannot take its neighbours along.
  static List<Document> split(String file) {
    List<Document> out = new ArrayList<>();
    int at = file.startsWith("\uFEFF") ? 1 : 0;
    int start = at;
    int startLine = 0;
    int line = 0;
    while (at < file.length()) {
      int newline = file.indexOf('\n', at);
      int next = newline < 0 ? file.length() : newline + 1;
      if (at > start && isSeparator(file, at)) {
        out.add(new Document(file.substring(start, at), startLine));
        start = at;
        startLine = line;
      }
      at = next;
      line++;
    }
    out.add(new Document(file.substring(start), startLine));
    return out;
  }

  private static boolean isSeparator(String file, int at) {
    return file.startsWith("---", at)
        && (at + 3 == file.length() || Character.isWhitespace(file.charAt(at + 3)));
  }

  /// The root of a document; null where it holds nothing.
  ///
  /// @throws RuleSyntaxException for anything that is not YAML, or above a limit
  static @Nullable YamlNode read(Document document) {
    // One buffer for the whole text: where a buffer ends inside a surrogate pair, snakeyaml-engine
    // 2.10 reads past it.
    var settings =
        LoadSettings.builder()
            .setCodePointLimit(RuleFile.BYTES_MAX)
            .setBufferSize(document.text.length() + 16)
            .setUseMarks(true)
            .build();
    var reader =
        new YamlReader(
            new Parse(settings).parseString(document.text).iterator(), document.lineOffset);
    try {
      return reader.root();
    } catch (MarkedYamlEngineException e) {
      throw new RuleSyntaxException(
          reader.position(e.getProblemMark().or(e::getContextMark)),
          "This is not YAML: " + sentence(e.getProblem()),
          e.getProblem() != null && e.getProblem().contains("\\t(TAB)")
              ? "Indent with spaces."
              : "");
    } catch (YamlEngineException e) {
      throw new RuleSyntaxException(
          new Position(document.lineOffset + 1, 1),
          "This is not YAML: " + sentence(e.getMessage()));
    }
  }

  private static String sentence(@Nullable String problem) {
    if (problem == null || problem.isEmpty()) {
      return "the parser gave no reason.";
    }
    int lineEnd = problem.indexOf('\n');
    String text = lineEnd < 0 ? problem : problem.substring(0, lineEnd);
    return text.endsWith(".") ? text : text + ".";
  }

  private @Nullable YamlNode root() {
    YamlNode root = null;
    while (events.hasNext()) {
      var event = events.next();
      switch (event.getEventId()) {
        case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Comment -> {}
        case Scalar, SequenceStart, MappingStart, Alias, SequenceEnd, MappingEnd -> {
          if (root != null) {
            throw new RuleSyntaxException(
                position(event.getStartMark()), "A second document begins without a '---' line.");
          }
          root = node(event, 0);
        }
      }
    }
    if (root instanceof Scalar scalar && scalar.type() == Scalar.Type.NULL) {
      return null;
    }
    return root;
  }

  private YamlNode node(Event event, int depth) {
    Position position = position(event.getStartMark());
    if (depth > DEPTH_MAX) {
      throw new RuleSyntaxException(
          position, "Maps and lists are nested more than " + DEPTH_MAX + " deep.");
    }
    count(1, position);
    int before = nodes;
    YamlNode node =
        switch (event.getEventId()) {
          case Scalar -> scalar((ScalarEvent) event, position);
          case SequenceStart -> sequence(depth, position);
          case MappingStart -> mapping(depth, position);
          case Alias -> alias((AliasEvent) event, position);
          case StreamStart,
              StreamEnd,
              DocumentStart,
              DocumentEnd,
              Comment,
              SequenceEnd,
              MappingEnd ->
              throw new RuleSyntaxException(position, "This is not YAML: a value is missing.");
        };
    if (event instanceof NodeEvent named && !(event instanceof AliasEvent)) {
      named
          .getAnchor()
          .ifPresent(anchor -> {
            anchors.put(anchor.getValue(), node);
            anchorNodes.put(anchor.getValue(), nodes - before);
          });
    }
    return node;
  }

  private void count(int more, Position position) {
    nodes += more;
    if (nodes > NODES_MAX) {
      throw new RuleSyntaxException(
          position, "The document has more than " + NODES_MAX + " values (aliases counted).");
    }
  }

  private YamlNode alias(AliasEvent event, Position position) {
    String name = event.getAlias().getValue();
    YamlNode target = anchors.get(name);
    if (target == null) {
      throw new RuleSyntaxException(
          position,
          "The alias '*" + name + "' has no anchor before it.",
          Suggestion.nearest(name, anchors.keySet()));
    }
    count(anchorNodes.getOrDefault(name, 0), position);
    return target;
  }

  private Sequence sequence(int depth, Position position) {
    List<YamlNode> items = new ArrayList<>();
    for (var event = next(); event.getEventId() != Event.ID.SequenceEnd; event = next()) {
      items.add(node(event, depth + 1));
    }
    return new Sequence(List.copyOf(items), position);
  }

  private Mapping mapping(int depth, Position position) {
    List<Entry> entries = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (var event = next(); event.getEventId() != Event.ID.MappingEnd; event = next()) {
      if (!(node(event, depth + 1) instanceof Scalar key)) {
        throw new RuleSyntaxException(
            position(event.getStartMark()), "A key must be a text, not a map or a list.");
      }
      if (!keys.add(key.text())) {
        throw new RuleSyntaxException(
            key.position(),
            "The key '" + key.text() + "' stands twice in the same map; the first would be lost.");
      }
      entries.add(new Entry(key, node(next(), depth + 1)));
    }
    return new Mapping(List.copyOf(entries), position);
  }

  private Event next() {
    while (events.hasNext()) {
      var event = events.next();
      if (event.getEventId() != Event.ID.Comment) {
        return event;
      }
    }
    throw new RuleSyntaxException(
        new Position(lineOffset + 1, 1), "This is not YAML: the document ends too early.");
  }

  private static Scalar scalar(ScalarEvent event, Position position) {
    String text = event.getValue();
    boolean singleLine = text.indexOf('\n') < 0;
    if (!event.isPlain()) {
      boolean asWritten =
          singleLine && (event.isDQuoted() || event.isSQuoted()) && text.indexOf('\\') < 0;
      return new Scalar(
          text, Scalar.Type.STRING, asWritten, asWritten ? position.right(1) : position);
    }
    String tag = event.getTag().orElse("");
    return new Scalar(
        text, tag.endsWith(":str") ? Scalar.Type.STRING : type(text), singleLine, position);
  }

  /// The core schema of YAML 1.2: no octal by a leading zero, no `yes` and `no`, no dates.
  private static Scalar.Type type(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> Scalar.Type.NULL;
      case "true", "True", "TRUE", "false", "False", "FALSE" -> Scalar.Type.BOOLEAN;
      default -> {
        char first = text.charAt(0);
        if (text.length() > 64 || (first > '9' || first == '/' || first == ' ')) {
          yield Scalar.Type.STRING;
        } else if (INTEGER.matcher(text).matches()) {
          yield Scalar.Type.INTEGER;
        } else {
          yield DECIMAL.matcher(text).matches() ? Scalar.Type.DECIMAL : Scalar.Type.STRING;
        }
      }
    };
  }

  private Position position(Optional<Mark> mark) {
    return mark.map(m -> new Position(lineOffset + m.getLine() + 1, m.getColumn() + 1))
        .orElseGet(() -> new Position(lineOffset + 1, 1));
  }
}
