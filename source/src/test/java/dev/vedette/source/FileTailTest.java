package dev.vedette.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.vedette.event.Batch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTailTest {
  @TempDir Path folder;
  private final Memory memory = new Memory();

  private FileTail tail(String pattern) {
    var tail = new FileTail(List.of(folder + "/" + pattern), "", memory, memory::position);
    tail.start();
    return tail;
  }

  private String source(String name) {
    return "file:" + folder.resolve(name);
  }

  private static void append(Path file, String text) throws IOException {
    Files.write(
        file,
        text.getBytes(StandardCharsets.ISO_8859_1),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private void awaitLines(String... lines) throws Exception {
    Until.holds(
        "lines " + List.of(lines) + ", got " + memory.lines(),
        () -> memory.lines().size() >= lines.length);
    assertThat(memory.lines()).containsExactly(lines);
  }

  @Test
  void readsWhatIsThereAndWhatComesAndWaitsForTheEndOfALine() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "one\r\ntwo\nthr");
    try (var _ = tail("a.log")) {
      awaitLines("one", "two");
      append(file, "ee\n");
      awaitLines("one", "two", "three");
    }
    assertThat(memory.lines(source("a.log"))).hasSize(3);
  }

  @Test
  void keepsEveryByte() throws Exception {
    var everything = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      if (b != '\n') {
        everything.append((char) b);
      }
    }
    append(folder.resolve("a.log"), everything + "x\n");
    try (var _ = tail("a.log")) {
      awaitLines(everything + "x");
    }
  }

  @Test
  void waitsForAFileThatComesLater() throws Exception {
    try (var tail = tail("late.log")) {
      Until.holds(
          "a report that says so",
          () -> tail.reports().getFirst().problem().contains("does not exist yet"));
      append(folder.resolve("late.log"), "hello\n");
      awaitLines("hello");
      Until.holds("no problem", () -> tail.reports().getFirst().problem().isEmpty());
    }
  }

  @Test
  void aPatternThatMatchesNothingSaysSo() throws Exception {
    append(folder.resolve("a.log"), "a\n");
    try (var tail = tail("*.lgo")) {
      Until.holds(
          "a report that says so",
          () ->
              tail.reports().stream()
                  .anyMatch(report -> report.problem().contains("no file matches")));
      append(folder.resolve("b.lgo"), "hello\n");
      awaitLines("hello");
      Until.holds("no problem", () -> tail.reports().stream().allMatch(r -> r.problem().isEmpty()));
    }
  }

  @Test
  void aFolderThatMayNotBeLookedIntoKeepsNobodyFromTheOthers() throws Exception {
    for (String name : List.of("aa", "private", "zz")) {
      append(Files.createDirectory(folder.resolve(name)).resolve("x.log"), name + "\n");
    }
    var shut = folder.resolve("private");
    Files.setPosixFilePermissions(shut, Set.of());
    try (var _ = tail("*/*.log")) {
      assumeFalse(Files.isReadable(shut), "this user may read everything");
      Until.holds(
          "both are followed",
          () ->
              memory.lines(source("aa/x.log")).equals(List.of("aa"))
                  && memory.lines(source("zz/x.log")).equals(List.of("zz")));
    } finally {
      Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void findsNewFilesOfAPattern() throws Exception {
    append(folder.resolve("a.log"), "a\n");
    append(folder.resolve("a.txt"), "no\n");
    try (var _ = tail("*.log")) {
      awaitLines("a");
      append(folder.resolve("b.log"), "b\n");
      Until.holds("both files", () -> memory.lines(source("b.log")).equals(List.of("b")));
      assertThat(memory.lines()).doesNotContain("no");
    }
  }

  @Test
  void followsTheNameThroughRotation() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "1\n");
    try (var _ = tail("a.log")) {
      awaitLines("1");
      var rotated = folder.resolve("a.log.1");
      Files.move(file, rotated);
      append(rotated, "2\n");
      append(file, "4\n");
      append(rotated, "3\n");
      awaitLines("1", "2", "3", "4");
      append(file, "5\n");
      awaitLines("1", "2", "3", "4", "5");
    }
  }

  @Test
  void startsAgainAfterTruncation() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "first line before\nunfinished");
    try (var _ = tail("a.log")) {
      awaitLines("first line before");
      Until.holds("the unfinished line to be read", () -> true);
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
      append(file, "after\n");
      Until.holds("the line after", () -> memory.lines().contains("after"));
      // Grown past the old length before anybody looked: known by its first bytes.
      Files.writeString(file, "another content that is longer than before\nx\n");
      Until.holds("the other content", () -> memory.lines().contains("x"));
      assertThat(memory.lines()).contains("another content that is longer than before");
    }
  }

  @Test
  void goesOnExactlyAfterTheLastDurableLineHoweverOftenItIsStopped() throws Exception {
    var file = folder.resolve("a.log");
    var expected = new ArrayList<String>();
    var text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      expected.add("line " + i + " of some length");
      text.append(expected.getLast()).append('\n');
    }
    append(file, text.toString());
    memory.permits.drainPermits();
    while (memory.lines().size() < expected.size()) {
      int before = memory.batches();
      var tail = tail("a.log");
      memory.permits.release();
      Until.holds("another batch", () -> memory.batches() > before);
      tail.close();
    }
    assertThat(memory.lines()).isEqualTo(expected);
  }

  @Test
  void readsWhatWasRotatedAndCompressedWhileNobodyLooked() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "1\n2\n");
    try (var _ = tail("a.log")) {
      awaitLines("1", "2");
    }
    append(file, "3\n");
    gzip(file, folder.resolve("a.log.2.gz"), 1_000);
    Files.delete(file);
    append(folder.resolve("a.log.1"), "4\n5 no end");
    append(file, "6\n");
    append(folder.resolve("a.log.old.gz"), "not gzip at all");
    try (var _ = tail("a.log")) {
      awaitLines("1", "2", "3", "4", "5 no end", "6");
    }
    try (var _ = tail("a.log")) {
      append(file, "7\n");
      awaitLines("1", "2", "3", "4", "5 no end", "6", "7");
    }
  }

  @Test
  void aRotatedFileIsNoFileOfItsOwn() throws IOException {
    for (String name :
        List.of(
            "access.log",
            "access.log.1",
            "access.log-20261121",
            "access.log.2026-11-21",
            "access.log.old",
            "access.log-20261120.gz",
            "access-ssl.log",
            "worker",
            "worker-1",
            "worker.2",
            "orphan.log.1",
            "2026-11-21")) {
      append(folder.resolve(name), name + "\n");
    }
    // Left behind by a program that has written to a new file every day since.
    append(folder.resolve("daily.log"), "old\n");
    append(folder.resolve("daily.log.2026-11-20"), "new\n");
    Files.setLastModifiedTime(
        folder.resolve("daily.log"), FileTime.from(Instant.now().minusSeconds(90_000)));
    try (var tail = tail("*")) {
      assertThat(tail.reports().stream().map(SourceReport::name))
          .containsExactlyInAnyOrder(
              source("access.log"),
              source("access-ssl.log"),
              source("worker"),
              source("worker-1"),
              source("orphan.log.1"),
              source("2026-11-21"),
              source("daily.log"),
              source("daily.log.2026-11-20"));
    }
  }

  @Test
  void aPatternThatMatchesRotatedNamesReadsNothingTwice() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "1\n2\n");
    try (var _ = tail("a.log*")) {
      awaitLines("1", "2");
      Files.move(file, folder.resolve("a.log.1"));
      append(folder.resolve("a.log.1"), "late\n");
      // The new file comes only with its first line.
      Thread.sleep(FileTail.RESCAN_MS + 500);
      append(file, "3\n");
      awaitLines("1", "2", "late", "3");
      Thread.sleep(FileTail.RESCAN_MS + 500);
      awaitLines("1", "2", "late", "3");
    }
  }

  @Test
  void readsWhatIsJustBeingCompressedOnce() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "1\n2\n");
    try (var _ = tail("a.log")) {
      awaitLines("1", "2");
    }
    var expected = new ArrayList<>(List.of("1", "2"));
    var random = new Random(7);
    for (int i = 3; i < 5_000; i++) {
      expected.add(i + " " + Long.toHexString(random.nextLong()));
    }
    append(file, String.join("\n", expected.subList(2, expected.size())) + "\n");
    var rotated = folder.resolve("a.log.1");
    Files.move(file, rotated);
    append(file, "last\n");
    expected.add("last");
    // What gzip has written so far: nothing, a part, all of it (and the plain file is still there).
    var packed = folder.resolve("a.log.1.gz");
    gzip(rotated, packed, 1_000);
    byte[] all = Files.readAllBytes(packed);
    String before = memory.position(source("a.log"));
    for (int written : new int[] {0, 5, 11, all.length / 2, all.length - 4, all.length}) {
      for (boolean first : new boolean[] {true, false}) {
        Files.write(packed, Arrays.copyOf(all, written));
        Files.setLastModifiedTime(
            packed,
            FileTime.fromMillis(
                Files.getLastModifiedTime(rotated).toMillis() + (first ? -1_000 : 1_000)));
        var own = new Memory();
        var tail = new FileTail(List.of(folder + "/a.log"), "", own, _ -> before);
        tail.start();
        Until.holds("the last line", () -> own.lines().contains("last"));
        tail.close();
        assertThat(own.lines())
            .as("%d written", written)
            .isEqualTo(expected.subList(2, expected.size()));
      }
    }
    // The same name with other content is another file.
    Files.writeString(folder.resolve("other"), "between\n");
    gzip(folder.resolve("other"), packed, Files.getLastModifiedTime(rotated).toMillis() + 1_000);
    var own = new Memory();
    var tail = new FileTail(List.of(folder + "/a.log"), "", own, _ -> before);
    tail.start();
    Until.holds("the last line", () -> own.lines().contains("last"));
    tail.close();
    assertThat(own.lines()).hasSize(expected.size() - 1).contains("between");
  }

  @Test
  void aCarriageReturnIsNoPartOfALine() throws Exception {
    var file = folder.resolve("a.log");
    append(file, "one\r\ntwo\r");
    try (var _ = tail("a.log")) {
      awaitLines("one");
      append(file, "\nthree\r");
      awaitLines("one", "two");
      Files.move(file, folder.resolve("a.log.1"));
      append(file, "four\r\n");
      awaitLines("one", "two", "three", "four");
    }
  }

  private static void gzip(Path from, Path to, long modifiedMs) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
      Files.copy(from, out);
    }
    Files.setLastModifiedTime(to, FileTime.fromMillis(modifiedMs));
  }

  @Test
  void isRefusedAndTriesAgain() throws Exception {
    append(folder.resolve("a.log"), "1\n2\n");
    memory.refuseNext(1);
    try (var tail = tail("a.log")) {
      awaitLines("1", "2");
      Until.holds("the count", () -> tail.reports().getFirst().received() == 2);
      assertThat(tail.reports().getFirst().refused()).isEqualTo(2);
    }
  }

  @Test
  void cutsALineOf100MiB() throws Exception {
    var file = folder.resolve("a.log");
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      // Sparse: nothing but NUL.
      channel.position(100L << 20);
      channel.write(java.nio.ByteBuffer.wrap("\nnext\n".getBytes(StandardCharsets.US_ASCII)));
    }
    try (var tail = tail("a.log")) {
      Until.holds("two lines", () -> memory.lines().size() == 2);
      assertThat(memory.lines().getFirst()).endsWith(Batch.cutMark(100L << 20));
      assertThat(memory.lines().getLast()).isEqualTo("next");
      assertThat(tail.reports().getFirst().cut()).isEqualTo(1);
    }
  }

  @Test
  void takesForeignPositionsForNone() {
    for (String text :
        List.of("", "x", "1 2 3", "1 -5 - 0 000000000000000000000000", "2 0 - 0 x")) {
      assertThat(FilePosition.parse(text)).isEmpty();
    }
    var position = FilePosition.of(500, "17", new byte[256], 256);
    assertThat(FilePosition.parse(position.toString())).contains(position);
  }
}
