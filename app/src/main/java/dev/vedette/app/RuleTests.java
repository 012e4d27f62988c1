package dev.vedette.app;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.parse.LogReader;
import dev.vedette.sigma.FieldMapping;
import dev.vedette.sigma.RuleFile;
import dev.vedette.sigma.RuleHeader;
import dev.vedette.sigma.RuleReader;
import dev.vedette.sigma.SigmaEngine;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Confined to one thread. Runs the positive and negative lines that rules carry, through the
/// parser, the matcher and the correlator, as a live line would go.
final class RuleTests {
  /// A test that went wrong.
  record Failure(String file, String title, boolean positive, List<String> lines) {
    @Override
    public String toString() {
      return file
          + ": '"
          + title
          + "' "
          + (positive ? "does not fire on" : "fires on")
          + ": "
          + String.join(" | ", lines);
    }
  }

  /// @param untested titles of rules without a positive line
  record Result(int rules, int tests, List<Failure> failures, List<String> untested) {}

  /// Lines without a year of their own are read as of this time, so that tests do not depend on the
  /// day they run.
  private static final long RECEIVED_MS = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();

  private final SigmaEngine sigma;
  private final LogReader reader;
  private final Event event;

  RuleTests(List<RuleFile> files) {
    var dictionary = new FieldDictionary();
    var rules = RuleReader.read(files).withEveryStepReporting();
    this.sigma = SigmaEngine.compile(rules, FieldMapping.ecs(), dictionary);
    this.reader = new LogReader(dictionary);
    this.event = new Event(dictionary);
  }

  SigmaEngine sigma() {
    return sigma;
  }

  Result run() {
    var headers = new ArrayList<RuleHeader>();
    sigma.rules().forEach(rule -> headers.add(rule.header()));
    sigma.correlations().forEach(rule -> headers.add(rule.header()));
    var failures = new ArrayList<Failure>();
    var untested = new ArrayList<String>();
    int tests = 0;
    for (var header : headers) {
      var notes = header.notes();
      if (notes.positive().isEmpty()) {
        untested.add(header.title());
      }
      for (var lines : notes.positive()) {
        tests++;
        if (!fired(lines).contains(header.id())) {
          failures.add(new Failure(header.file(), header.title(), true, lines));
        }
      }
      for (var lines : notes.negative()) {
        tests++;
        if (fired(lines).contains(header.id())) {
          failures.add(new Failure(header.file(), header.title(), false, lines));
        }
      }
    }
    return new Result(headers.size(), tests, failures, untested);
  }

  /// The ids of every rule that fires on these lines in order, those that only feed correlations
  /// too.
  Set<String> fired(List<String> lines) {
    var fired = new HashSet<String>();
    var matcher = sigma.matcher();
    var correlator = sigma.correlator();
    var hits = sigma.newHits();
    for (var line : lines) {
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      reader.read(bytes, 0, bytes.length, RECEIVED_MS, "", event);
      int matched = matcher.match(event);
      for (int i = 0; i < matched; i++) {
        fired.add(matcher.rule(i).id());
      }
      long timeMs = event.timeMs() == Event.NO_TIME ? RECEIVED_MS : event.timeMs();
      hits.clear();
      matcher.hits(event, timeMs, 0, hits);
      for (var correlation : correlator.accept(hits)) {
        fired.add(correlation.rule().id());
      }
    }
    return fired;
  }
}
