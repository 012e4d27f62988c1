package dev.vedette.source;

import dev.vedette.event.Batch;
import dev.vedette.event.Intake;
import dev.vedette.event.Receipt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// Thread-safe. Hands batches on until they are durable, however often they are refused, and
/// counts.
final class Delivery {
  private static final int WAIT_SECONDS_MAX = 30;
  private static final int WAIT_SECONDS_UNKNOWN = 5;

  private final Intake intake;
  final LongAdder received = new LongAdder();
  final LongAdder refused = new LongAdder();
  volatile String problem = "";

  Delivery(Intake intake) {
    this.intake = intake;
  }

  /// Returns once the batch is durable. While it is refused, [#problem] says why.
  Receipt deliver(Batch batch) throws InterruptedException {
    while (true) {
      int waitSeconds;
      try {
        var receipt = intake.submitPatiently(batch).get();
        received.add(batch.count());
        problem = "";
        return receipt;
      } catch (ExecutionException e) {
        waitSeconds = failed(batch, e.getCause() == null ? e : e.getCause());
      } catch (Intake.Refused e) {
        waitSeconds = failed(batch, e);
      }
      TimeUnit.SECONDS.sleep(waitSeconds);
    }
  }

  private int failed(Batch batch, Throwable cause) {
    refused.add(batch.count());
    if (cause instanceof CompletionException && cause.getCause() != null) {
      return failed(batch, cause.getCause());
    }
    if (cause instanceof Intake.Refused no) {
      problem = "waiting: " + no.getMessage();
      return Math.clamp(no.retryAfterSeconds(), 1, WAIT_SECONDS_MAX);
    }
    problem = "waiting: " + cause;
    return WAIT_SECONDS_UNKNOWN;
  }
}
