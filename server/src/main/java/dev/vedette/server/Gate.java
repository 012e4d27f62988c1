package dev.vedette.server;

import dev.vedette.event.Intake;
import dev.vedette.store.StoreException;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Thread-safe. What every request passes: which host and origin it names, who sends it and whether
/// they may, which headers its answer carries, and how errors are written.
///
/// - The `Host` must be one that was configured; without credentials (`--insecure-local`) one that
///   names loopback, so that a page elsewhere cannot reach the server through a rebound name.
/// - A request that changes something and is not authorised by a bearer token must come from this
///   server's own pages: `Origin`, or `Sec-Fetch-Site` where a browser sends no origin.
/// - A bearer token that is wrong is refused even beside a cookie that is right.
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  static final String COOKIE = "vedette_session";
  private static final String PRINCIPAL = "principal";
  private static final String REQUEST_ID = "request-id";
  private static final Access.Principal LOCAL = new Access.Principal("local", Role.ADMIN, null, 0);
  private static final Set<String> LOOPBACK_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");
  private static final Pattern REQUEST_ID_GIVEN = Pattern.compile("[A-Za-z0-9._-]{8,64}");

  private final ServerConfig config;
  private final Access access;
  private final Contract contract;
  private final String csp;

  /// @param csp the content security policy of every answer
  Gate(ServerConfig config, Access access, Contract contract, String csp) {
    this.config = config;
    this.access = access;
    this.contract = contract;
    this.csp = csp;
  }

  // ---- every request
  // ------------------------------------------------------------------------------------------------

  /// Runs before everything else, for every path.
  void before(Context ctx) {
    String given = ctx.header("X-Request-Id");
    String requestId =
        given != null && REQUEST_ID_GIVEN.matcher(given).matches()
            ? given
            : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    ctx.attribute(REQUEST_ID, requestId);
    var res = ctx.res();
    res.setHeader("X-Request-Id", requestId);
    res.setHeader("Content-Security-Policy", csp);
    res.setHeader("X-Content-Type-Options", "nosniff");
    res.setHeader("X-Frame-Options", "DENY");
    res.setHeader("Referrer-Policy", "no-referrer");
    res.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    res.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    res.setHeader("Cache-Control", "no-store");
    checkHost(ctx);
    allowForeignOrigin(ctx);
  }

  private void checkHost(Context ctx) {
    String host = hostName(ctx.header("Host"));
    boolean right =
        config.insecureLocal()
            ? LOOPBACK_HOSTS.contains(host)
            : config.hostNames().isEmpty() || config.hostNames().contains(host);
    if (!right) {
      throw Problem.of(
          421,
          config.insecureLocal()
              ? "Without credentials this server answers only to localhost."
              : "This server does not answer to that host name.");
    }
  }

  /// The name in a `Host` header without its port, in lower case.
  private static String hostName(@Nullable String header) {
    if (header == null) {
      return "";
    }
    int colon = header.lastIndexOf(':');
    boolean port = colon >= 0 && header.indexOf(']', colon) < 0;
    return (port ? header.substring(0, colon) : header).toLowerCase(Locale.ROOT);
  }

  /// CORS, for the one origin that was configured.
  private void allowForeignOrigin(Context ctx) {
    String origin = ctx.header("Origin");
    if (origin == null || !isFrontend(origin)) {
      return;
    }
    var res = ctx.res();
    res.setHeader("Access-Control-Allow-Origin", origin);
    res.setHeader("Access-Control-Allow-Credentials", "true");
    res.setHeader("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
    res.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    res.addHeader("Vary", "Origin");
    if (ctx.req().getMethod().equals("OPTIONS")) {
      res.setHeader("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
      res.setHeader(
          "Access-Control-Allow-Headers",
          "Authorization, Content-Type, Content-Encoding, Idempotency-Key, X-Request-Id");
      res.setHeader("Access-Control-Max-Age", "600");
    }
  }

  private boolean isFrontend(String origin) {
    return !config.frontendOrigin().isEmpty() && origin.equals(config.frontendOrigin());
  }

  // ---- who may
  // ------------------------------------------------------------------------------------------------------

  /// The handler of an operation, reached only by those whom the contract names.
  Handler guard(Contract.Operation operation, Handler handler) {
    var allowed = contract.rolesOf(operation);
    return ctx -> {
      ctx.attribute("operation", operation);
      checkOrigin(ctx, allowed.isEmpty() ? Optional.empty() : identify(ctx));
      if (!allowed.isEmpty()) {
        require(ctx, allowed);
      }
      handler.handle(ctx);
    };
  }

  /// Refuses whoever does not have one of the roles.
  private void require(Context ctx, Set<Role> allowed) {
    var principal =
        identify(ctx)
            .orElseThrow(() ->
                Problem.of(
                    401, "Sign in, or send `Authorization: Bearer TOKEN` with a valid token."));
    if (!allowed.contains(principal.role())) {
      throw Problem.of(403, "The role `%s` may not do this.".formatted(principal.role().word()));
    }
  }

  /// Who sends the request; empty for nobody.
  Optional<Access.Principal> identify(Context ctx) {
    Access.Principal known = ctx.attribute(PRINCIPAL);
    if (known != null) {
      return Optional.of(known);
    }
    var found = recognise(ctx);
    found.ifPresent(principal -> ctx.attribute(PRINCIPAL, principal));
    return found;
  }

  private Optional<Access.Principal> recognise(Context ctx) {
    String authorization = ctx.header("Authorization");
    if (authorization != null) {
      return bearer(authorization).flatMap(access::recognise);
    }
    if (config.insecureLocal()) {
      return Optional.of(LOCAL);
    }
    String cookie = ctx.cookie(COOKIE);
    return cookie == null ? Optional.empty() : access.recognise(cookie);
  }

  private static Optional<String> bearer(String authorization) {
    return authorization.regionMatches(true, 0, "Bearer ", 0, 7)
        ? Optional.of(authorization.substring(7).strip())
        : Optional.empty();
  }

  /// Whether somebody who was recognised before still is.
  boolean isCurrent(Access.Principal principal) {
    return access.isCurrent(principal);
  }

  /// Who a token belongs to that came by another way than a header.
  Optional<Access.Principal> identify(String token) {
    return access.recognise(token);
  }

  /// Refuses a change that a page of another origin asks for with this browser's credentials.
  private void checkOrigin(Context ctx, Optional<Access.Principal> principal) {
    boolean byToken = principal.isPresent() && ctx.header("Authorization") != null;
    if (!SAFE_METHODS.contains(ctx.req().getMethod()) && !byToken && !isSameOrigin(ctx)) {
      throw Problem.of(403, "Requests from pages of another origin are refused.");
    }
  }

  /// Whether the request comes from one of our pages, or from no page at all.
  boolean isSameOrigin(Context ctx) {
    String origin = ctx.header("Origin");
    if (origin != null) {
      return isFrontend(origin) || authority(origin).equals(lower(ctx.header("Host")));
    }
    String site = ctx.header("Sec-Fetch-Site");
    return site == null || site.equals("same-origin") || site.equals("none");
  }

  private static String authority(String origin) {
    try {
      String authority = URI.create(origin).getRawAuthority();
      return authority == null ? "" : authority.toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException _) {
      return "";
    }
  }

  private static String lower(@Nullable String header) {
    return header == null ? "-" : header.toLowerCase(Locale.ROOT);
  }

  // ---- errors
  // -------------------------------------------------------------------------------------------------------

  static String requestId(Context ctx) {
    String id = ctx.attribute(REQUEST_ID);
    return id == null ? "-" : id;
  }

  /// Writes a problem as the answer.
  void answer(Context ctx, Problem problem) {
    if (problem.retryAfterSeconds() > 0) {
      ctx.res().setHeader("Retry-After", String.valueOf(problem.retryAfterSeconds()));
    }
    if (problem.status() == 401) {
      ctx.res().setHeader("WWW-Authenticate", "Bearer realm=\"vedette\"");
    }
    ctx.status(problem.status());
    ctx.contentType("application/problem+json");
    ctx.result(problem.json(requestId(ctx)));
  }

  /// Turns whatever was thrown into an answer; what it was stays in our own log.
  void failed(Context ctx, Exception e) {
    var problem =
        switch (e) {
          case Problem known -> known;
          case Intake.Refused refused -> Ingest.problem(refused);
          case StoreException store -> problem(ctx, store);
          case HttpResponseException http -> problem(http);
          case EofException _ -> Problem.of(400, "The connection ended early.");
          default -> {
            LOG.error("Request {} failed", requestId(ctx), e);
            yield Problem.of(
                500,
                "Something went wrong here; the server's log says what, under request %s."
                    .formatted(requestId(ctx)));
          }
        };
    answer(ctx, problem);
  }

  private static Problem problem(Context ctx, StoreException e) {
    LOG.warn("Request {}: the store refused: {}", requestId(ctx), e.getMessage());
    return switch (e.kind()) {
      case FULL -> Problem.retry(507, "There is no room left on the server's disk.", 30);
      case UNAVAILABLE -> Problem.retry(503, "The store does not answer now.", 5);
      case DAMAGED ->
          Problem.retry(
              503, "The store found damaged data; `vedette verify` names what it is.", 60);
      case NEWER -> Problem.retry(503, "The store was made by a newer Vedette.", 60);
      case REFUSED -> Problem.of(422, String.valueOf(e.getMessage()));
    };
  }

  private static Problem problem(HttpResponseException e) {
    return switch (e.getStatus()) {
      case 404 -> Problem.notFound("There is nothing at this path.");
      case 405 -> Problem.of(405, "This path does not take this method.");
      case 413 -> Problem.of(413, "The body is too large.");
      default -> Problem.of(e.getStatus(), "The request cannot be answered.");
    };
  }

  /// For answers that were given without an exception: nothing at this path.
  void notFound(Context ctx) {
    if (!"application/problem+json".equals(ctx.res().getContentType())) {
      answer(ctx, Problem.notFound("There is nothing at this path."));
    }
  }

  static List<String> loopbackHosts() {
    return List.copyOf(LOOPBACK_HOSTS);
  }
}
