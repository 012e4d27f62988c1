package dev.vedette.sigma;

import static dev.vedette.sigma.Fixtures.onlyProblem;
import static dev.vedette.sigma.Fixtures.read;
import static dev.vedette.sigma.Fixtures.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What is read, and how faults are told: where, what, and what was probably meant.
class RuleReaderTest {
  private static final String FULL =
      """
      title: Web shell
      id: 5F4E9C1A-0d5e-4f0f-9a3d-1c2b3a495867
      name: web_shell
      status: test
      description: A shell in a page.
      author: somebody
      tags:
        - attack.persistence
        - attack.t1505.003
        - vedette.exploit
      logsource:
        category: WebServer
        definition: any
      detection:
        selection:
          cs-uri-query|contains: cmd=
        condition: selection
      level: high
      owner: team-7
      vedette:
        explanation: '{source.ip} ran {url.query}.'
        entity: source.ip
        advice: Look at the page.
        tests:
          positive:
            - 'GET /x.php?cmd=id'
          negative:
            - 'GET /'
            - ['GET /a', 'GET /b']
      """;

  @Test
  void readsEveryKey() {
    var set = read(FULL);
    assertThat(set.problems()).isEmpty();
    var rule = set.detections().getFirst();
    var header = rule.header();
    assertThat(rule.id()).isEqualTo("5f4e9c1a-0d5e-4f0f-9a3d-1c2b3a495867");
    assertThat(header.name()).isEqualTo("web_shell");
    assertThat(header.level()).isEqualTo(Severity.HIGH);
    assertThat(header.status()).isEqualTo("test");
    assertThat(header.techniques()).containsExactly("T1505.003");
    assertThat(header.threatClass(rule.logSource())).isEqualTo(ThreatClass.EXPLOIT);
    assertThat(rule.logSource()).isEqualTo(new LogSource("webserver", "", ""));
    assertThat(header.keys())
        .containsEntry("owner", "team-7")
        .containsEntry("author", "somebody")
        .containsEntry("logsource", Map.of("category", "WebServer", "definition", "any"));
    var notes = header.notes();
    assertThat(notes.entity()).isEqualTo("source.ip");
    assertThat(notes.advice()).isEqualTo("Look at the page.");
    assertThat(notes.positive()).containsExactly(List.of("GET /x.php?cmd=id"));
    assertThat(notes.negative()).containsExactly(List.of("GET /"), List.of("GET /a", "GET /b"));
  }

  @Test
  void aRuleWithoutAnIdHasAStableOne() {
    String text = rule("Same", "sel:\n  f: a\ncondition: sel");
    assertThat(read(text).rules().getFirst().id()).isEqualTo(read(text).rules().getFirst().id());
    assertThat(read(text).rules().getFirst().header().level()).isEqualTo(Severity.MEDIUM);
  }

  @Test
  void classesAreSuggestedByTags() {
    assertThat(classOf("attack.credential-access", "attack.t1110.003"))
        .isEqualTo(ThreatClass.BRUTE_FORCE);
    assertThat(classOf("attack.t1110", "vedette.policy")).isEqualTo(ThreatClass.POLICY);
    assertThat(classOf("attack.privilege-escalation")).isEqualTo(ThreatClass.PRIVILEGE_ESCALATION);
    assertThat(classOf()).isEqualTo(ThreatClass.ANOMALY);
  }

  private static ThreatClass classOf(String... tags) {
    var header =
        read(rule("T", "sel:\n  f: a\ncondition: sel")
                + "tags: ["
                + String.join(", ", tags)
                + "]\n")
            .rules()
            .getFirst()
            .header();
    return header.threatClass(LogSource.ANY);
  }

  @Test
  void aBrokenDocumentLeavesItsNeighboursAlone() {
    String good = rule("Good", "sel:\n  f: a\ncondition: sel");
    String set =
        good
            + "---\n"
            + "title: [broken\n"
            + "---\n"
            + good.replace("Good", "Also good")
            + "---\n# nothing\n";
    var read = read(set);
    assertThat(read.rules()).extracting(Rule::title).containsExactly("Good", "Also good");
    assertThat(read.problems()).hasSize(1);
    assertThat(read.problems().getFirst().line()).isBetween(9, 10);
    assertThat(read.rules().getLast().header().position().line()).isEqualTo(11);
  }

  private static String at(RuleProblem problem) {
    return problem.line()
        + ":"
        + problem.column()
        + " "
        + problem.message()
        + (problem.suggestion().isEmpty() ? "" : " " + problem.suggestion());
  }

  /// The problem of a rule whose `detection` begins in line 5, column 3.
  private static String detection(String text) {
    return at(onlyProblem(rule("R", text)));
  }

  @Test
  void faultsAreToldWithTheirPlaceAndASuggestion() {
    assertThat(detection("sel:\n  f|contians: a\ncondition: sel"))
        .isEqualTo("6:7 'contians' is no modifier. Did you mean 'contains'?");
    assertThat(detection("sel:\n  f|contains|al: a\ncondition: sel"))
        .startsWith("6:16 'al' is no modifier.");
    assertThat(detection("selection:\n  f: a\ncondition: selecton"))
        .isEqualTo(
            "7:14 The condition names 'selecton', but 'detection' has no such selection."
                + " Did you mean 'selection'?");
    assertThat(detection("sel:\n  f: a\ncondition: sel AND sel"))
        .isEqualTo(
            "7:18 'AND' stands where 'and', 'or' or the end should. Write 'and' in lower case.");
    assertThat(detection("sel:\n  f: a\ncondition: (sel"))
        .isEqualTo("7:18 The condition ends where ')' should stand.");
    assertThat(detection("sel:\n  f: a\ncondition: sel and"))
        .contains("The condition ends where the name of a selection should stand.");
    assertThat(detection("sel:\n  f: a\ncondition: 1 of filter_*"))
        .startsWith("7:19 No selection has a name like 'filter_*'.");
    assertThat(detection("sel:\n  f: a\ncondition: 3 of sel*")).contains("there are only 1");
    assertThat(detection("sel:\n  f: a\ncondition: sel | count() by x > 5"))
        .startsWith("7:18 Aggregations such as '| count'")
        .contains("correlation");
    assertThat(detection("sel:\n  f: a\ncondition: sel | near other")).contains("type: temporal");
    assertThat(detection("sel:\n  f: a")).contains("'condition' is missing");
    assertThat(detection("sel:\n  f: a\nconditon: sel")).contains("Is it 'conditon'?");
  }

  @Test
  void modifiersThatMakeNoSenseAreRefused() {
    assertThat(detection("sel:\n  f|exists|contains: true\ncondition: sel"))
        .contains("'exists' cannot be combined with 'contains'.");
    assertThat(detection("sel:\n  f|exists: 'yes'\ncondition: sel")).contains("true or false");
    assertThat(detection("sel:\n  f|gt: '5'\ncondition: sel"))
        .isEqualTo("6:12 'gt' needs a number. Leave the quotes out.");
    assertThat(detection("sel:\n  f|cidr: 10.0.0.1/8\ncondition: sel"))
        .contains("bits set behind the prefix");
    assertThat(detection("sel:\n  f|cidr: 10.0.0.0/33\ncondition: sel")).contains("no prefix");
    assertThat(detection("sel:\n  f|cidr: example\ncondition: sel")).contains("is no network");
    assertThat(detection("sel:\n  f|contains|re: a\ncondition: sel"))
        .contains("'re' must be the first modifier");
    assertThat(detection("sel:\n  f|i: a\ncondition: sel")).contains("is a flag of 're'");
    assertThat(detection("sel:\n  f|re: '(a'\ncondition: sel")).contains("regular expression");
    assertThat(detection("sel:\n  f|re: '(a)\\1'\ncondition: sel"))
        .contains("regular expression cannot be used");
    assertThat(detection("sel:\n  f|re: 'a(?=b)'\ncondition: sel"))
        .contains("regular expression cannot be used");
    assertThat(detection("sel:\n  f|base64: 'a*'\ncondition: sel")).contains("wildcards");
    assertThat(detection("sel:\n  f|fieldref: 'a*'\ncondition: sel")).contains("wildcards");
    assertThat(detection("sel:\n  f|expand: '%nobody%'\ncondition: sel"))
        .contains("'%nobody%' has no values");
    assertThat(detection("sel:\n  f: [a, null]\ncondition: sel")).contains("cannot hold null");
    assertThat(detection("sel:\n  f|contains: null\ncondition: sel")).contains("null");
    assertThat(detection("sel:\n  f:\n    g: x\ncondition: sel"))
        .contains("Write nested fields with dots: 'f.name'.");
    assertThat(detection("sel:\n  f|contains|contains: x\ncondition: sel")).contains("twice");
    assertThat(detection("sel: {}\ncondition: sel")).contains("empty");
    assertThat(detection("sel: []\ncondition: sel")).contains("empty");
    assertThat(detection("sel:\n  - '*'\ncondition: sel")).contains("every event");
    assertThat(detection("sel:\n  f|wide: 'ö'\ncondition: sel")).contains("ASCII");
    assertThat(detection("sel:\n  f|hour: 5\ncondition: sel")).contains("not supported");
  }

  @Test
  void documentsThatAreNoRules() {
    assertThat(at(onlyProblem("- a\n"))).contains("A rule is a map of keys, not a list.");
    assertThat(at(onlyProblem("title: x\nlogsource: {}\ndetecton: {}\n")))
        .contains("'detection'")
        .contains("Is it 'detecton'?");
    assertThat(at(onlyProblem("title: x\ndetection: {s: {f: a}, condition: s}\n")))
        .contains("'logsource' is missing");
    assertThat(at(onlyProblem("logsource: {}\ndetection: {s: {f: a}, condition: s}\n")))
        .contains("'title' is missing");
    assertThat(at(onlyProblem(rule("R", "s: a\ncondition: s") + "level: hihg\n")))
        .isEqualTo(
            "7:1 'hihg' is no level; there are informational, low, medium, high, critical."
                + " Did you mean 'high'?");
    assertThat(at(onlyProblem("title: x\nfilter: {}\nlogsource: {}\n")))
        .contains("Filter documents are not supported.");
    assertThat(at(onlyProblem("title: x\ntitle: y\n"))).startsWith("2:1 ").contains("twice");
    assertThat(at(onlyProblem("title: x\n\tlogsource: {}\n"))).contains("This is not YAML");
    var same = read(FULL, FULL.replace("web_shell", "other"));
    assertThat(same.rules()).hasSize(1);
    assertThat(same.problems().getFirst().message()).contains("is already that of 'Web shell'");
    var badBytes = RuleReader.read(List.of(new RuleFile("x.yml", new byte[] {'a', (byte) 0xFF})));
    assertThat(badBytes.problems().getFirst().message()).contains("not UTF-8");
  }

  @Test
  void correlationsThatCannotWork() {
    String base = rule("Base", "s: a\ncondition: s") + "name: base\n";
    String good =
        """
        title: C
        correlation:
          type: event_count
          rules: [base]
          group-by: [ip]
          timespan: 5m
          condition: {gte: 3}
        """;
    assertThat(read(base, good).problems()).isEmpty();
    assertThat(at(onlyProblem(base, good.replace("base", "bse"))))
        .isEqualTo("4:11 There is no usable rule with the id or name 'bse'. Did you mean 'base'?");
    assertThat(at(onlyProblem(base, good.replace("5m", "5 minutes"))))
        .startsWith("6:3 '5 minutes' is no timespan.");
    assertThat(at(onlyProblem(base, good.replace("event_count", "event_cout"))))
        .contains("Did you mean 'event_count'?");
    assertThat(at(onlyProblem(base, good.replace("event_count", "value_count"))))
        .contains("needs the 'field'");
    assertThat(at(onlyProblem(base, good.replace("{gte: 3}", "{gte: three}"))))
        .contains("whole number");
    assertThat(at(onlyProblem(base, good.replace("{gte: 3}", "{lt: 3}")))).contains("lower bound");
    assertThat(at(onlyProblem(base, good.replace("{gte: 3}", "{gt: 3, lt: 4}"))))
        .contains("No count fulfils");
    assertThat(at(onlyProblem(base, good.replace("group-by", "groupby"))))
        .contains("Did you mean 'group-by'?");
    String itself = good.replace("title: C", "title: C\nname: me").replace("[base]", "[me]");
    assertThat(at(onlyProblem(base, itself))).contains("counts itself");
    var broken =
        SigmaEngine.compile(
            read(
                base.replace("s: a", "s:\n    f|re: '(?=x)'"),
                good.replace("title: C", "title: C\nname: inner"),
                good.replace("title: C", "title: D").replace("[base]", "[inner]")),
            FieldMapping.none(),
            new FieldDictionary());
    assertThat(broken.problems()).extracting(RuleProblem::rule).containsExactly("Base", "C", "D");
    assertThat(broken.correlations()).isEmpty();
  }

  @Test
  void hostileFilesAreRefusedWithinBounds() {
    var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i)).append("*a%d, ".formatted(i - 1).repeat(10));
      bomb.append("x]\n");
    }
    assertThat(at(onlyProblem(bomb.toString()))).contains("more than");
    assertThat(at(onlyProblem("a: ".repeat(1) + "[".repeat(100_000)))).contains("deep");
    assertThat(at(onlyProblem("a: &a [*a]\n"))).contains("has no anchor");
    assertThat(at(onlyProblem(rule("R", "s: a\ncondition: " + "(".repeat(10_000) + "s"))))
        .contains("nested");
    assertThat(at(onlyProblem(rule("R", "s: a\ncondition: s" + " or s".repeat(100_000)))))
        .contains("longer");
    assertThat(at(onlyProblem(rule("R", "s: a\ncondition: " + "not ".repeat(5_000) + "s or"))))
        .contains("ends where");
    assertThat(at(onlyProblem("x".repeat(RuleFile.BYTES_MAX + 1)))).contains("at most");
    var many = new StringBuilder();
    for (int i = 0; i < 2_000; i++) {
      many.append("s").append(i).append(": x").append(i).append('\n');
    }
    assertThat(at(onlyProblem(rule("R", many + "condition: 900 of them")))).contains("steps");
  }

  @Test
  void noBytesMakeTheReaderFail() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    byte[] good = FULL.getBytes(StandardCharsets.UTF_8);
    String special = "|:-*?&!%@`'\"{}[]#\n \t,><\\~";
    for (int round = 0; round < 3_000; round++) {
      byte[] bytes = good.clone();
      for (int edits = 1 + random.nextInt(6); edits > 0; edits--) {
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextBoolean()
                    ? special.charAt(random.nextInt(special.length()))
                    : random.nextInt(256));
      }
      var set = RuleReader.read(List.of(new RuleFile("fuzz", bytes)));
      var engine = SigmaEngine.compile(set, FieldMapping.ecs(), new FieldDictionary());
      assertThat(engine.rules().size() + engine.problems().size())
          .as("seed %d round %d", seed, round)
          .isPositive();
    }
  }

  @Test
  void textsOfProgramsSurviveYaml() {
    for (String text :
        List.of(
            "",
            "plain",
            "a: 'b' \"c\" # d",
            "C:\\x\\*?",
            "\u0000\u0007\n\t\u2028\uFFFD",
            "😀é",
            "%x - |")) {
      var set =
          read(rule("R", "s:\n  f: " + YamlText.quote(YamlText.literal(text)) + "\ncondition: s"));
      assertThat(set.problems()).isEmpty();
      assertThat(
              Fixtures.fires(
                  "s:\n  f: " + YamlText.quote(YamlText.literal(text)) + "\ncondition: s",
                  Map.of("f", text)))
          .as(text)
          .isTrue();
    }
  }

  @Test
  void explanationsAreFilledAndMadeHarmless() {
    assertThat(Explanation.render("{a} did {b}.", name -> name.equals("a") ? "x\n\u001b[2J" : null))
        .isEqualTo("x\\x0a\\x1b[2J did (unknown).");
    assertThat(Explanation.safe("a".repeat(100))).isEqualTo("a".repeat(80) + "...");
    assertThat(Explanation.safe("x\u202Ey")).isEqualTo("x\\u202ey");
    assertThat(Explanation.render("open {brace", name -> name)).isEqualTo("open {brace");
    var rule = read(FULL).rules().getFirst();
    var event =
        Fixtures.event(
            new FieldDictionary(), "", Map.of("source.ip", "10.0.0.1", "url.query", "cmd=id"));
    var explanation = Explanation.of(rule.header());
    int[] fields =
        explanation.gaps().stream().mapToInt(name -> event.dictionary().lookup(name)).toArray();
    assertThat(explanation.fill(event, fields)).isEqualTo("10.0.0.1 ran cmd=id.");
  }
}
