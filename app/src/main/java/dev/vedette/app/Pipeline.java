package dev.vedette.app;

import dev.vedette.alert.AlertDesk;
import dev.vedette.event.Batch;
import dev.vedette.event.Event;
import dev.vedette.event.Intake;
import dev.vedette.event.Receipt;
import dev.vedette.parse.LogReader;
import dev.vedette.store.Activity;
import dev.vedette.store.Commit;
import dev.vedette.store.Prepared;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import dev.vedette.store.Tally;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Thread-safe: guarded by `lock`. From a batch to its receipt: read and match in parallel, then
/// correlate and commit in the order of arrival.
///
/// ```text
/// submit ──> [pending, bounded] ──> worker 1..n: read, match, compress ──┐
///                 └───────────── in order of arrival ────────────────────┴──> commit thread: correlate, fold, commit, answer
/// ```
///
/// - **Bounds.** At most [#QUEUE_BYTES_MAX] of lines and [#QUEUE_BATCHES_MAX] batches wait; one
///   source may hold half of that, so that a flood of one leaves room for the others. Past that
///   [#submit] refuses and [#submitPatiently] waits.
/// - **Group commit.** Whatever is ready when the commit thread comes back from the disk goes into
///   the next transaction, so single messages share an fsync under load and wait for nothing when
///   there is none.
/// - **Failure.** When a commit fails nothing of it is stored; the clients are told to come again,
///   and the in-memory state (windows, alerts, sequence numbers) is read back from the store, so
///   that what was refused is not counted.
/// - **A fault in the engine** must not stop the journal: the batch is stored without findings, and
///   the fault is logged, counted and shown.
final class Pipeline implements Intake, AutoCloseable {
  static final long QUEUE_BYTES_MAX = 64L << 20;
  static final int QUEUE_BATCHES_MAX = 8_192;
  static final long GROUP_BYTES_MAX = 16L << 20;
  static final int GROUP_BATCHES_MAX = 512;

  /// After the store refused, new batches are refused at once for this long; then one may try.
  static final long REFUSE_AFTER_FAILURE_MS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  /// What a commit did, for those who show it: called on the commit thread after the batch is
  /// durable.
  record Committed(
      List<Receipt> receipts,
      long events,
      long suspicious,
      List<Commit.Found> detections,
      List<AlertDesk.Change> alerts,
      List<Activity> activity,
      long oldestReceivedMs) {}

  /// What the pipeline counted since it started.
  record Counts(
      long accepted,
      long refused,
      long unparsed,
      long suspicious,
      long detections,
      long faults,
      long queuedBatches,
      long queuedBytes,
      String trouble) {}

  private final Store store;
  private final Engine engine;
  private final AlertDesk desk;
  private final InstantSource clock;
  private final Consumer<Committed> listener;
  private final List<Thread> threads = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<Ticket> inOrder = new ArrayDeque<>();

  /// What the commit thread has taken out of the queue and not yet answered.
  private final ArrayDeque<Ticket> committing = new ArrayDeque<>();

  private final LinkedBlockingQueue<Ticket> work = new LinkedBlockingQueue<>();
  private final Map<String, Long> queuedBySource = new HashMap<>();
  private long queuedBytes;
  private boolean stopping;
  private boolean broken;
  private boolean idle = true;
  private Intake.Refused.@Nullable Cause trouble;
  private String troubleMessage = "";
  private long troubleUntilMs;

  /// Of the commit thread alone.
  private final Map<String, Sequence> sequences = new HashMap<>();

  private Engine.Ordered ordered;
  private boolean memoryIsStale;

  private final LongAdder accepted = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder unparsed = new LongAdder();
  private final LongAdder suspicious = new LongAdder();
  private final LongAdder detections = new LongAdder();
  private final LongAdder faults = new LongAdder();

  private static final class Sequence {
    final int id;
    long next;

    Sequence(int id, long next) {
      this.id = id;
      this.next = next;
    }
  }

  /// A batch on its way. `done` opens once a worker has filled `findings` and `prepared`.
  private static final class Ticket {
    final Batch batch;
    final long bytes;
    final CompletableFuture<Receipt> answer = new CompletableFuture<>();
    final CountDownLatch done = new CountDownLatch(1);
    Engine.@Nullable Findings findings;
    @Nullable Prepared prepared;

    /// Whether the engine failed on it and it goes on without findings.
    boolean setAside;

    Ticket(Batch batch) {
      this.batch = batch;
      this.bytes = batch.lineBytes() + 16L * batch.count();
    }
  }

  Pipeline(
      Store store, Engine engine, int workers, InstantSource clock, Consumer<Committed> listener) {
    this.store = store;
    this.engine = engine;
    this.desk = new AlertDesk(AlertDesk.Memory.of(store), 100_000);
    this.clock = clock;
    this.listener = listener;
    this.ordered = rebuild();
    for (int i = 0; i < workers; i++) {
      threads.add(Thread.ofPlatform().name("detect-" + i).daemon().unstarted(this::detect));
    }
    threads.add(Thread.ofPlatform().name("commit").daemon().unstarted(this::commitAll));
    threads.forEach(thread -> thread.setUncaughtExceptionHandler(this::broke));
  }

  void start() {
    threads.forEach(Thread::start);
  }

  Counts counts() {
    lock.lock();
    try {
      return new Counts(
          accepted.sum(),
          refused.sum(),
          unparsed.sum(),
          suspicious.sum(),
          detections.sum(),
          faults.sum(),
          inOrder.size(),
          queuedBytes,
          trouble == null ? "" : troubleMessage);
    } finally {
      lock.unlock();
    }
  }

  // ---- taking batches
  // -----------------------------------------------------------------------------------------------

  @Override
  public CompletableFuture<Receipt> submit(Batch batch) {
    var ticket = new Ticket(batch);
    lock.lock();
    try {
      var refusal = refusal(ticket);
      if (refusal != null) {
        refused.add(batch.count());
        return CompletableFuture.failedFuture(refusal);
      }
      enqueue(ticket);
      return ticket.answer;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public CompletableFuture<Receipt> submitPatiently(Batch batch) throws InterruptedException {
    var ticket = new Ticket(batch);
    lock.lockInterruptibly();
    try {
      while (true) {
        var refusal = refusal(ticket);
        if (refusal == null) {
          enqueue(ticket);
          return ticket.answer;
        }
        if (refusal.cause() != Refused.Cause.OVERLOADED) {
          refused.add(batch.count());
          return CompletableFuture.failedFuture(refusal);
        }
        room.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Refused refusal(Ticket ticket) {
    if (stopping) {
      return new Refused(Refused.Cause.UNAVAILABLE, 5, "Vedette is stopping");
    }
    if (trouble != null && clock.millis() < troubleUntilMs) {
      return new Refused(trouble, 2, troubleMessage);
    }
    boolean full =
        (queuedBytes > 0 && queuedBytes + ticket.bytes > QUEUE_BYTES_MAX)
            || inOrder.size() >= QUEUE_BATCHES_MAX;
    long ofSource = queuedBySource.getOrDefault(ticket.batch.source(), 0L);
    boolean share = ofSource > 0 && ofSource + ticket.bytes > QUEUE_BYTES_MAX / 2;
    return full || share
        ? new Refused(
            Refused.Cause.OVERLOADED,
            1,
            "more events arrive than can be stored; send again in a second")
        : null;
  }

  private void enqueue(Ticket ticket) {
    queuedBytes += ticket.bytes;
    queuedBySource.merge(ticket.batch.source(), ticket.bytes, Long::sum);
    inOrder.add(ticket);
    work.add(ticket);
    arrived.signal();
  }

  // ---- reading and matching, in parallel
  // ----------------------------------------------------------------------------

  private void detect() {
    var worker = engine.worker();
    try {
      while (true) {
        var ticket = work.take();
        try {
          ticket.findings = worker.read(ticket.batch);
          ticket.prepared = store.prepare(ticket.batch, ticket.findings.summary());
        } catch (RuntimeException | StackOverflowError fault) {
          worker = engine.worker();
          setAside(ticket, fault);
        } finally {
          ticket.done.countDown();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- correlating and committing, in order
  // -------------------------------------------------------------------------

  private void commitAll() {
    var group = new ArrayList<Ticket>();
    try {
      while (next(group)) {
        commitOrSplit(group);
        group.clear();
        answered();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void answered() {
    lock.lock();
    try {
      committing.clear();
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the next batch to be read, and takes with it whatever else is ready.
  private boolean next(List<Ticket> group) throws InterruptedException {
    Ticket head;
    lock.lock();
    try {
      idle = true;
      room.signalAll();
      while (inOrder.isEmpty()) {
        arrived.await();
      }
      idle = false;
      head = inOrder.getFirst();
    } finally {
      lock.unlock();
    }
    head.done.await();
    long bytes = 0;
    lock.lock();
    try {
      while (!inOrder.isEmpty()
          && inOrder.getFirst().done.getCount() == 0
          && group.size() < GROUP_BATCHES_MAX
          && bytes < GROUP_BYTES_MAX) {
        var ticket = inOrder.removeFirst();
        group.add(ticket);
        committing.add(ticket);
        bytes += ticket.bytes;
        queuedBytes -= ticket.bytes;
        queuedBySource.computeIfPresent(
            ticket.batch.source(),
            (_, queued) -> queued <= ticket.bytes ? null : queued - ticket.bytes);
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
    return true;
  }

  private void commitOrSplit(List<Ticket> whole) {
    // What was answered is stored: a fault that came after it must not store it again.
    var group = whole.stream().filter(ticket -> !ticket.answer.isDone()).toList();
    if (group.isEmpty()) {
      return;
    }
    @Nullable Committed committed;
    try {
      committed = commit(group);
    } catch (StoreException e) {
      LOG.warn("the store refused a commit: {}", e.getMessage());
      boolean full = e.kind() == StoreException.Kind.FULL;
      boolean storeIsDown = full || e.kind() == StoreException.Kind.UNAVAILABLE;
      var cause = full ? Refused.Cause.STORE_FULL : Refused.Cause.UNAVAILABLE;
      if (storeIsDown) {
        trouble(cause, e.getMessage());
      }
      readBack();
      if (storeIsDown || group.size() == 1) {
        refuse(group, new Refused(cause, 5, String.valueOf(e.getMessage())));
      } else {
        // Not the store but one of the batches: only the culprit is refused.
        group.forEach(ticket -> commitOrSplit(List.of(ticket)));
      }
      return;
    } catch (RuntimeException | StackOverflowError fault) {
      readBack();
      if (group.size() > 1) {
        group.forEach(ticket -> commitOrSplit(List.of(ticket)));
        return;
      }
      var ticket = group.getFirst();
      if (ticket.setAside) {
        LOG.error("a batch of {} cannot be stored", ticket.batch.source(), fault);
        refuse(group, new Refused(Refused.Cause.UNAVAILABLE, 60, "this batch cannot be stored"));
      } else {
        setAside(ticket, fault);
        commitOrSplit(group);
      }
      return;
    }
    if (committed == null) {
      return;
    }
    try {
      listener.accept(committed);
    } catch (RuntimeException | StackOverflowError fault) {
      // What is stored is stored; only its showing failed.
      faults.increment();
      LOG.error("a commit could not be shown", fault);
    }
  }

  /// A fault in the engine must not cost an event, nor stop the others: the batch goes on without
  /// findings, and people are told.
  private void setAside(Ticket ticket, Throwable fault) {
    faults.increment();
    LOG.error(
        "the engine failed on a batch of {}; it is stored without findings",
        ticket.batch.source(),
        fault);
    ticket.setAside = true;
    var known = ticket.findings;
    var findings =
        known == null ? engine.noFindings(ticket.batch, readAlone(ticket.batch)) : known.none();
    ticket.findings = findings;
    try {
      ticket.prepared = store.prepare(ticket.batch, findings.summary());
    } catch (RuntimeException | StackOverflowError again) {
      // Without it the commit refuses the batch, and only this one.
      LOG.error("a batch of {} cannot be compressed", ticket.batch.source(), again);
    }
  }

  /// What a batch holds, without the rules and each line by itself, so that it is found by time and
  /// entity all the same. A line that cannot be read counts at its receipt, and no search passes
  /// the block over for its entities.
  private Commit.Summary readAlone(Batch batch) {
    var reader = new LogReader(engine.dictionary());
    var event = new Event(engine.dictionary());
    var tally = new Tally();
    tally.begin();
    boolean all = true;
    for (int line = 0; line < batch.count(); line++) {
      int from = batch.start(line);
      int to = batch.end(line);
      try {
        reader.read(batch.bytes(), from, to, batch.receivedMs(), batch.hint(), event);
        if (event.timeMs() > batch.receivedMs() + Engine.FUTURE_MS_MAX) {
          event.timeMs(batch.receivedMs());
        }
      } catch (RuntimeException | StackOverflowError fault) {
        LOG.error("a line of {} cannot be read", batch.source(), fault);
        reader = new LogReader(engine.dictionary());
        event.begin(batch.bytes(), from, to);
        all = false;
      }
      tally.add(event, batch.receivedMs(), false);
    }
    return all ? tally.summary() : tally.summary().withoutAllTokens();
  }

  private void refuse(List<Ticket> group, Refused why) {
    for (var ticket : group) {
      if (ticket.answer.completeExceptionally(why)) {
        refused.add(ticket.batch.count());
      }
    }
  }

  /// Stores a group and answers its senders; what is told afterwards is the caller's.
  private @Nullable Committed commit(List<Ticket> group) {
    refreshMemory();
    long nowMs = clock.millis();
    var entries = new ArrayList<Commit.Entry>(group.size());
    var answered = new ArrayList<Ticket>(group.size());
    var keys = new HashMap<String, Ticket>();
    var repeats = new ArrayList<Ticket>();
    long events = 0;
    long suspiciousEvents = 0;
    long unparsedLines = 0;
    long oldestReceivedMs = Long.MAX_VALUE;
    for (var ticket : group) {
      String key = ticket.batch.idempotencyKey();
      if (key != null) {
        var before = store.receipt(ticket.batch.source(), key);
        if (before.isPresent()) {
          ticket.answer.complete(before.get());
          continue;
        }
        if (keys.putIfAbsent(ticket.batch.source() + '\0' + key, ticket) != null) {
          repeats.add(ticket);
          continue;
        }
      }
      var findings = ticket.findings;
      var prepared = ticket.prepared;
      if (findings == null || prepared == null) {
        throw new IllegalStateException("a batch reached the commit unread");
      }
      var sequence =
          sequences.computeIfAbsent(ticket.batch.source(), name -> open(name, ticket.batch.hint()));
      var found = ordered.accept(findings, sequence.id, sequence.next, desk, nowMs);
      entries.add(
          new Commit.Entry(
              prepared,
              sequence.id,
              sequence.next,
              found.detections(),
              found.hits(),
              found.hitsUntilMs()));
      answered.add(ticket);
      sequence.next += ticket.batch.count();
      events += ticket.batch.count();
      suspiciousEvents += findings.suspicious();
      unparsedLines += findings.summary().unparsed();
      oldestReceivedMs = Math.min(oldestReceivedMs, ticket.batch.receivedMs());
    }
    Committed committed = null;
    if (!entries.isEmpty()) {
      var changes = desk.drain();
      var activity = new ArrayList<Activity>();
      for (var change : changes) {
        if (change.opened()) {
          activity.add(
              new Activity(
                  0,
                  nowMs,
                  "alert_opened",
                  change.alert().severity().word() + ": " + change.alert().reason()));
        }
      }
      var receipts =
          store.commit(
              new Commit(
                  entries, changes.stream().map(AlertDesk.Change::alert).toList(), activity));
      trouble(null, "");
      var detected = new ArrayList<Commit.Found>();
      entries.forEach(entry -> detected.addAll(entry.detections()));
      accepted.add(events);
      suspicious.add(suspiciousEvents);
      unparsed.add(unparsedLines);
      detections.add(detected.size());
      for (int i = 0; i < receipts.size(); i++) {
        answered.get(i).answer.complete(receipts.get(i));
      }
      committed =
          new Committed(
              receipts, events, suspiciousEvents, detected, changes, activity, oldestReceivedMs);
    }
    for (var ticket : repeats) {
      String key = ticket.batch.idempotencyKey();
      var receipt = key == null ? null : store.receipt(ticket.batch.source(), key).orElse(null);
      if (receipt != null) {
        ticket.answer.complete(receipt);
      } else {
        refuse(List.of(ticket), new Refused(Refused.Cause.UNAVAILABLE, 1, "send the batch again"));
      }
    }
    return committed;
  }

  private Sequence open(String source, String hint) {
    var state = store.openSource(source, hint);
    return new Sequence(state.id(), state.nextSequence());
  }

  /// After a failed commit what is in memory may hold what is not in the store: it is read back
  /// before the next one.
  private void readBack() {
    memoryIsStale = true;
  }

  private void refreshMemory() {
    if (memoryIsStale) {
      sequences.clear();
      desk.forget();
      ordered = rebuild();
      memoryIsStale = false;
    }
  }

  private Engine.Ordered rebuild() {
    var fresh = engine.ordered(Engine.ROWS_PER_ALERT_MAX);
    store.replayHits(clock.millis() - engine.longestWindowMs(), fresh::replay);
    return fresh;
  }

  private void trouble(Refused.@Nullable Cause cause, @Nullable String message) {
    lock.lock();
    try {
      trouble = cause;
      troubleMessage = message == null ? "" : message;
      troubleUntilMs = clock.millis() + REFUSE_AFTER_FAILURE_MS;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A thread of the pipeline ended by an error of the virtual machine: nothing more is taken, and
  /// nobody waits for an answer that will not come. `/health` tells.
  private void broke(Thread thread, Throwable error) {
    LOG.error("the thread {} ended; restart Vedette", thread.getName(), error);
    faults.increment();
    lock.lock();
    try {
      stopping = true;
      broken = true;
      trouble = Refused.Cause.UNAVAILABLE;
      troubleMessage = "the pipeline broke (" + error + "): restart Vedette";
      troubleUntilMs = Long.MAX_VALUE;
      var why = new Refused(Refused.Cause.UNAVAILABLE, 60, troubleMessage);
      refuse(List.copyOf(inOrder), why);
      refuse(List.copyOf(committing), why);
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Takes nothing more, commits what was taken, and ends the threads.
  @Override
  public void close() {
    boolean drained = false;
    lock.lock();
    try {
      stopping = true;
      room.signalAll();
      long deadline = System.nanoTime() + 30_000_000_000L;
      while (!(inOrder.isEmpty() && idle) && !broken && System.nanoTime() < deadline) {
        room.awaitNanos(100_000_000L);
      }
      drained = inOrder.isEmpty() && idle;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    threads.forEach(Thread::interrupt);
    if (!drained) {
      LOG.warn(
          "stopped before everything was stored; what was not acknowledged will be sent again by"
              + " its source");
    }
  }
}
