package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Style is a test: formatting, banned words, packages that tell their story, reasons for
/// dependencies, links that lead somewhere.
class TidyTest {
  private static final Path ROOT = Checkout.root();

  @Test
  void javaIsFormatted() throws IOException, FormatterException {
    var formatter = new Formatter();
    var wrong = new ArrayList<String>();
    for (var file : files(".java")) {
      String text = Files.readString(file);
      if (!formatter.formatSourceAndFixImports(text).equals(text)) {
        wrong.add(ROOT.relativize(file).toString());
      }
    }
    assertThat(wrong).as("run 'mvn spotless:apply' with Maven on a JDK 25").isEmpty();
  }

  @Test
  void nothingIsLeftForLater() throws IOException {
    assertThat(linesWith(sources(), "\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b")).isEmpty();
  }

  @Test
  void mainCodeCatchesWhatItKnows() throws IOException {
    var main =
        files(".java").stream().filter(file -> file.toString().contains("/src/main/")).toList();
    var catchesAll = Pattern.compile("catch \\((final )?(Exception|Throwable) ");
    var found = new ArrayList<String>();
    for (var file : main) {
      var lines = Files.readAllLines(file);
      for (int i = 1; i < lines.size(); i++) {
        boolean explained = lines.get(i - 1).strip().startsWith("// Last resort: ");
        if (catchesAll.matcher(lines.get(i)).find() && !explained) {
          found.add(ROOT.relativize(file) + ":" + (i + 1));
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void everyPackageTellsItsStory() throws IOException {
    var silent = new ArrayList<String>();
    for (var file : files(".java")) {
      if (!file.toString().contains("/src/main/java/")) {
        continue;
      }
      var story = file.resolveSibling("package-info.java");
      if (!Files.exists(story) || !Files.readString(story).startsWith("///")) {
        silent.add(ROOT.relativize(file).toString());
      }
    }
    assertThat(silent).isEmpty();
  }

  @Test
  void everyDependencyHasAReason() throws IOException {
    var reasons = Files.readString(ROOT.resolve("docs/dependencies.md"));
    var names = Pattern.compile("<artifactId>([^<]+)</artifactId>");
    var missing = new ArrayList<String>();
    for (var pom : files("pom.xml")) {
      String text = Files.readString(pom);
      int from = text.indexOf("<dependencies>");
      int to = text.lastIndexOf("</dependencies>");
      if (from < 0 || pom.equals(ROOT.resolve("pom.xml"))) {
        continue;
      }
      var matcher = names.matcher(text.substring(from, to));
      while (matcher.find()) {
        String name = matcher.group(1);
        boolean ours =
            Files.isDirectory(ROOT.resolve(name))
                || Files.isDirectory(ROOT.resolve("detect/" + name));
        if (!ours && !reasons.contains("`" + name + "`")) {
          missing.add(ROOT.relativize(pom) + ": " + name);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void documentsLinkToWhatExists() throws IOException {
    var link = Pattern.compile("\\]\\((?!https?:|#|mailto:)([^)#]+)(#[^)]*)?\\)");
    var broken = new ArrayList<String>();
    for (var file : files(".md")) {
      var matcher = link.matcher(Files.readString(file));
      while (matcher.find()) {
        if (!Files.exists(file.resolveSibling(matcher.group(1)))) {
          broken.add(ROOT.relativize(file) + " -> " + matcher.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static List<String> linesWith(List<Path> files, String regex) throws IOException {
    var pattern = Pattern.compile(regex);
    var found = new ArrayList<String>();
    for (var file : files) {
      var lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (pattern.matcher(lines.get(i)).find()) {
          found.add(ROOT.relativize(file) + ":" + (i + 1));
        }
      }
    }
    return found;
  }

  private static List<Path> sources() throws IOException {
    var all = new ArrayList<>(files(".java"));
    all.addAll(files(".js"));
    all.addAll(files(".yml"));
    return all;
  }

  private static List<Path> files(String ending) throws IOException {
    try (Stream<Path> walk = Files.walk(ROOT)) {
      var found =
          walk.filter(path -> path.getFileName().toString().endsWith(ending))
              .filter(path -> !("/" + ROOT.relativize(path)).contains("/target/"))
              .filter(path -> !("/" + ROOT.relativize(path)).contains("/."))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      assertThat(found).as("files ending in " + ending).isNotEmpty();
      return found;
    }
  }
}
