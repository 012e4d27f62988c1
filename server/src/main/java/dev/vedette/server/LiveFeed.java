package dev.vedette.server;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.store.Activity;
import dev.vedette.store.Commit;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Thread-safe: guarded by `lock`. What happens, told to everybody who watches.
///
/// [#committed] only notes what there is to tell; a thread of the feed's own gathers it for
/// [#GATHER_MS], writes one message per topic, numbers it, keeps it in a ring of the last
/// [#RING_MESSAGES_MAX] messages, and hands it to the watchers. Of each topic at most
/// [#PER_SECOND_MAX] entries a second are told; how many were left out is told too, so that a flood
/// of attacks drowns no browser. A watcher that does not read is the watcher's own affair: see
/// [Watcher#offer].
public final class LiveFeed implements AutoCloseable {
  /// Entries per topic and second.
  public static final int PER_SECOND_MAX = 50;

  static final int RING_MESSAGES_MAX = 1_000;
  static final long RING_BYTES_MAX = 2 << 20;
  private static final long GATHER_MS = 100;
  private static final long STATS_MS = 1_000;

  /// A message as it is sent.
  record Message(long n, String json) {}

  /// Somebody who watches.
  interface Watcher {
    /// Takes a message without waiting; who cannot take it goes away by itself.
    void offer(Message message);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition noted = lock.newCondition();
  private final ArrayDeque<Message> ring = new ArrayDeque<>();
  private long ringBytes;
  private long lastN;
  private final String run = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final InstantSource clock;

  private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
  private final List<Commit.Found> detections = new ArrayList<>();
  private final Map<Long, Alert> opened = new LinkedHashMap<>();
  private final Map<Long, Alert> changed = new LinkedHashMap<>();
  private final List<Activity> activity = new ArrayList<>();
  private long detectionsLeftOut;
  private long alertsLeftOut;
  private long activityLeftOut;
  private boolean pending;
  private boolean statsPending;
  private long budgetSecond;
  private int detectionsTold;
  private int alertsTold;
  private int activityTold;
  private String lastStats = "";
  private boolean closed;
  private @Nullable Thread thread;

  /// @param clock what messages are dated by
  public LiveFeed(InstantSource clock) {
    this.clock = clock;
  }

  /// Starts telling.
  ///
  /// @param vitals where the figures of `stats` come from, asked at most once a second
  public void start(Supplier<Vitals> vitals) {
    lock.lock();
    try {
      if (thread == null && !closed) {
        thread = Thread.ofVirtual().name("live").start(() -> tell(vitals));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Notes what became durable. Called after each commit; takes microseconds.
  public void committed(CommitNotice notice) {
    lock.lock();
    try {
      newSecond();
      int room = Math.max(0, PER_SECOND_MAX - detectionsTold);
      int taken = Math.min(room, notice.detections().size());
      detections.addAll(notice.detections().subList(0, taken));
      detectionsTold += taken;
      detectionsLeftOut += Math.max(notice.detectionsTotal(), notice.detections().size()) - taken;
      for (var alert : notice.opened()) {
        noteAlert(opened, alert);
      }
      for (var alert : notice.changed()) {
        noteAlert(opened.containsKey(alert.id()) ? opened : changed, alert);
      }
      for (var entry : notice.activity()) {
        noteActivity(entry);
      }
      statsPending = true;
      pending |=
          !detections.isEmpty()
              || !opened.isEmpty()
              || !changed.isEmpty()
              || !activity.isEmpty()
              || detectionsLeftOut > 0
              || alertsLeftOut > 0
              || activityLeftOut > 0;
      noted.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Notes that a person changed an alert.
  void changed(Alert alert) {
    committed(new CommitNotice(List.of(), 0, List.of(), List.of(alert), List.of()));
  }

  /// Notes something that was done.
  public void happened(Activity entry) {
    committed(new CommitNotice(List.of(), 0, List.of(), List.of(), List.of(entry)));
  }

  private void newSecond() {
    long second = System.nanoTime() / TimeUnit.SECONDS.toNanos(1);
    if (second != budgetSecond) {
      budgetSecond = second;
      detectionsTold = 0;
      alertsTold = 0;
      activityTold = 0;
    }
  }

  private void noteAlert(Map<Long, Alert> into, Alert alert) {
    if (into.containsKey(alert.id())) {
      into.put(alert.id(), alert);
    } else if (alertsTold < PER_SECOND_MAX) {
      alertsTold++;
      into.put(alert.id(), alert);
    } else {
      alertsLeftOut++;
    }
  }

  private void noteActivity(Activity entry) {
    if (activityTold < PER_SECOND_MAX) {
      activityTold++;
      activity.add(entry);
    } else {
      activityLeftOut++;
    }
  }

  /// Tells something of another kind.
  ///
  /// @param json the `data` of the message
  public void publish(String type, String json) {
    lock.lock();
    try {
      append(type, json);
    } finally {
      lock.unlock();
    }
  }

  /// Those who watch now.
  public int watchers() {
    return watchers.size();
  }

  // ---- watching
  // -----------------------------------------------------------------------------------------------------

  /// Starts watching: says hello, with the newest number.
  void watch(Watcher watcher) {
    lock.lock();
    try {
      watchers.add(watcher);
      watcher.offer(
          new Message(
              lastN,
              "{\"type\":\"hello\",\"n\":%d,\"run\":\"%s\",\"at_ms\":%d}"
                  .formatted(lastN, run, clock.millis())));
    } finally {
      lock.unlock();
    }
  }

  /// Sends what came after message `n` of `ofRun`, or that it is no longer here.
  void resume(Watcher watcher, long n, String ofRun) {
    lock.lock();
    try {
      var oldest = ring.peekFirst();
      boolean whole =
          ofRun.equals(run) && n <= lastN && (n == lastN || (oldest != null && n >= oldest.n - 1));
      if (!whole) {
        watcher.offer(
            new Message(
                lastN,
                "{\"type\":\"reset\",\"reset\":true,\"n\":%d,\"run\":\"%s\"}"
                    .formatted(lastN, run)));
        return;
      }
      for (var message : ring) {
        if (message.n > n) {
          watcher.offer(message);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  void unwatch(Watcher watcher) {
    watchers.remove(watcher);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      noted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  // ---- telling
  // ------------------------------------------------------------------------------------------------------

  private void tell(Supplier<Vitals> vitals) {
    long statsAtMs = 0;
    try {
      while (true) {
        Gathered happened;
        lock.lockInterruptibly();
        try {
          while (!closed && !pending && !(statsPending && statsDueInMs(statsAtMs) == 0)) {
            if (statsPending) {
              noted.await(statsDueInMs(statsAtMs), TimeUnit.MILLISECONDS);
            } else {
              noted.await();
            }
          }
          if (closed) {
            return;
          }
          happened = pending ? gather() : null;
        } finally {
          lock.unlock();
        }
        if (happened != null) {
          tell(happened);
        }
        if (statsDueInMs(statsAtMs) == 0) {
          statsAtMs = monotonicMs();
          tellStats(vitals.get());
        }
        Thread.sleep(GATHER_MS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static long monotonicMs() {
    return System.nanoTime() / 1_000_000;
  }

  private static long statsDueInMs(long statsAtMs) {
    return statsAtMs == 0 ? 0 : Math.max(0, statsAtMs + STATS_MS - monotonicMs());
  }

  private void tellStats(Vitals vitals) {
    String json =
        Json.text(out -> {
          out.writeStartObject();
          out.writeNumberField("accepted", vitals.accepted());
          out.writeNumberField("suspicious", vitals.suspicious());
          out.writeNumberField("detections", vitals.detections());
          out.writeNumberField("events_per_second", vitals.eventsPerSecond());
          out.writeNumberField("queued", vitals.queued());
          out.writeNumberField("lag_ms", vitals.lagMs());
          out.writeEndObject();
        });
    lock.lock();
    try {
      // One more look after the last change: rates and queues go back to rest.
      statsPending = !json.equals(lastStats);
      if (statsPending) {
        lastStats = json;
        append("stats", json);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What was noted since the last message.
  private record Gathered(
      List<Alert> opened,
      List<Alert> changed,
      long alertsLeftOut,
      List<Commit.Found> detections,
      long detectionsLeftOut,
      List<Activity> activity,
      long activityLeftOut) {}

  private Gathered gather() {
    var gathered =
        new Gathered(
            List.copyOf(opened.values()),
            List.copyOf(changed.values()),
            alertsLeftOut,
            List.copyOf(detections),
            detectionsLeftOut,
            List.copyOf(activity),
            activityLeftOut);
    opened.clear();
    changed.clear();
    alertsLeftOut = 0;
    detections.clear();
    detectionsLeftOut = 0;
    activity.clear();
    activityLeftOut = 0;
    pending = false;
    return gathered;
  }

  private void tell(Gathered happened) {
    if (!happened.opened.isEmpty() || !happened.changed.isEmpty() || happened.alertsLeftOut > 0) {
      publish(
          "alerts",
          Json.text(json -> {
            json.writeStartObject();
            Shapes.alerts(json, "opened", happened.opened);
            Shapes.alerts(json, "changed", happened.changed);
            json.writeNumberField("left_out", happened.alertsLeftOut);
            json.writeEndObject();
          }));
    }
    if (!happened.detections.isEmpty() || happened.detectionsLeftOut > 0) {
      publish(
          "detections",
          Json.text(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("detections");
            for (var found : happened.detections) {
              Shapes.detection(json, 0, found.detection(), found.alertId(), AlertStatus.NEW.word());
            }
            json.writeEndArray();
            json.writeNumberField("left_out", happened.detectionsLeftOut);
            json.writeEndObject();
          }));
    }
    if (!happened.activity.isEmpty() || happened.activityLeftOut > 0) {
      publish(
          "activity",
          Json.text(json -> {
            json.writeStartObject();
            Shapes.activity(json, happened.activity);
            json.writeNumberField("left_out", happened.activityLeftOut);
            json.writeEndObject();
          }));
    }
  }

  private void append(String type, String data) {
    lastN++;
    var message =
        new Message(
            lastN,
            "{\"n\":%d,\"type\":\"%s\",\"at_ms\":%d,\"data\":%s}"
                .formatted(lastN, type, clock.millis(), data));
    ring.addLast(message);
    ringBytes += size(message);
    while (ring.size() > RING_MESSAGES_MAX || (ringBytes > RING_BYTES_MAX && ring.size() > 1)) {
      ringBytes -= size(ring.removeFirst());
    }
    for (var watcher : watchers) {
      watcher.offer(message);
    }
  }

  private static int size(Message message) {
    return message.json.getBytes(StandardCharsets.UTF_8).length;
  }
}
