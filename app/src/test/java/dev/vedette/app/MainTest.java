package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// The command line is the same whether all commands are made ready or one.
class MainTest {
  @Test
  void everyCommandIsFoundByTheNameItCarries() {
    assertThat(Main.commandLine().getSubcommands().keySet())
        .containsExactlyElementsOf(Main.commandNames());
    for (var name : Main.commandNames()) {
      assertThat(Main.commandLine(name).getSubcommands()).containsOnlyKeys(name);
    }
  }

  @Test
  void aCommandAloneHasTheSameHelp() {
    var all = Main.commandLine();
    for (var name : Main.commandNames()) {
      assertThat(help(Main.commandLine(name), name)).contains("--help").isEqualTo(help(all, name));
    }
  }

  @Test
  void aCommandThatHoldsOthersNamesItselfInFull() {
    for (String[] words : new String[][] {{"rules"}, {"users"}, {"users", "token"}}) {
      assertThat(printedBy(words))
          .startsWith("Usage: vedette " + String.join(" ", words) + " [-hV]");
    }
  }

  private static String printedBy(String... words) {
    var bytes = new ByteArrayOutputStream();
    var before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      Main.commandLine(words).execute(words);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String help(CommandLine commands, String name) {
    return Objects.requireNonNull(commands.getSubcommands().get(name))
        .getUsageMessage(CommandLine.Help.Ansi.OFF);
  }
}
