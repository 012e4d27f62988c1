package dev.vedette.server;

import io.javalin.http.Context;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
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
/// Who watches is asked for again before every message and every [#CURRENT_SECONDS]: a session that
/// has ended (signed out, expired, voided by a new password) is told nothing more, and closed.
///
/// Sending never waits. What a client has not taken yet is counted in bytes; above
/// [#UNSENT_BYTES_MAX] it is disconnected: it may come back and resume, and nobody else noticed.
final class LiveSocket implements AutoCloseable {
  static final long UNSENT_BYTES_MAX = 4 << 20;
  static final int CLIENTS_MAX = 500;
  static final long PING_SECONDS = 20;
  static final int IDLE_SECONDS = 60;
  static final int TOKEN_WITHIN_SECONDS = 5;
  static final int CURRENT_SECONDS = 1;
  private static final int MESSAGE_BYTES_MAX = 4_096;
  private static final String WATCHING = "watching";

  private final LiveFeed live;
  private final Gate gate;
  private final InstantSource clock;
  private final Map<Session, Client> clients = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("live-ping").factory());

  LiveSocket(LiveFeed live, Gate gate, InstantSource clock) {
    this.live = live;
    this.gate = gate;
    this.clock = clock;
    timer.scheduleAtFixedRate(this::ping, PING_SECONDS, PING_SECONDS, TimeUnit.SECONDS);
    timer.scheduleAtFixedRate(this::closeEnded, CURRENT_SECONDS, CURRENT_SECONDS, TimeUnit.SECONDS);
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
    principal.ifPresent(who -> ctx.attribute(WATCHING, who));
  }

  void configure(WsConfig ws) {
    ws.onConnect(ctx -> {
      ctx.session.setIdleTimeout(Duration.ofSeconds(IDLE_SECONDS));
      ctx.session.setMaxTextMessageSize(MESSAGE_BYTES_MAX);
      ctx.session.setMaxBinaryMessageSize(MESSAGE_BYTES_MAX);
      var client = new Client(ctx.session);
      clients.put(ctx.session, client);
      Access.Principal principal = ctx.attribute(WATCHING);
      if (principal != null) {
        client.start(principal);
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
    if (client.watcher == null) {
      var admin =
          message.get("token") instanceof String token
              ? gate.identify(token).filter(who -> who.role() == Role.ADMIN)
              : Optional.<Access.Principal>empty();
      if (admin.isEmpty()) {
        client.close(1008, "The first message must be {\"token\": \"...\"}.");
        return;
      }
      client.start(admin.get());
    }
    if (client.closeIfEnded()) {
      return;
    }
    if (message.get("resume") instanceof Long n) {
      live.resume(client, n, message.get("run") instanceof String run ? run : "");
    }
    if (message.containsKey("ping")) {
      client.send("{\"type\":\"pong\",\"at_ms\":%d}".formatted(clock.millis()));
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

  private void closeEnded() {
    clients.values().forEach(Client::closeIfEnded);
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

    /// Who watches; null until that is known.
    volatile Access.@Nullable Principal watcher;

    Client(Session session) {
      this.session = session;
    }

    void start(Access.Principal who) {
      watcher = who;
      live.watch(this);
    }

    void closeUnlessStarted() {
      if (watcher == null) {
        close(1008, "No token came.");
      }
    }

    /// Whether the session of the one who watches has ended; then the connection ends too.
    boolean closeIfEnded() {
      var who = watcher;
      if (who == null || gate.isCurrent(who)) {
        return false;
      }
      close(1008, "The session has ended.");
      return true;
    }

    @Override
    public void offer(LiveFeed.Message message) {
      if (!closeIfEnded()) {
        send(message.json());
      }
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
