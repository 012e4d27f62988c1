package dev.vedette.sigma;

import dev.vedette.event.Dataset;
import dev.vedette.event.Event;
import dev.vedette.event.Evidence;
import dev.vedette.pattern.PatternSet;
import dev.vedette.pattern.Scanner;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. Finds the rules that fire on an event.
///
/// Holds the mutable side of a [SigmaEngine]: scanners, memories of repeated values, the bits of
/// the event at hand. An event that matches nothing allocates nothing once the scanners are warm.
public final class SigmaMatcher {
  private static final int[] NO_ATOMS = new int[0];
  private static final int DATASETS = 8;
  private static final int SCANNER_BYTES_MIN = 512 << 10;
  private static final int SCANNER_BYTES_PER_PATTERN = 16 << 10;

  private final SigmaEngine engine;
  private final Program program;
  private final @Nullable Scanner[] scanners;
  private final @Nullable ValueMemo[] memos;
  private final @Nullable ConstantMemo[] constants;
  private final long[][] scanHits;
  private final ValueTester tester = new ValueTester();
  private final CorrelationKeys keys;

  /// Bits of atoms; those set are listed in `touched`.
  private final long[] atoms;

  private final int[] touched;
  private int touchedCount;

  private final long[] candidates;
  private final int[] fired;
  private int firedCount;

  private int[] found = new int[64];
  private int foundCount;

  private final @Nullable Dataset[] datasets = new Dataset[DATASETS];
  private final SigmaEngine.@Nullable View[] views = new SigmaEngine.View[DATASETS];
  private int nextDataset;

  SigmaMatcher(SigmaEngine engine) {
    this.engine = engine;
    this.program = engine.program();
    this.scanners = new Scanner[program.sets.length];
    this.memos = new ValueMemo[program.spaces.length];
    this.keys = new CorrelationKeys(engine.plan());
    this.constants = new ConstantMemo[program.spaces.length];
    this.scanHits = new long[program.sets.length][];
    for (int set = 0; set < program.sets.length; set++) {
      scanHits[set] = new long[program.sets[set].words()];
    }
    this.atoms = new long[(program.atoms + 63) >>> 6];
    this.touched = new int[program.atoms];
    this.candidates = new long[(program.rules + 63) >>> 6];
    this.fired = new int[program.rules];
  }

  public SigmaEngine engine() {
    return engine;
  }

  /// Matches every rule for the event's data set.
  ///
  /// @return how many rules fired; [#rule] names them, until the next call
  public int match(Event event) {
    for (int i = 0; i < touchedCount; i++) {
      atoms[touched[i] >>> 6] = 0;
    }
    touchedCount = 0;
    firedCount = 0;
    var view = view(event.dataset());
    System.arraycopy(view.always(), 0, candidates, 0, candidates.length);
    for (int space : view.lineSpaces()) {
      scanLine(space, event);
    }
    scanSlots(view.fieldSpaces(), event);
    long[] applicable = view.applicable();
    for (int word = 0; word < candidates.length; word++) {
      long bits = candidates[word] & applicable[word];
      while (bits != 0) {
        int rule = (word << 6) + Long.numberOfTrailingZeros(bits);
        bits &= bits - 1;
        if (run(rule, event)) {
          fired[firedCount++] = rule;
        }
      }
    }
    return firedCount;
  }

  /// The `i`-th rule that fired on the last event, in the order of the rule set.
  public CompiledRule rule(int i) {
    if (i >= firedCount) {
      throw new IndexOutOfBoundsException(i);
    }
    return engine.rules().get(fired[i]);
  }

  @SuppressWarnings("ReferenceEquality") // data sets are shared constants; a miss only costs time
  private SigmaEngine.View view(Dataset dataset) {
    for (int i = 0; i < DATASETS; i++) {
      if (datasets[i] == dataset && views[i] != null) {
        return views[i];
      }
    }
    var view = engine.view(dataset);
    datasets[nextDataset] = dataset;
    views[nextDataset] = view;
    nextDataset = (nextDataset + 1) % DATASETS;
    return view;
  }

  // ---- rules

  private boolean run(int rule, Event event) {
    int[] steps = program.steps;
    int step = program.starts[rule];
    while (step >= 0) {
      int at = step * Program.STEP;
      int ask = steps[at + Program.ASK];
      boolean holds;
      if (ask >= 0) {
        long mask = program.masks[step];
        long set = atoms[ask] & mask;
        holds = steps[at + Program.WANTS_ALL] != 0 ? set == mask : set != 0;
      } else {
        holds = tester.holds(program.valueTests[~ask], event);
      }
      step = steps[at + (holds ? Program.IF_TRUE : Program.IF_FALSE)];
    }
    return step == Program.ACCEPT;
  }

  // ---- scanning

  private void scanLine(int index, Event event) {
    var space = program.spaces[index];
    scanValue(index, space, event.line(), event.lineFrom(), event.lineTo());
    if (space.field() == Program.KEYWORDS) {
      scanDecoded(index, space, event);
    }
  }

  /// Goes through the values that the event has rather than through the fields that rules ask for:
  /// those are many more.
  private void scanSlots(int[] @Nullable [] fieldSpaces, Event event) {
    for (int slot = 0, slots = event.slots(); slot < slots; slot++) {
      int field = event.field(slot);
      int[] spaces = field < fieldSpaces.length ? fieldSpaces[field] : null;
      if (spaces != null) {
        for (int index : spaces) {
          scanSlot(index, event, slot);
        }
      }
    }
  }

  private void scanSlot(int index, Event event, int slot) {
    var space = program.spaces[index];
    byte[] array = event.array(slot);
    if (event.isConstant(slot)) {
      scanConstant(index, space, array);
      return;
    }
    var kind = event.kind(slot);
    int from = event.from(slot);
    int to = event.to(slot);
    if (kind == Event.Kind.NULL
        || (space.wholeOf() >= 0 && standsIn(event, space.wholeOf(), array, from, to))) {
      return;
    }
    scanValue(index, space, array, from, to);
    if (kind == Event.Kind.NUMBER && isUncanonical(array, from, to)) {
      byte[] canonical = canonical(array, from, to);
      scanValue(index, space, canonical, 0, canonical.length);
    }
  }

  /// The texts of the event that do not stand in its line as they are.
  private void scanDecoded(int index, Program.Space space, Event event) {
    for (int slot = 0, slots = event.slots(); slot < slots; slot++) {
      if (engine.isDecodedText(event, slot)) {
        scanValue(index, space, event.array(slot), event.from(slot), event.to(slot));
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // which array a value points into is the question
  private static boolean standsIn(Event event, int whole, byte[] array, int from, int to) {
    int slot = event.first(whole);
    return slot >= 0
        && event.kind(slot) == Event.Kind.STRING
        && event.array(slot) == array
        && event.from(slot) <= from
        && to <= event.to(slot);
  }

  private void scanValue(int index, Program.Space space, byte[] bytes, int from, int to) {
    if (!space.memoised()) {
      foundCount = 0;
      find(space, bytes, from, to);
      for (int i = 0; i < foundCount; i++) {
        set(found[i]);
      }
      return;
    }
    ValueMemo memo = memos[index];
    if (memo == null) {
      memo = new ValueMemo();
      memos[index] = memo;
    }
    int slot = memo.find(bytes, from, to);
    if (slot >= 0) {
      for (int atom : memo.atoms(slot)) {
        set(atom);
      }
      return;
    }
    foundCount = 0;
    find(space, bytes, from, to);
    for (int i = 0; i < foundCount; i++) {
      set(found[i]);
    }
    if (slot != Integer.MIN_VALUE) {
      memo.put(
          ~slot, bytes, from, to, foundCount == 0 ? NO_ATOMS : Arrays.copyOf(found, foundCount));
    }
  }

  private void scanConstant(int index, Program.Space space, byte[] constant) {
    ConstantMemo memo = constants[index];
    if (memo == null) {
      memo = new ConstantMemo();
      constants[index] = memo;
    }
    int[] wanted = memo.find(constant);
    if (wanted == null) {
      foundCount = 0;
      find(space, constant, 0, constant.length);
      wanted = foundCount == 0 ? NO_ATOMS : Arrays.copyOf(found, foundCount);
      memo.put(constant, wanted);
    }
    for (int atom : wanted) {
      set(atom);
    }
  }

  private void find(Program.Space space, byte[] bytes, int from, int to) {
    if (!space.exact().isEmpty()) {
      int[] exact = space.exact().find(bytes, from, to);
      if (exact != null) {
        add(exact);
      }
    }
    int set = space.set();
    if (set < 0) {
      return;
    }
    Scanner scanner = scanners[set];
    if (scanner == null) {
      scanner = program.sets[set].scanner(cacheBytes(program.sets[set].size()));
      scanners[set] = scanner;
    }
    long[] hits = scanHits[set];
    if (scanner.scan(bytes, from, to, hits)) {
      for (int word = 0; word < hits.length; word++) {
        long bits = hits[word];
        hits[word] = 0;
        while (bits != 0) {
          add(space.patternAtoms()[(word << 6) + Long.numberOfTrailingZeros(bits)]);
          bits &= bits - 1;
        }
      }
    }
  }

  /// What a scanner may keep: small sets need few states, and a worker holds many scanners.
  private static int cacheBytes(int patterns) {
    return Math.min(
        PatternSet.CACHE_BYTES_DEFAULT,
        SCANNER_BYTES_MIN + Math.min(patterns, 1_000) * SCANNER_BYTES_PER_PATTERN);
  }

  private void add(int[] more) {
    if (foundCount + more.length > found.length) {
      found = Arrays.copyOf(found, Math.max(found.length * 2, foundCount + more.length));
    }
    System.arraycopy(more, 0, found, foundCount, more.length);
    foundCount += more.length;
  }

  private void set(int atom) {
    long bit = 1L << atom;
    if ((atoms[atom >>> 6] & bit) != 0) {
      return;
    }
    atoms[atom >>> 6] |= bit;
    touched[touchedCount++] = atom;
    for (int rule : program.candidates[atom]) {
      candidates[rule >>> 6] |= 1L << rule;
    }
  }

  /// Whether a JSON number may be written shorter: `1.50`, `4688.0`, `1e3`, `-0`.
  static boolean isUncanonical(byte[] bytes, int from, int to) {
    boolean fraction = false;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == 'e' || b == 'E') {
        return true;
      }
      fraction |= b == '.';
    }
    if (fraction) {
      return bytes[to - 1] == '0' || bytes[to - 1] == '.' || bytes[from] == '-';
    }
    return to - from == 2 && bytes[from] == '-' && bytes[from + 1] == '0';
  }

  private static byte[] canonical(byte[] bytes, int from, int to) {
    SigmaNumber number = ValueTester.number(bytes, from, to);
    return number == null
        ? Arrays.copyOfRange(bytes, from, to)
        : number.canonical().getBytes(StandardCharsets.UTF_8);
  }

  // ---- correlation

  /// Adds what the last event tells the correlations: one hit per rule that fired and correlation
  /// that counts it. Call after [#match], with the same event. Events without a field that a
  /// correlation groups by or counts tell it nothing.
  ///
  /// @param timeMs when the event happened; the caller decides for events without a time of their
  ///   own
  /// @param line number of the event in its batch
  /// @param into of the same engine ([SigmaEngine#newHits])
  public void hits(Event event, long timeMs, int line, CorrelationHits into) {
    keys.begin();
    for (int i = 0; i < firedCount; i++) {
      for (var feed : engine.plan().feeds(fired[i])) {
        byte[] key = keys.key(event, feed.group());
        byte[] value = key == null ? null : keys.key(event, feed.values());
        if (key != null && value != null) {
          long valueHash = value.length == 0 ? 0 : keys.hash(feed.values());
          into.add(feed, timeMs, line, key, keys.hash(feed.group()), value, valueHash);
        }
      }
    }
  }

  // ---- explaining

  /// Whether a text test of one of the rules held on the last event.
  boolean held(Formula.TextTest test) {
    int atom = program.atom(test);
    return (atoms[atom >>> 6] >>> atom & 1) != 0;
  }

  /// Why a rule fired on the last event: the fields, their values and the parts of them that
  /// matched, at most [Explainer#EVIDENCE_MAX]. Empty where the rule fired on absences alone. Call
  /// after [#match], with the same event.
  public List<Evidence> explain(Event event, CompiledRule rule) {
    return new Explainer(this, event).explain(rule.formula());
  }
}
