package dev.vedette.sigma;

import dev.vedette.event.EventId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Confined to the ordered stage. The state of one correlation for one [Group]: what happened in
/// the `timespan` up to the latest event.
///
/// Most groups are of one event and never of a second in time: such a one is a single object, and
/// what holds more is allocated with the second. Bounded however much comes.
abstract sealed class Window {
  /// The longs of the object itself.
  private static final int OBJECT_CELLS = 17;

  final int correlation;
  final Group group;

  @Nullable Window nextOfGroup;

  /// Neighbours in the order in which they were put in line within the correlation.
  @Nullable Window older;

  @Nullable Window newer;

  /// The same group at another time: where events of long ago arrive between those of now.
  @Nullable Window otherTime;

  /// Time of its latest event.
  long nowMs = Long.MIN_VALUE;

  /// Serial number of the last touch.
  long touched;

  /// Serial number of the touch before which it was put in line.
  long linked;

  /// What was reported when the condition began to hold; null while it does not.
  @Nullable Firing firing;

  /// Hits since the window was last empty.
  long active;

  /// The first event.
  private int firstSource;

  private long firstSequence;

  /// A ring of the latest events, source and sequence in turn; null until there was a second.
  private long @Nullable [] events;

  private int eventCount;

  Window(int correlation, Group group) {
    this.correlation = correlation;
    this.group = group;
  }

  /// Confined to the ordered stage. What some events have in common in the fields that correlations
  /// group by, and the windows of the correlations that were told of it: few, so they are a list.
  static final class Group {
    final byte[] key;
    final long hash;

    @Nullable Window windows;

    /// The next group in the same bucket of the table.
    @Nullable Group next;

    Group(byte[] key, long hash) {
      this.key = key;
      this.hash = hash;
    }

    @Nullable Window window(int correlation) {
      var window = windows;
      while (window != null && window.correlation != correlation) {
        window = window.nextOfGroup;
      }
      return window;
    }

    void add(Window window) {
      window.nextOfGroup = windows;
      windows = window;
    }

    void remove(Window window) {
      if (windows == window) {
        windows = window.nextOfGroup;
      } else {
        var before = windows;
        while (before != null && before.nextOfGroup != window) {
          before = before.nextOfGroup;
        }
        if (before != null) {
          before.nextOfGroup = window.nextOfGroup;
        }
      }
      window.nextOfGroup = null;
    }

    /// Roughly the longs that it takes in memory, with its place in the table.
    int cells() {
      return 8 + key.length / 8;
    }
  }

  /// Forgets what is not after `endMs`.
  abstract void expire(long endMs);

  /// Adds a hit; `timeMs` may lie before [#nowMs], but inside the window.
  ///
  /// @param place of the rule among those of the correlation
  /// @param value hash of the counted value
  abstract void add(long timeMs, int place, long value);

  abstract long count();

  /// Whether an event of the rule at `place` comes where an order wants it, if there is one.
  boolean follows(int place) {
    return true;
  }

  /// Time of the oldest event that still counts.
  abstract long oldestMs();

  /// Roughly the longs that its arrays hold.
  abstract int cells();

  /// Roughly the longs that it takes in memory.
  final int allCells() {
    return OBJECT_CELLS + cells() + (events == null ? 0 : events.length);
  }

  /// Confined to the ordered stage. A condition that holds: apart from its window, since few do.
  static final class Firing {
    final Window window;
    final long firstMs;
    long total;

    /// Events with which it continued since it was last told of, and the count and time at the last
    /// of them.
    long untold;

    long toldCount;

    long toldMs;

    Firing(Window window, long total) {
      this.window = window;
      this.firstMs = window.oldestMs();
      this.total = total;
    }
  }

  final void addEvent(int source, long sequence) {
    long[] ring = events;
    if (ring == null) {
      if (eventCount == 0) {
        firstSource = source;
        firstSequence = sequence;
        eventCount = 1;
        return;
      }
      ring = new long[] {firstSource, firstSequence, 0, 0, 0, 0, 0, 0};
    }
    int capacity = ring.length / 2;
    if (eventCount == capacity && capacity < Correlator.EVENTS_KEPT) {
      ring = Arrays.copyOf(ring, Math.min(Correlator.EVENTS_KEPT, capacity * 4) * 2);
      capacity = ring.length / 2;
    }
    int place = eventCount % Correlator.EVENTS_KEPT % capacity * 2;
    ring[place] = source;
    ring[place + 1] = sequence;
    events = ring;
    eventCount++;
    if (eventCount == Correlator.EVENTS_KEPT * 2) {
      // The ring is full and stays aligned; keep the counter small.
      eventCount = Correlator.EVENTS_KEPT;
    }
  }

  final List<EventId> events() {
    if (events == null) {
      return eventCount == 0 ? List.of() : List.of(new EventId(firstSource, firstSequence));
    }
    List<EventId> out = new ArrayList<>();
    int kept = Math.min(eventCount, Correlator.EVENTS_KEPT);
    for (int i = eventCount - kept; i < eventCount; i++) {
      int place = i % Correlator.EVENTS_KEPT * 2;
      out.add(new EventId((int) events[place], events[place + 1]));
    }
    return List.copyOf(out);
  }

  final void forgetEvents() {
    eventCount = 0;
  }

  static Window of(CorrelationRule rule, int correlation, Group group) {
    return switch (rule.type()) {
      case EVENT_COUNT -> new Events(correlation, group, rule.timespan().toMillis());
      case VALUE_COUNT -> new Values(correlation, group);
      case TEMPORAL -> new Rules(correlation, group, rule.rules().size());
      case TEMPORAL_ORDERED -> new OrderedRules(correlation, group, rule.rules().size());
    };
  }

  /// Counts events: their times in a sorted ring. When it is full, those that lie in the same
  /// two-thousandth of the timespan are joined, and expire together with the last of them.
  static final class Events extends Window {
    static final int TIMES_MAX = 4_096;

    private final long joinMs;

    /// The time of the only event, while `times` is null.
    private long only;

    /// Its length is a power of two; null until there were two events.
    private long @Nullable [] times;

    /// How many events each time stands for; null while each stands for one.
    private long @Nullable [] weights;

    private int head;
    private int size;
    private long count;

    Events(int correlation, Group group, long timespanMs) {
      super(correlation, group);
      joinMs = timespanMs / (TIMES_MAX / 2) + 1;
    }

    @Override
    void expire(long endMs) {
      if (times == null) {
        if (size == 1 && only <= endMs) {
          size = 0;
          count = 0;
        }
        return;
      }
      while (size > 0 && times[head] <= endMs) {
        count -= weights == null ? 1 : weights[head];
        head = head + 1 & times.length - 1;
        size--;
      }
    }

    @Override
    void add(long timeMs, int place, long value) {
      count++;
      if (times == null) {
        if (size == 0) {
          only = timeMs;
          size = 1;
          return;
        }
        times = new long[] {only, 0, 0, 0};
      }
      if (size == times.length) {
        grow(times);
      }
      int at = size;
      while (at > 0 && times[head + at - 1 & times.length - 1] > timeMs) {
        int from = head + at - 1 & times.length - 1;
        int to = head + at & times.length - 1;
        times[to] = times[from];
        if (weights != null) {
          weights[to] = weights[from];
        }
        at--;
      }
      int to = head + at & times.length - 1;
      times[to] = timeMs;
      if (weights != null) {
        weights[to] = 1;
      }
      size++;
    }

    private void grow(long[] old) {
      boolean join = old.length == TIMES_MAX;
      int length = join ? TIMES_MAX : old.length * 2;
      long[] newTimes = new long[length];
      long[] newWeights = join || weights != null ? new long[length] : null;
      int used = 0;
      for (int i = 0; i < size; i++) {
        int at = head + i & old.length - 1;
        long weight = weights == null ? 1 : weights[at];
        if (newWeights != null
            && join
            && used > 0
            && Math.floorDiv(newTimes[used - 1], joinMs) == Math.floorDiv(old[at], joinMs)) {
          newTimes[used - 1] = old[at];
          newWeights[used - 1] += weight;
        } else {
          newTimes[used] = old[at];
          if (newWeights != null) {
            newWeights[used] = weight;
          }
          used++;
        }
      }
      times = newTimes;
      weights = newWeights;
      head = 0;
      size = used;
    }

    @Override
    long count() {
      return count;
    }

    @Override
    long oldestMs() {
      if (size == 0) {
        return nowMs;
      }
      return times == null ? only : times[head];
    }

    @Override
    int cells() {
      return (times == null ? 0 : times.length) + (weights == null ? 0 : weights.length);
    }
  }

  /// Counts distinct values: a chained table from the value's hash to when it was last seen, and a
  /// list of the values in that order. Constant time per event whatever the number of values.
  static final class Values extends Window {
    /// Values of one group; beyond, the one not seen for longest is forgotten.
    static final int VALUES_MAX = 65_536;

    /// Steps that a late value is moved back in the list; later ones expire a little late.
    private static final int LATE_STEPS_MAX = 1_024;

    private static final int CHAIN = 0;
    private static final int BEFORE = 1;
    private static final int AFTER = 2;
    private static final int BUCKET = 3;

    private static final long[] NO_ENTRIES = new long[0];
    private static final int[] NO_LINKS = new int[0];

    /// The only value and when it was last seen, while `capacity` is 0.
    private long onlyValue;

    private long onlySeen;

    /// By entry: the value, and when it was last seen. Two arrays for all, so that a small group
    /// lies together in memory.
    private long[] entries = NO_ENTRIES;

    /// By entry: the next of its bucket, its neighbours in the list; and by bucket its first entry,
    /// of which there are as many.
    private int[] links = NO_LINKS;

    private int capacity;
    private int free;
    private int size;
    private int oldest = -1;
    private int latest = -1;

    Values(int correlation, Group group) {
      super(correlation, group);
    }

    private void clearBuckets() {
      for (int i = 0; i < capacity; i++) {
        links[i * 4 + BUCKET] = -1;
      }
    }

    private void linkFree(int from) {
      for (int i = from; i < capacity; i++) {
        links[i * 4 + CHAIN] = i + 1 < capacity ? i + 1 : -1;
      }
      free = from;
    }

    private long value(int i) {
      return entries[i * 2];
    }

    private long seen(int i) {
      return entries[i * 2 + 1];
    }

    @Override
    void expire(long endMs) {
      if (capacity == 0) {
        size = onlySeen <= endMs ? 0 : size;
        return;
      }
      while (oldest >= 0 && seen(oldest) <= endMs) {
        remove(oldest);
      }
    }

    @Override
    void add(long timeMs, int place, long value) {
      if (capacity == 0) {
        if (size == 0 || onlyValue == value) {
          onlySeen = size == 0 ? timeMs : Math.max(onlySeen, timeMs);
          onlyValue = value;
          size = 1;
          return;
        }
        capacity = 2;
        entries = new long[4];
        links = new int[8];
        clearBuckets();
        linkFree(0);
        size = 0;
        put(onlySeen, onlyValue);
      }
      for (int i = links[bucket(value)]; i >= 0; i = links[i * 4 + CHAIN]) {
        if (value(i) == value) {
          if (timeMs > seen(i)) {
            unlink(i);
            entries[i * 2 + 1] = timeMs;
            link(i);
          }
          return;
        }
      }
      if (size == VALUES_MAX) {
        remove(oldest);
      } else if (size == capacity) {
        grow();
      }
      put(timeMs, value);
    }

    private void put(long timeMs, long value) {
      int i = free;
      free = links[i * 4 + CHAIN];
      entries[i * 2] = value;
      entries[i * 2 + 1] = timeMs;
      chain(i);
      size++;
      link(i);
    }

    /// Where the first entry of a value's bucket stands.
    private int bucket(long value) {
      return ((int) (value >>> 32 ^ value) & capacity - 1) * 4 + BUCKET;
    }

    private void chain(int i) {
      int bucket = bucket(value(i));
      links[i * 4 + CHAIN] = links[bucket];
      links[bucket] = i;
    }

    /// Puts an entry into the list, behind all that were seen no later.
    private void link(int i) {
      long seen = seen(i);
      int behind = latest;
      for (int steps = 0; behind >= 0 && seen(behind) > seen && steps < LATE_STEPS_MAX; steps++) {
        behind = links[behind * 4 + BEFORE];
      }
      int ahead = behind < 0 ? oldest : links[behind * 4 + AFTER];
      links[i * 4 + BEFORE] = behind;
      links[i * 4 + AFTER] = ahead;
      if (behind < 0) {
        oldest = i;
      } else {
        links[behind * 4 + AFTER] = i;
      }
      if (ahead < 0) {
        latest = i;
      } else {
        links[ahead * 4 + BEFORE] = i;
      }
    }

    private void unlink(int i) {
      int before = links[i * 4 + BEFORE];
      int after = links[i * 4 + AFTER];
      if (before < 0) {
        oldest = after;
      } else {
        links[before * 4 + AFTER] = after;
      }
      if (after < 0) {
        latest = before;
      } else {
        links[after * 4 + BEFORE] = before;
      }
    }

    private void remove(int i) {
      unlink(i);
      int at = bucket(value(i));
      while (links[at] != i) {
        at = links[at] * 4 + CHAIN;
      }
      links[at] = links[i * 4 + CHAIN];
      links[i * 4 + CHAIN] = free;
      free = i;
      size--;
    }

    private void grow() {
      int old = capacity;
      capacity = old * 2;
      entries = Arrays.copyOf(entries, capacity * 2);
      links = Arrays.copyOf(links, capacity * 4);
      clearBuckets();
      for (int i = 0; i < old; i++) {
        chain(i);
      }
      linkFree(old);
    }

    @Override
    long count() {
      return size;
    }

    @Override
    long oldestMs() {
      if (size == 0) {
        return nowMs;
      }
      return capacity == 0 ? onlySeen : seen(oldest);
    }

    @Override
    int cells() {
      return capacity * 4;
    }
  }

  /// Counts which of the rules fired.
  static final class Rules extends Window {
    private final long[] seen;

    Rules(int correlation, Group group, int rules) {
      super(correlation, group);
      seen = new long[rules];
      Arrays.fill(seen, Long.MIN_VALUE);
    }

    @Override
    void expire(long endMs) {
      for (int i = 0; i < seen.length; i++) {
        if (seen[i] <= endMs) {
          seen[i] = Long.MIN_VALUE;
        }
      }
    }

    @Override
    void add(long timeMs, int place, long value) {
      seen[place] = Math.max(seen[place], timeMs);
    }

    @Override
    long count() {
      long count = 0;
      for (long time : seen) {
        count += time == Long.MIN_VALUE ? 0 : 1;
      }
      return count;
    }

    @Override
    long oldestMs() {
      long oldest = nowMs;
      for (long time : seen) {
        oldest = time == Long.MIN_VALUE ? oldest : Math.min(oldest, time);
      }
      return oldest;
    }

    @Override
    int cells() {
      return seen.length;
    }
  }

  /// Counts how many of the rules fired one after the other, in their order; order is that of
  /// arrival. Keeps, for every beginning of the list, when the latest such chain began.
  static final class OrderedRules extends Window {
    private final long[] begun;

    OrderedRules(int correlation, Group group, int rules) {
      super(correlation, group);
      begun = new long[rules];
      Arrays.fill(begun, Long.MIN_VALUE);
    }

    @Override
    void expire(long endMs) {
      for (int i = 0; i < begun.length; i++) {
        if (begun[i] <= endMs) {
          begun[i] = Long.MIN_VALUE;
        }
      }
    }

    @Override
    void add(long timeMs, int place, long value) {
      if (place == 0) {
        begun[0] = Math.max(begun[0], timeMs);
      } else {
        begun[place] = Math.max(begun[place], begun[place - 1]);
      }
    }

    @Override
    boolean follows(int place) {
      return place == 0 || begun[place - 1] != Long.MIN_VALUE;
    }

    @Override
    long count() {
      for (int i = begun.length - 1; i >= 0; i--) {
        if (begun[i] != Long.MIN_VALUE) {
          return i + 1L;
        }
      }
      return 0;
    }

    @Override
    long oldestMs() {
      for (int i = begun.length - 1; i >= 0; i--) {
        if (begun[i] != Long.MIN_VALUE) {
          return begun[i];
        }
      }
      return nowMs;
    }

    @Override
    int cells() {
      return begun.length;
    }
  }
}
