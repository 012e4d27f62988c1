package dev.vedette.sigma;

import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.pattern.Pattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Immutable, thread-safe. A rule set compiled for one field mapping and one dictionary: share it,
/// give every worker its own [#matcher] and the ordered stage one [#correlator].
///
/// ```java
/// RuleSet rules = RuleReader.read(files);
/// SigmaEngine engine = SigmaEngine.compile(rules, FieldMapping.ecs(), dictionary);
/// SigmaMatcher matcher = engine.matcher();
/// for (int i = 0, n = matcher.match(event); i < n; i++) {
///   CompiledRule rule = matcher.rule(i);
///   List<Evidence> why = matcher.explain(event, rule);
/// }
/// ```
public final class SigmaEngine {
  /// Data sets whose tables are kept.
  private static final int VIEWS_MAX = 1_024;

  private final FieldDictionary dictionary;
  private final List<CompiledRule> rules;
  private final List<RuleProblem> problems;
  private final Program program;
  private final CorrelationPlan correlations;
  private final PatternCache patterns;
  private final boolean[] keywordFields;
  private final Map<Dataset, View> views = new ConcurrentHashMap<>();

  /// What of the program concerns one data set.
  ///
  /// @param applicable bit set of rules
  /// @param always the applicable ones that need no atom
  /// @param lineSpaces those that feed an applicable rule from the whole line
  /// @param fieldSpaces by field id: those that feed one from its values; null where there are none
  record View(long[] applicable, long[] always, int[] lineSpaces, int[] @Nullable [] fieldSpaces) {}

  private SigmaEngine(
      FieldDictionary dictionary,
      List<CompiledRule> rules,
      List<RuleProblem> problems,
      Program program,
      CorrelationPlan correlations,
      PatternCache patterns) {
    this.dictionary = dictionary;
    this.rules = List.copyOf(rules);
    this.problems = List.copyOf(problems);
    this.program = program;
    this.correlations = correlations;
    this.patterns = patterns;
    this.keywordFields = Keywords.fields();
  }

  /// As [#compile(RuleSet, FieldMapping, FieldDictionary, Map)], without values for placeholders.
  public static SigmaEngine compile(RuleSet set, FieldMapping mapping, FieldDictionary dictionary) {
    return compile(set, mapping, dictionary, Map.of());
  }

  /// Compiles every rule that can be; the others are among [#problems]. Throws nothing for a bad
  /// rule.
  ///
  /// @param dictionary gives the fields of rules their ids; the events must come from the same one
  /// @param placeholders values of `%name%` for the modifier `expand`
  public static SigmaEngine compile(
      RuleSet set,
      FieldMapping mapping,
      FieldDictionary dictionary,
      Map<String, List<String>> placeholders) {
    List<RuleProblem> problems = new ArrayList<>(set.problems());
    List<DetectionRule> detections = new ArrayList<>();
    List<Formula> formulas = new ArrayList<>();
    var patterns = new PatternCache();
    // Lowering is most of the work, and no rule needs to know of another for it.
    var lowered =
        set.detections().parallelStream()
            .map(rule -> Lowered.of(rule, mapping, dictionary, placeholders, patterns))
            .toList();
    for (var each : lowered) {
      switch (each) {
        case Lowered.Good(var rule, var formula) -> {
          detections.add(rule);
          formulas.add(formula);
        }
        case Lowered.Bad(var problem) -> problems.add(problem);
      }
    }
    var plan = CorrelationPlan.plan(set.correlations(), detections, mapping, dictionary, problems);
    List<CompiledRule> rules = new ArrayList<>();
    for (int i = 0; i < detections.size(); i++) {
      rules.add(
          new CompiledRule(i, detections.get(i), formulas.get(i), plan.reports(i), dictionary));
    }
    return new SigmaEngine(
        dictionary, rules, problems, Program.link(formulas, patterns), plan, patterns);
  }

  private sealed interface Lowered {
    record Good(DetectionRule rule, Formula formula) implements Lowered {}

    record Bad(RuleProblem problem) implements Lowered {}

    static Lowered of(
        DetectionRule rule,
        FieldMapping mapping,
        FieldDictionary dictionary,
        Map<String, List<String>> placeholders,
        PatternCache patterns) {
      try {
        var formula = Lowering.lower(rule, mapping, dictionary, placeholders, patterns);
        Program.check(formula, rule.header().position());
        return new Good(rule, formula);
      } catch (RuleSyntaxException e) {
        return new Bad(e.problem(rule.header().file(), rule.title()));
      }
    }
  }

  /// The detection rules that can fire, in the order of the rule set.
  public List<CompiledRule> rules() {
    return rules;
  }

  /// The correlations that can fire.
  public List<CorrelationRule> correlations() {
    return correlations.rules();
  }

  /// Everything that is wrong with the rule set: what [RuleReader] found and what compiling found.
  public List<RuleProblem> problems() {
    return problems;
  }

  /// The longest timespan of a correlation, chains added up; zero without correlations. Hits that
  /// are older cannot matter any more.
  public Duration longestWindow() {
    return correlations.longestWindow();
  }

  /// A matcher for one worker.
  public SigmaMatcher matcher() {
    return new SigmaMatcher(this);
  }

  /// A correlator that holds up to [Correlator#KEYS_MAX_DEFAULT] windows.
  public Correlator correlator() {
    return correlator(Correlator.KEYS_MAX_DEFAULT);
  }

  /// A correlator that holds up to `keysMax` windows in at most `keysMax` times
  /// [Correlator#KEY_BYTES], those that expire first giving way.
  public Correlator correlator(int keysMax) {
    return new Correlator(correlations, keysMax);
  }

  /// No hits yet, for a worker to fill.
  public CorrelationHits newHits() {
    return new CorrelationHits(correlations);
  }

  /// Reads what [CorrelationHits#encode] wrote, under these rules or others; empty for bytes that
  /// it cannot have written. Hits that mean nothing to these rules are left out.
  public Optional<CorrelationHits> readHits(byte[] encoded) {
    return CorrelationHits.decode(correlations, encoded);
  }

  Program program() {
    return program;
  }

  CorrelationPlan plan() {
    return correlations;
  }

  /// The compiled form of a test of one of the rules.
  Pattern pattern(Formula.TextPattern pattern) {
    return patterns.get(pattern);
  }

  FieldDictionary dictionary() {
    return dictionary;
  }

  /// Whether a slot holds a text that keywords must look into beside the line: it does not stand in
  /// the line as it is, and is not a word of our own.
  @SuppressWarnings("ReferenceEquality") // which array a value points into is the question
  boolean isDecodedText(Event event, int slot) {
    int field = event.field(slot);
    return event.array(slot) != event.line()
        && event.kind(slot) == Event.Kind.STRING
        && (field >= keywordFields.length || keywordFields[field]);
  }

  View view(Dataset dataset) {
    var known = views.get(dataset);
    if (known != null) {
      return known;
    }
    if (views.size() >= VIEWS_MAX) {
      views.clear();
    }
    var view = buildView(dataset);
    views.put(dataset, view);
    return view;
  }

  private View buildView(Dataset dataset) {
    var applicable = new BitSet();
    var spaces = new BitSet();
    for (var rule : rules) {
      if (dataset.isCoveredBy(rule.rule().logSource())) {
        applicable.set(rule.index());
        for (int space : program.ruleSpaces[rule.index()]) {
          spaces.set(space);
        }
      }
    }
    var always = (BitSet) program.always.clone();
    always.and(applicable);
    int words = (rules.size() + 63) >>> 6;
    int fields = spaces.stream().map(space -> program.spaces[space].field() + 1).max().orElse(0);
    int[][] fieldSpaces = new int[fields][];
    spaces.stream()
        .filter(space -> program.spaces[space].field() != Program.KEYWORDS)
        .forEach(space -> {
          int field = program.spaces[space].field();
          int[] before = fieldSpaces[field] == null ? new int[0] : fieldSpaces[field];
          int[] after = java.util.Arrays.copyOf(before, before.length + 1);
          after[before.length] = space;
          fieldSpaces[field] = after;
        });
    return new View(
        java.util.Arrays.copyOf(applicable.toLongArray(), words),
        java.util.Arrays.copyOf(always.toLongArray(), words),
        spaces.stream().filter(space -> isOfLine(program.spaces[space])).toArray(),
        fieldSpaces);
  }

  private static boolean isOfLine(Program.Space space) {
    return space.field() == Program.KEYWORDS || space.field() == Ecs.EVENT_ORIGINAL;
  }
}
