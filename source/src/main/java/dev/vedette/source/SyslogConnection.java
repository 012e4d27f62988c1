package dev.vedette.source;

import dev.vedette.event.Batch;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Confined to one thread. Cuts what one sender sends into records (RFC 6587) and hands them on.
///
/// The first byte says which framing it is: a digit begins the length of an octet-counted frame
/// (`LENGTH SP MESSAGE`), anything else a line. Line breaks and NULs at the end of a record are no
/// part of it.
///
/// A buffer of [#OWN_BYTES] is the connection's own; for a longer record it grows out of the
/// [SharedRoom], and gives back what it took once the record is handed on.
final class SyslogConnection {
  static final int OWN_BYTES = 16 << 10;

  /// The longest record that is kept whole, and the line break of two bytes that may end it.
  private static final int BUFFER_BYTES_MAX = Batch.LINE_BYTES_MAX + 2;

  /// A frame announced longer than this is taken for a broken one.
  private static final int FRAME_BYTES_MAX = 100 << 20;

  private static final int RECORDS_MAX = 256;

  private final InputStream in;
  private final Collector to;
  private final SharedRoom.Share share;
  private byte[] buffer = new byte[OWN_BYTES];

  /// What has been read and not yet handed on: `buffer[from, end)`; looked at up to `scanned`.
  private int from;

  private int scanned;
  private int end;

  /// Bytes of the unfinished record that were thrown away because it is too long.
  private long lost;

  private final int[] starts = new int[RECORDS_MAX];
  private final int[] ends = new int[RECORDS_MAX];
  private int records;
  private boolean broken;

  SyslogConnection(InputStream in, Collector to, SharedRoom.Share share) {
    this.in = in;
    this.to = to;
    this.share = share;
  }

  /// Whether it ended in the middle of a frame.
  boolean isBroken() {
    return broken;
  }

  /// Returns when the sender has ended or went away; what it sent is handed on then, the last line
  /// without its end too.
  void run() throws InterruptedException {
    try {
      if (read()) {
        if (buffer[0] >= '0' && buffer[0] <= '9') {
          frames();
        } else {
          lines();
        }
      }
    } finally {
      share.release();
    }
  }

  // ---- lines
  // --------------------------------------------------------------------------------------------------------

  private void lines() throws InterruptedException {
    boolean open = true;
    while (open) {
      open = completeLines() && read();
    }
    add(from, end, end - from + lost);
    deliver();
  }

  /// Hands on the lines that have their end; false when nobody takes them any more.
  private boolean completeLines() throws InterruptedException {
    for (; scanned < end; scanned++) {
      if (buffer[scanned] == '\n') {
        if (!add(from, scanned, scanned - from + lost)) {
          return false;
        }
        lost = 0;
        from = scanned + 1;
      }
    }
    return deliver();
  }

  // ---- frames
  // -------------------------------------------------------------------------------------------------------

  private void frames() throws InterruptedException {
    while (frame()) {
      scanned = from;
    }
    deliver();
  }

  /// Takes one frame; false at the end.
  private boolean frame() throws InterruptedException {
    // Some senders put a line break after each frame.
    int b = next();
    while (b == '\n' || b == '\r') {
      b = next();
    }
    if (b < 0) {
      return false;
    }
    long length = 0;
    boolean digits = false;
    for (; b >= '0' && b <= '9' && length <= FRAME_BYTES_MAX; b = next()) {
      length = length * 10 + (b - '0');
      digits = true;
    }
    if (b != ' ' || !digits || length > FRAME_BYTES_MAX) {
      broken = true;
      return false;
    }
    return message((int) length);
  }

  private boolean message(int length) throws InterruptedException {
    from = scanned;
    lost = 0;
    while (end - from + lost < length) {
      if (!more()) {
        // What did arrive of the frame is kept, the excess of a long one excepted.
        broken = true;
        add(from, end, end - from + lost);
        from = end;
        return false;
      }
    }
    int kept = (int) (length - lost);
    boolean taken = add(from, from + kept, length);
    lost = 0;
    from += kept;
    return taken;
  }

  /// The next byte of a frame's head; -1 at the end.
  private int next() throws InterruptedException {
    from = scanned;
    return scanned < end || more() ? buffer[scanned++] & 0xff : -1;
  }

  /// Reads on; what is complete is handed on first, because the buffer moves and the sender may
  /// pause.
  private boolean more() throws InterruptedException {
    return deliver() && read();
  }

  // ---- both
  // ---------------------------------------------------------------------------------------------------------

  /// Notes the record `buffer[start, stop)`, of a length of which that is what was kept.
  private boolean add(int start, int stop, long length) throws InterruptedException {
    int last = stop;
    while (last > start && isTrailer(buffer[last - 1]) && length == stop - start) {
      last--;
    }
    if (last == start) {
      return true;
    }
    if (length > stop - start || last - start > Batch.LINE_BYTES_MAX) {
      return deliver() && handOn(start, stop, length);
    }
    starts[records] = start;
    ends[records++] = last;
    return records < RECORDS_MAX || deliver();
  }

  private static boolean isTrailer(byte b) {
    return b == '\r' || b == '\n' || b == 0;
  }

  private boolean handOn(int start, int stop, long length) throws InterruptedException {
    share.delivering(true);
    boolean taken = to.put(buffer, start, stop, length);
    share.delivering(false);
    return taken;
  }

  /// Hands on what was noted; false when nobody takes it any more.
  private boolean deliver() throws InterruptedException {
    if (records == 0) {
      return true;
    }
    share.delivering(true);
    boolean taken = to.put(buffer, starts, ends, records);
    share.delivering(false);
    records = 0;
    return taken;
  }

  /// Reads once more behind what is there; false at the end. Nothing may be noted.
  private boolean read() throws InterruptedException {
    if (!makeRoom()) {
      return false;
    }
    try {
      int n = in.read(buffer, end, buffer.length - end);
      if (n <= 0) {
        return false;
      }
      end += n;
      return true;
    } catch (IOException _) {
      // A connection that breaks, or is silent for too long, ends as one that is closed.
      return false;
    }
  }

  private boolean makeRoom() throws InterruptedException {
    int unfinished = end - from;
    if (buffer.length > OWN_BYTES && lost == 0 && unfinished < OWN_BYTES) {
      buffer = Arrays.copyOfRange(buffer, from, from + OWN_BYTES);
      share.release();
      moved(from);
    } else if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, unfinished);
      moved(from);
    }
    if (end < buffer.length) {
      return true;
    }
    if (buffer.length == BUFFER_BYTES_MAX) {
      lost += end - Batch.LINE_BYTES_MAX;
      end = Batch.LINE_BYTES_MAX;
      scanned = end;
      return true;
    }
    int larger = Math.min(buffer.length * 2, BUFFER_BYTES_MAX);
    if (!share.take(larger - buffer.length)) {
      return false;
    }
    buffer = Arrays.copyOf(buffer, larger);
    return true;
  }

  private void moved(int by) {
    from -= by;
    scanned -= by;
    end -= by;
  }
}
