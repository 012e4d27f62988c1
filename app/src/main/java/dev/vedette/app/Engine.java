package dev.vedette.app;

import dev.vedette.alert.AlertDesk;
import dev.vedette.event.Batch;
import dev.vedette.event.Dataset;
import dev.vedette.event.Detection;
import dev.vedette.event.Ecs;
import dev.vedette.event.Entity;
import dev.vedette.event.Event;
import dev.vedette.event.EventId;
import dev.vedette.event.Evidence;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import dev.vedette.parse.LogReader;
import dev.vedette.sigma.CompiledRule;
import dev.vedette.sigma.Correlation;
import dev.vedette.sigma.CorrelationHits;
import dev.vedette.sigma.CorrelationRule;
import dev.vedette.sigma.Correlator;
import dev.vedette.sigma.Explanation;
import dev.vedette.sigma.FieldMapping;
import dev.vedette.sigma.ParsedRules;
import dev.vedette.sigma.RuleFile;
import dev.vedette.sigma.RuleProblem;
import dev.vedette.sigma.RuleReader;
import dev.vedette.sigma.SigmaEngine;
import dev.vedette.sigma.SigmaMatcher;
import dev.vedette.store.Commit;
import dev.vedette.store.Tally;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Immutable, thread-safe. Everything that turns lines into detections: the compiled rules and the
/// dictionary they share with the parser. `serve`, `analyze` and every later replay use this one
/// class, so they give the same detections.
///
/// - [Worker#read] is the stateless half: parse and match one batch. Any number of workers in
///   parallel.
/// - [Ordered#accept] is the half with a memory: correlation windows, in the order of the batches.
final class Engine {
  /// An event that claims to be from further in the future than this is taken to have a wrong
  /// clock: its time of receipt counts.
  static final long FUTURE_MS_MAX = 24 * 3_600_000L;

  /// Detections of one alert in one batch that `serve` keeps as rows; the alert counts all of them.
  /// A flood of one attack must not become a flood of rows.
  static final int ROWS_PER_ALERT_MAX = 50;

  /// Gaps of an advice that every detection fills, with or without evidence.
  private static final Set<String> NAMED =
      Set.of("source.ip", "user.name", "host.hostname", "host.name");

  private final FieldDictionary dictionary;
  private final SigmaEngine sigma;
  private final AllowList allowList;
  private final Map<String, String> advice = new HashMap<>();

  /// By rule: the field that its alerts are grouped by, or -1.
  private final int[] entityFields;

  /// Rules whose advice has gaps that only evidence fills.
  private final BitSet advisesByEvidence = new BitSet();

  private Engine(FieldDictionary dictionary, SigmaEngine sigma, AllowList allowList) {
    this.dictionary = dictionary;
    this.sigma = sigma;
    this.allowList = allowList;
    this.entityFields = new int[sigma.rules().size()];
    for (var rule : sigma.rules()) {
      var notes = rule.header().notes();
      advice.put(rule.id(), notes.advice());
      entityFields[rule.index()] =
          notes.entity().isEmpty() ? -1 : dictionary.lookup(notes.entity());
      Explanation.render(
          notes.advice(),
          name -> {
            advisesByEvidence.set(
                rule.index(), advisesByEvidence.get(rule.index()) || !NAMED.contains(name));
            return "";
          });
    }
    for (var rule : sigma.correlations()) {
      advice.put(rule.id(), rule.header().notes().advice());
    }
  }

  /// Compiles rules; what is wrong with them is among [#problems], and every other rule works.
  static Engine compile(List<RuleFile> files, FieldDictionary dictionary, AllowList allowList) {
    return compile(ParsedRules.parse(files), dictionary, allowList);
  }

  /// As above, of files that were parsed before.
  static Engine compile(ParsedRules parsed, FieldDictionary dictionary, AllowList allowList) {
    var set = RuleReader.read(parsed);
    return new Engine(
        dictionary, SigmaEngine.compile(set, FieldMapping.ecs(), dictionary), allowList);
  }

  FieldDictionary dictionary() {
    return dictionary;
  }

  List<CompiledRule> rules() {
    return sigma.rules();
  }

  List<CorrelationRule> correlations() {
    return sigma.correlations();
  }

  List<RuleProblem> problems() {
    return sigma.problems();
  }

  long longestWindowMs() {
    return sigma.longestWindow().toMillis();
  }

  /// What the rule of a detection says to do, with its gaps filled.
  String advice(Detection d) {
    return Explanation.render(
        advice.getOrDefault(d.ruleId(), ""),
        name ->
            switch (name) {
              case "source.ip" -> orElse(d.sourceIp(), "the source");
              case "user.name" -> orElse(d.userName(), "the user");
              case "host.hostname", "host.name" -> orElse(d.hostName(), "the host");
              default -> {
                for (var evidence : d.evidence()) {
                  if (evidence.field().equals(name)) {
                    yield evidence.value();
                  }
                }
                yield "this " + name.substring(name.lastIndexOf('.') + 1);
              }
            });
  }

  private static String orElse(String value, String words) {
    return value.isEmpty() ? words : value;
  }

  /// For a worker to fill.
  CorrelationHits newHits() {
    return sigma.newHits();
  }

  /// A batch of which only its lines are kept.
  Findings noFindings(Batch batch, Commit.Summary summary) {
    return new Findings(batch, summary, List.of(), newHits(), 0);
  }

  /// A worker of `serve`: its summaries carry the roll-ups and tokens that the store wants.
  Worker worker() {
    return new Worker(this, new Tally(), null, true);
  }

  /// A worker that only reads: its summaries carry times and counts.
  ///
  /// @param sightings where it counts what it detects
  /// @param tells whether its findings list the single detections too; making those takes longer
  ///   than finding the attack
  Worker readingWorker(Sightings sightings, boolean tells) {
    return new Worker(this, null, sightings, tells);
  }

  /// @param rowsPerAlertMax detections of one alert in one batch that are handed on; see
  ///   [#ROWS_PER_ALERT_MAX]
  Ordered ordered(int rowsPerAlertMax) {
    return new Ordered(this, rowsPerAlertMax);
  }

  /// What a worker found in one batch, handed on to the ordered stage, which numbers the hits'
  /// events, or throws the hits away. Event ids count lines of the batch from 0, of source 0: the
  /// ordered stage knows the real ones.
  ///
  /// @param suspicious lines with at least one detection
  record Findings(
      Batch batch,
      Commit.Summary summary,
      List<Detection> detections,
      CorrelationHits hits,
      long suspicious) {
    /// The same batch, when nothing that was found in it is kept.
    Findings none() {
      hits.clear();
      return new Findings(batch, summary.withoutFindings(), List.of(), hits, 0);
    }
  }

  /// What the ordered stage made of a batch: detections with their real event ids and alerts, and
  /// the hits to keep.
  record Outcome(List<Commit.Found> detections, byte[] hits, long hitsUntilMs) {}

  /// Confined to one thread. Parses and matches batches.
  static final class Worker {
    private final Engine engine;
    private final LogReader reader;
    private final SigmaMatcher matcher;
    private final Event event;
    private final @Nullable Tally tally;
    private final @Nullable Sightings sightings;
    private final boolean tells;
    private String lastHost = "";
    private byte[] lastHostBytes = new byte[0];

    /// Of the event at hand, once it has a detection.
    private String sourceIp = "";

    private String userName = "";
    private String hostName = "";

    private Worker(
        Engine engine, @Nullable Tally tally, @Nullable Sightings sightings, boolean tells) {
      this.tally = tally;
      this.sightings = sightings;
      this.tells = tells;
      this.engine = engine;
      this.reader = new LogReader(engine.dictionary);
      this.matcher = engine.sigma.matcher();
      this.event = new Event(engine.dictionary);
    }

    Findings read(Batch batch) {
      return read(batch, engine.newHits());
    }

    /// @param hits are filled, and belong to the findings
    Findings read(Batch batch, CorrelationHits hits) {
      List<Detection> detections = new ArrayList<>();
      hits.clear();
      long suspicious = 0;
      byte[] bytes = batch.bytes();
      long receivedMs = batch.receivedMs();
      String hint = batch.hint();
      int count = batch.count();
      long minTimeMs = Long.MAX_VALUE;
      long maxTimeMs = Long.MIN_VALUE;
      int unparsed = 0;
      if (tally != null) {
        tally.begin();
      }
      for (int line = 0; line < count; line++) {
        reader.read(bytes, batch.start(line), batch.end(line), receivedMs, hint, event);
        if (event.timeMs() == Event.NO_TIME || event.timeMs() > receivedMs + FUTURE_MS_MAX) {
          event.timeMs(receivedMs);
        }
        int matched = matcher.match(event);
        boolean found = matched > 0 && found(matched, line, detections, hits);
        if (found) {
          suspicious++;
        }
        if (tally != null) {
          tally.add(event, receivedMs, found);
        } else {
          minTimeMs = Math.min(minTimeMs, event.timeMs());
          maxTimeMs = Math.max(maxTimeMs, event.timeMs());
          unparsed += event.dataset().equals(Dataset.PLAIN) ? 1 : 0;
        }
      }
      var summary =
          tally != null
              ? tally.summary()
              : new Commit.Summary(minTimeMs, maxTimeMs, unparsed, List.of(), new long[0]);
      return new Findings(batch, summary, detections, hits, suspicious);
    }

    /// The rare path: something matched. Answers whether it is worth telling.
    private boolean found(int matched, int line, List<Detection> detections, CorrelationHits hits) {
      if (event.dataset().equals(Dataset.PLAIN) && !engine.allowList.isEmpty()) {
        String address = event.text(Ecs.SOURCE_IP);
        if (address != null && engine.allowList.contains(address)) {
          return false;
        }
      }
      matcher.hits(event, event.timeMs(), line, hits);
      boolean found = false;
      boolean named = false;
      for (int i = 0; i < matched; i++) {
        var rule = matcher.rule(i);
        if (!rule.reports()) {
          continue;
        }
        found = true;
        boolean counted =
            sightings == null || sightings.count(rule, entitySlot(rule), event, line) != null;
        if (counted && !tells) {
          continue;
        }
        if (!named) {
          named = true;
          sourceIp = text(Ecs.SOURCE_IP);
          userName = text(Ecs.USER_NAME);
          hostName = host();
        }
        var detection = detection(rule, line);
        if (!counted && sightings != null) {
          sightings.open(rule, detection, event, line);
        }
        if (tells) {
          detections.add(detection);
        }
      }
      return found;
    }

    private Detection detection(CompiledRule rule, int line) {
      var header = rule.header();
      return new Detection(
          rule.id(),
          header.title(),
          header.level(),
          rule.threatClass(),
          rule.techniques(),
          event.timeMs(),
          new EventId(0, line),
          entity(rule),
          sourceIp,
          userName,
          hostName,
          rule.explanation(event),
          tells || engine.advisesByEvidence.get(rule.index())
              ? matcher.explain(event, rule)
              : List.of(),
          1,
          tells ? cut(event.original()) : "");
    }

    /// The slot of the value that alerts of a rule are grouped by; -1 where the event has none.
    private int entitySlot(CompiledRule rule) {
      int slot = event.first(engine.entityFields[rule.index()]);
      return slot >= 0 && event.to(slot) > event.from(slot) ? slot : -1;
    }

    private Entity entity(CompiledRule rule) {
      int slot = entitySlot(rule);
      if (slot >= 0) {
        return new Entity(kind(rule.header().notes().entity()), event.slotText(slot));
      }
      return entityOf(sourceIp, userName, hostName, event.dataset().name());
    }

    /// Most lines of a log name the host of the line before.
    private String host() {
      int slot = event.first(Ecs.HOST_HOSTNAME);
      if (slot < 0) {
        return text(Ecs.HOST_NAME);
      }
      int from = event.from(slot);
      int to = event.to(slot);
      if (!Arrays.equals(event.array(slot), from, to, lastHostBytes, 0, lastHostBytes.length)) {
        lastHostBytes = Arrays.copyOfRange(event.array(slot), from, to);
        lastHost = text(Ecs.HOST_HOSTNAME);
      }
      return lastHost.isEmpty() ? text(Ecs.HOST_NAME) : lastHost;
    }

    private String text(int field) {
      String text = event.text(field);
      return text == null ? "" : text;
    }
  }

  /// Confined to the ordered stage. Correlates hits in the order of their batches and folds
  /// detections into alerts.
  static final class Ordered {
    private static final List<String> IP_NAMES = List.of("source.ip", "c-ip", "src_ip");
    private static final List<String> USER_NAMES = List.of("user.name", "cs-username", "User");
    private static final List<String> HOST_NAMES =
        List.of("host.hostname", "host.name", "Computer");

    private final Engine engine;
    private final Correlator correlator;
    private final long longestWindowMs;
    private final int rowsPerAlertMax;
    private final LogReader reader;

    /// The event that completed an order; empty where events were counted.
    private final Event completing;

    private Ordered(Engine engine, int rowsPerAlertMax) {
      this.engine = engine;
      this.rowsPerAlertMax = rowsPerAlertMax;
      this.correlator = engine.sigma.correlator(windowsMax());
      this.longestWindowMs = engine.longestWindowMs();
      this.reader = new LogReader(engine.dictionary);
      this.completing = new Event(engine.dictionary);
    }

    /// As many as fit into a third of the heap.
    private static int windowsMax() {
      long fit = Runtime.getRuntime().maxMemory() / 3 / Correlator.KEY_BYTES;
      return (int) Math.min(Correlator.KEYS_MAX_DEFAULT, fit);
    }

    /// Takes the next batch.
    ///
    /// @param first sequence number of its first line in source `sourceId`
    Outcome accept(Findings findings, int sourceId, long first, AlertDesk desk, long nowMs) {
      var found = new ArrayList<Commit.Found>(findings.detections.size());
      var rows = new HashMap<Long, Integer>();
      for (var local : findings.detections) {
        var detection = local.of(new EventId(sourceId, first + local.event().sequence()));
        add(detection, desk.fold(detection, engine::advice, nowMs), rows, found);
      }
      var hits = findings.hits;
      hits.number(sourceId, first);
      correlate(
          findings.batch,
          hits,
          first,
          desk,
          nowMs,
          fired -> add(fired.detection(), fired.alertId(), rows, found));
      long latestMs = Math.max(findings.batch.receivedMs(), hits.latestMs());
      return new Outcome(
          found,
          hits.isEmpty() ? new byte[0] : hits.encode(),
          hits.isEmpty() ? 0 : latestMs + longestWindowMs);
    }

    /// Takes the next batch of a pass over files, whose workers count what they detect: answers
    /// what is detected in several events together. Nothing will be replayed.
    List<Detection> acceptOnce(Findings findings, AlertDesk desk, long nowMs) {
      var out = new ArrayList<Detection>();
      correlate(findings.batch, findings.hits, 0, desk, nowMs, fired -> out.add(fired.detection()));
      return out;
    }

    private void correlate(
        Batch batch,
        CorrelationHits hits,
        long first,
        AlertDesk desk,
        long nowMs,
        Consumer<Commit.Found> sink) {
      for (var fired : correlator.accept(hits)) {
        int line = (int) (fired.events().getLast().sequence() - first);
        completing(fired.rule(), batch, line);
        var detection = detection(fired, fired.total(), original(batch, line));
        sink.accept(
            new Commit.Found(
                detection,
                desk.fold(
                    detection, latest(fired.events(), fired.total()), engine::advice, nowMs)));
      }
      for (var continued : correlator.drainContinued()) {
        completing.begin(batch.bytes(), 0, 0);
        var detection = detection(continued, continued.more(), "");
        if (!desk.extend(detection, continued.events(), continued.more(), nowMs)) {
          // People said that it was over, and it is not: that is news.
          int line = (int) (continued.events().getLast().sequence() - first);
          var again = detection(continued, continued.more(), original(batch, line));
          var since = latest(continued.events(), continued.more());
          sink.accept(new Commit.Found(again, desk.fold(again, since, engine::advice, nowMs)));
        }
      }
    }

    /// Those that a detection stands for: a window also holds what was told before.
    private static List<EventId> latest(List<EventId> events, long count) {
      return events.subList((int) Math.max(0, events.size() - count), events.size());
    }

    /// Takes hits that were accepted and stored before a restart: the windows fill, nothing is
    /// reported again.
    void replay(byte[] encoded) {
      engine.sigma.readHits(encoded).ifPresent(correlator::accept);
      correlator.drainContinued();
    }

    private void add(
        Detection detection, long alertId, Map<Long, Integer> rows, List<Commit.Found> found) {
      if (rows.merge(alertId, 1, Integer::sum) <= rowsPerAlertMax) {
        found.add(new Commit.Found(detection, alertId));
      }
    }

    /// Where an order is completed, the event that did it is what people must know of: who was let
    /// in, and where. Of events that are only counted, the last is one of many.
    private void completing(CorrelationRule rule, Batch batch, int line) {
      if (rule.type() == CorrelationRule.Type.TEMPORAL_ORDERED) {
        reader.read(
            batch.bytes(),
            batch.start(line),
            batch.end(line),
            batch.receivedMs(),
            batch.hint(),
            completing);
      } else {
        completing.begin(batch.bytes(), 0, 0);
      }
    }

    /// @param events how many it stands for
    /// @param original the line of the latest of them
    private Detection detection(Correlation correlation, long events, String original) {
      var header = correlation.rule().header();
      String sourceIp = value(correlation, IP_NAMES);
      String userName = value(correlation, USER_NAMES);
      String hostName = value(correlation, HOST_NAMES);
      String wanted = header.notes().entity();
      String named = wanted.isEmpty() ? null : correlation.group().get(wanted);
      var evidence = new ArrayList<Evidence>();
      correlation
          .group()
          .forEach((field, value) -> {
            String shown =
                value.length() > Evidence.VALUE_CHARS_MAX
                    ? value.substring(0, Evidence.VALUE_CHARS_MAX)
                    : value;
            evidence.add(new Evidence(field, shown, 0, shown.length()));
          });
      return new Detection(
          header.id(),
          header.title(),
          header.level(),
          header.threatClass(LogSource.ANY),
          header.techniques(),
          correlation.lastMs(),
          correlation.events().getLast(),
          named != null
              ? new Entity(kind(wanted), named)
              : entityOf(
                  group(correlation, IP_NAMES),
                  group(correlation, USER_NAMES),
                  group(correlation, HOST_NAMES),
                  firstValue(correlation)),
          sourceIp,
          userName,
          hostName,
          Explanation.of(correlation, this::completed),
          evidence,
          events,
          original);
    }

    private static String firstValue(Correlation correlation) {
      var values = correlation.group().values().iterator();
      return values.hasNext() ? values.next() : "everyone";
    }

    private static String group(Correlation correlation, List<String> names) {
      for (var name : names) {
        String value = correlation.group().get(name);
        if (value != null) {
          return value;
        }
      }
      return "";
    }

    /// What the correlation groups by, else what the completing event says.
    private String value(Correlation correlation, List<String> names) {
      String grouped = group(correlation, names);
      for (int i = 0; i < names.size() && grouped.isEmpty(); i++) {
        grouped = Objects.requireNonNullElse(completed(names.get(i)), "");
      }
      return grouped;
    }

    private @Nullable String completed(String name) {
      int field = engine.dictionary.lookup(name);
      return field == FieldDictionary.NONE ? null : completing.text(field);
    }
  }

  private static Entity entityOf(String sourceIp, String userName, String hostName, String source) {
    if (!sourceIp.isEmpty()) {
      return new Entity(Entity.Kind.IP, sourceIp);
    }
    if (!userName.isEmpty()) {
      return new Entity(Entity.Kind.USER, userName);
    }
    return hostName.isEmpty()
        ? new Entity(Entity.Kind.SOURCE, source)
        : new Entity(Entity.Kind.HOST, hostName);
  }

  private static Entity.Kind kind(String field) {
    if (field.endsWith(".ip") || field.equals("c-ip") || field.equals("src_ip")) {
      return Entity.Kind.IP;
    }
    if (field.startsWith("user.") || field.equals("source.user.name")) {
      return Entity.Kind.USER;
    }
    if (field.startsWith("host.")) {
      return Entity.Kind.HOST;
    }
    if (field.startsWith("url.")) {
      return field.equals("url.domain") ? Entity.Kind.DOMAIN : Entity.Kind.URL;
    }
    return field.startsWith("file.") ? Entity.Kind.FILE : Entity.Kind.SOURCE;
  }

  private static String original(Batch batch, int line) {
    int from = batch.start(line);
    int length = Math.min(batch.end(line) - from, Detection.ORIGINAL_CHARS_MAX * 2);
    return cut(new String(batch.bytes(), from, length, StandardCharsets.UTF_8));
  }

  private static String cut(String original) {
    return original.length() <= Detection.ORIGINAL_CHARS_MAX
        ? original
        : original.substring(0, Detection.ORIGINAL_CHARS_MAX - 1) + "…";
  }
}
