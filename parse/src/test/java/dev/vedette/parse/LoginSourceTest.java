package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// Whatever a client puts where his name, his agent, his call id or his host's greeting stands: the
/// source of the failed login is the address that the daemon saw, or none, never one of his choice.
class LoginSourceTest {
  private static final int ROUNDS = Integer.getInteger("vedette.fuzz.rounds", 30_000);

  private static final String CLIENT = "203.0.113.7";

  /// `{}` is the first text that the client chose, `{2}` the second.
  private static final List<String> FORMS =
      List.of(
          "2026-11-21 10:00:00 myapp: Failed login for user {} from 203.0.113.7",
          "2026-11-21 10:00:00 WARN Failed login for user {} from 203.0.113.7 port 4242",
          "2026-11-21 10:00:00 WARN Invalid login from 203.0.113.7 for user {}",
          "2026-11-21 10:00:00 WARN Login failed: {} from 203.0.113.7",
          "2026-11-21 10:00:00 203.0.113.7 Login failed: {}",
          "2026-11-21 10:00:00 WARN Login failed for '{}' from 203.0.113.7",
          "2026-11-21 10:00:00 198.51.100.1 Login failed for user {} from 203.0.113.7",
          "2026-11-21 10:00:00 WARN Login failed for bob from 203.0.113.7, agent \"{}\"",
          "2026-11-21 10:00:00 WARN Login failed for {} from 203.0.113.7, agent \"{2}\"",
          "2026-11-21 10:00:00 WARN Login failed for {} with password {2} from 203.0.113.7",
          "Oct 10 20:55:36 box app[5]: authentication failure; rhost=203.0.113.7 user={}",
          "Oct 10 20:55:36 mx dovecot: pop3-login: Aborted login (auth failed, 1 attempts in 2"
              + " secs): user=<{}>, method=PLAIN, rip=203.0.113.7, lip=198.51.100.1, TLS",
          "Oct 10 20:55:36 mx exim[5]: login authenticator failed for ({}) [203.0.113.7]: 535"
              + " Incorrect authentication data (set_id={2})",
          "[2025-10-10 20:55:36] NOTICE[1]: res_pjsip/pjsip_distributor.c:676 log_failed_request:"
              + " Request 'INVITE' from '{}' failed for '203.0.113.7:5060' (callid: {2}) - No"
              + " matching endpoint found",
          "[2025-10-10 20:55:36] NOTICE[1][C-1] chan_sip.c: Registration from '{}' failed for"
              + " '203.0.113.7:5060' - Wrong password",
          "Oct 10 20:55:36 ftp proftpd[5]: 198.51.100.1 (a.example[203.0.113.7]) - USER {} (Login"
              + " failed): Incorrect password",
          "Fri Oct 10 20:55:36 2025 [pid 2] [{}] FAIL LOGIN: Client \"203.0.113.7\"");

  /// What daemons write around addresses and names, in the hand of a client.
  private static final List<String> PIECES =
      List.of(
          "192.0.2.66",
          "192.0.2.66",
          " from 192.0.2.66",
          " from 192.0.2.66 port 22",
          "([192.0.2.66])",
          "(a.example[192.0.2.66])",
          " [192.0.2.66]",
          " rhost=192.0.2.66",
          ";oip=192.0.2.66;",
          "|192.0.2.66|192.0.2.66",
          "192.0.2.66:1 - \"POST /login HTTP/1.1\" 401",
          " authenticator failed for ",
          " authenticator failed for [192.0.2.66]: 535 Incorrect authentication data",
          ": 535 ",
          "' failed for '",
          "' failed for '192.0.2.66:5060' - Wrong password",
          "] FAIL LOGIN: Client \"192.0.2.66\"",
          "\",LocalAddress=\"IPV4/UDP/192.0.2.66/1\",RemoteAddress=\"IPV4/UDP/192.0.2.66/1\"",
          " - ",
          " for user ",
          " agent \"",
          "x",
          "bob",
          "'",
          "\"",
          ")",
          "]",
          ">",
          ", ",
          ": ",
          " timeout ",
          " said: ",
          " no ",
          "x".repeat(2_100),
          "1.1.1.1 ".repeat(64).replace("1.1.1.1", "192.0.2.66"));

  private final FieldDictionary dictionary = new FieldDictionary();
  private final LogReader reader = new LogReader(dictionary);
  private final Event event = new Event(dictionary);

  private void read(String line) {
    byte[] bytes = line.getBytes(UTF_8);
    reader.read(bytes, 0, bytes.length, LogReaderTest.RECEIVED_MS, "", event);
  }

  @Test
  void noClientNamesTheSource() {
    long seed = Long.getLong("vedette.seed", System.nanoTime());
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    int failures = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String line =
          FORMS
              .get(random.nextInt(FORMS.size()))
              .replace("{2}", words(random))
              .replace("{}", words(random));
      read(line);
      if ("failure".equals(event.text(Ecs.EVENT_OUTCOME))) {
        failures++;
        assertThat(event.text(Ecs.SOURCE_IP)).as("seed %d, %s", seed, line).isIn(CLIENT, null);
      }
    }
    assertThat(failures).as("seed %d", seed).isGreaterThan(ROUNDS / 2);
  }

  private static String words(RandomGenerator random) {
    var text = new StringBuilder();
    for (int pieces = 1 + random.nextInt(4); pieces > 0; pieces--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  /// What is not evil has its source: the forms with plain names.
  @Test
  void plainNamesHideNothing() {
    for (String form : FORMS) {
      read(form.replace("{2}", "x1").replace("{}", "bob"));
      assertThat(event.text(Ecs.EVENT_OUTCOME)).as(form).isEqualTo("failure");
      assertThat(event.text(Ecs.SOURCE_IP))
          .as(form)
          .isEqualTo(form.contains("198.51.100.1 Login") ? null : CLIENT);
    }
  }

  /// However long the name, the daemon's words before and behind it count.
  @Test
  void longNamesHideNoFailure() {
    for (String name :
        List.of("x".repeat(2_100), "x".repeat(5_000), "ab ".repeat(700), "a.b/".repeat(30_000))) {
      for (String form : FORMS) {
        read(form.replace("{2}", "x1").replace("{}", name));
        assertThat(event.text(Ecs.EVENT_OUTCOME))
            .as("%s with %d bytes %s", form, name.length(), name.substring(0, 4))
            .isEqualTo("failure");
        assertThat(event.text(Ecs.SOURCE_IP)).isIn(CLIENT, null);
      }
    }
  }

  /// However long the recipient, what the other side said to our own mail server accuses nobody.
  @Test
  void longNamesMakeNoFailureOfTheServersOwn() {
    for (int length : List.of(10, 2_100, 3_000, 5_000, 100_000)) {
      read(
          "Oct 10 20:55:36 mx postfix/smtp[5]: 4A: to=<"
              + "x".repeat(length)
              + "@a.example>, relay=mx.example[203.0.113.7]:25, delay=1, status=deferred (SASL"
              + " authentication failed; server mx.example[203.0.113.7] said: 535 5.7.8 Error)");
      assertThat(event.text(Ecs.EVENT_OUTCOME)).as("%d bytes", length).isNotEqualTo("failure");
    }
  }

  /// Sixteen times as long may take sixteen times as long, not 256 times.
  @Test
  void longLinesTakeLinearTime() {
    List<String> units =
        List.of(
            " from 1.1.1.1",
            "1.1.1.1, ",
            "1.1.1.1 ",
            "[1.1.1.1",
            "a.a.a[1.1.1.1] ",
            " for ",
            " for x from 1.1.1.1 agent \"",
            " for ((((",
            "user ",
            "from '",
            "_",
            "|1.1.1.1",
            ": 535 ",
            " [1.1.1.1]: 535 Incorrect authentication data",
            "' failed for '1.1.1.1' - ",
            ",LocalAddress=\"IPV4/UDP/1.1.1.1/1\",RemoteAddress=\"IPV4/UDP/1.1.1.1/1\"",
            " - \"",
            "\"",
            "[",
            "( ");
    List<String> heads =
        List.of(
            "2026-11-21 10:00:00 Failed login for user ",
            "2026-11-21 10:00:00 Failed login from [192.0.2.1, ",
            "2026-11-21 10:00:00 Login failed: ",
            "2026-11-21 10:00:00 plain authenticator failed for ",
            "NOTICE[1]: x.c:1 f: Request 'INVITE' from '",
            "SECURITY[1]: x.c:1 f: SecurityEvent=\"InvalidPassword\"",
            "Oct 10 20:55:36 ftp proftpd[5]: failed login (",
            "INFO: 192.0.2.1:1 - \"POST /login");
    for (String head : heads) {
      for (String unit : units) {
        byte[] small = (head + unit.repeat((1 << 16) / unit.length())).getBytes(UTF_8);
        byte[] large = (head + unit.repeat((1 << 20) / unit.length())).getBytes(UTF_8);
        long smallNs = nanos(small, 3);
        // Quadratic work would take 256 times as long; the half second is for a busy machine.
        assertThat(nanos(large, 1))
            .as("%s of %s", head, unit)
            .isLessThan(64 * smallNs + 500_000_000);
      }
    }
  }

  private long nanos(byte[] line, int rounds) {
    ToLongFunction<byte[]> time =
        bytes -> {
          long start = System.nanoTime();
          reader.read(bytes, 0, bytes.length, LogReaderTest.RECEIVED_MS, "", event);
          return System.nanoTime() - start;
        };
    long best = Long.MAX_VALUE;
    for (int i = 0; i < rounds; i++) {
      best = Math.min(best, time.applyAsLong(line));
    }
    return best;
  }
}
