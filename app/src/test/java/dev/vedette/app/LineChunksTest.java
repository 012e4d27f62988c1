package dev.vedette.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.vedette.event.Batch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineChunksTest {
  @TempDir Path folder;

  @Test
  void everyByteComesBackInWholeLines() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var text = new StringBuilder();
    while (text.length() < 5_000_000) {
      text.append("x".repeat(random.nextInt(random.nextInt(50) == 0 ? 90_000 : 300))).append('\n');
    }
    text.append("the last one has no end");
    byte[] bytes = text.toString().getBytes(UTF_8);
    var file = folder.resolve("a.log");
    Files.write(file, bytes);
    assertThat(readAll(List.of(file))).as("seed %d", seed).isEqualTo(bytes);
  }

  @Test
  void compressionIsKnownByItsFirstBytes() throws IOException {
    byte[] bytes = "one\ntwo\n".repeat(10_000).getBytes(UTF_8);
    var gz = folder.resolve("a.log.1");
    try (var out = new GZIPOutputStream(Files.newOutputStream(gz))) {
      out.write(bytes);
    }
    var zst = folder.resolve("b.log");
    Files.write(zst, Zstd.compress(bytes));
    assertThat(readAll(List.of(gz))).isEqualTo(bytes);
    assertThat(readAll(List.of(zst))).isEqualTo(bytes);
  }

  /// `cat access.log.1.gz | vedette analyze -`
  @Test
  void standardInputIsUnpackedLikeAFile() throws IOException {
    byte[] bytes = "one\ntwo\n".repeat(10_000).getBytes(UTF_8);
    var gz = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(gz)) {
      out.write(bytes);
    }
    for (byte[] piped : List.of(bytes, gz.toByteArray(), Zstd.compress(bytes))) {
      assertThat(readAll(List.of(Path.of("-")), piped)).isEqualTo(bytes);
    }
    for (String tiny : List.of("", "x", "a\nb")) {
      assertThat(readAll(List.of(Path.of("-")), tiny.getBytes(UTF_8)))
          .isEqualTo(tiny.getBytes(UTF_8));
    }
  }

  @Test
  void aLineWithoutEndIsCutAndSaysSo() throws IOException {
    var file = folder.resolve("long.log");
    byte[] line = new byte[5 << 20];
    Arrays.fill(line, (byte) 'a');
    try (var out = Files.newOutputStream(file)) {
      out.write("first\n".getBytes(UTF_8));
      out.write(line);
      out.write("\nlast\n".getBytes(UTF_8));
    }
    var lines = new String(readAll(List.of(file)), UTF_8).lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.getFirst()).isEqualTo("first");
    assertThat(lines.get(1).length()).isLessThanOrEqualTo(Batch.LINE_BYTES_MAX);
    assertThat(lines.get(1)).endsWith(Batch.cutMark(line.length));
    assertThat(lines.getLast()).isEqualTo("last");
  }

  @Test
  void whatCannotBeReadIsRefusedBeforeAnythingIsRead() {
    assertThatThrownBy(() -> new LineChunks(List.of(folder), InputStream.nullInputStream()))
        .hasMessageContaining("is a directory");
    assertThatThrownBy(
            () -> new LineChunks(List.of(folder.resolve("none")), InputStream.nullInputStream()))
        .hasMessageContaining("no such file");
  }

  @Test
  void hostileTextIsInert() {
    assertThat(Inert.of("plain text")).isEqualTo("plain text");
    assertThat(Inert.of("a\u001b[31mb\r\n\u0007")).isEqualTo("a\\x1b[31mb\\x0d\\x0a\\x07");
    assertThat(Inert.of("x\u202ey\u200bz")).isEqualTo("x\\u{202e}y\\u{200b}z");
    assertThat(Inert.of("\ud800")).isEqualTo("\\u{d800}");
    assertThat(Inert.cut("abcdefghij".repeat(10), 20)).hasSize(20).contains("…");
  }

  private static byte[] readAll(List<Path> files) throws IOException {
    return readAll(files, new byte[0]);
  }

  private static byte[] readAll(List<Path> files, byte[] standardInput) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var chunks = new LineChunks(files, new ByteArrayInputStream(standardInput))) {
      var chunk = new LineChunks.Chunk();
      long number = 0;
      while (chunks.next(chunk)) {
        assertThat(chunk.number).isEqualTo(number++);
        out.write(chunk.bytes, 0, chunk.length);
      }
    }
    return out.toByteArray();
  }
}
