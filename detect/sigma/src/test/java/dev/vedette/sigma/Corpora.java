package dev.vedette.sigma;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;

/// Real rules that are not part of this repository: found through `VEDETTE_CORPORA` (environment or
/// system property) or in `shared/corpora` beside the repository; tests that want them are skipped
/// where they are not.
final class Corpora {
  private Corpora() {}

  static Path sigma(String file) {
    String configured =
        System.getProperty("VEDETTE_CORPORA", System.getenv().getOrDefault("VEDETTE_CORPORA", ""));
    Path folder = configured.isEmpty() ? beside() : Path.of(configured);
    Path path = folder.resolve("sigma").resolve(file);
    Assumptions.assumeTrue(Files.exists(path), path + " is not there: skipped");
    return path;
  }

  private static Path beside() {
    Path at = Path.of("").toAbsolutePath();
    while (at.getParent() != null && !Files.isDirectory(at.resolve(".mvn"))) {
      at = at.getParent();
    }
    return at.resolve("../shared/corpora").normalize();
  }

  /// The YAML files of a `.tar.gz`.
  static List<RuleFile> rules(Path archive) throws IOException {
    List<RuleFile> out = new ArrayList<>();
    try (var in =
        new DataInputStream(
            new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive))))) {
      byte[] header = new byte[512];
      String longName = "";
      while (in.readNBytes(header, 0, 512) == 512 && header[0] != 0) {
        int size = Integer.parseInt(text(header, 124, 12).strip(), 8);
        byte[] body = in.readNBytes(size);
        in.skipNBytes((512 - size % 512) % 512);
        char type = (char) header[156];
        if (type == 'L') {
          longName = text(body, 0, size);
          continue;
        }
        String prefix = text(header, 345, 155);
        String name =
            !longName.isEmpty()
                ? longName
                : (prefix.isEmpty() ? "" : prefix + "/") + text(header, 0, 100);
        longName = "";
        if (type != '5' && name.endsWith(".yml")) {
          out.add(new RuleFile(name, body));
        }
      }
    }
    return out;
  }

  private static String text(byte[] bytes, int from, int length) {
    int end = from;
    while (end < from + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }
}
