package dev.vedette.source;

import dev.vedette.event.Intake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Thread-safe. Syslog over TCP (RFC 6587), a virtual thread per connection.
///
/// Both framings are understood: see [SyslogConnection]. While the intake is full nothing is read,
/// so that senders wait. A frame that is no frame ends its connection.
///
/// What all connections hold together is bounded: each has a small buffer of its own, and
/// [#LONG_RECORD_BYTES_MAX] are there for the long records of all. When that is used up, the
/// connection that has been at one for the longest is closed, and counted.
public final class SyslogTcp implements Source {
  /// Further connections are closed at once.
  public static final int CONNECTIONS_MAX = 1_024;

  /// A connection that sends nothing for this long is closed.
  public static final int IDLE_MS_DEFAULT = 3_600_000;

  /// What all connections together may hold of records longer than their own buffers.
  public static final int LONG_RECORD_BYTES_MAX = 32 << 20;

  /// How long connections have to hand on what they read when the source is closed.
  private static final int CLOSE_MS = 1_000;

  /// After a connection could not be taken it is tried again after this long, then twice as long.
  static final long ACCEPT_WAIT_MS = 50;

  private static final long ACCEPT_WAIT_MS_MAX = 5_000;
  private static final Logger LOG = LoggerFactory.getLogger(SyslogTcp.class);

  private final InetSocketAddress address;
  private final Intake intake;
  private final int idleMs;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final LongAdder turnedAway = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private final LongAdder crowdedOut = new LongAdder();
  private final ServerSocketFactory sockets;
  private final SharedRoom room;
  private @Nullable ServerSocket server;
  private @Nullable Collector collector;
  private @Nullable Delivery delivery;
  private volatile boolean running;
  private volatile String acceptProblem = "";
  private String name = "syslog:tcp";

  /// @param address where to listen; port 0 takes a free one
  public SyslogTcp(InetSocketAddress address, Intake intake) {
    this(address, intake, IDLE_MS_DEFAULT);
  }

  public SyslogTcp(InetSocketAddress address, Intake intake, int idleMs) {
    this(address, intake, idleMs, ServerSocketFactory.getDefault(), LONG_RECORD_BYTES_MAX);
  }

  SyslogTcp(
      InetSocketAddress address,
      Intake intake,
      int idleMs,
      ServerSocketFactory sockets,
      int longRecordBytesMax) {
    this.address = address;
    this.intake = intake;
    this.idleMs = idleMs;
    this.sockets = sockets;
    this.room = new SharedRoom(longRecordBytesMax);
  }

  @Override
  public synchronized void start() {
    ServerSocket opened;
    try {
      opened = sockets.createServerSocket();
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
    long waitMs = ACCEPT_WAIT_MS;
    try {
      while (running) {
        try {
          accept(from.accept(), to);
          waitMs = ACCEPT_WAIT_MS;
          acceptProblem = "";
        } catch (IOException e) {
          if (!running) {
            return;
          }
          // Such as too many open files: it may last, and asking again at once would change
          // nothing.
          if (acceptProblem.isEmpty()) {
            LOG.warn("{} cannot take connections now: {}", name, e.getMessage());
          }
          acceptProblem = "no connections can be taken: " + e.getMessage();
          Thread.sleep(waitMs);
          waitMs = Math.min(2 * waitMs, ACCEPT_WAIT_MS_MAX);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept(Socket connection, Collector to) throws IOException {
    if (connections.size() >= CONNECTIONS_MAX) {
      turnedAway.increment();
      connection.close();
      return;
    }
    connections.add(connection);
    Thread.ofVirtual().name(name + " connection").start(() -> serve(connection, to));
  }

  private void serve(Socket connection, Collector to) {
    var share = room.share(() -> close(connection));
    try (connection) {
      connection.setSoTimeout(idleMs);
      connection.setKeepAlive(true);
      var reader = new SyslogConnection(connection.getInputStream(), to, share);
      reader.run();
      if (share.isEnded()) {
        crowdedOut.increment();
      } else if (reader.isBroken()) {
        broken.increment();
      }
    } catch (IOException _) {
      // The sender went away before anything was read.
      return;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private static void close(Socket connection) {
    try {
      connection.close();
    } catch (IOException e) {
      LOG.warn("a syslog connection cannot be closed: {}", e.getMessage());
    }
  }

  @Override
  public synchronized List<SourceReport> reports() {
    if (delivery == null || collector == null) {
      return List.of();
    }
    String problem = acceptProblem.isEmpty() ? delivery.problem : acceptProblem;
    if (problem.isEmpty() && crowdedOut.sum() > 0) {
      problem =
          "%d connections were closed because the long records of all held more than %d MiB"
              .formatted(crowdedOut.sum(), LONG_RECORD_BYTES_MAX >> 20);
    } else if (problem.isEmpty() && turnedAway.sum() > 0) {
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
            collector.cut(),
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
      room.close();
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
