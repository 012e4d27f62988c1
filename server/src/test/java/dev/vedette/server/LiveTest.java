package dev.vedette.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveTest {
  private House house;
  private Schemas schemas;

  @BeforeEach
  void open() throws IOException {
    house = new House();
    schemas = new Schemas();
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// A client that keeps what it is sent.
  private final class Client implements WebSocket.Listener {
    final LinkedBlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();
    final WebSocket socket;

    Client(String... headers) {
      var builder = house.http.newWebSocketBuilder();
      for (int i = 0; i < headers.length; i += 2) {
        builder.header(headers[i], headers[i + 1]);
      }
      socket =
          builder
              .buildAsync(URI.create("ws://127.0.0.1:" + house.server.port() + "/ws"), this)
              .join();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          received.add(new ObjectMapper().readTree(text.toString()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.add(code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.add(1006);
    }

    /// The next message of a type.
    JsonNode next(String type) throws InterruptedException {
      while (true) {
        var message = received.poll(10, TimeUnit.SECONDS);
        if (message == null) {
          throw new AssertionError("no message of type " + type + " within 10 s");
        }
        if (message.get("type").asText().equals(type)) {
          return message;
        }
      }
    }
  }

  private Client admin() {
    return new Client("Authorization", "Bearer " + house.adminToken);
  }

  private void hasShape(String schema, JsonNode message) {
    var node = schemas.contract.at("/components/schemas/" + schema);
    assertThat(schemas.faults(node, message)).as("%s", message).isEmpty();
  }

  @Test
  void tellsWhatHappensInTheShapesOfTheContract() throws Exception {
    var client = admin();
    hasShape("LiveHello", client.next("hello"));
    house.ingest("an attack\n");
    var alerts = client.next("alerts");
    hasShape("LiveAlerts", alerts);
    assertThat(alerts.at("/data/opened/0/id").asText()).isEqualTo("a-1");
    hasShape("LiveDetections", client.next("detections"));
    house.json("PATCH", "/api/alerts/a-1", "{\"status\":\"resolved\"}");
    assertThat(client.next("alerts").at("/data/changed/0/status").asText()).isEqualTo("resolved");
    var resolved = client.next("activity");
    hasShape("LiveActivity", resolved);
    assertThat(resolved.at("/data/activity/0/type").asText()).isEqualTo("alert_status");
    house.json("POST", "/whitelist", "{\"ip\":\"8.8.8.8\"}");
    var allowed = client.next("activity");
    hasShape("LiveActivity", allowed);
    assertThat(allowed.at("/data/activity/0/message").asText())
        .isEqualTo("admin added 8.8.8.8 to the allow-list");
    house.vitals.set(
        new Vitals(
            7,
            0,
            1,
            1,
            0,
            10,
            3.5,
            2,
            0,
            java.util.List.of(),
            java.util.List.of(),
            java.util.List.of()));
    house.ingest("more\n");
    var stats = client.next("stats");
    while (stats.at("/data/accepted").asLong() != 7) {
      stats = client.next("stats");
    }
    hasShape("LiveStats", stats);
    client.socket.sendText("{\"ping\":1}", true).join();
    hasShape("LivePong", client.next("pong"));
  }

  @Test
  void resumesWhereItWasAndSaysWhenItCannot() throws Exception {
    var first = admin();
    var hello = first.next("hello");
    String run = hello.get("run").asText();
    for (int i = 0; i < 20; i++) {
      house.live.publish("activity", "{\"activity\":[],\"left_out\":" + i + "}");
    }
    long n = 0;
    for (int i = 0; i < 10; i++) {
      n = first.next("activity").get("n").asLong();
    }
    first.socket.abort();
    house.live.publish("activity", "{\"activity\":[],\"left_out\":20}");

    var second = admin();
    second.next("hello");
    second.socket.sendText("{\"resume\":" + n + ",\"run\":\"" + run + "\"}", true).join();
    for (long expected = n + 1; expected <= n + 11; expected++) {
      assertThat(second.next("activity").get("n").asLong()).isEqualTo(expected);
    }
    second.socket.sendText("{\"resume\":" + n + ",\"run\":\"another\"}", true).join();
    hasShape("LiveReset", second.next("reset"));
    for (int i = 0; i < LiveFeed.RING_MESSAGES_MAX; i++) {
      house.live.publish("activity", "{}");
    }
    second.socket.sendText("{\"resume\":1,\"run\":\"" + run + "\"}", true).join();
    second.next("reset");
  }

  @Test
  void aFloodIsSampledAndCounted() throws Exception {
    var client = admin();
    client.next("hello");
    int sent = 5_000;
    house.ingest("an attack\n".repeat(sent));
    long told = 0;
    long leftOut = 0;
    while (told + leftOut < sent) {
      var message = client.next("detections");
      hasShape("LiveDetections", message);
      told += message.at("/data/detections").size();
      leftOut += message.at("/data/left_out").asLong();
    }
    assertThat(told + leftOut).isEqualTo(sent);
    assertThat(told).isBetween(1L, 4L * LiveFeed.PER_SECOND_MAX);
  }

  @Test
  void whoDoesNotReadIsDroppedAndSlowsNobody() throws Exception {
    var quick = admin();
    quick.next("hello");
    try (var slow = house.connect()) {
      String handshake =
          "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              + "Authorization: Bearer "
              + house.adminToken
              + "\r\n\r\n";
      slow.getOutputStream().write(handshake.getBytes(StandardCharsets.US_ASCII));
      await(() -> house.live.watchers() == 2);
      String padding = "x".repeat(100_000);
      long last = 0;
      for (int i = 0; i < 1_000 && house.live.watchers() == 2; i++) {
        house.live.publish("activity", "{\"padding\":\"" + padding + "\"}");
        last = quick.next("activity").get("n").asLong();
      }
      assertThat(house.live.watchers()).isEqualTo(1);
      house.live.publish("activity", "{}");
      assertThat(quick.next("activity").get("n").asLong()).isEqualTo(last + 1);
    }
  }

  private static void await(java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(10);
    }
  }

  @Test
  void onlyAdminsWatch() throws Exception {
    assertThatThrownBy(() -> new Client("Authorization", "Bearer nonsense"))
        .isInstanceOf(CompletionException.class);
    assertThatThrownBy(() -> new Client("Authorization", "Bearer " + house.ingestToken))
        .isInstanceOf(CompletionException.class);
    assertThatThrownBy(() -> new Client("Cookie", "vedette_session=nonsense"))
        .isInstanceOf(CompletionException.class);
    assertThatThrownBy(() ->
            new Client(
                "Cookie", "vedette_session=" + house.adminToken, "Origin", "http://evil.example"))
        .isInstanceOf(CompletionException.class);
    new Client(
            "Cookie",
            "vedette_session=" + house.adminToken,
            "Origin",
            "http://127.0.0.1:" + house.server.port())
        .next("hello");

    var later = new Client();
    later.socket.sendText("{\"token\":\"" + house.adminToken + "\"}", true).join();
    later.next("hello");
    var wrong = new Client();
    wrong.socket.sendText("{\"token\":\"" + house.ingestToken + "\"}", true).join();
    assertThat(wrong.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1008);
    var silent = new Client();
    house.ingest("an attack\n");
    assertThat(silent.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1008);
    assertThat(silent.received).isEmpty();
  }

  private String login() {
    return house.access.login(Access.ADMIN, house.adminPassword, "127.0.0.1").token();
  }

  private Client watching(String token) throws InterruptedException {
    var client = new Client("Cookie", "vedette_session=" + token);
    client.next("hello");
    return client;
  }

  @Test
  void endsWithItsSession() throws Exception {
    var nowMs = new AtomicLong(1_800_000_000_000L);
    house.close();
    house = new House(() -> Instant.ofEpochMilli(nowMs.get()), c -> c);
    String stays = house.adminToken;
    var other = watching(stays);

    String out = login();
    var signedOut = watching(out);
    var request =
        house
            .request("/api/logout")
            .header("Authorization", "Bearer " + out)
            .POST(HttpRequest.BodyPublishers.noBody());
    assertThat(house.send(request).statusCode()).isEqualTo(204);
    // Nothing is told any more, not even before the connection is closed.
    house.live.publish("activity", "{}");
    assertThat(signedOut.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1008);
    assertThat(signedOut.received).isEmpty();
    other.next("activity");

    var expired = watching(login());
    nowMs.addAndGet(Access.SESSION_MS - 1);
    assertThat(house.access.recognise(stays)).isPresent();
    assertThat(other.closed).isEmpty();
    nowMs.addAndGet(1);
    assertThat(expired.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1008);
    house.live.publish("activity", "{}");
    other.next("activity");

    house.access.resetPassword();
    assertThat(other.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1008);
    await(() -> house.live.watchers() == 0);
  }

  @Test
  void isDatedByTheClockOfTheHouse() throws Exception {
    house.close();
    house = new House(() -> Instant.ofEpochMilli(1_800_000_000_000L), c -> c);
    var client = admin();
    client.next("hello");
    client.socket.sendText("{\"ping\":1}", true).join();
    assertThat(client.next("pong").get("at_ms").asLong()).isEqualTo(1_800_000_000_000L);
    assertThat(json(house.ingest("a line\n")).get("count").asInt()).isEqualTo(1);
    assertThat(house.memory.receivedMs()).containsExactly(1_800_000_000_000L);
  }

  private static JsonNode json(java.net.http.HttpResponse<String> response) throws IOException {
    return new ObjectMapper().readTree(response.body());
  }

  @Test
  void nonsenseEndsTheConnectionOnly() throws Exception {
    for (String text : java.util.List.of("nonsense", "[", "{\"resume\":", "x".repeat(10_000))) {
      var client = admin();
      client.next("hello");
      client.socket.sendText(text, true).join();
      assertThat(client.closed.poll(10, TimeUnit.SECONDS)).as("%.20s", text).isNotNull();
    }
    admin().next("hello");
  }
}
