package dev.vedette.sigma;

import dev.vedette.event.EventId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Immutable. What a matched event tells a correlation, and no more: small enough to be kept for
/// the longest window, so that windows are rebuilt after a restart by accepting the hits again.
///
/// Refers to rules by id, never by index, so that hits outlive a change of the rule set: a hit of a
/// rule that is gone, or that was grouped otherwise, is ignored.
public final class CorrelationHit {
  /// Bytes of one value of the group or the counted field; a longer one is cut and marked with a
  /// hash of all of it.
  public static final int VALUE_BYTES_MAX = 512;

  /// Hits of one encoded array.
  private static final int HITS_MAX = 1 << 24;

  private static final byte VERSION = 1;

  private final String correlation;
  private final String rule;
  private final long timeMs;
  private final byte[] key;
  private final byte[] value;
  private final int source;
  private final long sequence;

  /// What follows was worked out by whoever found the hit, so that the one correlator need not: it
  /// is good for correlators of the same plan. Null where the hit was read back.
  private final @Nullable CorrelationPlan plan;

  private final int correlationIndex;
  private final int place;
  private final long keyHash;
  private final long valueHash;

  /// A hit that was read back.
  CorrelationHit(
      String correlation,
      String rule,
      long timeMs,
      byte[] key,
      byte[] value,
      int source,
      long sequence) {
    this(correlation, rule, timeMs, key, value, source, sequence, null, 0, 0, 0, 0);
  }

  /// @param correlationIndex in the plan
  /// @param place of the rule among those that the correlation counts
  /// @param keyHash under the secret of the plan, as `valueHash`
  CorrelationHit(
      String correlation,
      String rule,
      long timeMs,
      byte[] key,
      byte[] value,
      int source,
      long sequence,
      @Nullable CorrelationPlan plan,
      int correlationIndex,
      int place,
      long keyHash,
      long valueHash) {
    this.correlation = correlation;
    this.rule = rule;
    this.timeMs = timeMs;
    this.key = key;
    this.value = value;
    this.source = source;
    this.sequence = sequence;
    this.plan = plan;
    this.correlationIndex = correlationIndex;
    this.place = place;
    this.keyHash = keyHash;
    this.valueHash = valueHash;
  }

  /// The id of the correlation that counts it.
  public String correlation() {
    return correlation;
  }

  /// The id of the rule that fired.
  public String rule() {
    return rule;
  }

  /// Event time in milliseconds since 1970 UTC.
  public long timeMs() {
    return timeMs;
  }

  /// The values of the fields that the correlation groups by, in their order.
  public List<String> group() {
    return texts(key);
  }

  /// The values that the correlation counts; empty where it counts events.
  public List<String> values() {
    return texts(value);
  }

  /// The event, as the caller numbered it.
  public EventId event() {
    return new EventId(source, sequence);
  }

  int source() {
    return source;
  }

  long sequence() {
    return sequence;
  }

  byte[] key() {
    return key;
  }

  byte[] value() {
    return value;
  }

  @SuppressWarnings("ReferenceEquality") // another plan of the same rules has other secrets
  boolean isRoutedBy(CorrelationPlan other) {
    return plan == other;
  }

  int correlationIndex() {
    return correlationIndex;
  }

  int place() {
    return place;
  }

  long keyHash() {
    return keyHash;
  }

  long valueHash() {
    return valueHash;
  }

  /// The same hit of an event that got its final number only now.
  public CorrelationHit of(EventId event) {
    return event.source() == source && event.sequence() == sequence
        ? this
        : new CorrelationHit(
            correlation,
            rule,
            timeMs,
            key,
            value,
            event.source(),
            event.sequence(),
            plan,
            correlationIndex,
            place,
            keyHash,
            valueHash);
  }

  // ---- parts: (length, bytes)* with lengths as base-128 numbers

  static void appendPart(ByteArrayOutputStream out, byte[] bytes, int from, int to) {
    int length = to - from;
    if (length <= VALUE_BYTES_MAX) {
      writeNumber(out, length);
      out.write(bytes, from, length);
      return;
    }
    long hash = 0;
    for (int i = from; i < to; i++) {
      hash = (hash ^ bytes[i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
    }
    byte[] mark = ("..." + Long.toHexString(hash)).getBytes(StandardCharsets.US_ASCII);
    int kept = VALUE_BYTES_MAX - mark.length;
    writeNumber(out, VALUE_BYTES_MAX);
    out.write(bytes, from, kept);
    out.write(mark, 0, mark.length);
  }

  /// The parts of a key; null where the bytes are not such.
  static byte @Nullable [][] parts(byte[] bytes) {
    List<byte[]> out = new ArrayList<>();
    var in = new Input(bytes);
    while (!in.atEnd()) {
      byte[] part = in.bytes();
      if (in.broken) {
        return null;
      }
      out.add(part);
    }
    return out.toArray(byte[][]::new);
  }

  /// The number of parts; -1 where the bytes are none. Allocates nothing.
  static int partCount(byte[] bytes) {
    int count = 0;
    int at = 0;
    while (at < bytes.length) {
      long length = 0;
      int shift = 0;
      byte b;
      do {
        if (at >= bytes.length || shift > 28) {
          return -1;
        }
        b = bytes[at++];
        length |= (long) (b & 0x7F) << shift;
        shift += 7;
      } while (b < 0);
      if (length > bytes.length - at) {
        return -1;
      }
      at += (int) length;
      count++;
    }
    return count;
  }

  static List<String> texts(byte[] key) {
    byte @Nullable [][] parts = parts(key);
    if (parts == null) {
      return List.of();
    }
    return Arrays.stream(parts).map(part -> new String(part, StandardCharsets.UTF_8)).toList();
  }

  // ---- many hits

  /// Many hits as few bytes; [#decode] reads them, in this and later versions.
  public static byte[] encode(List<CorrelationHit> hits) {
    var out = new ByteArrayOutputStream(64 + hits.size() * 32);
    out.write(VERSION);
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (var hit : hits) {
      ids.putIfAbsent(hit.correlation, ids.size());
      ids.putIfAbsent(hit.rule, ids.size());
    }
    writeNumber(out, ids.size());
    for (String id : ids.keySet()) {
      byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
      writeNumber(out, bytes.length);
      out.write(bytes, 0, bytes.length);
    }
    writeNumber(out, hits.size());
    long lastTime = 0;
    long lastSequence = 0;
    for (var hit : hits) {
      writeNumber(out, ids.getOrDefault(hit.correlation, 0));
      writeNumber(out, ids.getOrDefault(hit.rule, 0));
      writeSigned(out, hit.timeMs - lastTime);
      lastTime = hit.timeMs;
      writeSigned(out, hit.source);
      writeSigned(out, hit.sequence - lastSequence);
      lastSequence = hit.sequence;
      writeNumber(out, hit.key.length);
      out.write(hit.key, 0, hit.key.length);
      writeNumber(out, hit.value.length);
      out.write(hit.value, 0, hit.value.length);
    }
    return out.toByteArray();
  }

  /// Reads what [#encode] wrote; empty for bytes that it cannot have written.
  public static Optional<List<CorrelationHit>> decode(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != VERSION) {
      return Optional.empty();
    }
    var in = new Input(bytes);
    in.at = 1;
    long idCount = in.number();
    List<String> ids = new ArrayList<>();
    for (long i = 0; i < idCount && !in.broken; i++) {
      ids.add(new String(in.bytes(), StandardCharsets.UTF_8));
    }
    long count = in.number();
    if (count > HITS_MAX) {
      return Optional.empty();
    }
    List<CorrelationHit> out = new ArrayList<>();
    long time = 0;
    long sequence = 0;
    for (long i = 0; i < count && !in.broken; i++) {
      long correlation = in.number();
      long rule = in.number();
      time += in.signed();
      long source = in.signed();
      sequence += in.signed();
      byte[] key = in.bytes();
      byte[] value = in.bytes();
      if (in.broken || correlation >= ids.size() || rule >= ids.size() || source != (int) source) {
        return Optional.empty();
      }
      out.add(
          new CorrelationHit(
              ids.get((int) correlation),
              ids.get((int) rule),
              time,
              key,
              value,
              (int) source,
              sequence));
    }
    return in.broken || !in.atEnd() ? Optional.empty() : Optional.of(List.copyOf(out));
  }

  private static void writeSigned(ByteArrayOutputStream out, long value) {
    writeNumber(out, (value << 1) ^ (value >> 63));
  }

  private static void writeNumber(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /// Reads numbers and byte strings; past a fault it answers nothing but zeros.
  private static final class Input {
    final byte[] bytes;
    int at;
    boolean broken;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean atEnd() {
      return at >= bytes.length || broken;
    }

    /// Not negative: a number with its highest bit set is broken unless it is read as a signed one.
    long number() {
      long value = raw();
      if (value < 0) {
        broken = true;
        return 0;
      }
      return value;
    }

    long signed() {
      long value = raw();
      return (value >>> 1) ^ -(value & 1);
    }

    private long raw() {
      long value = 0;
      for (int shift = 0; shift < 70; shift += 7) {
        if (at >= bytes.length) {
          broken = true;
          return 0;
        }
        byte b = bytes[at++];
        value |= (long) (b & 0x7F) << shift;
        if (b >= 0) {
          return value;
        }
      }
      broken = true;
      return 0;
    }

    byte[] bytes() {
      long length = number();
      if (broken || length > bytes.length - at) {
        broken = true;
        return new byte[0];
      }
      int from = at;
      at += (int) length;
      return Arrays.copyOfRange(bytes, from, at);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CorrelationHit hit
        && correlation.equals(hit.correlation)
        && rule.equals(hit.rule)
        && timeMs == hit.timeMs
        && source == hit.source
        && sequence == hit.sequence
        && Arrays.equals(key, hit.key)
        && Arrays.equals(value, hit.value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(correlation, rule, timeMs, sequence, Arrays.hashCode(key));
  }

  @Override
  public String toString() {
    return correlation + " <- " + rule + " " + group() + " " + values() + " at " + timeMs;
  }
}
