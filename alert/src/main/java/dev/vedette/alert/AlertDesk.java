package dev.vedette.alert;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Detection;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.Severity;
import dev.vedette.store.Store;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Confined to the ordered stage. Folds detections into alerts: one alert per rule and entity,
/// updated while the attack goes on.
///
/// - A detection of an open alert (new, acknowledged, in progress) updates its counts, times and
///   sentence.
/// - After an alert was *resolved*, a further detection opens a new one: the trouble came back.
/// - After it was called a *false positive*, further detections are still counted in it, but it
///   stays closed: people have said that it is not to come up again.
///
/// The desk keeps the alerts it touched lately and asks its [Memory] for the others, so that a
/// million attackers do not grow it: at [#cacheAlertsMax] the least recently touched one is
/// forgotten, and read back when it is needed. Changes are collected until [#drain], which the
/// commit stage calls once per transaction.
public final class AlertDesk {
  /// Where alerts come from that the desk does not hold.
  public interface Memory {
    /// Remembers nothing: for reading files, where every alert is of this run.
    Memory NONE =
        new Memory() {
          @Override
          public Optional<Alert> latestAlert(String ruleId, Entity entity) {
            return Optional.empty();
          }

          @Override
          public long alertEdits() {
            return 0;
          }

          @Override
          public long lastAlertId() {
            return 0;
          }
        };

    /// A store as the memory of a desk.
    static Memory of(Store store) {
      return new Memory() {
        @Override
        public Optional<Alert> latestAlert(String ruleId, Entity entity) {
          return store.latestAlert(ruleId, entity);
        }

        @Override
        public long alertEdits() {
          return store.alertEdits();
        }

        @Override
        public long lastAlertId() {
          return store.lastAlertId();
        }
      };
    }

    Optional<Alert> latestAlert(String ruleId, Entity entity);

    /// Changes whenever people changed an alert: the desk then forgets what it holds.
    long alertEdits();

    long lastAlertId();
  }

  /// An alert that changed since the last drain, and whether it was opened since then.
  public record Change(Alert alert, boolean opened) {}

  private record Key(String ruleId, Entity entity) {}

  private final Memory memory;
  private final int cacheAlertsMax;
  private final LinkedHashMap<Key, Open> cache = new LinkedHashMap<>(64, 0.75f, true);
  private final List<Open> changed = new ArrayList<>();
  private long lastId;
  private long editsSeen;

  public AlertDesk(Memory memory, int cacheAlertsMax) {
    this.memory = memory;
    this.cacheAlertsMax = cacheAlertsMax;
    this.lastId = memory.lastAlertId();
    this.editsSeen = memory.alertEdits();
  }

  /// Folds a detection into its alert, opening one where there is none, and returns the alert's id.
  ///
  /// @param advice says what to do about a detection, or nothing; asked only for a new alert
  /// @param nowMs processing time
  public long fold(Detection detection, Function<Detection, String> advice, long nowMs) {
    return fold(detection, List.of(), advice, nowMs);
  }

  /// As above, of a detection for which several events were counted.
  ///
  /// @param counted the latest of them, oldest first
  public long fold(
      Detection detection, List<EventId> counted, Function<Detection, String> advice, long nowMs) {
    var open = find(detection, advice);
    open.addAll(detection, 1, nowMs);
    open.counted = counted;
    touch(open);
    return open.id;
  }

  /// Folds further detections of one rule and entity, as if each were folded by itself.
  ///
  /// @param latest the latest of them; it names an address, user or host only where all agree
  /// @param earliestMs the earliest time of any of them
  /// @param detections how many there are
  public void foldFurther(
      Detection latest,
      long earliestMs,
      long detections,
      Function<Detection, String> advice,
      long nowMs) {
    var open = find(latest, advice);
    open.addAll(latest, detections, nowMs);
    open.firstMs = Math.min(open.firstMs, earliestMs);
    touch(open);
  }

  /// Counts `events` further events of an attack whose alert is there, without a detection of their
  /// own. Answers false, having done nothing, where the alert is gone or was resolved: then the
  /// attack deserves a detection to open a new one with.
  ///
  /// @param counted the latest events of the attack, oldest first
  public boolean extend(Detection detection, List<EventId> counted, long events, long nowMs) {
    var open = known(detection);
    if (open == null) {
      return false;
    }
    open.extend(detection, events, nowMs);
    open.counted = counted;
    touch(open);
    return true;
  }

  /// The new state of every alert that changed since the last call, in the order in which they were
  /// first touched.
  public List<Change> drain() {
    var changes = new ArrayList<Change>(changed.size());
    for (var open : changed) {
      changes.add(new Change(open.toAlert(), open.opened));
      open.opened = false;
      open.dirty = false;
      if (open.stale) {
        cache.remove(new Key(open.base.ruleId(), open.base.entity()));
      }
    }
    changed.clear();
    while (cache.size() > cacheAlertsMax) {
      cache.pollFirstEntry();
    }
    return changes;
  }

  /// Forgets everything that is not in the memory: after a commit that failed.
  public void forget() {
    cache.clear();
    changed.clear();
    lastId = memory.lastAlertId();
  }

  private void touch(Open open) {
    if (!open.dirty) {
      open.dirty = true;
      changed.add(open);
    }
  }

  private Open find(Detection detection, Function<Detection, String> advice) {
    var open = known(detection);
    if (open == null) {
      open = new Open(++lastId, detection, advice.apply(detection));
      cache.put(new Key(detection.ruleId(), detection.entity()), open);
    }
    return open;
  }

  private @Nullable Open known(Detection detection) {
    long edits = memory.alertEdits();
    if (edits != editsSeen) {
      editsSeen = edits;
      cache.values().removeIf(open -> !open.dirty);
      changed.forEach(open -> open.stale = true);
    }
    var key = new Key(detection.ruleId(), detection.entity());
    var cached = cache.get(key);
    if (cached != null) {
      return cached;
    }
    var stored =
        memory
            .latestAlert(detection.ruleId(), detection.entity())
            .filter(alert -> alert.status() != AlertStatus.RESOLVED)
            .map(Open::new)
            .orElse(null);
    if (stored != null) {
      cache.put(key, stored);
    }
    return stored;
  }

  /// For figures: how many alerts are held in memory.
  public int cached() {
    return cache.size();
  }

  /// For reports over files: every alert of the run, worst and largest first.
  public List<Alert> all() {
    return cache.values().stream()
        .map(Open::toAlert)
        .sorted((a, b) -> {
          int bySeverity = b.severity().compareTo(a.severity());
          return bySeverity != 0 ? bySeverity : Long.compare(b.events(), a.events());
        })
        .toList();
  }

  /// Severity counts of [#all].
  public Map<Severity, Long> bySeverity() {
    var counts = new EnumMap<Severity, Long>(Severity.class);
    for (var open : cache.values()) {
      counts.merge(open.severity, 1L, Long::sum);
    }
    return counts;
  }

  /// An alert while it is being counted: one mutable object instead of a new record per detection.
  private static final class Open {
    final long id;
    final Alert base;
    boolean opened;
    boolean dirty;

    /// Whether people changed an alert while this one was being counted: then it is read again as
    /// soon as its count is stored.
    boolean stale;

    Severity severity;
    String reason;
    String title;
    String sourceIp;
    String userName;
    String hostName;
    long firstMs;
    long lastMs;
    long events;
    long detections;
    long changedMs;
    List<EventId> counted;

    /// A stored alert, to be counted further.
    Open(Alert alert) {
      this.id = alert.id();
      this.base = alert;
      this.severity = alert.severity();
      this.reason = alert.reason();
      this.title = alert.title();
      this.sourceIp = alert.sourceIp();
      this.userName = alert.userName();
      this.hostName = alert.hostName();
      this.firstMs = alert.firstMs();
      this.lastMs = alert.lastMs();
      this.events = alert.events();
      this.detections = alert.detections();
      this.changedMs = alert.changedMs();
      this.counted = alert.counted();
    }

    /// A new alert without a count yet.
    Open(long id, Detection d, String advice) {
      this(
          new Alert(
              id,
              d.ruleId(),
              d.title(),
              d.severity(),
              d.threatClass(),
              d.techniques(),
              d.entity(),
              d.sourceIp(),
              d.userName(),
              d.hostName(),
              AlertStatus.NEW,
              d.timeMs(),
              d.timeMs(),
              0,
              0,
              d.reason(),
              advice,
              0,
              "",
              0,
              "",
              List.of()));
      this.opened = true;
    }

    void addAll(Detection d, long times, long nowMs) {
      detections += times;
      extend(d, d.events() * times, nowMs);
    }

    void extend(Detection d, long moreEvents, long nowMs) {
      events += moreEvents;
      firstMs = Math.min(firstMs, d.timeMs());
      if (d.timeMs() >= lastMs) {
        lastMs = d.timeMs();
        reason = d.reason();
      }
      if (d.severity().compareTo(severity) > 0) {
        severity = d.severity();
        title = d.title();
      }
      sourceIp = same(sourceIp, d.sourceIp());
      userName = same(userName, d.userName());
      hostName = same(hostName, d.hostName());
      changedMs = nowMs;
    }

    /// An alert names an address, user or host only while all its detections agree on it.
    private static String same(String before, String now) {
      return before.equals(now) ? before : "";
    }

    Alert toAlert() {
      return new Alert(
          id,
          base.ruleId(),
          title,
          severity,
          base.threatClass(),
          base.techniques(),
          base.entity(),
          sourceIp,
          userName,
          hostName,
          base.status(),
          firstMs,
          lastMs,
          events,
          detections,
          reason,
          base.advice(),
          changedMs,
          base.changedBy(),
          base.statusMs(),
          base.note(),
          counted);
    }
  }
}
