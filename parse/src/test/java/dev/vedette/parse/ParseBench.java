package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.vedette.event.Batch;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Lines per second of CPU time, filling the event, on generated lines of each format. Run by
/// `bench/parse`; the first rounds warm up and are not counted.
final class ParseBench {
  private static final long SEED = 20_260_301;
  private static final int LINES = 20_000;
  private static final int ROUNDS = 40;
  private static final int WARM_UP_ROUNDS = 40;

  private ParseBench() {}

  public static void main(String[] args) {
    System.out.printf(
        "Java %s, %s, seed %d, %d lines of each format%n",
        Runtime.version(), System.getProperty("os.arch"), SEED, LINES);
    for (var entry : formats().entrySet()) {
      measure(entry.getKey(), entry.getValue());
    }
  }

  private static void measure(String name, List<String> lines) {
    byte[] bytes = (String.join("\n", lines) + "\n").getBytes(UTF_8);
    var batch = Batch.ofLines("bench", "", 1_772_366_400_000L, bytes, bytes.length);
    var dictionary = new FieldDictionary();
    var reader = new LogReader(dictionary);
    var event = new Event(dictionary);
    long slots = 0;
    long cpu = 0;
    var threads = ManagementFactory.getThreadMXBean();
    for (int round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      if (round == WARM_UP_ROUNDS) {
        cpu = threads.getCurrentThreadCpuTime();
        slots = 0;
      }
      for (int i = 0; i < batch.count(); i++) {
        reader.read(bytes, batch.start(i), batch.end(i), batch.receivedMs(), "", event);
        slots += event.slots();
      }
    }
    double seconds = (threads.getCurrentThreadCpuTime() - cpu) / 1e9;
    long count = (long) ROUNDS * batch.count();
    System.out.printf(
        "%-14s %6.2f million lines/CPU-s %7.0f MB/CPU-s %5.1f fields per line  (%s, source %s)%n",
        name,
        count / seconds / 1e6,
        (double) ROUNDS * bytes.length / seconds / 1e6,
        (double) slots / count,
        event.dataset().name(),
        event.text(Ecs.SOURCE_IP));
  }

  private static Map<String, List<String>> formats() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    var formats = new LinkedHashMap<String, List<String>>();
    for (String format :
        List.of(
            "combined",
            "common",
            "sshd",
            "syslog",
            "logins",
            "nginx-error",
            "json",
            "logfmt",
            "plain")) {
      var lines = new ArrayList<String>();
      for (int i = 0; i < LINES; i++) {
        lines.add(line(format, i, random));
      }
      formats.put(format, lines);
    }
    return formats;
  }

  private static String line(String format, int i, RandomGenerator random) {
    String ip = "203.0.%d.%d".formatted(random.nextInt(256), random.nextInt(256));
    String time = "%02d:%02d:%02d".formatted(i / 3600 % 24, i / 60 % 60, i % 60);
    String[] pages = {
      "/", "/index.html", "/shop/item.php?id=" + i, "/static/app.%d.js".formatted(i)
    };
    String page = pages[random.nextInt(pages.length)];
    int status = random.nextInt(10) == 0 ? 404 : 200;
    return switch (format) {
      case "combined" ->
          "%s - - [01/Mar/2026:%s +0000] \"GET %s HTTP/1.1\" %d %d \"https://example.org/\" \"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0\""
              .formatted(ip, time, page, status, random.nextInt(50_000), i % 90 + 30, i % 90 + 30);
      case "common" ->
          "%s - bob [01/Mar/2026:%s +0000] \"GET %s HTTP/1.1\" %d %d"
              .formatted(ip, time, page, status, random.nextInt(50_000));
      case "sshd" ->
          "Mar  1 %s bastion sshd[%d]: Failed password for invalid user user%d from %s port %d ssh2"
              .formatted(time, 1000 + i, i % 500, ip, 1024 + random.nextInt(60_000));
      case "syslog" ->
          "Mar  1 %s web01 systemd[1]: Started Session %d of user deploy.".formatted(time, i);
      case "logins" ->
          "Mar  1 %s mail dovecot: imap-login: Disconnected (auth failed, %d attempts in 2 secs): user=<user%d>, method=PLAIN, rip=%s, lip=198.51.100.1, TLS, session=<k%d>"
              .formatted(time, i % 3 + 1, i % 500, ip, i);
      case "nginx-error" ->
          "2026/03/01 %s [error] 54053#0: *%d open() \"/srv/www%s\" failed (2: No such file or directory), client: %s, server: example.org, request: \"GET %s HTTP/1.1\", host: \"example.org\""
              .formatted(time, i, page, ip, page);
      case "json" ->
          "{\"@timestamp\":\"2026-03-01T%s.123Z\",\"log.level\":\"info\",\"message\":\"request done\",\"source\":{\"ip\":\"%s\",\"port\":%d},\"event\":{\"dataset\":\"shop.api\",\"outcome\":\"success\"},\"http\":{\"response\":{\"status_code\":%d}}}"
              .formatted(time, ip, 1024 + random.nextInt(60_000), status);
      case "logfmt" ->
          "time=2026-03-01T%sZ level=info msg=\"request done\" remote_ip=%s path=%s status=%d"
              .formatted(time, ip, page, status);
      default ->
          "2026-03-01 %s INFO [worker-%d] connection from %s closed after %d ms"
              .formatted(time, i % 16, ip, random.nextInt(5_000));
    };
  }
}
