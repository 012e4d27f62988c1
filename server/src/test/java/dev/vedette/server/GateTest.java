package dev.vedette.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GateTest {
  private final AtomicLong nowMs = new AtomicLong(1_800_000_000_000L);
  private final InstantSource clock = () -> Instant.ofEpochMilli(nowMs.get());
  private House house;

  @BeforeEach
  void open() {
    house = new House(clock, c -> c);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private HttpResponse<String> login(String password) {
    return house.send(
        house
            .request("/api/login")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"password\":\"" + password + "\"}")));
  }

  private String cookie() {
    return login(house.adminPassword)
        .headers()
        .firstValue("Set-Cookie")
        .orElseThrow()
        .replaceAll(";.*", "");
  }

  @Test
  void theFirstStartMakesSecretsAndLaterOnesDoNot() {
    assertThat(house.adminPassword).matches("[a-z2-9]{5}(-[a-z2-9]{5}){3}");
    assertThat(house.ingestToken).matches("vdt_[A-Za-z0-9_-]{43}");
    var again = new Access(house.store, clock);
    assertThat(again.makeFirstSecrets()).isEmpty();
    assertThat(again.recognise(house.ingestToken)).isPresent();
    for (String key : List.of("access.admin.password", "access.tokens")) {
      assertThat(house.store.setting(key).orElseThrow())
          .doesNotContain(house.adminPassword)
          .doesNotContain(house.ingestToken);
    }
    again.resetPassword();
    assertThat(house.store.setting("access.admin.password").orElseThrow())
        .startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
  }

  @Test
  void tokensAndPasswordsCanBeMadeAnewAndVoided() {
    String more = house.access.newToken(Role.INGEST, "fluent\tbit\n");
    assertThat(new Access(house.store, clock).recognise(more).orElseThrow().name())
        .isEqualTo("fluent bit ");
    assertThat(house.access.revokeTokens(Role.INGEST)).isEqualTo(2);
    assertThat(house.access.recognise(more)).isEmpty();
    assertThat(house.ingest("x").statusCode()).isEqualTo(401);
    String password = house.access.resetPassword();
    assertThat(house.get("/api/session").statusCode()).isEqualTo(401);
    assertThat(login(house.adminPassword).statusCode()).isEqualTo(401);
    assertThat(login(password).statusCode()).isEqualTo(200);
  }

  @Test
  void sessionsSlideAndEnd() {
    nowMs.addAndGet(Access.SESSION_MS - 1);
    assertThat(house.get("/api/session").statusCode()).isEqualTo(200);
    nowMs.addAndGet(Access.SESSION_MS - 1);
    assertThat(house.get("/api/session").statusCode()).isEqualTo(200);
    nowMs.addAndGet(Access.SESSION_MS);
    assertThat(house.get("/api/session").statusCode()).isEqualTo(401);
    String cookie = cookie();
    assertThat(withCookie("GET", "/api/session", cookie).statusCode()).isEqualTo(200);
    assertThat(withCookie("POST", "/api/logout", cookie).statusCode()).isEqualTo(204);
    assertThat(withCookie("GET", "/api/session", cookie).statusCode()).isEqualTo(401);
  }

  private HttpResponse<String> withCookie(
      String method, String path, String cookie, String... headers) {
    var request = house.request(path).header("Cookie", cookie);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return house.send(request.method(method, HttpRequest.BodyPublishers.noBody()));
  }

  @Test
  void theCookieIsOutOfReachOfScriptsAndOtherSites() {
    assertThat(login(house.adminPassword).headers().firstValue("Set-Cookie").orElseThrow())
        .contains("HttpOnly")
        .contains("SameSite=Strict")
        .contains("Path=/");
    String cookie = cookie();
    String own = "http://127.0.0.1:" + house.server.port();
    assertThat(withCookie("DELETE", "/whitelist/8.8.8.8", cookie, "Origin", own).statusCode())
        .isEqualTo(404);
    for (String origin :
        List.of("http://evil.example", "null", own + "1", "http://127.0.0.1", "::", "")) {
      assertThat(withCookie("DELETE", "/whitelist/8.8.8.8", cookie, "Origin", origin).statusCode())
          .as(origin)
          .isEqualTo(403);
    }
    for (String site : List.of("cross-site", "same-site")) {
      assertThat(
              withCookie("DELETE", "/whitelist/8.8.8.8", cookie, "Sec-Fetch-Site", site)
                  .statusCode())
          .isEqualTo(403);
    }
    // Reading is not changing; and a token is no ambient credential.
    assertThat(
            withCookie("GET", "/whitelist", cookie, "Origin", "http://evil.example").statusCode())
        .isEqualTo(200);
    assertThat(
            house
                .send(
                    house
                        .asAdmin("/whitelist/8.8.8.8")
                        .header("Origin", "http://evil.example")
                        .DELETE())
                .statusCode())
        .isEqualTo(404);
  }

  @Test
  void aWrongTokenIsRefusedEvenBesideARightCookie() {
    assertThat(
            withCookie("GET", "/api/session", cookie(), "Authorization", "Bearer nonsense")
                .statusCode())
        .isEqualTo(401);
    for (String header :
        List.of("Basic YWRtaW46eA==", "Bearer", "Bearer ", "bearer\t", "x".repeat(8_000))) {
      assertThat(
              house
                  .send(house.request("/api/session").header("Authorization", header))
                  .statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void guessingIsSlowedDown() {
    for (int i = 0; i < Access.FREE_FAILURES; i++) {
      assertThat(login("wrong").statusCode()).isEqualTo(401);
    }
    var refused = login(house.adminPassword);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    nowMs.addAndGet(1_000);
    assertThat(login("wrong").statusCode()).isEqualTo(401);
    assertThat(login("wrong").headers().firstValue("Retry-After")).contains("2");
    nowMs.addAndGet(2_000);
    assertThat(login(house.adminPassword).statusCode()).isEqualTo(200);
    assertThat(login("wrong").statusCode()).isEqualTo(401);
  }

  @Test
  void strangersCannotLockTheAdminOut() {
    for (int i = 0; i < 20; i++) {
      int attempt = i;
      assertThatThrownBy(() -> house.access.login("admin", "x", "203.0.113." + attempt))
          .isInstanceOf(Problem.class);
      nowMs.addAndGet(31_000);
    }
    nowMs.addAndGet(-31_000);
    assertThatThrownBy(() -> house.access.login("admin", house.adminPassword, "198.51.100.1"))
        .hasMessageContaining("try again in");
    // The house has signed in from here before.
    assertThat(house.access.login("admin", house.adminPassword, "127.0.0.1")).isNotNull();
  }

  @Test
  void oneIpv6NetworkIsOneGuesser() {
    for (int i = 0; i < Access.FREE_FAILURES; i++) {
      int attempt = i;
      assertThatThrownBy(() -> house.access.login("x" + attempt, "x", "2001:db8::" + attempt))
          .hasMessageContaining("Wrong");
    }
    assertThatThrownBy(() -> house.access.login("x", "x", "2001:db8::ffff"))
        .hasMessageContaining("try again in");
  }

  @Test
  void everyAnswerCarriesTheHeadersThatKeepBrowsersSafe() {
    for (String path : List.of("/", "/health", "/nothing", "/api/stats", "/docs", "/main.js")) {
      var response = house.send(house.request(path));
      var headers = response.headers();
      assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
          .as(path)
          .contains("default-src 'none'")
          .contains("frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(headers.firstValue("X-Frame-Options")).contains("DENY");
      assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
      assertThat(headers.firstValue("Server")).isEmpty();
    }
  }

  @Test
  void theDashboardAndItsLibrariesAreServed() {
    var index = house.send(house.request("/"));
    assertThat(index.statusCode()).isEqualTo(200);
    assertThat(index.body()).contains("importmap");
    assertThat(index.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("'sha256-");
    var matcher =
        java.util.regex.Pattern.compile("\"(/[^\"]+\\.(?:js|css|svg))\"").matcher(index.body());
    int files = 0;
    while (matcher.find()) {
      var file = house.send(house.request(matcher.group(1)).header("Accept-Encoding", "gzip"));
      assertThat(file.statusCode()).as(matcher.group(1)).isEqualTo(200);
      String etag = file.headers().firstValue("ETag").orElseThrow();
      var again = house.send(house.request(matcher.group(1)).header("If-None-Match", etag));
      assertThat(again.statusCode()).isEqualTo(304);
      files++;
    }
    assertThat(files).isGreaterThan(8);
    for (String path :
        List.of(
            "/dev/vedette/server/Server.class",
            "/webjars/../../dev/vedette/server/Server.class",
            "/%2e%2e/openapi.yaml",
            "/webjars/lit/3.3.1/",
            "/main.js/",
            "/index.html%00.js",
            "/META-INF/MANIFEST.MF")) {
      assertThat(house.send(house.request(path)).statusCode()).as(path).isIn(400, 404);
    }
  }

  @Test
  void problemsSayNothingAboutTheInside() throws IOException {
    for (var response :
        List.of(
            house.get("/nothing"),
            house.get("/api/nothing"),
            house.json("PUT", "/logs", "{}"),
            house.get("/api/events?limit=x"),
            house.get("/api/events?limt=5"),
            house.get("/api/events?limit=1&limit=2"),
            house.get("/api/stats?from=yesterday"),
            house.get("/api/stats?from=now&to=now-1h"),
            house.get("/api/timeline?from=-62135596800000&to=253402300799999&points=100000"),
            house.get("/api/alerts/a-99999999999999999999"),
            house.get("/api/alerts?status=x"))) {
      assertThat(response.statusCode()).isBetween(400, 499);
      assertThat(response.headers().firstValue("Content-Type"))
          .contains("application/problem+json");
      var problem = new ObjectMapper().readTree(response.body());
      assertThat(problem.get("status").asInt()).isEqualTo(response.statusCode());
      assertThat(problem.get("request_id").asText())
          .isEqualTo(response.headers().firstValue("X-Request-Id").orElseThrow());
      assertThat(response.body())
          .doesNotContain("Exception")
          .doesNotContain("java.")
          .doesNotContain("Jetty");
    }
  }

  @Test
  void aFaultInAQueryIsShownUnderItsWord() throws IOException {
    var response = house.get("/api/events?q=source.ip%3A10.0.0.0%2F8%20and%20)x");
    assertThat(response.statusCode()).isEqualTo(422);
    var problem = new ObjectMapper().readTree(response.body());
    assertThat(problem.get("parameter").asText()).isEqualTo("q");
    assertThat(problem.get("position").asInt()).isEqualTo(25);
    assertThat(problem.get("length").asInt()).isEqualTo(2);
    String deep = "(".repeat(4_000);
    assertThat(house.get("/api/events?q=" + deep).statusCode()).isEqualTo(422);
  }

  @Test
  void aFaultOfOursIs500WithAnId() {
    house.broken.set(true);
    var response = house.get("/api/stats");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).contains("request").doesNotContain("told to fail");
  }

  @Test
  void timesCanBeWrittenInManyWays() {
    for (String from :
        List.of(
            "0",
            "1700000000000",
            "now-15m",
            "now-2w",
            "2023-01-01T00:00:00Z",
            "2023-01-01T00:00:00%2B02:00")) {
      assertThat(house.get("/api/timeline?from=" + from).statusCode()).as(from).isEqualTo(200);
    }
  }

  @Test
  void whatIsNoHttpIsRefusedPlainly() throws IOException {
    for (String raw :
        List.of(
            "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET /health HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(20_000) + "\r\n\r\n",
            "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\r\n b\r\n\r\n")) {
      try (var socket = house.connect()) {
        socket.setSoTimeout(5_000);
        socket.getOutputStream().write(raw.getBytes(StandardCharsets.ISO_8859_1));
        socket.shutdownOutput();
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(answer)
            .as(raw.substring(0, Math.min(40, raw.length())))
            .startsWith("HTTP/1.1 4");
        assertThat(answer).doesNotContain("etty").doesNotContain("Exception");
      }
    }
  }

  @Test
  void corsIsForOneOriginOnly() {
    house.close();
    house =
        new House(
            clock,
            c ->
                new ServerConfig(
                    c.host(), 0, false, "http://localhost:3000", List.of(), c.version()));
    var ours =
        house.send(
            house
                .request("/api/stats")
                .header("Origin", "http://localhost:3000")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
    assertThat(ours.statusCode()).isEqualTo(204);
    assertThat(ours.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("http://localhost:3000");
    var theirs = house.send(house.asAdmin("/api/stats").header("Origin", "http://localhost:3001"));
    assertThat(theirs.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void withoutCredentialsItAnswersOnlyToLoopback() throws IOException {
    house.close();
    house = new House(clock, GateTest::insecure);
    assertThat(house.send(house.request("/api/session")).body())
        .contains("\"insecure_local\":true");
    assertThat(house.send(house.request("/api/stats")).statusCode()).isEqualTo(200);
    for (String host : List.of("evil.example", "127.0.0.1.evil.example:80", "", "10.0.0.1")) {
      try (var socket = house.connect()) {
        socket.setSoTimeout(5_000);
        String raw = "GET /api/stats HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(raw.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .as(host)
            .startsWith("HTTP/1.1 4")
            .doesNotContain("total_events");
      }
    }
    assertThat(
            house
                .send(
                    house
                        .request("/logs")
                        .header("Origin", "http://evil.example")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"message\":\"x\"}")))
                .statusCode())
        .isEqualTo(403);
    assertThat(house.memory.count()).isZero();
  }

  private static ServerConfig insecure(ServerConfig c) {
    return new ServerConfig(c.host(), 0, true, "", List.of(), c.version());
  }

  @Test
  void withoutCredentialsItListensOnLoopbackOnly() {
    var services =
        new Services(
            house.store,
            house.flow,
            house.access,
            new LiveFeed(InstantSource.system()),
            () -> Vitals.NONE,
            List::of,
            _ -> {});
    for (String host : List.of("0.0.0.0", "::", "192.0.2.1")) {
      var config = new ServerConfig(host, 0, true, "", List.of(), "test");
      assertThatThrownBy(() -> Server.start(config, services, clock))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("loopback only");
    }
    var taken = new ServerConfig("127.0.0.1", house.server.port(), false, "", List.of(), "test");
    assertThatThrownBy(() -> Server.start(taken, services, clock))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("is taken");
  }
}
