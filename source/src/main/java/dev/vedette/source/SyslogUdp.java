package dev.vedette.source;

import dev.vedette.event.Intake;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Thread-safe. Syslog over UDP (RFC 5426): one datagram, one message, line breaks inside it
/// included; trailing line breaks and NULs are left out.
///
/// Nobody can be asked to send a datagram again: what finds no room is counted as dropped, here
/// and, on Linux, in the kernel's receive buffer, which is made as large as the system allows. The
/// sender's address can be forged, so it is not part of the event.
public final class SyslogUdp implements Source {
  private static final int RECEIVE_BUFFER_BYTES = 8 << 20;
  private static final int DATAGRAM_BYTES_MAX = 65_535;
  private static final long RECEIVE_WAIT_NANOS = 100_000_000;

  private final InetSocketAddress address;
  private final Intake intake;
  private final LongAdder dropped = new LongAdder();
  private @Nullable DatagramSocket socket;
  private @Nullable Collector collector;
  private @Nullable Delivery delivery;
  private volatile boolean running;
  private String name = "syslog:udp";

  /// @param address where to listen; port 0 takes a free one
  public SyslogUdp(InetSocketAddress address, Intake intake) {
    this.address = address;
    this.intake = intake;
  }

  @Override
  public synchronized void start() {
    DatagramSocket opened;
    try {
      opened = new DatagramSocket((SocketAddress) null);
      opened.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
      opened.bind(address);
    } catch (IOException e) {
      throw new SourceException(
          "Cannot listen for syslog on UDP port %d of %s: %s. Choose another port, or stop what uses it."
              .formatted(address.getPort(), address.getHostString(), e.getMessage()),
          e);
    }
    name = "syslog:udp:" + opened.getLocalPort();
    var newDelivery = new Delivery(intake);
    var newCollector = new Collector(name, "syslog", newDelivery);
    newCollector.start();
    socket = opened;
    delivery = newDelivery;
    collector = newCollector;
    running = true;
    // A platform thread: one thread that does nothing but receive is cheaper without the poller.
    Thread.ofPlatform().daemon().name(name).start(() -> receive(opened, newCollector));
  }

  /// The port that is listened on.
  public synchronized int port() {
    return socket == null ? -1 : socket.getLocalPort();
  }

  private void receive(DatagramSocket from, Collector to) {
    byte[] bytes = new byte[DATAGRAM_BYTES_MAX];
    var packet = new DatagramPacket(bytes, bytes.length);
    while (running) {
      try {
        packet.setLength(bytes.length);
        from.receive(packet);
      } catch (SocketException _) {
        return;
      } catch (IOException e) {
        var at = delivery;
        if (at != null) {
          at.problem = "receiving: " + e.getMessage();
        }
        // It may last: asking again at once would change nothing.
        LockSupport.parkNanos(RECEIVE_WAIT_NANOS);
        continue;
      }
      int end = packet.getLength();
      while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r' || bytes[end - 1] == 0)) {
        end--;
      }
      if (end > 0 && !to.offer(bytes, 0, end)) {
        dropped.increment();
      }
    }
  }

  @Override
  public synchronized List<SourceReport> reports() {
    if (delivery == null || collector == null) {
      return List.of();
    }
    return List.of(
        new SourceReport(
            name,
            running,
            delivery.received.sum(),
            delivery.refused.sum(),
            collector.cut(),
            dropped.sum() + collector.undelivered() + (running ? kernelDrops(port()) : 0),
            0,
            delivery.problem));
  }

  /// What the kernel dropped because its buffer was full, as Linux tells; 0 elsewhere.
  private static long kernelDrops(int port) {
    String wanted = String.format(Locale.ROOT, ":%04X", port);
    return kernelDrops("/proc/net/udp", wanted) + kernelDrops("/proc/net/udp6", wanted);
  }

  private static long kernelDrops(String table, String address) {
    long drops = 0;
    try {
      for (String line : Files.readAllLines(Path.of(table), StandardCharsets.US_ASCII)) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length >= 13 && columns[1].endsWith(address)) {
          drops += Long.parseLong(columns[columns.length - 1]);
        }
      }
    } catch (IOException | NumberFormatException _) {
      // No such table on this system: what the kernel dropped is not known.
      return drops;
    }
    return drops;
  }

  @Override
  public synchronized void close() {
    running = false;
    if (socket != null) {
      socket.close();
    }
    if (collector != null) {
      collector.close();
    }
  }
}
