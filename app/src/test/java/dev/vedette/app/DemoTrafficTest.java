package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Batch;
import dev.vedette.event.Intake;
import dev.vedette.event.Receipt;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DemoTrafficTest {
  private static final int WHOLE_DAY_LINES_MIN = 10_000;

  /// Counts lines.
  private static final class Counting implements Intake {
    final AtomicLong lines = new AtomicLong();

    @Override
    public CompletableFuture<Receipt> submit(Batch batch) {
      lines.addAndGet(batch.count());
      return CompletableFuture.completedFuture(
          new Receipt(batch.source(), 1, 1, batch.count(), batch.receivedMs(), "", ""));
    }

    @Override
    public CompletableFuture<Receipt> submitPatiently(Batch batch) {
      return submit(batch);
    }
  }

  /// A day of history comes once, however often the demonstration is started on the same data.
  @Test
  void theDayBeforeIsReplayedOnceOnly() throws IOException, InterruptedException {
    var fresh = new Counting();
    var replayed = new CountDownLatch(1);
    try (var demo = new DemoTraffic(fresh, InstantSource.system(), false, replayed::countDown)) {
      demo.start();
      Centre.await("a day is replayed", 30, () -> replayed.getCount() == 0);
      assertThat(fresh.lines.get()).isGreaterThan(WHOLE_DAY_LINES_MIN);
    }
    var again = new Counting();
    try (var demo = new DemoTraffic(again, InstantSource.system(), true, () -> {})) {
      demo.start();
      Centre.await("it goes on live", 30, () -> again.lines.get() > 0);
      Thread.sleep(500);
      assertThat(again.lines.get()).isLessThan(WHOLE_DAY_LINES_MIN / 10);
    }
  }
}
