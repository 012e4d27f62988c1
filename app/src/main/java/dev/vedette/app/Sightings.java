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
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Confined to one thread at a time. What was detected in single events, counted by rule, entity
/// and source. The order of the events matters for nothing but the first and the latest of each, so
/// every worker counts for itself and the counts are put together at the end: a log that is all
/// attack costs little more than one without.
final class Sightings {
  private static final byte[] NOTHING = new byte[0];

  /// Whom the events are counted for that are not told apart.
  static final Entity OTHERS = new Entity(Entity.Kind.SOURCE, "others");

  /// What a sighting and its part of a party take beside their texts, roughly.
  private static final int SIGHTING_BYTES = 640;

  private final Function<Detection, String> advice;

  private final Map<Key, Party> parties = new HashMap<>();

  /// Whom the last line was about; the next is often about the same.
  private @Nullable Party last;

  private final Key asked = new Key();
  private byte[] lastHost = NOTHING;
  private final long bytesMax;
  private long bytes;
  private long batch;

  /// @param advice what to do about a detection
  /// @param bytesMax memory for groups, roughly. What comes when it is used up is counted by rule
  ///   alone, so that memory has a bound whatever the log holds
  Sightings(Function<Detection, String> advice, long bytesMax) {
    this.advice = advice;
    this.bytesMax = bytesMax;
  }

  /// The batch that the next lines are of.
  void begin(long number) {
    batch = number << 24;
  }

  /// Counts an event in its group; null, with nothing counted, where there is no such group yet.
  ///
  /// @param entity the slot of the value that alerts of the rule are grouped by, or -1
  @Nullable Sighting count(CompiledRule rule, int entity, Event event, int line) {
    asked.begin();
    int source = event.first(Ecs.SOURCE_IP);
    asked.add(event, source);
    if (entity != source) {
      asked.add(event, entity);
    }
    if (source < 0 && entity < 0) {
      asked.add(event, event.first(Ecs.USER_NAME));
      asked.add(event, hostSlot(event));
      asked.add(event.dataset().name());
    }
    var sighting = find(rule);
    if (sighting == null && isFull()) {
      asked.begin();
      sighting = find(rule);
    }
    if (sighting != null) {
      sighting.add(event, batch + line);
    }
    return sighting;
  }

  private @Nullable Sighting find(CompiledRule rule) {
    var party = last;
    if (party == null || !party.key.hasBytesOf(asked)) {
      party = parties.get(asked.hashed());
      if (party == null) {
        return null;
      }
      last = party;
    }
    return party.sighting(rule);
  }

  private boolean isFull() {
    return bytes >= bytesMax;
  }

  /// Opens the group that [#count] did not find.
  void open(CompiledRule rule, Detection first, Event event, int line) {
    var detection = kept(first, !isFull());
    var sighting =
        new Sighting(rule, detection, advice.apply(first), event, host(event), batch + line);
    var party = parties.get(asked.hashed());
    if (party == null) {
      party = new Party(new Key(asked));
      parties.put(party.key, party);
    }
    party.add(sighting);
    bytes +=
        SIGHTING_BYTES
            + 4L * asked.length()
            + 2L * (first.reason().length() + sighting.advice.length());
  }

  /// Most groups are of few hosts, whose names are held once.
  private byte[] host(Event event) {
    byte[] host = Sighting.copy(event, hostSlot(event));
    if (!Arrays.equals(host, lastHost)) {
      lastHost = host;
    }
    return lastHost;
  }

  /// A detection without what only its line needs, and without whom it is about where groups are
  /// not told apart any more.
  private static Detection kept(Detection d, boolean apart) {
    return new Detection(
        d.ruleId(),
        d.title(),
        d.severity(),
        d.threatClass(),
        d.techniques(),
        d.timeMs(),
        d.event(),
        apart ? d.entity() : OTHERS,
        apart ? d.sourceIp() : "",
        apart ? d.userName() : "",
        apart ? d.hostName() : "",
        d.reason(),
        List.of(),
        d.events(),
        "");
  }

  /// Where the host of an event stands, as [Engine] reads it.
  private static int hostSlot(Event event) {
    int slot = event.first(Ecs.HOST_HOSTNAME);
    return slot >= 0 && event.to(slot) > event.from(slot) ? slot : event.first(Ecs.HOST_NAME);
  }

  /// What all workers counted, in the order in which each group was first seen.
  static List<Sighting> together(List<Sightings> workers) {
    var all = new HashMap<Key, Party>();
    for (var worker : workers) {
      worker.parties.forEach((key, party) -> all.merge(key, party, Party::and));
    }
    return all.values().stream()
        .flatMap(Party::sightings)
        .sorted(
            Comparator.comparingLong((Sighting sighting) -> sighting.firstPlace)
                .thenComparing(sighting -> sighting.first.ruleId()))
        .toList();
  }

  /// Confined to one thread at a time. A rule, entity and source, and how often they were seen.
  static final class Sighting {
    /// In the order of the files: by the latest event, then by its place.
    static final Comparator<Sighting> BY_LATEST =
        Comparator.comparingLong((Sighting sighting) -> sighting.lastMs)
            .thenComparingLong(sighting -> sighting.lastPlace);

    private Detection first;
    private String advice;
    private long firstPlace;
    private final byte[] user;
    private final byte[] host;
    private boolean oneUser = true;
    private boolean oneHost = true;
    private long earliestMs;
    private long lastMs;
    private long lastPlace;
    private byte[] lastValues = NOTHING;
    private final CompiledRule rule;
    private long events = 1;

    private Sighting(
        CompiledRule rule, Detection first, String advice, Event event, byte[] host, long place) {
      this.rule = rule;
      this.first = first;
      this.advice = advice;
      this.firstPlace = place;
      this.user = copy(event, event.first(Ecs.USER_NAME));
      this.host = host;
      this.earliestMs = first.timeMs();
      this.lastMs = first.timeMs();
      this.lastPlace = place;
      this.lastValues = rule.explanationValues(event, lastValues);
    }

    private void add(Event event, long place) {
      events++;
      long timeMs = event.timeMs();
      earliestMs = Math.min(earliestMs, timeMs);
      if (timeMs >= lastMs) {
        lastMs = timeMs;
        lastPlace = place;
        lastValues = rule.explanationValues(event, lastValues);
      }
      oneUser = oneUser && holds(event, event.first(Ecs.USER_NAME), user);
      oneHost = oneHost && holds(event, hostSlot(event), host);
    }

    private static byte[] copy(Event event, int slot) {
      return slot < 0
          ? NOTHING
          : Arrays.copyOfRange(event.array(slot), event.from(slot), event.to(slot));
    }

    private static boolean holds(Event event, int slot, byte[] value) {
      return slot < 0
          ? value.length == 0
          : Arrays.equals(
              event.array(slot), event.from(slot), event.to(slot), value, 0, value.length);
    }

    private Sighting and(Sighting other) {
      if (other.firstPlace < firstPlace) {
        first = other.first;
        advice = other.advice;
        firstPlace = other.firstPlace;
      }
      if (other.lastMs > lastMs || (other.lastMs == lastMs && other.lastPlace > lastPlace)) {
        lastMs = other.lastMs;
        lastPlace = other.lastPlace;
        lastValues = other.lastValues;
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

    /// What to do about the first.
    String advice() {
      return advice;
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
          rule.explanation(lastValues),
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

  /// Confined to one thread at a time. An entity and source, and what was seen of them by rule:
  /// few, so they are looked through, by the numbers of the rules alone.
  private static final class Party {
    final Key key;
    private int[] rules = new int[2];
    private Sighting[] sightings = new Sighting[2];
    private int size;

    Party(Key key) {
      this.key = key;
    }

    @Nullable Sighting sighting(CompiledRule rule) {
      int index = rule.index();
      for (int i = 0; i < size; i++) {
        if (rules[i] == index) {
          return sightings[i];
        }
      }
      return null;
    }

    void add(Sighting sighting) {
      if (size == rules.length) {
        rules = Arrays.copyOf(rules, size * 2);
        sightings = Arrays.copyOf(sightings, size * 2);
      }
      rules[size] = sighting.rule.index();
      sightings[size++] = sighting;
    }

    Stream<Sighting> sightings() {
      return Arrays.stream(sightings, 0, size);
    }

    Party and(Party other) {
      other
          .sightings()
          .forEach(theirs -> {
            var ours = sighting(theirs.rule);
            if (ours == null) {
              add(theirs);
            } else {
              ours.and(theirs);
            }
          });
      return this;
    }
  }

  /// What tells parties apart, as bytes. Ordered, so that a map of keys that somebody chose to
  /// collide stays fast; final, because the map asks for the very class.
  static final class Key implements Comparable<Key> {
    private byte[] bytes;
    private int length;
    private int hash;

    /// To be asked with.
    Key() {
      bytes = new byte[64];
    }

    /// What was asked, to be kept.
    Key(Key asked) {
      bytes = Arrays.copyOf(asked.bytes, asked.length);
      length = asked.length;
      hash = asked.hash;
    }

    int length() {
      return length;
    }

    void begin() {
      length = 0;
    }

    /// @param slot of the event, or -1
    void add(Event event, int slot) {
      int size = slot < 0 ? 0 : event.to(slot) - event.from(slot);
      reserve(size + 4);
      bytes[length++] = (byte) size;
      bytes[length++] = (byte) (size >> 8);
      bytes[length++] = (byte) (size >> 16);
      bytes[length++] = (byte) (size >> 24);
      if (slot >= 0) {
        System.arraycopy(event.array(slot), event.from(slot), bytes, length, size);
        length += size;
      }
    }

    void add(String name) {
      reserve(name.length());
      for (int i = 0; i < name.length(); i++) {
        bytes[length++] = (byte) name.charAt(i);
      }
    }

    private void reserve(int more) {
      if (length + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
      }
    }

    /// This key, ready to be looked up.
    Key hashed() {
      int h = 1;
      for (int i = 0; i < length; i++) {
        h = 31 * h + bytes[i];
      }
      hash = h;
      return this;
    }

    boolean hasBytesOf(Key other) {
      return Arrays.equals(bytes, 0, length, other.bytes, 0, other.length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && hash == key.hash && hasBytesOf(key);
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
