package dev.vedette.sigma;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.FieldDictionary;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// Published rules: every one loads, or says in one line why not.
class CorpusTest {
  private static final Predicate<RuleFile> OLD = file -> file.name().contains("unsupported");

  @Test
  void publishedRulesLoad() throws IOException {
    List<RuleFile> files =
        Corpora.rules(Corpora.sigma("rules.tar.gz")).stream().filter(OLD.negate()).toList();
    long start = System.nanoTime();
    var set = RuleReader.read(files);
    long readAt = System.nanoTime();
    var engine = SigmaEngine.compile(set, FieldMapping.ecs(), new FieldDictionary());
    long end = System.nanoTime();
    System.out.printf(
        "%d files, %d rules read in %d ms, %d compiled in %d ms; %d problems, %d atoms, %d"
            + " automata%n",
        files.size(),
        set.rules().size(),
        (readAt - start) / 1_000_000,
        engine.rules().size(),
        (end - readAt) / 1_000_000,
        engine.problems().size(),
        engine.program().atoms,
        engine.program().sets.length);
    engine.problems().forEach(System.out::println);
    assertThat(engine.problems())
        .allSatisfy(problem -> {
          assertThat(problem.line()).isPositive();
          assertThat(problem.message()).contains("placeholder");
        });
    assertThat(engine.rules().size() + engine.problems().size()).isEqualTo(files.size());
  }

  @Test
  void oldAggregationsAreRefusedWithAHint() throws IOException {
    List<RuleFile> files =
        Corpora.rules(Corpora.sigma("rules.tar.gz")).stream().filter(OLD).toList();
    var engine =
        SigmaEngine.compile(RuleReader.read(files), FieldMapping.ecs(), new FieldDictionary());
    engine.problems().stream().limit(5).forEach(System.out::println);
    System.out.printf(
        "%d old files: %d rules, %d problems%n",
        files.size(), engine.rules().size(), engine.problems().size());
    assertThat(engine.problems()).allSatisfy(problem -> assertThat(problem.line()).isPositive());
  }
}
