package dev.vedette.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class SharedRoomTest {
  private final SharedRoom room = new SharedRoom(100);

  private static Thread start(Callable<?> task) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            task.call();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  private static void awaitWaiting(Thread thread) throws Exception {
    Until.holds("a thread that waits", () -> thread.getState() == Thread.State.WAITING);
  }

  @Test
  void endsWhoHasReadForTheLongest() throws Exception {
    var ended = new ArrayList<String>();
    var first = room.share(() -> ended.add("first"));
    var second = room.share(() -> ended.add("second"));
    var third = room.share(() -> ended.add("third"));
    assertThat(first.take(50)).isTrue();
    assertThat(second.take(50)).isTrue();
    var taken = new AtomicBoolean();
    var waiting =
        start(() -> {
          taken.set(third.take(50));
          return null;
        });
    awaitWaiting(waiting);
    assertThat(ended).containsExactly("first");
    assertThat(first.isEnded()).isTrue();
    first.release();
    waiting.join();
    assertThat(taken).isTrue();
    assertThat(second.isEnded()).isFalse();
  }

  @Test
  void waitsForWhoWaitsForTheIntake() throws Exception {
    var first = room.share(() -> {});
    var second = room.share(() -> {});
    assertThat(first.take(100)).isTrue();
    first.delivering(true);
    var taken = new AtomicBoolean();
    var waiting =
        start(() -> {
          taken.set(second.take(50));
          return null;
        });
    awaitWaiting(waiting);
    assertThat(first.isEnded()).isFalse();
    first.release();
    waiting.join();
    assertThat(taken).isTrue();
  }

  @Test
  void endsTheOldestWhereAllWouldGrow() throws Exception {
    var first = room.share(() -> {});
    var second = room.share(() -> {});
    assertThat(first.take(50)).isTrue();
    assertThat(second.take(50)).isTrue();
    var taken = new AtomicBoolean();
    var growing =
        start(() -> {
          taken.set(second.take(20));
          return null;
        });
    awaitWaiting(growing);
    // `first` was reading, so it is ended; were it growing, it would be told no as well.
    assertThat(first.take(20)).isFalse();
    first.release();
    growing.join();
    assertThat(taken).isTrue();
  }

  @Test
  void isNeverExceededAndNobodyWaitsForEver() throws Exception {
    long seed = System.nanoTime();
    var held = new AtomicLong();
    var turns = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<Future<?>>();
      for (int i = 0; i < 50; i++) {
        var random = new Random(seed + i);
        all.add(
            threads.submit(() -> {
              for (int turn = 0; turn < 200; turn++) {
                var share = room.share(() -> {});
                long own = 0;
                for (int step = 1 + random.nextInt(5); step > 0 && own < 100; step--) {
                  int bytes = 1 + random.nextInt((int) (100 - own));
                  if (!share.take(bytes)) {
                    break;
                  }
                  own += bytes;
                  assertThat(held.addAndGet(bytes)).as("seed %d", seed).isLessThanOrEqualTo(100);
                  if (random.nextBoolean()) {
                    share.delivering(true);
                    LockSupport.parkNanos(1_000);
                    share.delivering(false);
                  }
                }
                held.addAndGet(-own);
                share.release();
                turns.incrementAndGet();
              }
              return null;
            }));
      }
      for (var one : all) {
        one.get();
      }
    }
    assertThat(turns).hasValue(50 * 200);
  }
}
