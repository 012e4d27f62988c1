package dev.vedette.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;

/// Confined to the main thread. The command line.
@Command(
    name = "vedette",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    description =
        "A security operations centre in one process: finds attacks in logs, explains them, and"
            + " keeps every line.",
    footer = {
      "",
      "Start here:",
      "  vedette serve --demo              a running centre with sample traffic",
      "  vedette analyze access.log        what happened in a file",
      "'vedette COMMAND --help' explains a command. Exit codes: 0 done, 1 found or failed a check,"
          + " 2 wrong usage, 3 could not do it."
    })
final class Main implements Runnable {
  /// The commands by name, in the order in which the help lists them. Reading the options of one
  /// takes some milliseconds, so only the one that is asked for is made ready.
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("analyze", AnalyzeCommand::new);
    COMMANDS.put("parse", ParseCommand::new);
    COMMANDS.put("serve", ServeCommand::new);
    COMMANDS.put("rules", RulesCommand::new);
    COMMANDS.put("search", StoreCommands.Search::new);
    COMMANDS.put("stats", StoreCommands.Stats::new);
    COMMANDS.put("verify", StoreCommands.Verify::new);
    COMMANDS.put("users", UsersCommand::new);
    COMMANDS.put("doctor", DoctorCommand::new);
    COMMANDS.put("rehearse", RehearseCommand::new);
  }

  public static void main(String[] args) {
    System.exit(run(args));
  }

  /// Runs a command and answers its exit code.
  static int run(String... args) {
    System.setOut(
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8));
    Logging.configure();
    var commands = commandLine(args);
    commands.setExitCodeExceptionMapper(_ -> Exit.FAILED);
    commands.setParameterExceptionHandler((e, _) -> {
      System.err.println("vedette: " + Inert.of(sentence(e)));
      System.err.println(
          "'"
              + e.getCommandLine().getCommandSpec().qualifiedName()
              + " --help' shows how it is used.");
      return Exit.USAGE;
    });
    commands.setExecutionExceptionHandler((e, _, _) -> {
      if (e instanceof Exit.Failure failure) {
        System.err.println("vedette: " + failure.getMessage());
        return failure.code();
      }
      if (e instanceof IOException || e instanceof UncheckedIOException) {
        System.err.println("vedette: " + Inert.of(String.valueOf(e.getMessage())));
        return Exit.FAILED;
      }
      throw e;
    });
    commands.setUsageHelpAutoWidth(false).setUsageHelpWidth(100);
    int code = commands.execute(args);
    System.out.flush();
    return code;
  }

  /// What is wrong with the command line, and what was probably meant.
  private static String sentence(CommandLine.ParameterException e) {
    String message = String.valueOf(e.getMessage());
    if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return message;
    }
    String word = unmatched.getUnmatched().getFirst();
    var spec = e.getCommandLine().getCommandSpec();
    if (unmatched.isUnknownOption()) {
      int equals = word.indexOf('=');
      String option = equals < 0 ? word : word.substring(0, equals);
      return message + Words.suggestion(option, spec.optionsMap().keySet());
    }
    return spec.subcommands().isEmpty()
        ? message
        : "there is no command '"
            + Inert.cut(word, 40)
            + "'"
            + Words.suggestion(word, spec.subcommands().keySet());
  }

  /// The command line with the command that the first argument names, or with all of them where it
  /// names none (help, a slip).
  static CommandLine commandLine(String... args) {
    var commands = new CommandLine(new Main());
    var named = args.length == 0 ? null : COMMANDS.get(args[0]);
    if (named != null) {
      commands.addSubcommand(named.get());
    } else {
      COMMANDS.values().forEach(command -> commands.addSubcommand(command.get()));
    }
    return commands;
  }

  /// The names by which [#commandLine] knows the commands.
  static Set<String> commandNames() {
    return Collections.unmodifiableSet(COMMANDS.keySet());
  }

  @Override
  public void run() {
    commandLine().usage(System.out);
  }

  /// What a command that only holds others says when none of them is named: its help under its
  /// whole name.
  static void printUsage(@Nullable CommandSpec spec) {
    Objects.requireNonNull(spec).commandLine().usage(System.out);
  }

  /// The version of the jar.
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"vedette " + text() + ", Java " + Runtime.version().feature()};
    }

    static String text() {
      String version = Main.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }
  }
}
