import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Writes the log files that `bench/analyze` measures with: the same lines for the same seed.
///
/// `java bench/TrafficGenerator.java KIND LINES SEED FILE`, where KIND is one of
/// - `repeating`: combined access lines of 3,000 visitors, 600 pages, 40 browsers, 4 referrers;
/// - `unique`: combined access lines where nearly every address, query and browser is seen once;
/// - `auth`: lines of sshd, cron and sudo on a server that strangers knock at: 4 of 10 lines are
///   failed logins, by 5,000 addresses.
///
/// One access line in 2,000 is an attack, in either kind.
final class TrafficGenerator {
  private static final DateTimeFormatter CLF =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss +0000", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter BSD =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final String[] ATTACKS = {
    "/item?id=1%27%20UNION%20SELECT%20login,hash%20FROM%20users--%20-",
    "/search?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E",
    "/download?file=../../../../etc/passwd",
    "/.env",
    "/cgi-bin/status?x=;cat%20/etc/passwd",
  };
  private static final String[] SYSTEMS = {
    "X11; Linux x86_64",
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "iPhone; CPU iPhone OS 18_5 like Mac OS X",
  };
  private static final String[] REFERRERS = {
    "-", "https://www.example.com/", "https://search.example.org/?q=shoes", "https://news.example/"
  };
  private static final String[] PAGES = {
    "/", "/p/%d/item-%d.html", "/assets/app.%d.js", "/api/v1/items/%d", "/img/%d/photo-%d.webp"
  };
  private static final String[] STRANGERS = {"admin", "test", "oracle", "ubuntu", "git", "deploy"};

  private final RandomGenerator random;
  private final OutputStream out;

  private TrafficGenerator(long seed, OutputStream out) {
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.out = out;
  }

  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      System.err.println("usage: TrafficGenerator.java repeating|unique|auth LINES SEED FILE");
      System.exit(2);
    }
    long lines = Long.parseLong(args[1]);
    try (var out = new BufferedOutputStream(Files.newOutputStream(Path.of(args[3])), 1 << 20)) {
      var generator = new TrafficGenerator(Long.parseLong(args[2]), out);
      switch (args[0]) {
        case "repeating" -> generator.access(lines, false);
        case "unique" -> generator.access(lines, true);
        case "auth" -> generator.auth(lines);
        default -> throw new IllegalArgumentException(args[0] + " is no kind of log");
      }
    }
  }

  private void access(long lines, boolean unique) throws IOException {
    String[] visitors = many(3_000, this::address);
    String[] browsers = many(40, () -> browser(140));
    String[] pages = many(600, this::page);
    long second = -1;
    String time = "";
    for (long line = 0; line < lines; line++) {
      if (line / 20 != second) {
        second = line / 20;
        time = CLF.format(START.plusSeconds(second));
      }
      String target = unique ? page() + query() : one(pages);
      if (random.nextInt(2_000) == 0) {
        target = one(ATTACKS);
      }
      String referrer =
          unique && random.nextBoolean()
              ? "https://www.example.com/from/" + Long.toHexString(random.nextLong() >>> 32)
              : one(REFERRERS);
      write(
          (unique ? address() : one(visitors))
              + " - - ["
              + time
              + "] \""
              + (random.nextInt(12) == 0 ? "POST " : "GET ")
              + target
              + " HTTP/1.1\" "
              + (random.nextInt(25) == 0 ? "404 " : "200 ")
              + random.nextInt(200, 90_000)
              + " \""
              + referrer
              + "\" \""
              + (unique ? browser(40_000) : one(browsers))
              + "\"\n");
    }
  }

  private void auth(long lines) throws IOException {
    String[] attackers = many(5_000, this::address);
    String[] colleagues = many(20, () -> "10.0.0." + random.nextInt(2, 250));
    for (long line = 0; line < lines; ) {
      String head = BSD.format(START.plusSeconds(line / 5)) + " web1 ";
      String sshd = head + "sshd[" + random.nextInt(1_000, 90_000) + "]: ";
      int port = random.nextInt(1_024, 65_000);
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          String who = one(attackers) + " port " + port;
          String user = one(STRANGERS);
          write(sshd + "Invalid user " + user + " from " + who + "\n");
          write(sshd + "Failed password for invalid user " + user + " from " + who + " ssh2\n");
          write(sshd + "Connection closed by invalid user " + user + " " + who + " [preauth]\n");
          line += 3;
        }
        case 2 -> {
          String who = one(attackers) + " port " + port;
          write(sshd + "Failed password for root from " + who + " ssh2\n");
          write(sshd + "Disconnected from authenticating user root " + who + " [preauth]\n");
          line += 2;
        }
        case 3 -> {
          String who = one(colleagues) + " port " + port;
          String key = "RSA SHA256:" + Long.toString(random.nextLong() >>> 1, 36);
          write(sshd + "Accepted publickey for alice from " + who + " ssh2: " + key + "\n");
          write(sshd + "pam_unix(sshd:session): session opened for user alice(uid=1000)\n");
          write(sshd + "pam_unix(sshd:session): session closed for user alice\n");
          line += 3;
        }
        default -> {
          String cron = head + "CRON[" + random.nextInt(1_000, 90_000) + "]: ";
          write(cron + "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n");
          write(cron + "pam_unix(cron:session): session closed for user root\n");
          write(
              head
                  + "sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; "
                  + "COMMAND=/usr/bin/systemctl reload nginx\n");
          line += 3;
        }
      }
    }
  }

  private String page() {
    return one(PAGES).formatted(random.nextInt(200), random.nextInt(2_000));
  }

  private String query() {
    return "?session=" + Long.toHexString(random.nextLong()) + "&ref=" + random.nextInt(1_000_000);
  }

  private String browser(int versions) {
    int version = random.nextInt(1, versions);
    String system = one(SYSTEMS);
    return random.nextBoolean()
        ? "Mozilla/5.0 (" + system + "; rv:139.0) Gecko/20100101 Firefox/" + version + ".0"
        : "Mozilla/5.0 ("
            + system
            + ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
            + version
            + ".0."
            + random.nextInt(10_000)
            + ".0 Safari/537.36";
  }

  private String address() {
    return random.nextInt(11, 220)
        + "."
        + random.nextInt(256)
        + "."
        + random.nextInt(256)
        + "."
        + random.nextInt(1, 255);
  }

  private String one(String[] from) {
    return from[random.nextInt(from.length)];
  }

  private static String[] many(int count, java.util.function.Supplier<String> make) {
    var out = new String[count];
    for (int i = 0; i < count; i++) {
      out[i] = make.get();
    }
    return out;
  }

  private void write(String line) throws IOException {
    out.write(line.getBytes(StandardCharsets.ISO_8859_1));
  }
}
