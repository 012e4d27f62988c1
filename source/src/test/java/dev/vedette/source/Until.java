package dev.vedette.source;

import java.util.concurrent.Callable;

/// Waiting for a condition with a deadline.
final class Until {
  private Until() {}

  static void holds(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + 15_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within 15 s: " + what);
      }
      Thread.sleep(10);
    }
  }
}
