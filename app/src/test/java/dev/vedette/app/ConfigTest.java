package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
  @TempDir Path folder;

  @Test
  void flagsWinOverVariablesAndVariablesOverTheFile() throws IOException {
    var file = write("port: 1\nretention_days: 2\nworkers: 3\n");
    var config =
        Config.read(
            file, Map.of("PORT", "10", "RETENTION_DAYS", "20"), Map.of(Config.Key.PORT, "100"));
    assertThat(config.number(Config.Key.PORT)).isEqualTo(100);
    assertThat(config.number(Config.Key.RETENTION_DAYS)).isEqualTo(20);
    assertThat(config.number(Config.Key.WORKERS)).isEqualTo(3);
    assertThat(config.text(Config.Key.HOST)).isEqualTo("127.0.0.1");
  }

  @Test
  void everyProblemIsToldAtOnceWithItsPlace() throws IOException {
    var file = write("port: http\nretentoin_days: 3\nwhitelisted_ips: [10.0.0.1, 999.1.1.1]\n");
    assertThatThrownBy(() -> Config.read(file, Map.of("BRUTE_FORCE_THRESHOLD", "0"), Map.of()))
        .isInstanceOf(Config.Wrong.class)
        .hasMessageContaining(":1:1: port must be a port")
        .hasMessageContaining(":2:1: there is no option 'retentoin_days'; did you mean")
        .hasMessageContaining("'999.1.1.1' is not an IP address")
        .hasMessageContaining("environment variable BRUTE_FORCE_THRESHOLD");
  }

  @Test
  void listsAreYamlListsOrCommas() throws IOException {
    var file = write("files:\n  - /a/*.log\n  - /b.log\nrules: x, y\n");
    var config = Config.read(file, Map.of(), Map.of());
    assertThat(config.list(Config.Key.FILES)).containsExactly("/a/*.log", "/b.log");
    assertThat(config.list(Config.Key.RULES)).containsExactly("x", "y");
  }

  @Test
  void aFileThatWasAskedForMustBeThere() {
    var none = folder.resolve("none.yaml");
    assertThatThrownBy(() -> Config.read(none, Map.of(), Map.of()))
        .isInstanceOf(Exit.Failure.class)
        .hasMessage("the configuration file " + none + " cannot be read: there is no such file");
  }

  @Test
  void aNumberIsNoPath() throws IOException {
    var file = write("files: 3\nrules: [mine, true]\nwhitelisted_ips: null\n");
    assertThatThrownBy(() -> Config.read(file, Map.of(), Map.of()))
        .isInstanceOf(Config.Wrong.class)
        .hasMessageContaining(":1:1: files must be paths, such as [/var/log/auth.log], not '3'")
        .hasMessageContaining(":2:15: rules must be paths");
    var quoted = Config.read(write("files: '3'\nrules: null\n"), Map.of(), Map.of());
    assertThat(quoted.list(Config.Key.FILES)).containsExactly("3");
    assertThat(quoted.isSet(Config.Key.RULES)).isFalse();
  }

  @Test
  void brokenYamlIsASentence() throws IOException {
    var file = write("port: [1\n");
    assertThatThrownBy(() -> Config.read(file, Map.of(), Map.of()))
        .isInstanceOf(Config.Wrong.class)
        .hasMessageContaining("is not YAML");
  }

  @Test
  void theReferenceNamesEveryOption() throws IOException {
    String reference = Files.readString(Checkout.root().resolve("docs/configure.md"));
    for (var key : Config.Key.values()) {
      assertThat(reference).contains("`" + key.yaml + "`", "`" + key.variable + "`", key.help);
      if (!key.defaultValue.isEmpty()) {
        assertThat(reference).contains("`" + key.defaultValue + "`");
      }
    }
  }

  private Path write(String yaml) throws IOException {
    var file = folder.resolve("vedette.yaml");
    Files.writeString(file, yaml);
    return file;
  }
}
