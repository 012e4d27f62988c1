package dev.vedette.event;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one thread at a time. Collects lines for batches: whole records by [#add], or a
/// stream of bytes by [#read], cut at its line breaks. One of the two per builder.
///
/// A stream's bytes are read straight into the array that the batch will own and are not touched
/// again; the loop that finds line breaks looks at eight bytes at a time and allocates nothing. It
/// never holds more than `bytesMax` plus one line of [Batch#LINE_BYTES_MAX]: what a longer line has
/// beyond that is counted and thrown away, and the line ends with [Batch#cutMark].
public final class BatchBuilder {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int READ_BYTES = 1 << 16;

  private final int linesMax;
  private final int bytesMax;

  private byte[] bytes = new byte[0];
  private int used;
  private int[] starts = new int[64];
  private int[] ends = new int[64];
  private int count;

  /// Where the unfinished line starts, and up to where line breaks were looked for.
  private int lineStart;

  private int scanned;

  /// Bytes of the unfinished line that were thrown away.
  private long lineBytesLost;

  /// Bytes of the batch so far, terminators and empty lines after its first line included.
  private long batchBytes;

  private long position;
  private long linePosition;
  private long cut;

  /// @param linesMax a batch is full at this many lines
  /// @param bytesMax or at this many bytes
  public BatchBuilder(int linesMax, int bytesMax) {
    this.linesMax = linesMax;
    this.bytesMax = bytesMax;
  }

  /// Complete lines collected.
  public int count() {
    return count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /// Whether [#take] must come before anything is added or read. Depends on the content of the
  /// lines alone, never on how the stream came in pieces: the same bytes always make the same
  /// batches.
  public boolean isFull() {
    return count >= linesMax || (count > 0 && batchBytes >= bytesMax);
  }

  /// Lines that were too long and have been cut, since the builder was made.
  public long cut() {
    return cut;
  }

  /// Bytes read from the stream up to and with the terminator of the last complete line: where
  /// reading goes on once everything collected so far is durable.
  public long position() {
    return linePosition;
  }

  /// Whether a line has begun that has no terminator yet.
  public boolean hasPartialLine() {
    return used > lineStart || lineBytesLost > 0;
  }

  // ---- whole records
  // ------------------------------------------------------------------------------------------------

  /// Adds one record as it is, whatever bytes it holds; one longer than [Batch#LINE_BYTES_MAX] is
  /// cut.
  public void add(byte[] record, int from, int to) {
    add(record, from, to, to - from);
  }

  /// As above, for a record of `length` bytes of which only `record[from, to)` was kept.
  public void add(byte[] record, int from, int to, long length) {
    int kept = Math.min(to - from, Batch.LINE_BYTES_MAX);
    byte[] mark = kept == length ? null : mark(length);
    ensureRoom(kept + (mark == null ? 0 : mark.length));
    System.arraycopy(record, from, bytes, used, kept);
    used += kept;
    if (mark != null) {
      System.arraycopy(mark, 0, bytes, used, mark.length);
      used += mark.length;
      cut++;
    }
    endLine(lineStart, used);
    batchBytes += used - lineStart;
    lineStart = used;
    scanned = used;
  }

  // ---- a stream
  // -----------------------------------------------------------------------------------------------------

  /// Reads once from the stream, as much as it gives at once up to 64 KiB, and cuts it into lines.
  /// Does nothing while [#isFull].
  ///
  /// @return bytes read; -1 at the end of the stream; 0 when full
  public int read(InputStream in) throws IOException {
    if (scanned < used) {
      scan();
    }
    if (isFull()) {
      return 0;
    }
    if (count == 0 && lineStart > 0) {
      dropEmptyLines();
    }
    ensureRoom(READ_BYTES);
    int n = in.read(bytes, used, Math.min(READ_BYTES, bytes.length - used));
    if (n <= 0) {
      return n;
    }
    used += n;
    position += n;
    scan();
    return n;
  }

  /// Ends the unfinished line, at the end of a stream whose last line has no terminator. Does
  /// nothing where no line has begun.
  public void endOfStream() {
    while (scanned < used && !isFull()) {
      scan();
    }
    if (scanned == used && hasPartialLine() && !isFull()) {
      // Half a terminator, as where a sender stopped between its two bytes.
      boolean half = lineBytesLost == 0 && used > lineStart && bytes[used - 1] == '\r';
      endUnfinished(half ? used - 1 : used);
      lineStart = used;
      scanned = used;
      linePosition = position;
    }
  }

  /// Whether everything that was read stands in complete lines.
  public boolean isDrained() {
    return scanned == used && !hasPartialLine();
  }

  /// Empty lines at the start of a batch take no room.
  private void dropEmptyLines() {
    System.arraycopy(bytes, lineStart, bytes, 0, used - lineStart);
    used -= lineStart;
    scanned -= lineStart;
    lineStart = 0;
  }

  private void scan() {
    int at = scanned;
    while (!isFull()) {
      int newline = indexOfNewline(bytes, at, used);
      if (newline < 0) {
        scanned = used;
        dropExcess();
        return;
      }
      int end = newline > lineStart && bytes[newline - 1] == '\r' ? newline - 1 : newline;
      if (lineBytesLost > 0 || end - lineStart > Batch.LINE_BYTES_MAX) {
        newline = markCut(newline);
      } else if (end > lineStart) {
        endLine(lineStart, end);
      }
      at = newline + 1;
      if (count > 0) {
        batchBytes += at - lineStart;
      }
      lineStart = at;
      scanned = at;
      linePosition = position - (used - at);
    }
  }

  /// Throws away what the unfinished line has beyond its limit.
  private void dropExcess() {
    int excess = used - lineStart - Batch.LINE_BYTES_MAX;
    // One byte of grace: a line of exactly the limit may be followed by a carriage return.
    if (excess > 1 || (excess > 0 && lineBytesLost > 0)) {
      lineBytesLost += excess;
      used -= excess;
      scanned = used;
    }
  }

  /// Ends a line that is too long, whose terminator stands at `newline`: puts the mark between the
  /// part that is kept and the bytes after the terminator, and answers where the terminator is now.
  private int markCut(int newline) {
    byte[] mark = mark(newline - lineStart + lineBytesLost);
    int keptEnd = lineStart + Batch.LINE_BYTES_MAX;
    int rest = used - newline;
    int moved = keptEnd + mark.length;
    if (moved + rest > bytes.length) {
      bytes = Arrays.copyOf(bytes, moved + rest);
    }
    System.arraycopy(bytes, newline, bytes, moved, rest);
    System.arraycopy(mark, 0, bytes, keptEnd, mark.length);
    used = moved + rest;
    lineBytesLost = 0;
    cut++;
    endLine(lineStart, moved);
    return moved;
  }

  private void endUnfinished(int end) {
    if (lineBytesLost > 0 || end - lineStart > Batch.LINE_BYTES_MAX) {
      byte[] mark = mark(end - lineStart + lineBytesLost);
      used = lineStart + Batch.LINE_BYTES_MAX;
      ensureRoom(mark.length);
      System.arraycopy(mark, 0, bytes, used, mark.length);
      used += mark.length;
      lineBytesLost = 0;
      cut++;
      endLine(lineStart, used);
    } else if (end > lineStart) {
      endLine(lineStart, end);
    }
  }

  // ---- both
  // ---------------------------------------------------------------------------------------------------------

  /// The complete lines as a batch, whose arrays belong to it; an unfinished line stays in the
  /// builder. Empty batches are possible.
  public Batch take(
      String source,
      String hint,
      long receivedMs,
      @Nullable String idempotencyKey,
      @Nullable String position) {
    // A batch that fills little of the array gets one of its own size: batches wait in queues, and
    // what they hold there must be what they need.
    boolean small = lineStart < bytes.length / 2;
    var batch =
        new Batch(
            source,
            hint,
            receivedMs,
            small ? Arrays.copyOf(bytes, lineStart) : bytes,
            Arrays.copyOf(starts, count),
            Arrays.copyOf(ends, count),
            idempotencyKey,
            position);
    int rest = used - lineStart;
    // After a full batch another one is likely: start with its size instead of growing to it.
    byte[] next = small ? bytes : new byte[isFull() ? lineStart + READ_BYTES : rest];
    System.arraycopy(bytes, lineStart, next, 0, rest);
    bytes = next;
    used = rest;
    scanned -= lineStart;
    lineStart = 0;
    count = 0;
    batchBytes = 0;
    return batch;
  }

  private void endLine(int start, int end) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
    }
    starts[count] = start;
    ends[count++] = end;
  }

  private void ensureRoom(int more) {
    if (bytes.length - used < more) {
      bytes = Arrays.copyOf(bytes, Math.max(used + more, Math.min(bytes.length * 2, bytesMax)));
    }
  }

  private static byte[] mark(long lineBytes) {
    return Batch.cutMark(lineBytes).getBytes(StandardCharsets.US_ASCII);
  }

  /// The first line feed in `bytes[from, to)`, or -1. Eight bytes at a time: a byte of `x` is zero
  /// exactly where the word holds a line feed, and the lowest such byte is found without error
  /// (Hacker's Delight, 6-1).
  static int indexOfNewline(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - 8; i += 8) {
      long x = (long) LONG.get(bytes, i) ^ 0x0a0a0a0a0a0a0a0aL;
      long zero = (x - 0x0101010101010101L) & ~x & 0x8080808080808080L;
      if (zero != 0) {
        return i + (Long.numberOfTrailingZeros(zero) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }
}
