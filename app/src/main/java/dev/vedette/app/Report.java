package dev.vedette.app;

import dev.vedette.event.Alert;
import dev.vedette.event.Entity;
import dev.vedette.event.Severity;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Confined to one thread. The report of `vedette analyze` for people: the answer in a sentence,
/// then what happened, by whom, how sure, and what to do. Everything that came out of a log is made
/// [Inert] first.
final class Report {
  private static final int ALERTS_MAX = 25;
  private static final int SOURCES_MAX = 10;
  private static final int ADVICE_MAX = 8;

  /// Below the title of its finding.
  private static final int REASON_INDENT = 18;

  private static final int REASON_MAX = 240;
  private static final int TITLE_MIN = 20;
  private static final int TITLE_MAX = 48;
  private static final int WIDTH = 100;
  private static final int DAY_CHARS = "2026-11-21".length();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final PrintStream out;
  private final boolean colour;

  Report(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  void print(Analysis.Summary s, Engine engine) {
    out.println(bold(answer(s)));
    out.println();
    out.printf(
        Locale.ROOT,
        "%s in %.1f s (%,.0f lines/s), %s%s%n",
        Words.count(s.lines(), "line"),
        s.durationMs() / 1e3,
        s.lines() * 1e3 / Math.max(1, s.durationMs()),
        s.lines() > s.empty()
            ? TIME.format(at(s.firstMs())) + " to " + TIME.format(at(s.lastMs())) + " UTC"
            : "no events",
        s.unparsed() == 0
            ? ""
            : "; " + Words.count(s.unparsed(), "line") + " of no known format (searched as text)");
    if (s.alerts().isEmpty()) {
      out.printf(
          "None of the %d rules found anything.%n",
          engine.rules().size() + engine.correlations().size());
      return;
    }
    what(s);
    if (s.notToldApart() > 0) {
      out.printf(
          Locale.ROOT,
          "%n  More attackers than memory to tell apart: %,d detections are counted under 'others'"
              + " (VEDETTE_HEAP=4g has room for more).%n",
          s.notToldApart());
    }
    who(s);
    advice(s);
  }

  private String answer(Analysis.Summary s) {
    var counts = new EnumMap<Severity, Integer>(Severity.class);
    for (var alert : s.alerts()) {
      counts.merge(alert.severity(), 1, Integer::sum);
    }
    int serious = counts.getOrDefault(Severity.CRITICAL, 0) + counts.getOrDefault(Severity.HIGH, 0);
    if (s.alerts().isEmpty()) {
      return "No attack found.";
    }
    var worst = s.alerts().getFirst();
    String rest = s.alerts().size() == 1 ? "" : " Worst: ";
    if (serious == 0) {
      return Words.count(s.alerts().size(), "thing")
          + " worth a look, nothing serious. "
          + Inert.cut(worst.reason(), 200);
    }
    return Words.count(serious, "attack")
        + (serious == 1 ? " needs" : " need")
        + " you"
        + (s.alerts().size() > serious
            ? " (" + Words.count(s.alerts().size() - serious, "lesser finding") + " beside)"
            : "")
        + "."
        + (rest.isEmpty() ? " " : rest)
        + Inert.cut(worst.reason(), 200);
  }

  /// By entity, the worst first, so that what one attacker did stands together: one request often
  /// trips several rules.
  private void what(Analysis.Summary s) {
    var byEntity = new LinkedHashMap<Entity, List<Alert>>();
    s.alerts()
        .forEach(
            alert -> byEntity.computeIfAbsent(alert.entity(), _ -> new ArrayList<>()).add(alert));
    boolean oneDay =
        TIME.format(at(s.firstMs())).regionMatches(0, TIME.format(at(s.lastMs())), 0, DAY_CHARS);
    int width =
        Math.clamp(
            s.alerts().stream().mapToInt(alert -> alert.title().length()).max().orElse(0),
            TITLE_MIN,
            TITLE_MAX);
    out.println();
    out.println(bold("What happened, by whom"));
    out.printf(
        "    %-13s %-" + width + "s %7s  %s%n", "severity", "what", "events", "first - last (UTC)");
    int shown = 0;
    for (var entity : byEntity.entrySet()) {
      var alerts = entity.getValue();
      if (shown > 0 && shown + alerts.size() > ALERTS_MAX) {
        break;
      }
      out.println(
          "  "
              + bold(Inert.cut(entity.getKey().value(), 60))
              + "  "
              + sure(alerts)
              + (alerts.size() == 1 ? "" : ", " + Words.count(alerts.size(), "rule")));
      for (var alert : alerts.subList(0, Math.min(ALERTS_MAX, alerts.size()))) {
        out.printf(
            Locale.ROOT,
            "    %s %-" + width + "s %,7d  %s%n",
            severity(alert.severity(), 13),
            Inert.cutAtWord(alert.title(), width),
            alert.events(),
            span(alert, oneDay));
        if (alert.severity().isAtLeast(Severity.HIGH)) {
          for (String line : wrap(Inert.cut(alert.reason(), REASON_MAX), WIDTH - REASON_INDENT)) {
            out.println(dim(" ".repeat(REASON_INDENT) + line));
          }
        }
      }
      shown += Math.min(ALERTS_MAX, alerts.size());
    }
    if (shown < s.alerts().size()) {
      out.printf(
          Locale.ROOT,
          "  ... and %,d more; --alerts FILE writes all of them.%n",
          s.alerts().size() - shown);
    }
  }

  private void who(Analysis.Summary s) {
    if (s.bySource().isEmpty()) {
      return;
    }
    out.println();
    out.println(bold("Sources"));
    out.printf("  %-40s %10s %6s  %-13s %s%n", "source", "detections", "rules", "worst", "classes");
    var sources = new ArrayList<>(s.bySource().entrySet());
    sources.sort(
        Comparator.comparing((Map.Entry<String, Analysis.SourceCount> e) -> e.getValue().worst)
            .thenComparingLong(e -> e.getValue().detections)
            .reversed());
    for (var entry : sources.subList(0, Math.min(SOURCES_MAX, sources.size()))) {
      var source = entry.getValue();
      out.printf(
          Locale.ROOT,
          "  %-40s %,10d %6d  %s %s%n",
          Inert.cut(entry.getKey(), 40),
          source.detections,
          source.rules.size(),
          severity(source.worst, 13),
          String.join(
              ", ",
              source.classes.stream().map(c -> c.word().replace('_', ' ')).sorted().toList()));
    }
    if (sources.size() > SOURCES_MAX) {
      out.printf(Locale.ROOT, "  ... and %,d more.%n", sources.size() - SOURCES_MAX);
    }
  }

  private void advice(Analysis.Summary s) {
    var advice = new LinkedHashMap<String, String>();
    for (var alert : s.alerts()) {
      if (!alert.advice().isEmpty() && advice.size() < ADVICE_MAX) {
        advice.putIfAbsent(alert.advice(), alert.title());
      }
    }
    if (advice.isEmpty()) {
      return;
    }
    out.println();
    out.println(bold("What to do"));
    advice.forEach((what, title) -> {
      var lines = wrap(Inert.of(title) + ": " + Inert.of(what).strip(), WIDTH - 4);
      out.println("  - " + lines.getFirst());
      lines.stream().skip(1).forEach(line -> out.println("    " + line));
    });
  }

  /// How sure the findings about one entity are: the more rules agree, the surer.
  private static String sure(List<Alert> alerts) {
    var worst = alerts.getFirst();
    if (worst.severity() == Severity.CRITICAL || alerts.size() >= 3) {
      return "very sure";
    }
    return alerts.size() == 2 || worst.events() >= 5 || worst.severity() == Severity.HIGH
        ? "fairly sure"
        : "perhaps";
  }

  private static String span(Alert alert, boolean oneDay) {
    String first = TIME.format(at(alert.firstMs()));
    String last = TIME.format(at(alert.lastMs()));
    boolean sameDay = oneDay || first.regionMatches(0, last, 0, DAY_CHARS);
    String from = oneDay ? first.substring(DAY_CHARS + 1) : first;
    return first.equals(last)
        ? from
        : from + " - " + (sameDay ? last.substring(DAY_CHARS + 1) : last);
  }

  private static Instant at(long timeMs) {
    return Instant.ofEpochMilli(timeMs);
  }

  private static List<String> wrap(String text, int width) {
    var lines = new ArrayList<String>();
    var line = new StringBuilder();
    for (var word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  private String severity(Severity severity, int width) {
    String padded = String.format("%-" + width + "s", severity.word());
    if (!colour) {
      return padded;
    }
    String code =
        switch (severity) {
          case CRITICAL -> "\u001b[1;31m";
          case HIGH -> "\u001b[31m";
          case MEDIUM -> "\u001b[33m";
          case LOW -> "\u001b[36m";
          case INFORMATIONAL -> "\u001b[2m";
        };
    return code + padded + "\u001b[0m";
  }

  private String dim(String text) {
    return colour ? "\u001b[2m" + text + "\u001b[0m" : text;
  }

  private String bold(String text) {
    return colour ? "\u001b[1m" + text + "\u001b[0m" : text;
  }
}
