package dev.vedette.sigma;

import dev.vedette.event.Ecs;
import dev.vedette.pattern.PatternSet;
import dev.vedette.sigma.Formula.Fields;
import dev.vedette.sigma.Formula.TextPattern;
import dev.vedette.sigma.Formula.TextTest;
import dev.vedette.sigma.Formula.ValueTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Immutable. All rules as flat arrays.
///
/// Every distinct text test is an *atom*, one bit. A *space* is what is scanned for one field: a
/// table of exact values and an automaton for the rest, both leading to atoms; an atom over several
/// fields is fed by several spaces. A rule is a branching program: each step asks one thing and
/// says where to go on if it holds and if not, so that a formula is decided without a stack. A step
/// asks either for bits of one word of atoms or for a [ValueTest].
final class Program {
  static final int ACCEPT = -1;
  static final int REJECT = -2;

  /// Steps of one rule.
  private static final int STEPS_MAX = 400_000;

  /// The pseudo field of [Space] for keywords.
  static final int KEYWORDS = -1;

  /// What is scanned in one field.
  ///
  /// @param field or [Program#KEYWORDS]
  /// @param wholeOf where not negative: scanned only if the field's value does not stand inside
  ///   that of this field, where everything sought was sought already
  /// @param set the patterns; scanners are shared by spaces with the same set
  /// @param patternAtoms by pattern id
  record Space(
      int field, int wholeOf, ExactTable exact, int set, int[][] patternAtoms, boolean memoised) {}

  final int rules;
  final int atoms;
  final Space[] spaces;
  final PatternSet[] sets;

  /// What a step asks: `>= 0`: word of atoms, of which one of `masks[s]` must be set, or all where
  /// [#WANTS_ALL] is not 0; `< 0`: `~index` of a value test.
  static final int ASK = 0;

  static final int WANTS_ALL = 1;

  /// The next step where it holds, and where it does not.
  static final int IF_TRUE = 2;

  static final int IF_FALSE = 3;

  /// Ints of one step.
  static final int STEP = 4;

  /// By rule: its first step. Steps `s` of all rules: `steps[s * STEP + ASK]` and so on,
  /// `masks[s]`.
  final int[] starts;

  final int[] steps;
  final long[] masks;
  final ValueTest[] valueTests;

  /// By atom: the rules that cannot fire without one of their required atoms, of which it is one.
  final int[][] candidates;

  /// Rules without required atoms.
  final BitSet always;

  /// By rule: the spaces that feed its atoms.
  final int[][] ruleSpaces;

  /// By the very object in a formula: equal ones share an atom, but comparing them takes long, and
  /// every explanation asks for each.
  private final IdentityHashMap<TextTest, Integer> atomIds;

  private Program(Linker linker) {
    atomIds = linker.atomsByObject;
    rules = linker.starts.size();
    atoms = linker.atoms.size();
    spaces = linker.spaceArray;
    sets = linker.sets.toArray(PatternSet[]::new);
    starts = linker.starts.stream().mapToInt(Integer::intValue).toArray();
    steps = Arrays.copyOf(linker.code, linker.steps * STEP);
    masks = Arrays.copyOf(linker.masks, linker.steps);
    valueTests = linker.valueTests.toArray(ValueTest[]::new);
    candidates = new int[atoms][];
    for (int atom = 0; atom < atoms; atom++) {
      candidates[atom] = linker.candidates.get(atom).stream().mapToInt(Integer::intValue).toArray();
    }
    always = linker.always;
    ruleSpaces = linker.ruleSpaces;
  }

  /// The formulas must have passed [#check].
  static Program link(List<Formula> formulas, PatternCache patterns) {
    return new Program(new Linker(formulas, patterns));
  }

  /// The atom of a test of one of the formulas.
  int atom(TextTest test) {
    Integer atom = atomIds.get(test);
    if (atom == null) {
      throw new IllegalArgumentException("not of this program: " + test);
    }
    return atom;
  }

  /// Refuses a formula whose program would be too long.
  static void check(Formula formula, Position position) {
    if (steps(formula) > STEPS_MAX) {
      throw new RuleSyntaxException(
          position, "The condition unrolls to more than " + STEPS_MAX + " steps.");
    }
  }

  private static long steps(Formula formula) {
    return switch (formula) {
      case Formula.And(var parts) -> parts.stream().mapToLong(Program::steps).sum();
      case Formula.Or(var parts) -> parts.stream().mapToLong(Program::steps).sum();
      case Formula.Not(var part) -> steps(part);
      case Formula.AtLeast(int count, var parts) ->
          Math.min(Integer.MAX_VALUE, count * parts.stream().mapToLong(Program::steps).sum());
      case TextTest _, ValueTest _ -> 1;
    };
  }

  /// The atoms without one of which a formula cannot hold, chosen to be few and rare; null where it
  /// can hold without any.
  private static final class Required {
    final Set<TextTest> tests;
    final int score;

    private Required(Set<TextTest> tests) {
      this.tests = tests;
      int weakest = Integer.MAX_VALUE;
      for (var test : tests) {
        weakest = Math.min(weakest, Math.min(40, test.pattern().weight()));
      }
      score =
          weakest * 4
              - Math.min(
                  60, Integer.numberOfTrailingZeros(Integer.highestOneBit(tests.size())) * 6);
    }

    static @org.jspecify.annotations.Nullable Required of(Formula formula) {
      return switch (formula) {
        case TextTest test -> new Required(Set.of(test));
        case ValueTest _, Formula.Not _ -> null;
        case Formula.And(var parts) -> {
          Required best = null;
          for (var part : parts) {
            Required required = of(part);
            if (required != null && (best == null || required.score > best.score)) {
              best = required;
            }
          }
          yield best;
        }
        case Formula.Or(var parts) -> union(parts);
        case Formula.AtLeast(int count, var parts) -> {
          // All but `count - 1` of the parts may fail: any that many parts hold one that is true.
          List<Formula> cheapest = new ArrayList<>(parts.subList(0, parts.size() - count + 1));
          yield union(cheapest);
        }
      };
    }

    private static @org.jspecify.annotations.Nullable Required union(List<Formula> parts) {
      Set<TextTest> out = new HashSet<>();
      for (var part : parts) {
        Required required = of(part);
        if (required == null) {
          return null;
        }
        out.addAll(required.tests);
      }
      return new Required(out);
    }
  }

  /// Confined to one call. Numbers atoms, fills spaces, emits steps.
  private static final class Linker {
    private record SpaceKey(int field, int wholeOf) {}

    private static final class SpaceBuilder {
      final Map<String, List<Integer>> exact = new LinkedHashMap<>();
      final Map<TextPattern, List<Integer>> patterns = new LinkedHashMap<>();
    }

    final PatternCache cache;
    final Map<TextTest, Integer> atoms = new HashMap<>();
    final IdentityHashMap<TextTest, Integer> atomsByObject = new IdentityHashMap<>();
    final List<List<SpaceKey>> atomSpaces = new ArrayList<>();
    final List<List<Integer>> candidates = new ArrayList<>();
    final Map<SpaceKey, SpaceBuilder> spaces = new LinkedHashMap<>();
    final List<PatternSet> sets = new ArrayList<>();
    final List<Integer> starts = new ArrayList<>();
    final List<ValueTest> valueTests = new ArrayList<>();
    final Map<ValueTest, Integer> valueTestIds = new HashMap<>();
    final BitSet always = new BitSet();
    final int[][] ruleSpaces;
    Space[] spaceArray = new Space[0];

    int steps;
    int[] code = new int[256 * STEP];
    long[] masks = new long[256];

    Linker(List<Formula> formulas, PatternCache cache) {
      this.cache = cache;
      ruleSpaces = new int[formulas.size()][];
      List<Set<SpaceKey>> keysOfRule = new ArrayList<>();
      for (int rule = 0; rule < formulas.size(); rule++) {
        var formula = formulas.get(rule);
        Set<SpaceKey> keys = new HashSet<>();
        number(formula, keys);
        keysOfRule.add(keys);
        starts.add(emit(formula, ACCEPT, REJECT));
        var required = Required.of(formula);
        if (required == null) {
          always.set(rule);
        } else {
          for (var test : required.tests) {
            candidates.get(atom(test)).add(rule);
          }
        }
      }
      buildSpaces();
      Map<SpaceKey, Integer> index = new HashMap<>();
      int next = 0;
      for (var key : spaces.keySet()) {
        index.put(key, next++);
      }
      for (int rule = 0; rule < ruleSpaces.length; rule++) {
        ruleSpaces[rule] =
            keysOfRule.get(rule).stream()
                .mapToInt(key -> java.util.Objects.requireNonNull(index.get(key)))
                .sorted()
                .toArray();
      }
    }

    /// Gives every text test of a formula its atom, in the order in which the program will ask, so
    /// that the values of a list share words.
    private void number(Formula formula, Set<SpaceKey> keys) {
      switch (formula) {
        case Formula.And(var parts) -> parts.forEach(part -> number(part, keys));
        case Formula.Or(var parts) -> parts.forEach(part -> number(part, keys));
        case Formula.AtLeast(_, var parts) -> parts.forEach(part -> number(part, keys));
        case Formula.Not(var part) -> number(part, keys);
        case TextTest test -> keys.addAll(atomSpaces.get(atom(test)));
        case ValueTest _ -> {}
      }
    }

    private int atom(TextTest test) {
      Integer seen = atomsByObject.get(test);
      if (seen != null) {
        return seen;
      }
      Integer known = atoms.get(test);
      if (known != null) {
        atomsByObject.put(test, known);
        return known;
      }
      int atom = atoms.size();
      atoms.put(test, atom);
      atomsByObject.put(test, atom);
      candidates.add(new ArrayList<>());
      List<SpaceKey> keys = spaceKeys(test);
      atomSpaces.add(keys);
      String exact = test.pattern().exact();
      for (var key : keys) {
        var space = spaces.computeIfAbsent(key, _ -> new SpaceBuilder());
        if (exact != null) {
          space.exact.computeIfAbsent(Utf8Fold.fold(exact), _ -> new ArrayList<>()).add(atom);
        } else {
          space.patterns.computeIfAbsent(test.pattern(), _ -> new ArrayList<>()).add(atom);
        }
      }
      return atom;
    }

    private static List<SpaceKey> spaceKeys(TextTest test) {
      Fields fields = test.fields();
      if (fields.keywords()) {
        return List.of(new SpaceKey(KEYWORDS, -1));
      }
      boolean floating = test.pattern().isFloating();
      List<SpaceKey> out = new ArrayList<>();
      for (int field : fields.ids()) {
        int whole = Lowering.wholeOf(field);
        boolean implied = floating && whole >= 0 && fields.ids().contains(whole);
        out.add(new SpaceKey(field, implied ? whole : -1));
      }
      return out;
    }

    private void buildSpaces() {
      Map<List<TextPattern>, Integer> setIds = new HashMap<>();
      List<Space> out = new ArrayList<>();
      spaces.forEach((key, builder) -> {
        List<byte[]> exactKeys = new ArrayList<>();
        List<int[]> exactAtoms = new ArrayList<>();
        builder.exact.forEach((text, list) -> {
          exactKeys.add(text.getBytes(StandardCharsets.UTF_8));
          exactAtoms.add(list.stream().mapToInt(Integer::intValue).toArray());
        });
        List<TextPattern> patterns = List.copyOf(builder.patterns.keySet());
        int set = patterns.isEmpty() ? -1 : setIds.getOrDefault(patterns, -1);
        if (set < 0 && !patterns.isEmpty()) {
          set = sets.size();
          setIds.put(patterns, set);
          var setBuilder = PatternSet.builder();
          for (var pattern : patterns) {
            setBuilder.add(cache.get(pattern));
          }
          sets.add(setBuilder.build());
        }
        int[][] patternAtoms =
            builder.patterns.values().stream()
                .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
        boolean memoised =
            !patterns.isEmpty() && key.field != KEYWORDS && key.field != Ecs.EVENT_ORIGINAL;
        out.add(
            new Space(
                key.field,
                key.wholeOf,
                exactKeys.isEmpty() ? ExactTable.EMPTY : new ExactTable(exactKeys, exactAtoms),
                set,
                patternAtoms,
                memoised));
      });
      spaceArray = out.toArray(Space[]::new);
    }

    // ---- steps

    private int emit(Formula formula, int onTrue, int onFalse) {
      return switch (formula) {
        case TextTest test -> {
          int atom = atom(test);
          yield step(atom >>> 6, 1L << atom, false, onTrue, onFalse);
        }
        case ValueTest test -> {
          Integer known = valueTestIds.get(test);
          int id = known == null ? valueTests.size() : known;
          if (known == null) {
            valueTestIds.put(test, id);
            valueTests.add(test);
          }
          yield step(~id, 0, false, onTrue, onFalse);
        }
        case Formula.Not(var part) -> emit(part, onFalse, onTrue);
        case Formula.And(var parts) -> {
          int next = onTrue;
          for (var part : rest(parts).reversed()) {
            next = emit(part, next, onFalse);
          }
          for (var word : words(parts).entrySet()) {
            next = step(word.getKey(), word.getValue(), true, next, onFalse);
          }
          yield next;
        }
        case Formula.Or(var parts) -> {
          int next = onFalse;
          for (var part : rest(parts).reversed()) {
            next = emit(part, onTrue, next);
          }
          for (var word : words(parts).entrySet()) {
            next = step(word.getKey(), word.getValue(), false, onTrue, next);
          }
          yield next;
        }
        case Formula.AtLeast(int count, var parts) -> atLeast(count, parts, onTrue, onFalse);
      };
    }

    /// What is not a plain text test, in order.
    private static List<Formula> rest(List<Formula> parts) {
      return parts.stream().filter(part -> !(part instanceof TextTest)).toList();
    }

    /// The text tests among the parts: their bits by word.
    private Map<Integer, Long> words(List<Formula> parts) {
      Map<Integer, Long> out = new LinkedHashMap<>();
      for (var part : parts) {
        if (part instanceof TextTest test) {
          int atom = atom(test);
          out.merge(atom >>> 6, 1L << atom, (a, b) -> a | b);
        }
      }
      return out;
    }

    /// One row of steps per part, one column per number still needed.
    private int atLeast(int count, List<Formula> parts, int onTrue, int onFalse) {
      int[] after = new int[count + 1];
      Arrays.fill(after, onFalse);
      after[0] = onTrue;
      for (var part : parts.reversed()) {
        int[] here = new int[count + 1];
        here[0] = onTrue;
        for (int needed = 1; needed <= count; needed++) {
          here[needed] = emit(part, after[needed - 1], after[needed]);
        }
        after = here;
      }
      return after[count];
    }

    private int step(int what, long mask, boolean wantsAll, int onTrue, int onFalse) {
      if (steps == masks.length) {
        code = Arrays.copyOf(code, code.length * 2);
        masks = Arrays.copyOf(masks, masks.length * 2);
      }
      int at = steps * STEP;
      code[at + ASK] = what;
      code[at + WANTS_ALL] = wantsAll ? 1 : 0;
      code[at + IF_TRUE] = onTrue;
      code[at + IF_FALSE] = onFalse;
      masks[steps] = mask;
      return steps++;
    }
  }
}
