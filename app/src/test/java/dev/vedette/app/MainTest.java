package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

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

  private static String help(CommandLine commands, String name) {
    return Objects.requireNonNull(commands.getSubcommands().get(name))
        .getUsageMessage(CommandLine.Help.Ansi.OFF);
  }
}
