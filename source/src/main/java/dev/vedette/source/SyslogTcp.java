package dev.vedette.source;

import dev.vedette.event.Batch;
import dev.vedette.event.BatchBuilder;
import dev.vedette.event.Intake;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Thread-safe. Syslog over TCP (RFC 6587), a virtual thread per connection.
///
/// Both framings are understood; the first byte of a connection says which it is: a digit begins
/// the length of an octet-counted frame, anything else a line. While the intake is full nothing is
/// read, so that senders wait. A frame that is no frame ends its connection.
public final class SyslogTcp implements Source {
  /// Further connections are closed at once.
  public static final int CONNECTIONS_MAX = 1_024;

  /// A connection that sends nothing for this long is closed.
  public static final int IDLE_MS_DEFAULT = 3_600_000;

  /// A frame announced longer than this is taken for a broken one.
  private static final int FRAME_BYTES_MAX = 100 << 20;

  /// How long connections have to hand on what they read when the source is closed.
  private static final int CLOSE_MS = 1_000;

  private static final int READ_LINES_MAX = 1_000;
  private static final int READ_BYTES_MAX = 1 << 16;

  private final InetSocketAddress address;
  private final Intake intake;
  private final int idleMs;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final LongAdder cut = new LongAdder();
  private final LongAdder turnedAway = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private @Nullable ServerSocket server;
  private @Nullable Collector collector;
  private @Nullable Delivery delivery;
  private volatile boolean running;
  private String name = "syslog:tcp";

  /// @param address where to listen; port 0 takes a free one
  public SyslogTcp(InetSocketAddress address, Intake intake) {
    this(address, intake, IDLE_MS_DEFAULT);
  }

  public SyslogTcp(InetSocketAddress address, Intake intake, int idleMs) {
    this.address = address;
    this.intake = intake;
    this.idleMs = idleMs;
  }

  @Override
  public synchronized void start() {
    ServerSocket opened;
    try {
      opened = new ServerSocket();
      opened.setReuseAddress(true);
      opened.bind(address, 256);
    } catch (IOException e) {
      throw new SourceException(
          "Cannot listen for syslog on TCP port %d of %s: %s. Choose another port, or stop what uses it."
              .formatted(address.getPort(), address.getHostString(), e.getMessage()),
          e);
    }
    name = "syslog:tcp:" + opened.getLocalPort();
    var newDelivery = new Delivery(intake);
    var newCollector = new Collector(name, "syslog", newDelivery);
    newCollector.start();
    server = opened;
    delivery = newDelivery;
    collector = newCollector;
    running = true;
    Thread.ofVirtual().name(name).start(() -> accept(opened, newCollector));
  }

  /// The port that is listened on.
  public synchronized int port() {
    return server == null ? -1 : server.getLocalPort();
  }

  private void accept(ServerSocket from, Collector to) {
    while (running) {
      try {
        var connection = from.accept();
        if (connections.size() >= CONNECTIONS_MAX) {
          turnedAway.increment();
          connection.close();
          continue;
        }
        connections.add(connection);
        Thread.ofVirtual().name(name + " connection").start(() -> serve(connection, to));
      } catch (IOException e) {
        if (!running) {
          return;
        }
        var at = delivery;
        if (at != null) {
          at.problem = "accepting: " + e.getMessage();
        }
      }
    }
  }

  private void serve(Socket connection, Collector to) {
    try (connection) {
      connection.setSoTimeout(idleMs);
      connection.setKeepAlive(true);
      var in = new PushbackInputStream(connection.getInputStream(), 1);
      int first = in.read();
      if (first < 0) {
        return;
      }
      in.unread(first);
      if (first >= '0' && first <= '9') {
        readFrames(in, to);
      } else {
        readLines(in, to);
      }
    } catch (SocketTimeoutException _) {
      // Idle for too long: closed; a living sender connects again.
      return;
    } catch (IOException _) {
      // The sender went away; what it sent before is in the collector.
      return;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private void readLines(InputStream in, Collector to) throws InterruptedException {
    var builder = new BatchBuilder(READ_LINES_MAX, READ_BYTES_MAX);
    boolean open = true;
    try {
      while (open) {
        int n = readOrEnd(builder, in);
        if (n < 0) {
          builder.endOfStream();
        }
        if (!builder.isEmpty()) {
          open = to.put(builder.take(name, "", 0, null, null));
        }
        if (n < 0 && builder.isDrained()) {
          return;
        }
      }
    } finally {
      cut.add(builder.cut());
    }
  }

  /// A connection that breaks ends as one that is closed: what it sent is kept, the last line too.
  private static int readOrEnd(BatchBuilder builder, InputStream in) {
    try {
      return builder.read(in);
    } catch (IOException _) {
      return -1;
    }
  }

  private void readFrames(InputStream in, Collector to) throws IOException, InterruptedException {
    var frames = new FrameReader(in);
    boolean open = true;
    try {
      while (open) {
        var batch = frames.next(name);
        if (batch.count() > 0) {
          open = to.put(batch);
        }
        if (frames.ended) {
          if (frames.broken) {
            broken.increment();
          }
          return;
        }
      }
    } finally {
      cut.add(frames.builder.cut());
    }
  }

  /// Confined to one thread. Cuts a stream into octet-counted frames: `LENGTH SP MESSAGE`.
  private static final class FrameReader {
    final BatchBuilder builder = new BatchBuilder(READ_LINES_MAX, READ_BYTES_MAX);
    private final InputStream in;
    private final byte[] buffer = new byte[READ_BYTES_MAX];
    private int from;
    private int to;
    private byte[] frame = new byte[4_096];
    boolean ended;
    boolean broken;

    FrameReader(InputStream in) {
      this.in = in;
    }

    /// The frames that have arrived, waiting for one where there is none.
    Batch next(String source) throws IOException {
      while (!builder.isFull() && !ended && (builder.isEmpty() || from < to)) {
        readFrame();
      }
      return builder.take(source, "", 0, null, null);
    }

    private void readFrame() throws IOException {
      long length = 0;
      int digits = 0;
      int b = read();
      // Some senders put a line break after each frame.
      while (b == '\n' || b == '\r') {
        b = read();
      }
      for (; b >= '0' && b <= '9' && length <= FRAME_BYTES_MAX; b = read()) {
        length = length * 10 + (b - '0');
        digits++;
      }
      if (b < 0 && digits == 0) {
        ended = true;
        return;
      }
      if (b != ' ' || digits == 0 || length > FRAME_BYTES_MAX) {
        ended = true;
        broken = true;
        return;
      }
      readMessage((int) length);
    }

    private void readMessage(int length) throws IOException {
      // The excess over the longest line is read and thrown away; `add` cuts and marks the rest.
      int kept = Math.min(length, Batch.LINE_BYTES_MAX);
      int have = 0;
      int lost = 0;
      for (int left = length; left > 0; ) {
        if (from == to && !fill()) {
          ended = true;
          broken = true;
          lost = left;
          break;
        }
        int n = Math.min(left, to - from);
        int copied = Math.min(n, kept - have);
        if (copied > 0) {
          if (have + copied > frame.length) {
            frame = Arrays.copyOf(frame, Math.min(kept, Math.max(have + copied, frame.length * 2)));
          }
          System.arraycopy(buffer, from, frame, have, copied);
          have += copied;
        }
        from += n;
        left -= n;
      }
      if (have > 0) {
        builder.add(frame, 0, have, length - lost);
      }
      if (frame.length > READ_BYTES_MAX) {
        frame = new byte[4_096];
      }
    }

    private int read() throws IOException {
      return from < to || fill() ? buffer[from++] & 0xff : -1;
    }

    private boolean fill() throws IOException {
      from = 0;
      to = Math.max(0, in.read(buffer, 0, buffer.length));
      return to > 0;
    }
  }

  @Override
  public synchronized List<SourceReport> reports() {
    if (delivery == null || collector == null) {
      return List.of();
    }
    String problem = delivery.problem;
    if (problem.isEmpty() && turnedAway.sum() > 0) {
      problem =
          "%d connections were turned away because %d were open"
              .formatted(turnedAway.sum(), CONNECTIONS_MAX);
    } else if (problem.isEmpty() && broken.sum() > 0) {
      problem = "%d connections ended in the middle of a frame".formatted(broken.sum());
    }
    return List.of(
        new SourceReport(
            name,
            running,
            delivery.received.sum(),
            delivery.refused.sum(),
            cut.sum() + collector.cut(),
            collector.undelivered(),
            connections.size(),
            problem));
  }

  @Override
  public synchronized void close() {
    running = false;
    try {
      if (server != null) {
        server.close();
      }
      for (var connection : connections) {
        connection.close();
      }
      for (int waitedMs = 0; waitedMs < CLOSE_MS && !connections.isEmpty(); waitedMs += 10) {
        Thread.sleep(10);
      }
    } catch (IOException e) {
      if (delivery != null) {
        delivery.problem = "closing: " + e.getMessage();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (collector != null) {
      collector.close();
    }
  }
}
