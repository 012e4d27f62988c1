package dev.vedette.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vedette.event.Batch;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.Test;

class SyslogTest {
  private final Memory memory = new Memory();
  private final InetSocketAddress anyPort =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Sends over a connection of its own, and waits until the server has read all of it.
  private static void send(int port, String text) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(bytes(text));
      socket.shutdownOutput();
      socket.setSoTimeout(10_000);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketException _) {
      // Closed by the server with bytes unread: a broken frame.
      return;
    }
  }

  @Test
  void aDatagramIsOneMessageWhateverIsInIt() throws Exception {
    try (var udp = new SyslogUdp(anyPort, memory);
        var client = new DatagramSocket()) {
      udp.start();
      for (String text : List.of("<34>one", "<34>two\nstill two\r\n", "\u00ff\u0000x", "\n", "")) {
        byte[] datagram = bytes(text);
        client.send(
            new DatagramPacket(
                datagram, datagram.length, InetAddress.getLoopbackAddress(), udp.port()));
      }
      Until.holds("three messages", () -> memory.lines().size() == 3);
      assertThat(memory.lines()).containsExactly("<34>one", "<34>two\nstill two", "\u00ff\u0000x");
    }
  }

  @Test
  void aDatagramWithoutRoomIsCounted() throws Exception {
    memory.permits.drainPermits();
    int sent = 0;
    try (var udp = new SyslogUdp(anyPort, memory);
        var client = new DatagramSocket()) {
      udp.start();
      byte[] datagram = new byte[60_000];
      datagram[0] = 'x';
      datagram[datagram.length - 1] = 'x';
      while (udp.reports().getFirst().dropped() == 0) {
        client.send(
            new DatagramPacket(
                datagram, datagram.length, InetAddress.getLoopbackAddress(), udp.port()));
        assertThat(++sent).isLessThan(10_000);
      }
      memory.permits.release(1 << 20);
      int total = sent;
      Until.holds(
          "accepted and dropped to be what was sent",
          () -> {
            var report = udp.reports().getFirst();
            return report.received() + report.dropped() == total;
          });
      assertThat(memory.lines().size()).isEqualTo((int) udp.reports().getFirst().received());
    }
  }

  @Test
  void readsLinesAndCountedFrames() throws Exception {
    try (var tcp = new SyslogTcp(anyPort, memory)) {
      tcp.start();
      send(tcp.port(), "<34>one\n<34>two\r\n\n<34>last");
      Until.holds("three lines", () -> memory.lines().size() == 3);
      send(tcp.port(), "7 <34>one10 <34>a\nb\r\nc\n5 <34>x");
      Until.holds("six", () -> memory.lines().size() == 6);
      assertThat(memory.lines())
          .containsExactly("<34>one", "<34>two", "<34>last", "<34>one", "<34>a\nb\r\nc", "<34>x");
    }
  }

  @Test
  void aBrokenFrameEndsItsConnectionOnly() throws Exception {
    try (var tcp = new SyslogTcp(anyPort, memory)) {
      tcp.start();
      for (String broken :
          List.of(
              "5 <34>x99999999999999999999 y",
              "5 <34>x7x <34>one",
              "5 <34>x100 short",
              "5 <34>x5")) {
        send(tcp.port(), broken);
      }
      // What did arrive of the frame that was cut short is kept.
      Until.holds("five", () -> memory.lines().size() == 5);
      Until.holds("no connection", () -> tcp.reports().getFirst().connections() == 0);
      assertThat(memory.lines()).contains("short");
      assertThat(tcp.reports().getFirst().problem()).contains("in the middle of a frame");
      send(tcp.port(), "<34>fine\n");
      Until.holds("the next one", () -> memory.lines().contains("<34>fine"));
    }
  }

  @Test
  void cutsWhatIsTooLongInBothFramings() throws Exception {
    int length = 5 << 20;
    try (var tcp = new SyslogTcp(anyPort, memory)) {
      tcp.start();
      send(tcp.port(), "<".repeat(length) + "\nnext\n");
      send(tcp.port(), length + " " + "<".repeat(length) + "4 next");
      Until.holds("four", () -> memory.lines().size() == 4);
      assertThat(memory.lines().stream().filter("next"::equals)).hasSize(2);
      assertThat(memory.lines().stream().filter(line -> line.endsWith(Batch.cutMark(length))))
          .hasSize(2)
          .allMatch(line -> line.length() == Batch.LINE_BYTES_MAX + Batch.cutMark(length).length());
      Until.holds("the count", () -> tcp.reports().getFirst().cut() == 2);
    }
  }

  @Test
  void sendersWaitWhileTheIntakeIsFullAndNothingIsLost() throws Exception {
    memory.permits.drainPermits();
    int count = 200_000;
    try (var tcp = new SyslogTcp(anyPort, memory)) {
      tcp.start();
      var sender =
          Thread.ofVirtual()
              .start(() -> {
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), tcp.port());
                    var out = new BufferedOutputStream(socket.getOutputStream())) {
                  for (int i = 0; i < count; i++) {
                    out.write(bytes("<34>message number " + i + " with a little text\n"));
                  }
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      // 9 MB do not fit into socket buffers and one batch: the sender has to wait.
      assertThat(sender.join(java.time.Duration.ofMillis(500))).isFalse();
      memory.permits.release(1 << 20);
      sender.join();
      Until.holds("all", () -> memory.lines().size() == count);
      assertThat(memory.lines().getLast()).startsWith("<34>message number " + (count - 1));
    }
  }

  @Test
  void handsOnWhatItHasWhenItIsClosed() throws Exception {
    var tcp = new SyslogTcp(anyPort, memory);
    tcp.start();
    memory.permits.drainPermits();
    memory.permits.release();
    send(tcp.port(), "one\n");
    Until.holds("the first", () -> memory.lines().size() == 1);
    send(tcp.port(), "two\nthree\n");
    Until.holds("no connection", () -> tcp.reports().getFirst().connections() == 0);
    memory.permits.release(1 << 20);
    tcp.close();
    assertThat(memory.lines()).containsExactly("one", "two", "three");
  }

  @Test
  void closesIdleConnections() throws Exception {
    try (var tcp = new SyslogTcp(anyPort, memory, 100)) {
      tcp.start();
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), tcp.port())) {
        socket.setSoTimeout(10_000);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void unfinishedLinesOfAllConnectionsShareTheirRoom() throws Exception {
    int connections = 40;
    int half = Batch.LINE_BYTES_MAX / 2;
    var open = new ArrayList<Socket>();
    try (var tcp = tcp(ServerSocketFactory.getDefault(), 4 << 20)) {
      tcp.start();
      for (int i = 0; i < connections; i++) {
        // Every other one in a frame that never ends.
        var socket = new Socket(InetAddress.getLoopbackAddress(), tcp.port());
        open.add(socket);
        socket.getOutputStream().write(bytes((i % 2 == 0 ? "<" : 2 * half + " <")));
        socket.getOutputStream().write(bytes("x".repeat(half)));
      }
      // Each of them takes half a MiB: of forty there is room for eight.
      Until.holds("room", () -> tcp.reports().getFirst().connections() <= 8);
      assertThat(tcp.reports().getFirst().problem()).contains("long records");
      String whole = "<34>" + "y".repeat(2 * half - 4);
      send(tcp.port(), whole + "\nshort\n");
      Until.holds("the whole line", () -> memory.lines().contains("short"));
      assertThat(memory.lines()).contains(whole);
      // What the others had sent is kept.
      Until.holds(
          "the parts",
          () ->
              memory.lines().stream().filter(line -> line.contains("xxx")).count()
                  == connections - tcp.reports().getFirst().connections());
    } finally {
      for (var socket : open) {
        socket.close();
      }
    }
  }

  private SyslogTcp tcp(ServerSocketFactory sockets, int longRecordBytesMax) {
    return new SyslogTcp(anyPort, memory, SyslogTcp.IDLE_MS_DEFAULT, sockets, longRecordBytesMax);
  }

  /// Sockets that fail to take a connection a few times, as when there are too many open files.
  private static final class Failing extends ServerSocketFactory {
    final AtomicInteger failures = new AtomicInteger();
    volatile boolean fails = true;

    @Override
    public ServerSocket createServerSocket() throws IOException {
      return new ServerSocket() {
        @Override
        public Socket accept() throws IOException {
          if (fails) {
            failures.incrementAndGet();
            throw new SocketException("Too many open files");
          }
          return super.accept();
        }
      };
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
      return createServerSocket();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
      return createServerSocket();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address)
        throws IOException {
      return createServerSocket();
    }
  }

  @Test
  void waitsBeforeItTriesAgainToTakeAConnection() throws Exception {
    var sockets = new Failing();
    try (var tcp = tcp(sockets, 1 << 20)) {
      long start = System.nanoTime();
      tcp.start();
      Until.holds("three failures", () -> sockets.failures.get() >= 3);
      assertThat(tcp.reports().getFirst().problem()).contains("Too many open files");
      long passedMs = (System.nanoTime() - start) / 1_000_000;
      assertThat(sockets.failures.get())
          .isLessThanOrEqualTo((int) (passedMs / SyslogTcp.ACCEPT_WAIT_MS) + 1);
      sockets.fails = false;
      send(tcp.port(), "one\n");
      Until.holds("the line", () -> memory.lines().contains("one"));
      Until.holds("no problem", () -> tcp.reports().getFirst().problem().isEmpty());
    }
  }

  @Test
  void keepsALineOfExactlyTheLimitWhole() throws Exception {
    String whole = "x".repeat(Batch.LINE_BYTES_MAX);
    try (var tcp = new SyslogTcp(anyPort, memory)) {
      tcp.start();
      send(tcp.port(), whole + "\r\n" + whole + "\n" + whole);
      send(tcp.port(), (whole.length() + 2) + " " + whole + "\r\n3 y\r\n");
      Until.holds("all", () -> memory.lines().size() == 5);
      assertThat(memory.lines()).containsExactly(whole, whole, whole, whole, "y");
      assertThat(tcp.reports().getFirst().cut()).isZero();
    }
  }

  @Test
  void aStreamInAnyPiecesIsTheSameRecords() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      boolean frames = random.nextBoolean();
      var expected = new ArrayList<String>();
      var stream = new StringBuilder();
      for (int i = 1 + random.nextInt(200); i > 0; i--) {
        int length = random.nextInt(10) == 0 ? random.nextInt(100_000) : 1 + random.nextInt(300);
        String line = "<" + "m".repeat(length) + i;
        expected.add(line);
        stream.append(frames ? line.length() + " " + line : line + (i % 3 == 0 ? "\r\n" : "\n"));
      }
      byte[] all = bytes(stream.toString());
      var own = new Memory();
      try (var tcp = new SyslogTcp(anyPort, own)) {
        tcp.start();
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), tcp.port())) {
          socket.setTcpNoDelay(true);
          for (int at = 0; at < all.length; ) {
            int n = Math.min(all.length - at, 1 + random.nextInt(50_000));
            socket.getOutputStream().write(all, at, n);
            at += n;
          }
        }
        Until.holds("all, seed " + seed, () -> own.lines().size() >= expected.size());
        assertThat(own.lines()).as("seed %d round %d", seed, round).isEqualTo(expected);
      }
    }
  }

  @Test
  void aTakenPortIsOneSentence() {
    try (var tcp = new SyslogTcp(anyPort, memory);
        var udp = new SyslogUdp(anyPort, memory)) {
      tcp.start();
      udp.start();
      var sameTcp = new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.port());
      var sameUdp = new InetSocketAddress(InetAddress.getLoopbackAddress(), udp.port());
      assertThatThrownBy(() -> new SyslogTcp(sameTcp, memory).start())
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("Choose another port");
      assertThatThrownBy(() -> new SyslogUdp(sameUdp, memory).start())
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("Choose another port");
    }
  }
}
