package dev.vedette.app;

import dev.vedette.event.IpAddress;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Immutable. What the operator decided: `vedette.yaml`, overridden by environment variables,
/// overridden by flags.
///
/// [Key] is the one place where an option has its name, its variable, its default, its check and
/// its help; the reference in `docs/configure.md` is held against it by a test. A key that does not
/// exist, or a value that cannot be right, stops the start with one complete report: every problem,
/// with file, line and a suggestion.
final class Config {
  /// Every option.
  enum Key {
    HOST(
        "host",
        "VEDETTE_HOST",
        "127.0.0.1",
        "Address to listen on; 0.0.0.0 or :: for all",
        Check.TEXT),
    PORT(
        "port",
        "PORT",
        "8000",
        "Port of API, dashboard and WebSocket; 0 picks a free one",
        Check.PORT),
    DATA(
        "data",
        "VEDETTE_DATA",
        "data",
        "Folder that holds the database; made where it is missing",
        Check.TEXT),
    FILES(
        "files",
        "VEDETTE_FILES",
        "",
        "Log files to follow; names or globs, as a list",
        Check.PATHS),
    SYSLOG_UDP(
        "syslog_udp",
        "VEDETTE_SYSLOG_UDP",
        "",
        "host:port or port to receive syslog on over UDP",
        Check.ADDRESS),
    SYSLOG_TCP(
        "syslog_tcp",
        "VEDETTE_SYSLOG_TCP",
        "",
        "host:port or port to receive syslog on over TCP",
        Check.ADDRESS),
    RULES(
        "rules",
        "VEDETTE_RULES",
        "",
        "Folders of your own Sigma rules, beside the shipped ones; as a list",
        Check.PATHS),
    RETENTION_DAYS(
        "retention_days",
        "RETENTION_DAYS",
        "30",
        "Days after which lines and closed alerts are dropped",
        Check.COUNT),
    WORKERS(
        "workers",
        "VEDETTE_WORKERS",
        "",
        "Threads that parse and match; empty: one per processor",
        Check.COUNT),
    FRONTEND_ORIGIN(
        "frontend_origin",
        "FRONTEND_ORIGIN",
        "",
        "Origin of another dashboard that may call the API (CORS)",
        Check.ORIGIN),
    ANOMALY_KEYWORDS(
        "anomaly_keywords",
        "ANOMALY_KEYWORDS",
        String.join(",", SimpleLogRules.KEYWORDS_DEFAULT),
        "Words that make a plain message an anomaly; as a list",
        Check.LIST),
    WHITELISTED_IPS(
        "whitelisted_ips",
        "WHITELISTED_IPS",
        "",
        "Addresses that are allow-listed at the first start; as a list",
        Check.IPS),
    BRUTE_FORCE_THRESHOLD(
        "brute_force_threshold",
        "BRUTE_FORCE_THRESHOLD",
        "5",
        "Failed logins of one address that make a brute force",
        Check.COUNT),
    BRUTE_FORCE_WINDOW_SECONDS(
        "brute_force_window_seconds",
        "BRUTE_FORCE_WINDOW_SECONDS",
        "300",
        "... within this many seconds",
        Check.COUNT);

    final String yaml;
    final String variable;
    final String defaultValue;
    final String help;
    final Check check;

    Key(String yaml, String variable, String defaultValue, String help, Check check) {
      this.yaml = yaml;
      this.variable = variable;
      this.defaultValue = defaultValue;
      this.help = help;
      this.check = check;
    }

    static Optional<Key> ofYaml(String name) {
      for (var key : values()) {
        if (key.yaml.equals(name)) {
          return Optional.of(key);
        }
      }
      return Optional.empty();
    }
  }

  /// What a value must be.
  enum Check {
    TEXT,
    LIST,
    PATHS,
    IPS,
    PORT,
    ADDRESS,
    COUNT,
    ORIGIN;

    boolean isList() {
      return this == LIST || this == PATHS || this == IPS;
    }

    /// What is wrong with a value, or null. Empty stands for "not set" and is always right.
    @Nullable String problem(String value) {
      if (value.isEmpty()) {
        return null;
      }
      return switch (this) {
        case TEXT, LIST, PATHS -> null;
        case PORT -> isNumber(value, 0, 65_535) ? null : "must be a port, 0 to 65535";
        case COUNT -> isNumber(value, 1, 1_000_000_000) ? null : "must be a whole number from 1 up";
        case ADDRESS -> {
          String port = value.substring(value.lastIndexOf(':') + 1);
          yield isNumber(port, 0, 65_535)
              ? null
              : "must be a port or host:port, such as 5514 or 127.0.0.1:5514";
        }
        case ORIGIN ->
            value.matches("https?://[A-Za-z0-9.\\[\\]:-]+")
                ? null
                : "must be an origin, such as http://localhost:3000";
        case IPS -> {
          for (var part : parts(value)) {
            if (!new IpAddress().parse(part)) {
              yield "'" + Inert.cut(part, 40) + "' is not an IP address";
            }
          }
          yield null;
        }
      };
    }
  }

  /// One thing that is wrong; `where` is `file:line:column`, a variable or a flag.
  record Problem(String where, String message) {
    @Override
    public String toString() {
      return where + ": " + message;
    }
  }

  /// Everything that is wrong, told at once.
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(List<Problem> problems) {
      super(String.join("\n", problems.stream().map(Problem::toString).toList()));
    }
  }

  private final Map<Key, String> values;

  private Config(Map<Key, String> values) {
    this.values = values;
  }

  /// Reads a configuration.
  ///
  /// @param file where it was asked for, or null: then `vedette.yaml` of the working folder, if
  ///   there is one
  /// @param environment normally `System.getenv()`
  /// @param flags options given on the command line
  /// @throws Wrong with every problem
  /// @throws Exit.Failure when the file cannot be read
  static Config read(@Nullable Path file, Map<String, String> environment, Map<Key, String> flags) {
    var values = new EnumMap<Key, String>(Key.class);
    var problems = new ArrayList<Problem>();
    for (var key : Key.values()) {
      values.put(key, key.defaultValue);
    }
    var path = file != null ? file : Path.of("vedette.yaml");
    if (file != null || Files.exists(path)) {
      readFile(path, values, problems);
    }
    for (var key : Key.values()) {
      String value = environment.get(key.variable);
      if (value != null && !value.isBlank()) {
        put(key, value.strip(), "environment variable " + key.variable, values, problems);
      }
    }
    flags.forEach(
        (key, value) -> put(key, value, "--" + key.yaml.replace('_', '-'), values, problems));
    if (!problems.isEmpty()) {
      throw new Wrong(problems);
    }
    return new Config(values);
  }

  String text(Key key) {
    return values.getOrDefault(key, "");
  }

  int number(Key key) {
    return Integer.parseInt(text(key));
  }

  boolean isSet(Key key) {
    return !text(key).isEmpty();
  }

  List<String> list(Key key) {
    return parts(text(key));
  }

  private static List<String> parts(String value) {
    var parts = new ArrayList<String>();
    for (int from = 0; from <= value.length(); ) {
      int comma = value.indexOf(',', from);
      int to = comma < 0 ? value.length() : comma;
      String part = value.substring(from, to).strip();
      if (!part.isEmpty()) {
        parts.add(part);
      }
      from = to + 1;
    }
    return parts;
  }

  private static void put(
      Key key, String value, String where, Map<Key, String> values, List<Problem> problems) {
    String problem = key.check.problem(value);
    if (problem == null) {
      values.put(key, value);
    } else {
      problems.add(
          new Problem(where, key.yaml + " " + problem + ", not '" + Inert.cut(value, 60) + "'"));
    }
  }

  private static void readFile(Path path, Map<Key, String> values, List<Problem> problems) {
    Optional<Node> root;
    try {
      var settings =
          LoadSettings.builder().setLabel(path.toString()).setMaxAliasesForCollections(10).build();
      root = new Compose(settings).composeString(Files.readString(path, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new Exit.Failure(
          Exit.FAILED, "the configuration file " + path + " cannot be read: " + why(e));
    } catch (YamlEngineException e) {
      problems.add(
          new Problem(
              path.toString(),
              "is not YAML: " + String.valueOf(e.getMessage()).replace('\n', ' ')));
      return;
    }
    if (root.isEmpty()) {
      return;
    }
    if (!(root.get() instanceof MappingNode mapping)) {
      problems.add(new Problem(path.toString(), "must hold 'key: value' lines"));
      return;
    }
    for (var tuple : mapping.getValue()) {
      String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
      String where = path + ":" + at(tuple.getKeyNode());
      var key = Key.ofYaml(name);
      if (key.isEmpty()) {
        problems.add(
            new Problem(
                where, "there is no option '" + Inert.cut(name, 40) + "'" + suggestion(name)));
        continue;
      }
      switch (tuple.getValueNode()) {
        case ScalarNode scalar -> {
          if (isPathOrAny(key.get(), scalar, where, problems)) {
            put(key.get(), text(scalar), where, values, problems);
          }
        }
        case SequenceNode sequence when key.get().check.isList() -> {
          var items = new ArrayList<String>();
          for (var item : sequence.getValue()) {
            String place = path + ":" + at(item);
            if (!(item instanceof ScalarNode scalar)) {
              problems.add(new Problem(place, name + " must be a list of plain values"));
            } else if (isPathOrAny(key.get(), scalar, place, problems)) {
              items.add(text(scalar));
            }
          }
          put(key.get(), String.join(",", items), where, values, problems);
        }
        default -> problems.add(new Problem(where, name + " must be a plain value"));
      }
    }
  }

  private static String why(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file";
      case AccessDeniedException _ -> "this user may not read it";
      case CharacterCodingException _ -> "it is not UTF-8 text";
      default -> String.valueOf(e.getMessage());
    };
  }

  private static String at(Node node) {
    return node.getStartMark().map(Config::at).orElse("1:1");
  }

  /// An empty value stands for "not set", and so does `null`.
  private static String text(ScalarNode scalar) {
    return scalar.getTag().equals(Tag.NULL) ? "" : scalar.getValue().strip();
  }

  /// A number or a truth value is no path: whoever wrote it meant something else.
  private static boolean isPathOrAny(
      Key key, ScalarNode scalar, String where, List<Problem> problems) {
    if (key.check != Check.PATHS
        || scalar.getTag().equals(Tag.STR)
        || scalar.getTag().equals(Tag.NULL)) {
      return true;
    }
    problems.add(
        new Problem(
            where,
            key.yaml
                + " must be paths, such as [/var/log/auth.log], not '"
                + Inert.cut(scalar.getValue(), 60)
                + "'"));
    return false;
  }

  private static String at(Mark mark) {
    return (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
  }

  private static String suggestion(String name) {
    var known = Arrays.stream(Key.values()).map(key -> key.yaml).toList();
    String suggestion = Words.suggestion(name, known);
    return suggestion.isEmpty() ? "; 'vedette doctor' lists the options" : suggestion;
  }

  private static boolean isNumber(String value, long min, long max) {
    if (value.isEmpty()
        || value.length() > 10
        || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return false;
    }
    long number = Long.parseLong(value);
    return number >= min && number <= max;
  }
}
