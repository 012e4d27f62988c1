package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Runs the lines of `*.lines`: `> line`, then what must come of it, one thing per line:
///
/// ```text
/// field=value          the first value of the field
/// field+=value         one value of the field
/// !field               the field is absent
/// dataset=name         the data set
/// covered=linux/sshd   rules for that product/service (or category:name) look at it
/// hint=text            what the source says, before the line is read
/// ```
///
/// `\e`, `\t`, `\0`, `\n` and `\\` in a line stand for those bytes. `#` begins a comment.
class GoldenLinesTest {
  private static final List<String> FILES =
      List.of(
          "access.lines",
          "error.lines",
          "syslog.lines",
          "sshd.lines",
          "auth.lines",
          "json.lines",
          "text.lines",
          "logins.lines");

  private final FieldDictionary dictionary = new FieldDictionary();
  private final LogReader reader = new LogReader(dictionary);
  private final Event event = new Event(dictionary);

  @TestFactory
  Stream<DynamicTest> lines() {
    return FILES.stream().flatMap(this::file);
  }

  /// Every line of the files, without what must come of it.
  static List<String> allLines() {
    return FILES.stream()
        .flatMap(file -> load(file).lines())
        .filter(line -> line.startsWith("> "))
        .map(line -> unescape(line.substring(2)))
        .toList();
  }

  private Stream<DynamicTest> file(String file) {
    var tests = new ArrayList<DynamicTest>();
    String line = "";
    var checks = new ArrayList<String>();
    int number = 0;
    for (String text : (load(file) + "\n> ").lines().toList()) {
      number++;
      if (text.startsWith("> ")) {
        if (!line.isEmpty()) {
          tests.add(test(file, number, line, List.copyOf(checks)));
        }
        line = text.substring(2);
        checks.clear();
      } else if (!text.isBlank() && !text.startsWith("#")) {
        checks.add(text);
      }
    }
    return tests.stream();
  }

  private DynamicTest test(String file, int before, String line, List<String> checks) {
    return DynamicTest.dynamicTest(
        file + " before " + before + ": " + line.substring(0, Math.min(80, line.length())),
        () -> {
          assertThat(checks).as("checks of " + line).isNotEmpty();
          check(line, checks);
        });
  }

  private void check(String line, List<String> checks) {
    String hint =
        checks.stream()
            .filter(check -> check.startsWith("hint="))
            .map(check -> check.substring(5))
            .findFirst()
            .orElse("");
    byte[] bytes = unescape(line).getBytes(UTF_8);
    reader.read(bytes, 0, bytes.length, LogReaderTest.RECEIVED_MS, hint, event);
    for (String check : checks) {
      int equals = check.indexOf('=');
      String name = equals < 0 ? check : check.substring(0, equals);
      String value = equals < 0 ? "" : unescape(check.substring(equals + 1));
      if (name.equals("hint")) {
        continue;
      }
      if (name.startsWith("!")) {
        assertThat(values(name.substring(1))).as("%s of %s", name, line).isEmpty();
      } else if (name.equals("covered")) {
        assertThat(event.dataset().isCoveredBy(logSource(value)))
            .as("%s of %s", check, line)
            .isTrue();
      } else if (name.endsWith("+")) {
        assertThat(values(name.substring(0, name.length() - 1)))
            .as("%s of %s", name, line)
            .contains(value);
      } else {
        assertThat(values(name).stream().findFirst().orElse("(absent)"))
            .as("%s of %s", name, line)
            .isEqualTo(value);
      }
    }
  }

  private static LogSource logSource(String value) {
    if (value.startsWith("category:")) {
      return new LogSource(value.substring(9), "", "");
    }
    int slash = value.indexOf('/');
    return new LogSource("", value.substring(0, slash), value.substring(slash + 1));
  }

  private List<String> values(String field) {
    if (field.equals("dataset")) {
      return List.of(event.dataset().name());
    }
    if (field.equals("@timestamp") && event.timeMs() != Event.NO_TIME) {
      return List.of(Instant.ofEpochMilli(event.timeMs()).toString());
    }
    var values = new ArrayList<String>();
    for (int slot = event.first(dictionary.lookup(field)); slot >= 0; slot = event.next(slot)) {
      values.add(event.slotText(slot));
    }
    return values;
  }

  private static String unescape(String text) {
    var out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        out.append(c);
        continue;
      }
      char next = text.charAt(++i);
      switch (next) {
        case 'e' -> out.append('\u001b');
        case 't' -> out.append('\t');
        case 'n' -> out.append('\n');
        case '0' -> out.append('\0');
        case '\\' -> out.append('\\');
        default -> out.append('\\').append(next);
      }
    }
    return out.toString();
  }

  private static String load(String file) {
    try (InputStream in = GoldenLinesTest.class.getResourceAsStream(file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
