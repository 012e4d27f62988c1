package dev.vedette.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Thread-safe. A client of a centre: sends with its ingest token, asks as its admin.
final class Caller implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final HttpClient http = HttpClient.newHttpClient();
  private volatile int port;
  private volatile String password = "";
  private volatile String token = "";
  private volatile String session = "";

  /// Says where the centre is now.
  void reach(int port, String password, String token) {
    this.port = port;
    this.password = password;
    this.token = token;
    this.session = "";
  }

  int port() {
    return port;
  }

  String token() {
    return token;
  }

  String password() {
    return password;
  }

  /// At once, whatever is under way.
  @Override
  public void close() {
    http.shutdownNow();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  HttpRequest.Builder request(String path, String bearer) {
    return HttpRequest.newBuilder(uri(path))
        .timeout(Duration.ofMinutes(2))
        .header("Authorization", "Bearer " + bearer);
  }

  HttpResponse<String> ingest(String body, String key) throws IOException, InterruptedException {
    return http.send(
        request("/api/ingest", token)
            .header("Content-Type", "text/plain")
            .header("Idempotency-Key", key)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> login() throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri("/api/login"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"user\":\"admin\",\"password\":\"" + password + "\"}"))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /// A bearer token of the admin.
  String admin() throws IOException, InterruptedException {
    if (session.isEmpty()) {
      var answer = login();
      if (answer.statusCode() != 200) {
        throw new IllegalStateException("login: " + answer.body());
      }
      session = json(answer.body()).path("token").asText();
    }
    return session;
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(request(path, admin()).GET().build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        request(path, admin())
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
