package dev.vedette.app;

import dev.vedette.alert.AlertDesk;
import dev.vedette.event.Alert;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.IpAddress;
import dev.vedette.event.LogSource;
import dev.vedette.parse.LogReader;
import dev.vedette.server.Access;
import dev.vedette.server.CommitNotice;
import dev.vedette.server.LiveFeed;
import dev.vedette.server.RuleView;
import dev.vedette.server.Server;
import dev.vedette.server.ServerConfig;
import dev.vedette.server.Services;
import dev.vedette.sigma.ParsedRules;
import dev.vedette.sigma.RuleFile;
import dev.vedette.sigma.RuleProblem;
import dev.vedette.source.FileTail;
import dev.vedette.source.Source;
import dev.vedette.source.SyslogTcp;
import dev.vedette.source.SyslogUdp;
import dev.vedette.store.SourceState;
import dev.vedette.store.SqliteStore;
import dev.vedette.store.Store;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Thread-safe once started. `serve`, wired from top to bottom: this is the architecture, in the
/// order in which an event passes through it.
final class Flow implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Flow.class);

  private final Store store;
  private final Pipeline pipeline;
  private final LiveFeed live;
  private final Housekeeping housekeeping;
  private final List<Source> sources;
  private final Server server;
  private final Optional<Access.FirstSecrets> firstSecrets;

  /// A setting: when the day of sample traffic was stored.
  private static final String DEMO_DAY = "demo_day";

  private final @Nullable DemoTraffic demo;
  private final List<String> ruleProblems;

  /// Opens the store, compiles the rules, and starts every stage. What cannot be had (a port, the
  /// disk) ends it with one sentence.
  static Flow start(Config config, boolean insecureLocal, boolean withDemo) throws IOException {
    return new Flow(config, InstantSource.system(), insecureLocal, withDemo);
  }

  private Flow(Config config, InstantSource clock, boolean insecureLocal, boolean withDemo)
      throws IOException {
    var listen =
        new ServerConfig(
            config.text(Config.Key.HOST),
            config.number(Config.Key.PORT),
            insecureLocal,
            config.text(Config.Key.FRONTEND_ORIGIN),
            List.of(),
            Main.Version.text());
    listen.check();

    // The nouns that all stages share, and the rules.
    var dictionary = new FieldDictionary();
    var allowList = new AllowList();
    var engine = Engine.compile(rules(config), dictionary, allowList);

    // Where everything durable lives. Damage must not keep events out.
    store =
        SqliteStore.openOrSalvage(
            Path.of(config.text(Config.Key.DATA)),
            () -> new LogReader(dictionary),
            dictionary,
            LOG::warn);
    seedAllowList(config, store, clock.millis());
    allowList.replace(store.allowList());
    ruleProblems = engine.problems().stream().map(RuleProblem::toString).toList();

    // Read, match, correlate, commit.
    live = new LiveFeed(clock);
    var gauge = new Gauge(clock);
    int workers =
        config.isSet(Config.Key.WORKERS)
            ? config.number(Config.Key.WORKERS)
            : Runtime.getRuntime().availableProcessors();
    pipeline = new Pipeline(store, engine, workers, clock, committed -> publish(committed, gauge));
    housekeeping = new Housekeeping(store, config.number(Config.Key.RETENTION_DAYS), clock);

    // People and clients.
    sources = sources(config);
    var access = new Access(store, clock);
    var rules = views(engine);
    server =
        Server.start(
            listen,
            new Services(
                store,
                pipeline,
                access,
                live,
                () -> gauge.vitals(pipeline.counts(), sources, engine.problems()),
                () -> rules,
                allowList::replace),
            clock);

    // Everything is in place: let events in.
    pipeline.start();
    housekeeping.start();
    sources.forEach(Source::start);
    demo =
        withDemo
            ? new DemoTraffic(
                pipeline,
                clock,
                store.setting(DEMO_DAY).isPresent(),
                () -> store.putSetting(DEMO_DAY, Long.toString(clock.millis())))
            : null;
    if (demo != null) {
      demo.start();
    }

    // Made only now that nothing can fail any more, so that they are shown to somebody, and only
    // where credentials are asked for.
    firstSecrets = insecureLocal ? Optional.empty() : access.makeFirstSecrets();
  }

  /// The port that the server listens on.
  int port() {
    return server.port();
  }

  /// What is wrong with the rules, a sentence each.
  List<String> ruleProblems() {
    return ruleProblems;
  }

  /// What this start made, to be shown once; mostly nothing.
  Optional<Access.FirstSecrets> firstSecrets() {
    return firstSecrets;
  }

  /// Stops in the direction of the flow, so that whatever was taken is stored: sources, server,
  /// pipeline, store.
  @Override
  public void close() {
    if (demo != null) {
      demo.close();
    }
    sources.forEach(Source::close);
    server.stop();
    pipeline.close();
    housekeeping.close();
    live.close();
    store.close();
  }

  private void publish(Pipeline.Committed committed, Gauge gauge) {
    gauge.committed(committed);
    live.committed(
        new CommitNotice(
            committed.detections(),
            committed.detections().size(),
            alerts(committed, true),
            alerts(committed, false),
            committed.activity()));
  }

  private static List<Alert> alerts(Pipeline.Committed committed, boolean opened) {
    return committed.alerts().stream()
        .filter(change -> change.opened() == opened)
        .map(AlertDesk.Change::alert)
        .toList();
  }

  private static ParsedRules rules(Config config) throws IOException {
    var files = new ArrayList<RuleFile>();
    files.add(simpleRules(config).toRuleFile());
    for (var folder : config.list(Config.Key.RULES)) {
      files.addAll(RulePack.folder(Path.of(folder)));
    }
    return RulePack.parsed().and(ParsedRules.parse(files));
  }

  static SimpleLogRules simpleRules(Config config) {
    return new SimpleLogRules(
        config.list(Config.Key.ANOMALY_KEYWORDS),
        config.number(Config.Key.BRUTE_FORCE_THRESHOLD),
        config.number(Config.Key.BRUTE_FORCE_WINDOW_SECONDS));
  }

  private List<Source> sources(Config config) {
    var positions =
        store.sources().stream()
            .collect(Collectors.toMap(SourceState::name, SourceState::position, (a, _) -> a));
    var all = new ArrayList<Source>();
    if (config.isSet(Config.Key.FILES)) {
      all.add(
          new FileTail(
              config.list(Config.Key.FILES),
              "",
              pipeline,
              name -> positions.getOrDefault(name, "")));
    }
    if (config.isSet(Config.Key.SYSLOG_UDP)) {
      all.add(new SyslogUdp(address(config.text(Config.Key.SYSLOG_UDP)), pipeline));
    }
    if (config.isSet(Config.Key.SYSLOG_TCP)) {
      all.add(new SyslogTcp(address(config.text(Config.Key.SYSLOG_TCP)), pipeline));
    }
    return List.copyOf(all);
  }

  /// `port` listens on loopback only; `host:port` where it says.
  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon);
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }

  /// `WHITELISTED_IPS` fills the allow-list of a new installation; afterwards people keep it.
  private static void seedAllowList(Config config, Store store, long nowMs) {
    if (store.setting("allow_list_seeded").isPresent()) {
      return;
    }
    for (var text : config.list(Config.Key.WHITELISTED_IPS)) {
      var address = new IpAddress();
      if (address.parse(text)) {
        store.allow(address.toString(), "configuration", nowMs);
      }
    }
    store.putSetting("allow_list_seeded", Long.toString(nowMs));
  }

  private static List<RuleView> views(Engine engine) {
    var views = new ArrayList<RuleView>();
    for (var rule : engine.rules()) {
      views.add(
          RuleViews.of(rule.header(), rule.threatClass(), "detection", rule.rule().logSource()));
    }
    for (var rule : engine.correlations()) {
      var any = LogSource.ANY;
      views.add(RuleViews.of(rule.header(), rule.header().threatClass(any), "correlation", any));
    }
    return List.copyOf(views);
  }
}
