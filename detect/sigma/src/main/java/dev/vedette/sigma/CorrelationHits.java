package dev.vedette.sigma;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Confined to one thread at a time. What matched events tell the correlations, and no more: which
/// correlation is told by which rule, when the event was, its group and what is counted of it.
/// Small enough to be kept for the longest window, so that windows are rebuilt after a restart by
/// accepting the hits again.
///
/// Packed, because an attacked log has more hits than lines: adding one allocates nothing once the
/// arrays are warm, and the one correlator reads them in a row. A worker fills them, then the
/// ordered stage reads them; [#clear] makes them ready for the next batch.
///
/// Encoded hits refer to rules by id, never by index, so that they outlive a change of the rule
/// set: one of a rule that is gone, or that was grouped otherwise, is left out when they are read.
public final class CorrelationHits {
  /// Hits of one encoded array.
  private static final int HITS_MAX = 1 << 24;

  private static final byte VERSION = 1;

  private static final int TIME = 0;
  private static final int SEQUENCE = 1;
  private static final int KEY_HASH = 2;
  private static final int VALUE_HASH = 3;
  private static final int LONGS = 4;

  private static final int FEED = 0;
  private static final int LINE = 1;
  private static final int SOURCE = 2;
  private static final int INTS = 3;

  private final CorrelationPlan plan;
  private int size;
  private long[] longs = new long[16 * LONGS];
  private int[] ints = new int[16 * INTS];

  /// By hit: its key and its value.
  private byte[][] parts = new byte[16 * 2][];

  CorrelationHits(CorrelationPlan plan) {
    this.plan = plan;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  public void clear() {
    size = 0;
  }

  /// Gives the events their numbers, which a worker does not know: line `n` of a batch becomes
  /// `first + n` of the source.
  public void number(int source, long first) {
    for (int i = 0; i < size; i++) {
      longs[i * LONGS + SEQUENCE] = first + ints[i * INTS + LINE];
      ints[i * INTS + SOURCE] = source;
    }
  }

  /// The latest event time in milliseconds since 1970 UTC; [Long#MIN_VALUE] where there is no hit.
  public long latestMs() {
    long latest = Long.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      latest = Math.max(latest, timeMs(i));
    }
    return latest;
  }

  /// @param line number of the event in its batch
  /// @param keyHash under the secret of the plan, as `valueHash`
  void add(
      CorrelationPlan.Feed feed,
      long timeMs,
      int line,
      byte[] key,
      long keyHash,
      byte[] value,
      long valueHash) {
    int i = size;
    if (i * LONGS == longs.length) {
      longs = Arrays.copyOf(longs, longs.length * 2);
      ints = Arrays.copyOf(ints, ints.length * 2);
      parts = Arrays.copyOf(parts, parts.length * 2);
    }
    longs[i * LONGS + TIME] = timeMs;
    longs[i * LONGS + SEQUENCE] = line;
    longs[i * LONGS + KEY_HASH] = keyHash;
    longs[i * LONGS + VALUE_HASH] = valueHash;
    ints[i * INTS + FEED] = feed.number();
    ints[i * INTS + LINE] = line;
    ints[i * INTS + SOURCE] = 0;
    parts[i * 2] = key;
    parts[i * 2 + 1] = value;
    size = i + 1;
  }

  @SuppressWarnings("ReferenceEquality") // another plan of the same rules has other secrets
  boolean isOf(CorrelationPlan other) {
    return plan == other;
  }

  CorrelationPlan.Feed feed(int hit) {
    return plan.feed(ints[hit * INTS + FEED]);
  }

  long timeMs(int hit) {
    return longs[hit * LONGS + TIME];
  }

  int source(int hit) {
    return ints[hit * INTS + SOURCE];
  }

  long sequence(int hit) {
    return longs[hit * LONGS + SEQUENCE];
  }

  byte[] key(int hit) {
    return parts[hit * 2];
  }

  byte[] value(int hit) {
    return parts[hit * 2 + 1];
  }

  long keyHash(int hit) {
    return longs[hit * LONGS + KEY_HASH];
  }

  long valueHash(int hit) {
    return longs[hit * LONGS + VALUE_HASH];
  }

  // ---- as bytes

  /// As few bytes; [SigmaEngine#readHits] reads them, in this and later versions.
  public byte[] encode() {
    var out = new ByteArrayOutputStream(64 + size * 32);
    out.write(VERSION);
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      ids.putIfAbsent(feed(i).correlation(), ids.size());
      ids.putIfAbsent(feed(i).rule(), ids.size());
    }
    Numbers.write(out, ids.size());
    for (String id : ids.keySet()) {
      Numbers.write(out, id.getBytes(StandardCharsets.UTF_8));
    }
    Numbers.write(out, size);
    long lastTime = 0;
    long lastSequence = 0;
    for (int i = 0; i < size; i++) {
      Numbers.write(out, ids.getOrDefault(feed(i).correlation(), 0));
      Numbers.write(out, ids.getOrDefault(feed(i).rule(), 0));
      Numbers.writeSigned(out, timeMs(i) - lastTime);
      lastTime = timeMs(i);
      Numbers.writeSigned(out, source(i));
      Numbers.writeSigned(out, sequence(i) - lastSequence);
      lastSequence = sequence(i);
      Numbers.write(out, key(i));
      Numbers.write(out, value(i));
    }
    return out.toByteArray();
  }

  /// Reads what [#encode] wrote; empty for bytes that it cannot have written.
  static Optional<CorrelationHits> decode(CorrelationPlan plan, byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != VERSION) {
      return Optional.empty();
    }
    var in = new Numbers(bytes, 1);
    long idCount = in.number();
    List<String> ids = new ArrayList<>();
    for (long i = 0; i < idCount && !in.isBroken(); i++) {
      ids.add(new String(in.bytes(), StandardCharsets.UTF_8));
    }
    long count = in.number();
    if (count > HITS_MAX) {
      return Optional.empty();
    }
    var out = new CorrelationHits(plan);
    Map<Long, Optional<CorrelationPlan.Feed>> feeds = new HashMap<>();
    long time = 0;
    long sequence = 0;
    for (long i = 0; i < count && !in.isBroken(); i++) {
      long correlation = in.number();
      long rule = in.number();
      time += in.signed();
      long source = in.signed();
      sequence += in.signed();
      byte[] key = in.bytes();
      byte[] value = in.bytes();
      if (in.isBroken()
          || correlation >= ids.size()
          || rule >= ids.size()
          || source != (int) source) {
        return Optional.empty();
      }
      var feed =
          feeds
              .computeIfAbsent(
                  correlation << 32 | rule,
                  _ ->
                      Optional.ofNullable(
                          plan.feed(ids.get((int) correlation), ids.get((int) rule))))
              .orElse(null);
      if (feed != null && plan.isKeyOf(feed, key, value)) {
        out.add(feed, time, 0, key, plan.hash(key), value, plan.valueHash(value));
        out.longs[(out.size - 1) * LONGS + SEQUENCE] = sequence;
        out.ints[(out.size - 1) * INTS + SOURCE] = (int) source;
      }
    }
    return in.isBroken() || !in.atEnd() ? Optional.empty() : Optional.of(out);
  }

  @Override
  public String toString() {
    var out = new StringBuilder();
    for (int i = 0; i < size; i++) {
      out.append(feed(i).correlation())
          .append(" <- ")
          .append(feed(i).rule())
          .append(' ')
          .append(CorrelationKeys.texts(key(i)))
          .append(' ')
          .append(CorrelationKeys.texts(value(i)))
          .append(" at ")
          .append(timeMs(i))
          .append('\n');
    }
    return out.toString();
  }
}
