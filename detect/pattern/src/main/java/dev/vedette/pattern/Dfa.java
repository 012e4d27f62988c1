package dev.vedette.pattern;

import java.util.Arrays;

/// Confined to one worker. A deterministic automaton that is built while it runs.
///
/// Each deterministic state stands for one set of NFA states. The table `transitions` has a row per
/// state and a column per byte class; state ids are row offsets, so that the next state is
/// `transitions[state + classOf[byte]]`. An entry that is negative leaves the hot loop: it is
/// UNKNOWN (not built yet), DEAD (nothing can match any more), or a state with the sign bit set
/// (patterns match on arrival). Everything else costs one add, one load and one test per byte.
///
/// Small sets spend nearly all bytes in the state where nothing has begun (the root). Where the
/// bytes that leave it are rare in logs, a loop without the dependency of each load on the one
/// before skips to the next of them.
///
/// Memory is capped. When a new state does not fit, all states are dropped and building goes on
/// from the current set (a flush). An input that makes a new state every few bytes would only build
/// and drop; then the rest of that haystack is walked with sets of NFA states (it gives up), which
/// is slower and takes the same decisions. What decides is how many bytes the states since the last
/// flush have served: below BYTES_PER_STATE building did not pay.
///
/// See Cox, "Regular Expression Matching in the Wild" (2010), and regex-automata's hybrid/dfa.rs.
final class Dfa {
  private static final int UNKNOWN = -1;
  private static final int GAVE_UP = -2;
  private static final int DEAD = Integer.MIN_VALUE;
  private static final int MATCHED = Integer.MIN_VALUE;
  private static final long BYTES_PER_STATE = 8;

  /// Each byte that leaves the root costs a mispredicted branch; above this share skipping is
  /// slower.
  private static final int LEAVING_MAX_PER_MILLE = 100;

  private static final boolean[] NO_SKIPPING = new boolean[0];

  /// Beside its row: where its set lies, its hash slots.
  private static final int STATE_OVERHEAD_BYTES = 16 + 8;

  private final Nfa nfa;
  private final Stepper stepper;
  private final byte[] classOf;
  private final int stride;
  private final long bytesMax;
  private final boolean firstMatchEnds;

  private int[] transitions;

  /// State 0 is never used, so that a state with the sign bit set differs from DEAD.
  private int states = 1;

  /// Per state: offset in `arena`, set length, match count, context.
  private int[] setAt;

  private int[] setLength;
  private int[] matchLength;
  private byte[] contexts;

  /// Sets, each followed by its matches.
  private int[] arena = new int[256];

  private int arenaUsed;

  /// Open addressing; state ordinals, 0 is free.
  private int[] table = new int[64];

  private int start = UNKNOWN;

  /// The root while it exists and skipping pays, else UNKNOWN.
  private int root = UNKNOWN;

  /// Per byte: whether it stays in the root. Empty where skipping does not pay.
  private final boolean[] stays;

  private long bytesUsed;
  private long servedBytes;

  private int[] simulated = new int[16];

  long built;
  long flushes;
  long gaveUp;

  /// With `firstMatchEnds` a walk stops at the first match: for automata of one pattern.
  Dfa(Nfa nfa, long bytesMax, boolean firstMatchEnds) {
    this.nfa = nfa;
    this.bytesMax = bytesMax;
    this.firstMatchEnds = firstMatchEnds;
    stepper = new Stepper(nfa);
    classOf = nfa.classOf;
    stride = nfa.classes;
    int room = 16;
    transitions = new int[room * stride];
    setAt = new int[room];
    setLength = new int[room];
    matchLength = new int[room];
    contexts = new byte[room];
    stays = staying();
  }

  private boolean[] staying() {
    if (!stepper.hasOneRoot()) {
      return NO_SKIPPING;
    }
    boolean[] staysOfClass = new boolean[nfa.classes];
    for (int c = 0; c < nfa.finalNewlineClass(); c++) {
      staysOfClass[c] = stepper.staysInRoot(c);
    }
    boolean[] out = new boolean[256];
    int leaving = 0;
    for (int c = 0; c < 256; c++) {
      out[c] = staysOfClass[classOf[c] & 0xFF];
      leaving += out[c] ? 0 : perMille(c);
    }
    return leaving <= LEAVING_MAX_PER_MILLE ? out : NO_SKIPPING;
  }

  /// How many of a thousand bytes of logs are this one, roughly.
  private static int perMille(int c) {
    if ("etaoinsrlc".indexOf(c) >= 0) {
      return 40;
    }
    if (c >= 'a' && c <= 'z') {
      return 15;
    }
    if ((c >= '0' && c <= '9') || " ./-:\"".indexOf(c) >= 0) {
      return 20;
    }
    return c > ' ' && c < 0x7F ? 4 : 1;
  }

  /// Bytes of all states held now; never above the cap.
  long bytesUsed() {
    return bytesUsed;
  }

  /// Bytes that are there before the first state: working sets of the stepper and first arrays.
  long fixedBytes() {
    return 30L * nfa.states + 100L * stride + 2_000;
  }

  long visits() {
    return stepper.visits;
  }

  /// Reports to `hits` every pattern that matches in `[from, to)`.
  void scan(byte[] b, int from, int to, Hits hits) {
    int end = end(b, from, to);
    int s = begin(b, from, end, to, hits);
    if (s < 0) {
      return;
    }
    if (root >= 0) {
      runSkipping(b, s, from, end, to, hits);
    } else {
      run(b, s, from, end, to, hits);
    }
  }

  /// As [#run], for a root that is seldom left.
  private void runSkipping(byte[] b, int state, int from, int end, int to, Hits hits) {
    int s = state;
    byte[] map = classOf;
    boolean[] skip = stays;
    int[] rows = transitions;
    int home = root;
    int i = from;
    int counted = from;
    while (true) {
      if (s == home) {
        while (i < end && skip[b[i] & 0xFF]) {
          i++;
        }
      }
      if (i == end) {
        break;
      }
      int c = map[b[i] & 0xFF] & 0xFF;
      int t = rows[s + c];
      if (t < 0) {
        servedBytes += i - counted;
        counted = i;
        t = slow(s, c, t, hits);
        if (t < 0) {
          if (t == GAVE_UP) {
            simulate(b, i + 1, end, to, hits);
          }
          return;
        }
        rows = transitions;
        home = root;
      }
      s = t;
      i++;
    }
    servedBytes += i - counted;
    finish(b, s, end, to, hits);
  }

  /// From state `s` at `from` to the end of the haystack.
  private void run(byte[] b, int state, int from, int end, int to, Hits hits) {
    int s = state;
    byte[] map = classOf;
    int[] rows = transitions;
    int i = from;
    int counted = from;
    while (true) {
      int t = 0;
      while (i < end) {
        t = rows[s + (map[b[i] & 0xFF] & 0xFF)];
        if (t < 0) {
          break;
        }
        s = t;
        i++;
      }
      servedBytes += i - counted;
      counted = i;
      if (i == end) {
        break;
      }
      t = slow(s, map[b[i] & 0xFF] & 0xFF, t, hits);
      i++;
      if (t < 0) {
        if (t == GAVE_UP) {
          simulate(b, i, end, to, hits);
        }
        return;
      }
      s = t;
      rows = transitions;
    }
    finish(b, s, end, to, hits);
  }

  // ---- Several haystacks at a time ----

  /// Called by [#scanAll] around each haystack.
  interface Batch {
    void open(int index, Hits hits);

    void close(int index, Hits hits);
  }

  /// Haystacks that are walked in lock step: the load of each waits for the load before it, so that
  /// one walk leaves most of the processor idle.
  static final int LANES = 4;

  private final int[] laneState = new int[LANES];
  private final int[] laneAt = new int[LANES];
  private final int[] laneEnd = new int[LANES];
  private final int[] laneIndex = new int[LANES];

  /// While lanes hold states, none may be dropped.
  private boolean pinned;

  /// Scans haystacks `[from[k], to[k])`; lane `n` reports to `hits[n]`.
  void scanAll(byte[] b, int[] from, int[] to, int count, Hits[] hits, Batch batch) {
    int next = 0;
    while (next < count) {
      if (count - next >= LANES && stays.length == 0) {
        next = interleave(b, from, to, next, count, hits, batch);
      } else {
        batch.open(next, hits[0]);
        scan(b, from[next], to[next], hits[0]);
        batch.close(next++, hits[0]);
      }
    }
  }

  /// Starts at haystack `first`; returns the first that is not done. When there is no room for a
  /// state, the open haystacks are scanned again one at a time: reporting twice does no harm.
  private int interleave(
      byte[] b, int[] from, int[] to, int first, int count, Hits[] hits, Batch batch) {
    int next = first;
    boolean room = true;
    pinned = true;
    for (int lane = 0; lane < LANES; lane++) {
      batch.open(next, hits[lane]);
      room &= open(lane, b, from, to, next++, hits[lane]);
    }
    while (room) {
      lockstep(b);
      for (int lane = 0; lane < LANES && room; lane++) {
        int at = laneAt[lane];
        if (at < laneEnd[lane]) {
          int c = classOf[b[at] & 0xFF] & 0xFF;
          int t = transitions[laneState[lane] + c];
          if (t < 0) {
            t = slow(laneState[lane], c, t, hits[lane]);
            room = t != GAVE_UP;
          }
          laneAt[lane] = at + 1;
          laneState[lane] = t;
          if (t != DEAD) {
            continue;
          }
        } else {
          room = close(lane, to, hits[lane]);
        }
        if (room) {
          int k = laneIndex[lane];
          servedBytes += to[k] - from[k];
          batch.close(k, hits[lane]);
          if (next == count) {
            laneIndex[lane] = -1;
            pinned = false;
            drain(b, from, to, hits, batch);
            return next;
          }
          batch.open(next, hits[lane]);
          room = open(lane, b, from, to, next++, hits[lane]);
        }
      }
    }
    pinned = false;
    for (int lane = 0; lane < LANES; lane++) {
      int k = laneIndex[lane];
      scan(b, from[k], to[k], hits[lane]);
      batch.close(k, hits[lane]);
    }
    return next;
  }

  private boolean open(int lane, byte[] b, int[] from, int[] to, int k, Hits hits) {
    laneIndex[lane] = k;
    laneAt[lane] = from[k];
    laneEnd[lane] = end(b, from[k], to[k]);
    laneState[lane] = startState();
    if (laneState[lane] == GAVE_UP) {
      return false;
    }
    if (laneState[lane] < 0) {
      laneState[lane] &= Integer.MAX_VALUE;
      report(laneState[lane], hits);
    }
    return true;
  }

  /// The symbols behind the last ordinary byte of a lane; false if there was no room.
  private boolean close(int lane, int[] to, Hits hits) {
    int s = laneState[lane];
    if (laneEnd[lane] < to[laneIndex[lane]]) {
      s = slow(s, nfa.finalNewlineClass(), transitions[s + nfa.finalNewlineClass()], hits);
    }
    if (s >= 0) {
      int t = transitions[s + nfa.endClass()];
      s = t == DEAD ? DEAD : slow(s, nfa.endClass(), t, hits);
    }
    return s != GAVE_UP;
  }

  /// Finishes the lanes that are left, one at a time.
  private void drain(byte[] b, int[] from, int[] to, Hits[] hits, Batch batch) {
    long flushesBefore = flushes;
    for (int lane = 0; lane < LANES; lane++) {
      int k = laneIndex[lane];
      if (k < 0) {
        continue;
      }
      if (flushes != flushesBefore) {
        scan(b, from[k], to[k], hits[lane]);
      } else if (laneState[lane] != DEAD) {
        run(b, laneState[lane], laneAt[lane], laneEnd[lane], to[k], hits[lane]);
      }
      batch.close(k, hits[lane]);
    }
  }

  /// Moves all lanes over as many bytes as all of them have, or until one needs the slow path.
  private void lockstep(byte[] b) {
    int[] rows = transitions;
    byte[] map = classOf;
    int s0 = laneState[0];
    int s1 = laneState[1];
    int s2 = laneState[2];
    int s3 = laneState[3];
    int i0 = laneAt[0];
    int i1 = laneAt[1];
    int i2 = laneAt[2];
    int i3 = laneAt[3];
    int n =
        Math.min(
            Math.min(laneEnd[0] - i0, laneEnd[1] - i1), Math.min(laneEnd[2] - i2, laneEnd[3] - i3));
    int k = 0;
    while (k < n) {
      int t0 = rows[s0 + (map[b[i0 + k] & 0xFF] & 0xFF)];
      int t1 = rows[s1 + (map[b[i1 + k] & 0xFF] & 0xFF)];
      int t2 = rows[s2 + (map[b[i2 + k] & 0xFF] & 0xFF)];
      int t3 = rows[s3 + (map[b[i3 + k] & 0xFF] & 0xFF)];
      if ((t0 | t1 | t2 | t3) < 0) {
        break;
      }
      s0 = t0;
      s1 = t1;
      s2 = t2;
      s3 = t3;
      k++;
    }
    laneState[0] = s0;
    laneState[1] = s1;
    laneState[2] = s2;
    laneState[3] = s3;
    laneAt[0] = i0 + k;
    laneAt[1] = i1 + k;
    laneAt[2] = i2 + k;
    laneAt[3] = i3 + k;
  }

  /// Where the ordinary bytes end: before a final newline, if a look cares.
  private int end(byte[] b, int from, int to) {
    return nfa.usesFinalNewline && to > from && b[to - 1] == '\n' ? to - 1 : to;
  }

  /// The start state; negative if there is none and the haystack was walked without.
  private int begin(byte[] b, int from, int end, int to, Hits hits) {
    int s = startState();
    if (s == GAVE_UP) {
      report(hits);
      simulate(b, from, end, to, hits);
      return s;
    }
    if (s < 0) {
      s &= Integer.MAX_VALUE;
      report(s, hits);
    }
    return s;
  }

  private int startState() {
    if (start == UNKNOWN) {
      internRoot();
      stepper.start();
      int s = intern();
      if (s == GAVE_UP) {
        return s;
      }
      start = s;
    }
    return start;
  }

  /// Without room for the root there is no skipping, and that is all.
  private void internRoot() {
    if (stays.length > 0) {
      long gaveUpBefore = gaveUp;
      stepper.root();
      root = intern();
      gaveUp = gaveUpBefore;
    }
  }

  private void report(Hits hits) {
    for (int i = 0; i < stepper.matchesLength; i++) {
      hits.add(stepper.matches[i]);
    }
  }

  private void report(int s, Hits hits) {
    int n = s / stride;
    int at = setAt[n] + setLength[n];
    for (int i = at; i < at + matchLength[n]; i++) {
      hits.add(arena[i]);
    }
  }

  /// The symbols behind the last ordinary byte.
  private void finish(byte[] b, int state, int end, int to, Hits hits) {
    int s = state;
    if (end < to) {
      s = slow(s, nfa.finalNewlineClass(), transitions[s + nfa.finalNewlineClass()], hits);
      if (s < 0) {
        if (s == GAVE_UP) {
          simulate(b, to, to, to, hits);
        }
        return;
      }
    }
    int t = transitions[s + nfa.endClass()];
    if (t != DEAD) {
      slow(s, nfa.endClass(), t, hits);
    }
  }

  /// Resolves the entry `t` of state `s` and class `c`: a state to go on with, DEAD, or GAVE_UP.
  private int slow(int s, int c, int t, Hits hits) {
    int to = t;
    if (to == UNKNOWN) {
      to = build(s, c);
      if (to == GAVE_UP) {
        report(hits);
        return GAVE_UP;
      }
    }
    if (to >= 0 || to == DEAD) {
      return to;
    }
    to &= Integer.MAX_VALUE;
    report(to, hits);
    return firstMatchEnds ? DEAD : to;
  }

  private int build(int s, int c) {
    int n = s / stride;
    stepper.step(arena, setAt[n], setLength[n], contexts[n], c, true);
    long flushesBefore = flushes;
    int to;
    if (stepper.matchesLength == 0
        && stepper.setLength == 0
        && (!stepper.hasRoot() || c == nfa.endClass())) {
      to = DEAD;
    } else {
      to = intern();
    }
    if (to != GAVE_UP && flushes == flushesBefore) {
      transitions[s + c] = to;
    }
    return to;
  }

  /// The state of the stepper's result, new or known, with the sign bit set if patterns match.
  private int intern() {
    int hash = hash();
    int found = find(hash);
    if (found >= 0) {
      return tagged(found);
    }
    long cost =
        4L * stride + STATE_OVERHEAD_BYTES + 4L * (stepper.setLength + stepper.matchesLength);
    if (pinned && bytesUsed + cost > bytesMax) {
      return GAVE_UP;
    }
    if (bytesUsed + cost > bytesMax && states > 1) {
      if (servedBytes < BYTES_PER_STATE * states) {
        gaveUp++;
        return GAVE_UP;
      }
      flush();
    }
    if (cost > bytesMax) {
      gaveUp++;
      return GAVE_UP;
    }
    bytesUsed += cost;
    built++;
    int n = states++;
    grow();
    Arrays.fill(transitions, n * stride, (n + 1) * stride, UNKNOWN);
    setAt[n] = arenaUsed;
    setLength[n] = stepper.setLength;
    matchLength[n] = stepper.matchesLength;
    contexts[n] = (byte) stepper.context;
    System.arraycopy(stepper.set, 0, arena, arenaUsed, stepper.setLength);
    arenaUsed += stepper.setLength;
    System.arraycopy(stepper.matches, 0, arena, arenaUsed, stepper.matchesLength);
    arenaUsed += stepper.matchesLength;
    int slot = hash & (table.length - 1);
    while (table[slot] != 0) {
      slot = (slot + 1) & (table.length - 1);
    }
    table[slot] = n;
    return tagged(n);
  }

  private int tagged(int n) {
    return matchLength[n] > 0 ? (n * stride) | MATCHED : n * stride;
  }

  private void flush() {
    flushes++;
    states = 1;
    arenaUsed = 0;
    bytesUsed = 0;
    servedBytes = 0;
    start = UNKNOWN;
    root = UNKNOWN;
    Arrays.fill(table, 0);
  }

  private int hash() {
    int h = stepper.context * 31 + stepper.setLength;
    for (int i = 0; i < stepper.setLength; i++) {
      h = h * 0x9E3779B1 + stepper.set[i];
    }
    for (int i = 0; i < stepper.matchesLength; i++) {
      h = h * 0x85EBCA6B + stepper.matches[i];
    }
    return h ^ (h >>> 15);
  }

  private int find(int hash) {
    int slot = hash & (table.length - 1);
    while (table[slot] != 0) {
      int n = table[slot];
      if (setLength[n] == stepper.setLength
          && matchLength[n] == stepper.matchesLength
          && contexts[n] == stepper.context) {
        int at = setAt[n];
        int middle = at + setLength[n];
        if (Arrays.equals(arena, at, middle, stepper.set, 0, stepper.setLength)
            && Arrays.equals(
                arena,
                middle,
                middle + matchLength[n],
                stepper.matches,
                0,
                stepper.matchesLength)) {
          return n;
        }
      }
      slot = (slot + 1) & (table.length - 1);
    }
    return -1;
  }

  private void grow() {
    if (states * stride > transitions.length) {
      // What the cap allows and not more; the needed row is within it.
      long size = Math.min(2L * transitions.length, bytesMax / 4 + 2L * stride);
      transitions = Arrays.copyOf(transitions, (int) Math.max(size, (long) states * stride));
    }
    if (states > setAt.length) {
      int size = setAt.length * 2;
      setAt = Arrays.copyOf(setAt, size);
      setLength = Arrays.copyOf(setLength, size);
      matchLength = Arrays.copyOf(matchLength, size);
      contexts = Arrays.copyOf(contexts, size);
    }
    while (arenaUsed + stepper.setLength + stepper.matchesLength > arena.length) {
      arena = Arrays.copyOf(arena, arena.length * 2);
    }
    if (states * 2 > table.length) {
      table = new int[table.length * 2];
      for (int n = 1; n < states - 1; n++) {
        int slot = hashOf(n) & (table.length - 1);
        while (table[slot] != 0) {
          slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = n;
      }
    }
  }

  private int hashOf(int n) {
    int at = setAt[n];
    int middle = at + setLength[n];
    int h = contexts[n] * 31 + setLength[n];
    for (int i = at; i < middle; i++) {
      h = h * 0x9E3779B1 + arena[i];
    }
    for (int i = middle; i < middle + matchLength[n]; i++) {
      h = h * 0x85EBCA6B + arena[i];
    }
    return h ^ (h >>> 15);
  }

  /// Goes on from the stepper's result without building states: bytes `[i, end)`, then the rest.
  private void simulate(byte[] b, int from, int end, int to, Hits hits) {
    for (int i = from; i < end; i++) {
      if (!simulate(classOf[b[i] & 0xFF] & 0xFF, hits)) {
        return;
      }
    }
    if (end < to && !simulate(nfa.finalNewlineClass(), hits)) {
      return;
    }
    simulate(nfa.endClass(), hits);
  }

  private boolean simulate(int c, Hits hits) {
    int length = stepper.setLength;
    if (simulated.length < length) {
      simulated = new int[stepper.set.length];
    }
    System.arraycopy(stepper.set, 0, simulated, 0, length);
    stepper.step(simulated, 0, length, stepper.context, c, false);
    report(hits);
    return stepper.setLength > 0 || stepper.hasRoot();
  }
}
