package dev.vedette.source;

import dev.vedette.event.Batch;
import dev.vedette.event.BatchBuilder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Thread-safe: guarded by `lock`. Gathers the records of many senders into batches of one source:
/// a batch leaves when it is full or [#LINGER_MS] after its first record, whichever is earlier.
///
/// While one batch is on its way to being durable the next one fills; when that one is full too,
/// [#put] waits (so that TCP senders wait) and [#offer] says no (so that UDP counts a drop).
final class Collector {
  static final int LINES_MAX = 4_096;
  static final int BYTES_MAX = 1 << 20;
  private static final long LINGER_MS = 5;
  private static final long DRAIN_MS = 10_000;

  private final String source;
  private final String hint;
  private final Delivery delivery;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final LongAdder undelivered = new LongAdder();
  private BatchBuilder builder = new BatchBuilder(LINES_MAX, BYTES_MAX);
  private boolean closed;
  private final Thread thread;

  Collector(String source, String hint, Delivery delivery) {
    this.source = source;
    this.hint = hint;
    this.delivery = delivery;
    this.thread = Thread.ofVirtual().name("collect " + source).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Adds a record; false when there is no room or the collector is closed.
  boolean offer(byte[] bytes, int from, int to) {
    lock.lock();
    try {
      if (closed || builder.isFull()) {
        return false;
      }
      boolean first = builder.isEmpty();
      builder.add(bytes, from, to);
      added(first);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Adds the records `bytes[starts[i], ends[i])`, waiting for room; false when the collector was
  /// closed before all were added.
  boolean put(byte[] bytes, int[] starts, int[] ends, int count) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      for (int i = 0; i < count; i++) {
        if (!awaitRoom()) {
          return false;
        }
        boolean first = builder.isEmpty();
        builder.add(bytes, starts[i], ends[i]);
        added(first);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Adds one record of `length` bytes of which only `bytes[from, to)` was kept, as above.
  boolean put(byte[] bytes, int from, int to, long length) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (!awaitRoom()) {
        return false;
      }
      boolean first = builder.isEmpty();
      builder.add(bytes, from, to, length);
      added(first);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitRoom() throws InterruptedException {
    while (builder.isFull() && !closed) {
      changed.await();
    }
    return !closed;
  }

  private void added(boolean first) {
    if (first || builder.isFull()) {
      changed.signalAll();
    }
  }

  long cut() {
    lock.lock();
    try {
      return builder.cut();
    } finally {
      lock.unlock();
    }
  }

  /// Records that were taken but could not be made durable before the end.
  long undelivered() {
    return undelivered.sum();
  }

  /// Takes nothing more, waits until what was taken is durable or ten seconds are over, and ends.
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (!thread.join(java.time.Duration.ofMillis(DRAIN_MS))) {
        thread.interrupt();
      }
    } catch (InterruptedException _) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (var batch = next(); batch.count() > 0; batch = next()) {
        boolean delivered = false;
        try {
          delivery.deliver(batch);
          delivered = true;
        } finally {
          if (!delivered) {
            undelivered.add(batch.count());
          }
        }
      }
    } catch (InterruptedException _) {
      lock.lock();
      try {
        undelivered.add(builder.count());
      } finally {
        lock.unlock();
      }
    }
  }

  /// The next batch; an empty one at the end.
  private Batch next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (builder.isEmpty() && !closed) {
        changed.await();
      }
      long left = TimeUnit.MILLISECONDS.toNanos(LINGER_MS);
      while (!builder.isFull() && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      var batch = builder.take(source, hint, System.currentTimeMillis(), null, null);
      changed.signalAll();
      return batch;
    } finally {
      lock.unlock();
    }
  }
}
