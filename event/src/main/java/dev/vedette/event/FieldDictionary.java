package dev.vedette.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Thread-safe: reads are lock-free over an immutable snapshot, adding is guarded by `this`.
///
/// Maps field names to dense ids. Starts with every field of [Ecs]; names met later (rule fields,
/// JSON keys) are added up to [#capacity], so that an attacker who invents keys cannot grow it
/// without bound: past the capacity [#intern] answers [#NONE] and the value stays reachable only
/// through `event.original`.
public final class FieldDictionary {
  /// Answered for a name that has no id.
  public static final int NONE = -1;

  private static final int CAPACITY_DEFAULT = 16_384;
  private static final int NAME_BYTES_MAX = 512;

  private final int capacity;
  private volatile Table table;

  public FieldDictionary() {
    this(CAPACITY_DEFAULT);
  }

  public FieldDictionary(int capacity) {
    if (capacity < Ecs.COUNT) {
      throw new IllegalArgumentException("capacity must be at least " + Ecs.COUNT);
    }
    this.capacity = capacity;
    var empty = new Table(new byte[512][], new int[1024], 0);
    Arrays.fill(empty.slots, NONE);
    var filled = empty;
    for (int id = 0; id < Ecs.COUNT; id++) {
      filled = filled.with(Ecs.name(id).getBytes(StandardCharsets.UTF_8));
    }
    this.table = filled;
  }

  /// The most names it will ever hold.
  public int capacity() {
    return capacity;
  }

  /// The number of names it holds now; ids are `0 .. size() - 1`.
  public int size() {
    return table.size;
  }

  /// The name of an id that this dictionary gave out.
  public String name(int field) {
    return new String(table.names[field], StandardCharsets.UTF_8);
  }

  /// The id of a name, or [#NONE].
  public int lookup(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return table.find(bytes, 0, bytes.length);
  }

  /// The id of the name in `bytes[from, to)`, or [#NONE]. Allocates nothing.
  public int lookup(byte[] bytes, int from, int to) {
    return table.find(bytes, from, to);
  }

  /// The id of a name, adding it where it is new; [#NONE] when the dictionary is full or the name
  /// longer than 512 bytes.
  public int intern(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return intern(bytes, 0, bytes.length);
  }

  /// As [#intern(String)], for the name in `bytes[from, to)`.
  public int intern(byte[] bytes, int from, int to) {
    int known = table.find(bytes, from, to);
    if (known != NONE || to - from > NAME_BYTES_MAX) {
      return known;
    }
    synchronized (this) {
      int raced = table.find(bytes, from, to);
      if (raced != NONE || table.size >= capacity) {
        return raced;
      }
      table = table.with(Arrays.copyOfRange(bytes, from, to));
      return table.size - 1;
    }
  }

  /// An immutable open-addressing snapshot; adding copies it, which is rare (a new name) and keeps
  /// reads free of locks.
  private static final class Table {
    final byte[][] names;
    final int[] slots;
    final int size;

    Table(byte[][] names, int[] slots, int size) {
      this.names = names;
      this.slots = slots;
      this.size = size;
    }

    int find(byte[] bytes, int from, int to) {
      int mask = slots.length - 1;
      for (int slot = hash(bytes, from, to) & mask; ; slot = (slot + 1) & mask) {
        int id = slots[slot];
        if (id < 0) {
          return NONE;
        }
        if (Arrays.equals(names[id], 0, names[id].length, bytes, from, to)) {
          return id;
        }
      }
    }

    Table with(byte[] name) {
      boolean grow = (size + 1) * 2 > slots.length || size == names.length;
      byte[][] newNames = Arrays.copyOf(names, grow ? names.length * 2 : names.length);
      int[] newSlots = grow ? new int[slots.length * 2] : slots.clone();
      newNames[size] = name;
      var next = new Table(newNames, newSlots, size + 1);
      if (grow) {
        Arrays.fill(newSlots, NONE);
        for (int id = 0; id < size; id++) {
          next.put(id);
        }
      }
      next.put(size);
      return next;
    }

    private void put(int id) {
      int mask = slots.length - 1;
      int slot = hash(names[id], 0, names[id].length) & mask;
      while (slots[slot] >= 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = id;
    }

    private static int hash(byte[] bytes, int from, int to) {
      int h = 0x811c9dc5;
      for (int i = from; i < to; i++) {
        h = (h ^ bytes[i]) * 0x01000193;
      }
      return h ^ (h >>> 15);
    }
  }
}
