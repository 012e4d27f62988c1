package dev.vedette.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class BatchBuilderTest {
  private static final RandomGeneratorFactory<RandomGenerator> RANDOM =
      RandomGeneratorFactory.of("L64X128MixRandom");

  @Test
  void cutsStreamsAsTheNaiveSplitDoes() throws IOException {
    long seed = System.nanoTime();
    var random = RANDOM.create(seed);
    for (int round = 0; round < 300; round++) {
      byte[] text = new byte[random.nextInt(3_000)];
      for (int i = 0; i < text.length; i++) {
        text[i] = (byte) "\n\r\n\r\0\u00ffabcdefgh".charAt(random.nextInt(14));
      }
      var builder = new BatchBuilder(1 + random.nextInt(20), 1 + random.nextInt(400));
      var found = new ArrayList<String>();
      drain(builder, trickle(text, random), found);
      assertThat(found).as("seed %d, round %d", seed, round).isEqualTo(naiveLines(text));
      assertThat(builder.position()).as("seed %d, round %d", seed, round).isEqualTo(text.length);
    }
  }

  @Test
  void theSameBytesMakeTheSameBatchesHoweverTheyArrive() throws IOException {
    long seed = System.nanoTime();
    var random = RANDOM.create(seed);
    byte[] text = new byte[20_000];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) "\n\n\n\rabcdefgh".charAt(random.nextInt(12));
    }
    List<Integer> first = null;
    for (int round = 0; round < 20; round++) {
      var builder = new BatchBuilder(50, 300);
      var in = trickle(text, random);
      var counts = new ArrayList<Integer>();
      while (builder.read(in) >= 0) {
        if (builder.isFull()) {
          counts.add(builder.take("s", "", 0, null, null).count());
        }
      }
      first = first == null ? counts : first;
      assertThat(counts).as("seed %d", seed).isEqualTo(first).hasSizeGreaterThan(20);
    }
  }

  @Test
  void halfATerminatorAtTheEndIsNoPartOfTheLine() throws IOException {
    for (String text : List.of("one\r\ntwo\r", "one\ntwo\r\n", "one\r\n\r\ntwo", "one\ntwo\n\r")) {
      var found = new ArrayList<String>();
      drain(
          new BatchBuilder(10, 1 << 20),
          new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)),
          found);
      assertThat(found).containsExactly("one", "two");
    }
  }

  @Test
  void emptyLinesTakeNoRoom() throws IOException {
    byte[] newlines = new byte[8 << 20];
    java.util.Arrays.fill(newlines, (byte) '\n');
    newlines[newlines.length - 1] = 'x';
    var builder = new BatchBuilder(4_096, 1 << 20);
    var in = new ByteArrayInputStream(newlines);
    while (builder.read(in) >= 0) {
      assertThat(builder.isFull()).isFalse();
    }
    builder.endOfStream();
    var batch = builder.take("s", "", 0, null, null);
    assertThat(lines(batch)).containsExactly("x");
    assertThat(batch.bytes().length).isLessThan(1 << 18);
  }

  @Test
  void positionIsAfterTheLastCompleteLine() throws IOException {
    var builder = new BatchBuilder(100, 1_000);
    builder.read(stream("one\r\n\ntwo\nhal"));
    assertThat(builder.count()).isEqualTo(2);
    assertThat(builder.position()).isEqualTo(10);
    assertThat(builder.hasPartialLine()).isTrue();
    var batch = builder.take("s", "", 0, null, null);
    assertThat(lines(batch)).containsExactly("one", "two");
    builder.read(stream("f\nnext\n"));
    assertThat(lines(builder.take("s", "", 0, null, null))).containsExactly("half", "next");
    assertThat(builder.position()).isEqualTo(20);
  }

  @Test
  void cutsALineThatNeverEndsInBoundedMemory() throws IOException {
    long length = 100L << 20;
    var builder = new BatchBuilder(4_096, 1 << 20);
    var zeros =
        new InputStream() {
          long left = length;

          @Override
          public int read() {
            throw new AssertionError("read byte by byte");
          }

          @Override
          public int read(byte[] b, int off, int len) {
            int n = (int) Math.min(len, left);
            left -= n;
            return n == 0 ? -1 : n;
          }
        };
    long mostHeld = 0;
    while (builder.read(zeros) >= 0) {
      mostHeld = Math.max(mostHeld, builder.count());
    }
    builder.read(stream("\nshort\n"));
    var batch = builder.take("s", "", 0, null, null);
    assertThat(mostHeld).isZero();
    assertThat(batch.bytes().length).isLessThan(3 << 20);
    assertThat(batch.count()).isEqualTo(1);
    assertThat(batch.end(0) - batch.start(0))
        .isEqualTo(Batch.LINE_BYTES_MAX + Batch.cutMark(length).length());
    assertThat(lines(batch).get(0)).endsWith(Batch.cutMark(length));
    builder.endOfStream();
    assertThat(lines(builder.take("s", "", 0, null, null))).containsExactly("short");
    assertThat(builder.cut()).isEqualTo(1);
    assertThat(builder.position()).isEqualTo(length + 7);
  }

  @Test
  void keepsLinesAtTheLimitWhole() throws IOException {
    for (int over = -1; over <= 2; over++) {
      for (String terminator : List.of("\n", "\r\n", "")) {
        String line = "x".repeat(Batch.LINE_BYTES_MAX + over);
        var builder = new BatchBuilder(10, 1 << 20);
        var found = new ArrayList<String>();
        drain(builder, stream(line + terminator + (terminator.isEmpty() ? "" : "y")), found);
        if (over <= 0) {
          assertThat(found.get(0).length()).isEqualTo(line.length());
        } else {
          assertThat(found.get(0)).endsWith("bytes]").startsWith("xxx");
          assertThat(found.get(0).length())
              .isBetween(Batch.LINE_BYTES_MAX, Batch.LINE_BYTES_MAX + 80);
        }
        if (!terminator.isEmpty()) {
          assertThat(found.get(1)).isEqualTo("y");
        }
      }
    }
  }

  @Test
  void recordsKeepTheirLineBreaks() {
    var builder = new BatchBuilder(10, 100);
    byte[] record = "a\nb\r\nc".getBytes(StandardCharsets.UTF_8);
    builder.add(record, 0, record.length);
    builder.add(record, 2, 3);
    assertThat(lines(builder.take("s", "", 0, null, null))).containsExactly("a\nb\r\nc", "b");
    byte[] huge = new byte[Batch.LINE_BYTES_MAX + 5];
    builder.add(huge, 0, huge.length);
    assertThat(lines(builder.take("s", "", 0, null, null)).get(0))
        .endsWith(Batch.cutMark(huge.length));
  }

  private static void drain(BatchBuilder builder, InputStream in, List<String> found)
      throws IOException {
    while (builder.read(in) >= 0) {
      if (builder.isFull()) {
        found.addAll(lines(builder.take("s", "", 0, null, null)));
      }
    }
    while (!builder.isDrained() || !builder.isEmpty()) {
      builder.endOfStream();
      found.addAll(lines(builder.take("s", "", 0, null, null)));
    }
  }

  private static List<String> lines(Batch batch) {
    var lines = new ArrayList<String>();
    for (int i = 0; i < batch.count(); i++) {
      lines.add(
          new String(
              batch.bytes(),
              batch.start(i),
              batch.end(i) - batch.start(i),
              StandardCharsets.ISO_8859_1));
    }
    return lines;
  }

  private static List<String> naiveLines(byte[] text) {
    var lines = new ArrayList<String>();
    for (String line : new String(text, StandardCharsets.ISO_8859_1).split("\n", -1)) {
      String kept = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
      if (!kept.isEmpty()) {
        lines.add(kept);
      }
    }
    return lines;
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static InputStream trickle(byte[] text, RandomGenerator random) {
    return new ByteArrayInputStream(text) {
      @Override
      public synchronized int read(byte[] b, int off, int len) {
        return super.read(b, off, Math.min(len, 1 + random.nextInt(200)));
      }
    };
  }
}
