package dev.vedette.app;

import com.github.luben.zstd.ZstdInputStream;
import dev.vedette.event.Batch;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// Thread-safe: guarded by `this`. Files (plain, gzip, zstd; `-` is standard input) as chunks of
/// whole lines, numbered in order, read straight into the caller's buffer. Workers pull: reading
/// takes turns, everything else runs in parallel.
///
/// A line longer than [Batch#LINE_BYTES_MAX] is cut there, with [Batch#cutMark] at its end; the
/// rest of it is read and dropped, so memory stays bounded whatever a file holds.
final class LineChunks implements Closeable {
  private static final int CHUNK_BYTES = 1 << 20;

  /// A buffer that its worker uses again and again. Confined to that worker.
  static final class Chunk {
    byte[] bytes = new byte[CHUNK_BYTES + 4_096];
    int length;

    /// The chunk's place, from 0 up without gaps.
    long number;

    /// The file that the lines are from.
    String file = "";
  }

  private final ArrayDeque<Path> waiting;
  private final InputStream standardInput;
  private final AtomicLong bytesRead = new AtomicLong();
  private final long bytesTotal;

  private @Nullable InputStream in;
  private String file = "";
  private byte[] carry = new byte[0];
  private long number;

  /// Opens nothing yet, but refuses at once what cannot be read.
  LineChunks(List<Path> files, InputStream standardInput) throws IOException {
    long total = 0;
    for (var path : files) {
      if (isStandardInput(path)) {
        total = -1;
      } else if (!Files.exists(path)) {
        throw new IOException(path + ": no such file");
      } else if (Files.isDirectory(path)) {
        throw new IOException(
            path + " is a directory: name the files in it, for example " + path.resolve("*.log"));
      } else if (!Files.isReadable(path)) {
        throw new IOException(path + ": not readable by this user");
      } else if (total >= 0) {
        total += Files.size(path);
      }
    }
    this.bytesTotal = total;
    this.waiting = new ArrayDeque<>(files);
    this.standardInput = standardInput;
  }

  /// Bytes of all files as they lie on the disk (compressed ones compressed); -1 where standard
  /// input is one of them.
  long bytesTotal() {
    return bytesTotal;
  }

  /// How many of those have been read.
  long bytesRead() {
    return bytesRead.get();
  }

  /// Fills `chunk` with the next whole lines; false at the end of the last file.
  synchronized boolean next(Chunk chunk) throws IOException {
    try {
      return fill(chunk);
    } catch (IOException e) {
      throw new IOException(
          (file.equals("-") ? "standard input" : file)
              + " cannot be read to its end ("
              + e.getMessage()
              + "): is it damaged or cut?",
          e);
    }
  }

  private boolean fill(Chunk chunk) throws IOException {
    while (true) {
      var from = in != null ? in : openNext();
      if (from == null) {
        return false;
      }
      in = from;
      int used = carry.length;
      if (chunk.bytes.length < used + CHUNK_BYTES) {
        chunk.bytes = new byte[used + CHUNK_BYTES];
      }
      System.arraycopy(carry, 0, chunk.bytes, 0, used);
      carry = new byte[0];
      int wanted = used + CHUNK_BYTES;
      boolean ended = false;
      while (used < wanted) {
        int n = from.read(chunk.bytes, used, wanted - used);
        if (n < 0) {
          ended = true;
          break;
        }
        used += n;
      }
      if (ended) {
        from.close();
        in = null;
        if (used == 0) {
          continue;
        }
      } else {
        int newline = lastNewline(chunk.bytes, used);
        if (newline < 0) {
          used = cutLongLine(chunk, used);
        } else {
          carry = Arrays.copyOfRange(chunk.bytes, newline + 1, used);
          used = newline + 1;
        }
      }
      chunk.length = used;
      chunk.file = file;
      chunk.number = number++;
      return true;
    }
  }

  /// The buffer holds a part of one line and no end: drop the rest of the line, keep what is
  /// allowed, and mark it.
  private int cutLongLine(Chunk chunk, int used) throws IOException {
    long lineBytes = used;
    byte[] rest = new byte[64 * 1024];
    int n;
    int newline = -1;
    while (newline < 0 && (n = readAgain(rest)) >= 0) {
      newline = firstNewline(rest, n);
      lineBytes += newline < 0 ? n : newline;
      if (newline >= 0) {
        carry = Arrays.copyOfRange(rest, newline + 1, n);
      }
    }
    if (lineBytes <= Batch.LINE_BYTES_MAX && lineBytes == used) {
      return used;
    }
    byte[] mark = (Batch.cutMark(lineBytes) + "\n").getBytes(StandardCharsets.US_ASCII);
    int keep = Math.min(used, Batch.LINE_BYTES_MAX - mark.length);
    System.arraycopy(mark, 0, chunk.bytes, keep, mark.length);
    return keep + mark.length;
  }

  private int readAgain(byte[] into) throws IOException {
    return in == null ? -1 : in.read(into);
  }

  private @Nullable InputStream openNext() throws IOException {
    var path = waiting.poll();
    if (path == null) {
      return null;
    }
    file = path.toString();
    return decompressed(
        isStandardInput(path)
            ? standardInput
            : new CountingStream(new FileInputStream(path.toFile()), bytesRead));
  }

  /// What a stream is, its first bytes tell, not its name.
  private static InputStream decompressed(InputStream stream) throws IOException {
    byte[] magic = new byte[4];
    var raw = new PushbackInputStream(stream, magic.length);
    int n = raw.readNBytes(magic, 0, magic.length);
    raw.unread(magic, 0, n);
    if (n >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
      return new GZIPInputStream(raw, 64 * 1024);
    }
    if (n == 4
        && magic[0] == 0x28
        && magic[1] == (byte) 0xb5
        && magic[2] == 0x2f
        && magic[3] == (byte) 0xfd) {
      return new ZstdInputStream(raw).setContinuous(false);
    }
    return raw;
  }

  private static boolean isStandardInput(Path path) {
    return path.toString().equals("-");
  }

  private static int lastNewline(byte[] bytes, int length) {
    for (int i = length - 1; i >= 0; i--) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static int firstNewline(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  @Override
  public synchronized void close() throws IOException {
    if (in != null) {
      in.close();
      in = null;
    }
  }

  /// Counts what is read from the disk, for the progress bar.
  private static final class CountingStream extends InputStream {
    private final InputStream in;
    private final AtomicLong count;

    CountingStream(InputStream in, AtomicLong count) {
      this.in = in;
      this.count = count;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      if (b >= 0) {
        count.incrementAndGet();
      }
      return b;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int n = in.read(bytes, from, length);
      if (n > 0) {
        count.addAndGet(n);
      }
      return n;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
