package dev.vedette.app;

import dev.vedette.server.ServerException;
import dev.vedette.source.SourceException;
import dev.vedette.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Confined to the main thread. `vedette serve`: the running centre.
@Command(
    name = "serve",
    description = "Starts the centre: takes events, finds attacks, and shows them on a page.",
    footer = {
      "",
      "Options may also stand in vedette.yaml or in environment variables; flags win over"
          + " variables, variables over the file.",
      "",
      "Examples:",
      "  vedette serve --demo",
      "  vedette serve --files '/var/log/nginx/*.log,/var/log/auth.log' --syslog-udp 0.0.0.0:514"
    })
final class ServeCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file; default: vedette.yaml where it exists.")
  private @Nullable Path configFile;

  @Option(names = "--demo", description = "Replay bundled sample traffic.")
  private boolean demo;

  @Option(
      names = "--insecure-local",
      description = "Ask nobody for credentials; only possible on a loopback address.")
  private boolean insecureLocal;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "Address to listen on; default 127.0.0.1.")
  private @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on; default 8000; 0 picks a free one.")
  private @Nullable String port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of the database; default ./data.")
  private @Nullable String data;

  @Option(
      names = "--files",
      paramLabel = "GLOBS",
      description = "Log files to follow, separated by commas.")
  private @Nullable String files;

  @Option(
      names = "--syslog-udp",
      paramLabel = "[HOST:]PORT",
      description = "Receive syslog over UDP.")
  private @Nullable String syslogUdp;

  @Option(
      names = "--syslog-tcp",
      paramLabel = "[HOST:]PORT",
      description = "Receive syslog over TCP.")
  private @Nullable String syslogTcp;

  @Option(
      names = "--rules",
      paramLabel = "DIRS",
      description = "Folders of your own Sigma rules, separated by commas.")
  private @Nullable String rules;

  @Option(
      names = "--retention-days",
      paramLabel = "DAYS",
      description = "Days to keep lines; default 30.")
  private @Nullable String retentionDays;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Threads that parse and match; default: one per processor.")
  private @Nullable String workers;

  @Override
  public Integer call() throws InterruptedException {
    var config = config();
    var stop = new CountDownLatch(1);
    var stopped = new CountDownLatch(1);
    try (var flow = start(config)) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    stop.countDown();
                    try {
                      stopped.await();
                    } catch (InterruptedException _) {
                      Thread.currentThread().interrupt();
                    }
                  },
                  "stop"));
      greet(flow, config);
      // Compiling the rules leaves as much garbage as they are large; an idle centre would keep it.
      System.gc();
      stop.await();
      System.out.println("Stopping: storing what was taken ...");
      System.out.flush();
    } finally {
      stopped.countDown();
    }
    return Exit.OK;
  }

  private Flow start(Config config) {
    try {
      return Flow.start(config, insecureLocal, demo);
    } catch (ServerException e) {
      throw new Exit.Failure(
          e.isConfiguration() ? Exit.USAGE : Exit.FAILED, String.valueOf(e.getMessage()));
    } catch (StoreException | SourceException e) {
      throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private Config config() {
    try {
      return Config.read(configFile, System.getenv(), flags());
    } catch (Config.Wrong e) {
      throw new Exit.Failure(Exit.USAGE, "the configuration is wrong:\n" + e.getMessage());
    }
  }

  private Map<Config.Key, String> flags() {
    var flags = new EnumMap<Config.Key, String>(Config.Key.class);
    put(flags, Config.Key.HOST, host);
    put(flags, Config.Key.PORT, port);
    put(flags, Config.Key.DATA, data);
    put(flags, Config.Key.FILES, files);
    put(flags, Config.Key.SYSLOG_UDP, syslogUdp);
    put(flags, Config.Key.SYSLOG_TCP, syslogTcp);
    put(flags, Config.Key.RULES, rules);
    put(flags, Config.Key.RETENTION_DAYS, retentionDays);
    put(flags, Config.Key.WORKERS, workers);
    return flags;
  }

  private static void put(Map<Config.Key, String> flags, Config.Key key, @Nullable String value) {
    if (value != null) {
      flags.put(key, value);
    }
  }

  private void greet(Flow flow, Config config) {
    String host = config.text(Config.Key.HOST);
    String shown = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
    String address =
        "http://" + (shown.contains(":") ? "[" + shown + "]" : shown) + ":" + flow.port();
    System.out.println("Vedette is watching: " + address);
    flow.firstSecrets()
        .ifPresent(secrets -> {
          System.out.println();
          System.out.println("  This is shown once. Keep both:");
          System.out.println("  admin password  " + secrets.adminPassword());
          System.out.println("  ingest token    " + secrets.ingestToken());
          System.out.println();
          System.out.println("  Send it something:");
          System.out.println(
              "  curl -H 'Authorization: Bearer "
                  + secrets.ingestToken()
                  + "' -H 'Content-Type: text/plain' --data-binary @/var/log/auth.log "
                  + address
                  + "/api/ingest");
          System.out.println();
        });
    flow.ruleProblems()
        .forEach(problem -> System.err.println("vedette: rule left out: " + Inert.of(problem)));
    for (var source : List.of(Config.Key.FILES, Config.Key.SYSLOG_UDP, Config.Key.SYSLOG_TCP)) {
      if (config.isSet(source)) {
        System.out.printf(
            "  %-10s %s%n", source.yaml.replace('_', ' '), Inert.of(config.text(source)));
      }
    }
    if (insecureLocal) {
      System.out.println(
          "  --insecure-local: nobody is asked for credentials; everybody on this machine may read"
              + " and change everything.");
    }
    if (demo) {
      System.out.println(
          "  Sample traffic is being replayed (--demo): the addresses in it are from documentation"
              + " ranges.");
    }
    System.out.println(
        "  Data in "
            + Path.of(config.text(Config.Key.DATA)).toAbsolutePath().normalize()
            + "; Ctrl-C stops.");
    System.out.flush();
  }
}
