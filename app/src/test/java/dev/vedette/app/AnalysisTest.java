package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Batch;
import dev.vedette.event.FieldDictionary;
import dev.vedette.sigma.ParsedRules;
import dev.vedette.sigma.RuleReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a pass over files costs in memory, and that it counts lines as an editor does.
class AnalysisTest {
  private static final String BROWSER =
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.";

  private static Engine engine() {
    return Engine.compile(RulePack.shippedWithoutTests(), new FieldDictionary(), new AllowList());
  }

  private static String lines(int count, int attackEvery, RandomGenerator random) {
    var out = new StringBuilder();
    for (int i = 0; i < count; i++) {
      boolean attack = attackEvery > 0 && i % attackEvery == 0;
      out.append("192.0.2.")
          .append(attack ? 7 : random.nextInt(1, 255))
          .append(" - - [10/Oct/2026:13:55:36 +0000] \"GET ")
          .append(attack ? "/?file=../../../../etc/passwd" : "/p/" + random.nextInt(1_000_000))
          .append(" HTTP/1.1\" 200 512 \"-\" \"")
          .append(BROWSER)
          .append(random.nextInt(10_000))
          .append(" Safari/537.36\"\n");
    }
    return out.toString();
  }

  private static Batch batch(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Batch.ofLines("access.log", "access.log", 0, bytes, bytes.length);
  }

  @Test
  void anOrdinaryLineAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    var worker = engine().readingWorker(new Sightings(_ -> "", 1 << 20), true);
    for (int i = 0; i < 20; i++) {
      worker.read(batch(lines(1_000, 0, random)));
    }
    // States of automata are still built now and then, so the best of some batches counts.
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 10; i++) {
      var batch = batch(lines(1_000, 0, random));
      long before = threads.getCurrentThreadAllocatedBytes();
      var findings = worker.read(batch);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      assertThat(findings.detections()).isEmpty();
    }
    assertThat(least).as("bytes for a batch of 1,000 lines, its lists included").isLessThan(2_000);
  }

  @Test
  void memoryDoesNotGrowWithTheFile(@TempDir Path folder) throws Exception {
    var engine = engine();
    var small = analyze(engine, folder.resolve("small.log"), 20_000);
    long usedSmall = liveBytes();
    var large = analyze(engine, folder.resolve("large.log"), 200_000);
    long usedLarge = liveBytes();
    assertThat(small.lines()).isEqualTo(20_000);
    assertThat(large.lines()).isEqualTo(200_000);
    assertThat(large.detections()).isEqualTo(10 * small.detections()).isPositive();
    assertThat(usedLarge - usedSmall).as("live bytes more").isLessThan(8 << 20);
  }

  private static Analysis.Summary analyze(Engine engine, Path file, int lines)
      throws IOException, InterruptedException {
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(2);
    Files.writeString(file, lines(lines, 100, random));
    try (var chunks = new LineChunks(List.of(file), InputStream.nullInputStream())) {
      return new Analysis(engine, chunks, 2, 0, _ -> {}).run();
    }
  }

  private static long liveBytes() {
    var memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  /// Many addresses, each guessing: what is told apart has a limit, and beyond it counts stay true.
  @Test
  void countsWhatItNoLongerTellsApart() {
    var engine = engine();
    var lines = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      lines
          .append("Nov 21 10:00:00 web1 sshd[1]: Failed password for root from 10.0.")
          .append(i % 100)
          .append(".1 port 4000 ssh2\n");
    }
    long events = 0;
    for (long bytes : new long[] {Long.MAX_VALUE, 40_000}) {
      var workers = List.of(new Sightings(_ -> "", bytes), new Sightings(_ -> "", bytes));
      for (var sightings : workers) {
        var findings = engine.readingWorker(sightings, false).read(batch(lines.toString()));
        assertThat(findings.detections()).isEmpty();
      }
      var counted = Sightings.together(workers);
      var addresses =
          counted.stream().map(sighting -> sighting.first().sourceIp()).distinct().toList();
      long all = counted.stream().mapToLong(Sightings.Sighting::events).sum();
      if (bytes == Long.MAX_VALUE) {
        assertThat(addresses).hasSize(100).doesNotContain("");
        assertThat(all).isGreaterThanOrEqualTo(2_000);
        events = all;
      } else {
        assertThat(addresses).contains("").hasSizeBetween(10, 80);
        assertThat(counted.getLast().first().entity()).isEqualTo(Sightings.OTHERS);
        assertThat(all).isEqualTo(events);
      }
    }
  }

  @Test
  void countsLinesAsAnEditorDoes() {
    long seed = System.nanoTime();
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = new byte[random.nextInt(40)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) "ab\r\n\n".charAt(random.nextInt(5));
      }
      var batch = Batch.ofLines("x", "x", 0, bytes, bytes.length);
      long newlines =
          new String(bytes, StandardCharsets.UTF_8).chars().filter(c -> c == '\n').count();
      boolean open = bytes.length > 0 && bytes[bytes.length - 1] != '\n';
      assertThat((long) Analysis.newlines(batch, bytes.length))
          .as("seed %d, round %d", seed, round)
          .isEqualTo(newlines + (open ? 1 : 0));
    }
  }

  @Test
  void keysThatSomebodyChoseToCollideAreLookedUpInOrder() throws Exception {
    // What java.util.HashMap asks of a key before it compares instead of walking through them all.
    var key = Sightings.Key.class;
    assertThat(java.lang.reflect.Modifier.isFinal(key.getModifiers())).isTrue();
    assertThat(key.getGenericInterfaces())
        .singleElement()
        .satisfies(type ->
            assertThat(type.getTypeName())
                .isEqualTo("java.lang.Comparable<" + key.getName() + ">"));
    assertThat(Sightings.class.getDeclaredField("parties").getGenericType().getTypeName())
        .contains("<" + key.getName() + ",");
  }

  @Test
  void parsedRulesAreKeptForTheirJarAlone(@TempDir Path folder) throws Exception {
    var jar = Files.writeString(folder.resolve("vedette.jar"), "a jar");
    int all = RuleReader.read(RulePack.parsed(jar)).detections().size();
    RulePack.keepParsed(jar);
    var kept = folder.resolve("rules.parsed");
    byte[] bytes = Files.readAllBytes(kept);
    assertThat(RuleReader.read(RulePack.parsed(jar)).detections()).hasSize(all);

    // What is kept is what is read: here it holds no rules.
    byte[] none = ParsedRules.parse(List.of()).encode().orElseThrow();
    var stamped = java.nio.ByteBuffer.allocate(16 + none.length).put(bytes, 0, 16).put(none);
    Files.write(kept, stamped.array());
    assertThat(RuleReader.read(RulePack.parsed(jar)).detections()).isEmpty();

    // Damage, and another jar: parsed again.
    Files.write(kept, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(RuleReader.read(RulePack.parsed(jar)).detections()).hasSize(all);
    Files.write(kept, stamped.array());
    Files.writeString(jar, "another jar");
    assertThat(RuleReader.read(RulePack.parsed(jar)).detections()).hasSize(all);

    // Nothing is kept beside a folder of classes.
    RulePack.keepParsed(Files.createDirectories(folder.resolve("classes/main")));
    assertThat(folder.resolve("classes/rules.parsed")).doesNotExist();
  }

  @Test
  void rulesWithoutTheirTestsAreTheSameRules() {
    var whole = RuleReader.read(RulePack.shipped());
    var cut = RuleReader.read(RulePack.shippedWithoutTests());
    assertThat(cut.problems()).isEqualTo(whole.problems()).isEmpty();
    assertThat(cut.detections()).hasSameSizeAs(whole.detections());
    for (int i = 0; i < cut.detections().size(); i++) {
      var header = cut.detections().get(i).header();
      var original = whole.detections().get(i).header();
      assertThat(header.id()).isEqualTo(original.id());
      assertThat(header.notes().advice()).isEqualTo(original.notes().advice());
      assertThat(header.notes().explanation()).isEqualTo(original.notes().explanation());
      assertThat(header.notes().entity()).isEqualTo(original.notes().entity());
      assertThat(header.notes().positive()).isEmpty();
      assertThat(header.notes().negative()).isEmpty();
    }
    assertThat(cut.correlations()).hasSameSizeAs(whole.correlations());
  }
}
