package dev.vedette.app;

import dev.vedette.event.Batch;
import dev.vedette.event.Intake;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Confined to its own thread once started. Replays bundled sample traffic, so that a first look
/// shows the product at work: the last day at once, then live for as long as it runs.
///
/// The scenes are files under `demo/`: everyday traffic, a scan, an SQL injection, a brute force
/// that succeeds, a web shell. A line is `+seconds stream text`; `%CLF%` and `%BSD%` become the
/// time as an access log or syslog writes it. The lines take the same way as everyone's: nothing
/// downstream knows that this is a demonstration.
final class DemoTraffic implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DemoTraffic.class);

  private static final long MINUTE_MS = 60_000;
  private static final long HISTORY_MS = 23 * 60 * MINUTE_MS;

  /// How long before the start each attack of [#attacks] was under way, in minutes.
  private static final long[][] ATTACKS_MINUTES_BEFORE = {
    {1_130, 640, 42}, {905, 27}, {14}, {430, 6}
  };

  private static final long SCENE_EVERY_MS = 120_000;
  private static final int BATCH_LINES_MAX = 4_000;
  private static final DateTimeFormatter CLF =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss +0000", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter BSD =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// When, in milliseconds after its scene's start; on which stream; what.
  private record Step(long afterMs, String stream, String template) {}

  private record Line(long timeMs, String stream, String text) {}

  private final Intake intake;
  private final InstantSource clock;
  private final boolean goesOn;
  private final Runnable replayed;
  private final List<Step> everyday = scene("everyday");
  private final List<List<Step>> attacks =
      List.of(scene("scan"), scene("sql-injection"), scene("brute-force"), scene("web-shell"));
  private final Thread thread;

  /// @param goesOn whether an earlier start has stored a day of it already
  /// @param replayed is called when this one has
  DemoTraffic(Intake intake, InstantSource clock, boolean goesOn, Runnable replayed) {
    this.intake = intake;
    this.clock = clock;
    this.goesOn = goesOn;
    this.replayed = replayed;
    this.thread = Thread.ofVirtual().name("demo").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      long startMs = clock.millis();
      if (!goesOn) {
        send(history(startMs));
        replayed.run();
      }
      live(startMs);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.warn(
          "the demonstration stopped: {}",
          e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
    }
  }

  /// The day before `nowMs`: everyday traffic all along, and each attack.
  private List<Line> history(long nowMs) {
    var lines = new ArrayList<Line>();
    long everydayMs = everyday.getLast().afterMs + 500;
    for (long at = nowMs - HISTORY_MS; at + everydayMs < nowMs; ) {
      lay(everyday, at, lines);
      // Nights and days: the pause between two rounds swings over the day, and the last hour is
      // dense.
      double hour = (at / (60.0 * MINUTE_MS)) % 24;
      long pauseMs = Math.round(MINUTE_MS * (4 - 3 * Math.sin((hour - 8) / 24 * 2 * Math.PI)));
      at += everydayMs + (nowMs - at < 60 * MINUTE_MS ? 0 : pauseMs);
    }
    for (int i = 0; i < ATTACKS_MINUTES_BEFORE.length; i++) {
      for (long minutes : ATTACKS_MINUTES_BEFORE[i]) {
        lay(attacks.get(i), nowMs - minutes * MINUTE_MS, lines);
      }
    }
    lines.sort(Comparator.comparingLong(Line::timeMs));
    return lines;
  }

  private void live(long startMs) throws InterruptedException, ExecutionException {
    long laidUntilMs = startMs;
    long nextSceneMs = startMs + 15_000;
    int scene = 0;
    var ahead = new ArrayList<Line>();
    while (true) {
      long nowMs = clock.millis();
      while (laidUntilMs <= nowMs) {
        lay(everyday, laidUntilMs, ahead);
        laidUntilMs += everyday.getLast().afterMs + 500;
      }
      if (nowMs >= nextSceneMs) {
        lay(attacks.get(scene++ % attacks.size()), nowMs, ahead);
        nextSceneMs = nowMs + SCENE_EVERY_MS;
      }
      ahead.sort(Comparator.comparingLong(Line::timeMs));
      int due = 0;
      while (due < ahead.size() && ahead.get(due).timeMs <= nowMs) {
        due++;
      }
      var now = ahead.subList(0, due);
      send(now);
      now.clear();
      Thread.sleep(250);
    }
  }

  private static void lay(List<Step> scene, long startMs, List<Line> into) {
    for (var step : scene) {
      long timeMs = startMs + step.afterMs;
      var time = Instant.ofEpochMilli(timeMs);
      into.add(
          new Line(
              timeMs,
              step.stream,
              step.template.replace("%CLF%", CLF.format(time)).replace("%BSD%", BSD.format(time))));
    }
  }

  /// Sends lines in the order of their time, each stream as a source of its own, and waits until
  /// they are stored.
  private void send(List<Line> lines) throws InterruptedException, ExecutionException {
    for (int from = 0; from < lines.size(); from += BATCH_LINES_MAX) {
      Map<String, ByteArrayOutputStream> streams = new TreeMap<>();
      for (var line : lines.subList(from, Math.min(lines.size(), from + BATCH_LINES_MAX))) {
        var out = streams.computeIfAbsent(line.stream, _ -> new ByteArrayOutputStream());
        out.writeBytes(line.text.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
      }
      for (var stream : streams.entrySet()) {
        byte[] bytes = stream.getValue().toByteArray();
        String hint = stream.getKey().equals("web") ? "nginx/access.log" : "auth.log";
        var batch =
            Batch.ofLines("demo:" + stream.getKey(), hint, clock.millis(), bytes, bytes.length);
        intake.submitPatiently(batch).get();
      }
    }
  }

  private static List<Step> scene(String name) {
    var steps = new ArrayList<Step>();
    try (var in = DemoTraffic.class.getResourceAsStream("/demo/" + name + ".log")) {
      if (in == null) {
        throw new IllegalStateException("the scene " + name + " is not in the jar");
      }
      var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith("+")) {
          int first = line.indexOf(' ');
          int second = line.indexOf(' ', first + 1);
          long afterMs = Math.round(Double.parseDouble(line.substring(1, first)) * 1_000);
          steps.add(
              new Step(afterMs, line.substring(first + 1, second), line.substring(second + 1)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(steps);
  }
}
