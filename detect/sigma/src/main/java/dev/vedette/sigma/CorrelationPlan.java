package dev.vedette.sigma;

import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Immutable. Correlations with their references resolved: which detection tells which correlation
/// what, and which correlation tells which.
final class CorrelationPlan {
  /// A detection rule that a correlation counts.
  ///
  /// @param number among all feeds
  /// @param index of the correlation
  /// @param place of the rule among those of the correlation
  /// @param group which fields make its group, a number of [#keyFields]
  /// @param values which fields it counts, likewise
  record Feed(
      int number, String correlation, String rule, int index, int place, int group, int values) {}

  /// A correlation that another one counts.
  ///
  /// @param place of the child among the parent's rules
  /// @param group by the parent's group-by field: its place in the child's
  /// @param values by the parent's counted field, likewise
  record Link(int parent, int place, int[] group, int[] values) {}

  private final List<CorrelationRule> rules;

  /// By number.
  private final List<Feed> allFeeds;

  private final Feed[][] feeds;
  private final int[][][] keyFields;
  private final List<List<Link>> links;
  private final boolean[] detectionReports;
  private final boolean[] correlationReports;
  private final Duration longestWindow;
  private final SipHash hasher;

  private CorrelationPlan(
      List<CorrelationRule> rules,
      List<Feed> allFeeds,
      Feed[][] feeds,
      int[][][] keyFields,
      List<List<Link>> links,
      boolean[] detectionReports,
      boolean[] correlationReports,
      Duration longestWindow) {
    this.rules = List.copyOf(rules);
    this.allFeeds = List.copyOf(allFeeds);
    this.feeds = feeds;
    this.keyFields = keyFields;
    this.links = links;
    this.detectionReports = detectionReports;
    this.correlationReports = correlationReports;
    this.longestWindow = longestWindow;
    var random = new SecureRandom();
    this.hasher = new SipHash(random.nextLong(), random.nextLong());
  }

  List<CorrelationRule> rules() {
    return rules;
  }

  /// What a detection tells correlations; not to be changed.
  Feed[] feeds(int detection) {
    return feeds[detection];
  }

  /// What keys and counted values are made of: by number, by part, the event fields of which the
  /// first that has a value counts. Not to be changed.
  int[][][] keyFields() {
    return keyFields;
  }

  List<Link> links(int correlation) {
    return links.get(correlation);
  }

  /// Whether a detection rule is told of by itself.
  boolean reports(int detection) {
    return detectionReports[detection];
  }

  boolean correlationReports(int correlation) {
    return correlationReports[correlation];
  }

  Duration longestWindow() {
    return longestWindow;
  }

  /// A hash of a key or value whose collisions nobody can choose.
  long hash(byte[] bytes) {
    return hasher.hash(bytes);
  }

  /// Of a counted value; 0 where events are counted.
  long valueHash(byte[] value) {
    return value.length == 0 ? 0 : hash(value);
  }

  Feed feed(int number) {
    return allFeeds.get(number);
  }

  /// What the rule tells the correlation, both by id; null where it tells it nothing.
  @Nullable Feed feed(String correlation, String rule) {
    for (var feed : allFeeds) {
      if (feed.correlation.equals(correlation) && feed.rule.equals(rule)) {
        return feed;
      }
    }
    return null;
  }

  /// Whether a key and a value, found when the rules were others perhaps, have the parts that the
  /// correlation wants now.
  boolean isKeyOf(Feed feed, byte[] key, byte[] value) {
    byte @Nullable [][] group = CorrelationKeys.parts(key);
    byte @Nullable [][] values = CorrelationKeys.parts(value);
    var rule = rules.get(feed.index);
    return group != null
        && values != null
        && group.length == rule.groupBy().size()
        && values.length == rule.fields().size();
  }

  // ---- planning

  /// Leaves out, with a problem, every correlation that refers to what is not there.
  static CorrelationPlan plan(
      List<CorrelationRule> correlations,
      List<DetectionRule> detections,
      FieldMapping mapping,
      FieldDictionary dictionary,
      List<RuleProblem> problems) {
    return new Planner(detections, mapping, dictionary, problems).plan(correlations);
  }

  private static final class Planner {
    private final List<DetectionRule> detections;
    private final FieldMapping mapping;
    private final FieldDictionary dictionary;
    private final List<RuleProblem> problems;
    private final Map<String, Rule> byName = new HashMap<>();
    private final List<int[][]> keys = new ArrayList<>();

    Planner(
        List<DetectionRule> detections,
        FieldMapping mapping,
        FieldDictionary dictionary,
        List<RuleProblem> problems) {
      this.detections = detections;
      this.mapping = mapping;
      this.dictionary = dictionary;
      this.problems = problems;
      detections.forEach(this::name);
    }

    private void name(Rule rule) {
      byName.put(rule.id(), rule);
      if (!rule.header().name().isEmpty()) {
        byName.put(rule.header().name(), rule);
      }
    }

    private void forget(Rule rule) {
      byName.values().removeIf(other -> other.id().equals(rule.id()));
    }

    CorrelationPlan plan(List<CorrelationRule> all) {
      all.forEach(this::name);
      List<CorrelationRule> good = new ArrayList<>(all);
      // A correlation that fails takes those along that count it, so this runs until none fails.
      boolean again = true;
      while (again) {
        again = false;
        for (var correlation : List.copyOf(good)) {
          try {
            check(correlation);
          } catch (RuleSyntaxException e) {
            problems.add(e.problem(correlation.header().file(), correlation.title()));
            good.remove(correlation);
            forget(correlation);
            again = true;
          }
        }
      }
      return build(good);
    }

    private Rule resolve(CorrelationRule.Reference reference) {
      Rule rule = byName.get(reference.rule());
      if (rule == null) {
        rule = byName.get(reference.rule().toLowerCase(java.util.Locale.ROOT));
      }
      if (rule == null) {
        throw new RuleSyntaxException(
            reference.position(),
            "There is no usable rule with the id or name '" + reference.rule() + "'.",
            Suggestion.nearest(reference.rule(), byName.keySet()));
      }
      return rule;
    }

    private void check(CorrelationRule correlation) {
      checkCycle(correlation, correlation, new HashSet<>());
      Set<String> seen = new HashSet<>();
      for (var reference : correlation.rules()) {
        Rule rule = resolve(reference);
        if (!seen.add(rule.id())) {
          throw new RuleSyntaxException(
              reference.position(), "The rule '" + reference.rule() + "' is listed twice.");
        }
        switch (rule) {
          case DetectionRule detection -> feed(0, correlation, 0, 0, reference, detection);
          case CorrelationRule child -> link(correlation, 0, reference, child, 0);
        }
      }
      for (var alias : correlation.aliases().entrySet()) {
        for (String rule : alias.getValue().keySet()) {
          boolean listed =
              correlation.rules().stream().anyMatch(reference -> reference.rule().equals(rule));
          if (!listed) {
            throw new RuleSyntaxException(
                correlation.header().position(),
                "The alias '"
                    + alias.getKey()
                    + "' names '"
                    + rule
                    + "', which is not among the rules of the correlation.",
                Suggestion.nearest(
                    rule,
                    correlation.rules().stream().map(CorrelationRule.Reference::rule).toList()));
          }
        }
      }
    }

    private void checkCycle(CorrelationRule root, CorrelationRule at, Set<String> visited) {
      for (var reference : at.rules()) {
        if (resolve(reference) instanceof CorrelationRule child) {
          if (child.id().equals(root.id())) {
            throw new RuleSyntaxException(
                root.rules().getFirst().position(), "The correlation counts itself.");
          }
          if (visited.add(child.id())) {
            checkCycle(root, child, visited);
          }
        }
      }
    }

    private Feed feed(
        int number,
        CorrelationRule correlation,
        int index,
        int place,
        CorrelationRule.Reference reference,
        DetectionRule rule) {
      return new Feed(
          number,
          correlation.id(),
          rule.id(),
          index,
          place,
          keyId(fields(correlation, correlation.groupBy(), reference, rule.logSource())),
          keyId(fields(correlation, correlation.fields(), reference, rule.logSource())));
    }

    private int keyId(int[][] fields) {
      for (int i = 0; i < keys.size(); i++) {
        if (Arrays.deepEquals(keys.get(i), fields)) {
          return i;
        }
      }
      keys.add(fields);
      return keys.size() - 1;
    }

    private int[][] fields(
        CorrelationRule correlation,
        List<String> names,
        CorrelationRule.Reference reference,
        LogSource logSource) {
      int[][] out = new int[names.size()][];
      for (int i = 0; i < out.length; i++) {
        out[i] =
            Lowering.fieldIds(
                    aliased(correlation, names.get(i), reference),
                    logSource,
                    mapping,
                    dictionary,
                    reference.position())
                .stream()
                .mapToInt(Integer::intValue)
                .toArray();
      }
      return out;
    }

    private static String aliased(
        CorrelationRule correlation, String name, CorrelationRule.Reference reference) {
      Map<String, String> alias = correlation.aliases().get(name);
      if (alias == null) {
        return name;
      }
      String field = alias.get(reference.rule());
      if (field == null) {
        throw new RuleSyntaxException(
            reference.position(),
            "The alias '" + name + "' names no field of the rule '" + reference.rule() + "'.");
      }
      return field;
    }

    private static Link link(
        CorrelationRule parent,
        int parentIndex,
        CorrelationRule.Reference reference,
        CorrelationRule child,
        int place) {
      return new Link(
          parentIndex,
          place,
          places(parent, parent.groupBy(), reference, child),
          places(parent, parent.fields(), reference, child));
    }

    private static int[] places(
        CorrelationRule parent,
        List<String> names,
        CorrelationRule.Reference reference,
        CorrelationRule child) {
      int[] out = new int[names.size()];
      for (int i = 0; i < out.length; i++) {
        String field = aliased(parent, names.get(i), reference);
        out[i] = child.groupBy().indexOf(field);
        if (out[i] < 0) {
          throw new RuleSyntaxException(
              reference.position(),
              "The correlation '"
                  + reference.rule()
                  + "' does not group by '"
                  + field
                  + "', so its firings have no such field.",
              Suggestion.nearest(field, child.groupBy()));
        }
      }
      return out;
    }

    private CorrelationPlan build(List<CorrelationRule> good) {
      Map<String, Integer> detectionIndexes = new HashMap<>();
      List<List<Feed>> feeds = new ArrayList<>();
      for (int i = 0; i < detections.size(); i++) {
        detectionIndexes.put(detections.get(i).id(), i);
        feeds.add(new ArrayList<>());
      }
      Map<String, Integer> correlationIndexes = new HashMap<>();
      List<List<Link>> links = new ArrayList<>();
      List<Feed> allFeeds = new ArrayList<>();
      for (int i = 0; i < good.size(); i++) {
        correlationIndexes.put(good.get(i).id(), i);
        links.add(new ArrayList<>());
      }
      boolean[] counted = new boolean[detections.size()];
      boolean[] detectionReports = new boolean[detections.size()];
      boolean[] countedCorrelation = new boolean[good.size()];
      boolean[] correlationReports = new boolean[good.size()];
      for (int parent = 0; parent < good.size(); parent++) {
        var correlation = good.get(parent);
        for (int place = 0; place < correlation.rules().size(); place++) {
          var reference = correlation.rules().get(place);
          Rule rule = resolve(reference);
          switch (rule) {
            case DetectionRule detection -> {
              int index = detectionIndexes.getOrDefault(detection.id(), -1);
              var feed = feed(allFeeds.size(), correlation, parent, place, reference, detection);
              allFeeds.add(feed);
              feeds.get(index).add(feed);
              counted[index] = true;
              detectionReports[index] |= correlation.generate();
            }
            case CorrelationRule child -> {
              int index = correlationIndexes.getOrDefault(child.id(), -1);
              links.get(index).add(link(correlation, parent, reference, child, place));
              countedCorrelation[index] = true;
              correlationReports[index] |= correlation.generate();
            }
          }
        }
      }
      for (int i = 0; i < counted.length; i++) {
        detectionReports[i] |= !counted[i];
      }
      for (int i = 0; i < countedCorrelation.length; i++) {
        correlationReports[i] |= !countedCorrelation[i];
      }
      Duration longest = Duration.ZERO;
      for (var correlation : good) {
        Duration window = window(correlation, new LinkedHashSet<>());
        longest = window.compareTo(longest) > 0 ? window : longest;
      }
      return new CorrelationPlan(
          good,
          allFeeds,
          feeds.stream().map(each -> each.toArray(Feed[]::new)).toArray(Feed[][]::new),
          keys.toArray(int[][][]::new),
          links,
          detectionReports,
          correlationReports,
          longest);
    }

    private Duration window(CorrelationRule correlation, Set<String> above) {
      Duration inner = Duration.ZERO;
      for (var reference : correlation.rules()) {
        if (resolve(reference) instanceof CorrelationRule child && above.add(child.id())) {
          Duration window = window(child, above);
          above.remove(child.id());
          inner = window.compareTo(inner) > 0 ? window : inner;
        }
      }
      return correlation.timespan().plus(inner);
    }
  }

  @Override
  public String toString() {
    return Arrays.toString(rules.toArray());
  }
}
