package dev.vedette.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vedette.event.FieldDictionary;
import dev.vedette.store.SqliteStore;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Holds the server against `openapi.yaml`, and the other way round.
class ContractTest {
  @TempDir Path directory;
  private Schemas schemas;
  private House house;

  @BeforeEach
  void open() throws IOException {
    schemas = new Schemas();
    var dictionary = new FieldDictionary();
    house = new House(SqliteStore.open(directory, () -> House::read, dictionary));
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Map<Contract.Operation, Set<Role>> operations() {
    var operations = new HashMap<Contract.Operation, Set<Role>>();
    for (var path : schemas.contract.path("paths").properties()) {
      for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
        var operation = schemas.operation(method, path.getKey());
        if (!operation.isMissingNode()) {
          var roles = EnumSet.noneOf(Role.class);
          operation.path("x-roles").forEach(w -> roles.add(Role.ofWord(w.asText()).orElseThrow()));
          operations.put(new Contract.Operation(method, path.getKey()), roles);
        }
      }
    }
    return operations;
  }

  @Test
  void theQuickReaderSeesWhatARealParserSees() {
    assertThat(Contract.load().roles()).isEqualTo(operations());
    assertThat(operations().size()).isGreaterThan(25);
  }

  @Test
  void everyRouteIsInTheContractAndEveryOperationIsServed() {
    assertThat(house.server.routes()).isEqualTo(operations().keySet());
  }

  @Test
  void openOperationsSayThatTheyAreOpen() {
    operations()
        .forEach((operation, roles) ->
            assertThat(schemas.operation(operation.method(), operation.path()).has("security"))
                .as("%s", operation)
                .isEqualTo(roles.isEmpty()));
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    var broken = new ArrayList<String>();
    collect(schemas.contract, broken);
    assertThat(broken).isEmpty();
  }

  private void collect(JsonNode node, List<String> broken) {
    if (node.has("$ref") && schemas.resolve(node).isMissingNode()) {
      broken.add(node.get("$ref").asText());
    }
    node.forEach(child -> collect(child, broken));
  }

  @Test
  void everyOperationMeetsExactlyTheRolesOfTheContract() throws IOException {
    var wrong = new TreeSet<String>();
    for (var entry : operations().entrySet()) {
      var operation = entry.getKey();
      String path = operation.path().replace("{id}", "a-1").replace("{ip}", "192.0.2.1");
      // Logging out ends the session that the other requests need.
      String admin =
          operation.path().equals("/api/logout")
              ? house.access.login("admin", house.adminPassword, "127.0.0.1").token()
              : house.adminToken;
      var callers = new HashMap<String, String>();
      callers.put("none", "");
      callers.put("bad", "vdt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
      callers.put("ingest", house.ingestToken);
      callers.put("metrics", house.access.newToken(Role.METRICS, "prometheus"));
      callers.put("admin", admin);
      for (var caller : callers.entrySet()) {
        var request = house.request(path);
        if (!caller.getValue().isEmpty()) {
          request.header("Authorization", "Bearer " + caller.getValue());
        }
        request.method(operation.method(), HttpRequest.BodyPublishers.noBody());
        int status = house.send(request).statusCode();
        boolean open = entry.getValue().isEmpty();
        int expected =
            switch (caller.getKey()) {
              case "none", "bad" -> open ? 0 : 401;
              case "ingest" -> open || entry.getValue().contains(Role.INGEST) ? 0 : 403;
              case "metrics" -> open || entry.getValue().contains(Role.METRICS) ? 0 : 403;
              default -> open || entry.getValue().contains(Role.ADMIN) ? 0 : 403;
            };
        boolean passed = status != 401 && status != 403;
        if (expected == 0 ? !passed : status != expected) {
          wrong.add(operation + " as " + caller.getKey() + ": " + status);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /// One request and the operation it belongs to.
  private void check(String method, String template, int status, HttpResponse<String> response)
      throws IOException {
    String type = response.headers().firstValue("Content-Type").orElse("");
    assertThat(response.statusCode())
        .as("%s %s: %s", method, template, response.body())
        .isEqualTo(status);
    assertThat(schemas.faults(method, template, status, type, response.body()))
        .as("%s %s: %s", method, template, response.body())
        .isEmpty();
    assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
  }

  @Test
  void everyAnswerHasTheShapeOfTheContract() throws IOException {
    check("POST", "/logs", 200, house.json("POST", "/logs", "{\"message\":\"an attack\"}"));
    check("POST", "/logs", 200, house.json("POST", "/logs", "{\"message\":\"nothing\"}"));
    check("POST", "/logs", 400, house.json("POST", "/logs", "{"));
    check("POST", "/logs", 422, house.json("POST", "/logs", "{\"message\":7}"));
    check("POST", "/api/ingest", 200, house.ingest("one attack\ntwo\n"));
    check("POST", "/api/ingest", 400, house.ingest("\n\n"));
    check("POST", "/api/ingest", 422, house.ingest("/api/ingest?source=a%20b", new byte[] {'x'}));
    check(
        "POST",
        "/api/ingest",
        415,
        house.ingest("/api/ingest", new byte[] {'x'}, "Content-Type", "application/json"));

    for (String path :
        List.of(
            "/api/stats",
            "/api/activity",
            "/api/events",
            "/api/events/recent",
            "/api/events/suspicious",
            "/api/trends",
            "/api/timeline",
            "/api/threats",
            "/api/top_ips",
            "/api/alerts",
            "/api/rules",
            "/api/sources",
            "/api/session",
            "/whitelist",
            "/health",
            "/metrics",
            "/docs",
            "/openapi.yaml")) {
      check("GET", path, 200, house.get(path));
      if (!List.of("/health", "/docs", "/openapi.yaml").contains(path)) {
        check("GET", path, 401, house.send(house.request(path)));
        check("GET", path, 403, house.send(house.asIngest(path)));
      }
    }
    check("GET", "/health", 200, house.send(house.request("/health")));
    check("GET", "/alerts", 200, house.get("/alerts?is_anomaly=true"));
    check("GET", "/alerts", 200, house.get("/alerts?is_anomaly=false"));
    check("GET", "/alerts", 422, house.get("/alerts"));
    check("GET", "/alerts", 422, house.get("/alerts?is_anomaly=1"));
    check("GET", "/api/top", 200, house.get("/api/top?dimension=rule"));
    check("GET", "/api/top", 422, house.get("/api/top?dimension=x"));
    check("GET", "/api/entity", 200, house.get("/api/entity?kind=ip&value=192.0.2.7"));
    check("GET", "/api/entity", 200, house.get("/api/entity?kind=user&value=nobody"));
    check("GET", "/api/alerts/{id}", 200, house.get("/api/alerts/a-1"));
    check("GET", "/api/alerts/{id}", 404, house.get("/api/alerts/a-999"));
    check("GET", "/api/alerts/{id}", 422, house.get("/api/alerts/17"));
    check("GET", "/ws", 426, house.get("/ws"));

    String resolved = "{\"status\":\"resolved\"}";
    check("PATCH", "/alerts/{id}", 200, house.json("PATCH", "/alerts/a-1", resolved));
    check("PATCH", "/alerts/{id}", 200, house.json("PATCH", "/alerts/1-1", resolved));
    check("PATCH", "/alerts/{id}", 404, house.json("PATCH", "/alerts/9-9", resolved));
    check("PATCH", "/alerts/{id}", 422, house.json("PATCH", "/alerts/x", resolved));
    check(
        "PATCH", "/alerts/{id}", 422, house.json("PATCH", "/alerts/a-1", "{\"status\":\"gone\"}"));
    check(
        "PATCH",
        "/api/alerts/{id}",
        200,
        house.json("PATCH", "/api/alerts/a-1", "{\"status\":\"new\",\"note\":\"again\"}"));
    check("POST", "/whitelist", 201, house.json("POST", "/whitelist", "{\"ip\":\"8.8.8.8\"}"));
    check("POST", "/whitelist", 422, house.json("POST", "/whitelist", "{\"ip\":\"999.1.1.1\"}"));
    check("DELETE", "/whitelist/{ip}", 200, house.json("DELETE", "/whitelist/8.8.8.8", ""));
    check("DELETE", "/whitelist/{ip}", 404, house.json("DELETE", "/whitelist/8.8.8.8", ""));
    check("POST", "/api/logout", 204, house.json("POST", "/api/logout", ""));
    check("POST", "/api/logout", 401, house.json("POST", "/api/logout", ""));
    check(
        "POST",
        "/api/login",
        200,
        house.json("POST", "/api/login", "{\"password\":\"" + house.adminPassword + "\"}"));
    check("POST", "/api/login", 401, house.json("POST", "/api/login", "{\"password\":\"no\"}"));
  }

  @Test
  void theSimpleApiAnswersToTheLetter() throws IOException {
    var mapper = new ObjectMapper();
    assertThat(mapper.readTree(house.json("POST", "/logs", "{\"message\":\"attack\"}").body()))
        .isEqualTo(mapper.readTree("{\"status\":\"Log submitted successfully\"}"));
    assertThat(
            mapper.readTree(house.json("POST", "/whitelist", "{\"ip\":\"::ffff:8.8.8.8\"}").body()))
        .isEqualTo(mapper.readTree("{\"status\":\"IP added to whitelist\"}"));
    assertThat(house.allowList.get()).containsExactly("8.8.8.8");
    assertThat(mapper.readTree(house.get("/whitelist").body()))
        .isEqualTo(mapper.readTree("{\"whitelisted_ips\":[\"8.8.8.8\"]}"));
    assertThat(mapper.readTree(house.json("DELETE", "/whitelist/8.8.8.8", "").body()))
        .isEqualTo(mapper.readTree("{\"status\":\"IP removed from whitelist\"}"));
    assertThat(house.allowList.get()).isEmpty();
    assertThat(
            mapper.readTree(house.json("PATCH", "/alerts/1-1", "{\"status\":\"resolved\"}").body()))
        .isEqualTo(mapper.readTree("{\"status\":\"Alert status updated successfully\"}"));
    var log = mapper.readTree(house.get("/alerts?is_anomaly=true").body()).get(0);
    assertThat(log.get("id").asText()).isEqualTo("1-1");
    assertThat(log.get("message").asText()).isEqualTo("attack");
    assertThat(log.get("is_anomaly").asBoolean()).isTrue();
    assertThat(log.get("status").asText()).isEqualTo("resolved");
    assertThat(log.get("source_ip").asText()).isEqualTo("192.0.2.7");
    assertThat(log.get("timestamp").asLong() * 1_000)
        .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
  }

  @Test
  void theSimpleApiNamesTheNextPage() throws IOException {
    var mapper = new ObjectMapper();
    for (int i = 0; i < 5; i++) {
      house.json("POST", "/logs", "{\"message\":\"attack " + i + "\"}");
      house.json("POST", "/logs", "{\"message\":\"calm " + i + "\"}");
    }
    for (boolean anomaly : new boolean[] {true, false}) {
      var seen = new ArrayList<String>();
      String path = "/alerts?limit=2&is_anomaly=" + anomaly;
      while (!path.isEmpty()) {
        var page = house.get(path);
        check("GET", "/alerts", 200, page);
        mapper.readTree(page.body()).forEach(log -> seen.add(log.get("id").asText()));
        String link = page.headers().firstValue("Link").orElse("");
        assertThat(link).matches("|</alerts\\?is_anomaly=[^>]+&cursor=[^>]+>; rel=\"next\"");
        path = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
      }
      assertThat(seen).hasSizeGreaterThanOrEqualTo(5).doesNotHaveDuplicates();
    }
    check("GET", "/alerts", 422, house.get("/alerts?is_anomaly=true&cursor=1"));
  }

  @Test
  void theDocumentationPageShowsEveryOperationAndRunsNothing() {
    String page = house.send(house.request("/docs")).body();
    for (var operation : operations().keySet()) {
      assertThat(page).contains("<code>" + operation.path() + "</code>");
    }
    assertThat(page).doesNotContain("<script").doesNotContain(" style=").contains("/docs.css");
  }
}
