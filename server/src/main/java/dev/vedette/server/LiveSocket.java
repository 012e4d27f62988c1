package dev.vedette.server;

import io.javalin.http.Context;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/// Thread-safe. The WebSocket `/ws`: carries the [LiveFeed] to browsers and other clients.
///
/// Sending never waits. What a client has not taken yet is counted in bytes; above
/// [#UNSENT_BYTES_MAX] it is disconnected: it may come back and resume, and nobody else noticed.
final class LiveSocket implements AutoCloseable {
  static final long UNSENT_BYTES_MAX = 4 << 20;
  static final int CLIENTS_MAX = 500;
  static final long PING_SECONDS = 20;
  static final int IDLE_SECONDS = 60;
  static final int TOKEN_WITHIN_SECONDS = 5;
  private static final int MESSAGE_BYTES_MAX = 4_096;

  private final LiveFeed live;
  private final Gate gate;
  private final Map<Session, Client> clients = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("live-ping").factory());

  LiveSocket(LiveFeed live, Gate gate) {
    this.live = live;
    this.gate = gate;
    timer.scheduleAtFixedRate(this::ping, PING_SECONDS, PING_SECONDS, TimeUnit.SECONDS);
  }

  /// Decides on a handshake before it is answered. Who brings no credentials is let in to bring
  /// them in the first message.
  void beforeUpgrade(Context ctx) {
    gate.before(ctx);
    if (!gate.isSameOrigin(ctx)) {
      throw Problem.of(403, "WebSockets from pages of another origin are refused.");
    }
    if (clients.size() >= CLIENTS_MAX) {
      throw Problem.retry(503, "Too many watch already.", 30);
    }
    var principal = gate.identify(ctx);
    boolean brought = ctx.header("Authorization") != null || ctx.cookie(Gate.COOKIE) != null;
    if (principal.isEmpty() && brought) {
      throw Problem.of(401, "These credentials are not valid.");
    }
    if (principal.isPresent() && principal.get().role() != Role.ADMIN) {
      throw Problem.of(
          403, "The role `%s` may not do this.".formatted(principal.get().role().word()));
    }
    ctx.attribute("watching", principal.isPresent());
  }

  void configure(WsConfig ws) {
    ws.onConnect(ctx -> {
      ctx.session.setIdleTimeout(Duration.ofSeconds(IDLE_SECONDS));
      ctx.session.setMaxTextMessageSize(MESSAGE_BYTES_MAX);
      ctx.session.setMaxBinaryMessageSize(MESSAGE_BYTES_MAX);
      var client = new Client(ctx.session);
      clients.put(ctx.session, client);
      if (Boolean.TRUE.equals(ctx.<Boolean>attribute("watching"))) {
        client.start();
      } else {
        timer.schedule(client::closeUnlessStarted, TOKEN_WITHIN_SECONDS, TimeUnit.SECONDS);
      }
    });
    ws.onMessage(ctx -> received(ctx, ctx.message()));
    ws.onClose(ctx -> gone(ctx.session));
    ws.onError(ctx -> gone(ctx.session));
  }

  private void received(WsContext ctx, String text) {
    var client = clients.get(ctx.session);
    if (client == null) {
      return;
    }
    Map<String, Object> message;
    try {
      message = Json.object(text.getBytes(StandardCharsets.UTF_8));
    } catch (Problem problem) {
      client.close(1007, problem.detail());
      return;
    }
    if (!client.started) {
      boolean admin =
          message.get("token") instanceof String token
              && gate.identify(token).filter(who -> who.role() == Role.ADMIN).isPresent();
      if (!admin) {
        client.close(1008, "The first message must be {\"token\": \"...\"}.");
        return;
      }
      client.start();
    }
    if (message.get("resume") instanceof Long n) {
      live.resume(client, n, message.get("run") instanceof String run ? run : "");
    }
    if (message.containsKey("ping")) {
      client.send("{\"type\":\"pong\",\"at_ms\":%d}".formatted(System.currentTimeMillis()));
    }
  }

  private void gone(@Nullable Session session) {
    var client = session == null ? null : clients.remove(session);
    if (client != null) {
      live.unwatch(client);
    }
  }

  private void ping() {
    for (var client : clients.values()) {
      client.session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    for (var client : clients.values()) {
      client.close(1001, "The server is stopping.");
    }
  }

  private final class Client implements LiveFeed.Watcher {
    final Session session;
    private final AtomicLong unsentBytes = new AtomicLong();
    volatile boolean started;

    Client(Session session) {
      this.session = session;
    }

    void start() {
      started = true;
      live.watch(this);
    }

    void closeUnlessStarted() {
      if (!started) {
        close(1008, "No token came.");
      }
    }

    @Override
    public void offer(LiveFeed.Message message) {
      send(message.json());
    }

    void send(String json) {
      long bytes = json.length() + 16L;
      if (unsentBytes.addAndGet(bytes) > UNSENT_BYTES_MAX) {
        gone(session);
        session.disconnect();
        return;
      }
      session.sendText(
          json,
          Callback.from(
              () -> unsentBytes.addAndGet(-bytes),
              _ -> {
                gone(session);
                session.disconnect();
              }));
    }

    void close(int code, String reason) {
      gone(session);
      session.close(code, reason, Callback.NOOP);
    }
  }
}
