package dev.vedette.source;

import dev.vedette.event.Batch;
import dev.vedette.event.Intake;
import dev.vedette.event.Receipt;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/// Thread-safe: guarded by `this`. An intake that keeps lines and positions as a store would, and
/// refuses or waits when told to.
final class Memory implements Intake {
  /// What a batch may wait for; plenty unless a test takes them away.
  final Semaphore permits = new Semaphore(1 << 30);

  private final Map<String, List<String>> lines = new HashMap<>();
  private final Map<String, String> positions = new HashMap<>();
  private int refuseNext;
  private int batches;

  synchronized void refuseNext(int times) {
    refuseNext = times;
  }

  @Override
  public CompletableFuture<Receipt> submit(Batch batch) {
    return CompletableFuture.completedFuture(store(batch));
  }

  @Override
  public CompletableFuture<Receipt> submitPatiently(Batch batch) throws InterruptedException {
    permits.acquire();
    return submit(batch);
  }

  private synchronized Receipt store(Batch batch) {
    if (refuseNext > 0) {
      refuseNext--;
      throw new Refused(Refused.Cause.STORE_FULL, 1, "no room on the disk");
    }
    batches++;
    var own = lines.computeIfAbsent(batch.source(), _ -> new ArrayList<>());
    long first = own.size() + 1L;
    for (int i = 0; i < batch.count(); i++) {
      own.add(
          new String(
              batch.bytes(),
              batch.start(i),
              batch.end(i) - batch.start(i),
              StandardCharsets.ISO_8859_1));
    }
    var position = batch.position();
    if (position != null) {
      positions.put(batch.source(), position);
    }
    return new Receipt(batch.source(), 1, first, batch.count(), batch.receivedMs(), "", "");
  }

  synchronized List<String> lines() {
    return lines.values().stream().flatMap(List::stream).toList();
  }

  synchronized List<String> lines(String source) {
    return List.copyOf(lines.getOrDefault(source, List.of()));
  }

  synchronized String position(String source) {
    return positions.getOrDefault(source, "");
  }

  synchronized int batches() {
    return batches;
  }
}
