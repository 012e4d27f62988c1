package dev.vedette.server;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import io.javalin.util.JavalinException;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.jetty.server.NetworkConnectionLimit;

/// Thread-safe. The one port of Vedette: API, dashboard and WebSocket, a virtual thread per
/// request.
///
/// ```java
/// var server = Server.start(config, services, InstantSource.system());
/// ... server.port() ...
/// server.stop();
/// ```
///
/// This class is the table of routes: each names a method of [Api], [EventsApi], [SimpleApi] or
/// [Ingest], and each must be in the contract, whose roles [Gate] enforces.
public final class Server {
  private static final int CONNECTIONS_MAX = 2_000;
  private static final int HEADER_BYTES_MAX = 16 << 10;
  private static final long IDLE_MS = 30_000;
  private static final long DRAIN_MS = 10_000;

  private final Javalin javalin;
  private final LiveSocket socket;
  private final Set<Contract.Operation> routes;

  private Server(Javalin javalin, LiveSocket socket, Set<Contract.Operation> routes) {
    this.javalin = javalin;
    this.socket = socket;
    this.routes = routes;
  }

  /// Starts to listen.
  ///
  /// @throws ServerException when it cannot, in one sentence that says what to do
  public static Server start(ServerConfig config, Services services, InstantSource clock) {
    config.check();
    var routes = new LinkedHashSet<Contract.Operation>();
    var contract = Contract.load();
    var gate = new Gate(config, services.access(), contract, Pages.contentSecurityPolicy());
    var socket = new LiveSocket(services.live(), gate, clock);
    var wiring = new Wiring(config, services, clock, contract, gate, socket, routes);
    try {
      var javalin = Javalin.create(wiring::configure).start(config.host(), config.port());
      services.live().start(services.vitals());
      return new Server(javalin, socket, routes);
    } catch (JavalinBindException e) {
      socket.close();
      throw new ServerException(
          "Port %d of %s is taken or may not be used; choose another with --port, or stop what listens there."
              .formatted(config.port(), config.host()),
          e);
    } catch (JavalinException e) {
      socket.close();
      throw new ServerException("The server cannot start: " + e.getMessage(), e);
    }
  }

  /// The port that is listened on.
  public int port() {
    return javalin.port();
  }

  /// The operations that are served, as the contract writes them.
  Set<Contract.Operation> routes() {
    return Set.copyOf(routes);
  }

  /// Takes no more requests, answers those that are under way (for up to ten seconds), and ends.
  public void stop() {
    socket.close();
    javalin.stop();
  }

  /// Confined to the start. What is served where.
  private record Wiring(
      ServerConfig config,
      Services services,
      InstantSource clock,
      Contract contract,
      Gate gate,
      LiveSocket socket,
      Set<Contract.Operation> routes) {

    void configure(JavalinConfig javalin) {
      javalin.startup.showJavalinBanner = false;
      javalin.startup.showOldJavalinVersionWarning = false;
      javalin.startup.startupWatcherEnabled = false;
      javalin.concurrency.useVirtualThreads = true;
      javalin.http.prefer405over404 = true;
      javalin.http.compressionStrategy = CompressionStrategy.GZIP;
      javalin.jetty.modifyHttpConfiguration(http -> {
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        http.setRequestHeaderSize(HEADER_BYTES_MAX);
        http.setIdleTimeout(IDLE_MS);
      });
      javalin.jetty.modifyServer(jetty -> {
        jetty.setStopTimeout(DRAIN_MS);
        jetty.addBean(new NetworkConnectionLimit(CONNECTIONS_MAX, jetty));
        jetty.setErrorHandler(new PlainErrors());
      });
      errors(javalin);
      routes(javalin);
    }

    private void errors(JavalinConfig javalin) {
      var to = javalin.routes;
      to.before(gate::before);
      to.exception(HttpResponseException.class, (e, ctx) -> gate.failed(ctx, e));
      to.exception(Exception.class, (e, ctx) -> gate.failed(ctx, e));
      to.error(404, gate::notFound);
    }

    private void routes(JavalinConfig javalin) {
      var metrics = new Metrics();
      var ingest = new Ingest(services.intake(), services.store(), clock, metrics);
      var api = new Api(config, services, gate, clock, metrics);
      var events = new EventsApi(services.store(), api, clock);
      var simple = new SimpleApi(services, ingest, api, clock);
      var on = new Routes(javalin, metrics);

      on.post("/logs", simple::submit);
      on.get("/alerts", simple::list);
      on.patch("/alerts/{id}", simple::setStatus);
      on.get("/whitelist", simple::listAllowed);
      on.post("/whitelist", simple::allow);
      on.delete("/whitelist/{ip}", simple::disallow);

      on.post("/api/ingest", ctx -> ingest(ctx, ingest, api));

      on.get("/api/stats", api::stats);
      on.get("/api/activity", api::activity);
      on.get("/api/events", events::search);
      on.get("/api/events/recent", events::recent);
      on.get("/api/events/suspicious", events::suspicious);
      on.get("/api/trends", api::trends);
      on.get("/api/timeline", api::timeline);
      on.get("/api/threats", api::threats);
      on.get("/api/top_ips", api::topIps);
      on.get("/api/top", api::top);
      on.get("/api/entity", api::entity);

      on.get("/api/alerts", api::listAlerts);
      on.get("/api/alerts/{id}", api::getAlert);
      on.patch("/api/alerts/{id}", api::setAlertStatus);
      on.get("/api/rules", api::listRules);
      on.get("/api/sources", api::listSources);

      on.post("/api/login", api::login);
      on.post("/api/logout", api::logout);
      on.get("/api/session", api::session);

      on.get("/health", api::health);
      on.get("/metrics", api::metrics);
      on.get("/ws", ctx -> noWebSocket());
      javalin.routes.wsBeforeUpgrade("/ws", socket::beforeUpgrade);
      javalin.routes.ws("/ws", socket::configure);

      pages(javalin, on);
    }

    private static void ingest(Context ctx, Ingest ingest, Api api) {
      var params = api.params(ctx);
      String source = params.text("source", 64);
      String format = params.text("format", 64);
      params.end();
      var result = ingest.lines(ctx, source.isEmpty() ? "ingest" : source, format);
      if (result.replayed()) {
        ctx.header("Idempotency-Replayed", "true");
      }
      ctx.contentType("application/json");
      ctx.result(result.json());
    }

    private static void noWebSocket() {
      throw Problem.of(426, "This path speaks WebSocket; connect with one.");
    }

    private void pages(JavalinConfig javalin, Routes on) {
      var pages = new Pages();
      var docs = new Docs[1];
      on.get(
          "/docs",
          ctx -> {
            synchronized (docs) {
              docs[0] = docs[0] == null ? new Docs(contract.yaml()) : docs[0];
            }
            ctx.contentType("text/html; charset=utf-8");
            ctx.result(docs[0].html());
          });
      on.get(
          "/openapi.yaml",
          ctx -> {
            ctx.contentType("application/yaml");
            ctx.result(contract.yaml());
          });
      javalin.routes.get(
          "/docs.css",
          ctx -> {
            ctx.contentType("text/css; charset=utf-8");
            ctx.result(Pages.resource("/docs.css").orElseThrow());
          });
      javalin.routes.get("/", pages::answer);
      javalin.routes.get("/*", pages::answer);
      javalin.routes.options("/*", ctx -> ctx.status(204));
    }

    /// Registers operations of the contract: guarded, counted and timed.
    private final class Routes {
      private final JavalinConfig javalin;
      private final Metrics metrics;

      Routes(JavalinConfig javalin, Metrics metrics) {
        this.javalin = javalin;
        this.metrics = metrics;
      }

      void get(String path, Handler handler) {
        add(HandlerType.GET, path, handler);
      }

      void post(String path, Handler handler) {
        add(HandlerType.POST, path, handler);
      }

      void patch(String path, Handler handler) {
        add(HandlerType.PATCH, path, handler);
      }

      void delete(String path, Handler handler) {
        add(HandlerType.DELETE, path, handler);
      }

      private void add(HandlerType method, String path, Handler handler) {
        var operation = new Contract.Operation(method.name(), path);
        routes.add(operation);
        var guarded = gate.guard(operation, handler);
        javalin.routes.addHttpHandler(method, path, ctx -> timed(ctx, operation, guarded));
      }

      private void timed(Context ctx, Contract.Operation operation, Handler handler)
          throws Exception {
        long start = System.nanoTime();
        try {
          handler.handle(ctx);
          metrics.request(operation.toString(), ctx.res().getStatus(), System.nanoTime() - start);
          // Last resort: whatever a handler throws becomes a problem document, never a stack trace.
        } catch (Exception e) {
          gate.failed(ctx, e);
          metrics.request(operation.toString(), ctx.res().getStatus(), System.nanoTime() - start);
        }
      }
    }
  }
}
