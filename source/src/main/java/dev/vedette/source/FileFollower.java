package dev.vedette.source;

import dev.vedette.event.BatchBuilder;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Confined to its own thread, but for [#report] and [#close]. Follows one file by its name.
///
/// Every [#POLL_MS] it looks whether the file grew, reads what is new, and hands on the complete
/// lines; one that has no line break yet waits. A batch carries the position after it, which the
/// store saves in the same transaction: so a restart goes on exactly after the last durable line.
///
/// - *Renamed and created anew*: the old file is read on until nothing came for [#GRACE_MS] (its
///   writer may still hold it), then the new one from its start.
/// - *Truncated* (copytruncate): when it is shorter than what was read, or begins with other bytes,
///   it is read from its start.
/// - *Rotated while nobody looked*: at start, when the file is not the one of the saved position,
///   that one is searched among its rotated neighbours (`NAME.1`, `NAME-20260101.gz`, ...), read to
///   its end, then the ones rotated after it, then the file itself. One that is just being
///   compressed is read once.
final class FileFollower {
  static final long POLL_MS = 200;
  static final long GRACE_MS = 2_000;

  /// A file whose name is gone may still be written to; after this long without a line it is not.
  private static final long GONE_MS = 60_000;

  private static final long IDLE_AFTER_MS = 60_000;
  private static final long POLL_IDLE_MS = 1_000;
  private static final long RETRY_MS = 2_000;
  private static final int LINES_MAX = 4_096;
  private static final int BYTES_MAX = 1 << 20;
  private static final int NEIGHBOURS_MAX = 1_000;

  private final Path path;
  private final String source;
  private final String hint;
  private final Delivery delivery;
  private final String saved;
  private final Thread thread;

  /// After the last durable line; empty for the start of the file.
  private Optional<FilePosition> reached = Optional.empty();

  private volatile long cut;
  private volatile String problem = "";
  private volatile boolean running;
  private volatile boolean gone;

  FileFollower(Path path, String source, String hint, Delivery delivery, String saved) {
    this.path = path;
    this.source = source;
    this.hint = hint;
    this.delivery = delivery;
    this.saved = saved;
    this.thread = Thread.ofVirtual().name(source).unstarted(this::run);
  }

  void start() {
    running = true;
    thread.start();
  }

  /// Whether the file was deleted and nothing came from it any more.
  boolean isGone() {
    return gone;
  }

  SourceReport report() {
    return new SourceReport(
        source,
        running,
        delivery.received.sum(),
        delivery.refused.sum(),
        cut,
        0,
        0,
        delivery.problem.isEmpty() ? problem : delivery.problem);
  }

  void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    reached = FilePosition.parse(saved);
    try {
      while (true) {
        try {
          if (reached.isPresent()) {
            catchUp(reached.get());
          }
          follow();
          reached = Optional.empty();
        } catch (ClosedByInterruptException e) {
          throw new InterruptedException(e.getMessage());
        } catch (IOException e) {
          problem = sentence(e);
          Thread.sleep(RETRY_MS);
        }
      }
    } catch (InterruptedException _) {
      // Closed: what was not durable is read again after the next start.
      running = false;
    }
  }

  private String sentence(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> path + " does not exist yet; it is read when it does";
      case FileNotFoundException _ -> path + " does not exist yet; it is read when it does";
      case AccessDeniedException _ ->
          path + " may not be read by this user; give it read permission";
      default -> path + " cannot be read: " + e;
    };
  }

  // ---- the file itself
  // ----------------------------------------------------------------------------------------------

  /// Follows the file that has the name now, from what is reached in it, until another has the
  /// name.
  private void follow() throws IOException, InterruptedException {
    if (!FileTail.isRegular(path) && Files.exists(path)) {
      throw new IOException("it is no regular file");
    }
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      var inode = inode(path);
      var open = new OpenFile(channel, inode, reached.map(FilePosition::offset).orElse(0L));
      problem = "";
      gone = false;
      // Since when nothing came, and since when the name has not been this file's.
      long quietSinceMs = monotonicMs();
      long otherSinceMs = 0;
      while (true) {
        if (open.readNew()) {
          quietSinceMs = monotonicMs();
          continue;
        }
        long nowMs = monotonicMs();
        var owner = ownerOfName(inode);
        if (owner == Owner.THIS) {
          otherSinceMs = 0;
        } else {
          otherSinceMs = otherSinceMs == 0 ? nowMs : otherSinceMs;
          long quietMs = nowMs - Math.max(quietSinceMs, otherSinceMs);
          if (quietMs >= (owner == Owner.NOBODY ? GONE_MS : GRACE_MS)) {
            open.finish();
            gone = owner == Owner.NOBODY;
            return;
          }
        }
        Thread.sleep(nowMs - quietSinceMs > IDLE_AFTER_MS ? POLL_IDLE_MS : POLL_MS);
      }
    }
  }

  private static long monotonicMs() {
    return System.nanoTime() / 1_000_000;
  }

  private enum Owner {
    THIS,
    ANOTHER,
    NOBODY
  }

  /// Which file has the name now. While ours is open its inode cannot be given to another.
  private Owner ownerOfName(String inode) {
    try {
      return inode(path).equals(inode) ? Owner.THIS : Owner.ANOTHER;
    } catch (IOException _) {
      return Owner.NOBODY;
    }
  }

  static String inode(Path path) throws IOException {
    var key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    if (key == null) {
      return "";
    }
    // `(dev=fd01,inode=1234)`: the device may get another number at the next boot.
    String text = key.toString();
    int at = text.indexOf("inode=");
    return at < 0 ? text.replace(' ', '_') : text.substring(at + 6, text.length() - 1);
  }

  /// A file while it is open.
  private final class OpenFile {
    private final FileChannel channel;
    private final String inode;
    private final byte[] prefix = new byte[FilePosition.PREFIX_BYTES_MAX];
    private int prefixLength;
    private long base;
    private long read;
    private BatchBuilder builder = new BatchBuilder(LINES_MAX, BYTES_MAX);
    private long cutBefore = cut;

    OpenFile(FileChannel channel, String inode, long offset) throws IOException {
      this.channel = channel;
      this.inode = inode;
      this.base = offset;
      this.read = offset;
      rememberPrefix();
    }

    /// Reads up to one batch of what is new and hands it on; false when nothing was.
    boolean readNew() throws IOException, InterruptedException {
      long size = channel.size();
      if (size < read || (size > read && !beginsAsBefore())) {
        restart();
      }
      boolean any = false;
      while (!builder.isFull() && builder.read(reader) > 0) {
        any = true;
      }
      if (!builder.isEmpty()) {
        send();
        any = true;
      }
      return any;
    }

    private final InputStream reader =
        new InputStream() {
          @Override
          public int read() {
            throw new AssertionError("read in blocks only");
          }

          @Override
          public int read(byte[] b, int off, int len) throws IOException {
            int n = channel.read(ByteBuffer.wrap(b, off, len), read);
            if (n > 0) {
              read += n;
            }
            return n;
          }
        };

    private void send() throws IOException, InterruptedException {
      rememberPrefix();
      long offset = base + builder.position();
      // The prefix may be longer than what is durable after this batch.
      var position = FilePosition.of(offset, inode, prefix, prefixLength);
      cut = cutBefore + builder.cut();
      deliver(builder, position);
    }

    /// The file has been truncated: ends the unfinished line and reads from the start.
    private void restart() throws IOException, InterruptedException {
      finish();
      base = 0;
      read = 0;
      prefixLength = 0;
      cutBefore = cut;
      builder = new BatchBuilder(LINES_MAX, BYTES_MAX);
      rememberPrefix();
    }

    /// Hands on what is left, the unfinished line too.
    void finish() throws IOException, InterruptedException {
      while (!builder.isDrained() || !builder.isEmpty()) {
        builder.endOfStream();
        send();
      }
    }

    private void rememberPrefix() throws IOException {
      if (prefixLength < prefix.length && prefixLength < read) {
        int n = readPrefix(channel, prefix);
        prefixLength = (int) Math.min(n, read);
      }
    }

    private boolean beginsAsBefore() throws IOException {
      byte[] now = new byte[prefix.length];
      int n = readPrefix(channel, now);
      return n >= prefixLength && Arrays.equals(now, 0, prefixLength, prefix, 0, prefixLength);
    }
  }

  private static int readPrefix(FileChannel channel, byte[] into) throws IOException {
    var buffer = ByteBuffer.wrap(into);
    int n = 0;
    while (buffer.hasRemaining() && n >= 0) {
      n = channel.read(buffer, buffer.position());
    }
    return buffer.position();
  }

  private void deliver(BatchBuilder builder, FilePosition position) throws InterruptedException {
    delivery.deliver(
        builder.take(source, hint, System.currentTimeMillis(), null, position.toString()));
    reached = Optional.of(position);
  }

  // ---- what was rotated meanwhile
  // -----------------------------------------------------------------------------------

  /// Reads the rotated files from the position on, if the file itself is no longer the one that it
  /// is in; what is reached is then the start of the file itself.
  private void catchUp(FilePosition position) throws IOException, InterruptedException {
    byte[] prefix = new byte[FilePosition.PREFIX_BYTES_MAX];
    if (Files.exists(path)) {
      try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
        int n = readPrefix(channel, prefix);
        boolean sameInode = position.inode().isEmpty() || position.inode().equals(inode(path));
        if (sameInode && position.matches(prefix, n) && channel.size() >= position.offset()) {
          return;
        }
      }
    }
    var rotated = rotated();
    int at = -1;
    for (int i = 0; i < rotated.size() && at < 0; i++) {
      if (isFileOf(position, rotated.get(i))) {
        at = i;
      }
    }
    for (int i = at; at >= 0 && i < rotated.size(); i++) {
      readWhole(rotated.get(i), i == at ? position.offset() : 0);
    }
    reached = Optional.empty();
  }

  /// The neighbours that this file was rotated to, oldest first.
  private List<Path> rotated() throws IOException {
    var folder = path.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return List.of();
    }
    String name = String.valueOf(path.getFileName());
    record Dated(Path path, long modifiedMs) {}
    var found = new ArrayList<Dated>();
    try (var neighbours = Files.newDirectoryStream(folder)) {
      for (var neighbour : neighbours) {
        String other = String.valueOf(neighbour.getFileName());
        if (other.length() > name.length() + 1
            && other.startsWith(name)
            && ".-_".indexOf(other.charAt(name.length())) >= 0
            && (other.endsWith(".gz") || !FileTail.isCompressed(neighbour))
            && Files.isRegularFile(neighbour)
            && found.size() < NEIGHBOURS_MAX) {
          found.add(new Dated(neighbour, Files.getLastModifiedTime(neighbour).toMillis()));
        }
      }
    } catch (DirectoryIteratorException e) {
      // A folder that breaks while it is walked is tried again, like one that cannot be opened.
      throw e.getCause();
    }
    found.sort(Comparator.comparingLong(Dated::modifiedMs).thenComparing(Dated::path));
    var all = found.stream().map(Dated::path).toList();
    var once = new ArrayList<Path>(all.size());
    for (var file : all) {
      if (!isCopyOfAnother(file, all)) {
        once.add(file);
      }
    }
    return once;
  }

  /// Whether a file is the compressed form of one that is still there: while `NAME` is compressed
  /// to `NAME.gz` both exist, the second unfinished at first. The name alone proves nothing, so the
  /// contents are compared: one that holds anything else is read like all others.
  private static boolean isCopyOfAnother(Path file, List<Path> all) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (!name.endsWith(".gz")) {
      return false;
    }
    var plain = file.resolveSibling(name.substring(0, name.length() - ".gz".length()));
    return all.contains(plain) && isBeginningOf(file, plain);
  }

  private static boolean isBeginningOf(Path compressed, Path plain) throws IOException {
    byte[] buffer = new byte[1 << 16];
    byte[] other = new byte[1 << 16];
    try (var whole = open(plain);
        var part = open(compressed)) {
      for (int n = part.read(buffer); n > 0; n = part.read(buffer)) {
        int m = whole.readNBytes(other, 0, n);
        if (!Arrays.equals(buffer, 0, n, other, 0, m)) {
          return false;
        }
      }
      return true;
    } catch (EOFException | ZipException _) {
      // As far as it is written now; what is damaged there is not read either.
      return true;
    }
  }

  private static boolean isFileOf(FilePosition position, Path candidate) throws IOException {
    byte[] prefix = new byte[FilePosition.PREFIX_BYTES_MAX];
    try (var in = open(candidate)) {
      int n = in.readNBytes(prefix, 0, prefix.length);
      return position.prefixLength() > 0 && position.matches(prefix, n);
    } catch (EOFException | ZipException _) {
      // No gzip file, whatever its name says.
      return false;
    }
  }

  /// Reads a rotated file from an offset (of its decompressed bytes) to its end.
  private void readWhole(Path rotated, long offset) throws IOException, InterruptedException {
    String inode = inode(rotated);
    byte[] prefix = new byte[FilePosition.PREFIX_BYTES_MAX];
    int prefixLength;
    try (var in = open(rotated)) {
      prefixLength = in.readNBytes(prefix, 0, prefix.length);
    } catch (EOFException | ZipException e) {
      problem = rotated + " is no gzip file; it is not read: " + e.getMessage();
      return;
    }
    try (var in = open(rotated)) {
      skip(in, offset);
      var builder = new BatchBuilder(LINES_MAX, BYTES_MAX);
      long cutBefore = cut;
      boolean ended = false;
      while (!ended || !builder.isDrained()) {
        while (!ended && !builder.isFull()) {
          ended = readOrEnd(builder, in, rotated) < 0;
        }
        if (ended) {
          builder.endOfStream();
        }
        if (!builder.isEmpty()) {
          cut = cutBefore + builder.cut();
          var position = FilePosition.of(offset + builder.position(), inode, prefix, prefixLength);
          deliver(builder, position);
        }
      }
    }
  }

  /// Skips what was read before; a file that has become shorter is read from nowhere.
  private static void skip(InputStream in, long offset) throws IOException {
    try {
      in.skipNBytes(offset);
    } catch (EOFException _) {
      // At its end now: nothing is left to read.
      return;
    }
  }

  /// A compressed file that was cut short ends where it was cut.
  private int readOrEnd(BatchBuilder builder, InputStream in, Path rotated) throws IOException {
    try {
      return builder.read(in);
    } catch (EOFException | ZipException e) {
      problem = rotated + " is damaged; it was read up to there: " + e.getMessage();
      return -1;
    }
  }

  private static InputStream open(Path file) throws IOException {
    @Nullable InputStream raw = Files.newInputStream(file);
    try {
      InputStream in =
          file.toString().endsWith(".gz")
              ? new GZIPInputStream(raw, 1 << 16)
              : new BufferedInputStream(raw, 1 << 16);
      raw = null;
      return in;
    } finally {
      if (raw != null) {
        raw.close();
      }
    }
  }
}
