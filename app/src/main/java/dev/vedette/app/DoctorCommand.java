package dev.vedette.app;

import dev.vedette.event.FieldDictionary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Confined to the main thread. `vedette doctor`: looks at everything that `serve` will need, and
/// says what to do about what is missing.
@Command(
    name = "doctor",
    description =
        "Checks this machine, the data folder, the port, the rules and the configuration.",
    footer = {
      "",
      "Exit codes: 0 all well, 1 something needs attention, 2 the configuration is wrong, 3 its"
          + " file cannot be read."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final long FREE_BYTES_MIN = 1L << 30;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file; default: vedette.yaml where it exists.")
  private @Nullable Path configFile;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port that `serve` is to listen on; default 8000.")
  private @Nullable String port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The folder of its database; default ./data.")
  private @Nullable String data;

  private record Finding(boolean well, String what, String say) {}

  private final List<Finding> findings = new ArrayList<>();

  @Override
  public Integer call() {
    int java = Runtime.version().feature();
    check(java >= 25, "Java", Runtime.version().toString(), "install a JDK 25");
    long heapMb = Runtime.getRuntime().maxMemory() >> 20;
    check(heapMb >= 128, "heap", heapMb + " MB", "set VEDETTE_HEAP to 320m or more");
    int code = Exit.OK;
    try {
      var flags = new EnumMap<Config.Key, String>(Config.Key.class);
      if (port != null) {
        flags.put(Config.Key.PORT, port);
      }
      if (data != null) {
        flags.put(Config.Key.DATA, data);
      }
      var config = Config.read(configFile, System.getenv(), flags);
      findings.add(new Finding(true, "configuration", "no problem found"));
      data(Path.of(config.text(Config.Key.DATA)));
      port(config.text(Config.Key.HOST), config.number(Config.Key.PORT));
      rules(config);
      files(config);
    } catch (Config.Wrong e) {
      findings.add(new Finding(false, "configuration", String.valueOf(e.getMessage())));
      code = Exit.USAGE;
    }
    boolean well = true;
    for (var finding : findings) {
      System.out.printf(
          "%-5s %-14s %s%n",
          finding.well ? "ok" : "LOOK",
          finding.what,
          finding.say.replace("\n", "\n" + " ".repeat(21)));
      well &= finding.well;
    }
    System.out.println();
    System.out.println("Options (vedette.yaml key, environment variable, default):");
    for (var key : Config.Key.values()) {
      System.out.printf(
          "  %-27s %-27s %s%n", key.yaml, key.variable, Inert.cut(key.defaultValue, 40));
    }
    return well || code != Exit.OK ? code : Exit.FOUND;
  }

  private void data(Path folder) {
    var at = folder.toAbsolutePath().normalize();
    var existing = at;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing)) {
      findings.add(
          new Finding(
              false, "data folder", at + " cannot be made: " + existing + " is not a folder"));
      return;
    }
    check(
        Files.isWritable(existing),
        "data folder",
        at.toString(),
        "not writable by this user: change its owner, or set --data");
    try {
      FileStore disk = Files.getFileStore(existing);
      long free = disk.getUsableSpace();
      check(
          free >= FREE_BYTES_MIN,
          "disk",
          String.format(Locale.ROOT, "%,d MB free", free >> 20),
          String.format(
              Locale.ROOT, "only %,d MB free: make room before events arrive", free >> 20));
    } catch (IOException e) {
      findings.add(new Finding(false, "disk", "free space unknown: " + e.getMessage()));
    }
  }

  private void port(String host, int port) {
    if (port == 0) {
      findings.add(new Finding(true, "port", "a free one will be picked"));
      return;
    }
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      findings.add(new Finding(true, "port", host + ":" + port + " is free"));
    } catch (IOException e) {
      findings.add(
          new Finding(
              false,
              "port",
              host
                  + ":"
                  + port
                  + " cannot be taken ("
                  + e.getMessage()
                  + "): is Vedette running already? Else choose another with --port"));
    }
  }

  private void rules(Config config) {
    var files = new ArrayList<>(RulePack.shipped());
    for (var folder : config.list(Config.Key.RULES)) {
      try {
        files.addAll(RulePack.folder(Path.of(folder)));
      } catch (IOException e) {
        findings.add(new Finding(false, "rules", String.valueOf(e.getMessage())));
      }
    }
    var engine = Engine.compile(files, new FieldDictionary(), new AllowList());
    int count = engine.rules().size() + engine.correlations().size();
    check(
        engine.problems().isEmpty(),
        "rules",
        count + " compiled",
        count
            + " compiled, "
            + Words.count(engine.problems().size(), "problem")
            + ": 'vedette rules check DIR' tells them");
  }

  private void files(Config config) {
    for (var glob : config.list(Config.Key.FILES)) {
      int star = glob.indexOf('*');
      var path = Path.of(star < 0 ? glob : glob.substring(0, glob.lastIndexOf('/', star) + 1));
      check(
          Files.isReadable(path),
          "files",
          glob,
          Files.notExists(path)
              ? path + " does not exist"
              : glob + " is not readable by this user (on Debian: add it to the group adm)");
    }
  }

  private void check(boolean well, String what, String good, String bad) {
    findings.add(new Finding(well, what, well ? good : bad));
  }
}
