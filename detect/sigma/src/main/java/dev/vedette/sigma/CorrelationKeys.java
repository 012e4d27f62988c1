package dev.vedette.sigma;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. What an event is grouped by and what is counted of it, each made once
/// for all correlations that want the same fields. What the event before had too is the same array
/// again, with its hash: lines of one attack often come together.
final class CorrelationKeys {
  /// Bytes of one value of the group or the counted field; a longer one is cut and marked with a
  /// hash of all of it.
  static final int VALUE_BYTES_MAX = 512;

  private static final byte[] NOTHING = new byte[0];

  private final CorrelationPlan plan;
  private final int[][][] fields;
  private final byte[][] keys;
  private final long[] hashes;

  /// By number: the event of which the key is, and whether that event has all of its fields.
  private final long[] made;

  private final boolean[] whole;
  private long event;

  CorrelationKeys(CorrelationPlan plan) {
    this.plan = plan;
    this.fields = plan.keyFields();
    this.keys = new byte[fields.length][];
    Arrays.fill(keys, NOTHING);
    this.hashes = new long[fields.length];
    Arrays.fill(hashes, plan.hash(NOTHING));
    this.made = new long[fields.length];
    this.whole = new boolean[fields.length];
  }

  /// What is asked from here on is of the next event.
  void begin() {
    event++;
  }

  /// The parts of a key, as [#parts] reads them; null where the event lacks a field.
  ///
  /// @param number of [CorrelationPlan#keyFields]
  byte @Nullable [] key(Event of, int number) {
    if (made[number] != event) {
      made[number] = event;
      whole[number] = make(of, number);
    }
    return whole[number] ? keys[number] : null;
  }

  /// Of the key that was asked for last under that number, under the secret of the plan.
  long hash(int number) {
    return hashes[number];
  }

  private boolean make(Event of, int number) {
    int[][] wanted = fields[number];
    if (wanted.length == 0) {
      return true;
    }
    if (wanted.length == 1 && wanted[0].length > 0) {
      int slot = of.first(wanted[0][0]);
      int length = slot < 0 ? 0 : of.to(slot) - of.from(slot);
      if (length > 0 && length <= 0x7F && of.kind(slot) != Event.Kind.NULL) {
        makeShort(of.array(slot), of.from(slot), length, number);
        return true;
      }
    }
    var out = new ByteArrayOutputStream(wanted.length * 24);
    for (int[] alternatives : wanted) {
      if (!append(of, alternatives, out)) {
        return false;
      }
    }
    keep(out.toByteArray(), number);
    return true;
  }

  /// The usual case without detours: one field, its first alternative is there and short.
  private void makeShort(byte[] array, int from, int length, int number) {
    byte[] last = keys[number];
    if (last.length == length + 1
        && last[0] == length
        && Arrays.equals(last, 1, last.length, array, from, from + length)) {
      return;
    }
    byte[] key = new byte[length + 1];
    key[0] = (byte) length;
    System.arraycopy(array, from, key, 1, length);
    keep(key, number);
  }

  private void keep(byte[] key, int number) {
    if (!Arrays.equals(key, keys[number])) {
      keys[number] = key;
      hashes[number] = plan.hash(key);
    }
  }

  private static boolean append(Event event, int[] alternatives, ByteArrayOutputStream out) {
    for (int field : alternatives) {
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        if (event.kind(slot) != Event.Kind.NULL && event.to(slot) > event.from(slot)) {
          appendPart(out, event.array(slot), event.from(slot), event.to(slot));
          return true;
        }
      }
      if (field == Ecs.EVENT_ORIGINAL) {
        appendPart(out, event.line(), event.lineFrom(), event.lineTo());
        return true;
      }
    }
    return false;
  }

  // ---- the form of a key: its values one after the other, each behind its length

  static void appendPart(ByteArrayOutputStream out, byte[] bytes, int from, int to) {
    int length = to - from;
    if (length <= VALUE_BYTES_MAX) {
      Numbers.write(out, length);
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
    Numbers.write(out, VALUE_BYTES_MAX);
    out.write(bytes, from, kept);
    out.write(mark, 0, mark.length);
  }

  /// The parts of a key; null where the bytes are not such.
  static byte @Nullable [][] parts(byte[] bytes) {
    List<byte[]> out = new ArrayList<>();
    var in = new Numbers(bytes, 0);
    while (!in.atEnd()) {
      byte[] part = in.bytes();
      if (in.isBroken()) {
        return null;
      }
      out.add(part);
    }
    return out.toArray(byte[][]::new);
  }

  static List<String> texts(byte[] key) {
    byte @Nullable [][] parts = parts(key);
    if (parts == null) {
      return List.of();
    }
    return Arrays.stream(parts).map(part -> new String(part, StandardCharsets.UTF_8)).toList();
  }
}
