package dev.vedette.app;

import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Confined to its own thread once started. Merges small blocks and drops what is older than the
/// retention, a little at a time, so that ingest does not notice.
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long EVERY_MS = 2_000;
  private static final long DAY_MS = 86_400_000L;

  private final Store store;
  private final long keepMs;
  private final InstantSource clock;
  private final Thread thread;

  Housekeeping(Store store, int retentionDays, InstantSource clock) {
    this.store = store;
    this.keepMs = retentionDays * DAY_MS;
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("housekeeping").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(EVERY_MS);
        try {
          while (store.tidy(clock.millis() - keepMs)) {
            Thread.sleep(50);
          }
        } catch (StoreException e) {
          LOG.warn("housekeeping will try again: {}", e.getMessage());
        } catch (RuntimeException fault) {
          // Retention must not end silently because of one fault: the disk would fill.
          LOG.error("housekeeping failed and will try again", fault);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the thread and waits until it has left the store.
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(10_000);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
