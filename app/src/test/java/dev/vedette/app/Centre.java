package dev.vedette.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Thread-safe once started, except for starting and stopping. `vedette serve` as its user runs it:
/// the packaged jar in a process of its own, on a free port, with a client beside it.
///
/// It may be stopped or killed and started again on the same data; secrets of the first start are
/// kept.
final class Centre implements AutoCloseable {
  static final Path JAR = Checkout.root().resolve("app/target/vedette.jar");

  private static final Pattern ADDRESS =
      Pattern.compile("Vedette is watching: http://\\S+:([0-9]+)");
  private static final Pattern PASSWORD = Pattern.compile("admin password +(\\S+)");
  private static final Pattern TOKEN = Pattern.compile("ingest token +(\\S+)");

  /// What a command left behind.
  record Outcome(int code, String out, String err) {}

  /// For tests: ready soon rather than fast later.
  private static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-Xmx320m");

  /// As the launcher starts it.
  private static final List<String> MEASURED = List.of("-Xms64m", "-Xmx320m");

  private final Path data;
  private final List<String> options;
  private final List<String> flags;
  final Caller calls = new Caller();
  private @Nullable Process process;
  private @Nullable Collected out;
  private @Nullable Collected err;

  Centre(Path data, String... flags) {
    this(data, QUICK, List.of(flags));
  }

  private Centre(Path data, List<String> options, List<String> flags) {
    this.data = data;
    this.options = options;
    this.flags = flags;
  }

  /// With the memory and the compilers that the launcher gives it.
  static Centre measured(Path data, String... flags) {
    return new Centre(data, MEASURED, List.of(flags));
  }

  // ---- its life
  // -----------------------------------------------------------------------------------------------------

  /// Starts it and waits until it listens; answers the milliseconds that this took.
  long start() throws IOException, InterruptedException {
    var command = new ArrayList<>(java(options));
    command.addAll(List.of("serve", "--data", data.toString(), "--port", "0"));
    command.addAll(flags);
    long began = System.nanoTime();
    var started = builder(command).start();
    process = started;
    out = new Collected(started.getInputStream());
    err = new Collected(started.getErrorStream());
    await(
        "it listens",
        120,
        () -> {
          if (!started.isAlive()) {
            throw new IllegalStateException("serve ended at once: " + output() + errors());
          }
          return output().contains("Ctrl-C stops");
        });
    long tookMs = (System.nanoTime() - began) / 1_000_000;
    calls.reach(
        Integer.parseInt(find(ADDRESS, output(), "0")),
        find(PASSWORD, output(), calls.password()),
        find(TOKEN, output(), calls.token()));
    return tookMs;
  }

  /// As a power cut would: no goodbye.
  void kill() throws InterruptedException {
    var running = process();
    running.destroyForcibly();
    running.waitFor();
  }

  /// Asks it to stop, and answers its exit code.
  int stop() throws InterruptedException {
    var running = process();
    running.destroy();
    if (!running.waitFor(90, TimeUnit.SECONDS)) {
      throw new IllegalStateException("it did not stop: " + output() + errors());
    }
    return running.exitValue();
  }

  Process process() {
    var running = process;
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running;
  }

  @Override
  public void close() {
    calls.close();
    var running = process;
    if (running != null) {
      // Its files are still open until it has ended.
      running
          .destroyForcibly()
          .onExit()
          .orTimeout(20, TimeUnit.SECONDS)
          .exceptionally(_ -> running)
          .join();
    }
  }

  /// What it printed on standard output since its last start.
  String output() {
    var collected = out;
    return collected == null ? "" : collected.text();
  }

  /// What it printed on standard error since its last start.
  String errors() {
    var collected = err;
    return collected == null ? "" : collected.text();
  }

  // ---- commands
  // -----------------------------------------------------------------------------------------------------

  /// Runs a command of the packaged product to its end.
  static Outcome run(String... args) throws IOException, InterruptedException {
    return run(Map.of(), Path.of("").toAbsolutePath(), args);
  }

  /// As above, with variables and a working folder.
  static Outcome run(Map<String, String> environment, Path folder, String... args)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(java(List.of("-XX:TieredStopAtLevel=1", "-Xmx192m")));
    command.addAll(List.of(args));
    var builder = builder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    var process = builder.start();
    process.getOutputStream().close();
    var out = new Collected(process.getInputStream());
    var err = new Collected(process.getErrorStream());
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(
          "did not end: " + String.join(" ", args) + "\n" + out.text() + err.text());
    }
    return new Outcome(process.exitValue(), out.whole(), err.whole());
  }

  private static List<String> java(List<String> options) {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException(JAR + " is missing: run 'mvn package' first");
    }
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.add("-jar");
    command.add(JAR.toString());
    return command;
  }

  private static ProcessBuilder builder(List<String> command) {
    var builder = new ProcessBuilder(command);
    // What the machine that runs the tests has configured is not what is tested.
    for (var key : Config.Key.values()) {
      builder.environment().remove(key.variable);
    }
    return builder;
  }

  private static String find(Pattern pattern, String text, String otherwise) {
    var matcher = pattern.matcher(text);
    return matcher.find() ? String.valueOf(matcher.group(1)) : otherwise;
  }

  /// Something that comes true.
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /// Waits for a condition, asking again and again.
  static void await(String what, int seconds, Condition condition)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + seconds * 1_000_000_000L;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("waited " + seconds + " s in vain until " + what);
      }
      Thread.sleep(10);
    }
  }

  /// Thread-safe: guarded by `this`. What a process prints, gathered by a thread of its own.
  private static final class Collected {
    private final StringBuilder text = new StringBuilder();
    private final Thread reader;

    Collected(InputStream in) {
      reader =
          Thread.ofVirtual()
              .start(() -> {
                byte[] bytes = new byte[8_192];
                try (in) {
                  for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                    add(new String(bytes, 0, n, StandardCharsets.UTF_8));
                  }
                } catch (IOException _) {
                  // The process was killed: there is no more.
                }
              });
    }

    private synchronized void add(String more) {
      text.append(more);
    }

    synchronized String text() {
      return text.toString();
    }

    /// Everything, once the process has ended.
    String whole() throws InterruptedException {
      reader.join(10_000);
      return text();
    }
  }
}
