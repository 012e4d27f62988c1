package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script `vedette` in a folder of its own, with a Java and a Maven that only write down how
/// they were called: what it decides is tested here, and that it works by every other way in.
class LauncherTest {
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "sed",
          "find",
          "head",
          "dirname",
          "readlink",
          "touch",
          "mv",
          "rm",
          "grep",
          "mkdir",
          "cat",
          "chmod");

  private static final String JAVA =
      """
      #!/bin/sh
      for argument in "$@"; do
        case $argument in
          -XX:AOTCacheOutput=*)
            echo rehearsed >>"$CALLS"
            [ -z "${NO_REHEARSAL:-}" ] || { echo "no rehearsal today"; exit 1; }
            echo cache >"${argument#*=}"
            exit 0 ;;
        esac
      done
      for argument in "$@"; do printf '<%s>' "$argument"; done
      echo
      """;

  private static final String MAVEN =
      """
      #!/bin/sh
      echo "built with $JAVA_HOME" >>"$CALLS"
      [ -z "${NO_BUILD:-}" ] || { echo "[ERROR] it does not compile"; exit 1; }
      mkdir -p app/target
      echo jar >app/target/vedette.jar
      """;

  @TempDir private Path folder;
  private Path root;
  private Path tools;
  private Path jdk;
  private Path calls;

  @BeforeEach
  void layOut() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh");
    // A blank in the path is what scripts trip over.
    root = Files.createDirectories(folder.resolve("a check out"));
    tools = Files.createDirectory(folder.resolve("tools"));
    calls = folder.resolve("calls");
    for (var tool : TOOLS) {
      var real =
          List.of("/usr/bin", "/bin").stream()
              .map(place -> Path.of(place, tool))
              .filter(Files::isExecutable)
              .findFirst();
      assumeTrue(real.isPresent(), () -> "there is no " + tool);
      var script =
          Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec " + real.get() + " \"$@\"\n");
      executable(script);
    }
    Files.copy(Checkout.root().resolve("vedette"), root.resolve("vedette"));
    executable(root.resolve("vedette"));
    jdk = jdk("25.0.1");
  }

  private Path jdk(String version) throws IOException {
    var home = Files.createDirectories(folder.resolve("jdk " + version));
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Files.writeString(home.resolve("bin/java"), JAVA);
    executable(home.resolve("bin/java"));
    return home;
  }

  private void maven() throws IOException {
    Files.writeString(tools.resolve("mvn"), MAVEN);
    executable(tools.resolve("mvn"));
  }

  /// Sources, not built.
  private void checkOut() throws IOException {
    for (var module : List.of("app", "detect/sigma")) {
      Files.createDirectories(root.resolve(module).resolve("src/main/java"));
      Files.writeString(root.resolve(module).resolve("pom.xml"), "<project/>");
      Files.writeString(root.resolve(module).resolve("src/main/java/A.java"), "class A {}");
    }
    Files.createDirectories(root.resolve("rules"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
  }

  /// What an installed copy is: no sources.
  private void install() throws IOException {
    Files.createDirectories(root.resolve("app/target"));
    Files.writeString(root.resolve("app/target/vedette.jar"), "jar");
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private record Answer(int code, String out, String err) {}

  private Answer run(String... arguments) throws Exception {
    return run(root.resolve("vedette"), Map.of("VEDETTE_JAVA_HOME", jdk.toString()), arguments);
  }

  private Answer run(Path script, Map<String, String> environment, String... arguments)
      throws Exception {
    var command = new ArrayList<String>();
    command.add(script.toString());
    command.addAll(List.of(arguments));
    var out = folder.resolve("out");
    var err = folder.resolve("err");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    builder.environment().put("CALLS", calls.toString());
    builder.environment().putAll(environment);
    var process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Answer(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private List<String> calls() throws IOException {
    return Files.exists(calls) ? Files.readAllLines(calls, StandardCharsets.UTF_8) : List.of();
  }

  @Test
  void withoutSourcesAndJarItSaysWhatIsMissing() throws Exception {
    var answer = run("analyze", "x.log");
    assertThat(answer.code()).isEqualTo(70);
    assertThat(answer.err()).contains("vedette.jar is missing").contains("complete checkout");
  }

  @Test
  void buildsOnceAndAgainWhenASourceIsNewer() throws Exception {
    checkOut();
    maven();
    assertThat(run("--version").err()).contains("building (once");
    assertThat(calls()).containsExactly("built with " + jdk, "rehearsed");
    assertThat(run("--version").err()).isEmpty();
    assertThat(calls()).hasSize(2);
    var later = FileTime.from(Instant.now().plusSeconds(5));
    Files.setLastModifiedTime(root.resolve("detect/sigma/src/main/java/A.java"), later);
    run("--version");
    assertThat(calls())
        .containsExactly("built with " + jdk, "rehearsed", "built with " + jdk, "rehearsed");
  }

  @Test
  void aBuildThatFailsIsShownAndEndsIt() throws Exception {
    checkOut();
    maven();
    var answer =
        run(
            root.resolve("vedette"),
            Map.of("VEDETTE_JAVA_HOME", jdk.toString(), "NO_BUILD", "yes"),
            "--version");
    assertThat(answer.code()).isEqualTo(70);
    assertThat(answer.err())
        .contains("[ERROR] it does not compile")
        .contains("the whole output is in " + root.toRealPath().resolve("app/target/build.log"));
  }

  @Test
  void withoutMavenItSaysWhatToInstall() throws Exception {
    checkOut();
    var answer = run("--version");
    assertThat(answer.code()).isEqualTo(70);
    assertThat(answer.err()).contains("Maven is needed").contains("apt-get install maven");
  }

  @Test
  void aFolderThatCannotBeWrittenIsTold() throws Exception {
    checkOut();
    maven();
    Files.setPosixFilePermissions(
        root.resolve("app"), PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assumeFalse(Files.isWritable(root.resolve("app")), "this user may write everywhere");
      var answer = run("--version");
      assertThat(answer.code()).isEqualTo(70);
      assertThat(answer.err()).contains("cannot be written").contains("as the owner");
      assertThat(calls()).isEmpty();
    } finally {
      executable(root.resolve("app"));
    }
  }

  @Test
  void everyKindOfStartHasItsCacheAndItsMemory() throws Exception {
    install();
    var first = run("analyze", "two words.log");
    assertThat(first.err()).contains("preparing a fast start");
    assertThat(first.out())
        .contains("<-XX:AOTCache=" + root.toRealPath().resolve("app/target/commands.aot") + ">")
        .contains("<-XX:TieredStopAtLevel=1>")
        .endsWith("<analyze><two words.log>\n");
    assertThat(run("analyze", "-").err()).isEmpty();
    var serve = run("serve", "--demo");
    assertThat(serve.err()).contains("preparing a fast start");
    assertThat(serve.out()).contains("serve.aot>").contains("<-Xmx320m>").doesNotContain("Tiered");
    assertThat(calls()).containsExactly("rehearsed", "rehearsed");
  }

  @Test
  void aCacheOfAnotherJarIsMadeAgain() throws Exception {
    install();
    run("--version");
    var later = FileTime.from(Instant.now().plusSeconds(5));
    Files.setLastModifiedTime(root.resolve("app/target/vedette.jar"), later);
    run("--version");
    assertThat(calls()).containsExactly("rehearsed", "rehearsed");
  }

  @Test
  void whereNoCacheCanBeMadeItGoesOnAndDoesNotTryAgain() throws Exception {
    install();
    var environment = Map.of("VEDETTE_JAVA_HOME", jdk.toString(), "NO_REHEARSAL", "yes");
    var first = run(root.resolve("vedette"), environment, "--version");
    assertThat(first.code()).isZero();
    assertThat(first.err()).contains("no fast start on this machine");
    assertThat(first.out()).doesNotContain("AOTCache").endsWith("<--version>\n");
    assertThat(root.resolve("app/target/commands.aot.failed")).hasContent("no rehearsal today");
    assertThat(run(root.resolve("vedette"), environment, "--version").err()).isEmpty();
    assertThat(calls()).containsExactly("rehearsed");
    try (var left = Files.list(root.resolve("app/target"))) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("vedette.jar", "commands.aot.failed");
    }
  }

  @Test
  void anOlderJavaIsPassedOver() throws Exception {
    install();
    var answer =
        run(
            root.resolve("vedette"),
            Map.of("VEDETTE_JAVA_HOME", jdk("21.0.9").toString(), "JAVA_HOME", jdk.toString()),
            "--version");
    assertThat(answer.code()).isZero();
    assertThat(answer.out()).endsWith("<--version>\n");
    assertThat(calls()).containsExactly("rehearsed");
  }

  @Test
  void worksThroughALink() throws Exception {
    install();
    var link = Files.createSymbolicLink(folder.resolve("link"), root.resolve("vedette"));
    var answer = run(link, Map.of("VEDETTE_JAVA_HOME", jdk.toString()), "--version");
    assertThat(answer.out())
        .contains("<" + root.toRealPath().resolve("app/target/vedette.jar") + ">");
  }
}
