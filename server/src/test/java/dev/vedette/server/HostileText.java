package dev.vedette.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What attackers write into log lines, user agents, and names in the hope that somebody's browser,
/// terminal, or spreadsheet acts on it: the lines of `hostile.txt`, and a few whose point is their
/// size. A script that runs sets `window.__xss` or opens a dialog.
final class HostileText {
  private HostileText() {}

  private static final Pattern CHARACTER = Pattern.compile("\\\\u\\{([0-9a-f]{1,6})}");

  static final List<String> PAYLOADS =
      Stream.concat(
              lines(),
              Stream.of(
                  "A".repeat(4_000),
                  "<".repeat(500),
                  "<b>".repeat(600) + "<img src=x onerror=window.__xss=1>",
                  "[".repeat(2_000),
                  "&lt;".repeat(500),
                  "\"".repeat(500),
                  "e" + "\u0301".repeat(600),
                  "\u202e".repeat(300),
                  "\u200d".repeat(300),
                  "word ".repeat(500),
                  "\n".repeat(300)))
          .toList();

  private static Stream<String> lines() {
    try (var in = HostileText.class.getResourceAsStream("/hostile.txt")) {
      if (in == null) {
        throw new AssertionError("hostile.txt is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isEmpty() && !line.startsWith("## "))
              .map(HostileText::decoded)
              .toList()
              .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Each escape as the character of its number; a lone half of a surrogate pair stays one.
  private static String decoded(String line) {
    var out = new StringBuilder();
    var matcher = CHARACTER.matcher(line);
    int at = 0;
    while (matcher.find()) {
      out.append(line, at, matcher.start()).appendCodePoint(Integer.parseInt(matcher.group(1), 16));
      at = matcher.end();
    }
    return out.append(line, at, line.length()).toString();
  }
}
