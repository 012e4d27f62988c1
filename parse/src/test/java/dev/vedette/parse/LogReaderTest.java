package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogReaderTest {
  static final long RECEIVED_MS = Instant.parse("2026-03-01T12:00:00Z").toEpochMilli();

  private final FieldDictionary dictionary = new FieldDictionary();
  private final LogReader reader = new LogReader(dictionary);
  private final Event event = new Event(dictionary);

  private Event read(String line) {
    byte[] bytes = line.getBytes(UTF_8);
    reader.read(bytes, 0, bytes.length, RECEIVED_MS, "", event);
    return event;
  }

  @Test
  void readsACombinedLine() {
    read(
        "203.0.113.7 - alice [10/Oct/2025:13:55:36 -0700] \"GET /shop/item.php?id=7 HTTP/1.1\" 404"
            + " 209 \"https://example.org/\" \"Mozilla/5.0 (X11)\"");
    assertThat(event.dataset().name()).isEqualTo("web.access");
    assertThat(Instant.ofEpochMilli(event.timeMs())).isEqualTo("2025-10-10T20:55:36Z");
    assertThat(event.text(Ecs.SOURCE_IP)).isEqualTo("203.0.113.7");
    assertThat(event.text(Ecs.USER_NAME)).isEqualTo("alice");
    assertThat(event.text(Ecs.HTTP_REQUEST_METHOD)).isEqualTo("GET");
    assertThat(event.text(Ecs.URL_PATH)).isEqualTo("/shop/item.php");
    assertThat(event.text(Ecs.URL_QUERY)).isEqualTo("id=7");
    assertThat(event.text(Ecs.URL_EXTENSION)).isEqualTo("php");
    assertThat(event.text(Ecs.HTTP_VERSION)).isEqualTo("1.1");
    assertThat(event.text(Ecs.HTTP_RESPONSE_STATUS_CODE)).isEqualTo("404");
    assertThat(event.text(Ecs.HTTP_RESPONSE_BODY_BYTES)).isEqualTo("209");
    assertThat(event.text(Ecs.HTTP_REQUEST_REFERRER)).isEqualTo("https://example.org/");
    assertThat(event.text(Ecs.USER_AGENT_ORIGINAL)).isEqualTo("Mozilla/5.0 (X11)");
    assertThat(event.text(Ecs.EVENT_OUTCOME)).isEqualTo("failure");
  }

  @Test
  void readsAFailedLogin() {
    read(
        "Feb 28 09:15:01 bastion sshd[4711]: Failed password for invalid user bob from 203.0.113.7"
            + " port 1 ssh2 from 198.51.100.9 port 4242 ssh2");
    assertThat(event.dataset().name()).isEqualTo("system.auth");
    assertThat(Instant.ofEpochMilli(event.timeMs())).isEqualTo("2026-02-28T09:15:01Z");
    assertThat(event.text(Ecs.HOST_HOSTNAME)).isEqualTo("bastion");
    assertThat(event.text(Ecs.PROCESS_NAME)).isEqualTo("sshd");
    assertThat(event.text(Ecs.PROCESS_PID)).isEqualTo("4711");
    assertThat(event.text(Ecs.SOURCE_IP)).isEqualTo("198.51.100.9");
    assertThat(event.text(Ecs.SOURCE_PORT)).isEqualTo("4242");
    assertThat(event.text(Ecs.USER_NAME)).isEqualTo("bob from 203.0.113.7 port 1 ssh2");
    assertThat(event.text(Ecs.EVENT_CATEGORY)).isEqualTo("authentication");
    assertThat(event.text(Ecs.EVENT_OUTCOME)).isEqualTo("failure");
  }

  @Test
  void aLineBreakAtTheEndIsPartOfNoField() {
    for (String line :
        List.of(
            "203.0.113.7 - - [10/Oct/2025:13:55:36 -0700] \"GET / HTTP/1.1\" 404 209",
            "203.0.113.7 - - [10/Oct/2025:13:55:36 -0700] \"GET / HTTP/1.1\" 404 209 \"-\""
                + " \"curl\"",
            "Feb 28 09:15:01 bastion sshd[4711]: Accepted password for bob from 198.51.100.9 port"
                + " 42 ssh2",
            "Feb 28 09:15:01 bastion sudo: bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
            "<34>1 2026-02-28T09:15:01Z bastion su - ID47 - 'su root' failed for bob",
            "[Sat Feb 28 09:15:01.000001 2026] [core:error] [pid 7] [client 203.0.113.7:80]"
                + " AH00126: bad",
            "2026/02/28 09:15:01 [error] 7#7: *1 open() failed, client: 203.0.113.7, server: web",
            "{\"source.ip\":\"203.0.113.7\",\"user.name\":\"bob\"}",
            "level=error user=bob src=203.0.113.7",
            "login failed for bob from 203.0.113.7")) {
      var expected = slots(read(line));
      String dataset = event.dataset().name();
      for (String end : List.of("\r", "\n", "\r\n", "\r\r\n")) {
        assertThat(slots(read(line + end))).as("%s", line).isEqualTo(expected);
        assertThat(event.dataset().name()).isEqualTo(dataset);
        assertThat(event.original()).isEqualTo(line + end);
      }
    }
  }

  private List<String> slots(Event of) {
    var all = new ArrayList<String>();
    for (int slot = 0; slot < of.slots(); slot++) {
      all.add(dictionary.name(of.field(slot)) + "=" + of.slotText(slot));
    }
    return all;
  }

  @Test
  void keepsPlainText() {
    read("something odd happened at 203.0.113.7, see above");
    assertThat(event.dataset()).isEqualTo(Dataset.PLAIN);
    assertThat(event.text(Ecs.SOURCE_IP)).isEqualTo("203.0.113.7");
    assertThat(event.text(Ecs.MESSAGE)).startsWith("something odd");
    assertThat(event.timeMs()).isEqualTo(Event.NO_TIME);
  }
}
