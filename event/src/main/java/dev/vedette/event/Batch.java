package dev.vedette.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Immutable (its arrays are never written after construction). Lines of one source on their way
/// in: the unit of parallelism, of commit, of acknowledgement, of the ledger.
///
/// Line `i` is `bytes[start(i), end(i))`, without its terminator. A line may hold any byte, line
/// breaks too (an octet-counted syslog frame): where it ends is told by the offsets alone, so that
/// no content can forge a record.
public final class Batch {
  /// The longest line kept; a source cuts a longer one here and appends [#cutMark].
  public static final int LINE_BYTES_MAX = 1 << 20;

  private final String source;
  private final String hint;
  private final long receivedMs;
  private final byte[] bytes;
  private final int[] starts;
  private final int[] ends;
  private final @Nullable String idempotencyKey;
  private final @Nullable String position;

  /// @param source stable name of where the lines come from, such as `file:/var/log/auth.log` or
  ///   `http:ingest`
  /// @param hint what the lines are, for [LineReader]; empty where unknown
  /// @param receivedMs when they arrived, milliseconds since 1970 UTC
  /// @param starts first byte of each line
  /// @param ends one past the last byte of each line; same length as `starts`
  /// @param idempotencyKey a client's key: a second batch of the same source with it is answered
  ///   with the first one's receipt
  /// @param position where to go on reading the source after this batch, opaque to the store, saved
  ///   in the same transaction
  public Batch(
      String source,
      String hint,
      long receivedMs,
      byte[] bytes,
      int[] starts,
      int[] ends,
      @Nullable String idempotencyKey,
      @Nullable String position) {
    if (starts.length != ends.length) {
      throw new IllegalArgumentException("starts and ends differ in length");
    }
    this.source = source;
    this.hint = hint;
    this.receivedMs = receivedMs;
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
    this.idempotencyKey = idempotencyKey;
    this.position = position;
  }

  /// The lines of `bytes[0, length)` ended by `\n` or `\r\n`; the last one needs no terminator;
  /// empty lines are left out.
  public static Batch ofLines(
      String source, String hint, long receivedMs, byte[] bytes, int length) {
    return ofLines(source, hint, receivedMs, bytes, length, null, null);
  }

  /// As above, with an idempotency key and a position.
  public static Batch ofLines(
      String source,
      String hint,
      long receivedMs,
      byte[] bytes,
      int length,
      @Nullable String idempotencyKey,
      @Nullable String position) {
    int[] starts = new int[Math.max(16, length / 96)];
    int[] ends = new int[starts.length];
    int count = 0;
    int start = 0;
    while (start < length) {
      int found = BatchBuilder.indexOfNewline(bytes, start, length);
      int newline = found < 0 ? length : found;
      int end = newline > start && bytes[newline - 1] == '\r' ? newline - 1 : newline;
      if (end > start) {
        if (count == starts.length) {
          starts = Arrays.copyOf(starts, count * 2);
          ends = Arrays.copyOf(ends, count * 2);
        }
        starts[count] = start;
        ends[count++] = end;
      }
      start = newline + 1;
    }
    return new Batch(
        source,
        hint,
        receivedMs,
        bytes,
        Arrays.copyOf(starts, count),
        Arrays.copyOf(ends, count),
        idempotencyKey,
        position);
  }

  /// What a source appends to a line that it had to cut: the line says itself that it is not whole.
  public static String cutMark(long lineBytes) {
    return " [cut by vedette: the line has " + lineBytes + " bytes]";
  }

  public String source() {
    return source;
  }

  public String hint() {
    return hint;
  }

  public long receivedMs() {
    return receivedMs;
  }

  /// The number of lines.
  public int count() {
    return starts.length;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int start(int line) {
    return starts[line];
  }

  public int end(int line) {
    return ends[line];
  }

  /// The sum of the lines' lengths.
  public long lineBytes() {
    long sum = 0;
    for (int i = 0; i < starts.length; i++) {
      sum += ends[i] - starts[i];
    }
    return sum;
  }

  public @Nullable String idempotencyKey() {
    return idempotencyKey;
  }

  public @Nullable String position() {
    return position;
  }
}
