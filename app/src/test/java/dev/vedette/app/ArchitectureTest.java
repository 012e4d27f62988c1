package dev.vedette.app;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Holds the dependency directions of ARCHITECTURE.md: no stage sees another stage's
/// implementation.
class ArchitectureTest {
  private static final String ROOT = "dev.vedette.";

  /// What each module may use of ours, beside itself.
  private static final Map<String, List<String>> ALLOWED =
      Map.of(
          "event", List.of(),
          "source", List.of("event"),
          "parse", List.of("event"),
          "pattern", List.of(),
          "sigma", List.of("event", "pattern"),
          "store", List.of("event"),
          "alert", List.of("event", "store"),
          "server", List.of("event", "store", "alert"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.vedette");

  @Test
  void everyModuleUsesOnlyWhatItMay() {
    var broken = new TreeSet<String>();
    for (var from : CLASSES) {
      var allowed = ALLOWED.get(module(from));
      if (allowed == null) {
        continue;
      }
      for (var dependency : from.getDirectDependenciesFromSelf()) {
        var to = dependency.getTargetClass().getBaseComponentType();
        if (to.getPackageName().startsWith(ROOT)
            && !module(to).equals(module(from))
            && !allowed.contains(module(to))) {
          broken.add(from.getName() + " uses " + to.getName());
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyModuleIsNamedHere() {
    var modules = new TreeSet<String>();
    CLASSES.forEach(each -> modules.add(module(each)));
    modules.remove("app");
    assertThat(modules).isEqualTo(new TreeSet<>(ALLOWED.keySet()));
  }

  /// A database is chosen where the flow is wired; the rest sees the interface.
  @Test
  void onlyTheWiringKnowsWhichStoreItIs() {
    for (var from : CLASSES) {
      if (List.of("server", "alert").contains(module(from))) {
        assertThat(from.getDirectDependenciesFromSelf())
            .as(from.getName())
            .noneMatch(d -> d.getTargetClass().getSimpleName().startsWith("Sqlite"));
      }
    }
  }

  @Test
  void patternStandsOnJavaAlone() {
    for (var from : CLASSES) {
      if (module(from).equals("pattern")) {
        for (var dependency : from.getDirectDependenciesFromSelf()) {
          String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
          boolean fine =
              to.isEmpty()
                  || to.startsWith("java.")
                  || to.startsWith("org.jspecify.")
                  || to.startsWith(ROOT + "pattern");
          assertThat(fine).as(from.getName() + " uses " + to).isTrue();
        }
      }
    }
  }

  @Test
  void modulesHaveNoCycles() {
    slices().matching("dev.vedette.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  private static String module(JavaClass type) {
    String rest = type.getPackageName().substring(ROOT.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }
}
