package dev.vedette.store;

import dev.vedette.event.Dataset;
import dev.vedette.event.Event;
import java.util.ArrayList;
import java.util.Arrays;

/// Confined to one worker. Counts a batch while its lines are read, and answers the
/// [Commit.Summary] that goes with it: times, roll-up minutes, entity tokens.
///
/// ```java
/// tally.begin();
/// for (int i = 0; i < batch.count(); i++) {
///   reader.read(batch.bytes(), batch.start(i), batch.end(i), batch.receivedMs(), hint, event);
///   tally.add(event, batch.receivedMs(), !matcher.match(event).isEmpty());
/// }
/// var prepared = store.prepare(batch, tally.summary());
/// ```
public final class Tally {
  private static final long MINUTE_MS = 60_000;

  private long minTimeMs;
  private long maxTimeMs;
  private int unparsed;

  private long[] minuteKeys = new long[16];
  private long[] minuteEvents = new long[16];
  private long[] minuteSuspicious = new long[16];
  private int minutes;
  private int lastMinute;

  /// An open-addressing set; 0 is a free place.
  private long[] tokens = new long[1_024];

  private int tokenCount;

  /// Forgets the batch before.
  public void begin() {
    minTimeMs = Long.MAX_VALUE;
    maxTimeMs = Long.MIN_VALUE;
    unparsed = 0;
    minutes = 0;
    lastMinute = -1;
    if (tokens.length > 65_536) {
      tokens = new long[1_024];
    } else if (tokenCount > 0) {
      Arrays.fill(tokens, 0);
    }
    tokenCount = 0;
  }

  /// Counts one event; `receivedMs` stands in where it has no time of its own.
  public void add(Event event, long receivedMs, boolean suspicious) {
    long timeMs = event.timeMs() == Event.NO_TIME ? receivedMs : event.timeMs();
    minTimeMs = Math.min(minTimeMs, timeMs);
    maxTimeMs = Math.max(maxTimeMs, timeMs);
    if (event.dataset().equals(Dataset.PLAIN)) {
      unparsed++;
    }
    int minute = minute(Math.floorDiv(timeMs, MINUTE_MS) * MINUTE_MS);
    minuteEvents[minute]++;
    if (suspicious) {
      minuteSuspicious[minute]++;
    }
    for (int field : TokenFilter.FIELDS) {
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        token(TokenFilter.hash(event.array(slot), event.from(slot), event.to(slot)));
      }
    }
  }

  public Commit.Summary summary() {
    var counts = new ArrayList<Commit.MinuteCount>(minutes);
    for (int i = 0; i < minutes; i++) {
      counts.add(new Commit.MinuteCount(minuteKeys[i], minuteEvents[i], minuteSuspicious[i]));
    }
    long[] distinct = new long[tokenCount];
    int count = 0;
    for (long token : tokens) {
      if (token != 0) {
        distinct[count++] = token;
      }
    }
    return new Commit.Summary(minTimeMs, maxTimeMs, unparsed, counts, distinct);
  }

  private int minute(long key) {
    if (lastMinute >= 0 && minuteKeys[lastMinute] == key) {
      return lastMinute;
    }
    for (int i = minutes - 1; i >= Math.max(0, minutes - 64); i--) {
      if (minuteKeys[i] == key) {
        lastMinute = i;
        return i;
      }
    }
    if (minutes == minuteKeys.length) {
      minuteKeys = Arrays.copyOf(minuteKeys, minutes * 2);
      minuteEvents = Arrays.copyOf(minuteEvents, minutes * 2);
      minuteSuspicious = Arrays.copyOf(minuteSuspicious, minutes * 2);
    }
    minuteKeys[minutes] = key;
    minuteEvents[minutes] = 0;
    minuteSuspicious[minutes] = 0;
    lastMinute = minutes;
    return minutes++;
  }

  private void token(long hash) {
    long token = hash == 0 ? 1 : hash;
    int mask = tokens.length - 1;
    int place = (int) token & mask;
    while (tokens[place] != 0) {
      if (tokens[place] == token) {
        return;
      }
      place = (place + 1) & mask;
    }
    tokens[place] = token;
    if (++tokenCount * 2 > tokens.length) {
      long[] old = tokens;
      tokens = new long[old.length * 2];
      tokenCount = 0;
      for (long kept : old) {
        if (kept != 0) {
          token(kept);
        }
      }
    }
  }
}
