package dev.vedette.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. One record as views over bytes: per field an array, an offset and a
/// length, nothing decoded and nothing allocated. A worker owns one event and refills it for every
/// line, so whoever wants to keep a value must copy it out ([#text], [#copy]).
///
/// A field may have several values (a JSON array, a list of addresses): its *slots* are chained in
/// the order in which they were added.
///
/// ```java
/// for (int slot = event.first(Ecs.SOURCE_IP); slot >= 0; slot = event.next(slot)) {
///   use(event.array(slot), event.from(slot), event.to(slot));
/// }
/// ```
///
/// Values that stand in the line as they are point into the line's own buffer; decoded values (JSON
/// escapes, percent encoding, canonical addresses) live in the event's scratch space until the next
/// [#begin].
public final class Event {
  /// [#timeMs] of an event that carries no time of its own.
  public static final long NO_TIME = Long.MIN_VALUE;

  /// What a value was in its source; everything that is not JSON is a string.
  public enum Kind {
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
  }

  /// The most values of one event; further ones are not indexed ([#isTruncated] tells) but stay in
  /// the line.
  public static final int SLOTS_MAX = 2_048;

  private static final int SCRATCH_KEEP_BYTES_MAX = 1 << 20;
  private static final Kind[] KINDS = Kind.values();

  /// Beside the kind of a value: that it is a whole array that never changes.
  private static final int CONSTANT = 4;

  private final FieldDictionary dictionary;

  private byte[] line = new byte[0];
  private int lineFrom;
  private int lineTo;
  private long timeMs = NO_TIME;
  private Dataset dataset = Dataset.PLAIN;
  private boolean truncated;

  /// What is known of a slot beside its array, in a row: its field, where it begins and ends, the
  /// next slot of the field, its kind.
  private static final int FIELD = 0;

  private static final int FROM = 1;
  private static final int TO = 2;
  private static final int NEXT = 3;
  private static final int KIND = 4;
  private static final int INTS = 5;

  private int slots;
  private int[] ints = new int[64 * INTS];
  private byte[][] arrays = new byte[64][];

  /// By field id: the first and the last slot of the field, plus one; 0 where the event has none.
  private int[] firsts;

  private int[] lasts;

  private byte[] scratch = new byte[4_096];
  private int scratchUsed;

  public Event(FieldDictionary dictionary) {
    this.dictionary = dictionary;
    this.firsts = new int[dictionary.size() + 32];
    this.lasts = new int[firsts.length];
  }

  public FieldDictionary dictionary() {
    return dictionary;
  }

  /// Forgets the record before and starts a new one over `bytes[from, to)`, which must not change
  /// while this event is read.
  public void begin(byte[] bytes, int from, int to) {
    for (int slot = 0; slot < slots; slot++) {
      firsts[ints[slot * INTS + FIELD]] = 0;
    }
    slots = 0;
    scratchUsed = 0;
    if (scratch.length > SCRATCH_KEEP_BYTES_MAX) {
      scratch = new byte[4_096];
    }
    line = bytes;
    lineFrom = from;
    lineTo = to;
    timeMs = NO_TIME;
    dataset = Dataset.PLAIN;
    truncated = false;
  }

  /// Forgets the fields, the time and the data set but keeps the line: for a reader that found its
  /// format was another.
  public void rewind() {
    begin(line, lineFrom, lineTo);
  }

  /// Forgets the values added since the event had `count` slots; the line, the time and the data
  /// set stay: for a reader that found half-way that a text is of another format.
  public void truncate(int count) {
    for (int slot = count; slot < slots; slot++) {
      int field = field(slot);
      int first = firsts[field] - 1;
      if (first >= count) {
        firsts[field] = 0;
      } else if (first >= 0 && lasts[field] - 1 >= count) {
        int kept = first;
        while (next(kept) < count) {
          kept = next(kept);
        }
        ints[kept * INTS + NEXT] = -1;
        lasts[field] = kept + 1;
      }
    }
    slots = Math.min(slots, count);
  }

  // ---- the line
  // -----------------------------------------------------------------------------------------------------

  public byte[] line() {
    return line;
  }

  public int lineFrom() {
    return lineFrom;
  }

  public int lineTo() {
    return lineTo;
  }

  /// The line as text; bytes that are no UTF-8 become U+FFFD.
  public String original() {
    return new String(line, lineFrom, lineTo - lineFrom, StandardCharsets.UTF_8);
  }

  // ---- what it is
  // ---------------------------------------------------------------------------------------------------

  /// Event time in milliseconds since 1970 UTC, or [#NO_TIME].
  public long timeMs() {
    return timeMs;
  }

  public void timeMs(long timeMs) {
    this.timeMs = timeMs;
  }

  public Dataset dataset() {
    return dataset;
  }

  public void dataset(Dataset dataset) {
    this.dataset = dataset;
  }

  /// Whether values were left out because there were more than [#SLOTS_MAX] or the dictionary was
  /// full.
  public boolean isTruncated() {
    return truncated;
  }

  // ---- writing fields
  // -----------------------------------------------------------------------------------------------

  /// Adds a value that stands in the line itself.
  public void add(int field, int from, int to) {
    add(field, line, from, to, Kind.STRING);
  }

  /// Adds a value that stands in another array (a constant, or this event's [#scratch]), which must
  /// not change while this event is read.
  public void add(int field, byte[] array, int from, int to) {
    add(field, array, from, to, Kind.STRING);
  }

  /// Adds a constant: an array that never changes while the process runs, so that who knows the
  /// array knows the value ([#isConstant]).
  public void add(int field, byte[] constant) {
    int slot = slots;
    add(field, constant, 0, constant.length, Kind.STRING);
    if (slots > slot) {
      ints[slot * INTS + KIND] |= CONSTANT;
    }
  }

  /// Adds a value of any kind. A field id of [FieldDictionary#NONE] marks the event truncated and
  /// adds nothing.
  @SuppressWarnings("ReferenceEquality") // storing a reference costs more than looking at it
  public void add(int field, byte[] array, int from, int to, Kind kind) {
    if (field < 0 || slots == SLOTS_MAX) {
      truncated = true;
      return;
    }
    int slot = slots;
    if (slot == arrays.length) {
      ints = Arrays.copyOf(ints, ints.length * 2);
      arrays = Arrays.copyOf(arrays, slot * 2);
    }
    if (field >= firsts.length) {
      int length = Math.max(field + 32, dictionary.size() + 32);
      firsts = Arrays.copyOf(firsts, length);
      lasts = Arrays.copyOf(lasts, length);
    }
    if (arrays[slot] != array) {
      arrays[slot] = array;
    }
    int[] row = ints;
    int at = slot * INTS;
    row[at + FIELD] = field;
    row[at + FROM] = from;
    row[at + TO] = to;
    row[at + NEXT] = -1;
    row[at + KIND] = kind.ordinal();
    if (firsts[field] == 0) {
      firsts[field] = slot + 1;
    } else {
      row[(lasts[field] - 1) * INTS + NEXT] = slot;
    }
    lasts[field] = slot + 1;
    slots = slot + 1;
  }

  /// Adds a value that must be built first: its UTF-8 bytes are copied into the scratch space.
  public void addText(int field, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(field, bytes, 0, bytes.length, Kind.STRING);
  }

  /// Makes sure that `length` bytes can be written at [#scratchUsed] of the array it answers.
  /// Values added before from an older scratch array keep pointing at that array, so growing is
  /// safe.
  public byte[] scratch(int length) {
    if (scratchUsed + length > scratch.length) {
      scratch = new byte[Math.max(scratch.length * 2, length + 1_024)];
      scratchUsed = 0;
    }
    return scratch;
  }

  /// Where the next scratch byte goes.
  public int scratchUsed() {
    return scratchUsed;
  }

  /// Keeps the scratch bytes up to `end` until the next [#begin].
  public void scratchUsed(int end) {
    scratchUsed = end;
  }

  // ---- reading fields
  // -----------------------------------------------------------------------------------------------

  public boolean has(int field) {
    return first(field) >= 0;
  }

  /// The first slot of a field, or -1.
  public int first(int field) {
    return field >= 0 && field < firsts.length ? firsts[field] - 1 : -1;
  }

  /// The slot of the same field after `slot`, or -1.
  public int next(int slot) {
    return ints[slot * INTS + NEXT];
  }

  /// The number of slots, over all fields; slots are `0 .. slots() - 1` in the order of adding.
  public int slots() {
    return slots;
  }

  public int field(int slot) {
    return ints[slot * INTS + FIELD];
  }

  public byte[] array(int slot) {
    return arrays[slot];
  }

  public int from(int slot) {
    return ints[slot * INTS + FROM];
  }

  public int to(int slot) {
    return ints[slot * INTS + TO];
  }

  public Kind kind(int slot) {
    return KINDS[ints[slot * INTS + KIND] & CONSTANT - 1];
  }

  /// Whether the value is the whole of [#array], which never changes.
  public boolean isConstant(int slot) {
    return (ints[slot * INTS + KIND] & CONSTANT) != 0;
  }

  /// The first value of a field as text, or null. Bytes that are no UTF-8 become U+FFFD.
  public @Nullable String text(int field) {
    int slot = first(field);
    return slot < 0 ? null : slotText(slot);
  }

  /// The value in a slot as text.
  public String slotText(int slot) {
    return new String(arrays[slot], from(slot), to(slot) - from(slot), StandardCharsets.UTF_8);
  }

  /// The first value of a field as bytes of its own, or null.
  public byte @Nullable [] copy(int field) {
    int slot = first(field);
    return slot < 0 ? null : Arrays.copyOfRange(arrays[slot], from(slot), to(slot));
  }
}
