package dev.vedette.sigma;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Confined to the ordered stage. Counts hits in sliding windows of event time, `(t - timespan,
/// t]`, per correlation and group.
///
/// A correlation *fires* when its count enters the range of its condition from below, and then
/// *continues* with every further event, so that an attack that goes on belongs to one alert;
/// [#drainContinued] tells how far. It is armed again when an event leaves the count below the
/// range, or comes after a whole timespan without any. A `temporal_ordered` correlation fires with
/// every event that completes the order: another account that gives in is another event to know of.
///
/// Events may come late. One that lies inside the group's window is counted where it belongs. One
/// that is older than that opens a second window for its group at its own time, so that two files
/// read one after the other, or two machines whose clocks differ, do not wipe out each other's
/// counts; a third time replaces the one of the two that was touched less recently.
///
/// Every hit costs near-constant time, most of it waiting for memory: groups are told apart by a
/// hash under a secret, and keep their place in the order of age until room is needed. State is
/// bounded: when there are more than `keysMax` windows, or they take more than `keysMax` times
/// [#KEY_BYTES] together, the one that would expire first is forgotten, of those that were left
/// alone since it was last their turn.
///
/// State is a fold of the hits: a new correlator that is given the hits of
/// [SigmaEngine#longestWindow] again, in their order, goes on as the old one would have.
public final class Correlator {
  public static final int KEYS_MAX_DEFAULT = 1_000_000;

  /// Event ids that a group keeps for evidence.
  public static final int EVENTS_KEPT = 16;

  /// Longs per window, on the average and all included, before groups are forgotten.
  private static final int CELLS_PER_KEY = 32;

  /// Bytes per window, on the average, that [#KEYS_MAX_DEFAULT] and other limits may come to.
  public static final int KEY_BYTES = CELLS_PER_KEY * Long.BYTES;

  /// Below this many groups, those whose time is over stay: nobody needs the room.
  private static final int RECLAIM_ABOVE = 65_536;

  private final CorrelationPlan plan;
  private final int keysMax;
  private final long[] timespansMs;

  /// By correlation: a number for the fields that it groups by.
  private final int[] kinds;

  private Window.@Nullable Group[] table = new Window.Group[1_024];
  private Window.@Nullable Group latest;
  private int groups;
  private int windows;
  private long cells;
  private long serial;
  private long evicted;
  private final List<Window.Firing> continuing = new ArrayList<>();
  private final @Nullable Window[] oldest;
  private final @Nullable Window[] newest;

  Correlator(CorrelationPlan plan, int keysMax) {
    if (keysMax < 1) {
      throw new IllegalArgumentException("keysMax is not positive: " + keysMax);
    }
    this.plan = plan;
    this.keysMax = keysMax;
    int rules = plan.rules().size();
    this.timespansMs = new long[rules];
    for (int i = 0; i < rules; i++) {
      timespansMs[i] = plan.rules().get(i).timespan().toMillis();
    }
    this.kinds = new int[rules];
    Map<List<String>, Integer> known = new HashMap<>();
    for (int i = 0; i < rules; i++) {
      kinds[i] = known.computeIfAbsent(plan.rules().get(i).groupBy(), _ -> known.size());
    }
    this.oldest = new Window[rules];
    this.newest = new Window[rules];
  }

  /// Counts hits in their order. Answers what fired, in the order of the hits; the last of
  /// [Correlation#events] is the event that made it fire.
  ///
  /// @throws IllegalArgumentException for hits of another engine
  public List<Correlation.Fired> accept(CorrelationHits hits) {
    List<Correlation.Fired> out = List.of();
    for (int hit = 0; hit < hits.size(); hit++) {
      var fired = accept(hits, hit);
      if (!fired.isEmpty()) {
        out = out.isEmpty() ? new ArrayList<>() : out;
        out.addAll(fired);
      }
    }
    return out;
  }

  /// Counts one hit. More than one fires only where correlations count correlations.
  List<Correlation.Fired> accept(CorrelationHits hits, int hit) {
    if (!hits.isOf(plan)) {
      throw new IllegalArgumentException("the hits are of another engine");
    }
    var feed = hits.feed(hit);
    return accept(
        feed.index(),
        feed.place(),
        hits.timeMs(hit),
        hits.key(hit),
        hits.keyHash(hit),
        hits.valueHash(hit),
        hits.source(hit),
        hits.sequence(hit));
  }

  /// What continued since the last call, a group at a time, in the order in which each first did.
  /// To be called now and then, after a batch say: groups that continued are held until it is.
  public List<Correlation.Continued> drainContinued() {
    if (continuing.isEmpty()) {
      return List.of();
    }
    var out = new ArrayList<Correlation.Continued>(continuing.size());
    for (var firing : continuing) {
      var window = firing.window;
      var rule = plan.rules().get(window.correlation);
      out.add(
          new Correlation.Continued(
              rule,
              group(rule, window),
              firing.toldCount,
              firing.total,
              firing.firstMs,
              firing.toldMs,
              window.events(),
              firing.untold));
      firing.untold = 0;
    }
    continuing.clear();
    return out;
  }

  /// Windows it holds now: one per group and correlation, two where events are of two times.
  public int keys() {
    return windows;
  }

  /// Groups that were forgotten before their time was over, for want of room.
  public long evicted() {
    return evicted;
  }

  private List<Correlation.Fired> accept(
      int correlation,
      int place,
      long timeMs,
      byte[] key,
      long keyHash,
      long valueHash,
      int source,
      long sequence) {
    var rule = plan.rules().get(correlation);
    var window = window(correlation, key, keyHash, timeMs);
    int cellsBefore = window.allCells();
    window.nowMs = Math.max(window.nowMs, timeMs);
    window.expire(window.nowMs - timespansMs[correlation]);
    if (window.count() == 0) {
      window.firing = null;
      window.forgetEvents();
      window.active = 0;
    }
    window.add(timeMs, place, valueHash);
    window.addEvent(source, sequence);
    window.active++;
    cells += window.allCells() - cellsBefore;
    makeRoom(window, timeMs);

    long count = window.count();
    if (count < rule.condition().min()) {
      window.firing = null;
      return List.of();
    }
    if (!rule.condition().holds(count)) {
      return List.of();
    }
    var firing = window.firing;
    long min = rule.condition().min();
    boolean ordered = rule.type() == CorrelationRule.Type.TEMPORAL_ORDERED && min > 1;
    if (ordered && (place < min - 1 || !window.follows(place))) {
      if (firing != null) {
        firing.untold++; // an order that begins while another is complete
      }
      return List.of();
    }
    boolean fires = firing == null || ordered;
    long total = 1;
    if (firing == null) {
      boolean counted = rule.type() == CorrelationRule.Type.EVENT_COUNT;
      firing = new Window.Firing(window, counted ? count : window.active);
      window.firing = firing;
      total = firing.total;
    } else {
      firing.total++;
      if (ordered) {
        total = firing.untold + 1;
        firing.untold = 0;
      }
    }
    List<Correlation.Fired> out = List.of();
    if (plan.correlationReports(correlation)) {
      if (fires) {
        out =
            List.of(
                new Correlation.Fired(
                    rule,
                    group(rule, window),
                    count,
                    total,
                    firing.firstMs,
                    timeMs,
                    window.events()));
      } else {
        if (firing.untold++ == 0) {
          continuing.add(firing);
        }
        firing.toldCount = count;
        firing.toldMs = window.nowMs;
      }
    }
    if (fires && !plan.links(correlation).isEmpty()) {
      out = new ArrayList<>(out);
      byte @Nullable [][] group = CorrelationKeys.parts(key);
      for (var link : plan.links(correlation)) {
        if (group != null) {
          byte[] parentKey = pick(group, link.group());
          out.addAll(
              accept(
                  link.parent(),
                  link.place(),
                  timeMs,
                  parentKey,
                  plan.hash(parentKey),
                  plan.valueHash(pick(group, link.values())),
                  source,
                  sequence));
        }
      }
    }
    return out;
  }

  private static byte[] pick(byte[][] parts, int[] places) {
    var out = new ByteArrayOutputStream();
    for (int place : places) {
      CorrelationKeys.appendPart(out, parts[place], 0, parts[place].length);
    }
    return out.toByteArray();
  }

  private static Map<String, String> group(CorrelationRule rule, Window window) {
    Map<String, String> group = new LinkedHashMap<>();
    List<String> values = CorrelationKeys.texts(window.group.key);
    for (int i = 0; i < rule.groupBy().size(); i++) {
      group.put(rule.groupBy().get(i), values.get(i));
    }
    return Collections.unmodifiableMap(group);
  }

  // ---- the table of windows

  private Window window(int correlation, byte[] key, long keyHash, long timeMs) {
    var group = group(correlation, key, keyHash);
    var first = group.window(correlation);
    if (first == null) {
      first = Window.of(plan.rules().get(correlation), correlation, group);
      group.add(first);
      linkFresh(first);
      linkNewest(first);
      first.linked = serial + 1;
    }
    var window = atTime(first, timeMs);
    window.touched = ++serial;
    return window;
  }

  /// The window of the group to which an event of that time belongs: the latest that it falls into
  /// or that lies before it; else a new one.
  private Window atTime(Window first, long timeMs) {
    if (first.nowMs == Long.MIN_VALUE) {
      return first;
    }
    var other = first.otherTime;
    if (other != null && other.nowMs > first.nowMs) {
      if (reaches(other, timeMs)) {
        return other;
      }
      if (reaches(first, timeMs)) {
        return first;
      }
    } else {
      if (reaches(first, timeMs)) {
        return first;
      }
      if (other != null && reaches(other, timeMs)) {
        return other;
      }
    }
    var fresh = Window.of(plan.rules().get(first.correlation), first.correlation, first.group);
    if (other == null) {
      first.otherTime = fresh;
    } else if (other.touched < first.touched) {
      drop(other);
      first.otherTime = fresh;
    } else {
      // The first window is the one that its group knows: the other takes its place.
      replace(first, other);
      other.otherTime = fresh;
      linkFresh(fresh);
      return fresh;
    }
    linkFresh(fresh);
    return fresh;
  }

  private void linkFresh(Window fresh) {
    windows++;
    cells += fresh.allCells();
  }

  private boolean reaches(Window window, long timeMs) {
    return timeMs > window.nowMs - timespansMs[window.correlation];
  }

  /// `heir` takes the place of `first` in the group and in the list of ages.
  private void replace(Window first, Window heir) {
    unlinkAge(first);
    first.otherTime = null;
    drop(first);
    heir.otherTime = null;
    heir.group.remove(first);
    heir.group.add(heir);
    linkNewest(heir);
  }

  private void drop(Window window) {
    windows--;
    cells -= window.allCells();
  }

  /// The group of a key, made where there is none. Often that of the hit before: an event tells
  /// several correlations, and the next is often of the same group.
  private Window.Group group(int correlation, byte[] key, long keyHash) {
    long hash = (keyHash + kinds[correlation]) * 0x9E3779B97F4A7C15L;
    hash ^= hash >>> 32;
    var group = latest;
    if (group == null || group.hash != hash) {
      group = find(hash);
      if (group == null) {
        group = new Window.Group(key, hash);
        insert(group);
      }
      latest = group;
    }
    return group;
  }

  /// Does not look at the key: who does not know the secret cannot choose two keys of one hash, and
  /// for a million groups to have two by chance would take a million such sets.
  private Window.@Nullable Group find(long hash) {
    for (var group = table[slot(hash)]; group != null; group = group.next) {
      if (group.hash == hash) {
        return group;
      }
    }
    return null;
  }

  private int slot(long hash) {
    return (int) hash & table.length - 1;
  }

  private void insert(Window.Group group) {
    if (groups >= table.length && table.length < 1 << 26) {
      Window.@Nullable Group[] old = table;
      table = new Window.Group[old.length * 2];
      for (var head : old) {
        var at = head;
        while (at != null) {
          var following = at.next;
          at.next = table[slot(at.hash)];
          table[slot(at.hash)] = at;
          at = following;
        }
      }
    }
    group.next = table[slot(group.hash)];
    table[slot(group.hash)] = group;
    groups++;
    cells += group.cells();
  }

  private void remove(Window.Group group) {
    int slot = slot(group.hash);
    Window.Group before = null;
    for (var at = table[slot]; at != group && at != null; at = at.next) {
      before = at;
    }
    if (before == null) {
      table[slot] = group.next;
    } else {
      before.next = group.next;
    }
    groups--;
    cells -= group.cells();
    latest = null;
  }

  private void linkNewest(Window window) {
    int correlation = window.correlation;
    var last = newest[correlation];
    window.linked = serial;
    window.older = last;
    window.newer = null;
    if (last == null) {
      oldest[correlation] = window;
    } else {
      last.newer = window;
    }
    newest[correlation] = window;
  }

  private void unlinkAge(Window window) {
    int correlation = window.correlation;
    if (window.older == null) {
      oldest[correlation] = window.newer;
    } else {
      window.older.newer = window.newer;
    }
    if (window.newer == null) {
      newest[correlation] = window.older;
    } else {
      window.newer.older = window.older;
    }
    window.older = null;
    window.newer = null;
  }

  /// Whether a group was touched since it was put in line, so that it is not its turn.
  private static boolean isStale(Window window) {
    var other = window.otherTime;
    return window.touched > window.linked || (other != null && other.touched > window.linked);
  }

  private void linkAgain(Window window) {
    unlinkAge(window);
    linkNewest(window);
  }

  /// Forgets groups whose time is over once there are many, and groups that would expire first once
  /// there are too many. Never the group at hand, which is the newest or stale.
  private void makeRoom(Window current, long timeMs) {
    if (windows > RECLAIM_ABOVE) {
      for (int i = 0; i < 2; i++) {
        var window = oldest[current.correlation];
        if (window != null && isStale(window)) {
          linkAgain(window);
        } else if (window != null && isOver(window, timeMs)) {
          forget(window);
        } else {
          break;
        }
      }
    }
    while (windows > keysMax || cells > (long) keysMax * CELLS_PER_KEY) {
      Window first = null;
      long firstEndMs = Long.MAX_VALUE;
      for (int i = 0; i < oldest.length; i++) {
        var window = oldest[i];
        while (window != null && isStale(window)) {
          linkAgain(window);
          window = oldest[i];
        }
        if (window != null && i == current.correlation && window.group == current.group) {
          window = window.newer;
        }
        if (window != null && latestMs(window) + timespansMs[i] < firstEndMs) {
          first = window;
          firstEndMs = latestMs(window) + timespansMs[i];
        }
      }
      if (first == null) {
        return;
      }
      if (!isOver(first, timeMs)) {
        evicted++;
      }
      forget(first);
    }
  }

  private static long latestMs(Window window) {
    var other = window.otherTime;
    return other == null ? window.nowMs : Math.max(window.nowMs, other.nowMs);
  }

  private boolean isOver(Window window, long timeMs) {
    return latestMs(window) <= timeMs - timespansMs[window.correlation];
  }

  private void forget(Window window) {
    unlinkAge(window);
    if (window.otherTime != null) {
      drop(window.otherTime);
    }
    drop(window);
    var group = window.group;
    group.remove(window);
    if (group.windows == null) {
      remove(group);
    }
  }
}
