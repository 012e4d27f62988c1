package dev.vedette.app;

import dev.vedette.server.Vitals;
import dev.vedette.sigma.RuleProblem;
import dev.vedette.source.Source;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Thread-safe: guarded by `this`. How the flow is doing: what the pipeline counts, with a rate and
/// a lag over the last seconds.
final class Gauge {
  private static final int SECONDS = 10;

  private final InstantSource clock;
  private final long[] second = new long[SECONDS];
  private final long[] events = new long[SECONDS];
  private final long[] lagMs = new long[SECONDS];

  Gauge(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void committed(Pipeline.Committed committed) {
    long nowMs = clock.millis();
    int slot = slot(nowMs / 1_000);
    events[slot] += committed.events();
    lagMs[slot] = Math.max(lagMs[slot], nowMs - committed.oldestReceivedMs());
  }

  synchronized Vitals vitals(
      Pipeline.Counts counts, List<Source> sources, List<RuleProblem> ruleProblems) {
    long now = clock.millis() / 1_000;
    long recent = 0;
    long worstLagMs = 0;
    // The running second is left out: it is not over.
    for (int i = 0; i < SECONDS; i++) {
      if (second[i] < now && second[i] > now - SECONDS) {
        recent += events[i];
        worstLagMs = Math.max(worstLagMs, lagMs[i]);
      }
    }
    var states = new ArrayList<Vitals.SourceVitals>();
    for (var source : sources) {
      for (var report : source.reports()) {
        states.add(
            new Vitals.SourceVitals(
                report.name(),
                report.running(),
                report.received(),
                report.refused(),
                report.cut(),
                report.dropped(),
                report.problem()));
      }
    }
    var problems = new ArrayList<String>();
    if (!counts.trouble().isEmpty()) {
      problems.add(counts.trouble());
    }
    if (counts.faults() > 0) {
      problems.add(
          counts.faults()
              + " batches were stored without looking at them, because of a fault in the engine;"
              + " see the log");
    }
    if (!ruleProblems.isEmpty()) {
      problems.add(
          Words.count(ruleProblems.size(), "problem")
              + " in the rules; what has one is left out, and 'vedette rules check' tells why");
    }
    return new Vitals(
        counts.accepted(),
        counts.refused(),
        counts.suspicious(),
        counts.detections(),
        counts.queuedBatches(),
        Pipeline.QUEUE_BATCHES_MAX,
        recent / (double) (SECONDS - 1),
        worstLagMs,
        counts.unparsed(),
        states,
        List.of(),
        problems);
  }

  private int slot(long nowSecond) {
    int slot = (int) (nowSecond % SECONDS);
    if (second[slot] != nowSecond) {
      second[slot] = nowSecond;
      events[slot] = 0;
      lagMs[slot] = 0;
    }
    return slot;
  }
}
