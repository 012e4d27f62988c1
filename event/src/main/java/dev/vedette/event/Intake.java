package dev.vedette.event;

import java.util.concurrent.CompletableFuture;

/// Thread-safe. Where batches enter the flow.
public interface Intake {
  /// Hands a batch over. The future completes with the receipt once the batch and all that was
  /// found in it is durable, or exceptionally with [Refused] when it was not taken: then nothing of
  /// it is stored and the source may send it again.
  ///
  /// Never blocks for long: when the queue is full it refuses with [Refused.Cause#OVERLOADED].
  /// Sources that can wait (files) use [#submitPatiently].
  CompletableFuture<Receipt> submit(Batch batch);

  /// As [#submit], but waits for room in the queue: back-pressure for sources that keep their own
  /// backlog.
  CompletableFuture<Receipt> submitPatiently(Batch batch) throws InterruptedException;

  /// Why a batch was not taken, and when to try again.
  final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    public enum Cause {
      /// The queue is full (HTTP 429).
      OVERLOADED,
      /// The process is stopping or the store does not answer (HTTP 503).
      UNAVAILABLE,
      /// No room on the disk (HTTP 507).
      STORE_FULL
    }

    private final Cause cause;
    private final int retryAfterSeconds;

    public Refused(Cause cause, int retryAfterSeconds, String message) {
      super(message);
      this.cause = cause;
      this.retryAfterSeconds = retryAfterSeconds;
    }

    public Cause cause() {
      return cause;
    }

    public int retryAfterSeconds() {
      return retryAfterSeconds;
    }
  }
}
