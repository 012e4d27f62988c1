package dev.vedette.app;

import dev.vedette.event.Detection;
import dev.vedette.event.Ecs;
import dev.vedette.event.Entity;
import dev.vedette.event.Event;
import dev.vedette.sigma.CompiledRule;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Confined to one thread at a time. What was detected in single events, counted by rule, entity
/// and source. The order of the events matters for nothing but the first and the latest of each, so
/// every worker counts for itself and the counts are put together at the end: a log that is all
/// attack costs little more than one without.
final class Sightings {
  /// Groups that one worker counts apart. What comes after them is counted by rule alone, so that
  /// memory has a bound whatever the log holds.
  static final int GROUPS_MAX = 200_000;

  private static final Entity OTHERS = new Entity(Entity.Kind.SOURCE, "others");

  private final Map<Key, Sighting> groups = new HashMap<>();
  private final Key asked = new Key();
  private final int groupsMax;
  private long batch;

  Sightings() {
    this(GROUPS_MAX);
  }

  Sightings(int groupsMax) {
    this.groupsMax = groupsMax;
  }

  /// The batch that the next lines are of.
  void begin(long number) {
    batch = number << 24;
  }

  /// Counts an event in its group; null, with nothing counted, where there is no such group yet.
  ///
  /// @param entity the slot of the value that alerts of the rule are grouped by, or -1
  @Nullable Sighting count(CompiledRule rule, int entity, Event event, int line) {
    asked.begin(rule.index());
    asked.add(event, entity);
    int source = event.first(Ecs.SOURCE_IP);
    asked.add(event, source);
    if (source < 0 && entity < 0) {
      asked.add(event, event.first(Ecs.USER_NAME));
      asked.add(event, event.first(Ecs.HOST_HOSTNAME));
      asked.add(event, event.first(Ecs.HOST_NAME));
      asked.add(event.dataset().name());
    }
    var sighting = groups.get(asked);
    if (sighting == null && groups.size() >= groupsMax) {
      asked.begin(rule.index());
      sighting = groups.get(asked);
    }
    if (sighting != null) {
      sighting.add(rule, event, batch + line);
    }
    return sighting;
  }

  /// Opens the group that [#count] did not find.
  void open(Detection first, Event event, int line) {
    boolean apart = groups.size() < groupsMax;
    groups.put(asked.copy(), new Sighting(apart ? first : ofOthers(first), event, batch + line));
  }

  private static Detection ofOthers(Detection d) {
    return new Detection(
        d.ruleId(),
        d.title(),
        d.severity(),
        d.threatClass(),
        d.techniques(),
        d.timeMs(),
        d.event(),
        OTHERS,
        "",
        "",
        "",
        d.reason(),
        d.evidence(),
        d.events(),
        d.original());
  }

  /// What all workers counted, in the order in which each group was first seen.
  static List<Sighting> together(List<Sightings> workers) {
    var all = new HashMap<Key, Sighting>();
    for (var worker : workers) {
      worker.groups.forEach((key, sighting) -> all.merge(key, sighting, Sighting::and));
    }
    return all.values().stream()
        .sorted(Comparator.comparingLong(sighting -> sighting.firstPlace))
        .toList();
  }

  /// Confined to the thread of its map. A rule, entity and source, and how often they were seen.
  static final class Sighting {
    private Detection first;
    private long firstPlace;
    private final byte @Nullable [] user;
    private final byte @Nullable [] host;
    private boolean oneUser = true;
    private boolean oneHost = true;
    private long earliestMs;
    private long lastMs;
    private long lastPlace;
    private String lastReason;
    private long events = 1;

    private Sighting(Detection first, Event event, long place) {
      this.first = first;
      this.firstPlace = place;
      this.user = event.copy(Ecs.USER_NAME);
      this.host = event.copy(Ecs.HOST_HOSTNAME);
      this.earliestMs = first.timeMs();
      this.lastMs = first.timeMs();
      this.lastPlace = place;
      this.lastReason = first.reason();
    }

    private void add(CompiledRule rule, Event event, long place) {
      events++;
      long timeMs = event.timeMs();
      earliestMs = Math.min(earliestMs, timeMs);
      if (timeMs >= lastMs) {
        lastMs = timeMs;
        lastPlace = place;
        lastReason = rule.explanation(event);
      }
      oneUser = oneUser && holds(event, Ecs.USER_NAME, user);
      oneHost = oneHost && holds(event, Ecs.HOST_HOSTNAME, host);
    }

    private static boolean holds(Event event, int field, byte @Nullable [] value) {
      int slot = event.first(field);
      return slot < 0
          ? value == null
          : value != null
              && Arrays.equals(
                  event.array(slot), event.from(slot), event.to(slot), value, 0, value.length);
    }

    private Sighting and(Sighting other) {
      if (other.firstPlace < firstPlace) {
        first = other.first;
        firstPlace = other.firstPlace;
      }
      if (other.lastMs > lastMs || (other.lastMs == lastMs && other.lastPlace > lastPlace)) {
        lastMs = other.lastMs;
        lastPlace = other.lastPlace;
        lastReason = other.lastReason;
      }
      earliestMs = Math.min(earliestMs, other.earliestMs);
      events += other.events;
      oneUser = oneUser && other.oneUser && Arrays.equals(user, other.user);
      oneHost = oneHost && other.oneHost && Arrays.equals(host, other.host);
      return this;
    }

    Detection first() {
      return first;
    }

    /// The latest, which names a user or host only where all agree on it.
    Detection latest() {
      return new Detection(
          first.ruleId(),
          first.title(),
          first.severity(),
          first.threatClass(),
          first.techniques(),
          lastMs,
          first.event(),
          first.entity(),
          first.sourceIp(),
          oneUser ? first.userName() : "",
          oneHost ? first.hostName() : "",
          lastReason,
          List.of(),
          1,
          "");
    }

    long earliestMs() {
      return earliestMs;
    }

    long events() {
      return events;
    }
  }

  /// What tells groups apart, as bytes. Ordered, so that a map of keys that somebody chose to
  /// collide stays fast.
  private static final class Key implements Comparable<Key> {
    private byte[] bytes = new byte[64];
    private int length;
    private int hash;

    void begin(int rule) {
      length = 0;
      hash = 1;
      number(rule);
    }

    private void number(int value) {
      put((byte) value);
      put((byte) (value >> 8));
      put((byte) (value >> 16));
    }

    /// @param slot of the event, or -1
    void add(Event event, int slot) {
      if (slot < 0) {
        number(0);
        return;
      }
      byte[] array = event.array(slot);
      int to = event.to(slot);
      number(to - event.from(slot));
      for (int i = event.from(slot); i < to; i++) {
        put(array[i]);
      }
    }

    void add(String name) {
      for (int i = 0; i < name.length(); i++) {
        put((byte) name.charAt(i));
      }
    }

    private void put(byte b) {
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, length * 2);
      }
      bytes[length++] = b;
      hash = 31 * hash + b;
    }

    Key copy() {
      var copy = new Key();
      copy.bytes = Arrays.copyOf(bytes, length);
      copy.length = length;
      copy.hash = hash;
      return copy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && hash == key.hash
          && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public int compareTo(Key other) {
      return Arrays.compare(bytes, 0, length, other.bytes, 0, other.length);
    }
  }
}
