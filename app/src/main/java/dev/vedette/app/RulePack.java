package dev.vedette.app;

import dev.vedette.sigma.ParsedRules;
import dev.vedette.sigma.RuleFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/// Pure functions. Where rules come from: the shipped pack inside the jar, and folders of the
/// operator's own.
final class RulePack {
  private static final String SHIPPED = "rules/";

  private RulePack() {}

  /// The rules that ship with the product, by name.
  static List<RuleFile> shipped() {
    try {
      var here = place();
      return Files.isDirectory(here) ? folder(here.resolve(SHIPPED)) : inJar(here);
    } catch (IOException e) {
      throw new UncheckedIOException("the shipped rules cannot be read", e);
    }
  }

  /// The rules that ship with the product without their test lines, which are half of their text
  /// and which nobody but `rules test` reads: a start that does not parse them is that much faster.
  static List<RuleFile> shippedWithoutTests() {
    return shipped().stream()
        .map(file ->
            RuleFile.of(
                file.name(), withoutTests(new String(file.bytes(), StandardCharsets.UTF_8))))
        .toList();
  }

  /// As [#shippedWithoutTests], parsed; read from what [#keepParsed] left, where it did.
  static ParsedRules parsed() {
    return parsed(place());
  }

  /// @param jar that the rules came in
  static ParsedRules parsed(Path jar) {
    try {
      var kept = kept(jar);
      if (Files.isRegularFile(kept)) {
        byte[] bytes = Files.readAllBytes(kept);
        byte[] stamp = stamp(jar);
        if (bytes.length > stamp.length
            && Arrays.equals(bytes, 0, stamp.length, stamp, 0, stamp.length)) {
          var parsed = ParsedRules.decode(Arrays.copyOfRange(bytes, stamp.length, bytes.length));
          if (parsed.isPresent()) {
            return parsed.get();
          }
        }
      }
    } catch (IOException _) {
      // What cannot be read is parsed again.
    }
    return ParsedRules.parse(shippedWithoutTests());
  }

  /// Keeps the parsed rules beside the jar, so that the next starts need not parse them. Does
  /// nothing where the product does not run from a jar, or a rule is no YAML.
  static void keepParsed() throws IOException {
    keepParsed(place());
  }

  static void keepParsed(Path jar) throws IOException {
    if (!Files.isRegularFile(jar)) {
      return;
    }
    byte[] stamp = stamp(jar);
    var parsed = ParsedRules.parse(shippedWithoutTests()).encode();
    if (parsed.isEmpty() || !Arrays.equals(stamp, stamp(jar))) {
      return; // a build may replace the jar meanwhile
    }
    // Somebody else may be starting: the file is there whole or not at all.
    var kept = kept(jar);
    var whole = kept.resolveSibling(kept.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.write(whole, stamp);
      Files.write(whole, parsed.get(), StandardOpenOption.APPEND);
      Files.move(whole, kept, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  private static Path kept(Path jar) {
    return jar.resolveSibling("rules.parsed");
  }

  /// Which jar the rules were in.
  private static byte[] stamp(Path jar) throws IOException {
    return ByteBuffer.allocate(16)
        .putLong(Files.size(jar))
        .putLong(Files.getLastModifiedTime(jar).toMillis())
        .array();
  }

  /// The jar, or the folder of classes.
  private static Path place() {
    try {
      return Path.of(RulePack.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the jar has no place in the file system", e);
    }
  }

  /// Leaves out `tests:` of `vedette:` with what is indented below it, as our own rules write it.
  static String withoutTests(String yaml) {
    var out = new StringBuilder(yaml.length());
    boolean ours = false;
    boolean tests = false;
    int at = 0;
    while (at < yaml.length()) {
      int newline = yaml.indexOf('\n', at);
      int next = newline < 0 ? yaml.length() : newline + 1;
      if (!tests || !(yaml.startsWith("   ", at) || yaml.charAt(at) == '\n')) {
        tests = ours && yaml.startsWith("  tests:\n", at);
        if (yaml.charAt(at) != ' ' && yaml.charAt(at) != '\n') {
          ours = yaml.startsWith("vedette:\n", at);
        }
        if (!tests) {
          out.append(yaml, at, next);
        }
      }
      at = next;
    }
    return out.toString();
  }

  /// Every `.yml` and `.yaml` file below a folder, or the one file that is named, by name.
  static List<RuleFile> folder(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return List.of(new RuleFile(path.toString(), Files.readAllBytes(path)));
    }
    if (!Files.isDirectory(path)) {
      throw new IOException(path + ": no such folder of rules");
    }
    var files = new ArrayList<RuleFile>();
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(path)) {
      paths = walk.filter(RulePack::isRuleFile).sorted().toList();
    }
    for (var file : paths) {
      files.add(new RuleFile(file.toString(), Files.readAllBytes(file)));
    }
    return files;
  }

  private static boolean isRuleFile(Path path) {
    String name = path.getFileName().toString();
    return (name.endsWith(".yml") || name.endsWith(".yaml")) && Files.isRegularFile(path);
  }

  private static List<RuleFile> inJar(Path jar) throws IOException {
    var files = new ArrayList<RuleFile>();
    try (var in = new JarFile(jar.toFile())) {
      for (var entries = in.entries(); entries.hasMoreElements(); ) {
        var entry = entries.nextElement();
        if (entry.getName().startsWith(SHIPPED) && entry.getName().endsWith(".yml")) {
          try (var bytes = in.getInputStream(entry)) {
            files.add(new RuleFile(entry.getName(), bytes.readAllBytes()));
          }
        }
      }
    }
    files.sort(Comparator.comparing(RuleFile::name));
    return files;
  }
}
