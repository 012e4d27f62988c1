package dev.vedette.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.FieldDictionary;
import dev.vedette.parse.LogReader;
import dev.vedette.store.SqliteStore;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The packaged product and everything that it should not be given: each gets a sentence that says
/// what, where and what to do, its exit or HTTP code, and nothing stored is lost.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
  private static final int MIB = 1 << 20;

  @TempDir static Path folder;

  private Centre centre = new Centre(Path.of("unused"));

  @BeforeAll
  void start() throws IOException, InterruptedException {
    centre = new Centre(folder.resolve("data"));
    centre.start();
  }

  @AfterAll
  void stop() {
    centre.close();
  }

  // ---- the command line
  // ---------------------------------------------------------------------------------------------

  @Test
  void whatIsNoOptionIsNamed() throws IOException, InterruptedException {
    assertFails(2, "vedette: Unknown option: '--nonsense'", "analyze", "--nonsense", "x.log");
    assertFails(
        2, "vedette: there is no command 'analyse'; did you mean 'analyze'?", "analyse", "x.log");
    assertFails(2, "there is no command 'lst'; did you mean 'list'?", "rules", "lst");
    assertFails(2, "'--failon'; did you mean '--fail-on'?", "analyze", "--failon", "low", "x.log");
    assertFails(2, "'loud' is no level", "analyze", "--fail-on", "loud", "x.log");
  }

  @Test
  void whoAsksForNothingIsShownEverything() throws IOException, InterruptedException {
    var outcome = Centre.run();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("analyze", "serve", "search", "verify", "doctor");
  }

  @Test
  void rulesThatAreLeftOutAreToldAtTheStart() throws IOException, InterruptedException {
    var rules = Files.createDirectory(folder.resolve("rules"));
    Files.writeString(rules.resolve("bad.yml"), "title: x\ndetection: 7\n");
    try (var broken =
        new Centre(
            folder.resolve("with-rules"), "--rules", rules.toString(), "--syslog-udp", "0")) {
      broken.start();
      assertThat(broken.errors()).contains("rule left out").contains("bad.yml");
      assertThat(broken.output()).contains("syslog udp");
    }
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws IOException, InterruptedException {
    var missing = folder.resolve("missing.log").toString();
    assertFails(3, missing + ": no such file", "analyze", missing);
    assertFails(3, folder + " is a directory", "parse", folder.toString());
    var cut = folder.resolve("cut.log.gz");
    byte[] whole = gzip("a line of some length\n".repeat(10_000).getBytes(UTF_8));
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    assertFails(3, cut.toString(), "analyze", cut.toString());
  }

  @Test
  void hostileFilesAreReadToTheirEnd() throws IOException, InterruptedException {
    var empty = Files.createFile(folder.resolve("empty.log"));
    var hostile = folder.resolve("hostile.log");
    var bytes = new ByteArrayOutputStream();
    String attack = "GET /?q=1%27%20UNION%20SELECT%20a,b%20FROM%20users-- HTTP/1.1";
    bytes.writeBytes(
        ("203.0.113.5 - - [21/Nov/2026:10:00:00 +0000] \"" + attack + "\" 200 5 \"-\" \"")
            .getBytes(UTF_8));
    bytes.writeBytes(
        "\u001b[2J\u001b]0;owned\u0007 \u009b31m\u202egnp.exe\r forged\"\n".getBytes(UTF_8));
    bytes.writeBytes(
        new byte[] {'a', 0, 'b', '\n', (byte) 0xff, (byte) 0xc0, (byte) 0x80, '\n', '\n', 0, '\n'});
    Files.write(hostile, bytes.toByteArray());
    var endless = folder.resolve("endless.log");
    try (var out = Files.newOutputStream(endless)) {
      write(out, 100);
    }
    var bomb = folder.resolve("bomb.log.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(bomb), 1 << 16)) {
      write(out, 300);
    }

    var summary =
        Centre.run(
            "analyze",
            "--json",
            empty.toString(),
            hostile.toString(),
            endless.toString(),
            bomb.toString());
    assertThat(summary.code()).as(summary.err()).isZero();
    assertThat(Caller.json(summary.out()).path("lines").asInt()).as(summary.out()).isEqualTo(7);
    assertThat(Caller.json(summary.out()).path("detections").asInt()).isPositive();

    var report = Centre.run("analyze", hostile.toString());
    assertThat(report.code()).as(report.err()).isZero();
    assertThat(report.out()).contains("SQL injection");
    assertInert(report.out());
    assertInert(report.err());
    var nothing = Centre.run("analyze", empty.toString());
    assertThat(nothing.code()).as(nothing.err()).isZero();
    assertThat(nothing.out()).isNotBlank();
  }

  private static void assertInert(String text) {
    assertThat(text.chars().filter(c -> (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0)))
        .as(text)
        .isEmpty();
    assertThat(text).doesNotContain("\u202e");
  }

  /// `mib` MiB without a line break.
  private static void write(OutputStream out, int mib) throws IOException {
    byte[] chunk = new byte[MIB];
    Arrays.fill(chunk, (byte) 'x');
    for (int i = 0; i < mib; i++) {
      out.write(chunk);
    }
  }

  // ---- starting
  // -----------------------------------------------------------------------------------------------------

  @Test
  void everyProblemOfAConfigurationIsToldAtOnce() throws IOException, InterruptedException {
    var file = folder.resolve("wrong.yaml");
    Files.writeString(
        file,
        """
        prot: 8000
        port: eight
        retention_days: 0
        whitelisted_ips:
          - 192.0.2.1
          - 999.1.1.1
        """);
    var outcome =
        Centre.run(
            Map.of("BRUTE_FORCE_THRESHOLD", "many"),
            folder,
            "serve",
            "--config",
            file.toString(),
            "--workers",
            "-1");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err())
        .contains(file + ":1:1: there is no option 'prot'; did you mean 'port'?")
        .contains(file + ":2:1: port must be a port, 0 to 65535, not 'eight'")
        .contains(file + ":3:1: retention_days must be a whole number from 1 up, not '0'")
        .contains("'999.1.1.1' is not an IP address")
        .contains("environment variable BRUTE_FORCE_THRESHOLD: ")
        .contains("--workers: ");
    Files.writeString(file, "port: [\n");
    assertFails(2, file + ": is not YAML", "serve", "--config", file.toString());
    var doctor = Centre.run("doctor", "--config", file.toString());
    assertThat(doctor.code()).isEqualTo(2);
    assertThat(doctor.out()).contains(file + ": is not YAML");
    var elsewhere = folder.resolve("elsewhere");
    doctor = Centre.run("doctor", "--port", "0", "--data", elsewhere.toString());
    assertThat(doctor.out()).contains("a free one").contains(elsewhere.toString());
    String none = folder.resolve("none.yaml").toString();
    String sentence = "the configuration file " + none + " cannot be read: there is no such file";
    assertFails(3, sentence, "serve", "--config", none);
    assertFails(3, sentence, "doctor", "--config", none);
    assertFails(3, sentence, "stats", "--config", none);
  }

  @Test
  void aFirstStartThatFailsKeepsItsSecretsForOneThatWorks()
      throws IOException, InterruptedException {
    var data = folder.resolve("first");
    assertFails(
        2,
        "--insecure-local asks for no credentials, so it listens on loopback only",
        "serve",
        "--insecure-local",
        "--host",
        "0.0.0.0",
        "--data",
        data.toString());
    assertThat(data).doesNotExist();
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      assertFails(3, "is taken", "serve", "--data", data.toString(), "--port", port);
    }
    try (var open = new Centre(data, "--insecure-local")) {
      open.start();
      assertThat(open.output())
          .doesNotContain("admin password", "ingest token")
          .contains("--insecure-local: nobody is asked for credentials;");
      assertThat(open.calls.login().statusCode()).isEqualTo(401);
      open.stop();
    }
    try (var closed = new Centre(data)) {
      closed.start();
      assertThat(closed.calls.login().statusCode()).isEqualTo(200);
      assertThat(closed.calls.ingest("a line", "1").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whatCannotBeHadEndsTheStartWithASentence() throws IOException, InterruptedException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      var outcome =
          assertFails(
              3,
              "Port " + port + " of 127.0.0.1 is taken or may not be used",
              "serve",
              "--data",
              folder.resolve("taken").toString(),
              "--port",
              port);
      assertThat(outcome.err().strip().lines()).hasSize(1);
    }
    var file = Files.createFile(folder.resolve("a-file"));
    assertFails(
        3,
        "The data directory " + file.resolve("data") + " cannot be created",
        "serve",
        "--data",
        file.resolve("data").toString());
    if (Files.isDirectory(Path.of("/proc/self"))) {
      assertFails(3, "The data directory /proc", "serve", "--data", "/proc/vedette");
    }
  }

  @Test
  void aSecondWriterIsKeptOutAndAReaderMayLook() throws IOException, InterruptedException {
    String expected = "is in use by process " + centre.process().pid();
    String data = folder.resolve("data").toString();
    assertFails(3, expected, "serve", "--data", data, "--port", "0");
    assertFails(3, expected, "users", "reset-password", "--data", data);
    var looked = Centre.run("verify", "--data", data);
    assertThat(looked.code()).as(looked.out() + looked.err()).isZero();
    assertThat(looked.out()).contains("the ledger is sound");
    assertThat(centre.calls.get("/api/stats").statusCode()).isEqualTo(200);
  }

  @Test
  void aDatabaseThatIsNotOursIsLeftAsItIs() throws IOException, InterruptedException, SQLException {
    var data = folder.resolve("newer");
    var dictionary = new FieldDictionary();
    SqliteStore.open(data, () -> new LogReader(dictionary), dictionary).close();
    var file = data.resolve("vedette.db");
    execute(file, "PRAGMA user_version = 99");
    byte[] before = Files.readAllBytes(file);
    assertFails(3, "has schema version 99, this Vedette knows", "serve", "--data", data.toString());
    assertThat(Files.readAllBytes(file)).isEqualTo(before);

    var other = Files.createDirectory(folder.resolve("foreign"));
    var foreign = other.resolve("vedette.db");
    execute(foreign, "CREATE TABLE theirs (x)");
    assertFails(3, "is a database of another program", "serve", "--data", other.toString());

    Files.write(
        foreign,
        "this is no database, and longer than a header of one ".repeat(200).getBytes(UTF_8));
    assertFails(3, foreign.toString(), "serve", "--data", other.toString());
  }

  private static void execute(Path database, String sql) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Centre.Outcome assertFails(int code, String sentence, String... args)
      throws IOException, InterruptedException {
    var outcome = Centre.run(args);
    assertThat(outcome.code()).as(outcome.out() + outcome.err()).isEqualTo(code);
    assertThat(outcome.err()).contains(sentence).doesNotContain("\tat ");
    return outcome;
  }

  // ---- requests
  // -----------------------------------------------------------------------------------------------------

  @Test
  void bodiesThatHoldNothingAreRefused() throws IOException, InterruptedException {
    assertProblem(400, "holds no lines", post(new byte[0]));
    assertProblem(400, "holds no lines", post("\n\r\n\n".getBytes(UTF_8)));
    assertProblem(400, "gzip", post("no gzip".getBytes(UTF_8), "Content-Encoding", "gzip"));
    assertProblem(415, "gzip", post("x".getBytes(UTF_8), "Content-Encoding", "br"));
    assertProblem(415, "text/plain", post("x".getBytes(UTF_8), "Content-Type", "image/png"));
  }

  @Test
  void anEndlessLineIsCutAndAnEndlessBodyRefused() throws IOException, InterruptedException {
    var cut = stream(40, "cut");
    assertThat(cut.statusCode()).as(cut.body()).isEqualTo(200);
    assertThat(Caller.json(cut.body()).path("count").asInt()).isEqualTo(1);
    var found = centre.calls.get("/api/events?limit=1&source=http:cut");
    assertThat(found.body()).contains("[cut by vedette: the line has " + 40L * MIB + " bytes]");
    assertProblem(413, "larger than 64 MiB", stream(100, "endless"));
    assertThat(centre.calls.get("/health").statusCode()).isEqualTo(200);
  }

  /// Posts `mib` MiB without a line break and without saying how much is to come.
  private HttpResponse<String> stream(int mib, String source)
      throws IOException, InterruptedException {
    var body =
        new InputStream() {
          private long left = (long) mib * MIB;

          @Override
          public int read() {
            return left-- > 0 ? 'x' : -1;
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            int n = (int) Math.min(length, left);
            Arrays.fill(bytes, offset, offset + n, (byte) 'x');
            left -= n;
            return n == 0 ? -1 : n;
          }
        };
    return centre.calls.http.send(
        centre
            .calls
            .request("/api/ingest?source=" + source, centre.calls.token())
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aGzipBombIsRefused() throws IOException, InterruptedException {
    var bomb = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bomb)) {
      write(out, 100);
    }
    assertProblem(413, "larger than 64 MiB", post(bomb.toByteArray(), "Content-Encoding", "gzip"));
    byte[] lines = gzip("x\n".repeat(20 * MIB).getBytes(UTF_8));
    assertProblem(413, "unpacks to more than", post(lines, "Content-Encoding", "gzip"));
  }

  @Test
  void everyByteIsAValueAndALineBreakInAStringForgesNoRecord()
      throws IOException, InterruptedException {
    long before = events("http:bytes");
    byte[] body = {
      'n',
      'u',
      'l',
      0,
      '!',
      '\n',
      (byte) 0xff,
      (byte) 0xfe,
      (byte) 0xc0,
      '\n',
      0x1b,
      '[',
      '2',
      'J',
      '\n'
    };
    var answer = post("/api/ingest?source=bytes", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(events("http:bytes") - before).isEqualTo(3);
    var shown = centre.calls.get("/api/events?limit=10&source=http:bytes").body();
    assertThat(shown).contains("nul\\u0000!").doesNotContain("\u001b");

    String forged =
        "{\"message\":\"first\\r\\nNov 21 10:00:00 web1 sshd[1]: Accepted password for root from"
            + " 192.0.2.1 port 22 ssh2\"}";
    long messages = events("http:logs");
    var one =
        centre.calls.http.send(
            centre
                .calls
                .request("/logs", centre.calls.token())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(forged))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(one.statusCode()).as(one.body()).isEqualTo(200);
    assertThat(events("http:logs") - messages).isEqualTo(1);
    var lines = post("/api/ingest?source=forged", (forged + "\n" + forged + "\n").getBytes(UTF_8));
    assertThat(Caller.json(lines.body()).path("count").asInt()).isEqualTo(2);
    assertInert(centre.errors());
  }

  private long events(String source) throws IOException, InterruptedException {
    for (var one : Caller.json(centre.calls.get("/api/sources").body()).path("sources")) {
      if (one.path("name").asText().equals(source)) {
        return one.path("events").asLong();
      }
    }
    return 0;
  }

  @Test
  void whatIsNoJsonIsRefused() throws IOException, InterruptedException {
    for (String body : List.of("", "{", "[]", "{\"message\":7}", "[".repeat(100_000))) {
      var answer = centre.calls.send("POST", "/logs", body);
      assertThat(answer.statusCode()).as(body.length() + " " + answer.body()).isBetween(400, 422);
      assertThat(Caller.json(answer.body()).path("detail").asText()).isNotBlank();
    }
    assertProblem(404, "nothing at this path", centre.calls.get("/api/nothing"));
    assertThat(centre.calls.get("/api/events?nonsense=1").statusCode()).isBetween(400, 422);
    assertThat(centre.calls.get("/api/events?q=%28%28%28").statusCode()).isBetween(400, 422);
  }

  private HttpResponse<String> post(byte[] body, String... headers)
      throws IOException, InterruptedException {
    return post("/api/ingest", body, headers);
  }

  private HttpResponse<String> post(String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    var request = centre.calls.request(path, centre.calls.token());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return centre.calls.http.send(
        request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static void assertProblem(int status, String detail, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(Caller.json(answer.body()).path("detail").asText()).contains(detail);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  // ---- a full disk
  // --------------------------------------------------------------------------------------------------

  @Test
  void aFullDiskRefusesAndGoesOnByItself() throws IOException, InterruptedException {
    var disk = Files.createDirectory(folder.resolve("disk"));
    Assumptions.assumeTrue(
        command("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk.toString()),
        "skipped: no small disk can be mounted here (that needs root on Linux)");
    // Closed last, whatever happens above it: what fails there is then told beside it, not instead.
    try (Closeable _ = () -> unmount(disk);
        var small = new Centre(disk.resolve("data"))) {
      var filler = disk.resolve("filler");
      Files.write(filler, new byte[4 * MIB]);
      small.start();
      var random = new SplittableRandom(11);
      var acknowledged = new ArrayList<String>();
      int status = 200;
      for (int i = 0; i < 400 && status == 200; i++) {
        var batch = noise(random, "full" + i);
        var answer = small.calls.ingest(batch, "full" + i);
        status = answer.statusCode();
        if (status == 200) {
          batch.lines().forEach(acknowledged::add);
        } else {
          assertThat(status).as(answer.body()).isIn(503, 507);
          assertThat(answer.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
          assertThat(Caller.json(answer.body()).path("detail").asText()).contains("no room");
        }
      }
      assertThat(status).as("the disk fills").isNotEqualTo(200);

      var login = small.calls.login();
      assertThat(login.statusCode()).as(login.body() + small.errors()).isEqualTo(200);
      var events = small.calls.get("/api/events?limit=10");
      assertThat(events.statusCode()).as(events.body()).isEqualTo(200);
      assertThat(small.calls.get("/api/stats").statusCode()).isEqualTo(200);

      Files.delete(filler);
      var last = noise(random, "freed");
      Centre.await(
          "it takes events again", 60, () -> small.calls.ingest(last, "freed").statusCode() == 200);
      last.lines().forEach(acknowledged::add);
      assertThat(small.stop()).isIn(0, 143);

      var stored = new ArrayList<String>();
      var verified = Centre.run("verify", "--data", disk.resolve("data").toString());
      assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
      var found =
          Centre.run(
              "search", "--json", "--limit", "10000", "--data", disk.resolve("data").toString());
      found
          .out()
          .lines()
          .forEach(line -> stored.add(Caller.json(line).path("event.original").asText()));
      assertThat(stored).doesNotHaveDuplicates().containsAll(acknowledged);
    }
  }

  private static void unmount(Path disk) throws IOException {
    if (!command("umount", disk.toString())) {
      throw new IOException(disk + " cannot be unmounted: something still uses it");
    }
  }

  /// Lines that do not compress.
  private static String noise(SplittableRandom random, String name) {
    var lines = new StringBuilder();
    for (int line = 0; line < 20; line++) {
      lines.append(name).append(' ').append(line).append(' ');
      for (int i = 0; i < 3_000; i++) {
        lines.append((char) ('!' + random.nextInt(90)));
      }
      lines.append('\n');
    }
    return lines.toString();
  }

  private static boolean command(String... command) {
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
