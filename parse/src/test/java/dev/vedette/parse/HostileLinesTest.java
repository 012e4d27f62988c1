package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever the bytes: an event comes out, its values lie inside their arrays, and the same line
/// gives the same event wherever it lies in its buffer and whatever was read before it.
class HostileLinesTest {
  private static final long SEED = 20_260_301;

  static final List<String> LINES =
      List.of(
          "203.0.113.7 - alice [10/Oct/2025:13:55:36 -0700] \"GET /a%20b?x=%27+or+1 HTTP/1.1\" 404"
              + " 209 \"https://example.org/\" \"Mozilla/5.0 (X11)\" 0.004 \"203.0.113.9,"
              + " 10.0.0.1\"",
          "www.example.org:443 2001:db8::7 - - [10/Oct/2025:13:55:36 +0000] \"\\x16\\x03\\x01\" 400"
              + " 0 \"-\" \"-\"",
          "\"203.0.113.7 - - [10/Oct/2025:13:55:36 +0000] \\\"GET / HTTP/1.1\\\" 200 5 \\\"-\\\""
              + " \\\"curl\\\"\"",
          "[10/Oct/2025:13:55:36 +0000] 203.0.113.7 TLSv1.3 TLS_AES_256_GCM_SHA384 \"GET /x"
              + " HTTP/1.1\" 17",
          "[10/Oct/2025:13:55:36 +0000] - 404 404 - GET https a.example \"/x\" [Client 203.0.113.7]"
              + " [Length 9] [Gzip -] [Sent-to app] \"curl/8\" \"-\"",
          "[Fri Sep 09 10:42:29.902022 2025] [core:error] [pid 35708:tid 4328636416] [client"
              + " 203.0.113.7:4242] AH00128: File does not exist: /srv/x, referer:"
              + " https://a.example/",
          "2025/10/25 14:49:34 [error] 54053#0: *1 open() \"/srv/x\" failed (2: No such file or"
              + " directory), client: 203.0.113.7, server: a, request: \"GET /x HTTP/1.1\", host:"
              + " \"a\"",
          "<86>Feb  9 21:19:40 bastion sshd[8317]: Failed password for invalid user a b from"
              + " 203.0.113.7 port 4242 ssh2",
          "<165>1 2025-10-11T22:14:15.003Z host.example app 123 ID47 [x@1 a=\"b\\]\"] \ufeffhello",
          "2025-08-14T14:30:02.203151+02:00 web01 sudo:      bob : 3 incorrect password attempts ;"
              + " TTY=pts/1 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/sh",
          "Feb  9 21:19:40 bastion su: FAILED SU (to root) bob on pts/0",
          "Feb  9 21:19:40 bastion sshd[1]: pam_unix(sshd:auth): authentication failure; logname="
              + " uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7  user=root",
          "Feb 22 11:47:05 web01 useradd[6995]: new user: name=bob, UID=1001, GID=1001,"
              + " home=/home/bob, shell=/bin/bash, from=/dev/pts/0",
          "Feb 22 11:47:05 web01 systemd-logind[5]: New session 3 of user bob.",
          "Feb 22 11:47:05 web01 CRON[5]: (root) CMD (run-parts /etc/cron.hourly)",
          "Feb 22 11:47:05 fw kernel: [1.2] DROP IN=eth0 OUT= SRC=203.0.113.7 DST=10.0.0.1 LEN=40"
              + " PROTO=TCP SPT=4242 DPT=22 SYN",
          "{\"@timestamp\":\"2025-10-10T20:55:36.123Z\",\"source\":{\"ip\":\"203.0.113.7\"},\"tags\":[\"a\",\"b\"],\"x\\u0041\":\"\\ud83d\\ude00"
              + " \\\"q\\\"\",\"n\":-1.5e3,\"t\":true,\"z\":null}",
          "{\"log\":\"203.0.113.7 - - [10/Oct/2025:13:55:36 +0000] \\\"GET / HTTP/1.1\\\" 200"
              + " 5\\n\",\"stream\":\"stdout\",\"time\":\"2025-10-10T13:55:36.5Z\"}",
          "{\"MESSAGE\":\"Invalid user bob from 203.0.113.7 port"
              + " 4242\",\"SYSLOG_IDENTIFIER\":\"sshd\","
              + "\"_HOSTNAME\":\"bastion\",\"_PID\":\"7\",\"__REALTIME_TIMESTAMP\":\"1760104536000000\"}",
          "time=2025-10-10T20:55:36Z level=info msg=\"user \\\"bob\\\" in\" remote_ip=203.0.113.7",
          "sshd[4711]: Accepted publickey for git from 2001:db8::5 port 4242 ssh2: ED25519"
              + " SHA256:abc",
          "2025-10-10 20:55:36,123 WARN [worker-1] peer 203.0.113.7:80 gone");

  /// The lines above and every golden one.
  private static final List<String> SEEDS =
      Stream.concat(LINES.stream(), GoldenLinesTest.allLines().stream()).toList();

  private final FieldDictionary dictionary = new FieldDictionary();
  private final LogReader reader = new LogReader(dictionary);
  private final Event event = new Event(dictionary);
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

  private String read(byte[] bytes, int from, int to) {
    return read(reader, bytes, from, to);
  }

  // Which array a value lies in is the question here.
  @SuppressWarnings("ReferenceEquality")
  private String read(LogReader by, byte[] bytes, int from, int to) {
    by.read(bytes, from, to, LogReaderTest.RECEIVED_MS, "", event);
    var text = new StringBuilder();
    text.append(event.dataset().name()).append(' ').append(event.timeMs()).append('\n');
    for (int slot = 0; slot < event.slots(); slot++) {
      byte[] array = event.array(slot);
      int a = event.from(slot);
      int b = event.to(slot);
      assertThat(a).isBetween(0, b);
      assertThat(b).isLessThanOrEqualTo(array.length);
      if (array == bytes) {
        assertThat(a).isGreaterThanOrEqualTo(from);
        assertThat(b).isLessThanOrEqualTo(to);
      }
      text.append(dictionary.name(event.field(slot)))
          .append('=')
          .append(new String(array, a, b - a, ISO_8859_1))
          .append('\n');
    }
    return text.toString();
  }

  /// Reads a line alone, again, and in the middle of other bytes; all must agree.
  private void check(byte[] line) {
    try {
      String alone = read(line, 0, line.length);
      assertThat(read(line, 0, line.length)).isEqualTo(alone);
      byte[] shifted = new byte[line.length + 40];
      Arrays.fill(shifted, (byte) "0[\" \\:]}".charAt(random.nextInt(8)));
      int at = random.nextInt(40);
      System.arraycopy(line, 0, shifted, at, line.length);
      assertThat(read(shifted, at, at + line.length)).isEqualTo(alone);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "seed " + SEED + ", line " + new String(line, ISO_8859_1).replace("\n", "\\n"), e);
    }
  }

  @Test
  void linesAsTheyAre() {
    for (String line : SEEDS) {
      byte[] bytes = line.getBytes(UTF_8);
      check(bytes);
      assertThat(event.dataset()).as(line).isNotNull();
    }
  }

  @Test
  void everyTruncation() {
    for (String line : SEEDS) {
      byte[] bytes = line.getBytes(UTF_8);
      for (int length = 0; length <= bytes.length; length++) {
        check(Arrays.copyOf(bytes, length));
        check(Arrays.copyOfRange(bytes, bytes.length - length, bytes.length));
      }
    }
  }

  @Test
  void randomMutations() {
    byte[] special = "\0\n\r\t \"'\\[](){}<>:;,.=-+%&|/#*@!?0189azAZ\u001b\u007f".getBytes(UTF_8);
    for (int round = 0; round < Integer.getInteger("vedette.fuzz.rounds", 30_000); round++) {
      byte[] bytes = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(UTF_8);
      int changes = 1 + random.nextInt(4);
      for (int i = 0; i < changes && bytes.length > 0; i++) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(4)) {
          case 0 -> bytes[at] = special[random.nextInt(special.length)];
          case 1 -> bytes[at] = (byte) random.nextInt();
          case 2 -> {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
            byte[] cut = new byte[bytes.length - (end - at)];
            System.arraycopy(bytes, 0, cut, 0, at);
            System.arraycopy(bytes, end, cut, at, bytes.length - end);
            bytes = cut;
          }
          default -> {
            byte[] other = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(UTF_8);
            int from = random.nextInt(other.length);
            int end = Math.min(other.length, from + 1 + random.nextInt(40));
            byte[] joined = new byte[bytes.length + end - from];
            System.arraycopy(bytes, 0, joined, 0, at);
            System.arraycopy(other, from, joined, at, end - from);
            System.arraycopy(bytes, at, joined, at + end - from, bytes.length - at);
            bytes = joined;
          }
        }
      }
      check(bytes);
    }
  }

  @Test
  void randomBytes() {
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(120)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : 32 + random.nextInt(95));
      }
      check(bytes);
    }
  }

  @Test
  void aLineDoesNotDependOnTheLinesBefore() {
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(UTF_8);
      String after = read(bytes, 0, bytes.length);
      if (round % 20 == 0) {
        assertThat(read(new LogReader(dictionary), bytes, 0, bytes.length))
            .as("seed %d, %s", SEED, new String(bytes, UTF_8))
            .isEqualTo(after);
      }
    }
  }

  @Test
  void emptyAndBlankLinesArePlain() {
    for (String line :
        List.of("", " ", "\t", "\ufeff", "-", "{", "[", "<", "\"", "\0", "\u001b[31m")) {
      byte[] bytes = line.getBytes(UTF_8);
      read(bytes, 0, bytes.length);
      assertThat(event.dataset()).as(line).isEqualTo(Dataset.PLAIN);
    }
  }

  @Test
  void jsonOfAHundredThousandLevels() {
    for (String unit : List.of("{\"a\":", "[")) {
      int depth = 100_000;
      String open = unit.equals("[") ? "{\"a\":" + "[".repeat(depth) : unit.repeat(depth);
      String close = unit.equals("[") ? "]".repeat(depth) + "}" : "1" + "}".repeat(depth);
      byte[] bytes = (open + close).getBytes(UTF_8);
      read(bytes, 0, bytes.length);
      assertThat(event.dataset().name()).isEqualTo("json");
      assertThat(event.slots()).isLessThan(10);
      byte[] unclosed = open.getBytes(UTF_8);
      read(unclosed, 0, unclosed.length);
      assertThat(event.dataset()).isEqualTo(Dataset.PLAIN);
    }
  }

  @Test
  void jsonOfMoreKeysThanAnEventHolds() {
    var text = new StringBuilder("{");
    for (int i = 0; i < 30_000; i++) {
      text.append("\"key").append(i).append("\":").append(i).append(',');
    }
    byte[] bytes = text.append("\"last\":1}").toString().getBytes(UTF_8);
    read(bytes, 0, bytes.length);
    assertThat(event.dataset().name()).isEqualTo("json");
    assertThat(event.isTruncated()).isTrue();
    assertThat(event.slots()).isEqualTo(Event.SLOTS_MAX);
    assertThat(dictionary.size()).isLessThanOrEqualTo(dictionary.capacity());
  }

  /// One MiB of what makes each reader look furthest. Quadratic work would take minutes.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        " ",
        "\"",
        "\\",
        "[",
        "]",
        "{",
        "=",
        "a=1 ",
        "%",
        "%41",
        "%25",
        "1.",
        "1.2.3.4.",
        ":",
        "1:2:",
        " from ",
        " from 1.2.3.4 port 22 ssh2",
        ", client: ",
        " ; ",
        "\" 200 ",
        ",",
        "1.2.3.4,",
        "[10/Oct/2025:13:55:36 +0000] \"",
        "user=",
        " by ",
        "(uid=",
        "'",
        "\\\"",
        "\\x41",
        "\0",
        "\ud83d\ude00"
      })
  void oneMebibyteIsLinear(String unit) {
    List<String> heads =
        List.of(
            "",
            "Feb  9 21:19:40 h sshd[1]: Failed password for ",
            "Feb  9 21:19:40 h sudo: bob : ",
            "Feb  9 21:19:40 h sshd[1]: pam_unix(sshd:auth): authentication failure; ",
            "Feb  9 21:19:40 h su: ",
            "Feb  9 21:19:40 h useradd[1]: new user: ",
            "203.0.113.7 - - [10/Oct/2025:13:55:36 +0000] \"GET /",
            "2025/10/25 14:49:34 [error] 5#0: *1 ",
            "[Fri Sep 09 10:42:29 2025] [core:error] [pid 1] ",
            "{\"a\":\"",
            "a=1 b=\"",
            "<165>1 2025-10-11T22:14:15Z h a 1 - [x ");
    for (String head : heads) {
      byte[] bytes = (head + unit.repeat((1 << 20) / unit.length())).getBytes(UTF_8);
      assertTimeout(
          Duration.ofSeconds(2), () -> read(bytes, 0, bytes.length), () -> head + " of " + unit);
    }
  }

  @Test
  void aCutLineKeepsWhatCameBefore() {
    var tail = new ArrayList<String>(List.of("a".repeat(1 << 19), "%41".repeat(1 << 17)));
    for (String text : tail) {
      byte[] bytes =
          ("203.0.113.7 - - [10/Oct/2025:13:55:36 +0000] \"GET /" + text + " HTTP/1.1\" 200 1")
              .getBytes(UTF_8);
      read(bytes, 0, bytes.length);
      assertThat(event.text(Ecs.SOURCE_IP)).isEqualTo("203.0.113.7");
      assertThat(event.text(Ecs.HTTP_RESPONSE_STATUS_CODE)).isEqualTo("200");
    }
  }
}
