package dev.vedette.app;

import dev.vedette.alert.AlertDesk;
import dev.vedette.event.Alert;
import dev.vedette.event.Batch;
import dev.vedette.event.Detection;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import dev.vedette.sigma.CorrelationHits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Confined to the thread that calls [#run]. One pass of the engine over files: workers pull chunks
/// and match, this thread takes their findings in the order of the file, correlates, and counts.
///
/// The chunks' buffers go round: a worker takes one from the pool, and this thread puts it back
/// when it has taken its findings, so memory is the same for a file of a megabyte and of a
/// terabyte. What grows is only what is counted by entity, and that is capped.
final class Analysis {
  /// Attackers that are counted one by one.
  static final int SOURCES_MAX = 200_000;

  private static final int CHUNKS_PER_WORKER = 3;

  /// What one pass found.
  ///
  /// @param notToldApart detections that were counted by rule alone, since there were more
  ///   attackers than memory for them
  /// @param firstMs earliest event time; [Long#MAX_VALUE] where there is no event
  record Summary(
      long lines,
      long empty,
      long unparsed,
      long detections,
      long notToldApart,
      long suspicious,
      Map<ThreatClass, Long> byClass,
      Map<String, RuleCount> byRule,
      Map<String, SourceCount> bySource,
      List<Alert> alerts,
      @Nullable Severity worst,
      long firstMs,
      long lastMs,
      long durationMs) {}

  /// How often a rule fired.
  static final class RuleCount {
    final String title;
    Severity severity;
    long detections;

    RuleCount(String title, Severity severity) {
      this.title = title;
      this.severity = severity;
    }
  }

  /// How often an address was seen in detections, and by how many rules.
  static final class SourceCount {
    long detections;
    Severity worst = Severity.INFORMATIONAL;
    final Set<String> rules = new HashSet<>();
    final Set<ThreatClass> classes = EnumSet.noneOf(ThreatClass.class);
  }

  /// A detection with its place in the files.
  record Located(String file, long line, Detection detection) {}

  /// What goes round: a chunk of a file, and what was found in it.
  private record Buffers(LineChunks.Chunk chunk, CorrelationHits hits) {}

  private record Done(
      long number, Buffers buffers, Batch batch, int newlines, Engine.Findings findings)
      implements Comparable<Done> {
    @Override
    public int compareTo(Done other) {
      return Long.compare(number, other.number);
    }
  }

  private final Engine engine;
  private final LineChunks chunks;
  private final int workers;
  private final long nowMs;
  private final @Nullable Consumer<Located> sink;
  private final AlertDesk desk = new AlertDesk(AlertDesk.Memory.NONE, Integer.MAX_VALUE);

  private final Map<ThreatClass, Long> byClass = new EnumMap<>(ThreatClass.class);
  private final Map<String, RuleCount> byRule = new HashMap<>();
  private final Map<String, SourceCount> bySource = new HashMap<>();
  private volatile long linesSoFar;
  private long detections;
  private long notToldApart;
  private @Nullable Severity worst;

  /// @param nowMs stands in for the time of receipt: completes times without a year
  /// @param sink is given every detection in the order of the lines; null where nobody looks at
  ///   single ones, which makes an attacked log several times cheaper to read
  Analysis(
      Engine engine, LineChunks chunks, int workers, long nowMs, @Nullable Consumer<Located> sink) {
    this.engine = engine;
    this.chunks = chunks;
    this.workers = workers;
    this.nowMs = nowMs;
    this.sink = sink;
  }

  /// Lines whose findings were taken so far; for the progress bar, from any thread.
  long linesSoFar() {
    return linesSoFar;
  }

  Summary run() throws IOException, InterruptedException {
    long startNs = System.nanoTime();
    var pool = new ArrayBlockingQueue<Buffers>(workers * CHUNKS_PER_WORKER);
    for (int i = 0; i < workers * CHUNKS_PER_WORKER; i++) {
      pool.add(new Buffers(new LineChunks.Chunk(), engine.newHits()));
    }
    var done = new PriorityBlockingQueue<Done>();
    var failure = new AtomicReference<@Nullable Throwable>();
    var reader = Thread.currentThread();
    var threads = new ArrayList<Thread>();
    var counted = new ArrayList<Sightings>();
    for (int i = 0; i < workers; i++) {
      var sightings = new Sightings(engine::advice, sightingsBytes());
      counted.add(sightings);
      threads.add(
          Thread.ofPlatform()
              .name("analyze-" + i)
              .daemon()
              .start(() -> {
                try {
                  work(pool, done, sightings, reader);
                } catch (IOException | RuntimeException | Error e) {
                  failure.compareAndSet(null, e);
                } catch (InterruptedException _) {
                  Thread.currentThread().interrupt();
                } finally {
                  LockSupport.unpark(reader);
                }
              }));
    }
    var ordered = engine.ordered(Integer.MAX_VALUE);
    var state = new Progress();
    while (true) {
      var head = done.peek();
      if (head != null && head.number == state.next) {
        var taken = done.remove();
        take(taken, ordered, state);
        pool.add(taken.buffers);
        continue;
      }
      boolean ended = threads.stream().noneMatch(Thread::isAlive);
      if (failure.get() != null || (ended && done.isEmpty())) {
        break;
      }
      if (!ended) {
        LockSupport.parkNanos(2_000_000);
      }
    }
    threads.forEach(Thread::interrupt);
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    tally(Sightings.together(counted));
    return new Summary(
        state.lines,
        state.empty,
        state.unparsed,
        detections,
        notToldApart,
        state.suspicious,
        byClass,
        byRule,
        bySource,
        desk.all(),
        worst,
        state.firstMs,
        state.lastMs,
        (System.nanoTime() - startNs) / 1_000_000);
  }

  /// What every worker may hold: half of the heap is for the groups of all, and of what they are
  /// put together to.
  private long sightingsBytes() {
    return Runtime.getRuntime().maxMemory() / 4 / workers;
  }

  /// Folds what was counted as if each detection had come by itself: the first of each opens its
  /// alert, and the latest of all has the last word.
  private void tally(List<Sightings.Sighting> sightings) {
    for (var sighting : sightings) {
      desk.fold(sighting.first(), _ -> sighting.advice(), nowMs);
      count(sighting.first(), sighting.events());
      if (sighting.first().entity().equals(Sightings.OTHERS)) {
        notToldApart += sighting.events();
      }
    }
    var byLatest = new ArrayList<>(sightings);
    byLatest.sort(Sightings.Sighting.BY_LATEST);
    for (var sighting : byLatest) {
      desk.foldFurther(
          sighting.latest(),
          sighting.earliestMs(),
          sighting.events() - 1,
          _ -> sighting.advice(),
          nowMs);
    }
  }

  private static final class Progress {
    long next;
    String file = "";
    long linesBefore;
    long lines;
    long empty;
    long unparsed;
    long suspicious;
    long firstMs = Long.MAX_VALUE;
    long lastMs = Long.MIN_VALUE;
  }

  private void work(
      ArrayBlockingQueue<Buffers> pool,
      PriorityBlockingQueue<Done> done,
      Sightings sightings,
      Thread reader)
      throws IOException, InterruptedException {
    var worker = engine.readingWorker(sightings, sink != null);
    while (true) {
      var buffers = pool.take();
      var chunk = buffers.chunk;
      if (!chunks.next(chunk)) {
        pool.add(buffers);
        return;
      }
      var batch = Batch.ofLines(chunk.file, chunk.file, nowMs, chunk.bytes, chunk.length);
      sightings.begin(chunk.number);
      done.add(
          new Done(
              chunk.number,
              buffers,
              batch,
              newlines(batch, chunk.length),
              worker.read(batch, buffers.hits)));
      LockSupport.unpark(reader);
    }
  }

  private void take(Done done, Engine.Ordered ordered, Progress state) {
    var batch = done.batch;
    var findings = done.findings;
    String file = done.buffers.chunk.file;
    if (!file.equals(state.file)) {
      state.file = file;
      state.linesBefore = 0;
    }
    var fired = ordered.acceptOnce(findings, desk, nowMs);
    for (var detection : fired) {
      count(detection, 1);
    }
    if (sink != null) {
      tell(sink, findings.detections(), fired, batch, state);
    }
    var summary = findings.summary();
    state.linesBefore += done.newlines;
    state.lines += done.newlines;
    state.empty += done.newlines - batch.count();
    state.unparsed += summary.unparsed();
    state.suspicious += findings.suspicious();
    if (batch.count() > 0) {
      state.firstMs = Math.min(state.firstMs, summary.minTimeMs());
      state.lastMs = Math.max(state.lastMs, summary.maxTimeMs());
    }
    state.next++;
    linesSoFar = state.lines;
  }

  private static void tell(
      Consumer<Located> sink,
      List<Detection> single,
      List<Detection> fired,
      Batch batch,
      Progress state) {
    var lines = new LineNumbers(batch, state.linesBefore);
    var inOrder = new ArrayList<>(single);
    inOrder.addAll(fired);
    inOrder.sort(Comparator.comparingLong(detection -> detection.event().sequence()));
    for (var detection : inOrder) {
      sink.accept(new Located(state.file, lines.of((int) detection.event().sequence()), detection));
    }
  }

  private void count(Detection d, long times) {
    detections += times;
    byClass.merge(d.threatClass(), times, Long::sum);
    byRule.computeIfAbsent(d.ruleId(), _ -> new RuleCount(d.title(), d.severity())).detections +=
        times;
    if (worst == null || d.severity().compareTo(worst) > 0) {
      worst = d.severity();
    }
    String who = d.sourceIp();
    if (!who.isEmpty() && (bySource.size() < SOURCES_MAX || bySource.containsKey(who))) {
      var source = bySource.computeIfAbsent(who, _ -> new SourceCount());
      source.detections += times;
      source.rules.add(d.ruleId());
      source.classes.add(d.threatClass());
      source.worst = source.worst.compareTo(d.severity()) >= 0 ? source.worst : d.severity();
    }
  }

  /// Lines of a chunk as an editor counts them: a last line without a terminator counts too. Looks
  /// only at what lies between the lines of its batch.
  static int newlines(Batch batch, int length) {
    byte[] bytes = batch.bytes();
    int count = 0;
    int at = 0;
    for (int line = 0; line < batch.count(); line++) {
      count += newlines(bytes, at, batch.start(line));
      at = batch.end(line);
    }
    count += newlines(bytes, at, length);
    return length > 0 && bytes[length - 1] != '\n' ? count + 1 : count;
  }

  private static int newlines(byte[] bytes, int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        count++;
      }
    }
    return count;
  }

  /// Finds the physical line of a batch's line, whose empty neighbours were left out. Asked in
  /// ascending order.
  private static final class LineNumbers {
    private final Batch batch;
    private int at;
    private long number;

    LineNumbers(Batch batch, long before) {
      this.batch = batch;
      this.number = before + 1;
    }

    long of(int line) {
      int start = batch.start(line);
      byte[] bytes = batch.bytes();
      while (at < start) {
        if (bytes[at++] == '\n') {
          number++;
        }
      }
      return number;
    }
  }
}
