package dev.vedette.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vedette.event.Batch;
import dev.vedette.event.Intake;
import dev.vedette.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IngestTest {
  private House house;

  @BeforeEach
  void open() {
    house = new House();
  }

  @AfterEach
  void close() {
    house.close();
  }

  private static JsonNode json(HttpResponse<String> response) {
    try {
      return new ObjectMapper().readTree(response.body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static byte[] gzip(byte[]... parts) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      for (byte[] part : parts) {
        gzip.write(part);
      }
    }
    return out.toByteArray();
  }

  private static byte[] lines(int count, String text) {
    var out = new StringBuilder();
    for (int i = 0; i < count; i++) {
      out.append(text).append(' ').append(i * 7919L).append('\n');
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void answersWithAReceiptThatAClientCanCheck() {
    var receipt = json(house.ingest("/api/ingest?source=web", "one\r\n\ntwo".getBytes(UTF_8)));
    assertThat(receipt.get("source").asText()).isEqualTo("http:web");
    assertThat(receipt.get("first").asLong()).isEqualTo(1);
    assertThat(receipt.get("last").asLong()).isEqualTo(2);
    assertThat(receipt.get("count").asInt()).isEqualTo(2);
    byte[] framed = {0, 0, 0, 3, 'o', 'n', 'e', 0, 0, 0, 3, 't', 'w', 'o'};
    assertThat(receipt.get("sha256").asText())
        .isEqualTo(Access.sha256(new String(framed, StandardCharsets.ISO_8859_1)));
    assertThat(house.memory.lines()).containsExactly("one", "two");
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  @Test
  void keepsEveryLineOfALongBodyPlainAndPacked() throws IOException {
    byte[] body = lines(100_000, "a line of a web server with some length to it");
    var receipt = json(house.ingest("/api/ingest", body));
    assertThat(receipt.get("count").asInt()).isEqualTo(100_000);
    assertThat(receipt.get("receipts").size()).isEqualTo(25);
    long sum = 0;
    for (var part : receipt.get("receipts")) {
      assertThat(part.get("count").asInt()).isLessThanOrEqualTo(Ingest.BATCH_LINES_MAX);
      sum += part.get("count").asLong();
    }
    assertThat(sum).isEqualTo(100_000);
    var packed = json(house.ingest("/api/ingest", gzip(body), "Content-Encoding", "gzip"));
    assertThat(packed.get("count").asInt()).isEqualTo(100_000);
    assertThat(packed.get("sha256")).isEqualTo(receipt.get("sha256"));
    assertThat(house.memory.lines().subList(0, 100_000))
        .isEqualTo(house.memory.lines().subList(100_000, 200_000))
        .isEqualTo(new String(body, UTF_8).lines().toList());
  }

  @Test
  void aRequestSentAgainIsStoredOnce() {
    byte[] body = lines(10_000, "line");
    var first = house.ingest("/api/ingest", body, "Idempotency-Key", "k1");
    var again = house.ingest("/api/ingest", body, "Idempotency-Key", "k1");
    assertThat(json(again)).isEqualTo(json(first));
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(house.memory.count()).isEqualTo(10_000);
    var other = house.ingest("/api/ingest", lines(10_000, "other"), "Idempotency-Key", "k1");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(json(other).get("parameter").asText()).isEqualTo("Idempotency-Key");
    assertThat(house.memory.count()).isEqualTo(10_000);
    assertThat(house.ingest("/api/ingest", body, "Idempotency-Key", "k 2").statusCode())
        .isEqualTo(422);
  }

  @Test
  void aRequestThatFailedMidwayIsFinishedByItsRepetition() {
    byte[] body = lines(40_000, "line");
    house.flow.refuseAfter = 3;
    house.flow.refuse = new Intake.Refused(Intake.Refused.Cause.UNAVAILABLE, 3, "stopping");
    var failed = house.ingest("/api/ingest", body, "Idempotency-Key", "k1");
    assertThat(failed.statusCode()).isEqualTo(503);
    assertThat(failed.headers().firstValue("Retry-After")).contains("3");
    assertThat(json(failed).get("receipts").size()).isEqualTo(3);
    assertThat(house.memory.count()).isEqualTo(3 * Ingest.BATCH_LINES_MAX);
    house.flow.refuse = null;
    var again = json(house.ingest("/api/ingest", body, "Idempotency-Key", "k1"));
    assertThat(again.get("count").asInt()).isEqualTo(40_000);
    assertThat(house.memory.lines()).isEqualTo(new String(body, UTF_8).lines().toList());
  }

  @Test
  void saysWhyNothingIsTakenAndWhenToComeBack() {
    record Case(Intake.Refused.Cause cause, int status) {}
    for (var c :
        List.of(
            new Case(Intake.Refused.Cause.OVERLOADED, 429),
            new Case(Intake.Refused.Cause.UNAVAILABLE, 503),
            new Case(Intake.Refused.Cause.STORE_FULL, 507))) {
      house.flow.refuse = new Intake.Refused(c.cause, 11, "no: " + c.cause);
      for (var response :
          List.of(house.ingest("x\n"), house.json("POST", "/logs", "{\"message\":\"x\"}"))) {
        assertThat(response.statusCode()).isEqualTo(c.status);
        assertThat(response.headers().firstValue("Retry-After")).contains("11");
        assertThat(response.headers().firstValue("Content-Type"))
            .contains("application/problem+json");
        assertThat(json(response).get("detail").asText()).isEqualTo("no: " + c.cause);
      }
    }
    assertThat(house.memory.count()).isZero();
  }

  @Test
  void staysUpWhileTheStoreIsDown() {
    house.memory.broken = StoreException.Kind.FULL;
    assertThat(house.ingest("/api/ingest?source=ingest", new byte[] {'x'}).statusCode())
        .isIn(503, 507);
    assertThat(house.get("/api/stats").statusCode()).isEqualTo(507);
    assertThat(house.send(house.request("/health")).statusCode()).isEqualTo(503);
    assertThat(house.send(house.request("/health")).body()).isEqualTo("{\"status\":\"down\"}");
    assertThat(house.get("/health").body()).contains("told to fail");
    house.memory.broken = null;
    assertThat(house.ingest("x").statusCode()).isEqualTo(200);
  }

  @Test
  void refusesBombsBeforeAnythingIsStored() throws IOException {
    byte[] mebibyte = new byte[1 << 20];
    Arrays.fill(mebibyte, (byte) '\n');
    for (int i = 0; i < mebibyte.length; i += 2) {
      mebibyte[i] = 'x';
    }
    var parts = new byte[200][];
    Arrays.fill(parts, mebibyte);
    byte[] bomb = gzip(parts);
    assertThat(bomb.length).isLessThan(1 << 20);
    var response = house.ingest("/api/ingest", bomb, "Content-Encoding", "gzip");
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(house.memory.count()).isZero();
    // One line that never ends is cut until the body is too large.
    Arrays.fill(mebibyte, (byte) 0);
    var zeros = house.ingest("/api/ingest", gzip(parts), "Content-Encoding", "gzip");
    assertThat(zeros.statusCode()).isEqualTo(413);
    assertThat(house.memory.count()).isZero();
  }

  @Test
  void refusesBodiesOver64MiB() {
    long length = Ingest.BODY_BYTES_MAX + 1;
    var announced =
        house.send(
            house
                .asIngest("/api/ingest")
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> endless(length))));
    assertThat(announced.statusCode()).isEqualTo(413);
  }

  @Test
  void cutsTheLineThatIsTooLongAndMarksIt() {
    int length = 10 << 20;
    var receipt =
        json(
            house.send(
                house
                    .asIngest("/api/ingest")
                    .header("Content-Type", "text/plain")
                    .POST(HttpRequest.BodyPublishers.ofInputStream(() -> endless(length)))));
    assertThat(receipt.get("count").asInt()).isEqualTo(1);
    assertThat(house.memory.lines().getFirst()).endsWith(Batch.cutMark(length));
  }

  /// A body without a line break.
  private static InputStream endless(long length) {
    return new InputStream() {
      private long left = length;

      @Override
      public int read() {
        return left-- > 0 ? 'x' : -1;
      }

      @Override
      public int read(byte[] bytes, int offset, int count) {
        int n = (int) Math.min(count, left);
        Arrays.fill(bytes, offset, offset + n, (byte) 'x');
        left -= n;
        return n == 0 ? -1 : n;
      }
    };
  }

  @Test
  void refusesDamagedGzip() throws IOException {
    byte[] whole = gzip(lines(1_000, "line"));
    byte[] half = Arrays.copyOf(whole, whole.length / 2);
    byte[] flipped = whole.clone();
    flipped[whole.length - 6] ^= 1;
    for (byte[] bad : List.of(half, flipped, "no gzip".getBytes(UTF_8), new byte[0])) {
      assertThat(house.ingest("/api/ingest", bad, "Content-Encoding", "gzip").statusCode())
          .isEqualTo(400);
    }
    assertThat(house.ingest("/api/ingest", whole, "Content-Encoding", "br").statusCode())
        .isEqualTo(415);
    assertThat(house.memory.count()).isZero();
  }

  @Test
  void everyByteSequenceIsKept() {
    var all = new ByteArrayOutputStream();
    for (int b = 0; b < 256; b++) {
      if (b != '\n') {
        all.write(b);
      }
    }
    all.write('x');
    assertThat(house.ingest("/api/ingest", all.toByteArray()).statusCode()).isEqualTo(200);
    assertThat(house.memory.lines()).containsExactly(new String(all.toByteArray(), UTF_8));
  }

  @Test
  void aMessageStaysOneRecordWhateverItHolds() {
    String forged =
        "a\\r\\nOct 10 13:55:36 host sshd[1]: Accepted password for root\\u0000\\u2028x";
    assertThat(house.json("POST", "/logs", "{\"message\":\"" + forged + "\"}").statusCode())
        .isEqualTo(200);
    assertThat(house.memory.lines())
        .containsExactly("a\r\nOct 10 13:55:36 host sshd[1]: Accepted password for root\0\u2028x");
    // Half of a surrogate pair is no character: it becomes U+FFFD.
    assertThat(house.json("POST", "/logs", "{\"message\":\"x\\ud800y\"}").statusCode())
        .isEqualTo(200);
    assertThat(house.memory.lines().getLast()).isEqualTo("x\ufffdy");
  }

  @Test
  void hostileJsonIsAnswered400() {
    for (String body :
        List.of(
            "",
            "null",
            "[]",
            "{\"message\":\"a\",\"message\":\"b\"}",
            "{\"message\":\"a\"}{}",
            "{\"message\":\"a\"",
            "{\"message\":" + "[".repeat(100_000),
            "{\"x\":" + "{\"x\":".repeat(100_000),
            "{\"x\":" + "9".repeat(10_000) + "}",
            "{\"" + "k".repeat(10_000) + "\":1}",
            "{\"message\":'a'}",
            "{\"message\":\"a\n\"}")) {
      var response = house.json("POST", "/logs", body);
      assertThat(response.statusCode()).as("%.60s", body).isEqualTo(400);
      assertThat(response.body()).doesNotContain("Exception").doesNotContain("com.fasterxml");
    }
    byte[] badUtf8 = "{\"message\":\"\u00ff\u00fe\"}".getBytes(StandardCharsets.ISO_8859_1);
    var response =
        house.send(
            house
                .asAdmin("/logs")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(badUtf8)));
    assertThat(response.statusCode()).isEqualTo(400);
    for (String body :
        List.of("{}", "{\"message\":null}", "{\"message\":\"  \"}", "{\"message\":{}}")) {
      assertThat(house.json("POST", "/logs", body).statusCode()).as("%s", body).isEqualTo(422);
    }
    String long1 = "{\"message\":\"" + "x".repeat(Batch.LINE_BYTES_MAX + 1) + "\"}";
    assertThat(house.json("POST", "/logs", long1).statusCode()).isEqualTo(413);
    assertThat(house.memory.count()).isZero();
  }

  @Test
  void sourcesAreBounded() {
    for (int i = 0; i < SourceNames.MAX; i++) {
      house.store.openSource("http:s" + i, "");
    }
    assertThat(house.ingest("/api/ingest?source=s7", new byte[] {'x'}).statusCode()).isEqualTo(200);
    assertThat(house.ingest("/api/ingest?source=new", new byte[] {'x'}).statusCode())
        .isEqualTo(422);
  }

  @Test
  void lineBreaksAtTheEndAreNoPartOfALine() {
    house.json("POST", "/logs", "{\"message\":\"one\\r\\n\"}");
    house.ingest("two\r\nthree\r\n");
    house.ingest("four\r");
    assertThat(house.memory.lines()).containsExactly("one", "two", "three", "four");
  }

  @Test
  void aNameCountsOnlyOnceSomethingIsStored() {
    for (int i = 0; i < SourceNames.MAX - 1; i++) {
      house.store.openSource("http:s" + i, "");
    }
    // Followed files and the like are none of a client's names.
    house.store.openSource("file:/var/log/auth.log", "");
    house.flow.refuse = new Intake.Refused(Intake.Refused.Cause.OVERLOADED, 1, "told to refuse");
    for (int i = 0; i < 5; i++) {
      assertThat(house.ingest("/api/ingest?source=no" + i, new byte[] {'x'}).statusCode())
          .isEqualTo(429);
      assertThat(house.ingest("/api/ingest?source=empty" + i, new byte[] {'\n'}).statusCode())
          .isEqualTo(400);
    }
    house.flow.refuse = null;
    assertThat(house.ingest("/api/ingest?source=last", new byte[] {'x'}).statusCode())
        .isEqualTo(200);
    assertThat(house.ingest("/api/ingest?source=one-more", new byte[] {'x'}).statusCode())
        .isEqualTo(422);
    assertThat(house.ingest("/api/ingest?source=last", new byte[] {'y'}).statusCode())
        .isEqualTo(200);
  }

  @Test
  void linesOfARefusedRequestThatTheIntakeNeverSawAreCounted() {
    house.flow.refuse = new Intake.Refused(Intake.Refused.Cause.OVERLOADED, 1, "told to refuse");
    assertThat(house.ingest("/api/ingest", lines(10_000, "line")).statusCode()).isEqualTo(429);
    // The first batch of the request was offered: the intake counts it.
    assertThat(house.get("/metrics").body())
        .contains("\nvedette_events_refused_total " + (10_000 - Ingest.BATCH_LINES_MAX) + "\n");
    // A request that is wrong is no lack of room.
    house.flow.refuse = null;
    assertThat(house.ingest("/api/ingest", new byte[] {'\n'}).statusCode()).isEqualTo(400);
    assertThat(house.get("/metrics").body())
        .contains("\nvedette_events_refused_total " + (10_000 - Ingest.BATCH_LINES_MAX) + "\n");
  }

  @Test
  void aBodyThatBreaksOffLeavesNothing() throws IOException {
    try (var socket = house.connect()) {
      String head =
          "POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + house.ingestToken
              + "\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n";
      socket.getOutputStream().write((head + "one\ntwo\n").getBytes(UTF_8));
      socket.getOutputStream().flush();
      socket.shutdownOutput();
      socket.setSoTimeout(10_000);
      new ByteArrayInputStream(socket.getInputStream().readAllBytes()).close();
    }
    assertThat(house.memory.count()).isZero();
  }
}
