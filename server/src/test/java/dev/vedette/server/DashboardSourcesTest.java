package dev.vedette.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What must hold for the dashboard's files whatever a browser says: nothing that could run text
/// from outside, nothing the Content Security Policy forbids, no dangling import, and colours that
/// can be read.
class DashboardSourcesTest {
  private static final Path ROOT = Path.of("src/main/resources/dashboard");

  /// What is banned, and why.
  private static final Map<String, String> BANNED =
      Map.ofEntries(
          Map.entry("\\binnerHTML\\b", "text becomes markup"),
          Map.entry("\\bouterHTML\\b", "text becomes markup"),
          Map.entry("insertAdjacentHTML", "text becomes markup"),
          Map.entry("createContextualFragment", "text becomes markup"),
          Map.entry("\\bDOMParser\\b", "text becomes markup"),
          Map.entry("document\\.write", "text becomes markup"),
          Map.entry(
              "unsafeHTML|unsafe-html|unsafeSVG|unsafe-svg|unsafeStatic", "text becomes markup"),
          Map.entry("\\beval\\s*\\(|new Function\\b", "text becomes code"),
          Map.entry("javascript:", "text becomes code"),
          Map.entry("\\sstyle=", "the policy forbids style attributes; use styled()"),
          Map.entry("setAttribute\\(\\s*['\"]style", "the policy forbids style attributes"),
          Map.entry("styleMap|style-map", "it writes a style attribute when it first renders"),
          Map.entry("\\son[a-z]+=[\"'$]", "the policy forbids inline handlers; use @event"),
          Map.entry("target=[\"']?_blank", "links from here never open other sites"),
          Map.entry("(href|src|action)=[\"']?https?:", "everything comes from this server"),
          Map.entry("\\bsrcdoc\\b|<iframe", "no frames"),
          Map.entry("console\\.(log|debug)", "left over"));

  private static final Pattern IMPORT =
      Pattern.compile("(?:\\bfrom|\\bimport)\\s*\\(?\\s*['\"]([^'\"]+)['\"]");
  private static final Pattern LINKED = Pattern.compile("(?:href|src)=\"(/[^\"]*)\"");
  private static final Pattern MAPPED = Pattern.compile("\"([^\"]+)\": \"(/webjars/[^\"]+)\"");
  private static final Pattern TOKEN = Pattern.compile("--([\\w-]+):\\s*(#[0-9a-f]{6});");

  @Test
  void nothingThatRunsTextFromOutside() {
    var found = new ArrayList<String>();
    for (var file : files(".js", ".html")) {
      var lines = read(file).lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        boolean comment = line.strip().startsWith("*") || line.strip().startsWith("//");
        for (var ban : BANNED.entrySet()) {
          if (!comment && Pattern.compile(ban.getKey()).matcher(line).find()) {
            found.add("%s:%d: %s: %s".formatted(file, i + 1, ban.getValue(), line.strip()));
          }
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void theBanCatchesWhatItNames() {
    for (String bad :
        List.of(
            "box.innerHTML = x",
            "html`<p style=${x}>`",
            "html`<p onclick=\"x\">`",
            "html`${unsafeHTML(x)}`",
            "<a href=\"https://example.org\">")) {
      assertThat(BANNED.keySet())
          .as(bad)
          .anyMatch(pattern -> Pattern.compile(pattern).matcher(bad).find());
    }
  }

  @Test
  void everyImportResolves() throws IOException {
    var mapped = new HashMap<String, String>();
    Matcher entries = MAPPED.matcher(Files.readString(ROOT.resolve("index.html")));
    while (entries.find()) {
      mapped.put(entries.group(1), entries.group(2));
      if (!entries.group(2).endsWith("/")) {
        assertThat(onClasspath(entries.group(2))).as(entries.group(2)).isTrue();
      }
    }
    assertThat(mapped).isNotEmpty();
    for (var file : files(".js")) {
      Matcher imports = IMPORT.matcher(withoutComments(read(file)));
      while (imports.find()) {
        String name = imports.group(1);
        if (name.startsWith(".")) {
          assertThat(file.resolveSibling(name).normalize()).as("imported by " + file).exists();
        } else {
          String target =
              mapped.containsKey(name)
                  ? mapped.get(name)
                  : mapped.entrySet().stream()
                      .filter(e -> e.getKey().endsWith("/") && name.startsWith(e.getKey()))
                      .map(e -> e.getValue() + name.substring(e.getKey().length()))
                      .findFirst()
                      .orElse("");
          assertThat(onClasspath(target)).as(name + " imported by " + file).isTrue();
        }
      }
    }
  }

  @Test
  void everyLinkedFileIsThere() throws IOException {
    Matcher links = LINKED.matcher(Files.readString(ROOT.resolve("index.html")));
    int count = 0;
    while (links.find()) {
      if (links.group(1).startsWith("/webjars/")) {
        assertThat(onClasspath(links.group(1))).as(links.group(1)).isTrue();
      } else if (!links.group(1).equals("/docs")) {
        assertThat(ROOT.resolve(links.group(1).substring(1))).exists();
      }
      count++;
    }
    assertThat(count).isGreaterThan(5);
  }

  /// A module that is not preloaded costs a round trip before the first paint.
  @Test
  void everyModuleIsPreloaded() throws IOException {
    String index = Files.readString(ROOT.resolve("index.html"));
    for (var file : files(".js")) {
      String path = "/" + ROOT.relativize(file);
      if (!path.equals("/main.js") && !path.equals("/theme.js")) {
        assertThat(index).contains("<link rel=\"modulepreload\" href=\"" + path + "\">");
      }
    }
  }

  @Test
  void everyFileTellsWhatItIs() {
    for (var file : files(".js")) {
      assertThat(read(file)).as(file.toString()).matches("(?s)(/\\*\\*|//).*");
    }
  }

  /// WCAG 2.2 AA: 4.5 for text; 3 for the shapes and bars that only accompany a word.
  @Test
  void coloursCanBeRead() throws IOException {
    String css = Files.readString(ROOT.resolve("style.css"));
    var light = tokens(css, ":root {");
    var dark = tokens(css, ":root[data-theme=\"dark\"] {");
    var system = tokens(css, ":root:not([data-theme=\"light\"]) {");
    assertThat(system).isEqualTo(dark);
    assertThat(dark.keySet()).isEqualTo(light.keySet());
    for (var theme : List.of(light, dark)) {
      for (String surface :
          List.of("background", "surface", "raised", "hover", "selected", "bar")) {
        for (String text : List.of("text", "muted")) {
          assertThat(contrast(theme, text, surface)).as(text + " on " + surface).isGreaterThan(4.5);
        }
      }
      for (String severity : List.of("critical", "high", "medium", "low", "informational")) {
        for (String surface : List.of("background", "surface", "raised")) {
          assertThat(contrast(theme, severity, surface))
              .as(severity + " on " + surface)
              .isGreaterThan(4.5);
        }
        for (String surface : List.of("hover", "selected", "bar")) {
          assertThat(contrast(theme, severity, surface))
              .as(severity + " on " + surface)
              .isGreaterThan(3);
        }
      }
      assertThat(contrast(theme, "on-accent", "accent")).isGreaterThan(4.5);
      assertThat(contrast(theme, "on-mark", "mark")).isGreaterThan(4.5);
      assertThat(contrast(theme, "accent", "surface")).isGreaterThan(4.5);
    }
  }

  private static Map<String, String> tokens(String css, String selector) {
    int start = css.indexOf(selector);
    assertThat(start).as(selector).isNotNegative();
    Matcher matcher = TOKEN.matcher(css.substring(start, css.indexOf('}', start)));
    var tokens = new TreeMap<String, String>();
    while (matcher.find()) {
      tokens.put(matcher.group(1), matcher.group(2));
    }
    return tokens;
  }

  private static double contrast(Map<String, String> theme, String one, String other) {
    double a = luminance(theme.getOrDefault(one, ""));
    double b = luminance(theme.getOrDefault(other, ""));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(String colour) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double part = Integer.parseInt(colour, 1 + 2 * i, 3 + 2 * i, 16) / 255.0;
      sum += weights[i] * (part <= 0.03928 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  private static boolean onClasspath(String path) {
    return DashboardSourcesTest.class.getResource("/META-INF/resources" + path) != null;
  }

  private static String withoutComments(String script) {
    return script.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("(?m)^\\s*//.*$", "");
  }

  private static List<Path> files(String... endings) {
    try (var walk = Files.walk(ROOT)) {
      return walk.filter(file -> List.of(endings).stream().anyMatch(file.toString()::endsWith))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
