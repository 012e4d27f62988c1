package dev.vedette.sigma;

import static dev.vedette.sigma.Fixtures.NULL;
import static dev.vedette.sigma.Fixtures.event;
import static dev.vedette.sigma.Fixtures.fires;
import static dev.vedette.sigma.Fixtures.item;
import static dev.vedette.sigma.Fixtures.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Dataset;
import dev.vedette.event.Event;
import dev.vedette.event.Evidence;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What each modifier, escape and condition means, one line each.
class SigmaMatcherTest {
  @Test
  void aPlainValueIsTheWholeValueWhateverItsCase() {
    assertThat(item("f: Abc", "f", "aBC")).isTrue();
    assertThat(item("f: Abc", "f", "abcd")).isFalse();
    assertThat(item("f: Straße", "f", "STRAßE")).isTrue();
    assertThat(item("f: ПРИВЕТ", "f", "привет")).isTrue();
    assertThat(item("f: kelvin", "f", "\u212Aelvin")).isTrue();
    assertThat(item("f: 'i'", "f", "\u0130")).isFalse();
    assertThat(item("f|cased: Abc", "f", "aBC")).isFalse();
    assertThat(item("f|cased: Abc", "f", "Abc")).isTrue();
  }

  @Test
  void wildcardsSpanLinesAndQuestionMarksTakeOneCharacter() {
    assertThat(item("f: 'a*z'", "f", "a\nb\nz")).isTrue();
    assertThat(item("f: 'a?z'", "f", "aéz")).isTrue();
    assertThat(item("f: 'a?z'", "f", "az")).isFalse();
    assertThat(item("f: '*b*'", "f", "abc")).isTrue();
    assertThat(item("f: '*'", "f", "")).isTrue();
    assertThat(item("f: '*'", "g", "x")).isFalse();
  }

  @Test
  void backslashesEscapeWildcardsAndThemselvesOnly() {
    assertThat(item("f: 'a\\*z'", "f", "a*z")).isTrue();
    assertThat(item("f: 'a\\*z'", "f", "abz")).isFalse();
    assertThat(item("f: 'a\\?'", "f", "a?")).isTrue();
    assertThat(item("f: 'C:\\Windows'", "f", "C:\\Windows")).isTrue();
    assertThat(item("f: 'C:\\\\Windows'", "f", "C:\\Windows")).isTrue();
    assertThat(item("f: 'a\\\\*'", "f", "a\\bcd")).isTrue();
    assertThat(item("f: 'a\\\\\\*'", "f", "a\\*")).isTrue();
    assertThat(item("f: 'a\\\\\\*'", "f", "a\\b")).isFalse();
    assertThat(item("f: '\\\\\\\\srv'", "f", "\\\\srv")).isTrue();
    assertThat(item("f: 'end\\'", "f", "end\\")).isTrue();
  }

  @Test
  void containsStartswithEndswithAndAll() {
    assertThat(item("f|contains: bc", "f", "aBCd")).isTrue();
    assertThat(item("f|startswith: ab", "f", "ABc")).isTrue();
    assertThat(item("f|startswith: ab", "f", "xab")).isFalse();
    assertThat(item("f|endswith: bc", "f", "aBC")).isTrue();
    assertThat(item("f|endswith: bc", "f", "bcx")).isFalse();
    assertThat(item("f|contains: 'a*c'", "f", "xxabcxx")).isTrue();
    assertThat(item("f|contains: '*b*'", "f", "abc")).isTrue();
    assertThat(item("f|contains|all: [a, b]", "f", "xbxa")).isTrue();
    assertThat(item("f|contains|all: [a, b]", "f", "xax")).isFalse();
    assertThat(item("f|contains: [a, b]", "f", "xbx")).isTrue();
    assertThat(item("f|contains: ''", "f", "")).isTrue();
  }

  @Test
  void numbersAreValuesAndTexts() {
    assertThat(item("f: 4688", "f", "4688")).isTrue();
    assertThat(item("f: 4688", "f", 4688)).isTrue();
    assertThat(item("f: '4688'", "f", 4688)).isTrue();
    assertThat(item("f: 4688", "f", 4688.0)).isTrue();
    assertThat(item("f: 1000", "f", new Raw("1e3"))).isTrue();
    assertThat(item("f: 1.5", "f", new Raw("1.50"))).isTrue();
    assertThat(item("f: 4688", "f", "04688")).isFalse();
    assertThat(item("f: 0x10", "f", 16)).isTrue();
    assertThat(item("f: -0", "f", 0)).isTrue();
    assertThat(item("f: true", "f", "TRUE")).isTrue();
    assertThat(item("f: true", "f", true)).isTrue();
    assertThat(item("f|startswith: 46", "f", 4688)).isTrue();
  }

  private record Raw(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  @Test
  void comparisonsReadNumbersInTexts() {
    assertThat(item("f|gt: 10", "f", "11")).isTrue();
    assertThat(item("f|gt: 10", "f", "10")).isFalse();
    assertThat(item("f|gte: 10", "f", 10)).isTrue();
    assertThat(item("f|lt: 10", "f", "9.99")).isTrue();
    assertThat(item("f|lte: 10", "f", "10.0")).isTrue();
    assertThat(item("f|lt: 10", "f", "nine")).isFalse();
    assertThat(item("f|lt: 10", "f", true)).isFalse();
    assertThat(item("f|gt: 9007199254740992", "f", "9007199254740993")).isTrue();
    assertThat(item("f|gt: 1", "f", "99999999999999999999999")).isTrue();
    assertThat(item("f|gt: -5", "f", "-4")).isTrue();
    assertThat(item("f|gt: 1", "g", "2")).isFalse();
  }

  @Test
  void nullEmptyAndExists() {
    assertThat(fires("sel:\n  f: null\ncondition: sel", Map.of("g", "x"))).isTrue();
    assertThat(item("f: null", "f", NULL)).isTrue();
    assertThat(item("f: null", "f", "")).isFalse();
    assertThat(item("f: []", "f", "x")).isFalse();
    assertThat(item("f: ''", "f", "")).isTrue();
    assertThat(item("f: ''", "f", "x")).isFalse();
    assertThat(item("f: ''", "f", NULL)).isFalse();
    assertThat(item("f: ''", "g", "")).isFalse();
    assertThat(item("f|exists: true", "f", NULL)).isTrue();
    assertThat(item("f|exists: true", "g", "x")).isFalse();
    assertThat(item("f|exists: false", "g", "x")).isTrue();
    assertThat(item("f|exists: false", "f", "")).isFalse();
  }

  @Test
  void anyElementOfAnArrayCountsAndNegationMeansNone() {
    assertThat(item("f: b", "f", List.of("a", "b"))).isTrue();
    assertThat(item("f|neq: b", "f", List.of("a", "b"))).isFalse();
    assertThat(item("f|neq: c", "f", List.of("a", "b"))).isTrue();
    assertThat(item("f|neq: [a, c]", "f", "a")).isFalse();
    assertThat(item("f|neq: [a, c]", "f", "b")).isTrue();
    assertThat(item("f|contains|all: [a, b]", "f", List.of("xa", "xb"))).isTrue();
    assertThat(item("f: null", "f", List.of(NULL, "a"))).isFalse();
    assertThat(item("f|gt: 5", "f", List.of(1, 6))).isTrue();
  }

  @Test
  void regularExpressionsSearchAndMindCase() {
    assertThat(item("f|re: 'b+c'", "f", "abbc")).isTrue();
    assertThat(item("f|re: 'B+c'", "f", "abbc")).isFalse();
    assertThat(item("f|re|i: 'B+c'", "f", "abbc")).isTrue();
    assertThat(item("f|re: '^b'", "f", "a\nb")).isFalse();
    assertThat(item("f|re|m: '^b'", "f", "a\nb")).isTrue();
    assertThat(item("f|re: 'a.b'", "f", "a\nb")).isFalse();
    assertThat(item("f|re|s: 'a.b'", "f", "a\nb")).isTrue();
    assertThat(item("f|re: 'a\\*b'", "f", "a*b")).isTrue();
    assertThat(item("f|re|contains: 'b'", "f", "abc")).isTrue();
  }

  @Test
  void networks() {
    assertThat(item("f|cidr: 10.0.0.0/8", "f", "10.1.2.3")).isTrue();
    assertThat(item("f|cidr: 10.0.0.0/8", "f", "11.1.2.3")).isFalse();
    assertThat(item("f|cidr: 10.0.0.0/255.0.0.0", "f", "10.9.9.9")).isTrue();
    assertThat(item("f|cidr: 10.0.0.0/8", "f", "010.1.2.3")).isFalse();
    assertThat(item("f|cidr: 10.0.0.0/8", "f", "::ffff:10.1.2.3")).isTrue();
    assertThat(item("f|cidr: '2001:db8::/32'", "f", "2001:DB8:1::5")).isTrue();
    assertThat(item("f|cidr: '2001:db8::/32'", "f", "2001:db9::")).isFalse();
    assertThat(item("f|cidr: '::/0'", "f", "10.1.2.3")).isFalse();
    assertThat(item("f|cidr: 0.0.0.0/0", "f", "10.1.2.3")).isTrue();
    assertThat(item("f|cidr: '::1'", "f", "0:0:0:0:0:0:0:1")).isTrue();
    assertThat(item("f|cidr: 10.0.0.0/8", "f", "host")).isFalse();
    assertThat(item("f|cidr: [10.0.0.0/8, 192.168.0.0/16]", "f", "192.168.5.5")).isTrue();
    assertThat(item("f|cidr: 10.0.0.0/8", "f", "10.1.2.3.4")).isFalse();
    assertThat(item("f|cidr: 'fe80::/10'", "f", "fe80::1:2:3")).isTrue();
  }

  @Test
  void encodings() {
    assertThat(item("f|base64: foobar", "f", "Zm9vYmFy")).isTrue();
    for (String prefix : List.of("", "x", "xy", "xyz")) {
      String encoded =
          java.util.Base64.getEncoder()
              .encodeToString(
                  (prefix + "/bin/sh tail").getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(item("f|base64offset|contains: /bin/sh", "f", encoded)).as(prefix).isTrue();
      String wide =
          java.util.Base64.getEncoder()
              .encodeToString(
                  (prefix + "IEX (New").getBytes(java.nio.charset.StandardCharsets.UTF_16LE));
      assertThat(item("f|wide|base64offset|contains: 'IEX ('", "f", wide)).as(prefix).isTrue();
      assertThat(item("f|utf16le|base64offset|contains: 'IEX ('", "f", wide)).isTrue();
    }
    assertThat(item("f|wide|contains: ab", "f", "xa\0b\0")).isTrue();
    assertThat(item("f|utf16be|contains: ab", "f", "x\0a\0b")).isTrue();
    assertThat(item("f|utf16|base64: ab", "f", "//5hAGIA")).isTrue();
  }

  @Test
  void windashTakesEveryDashAtTheStartOfAnOption() {
    for (String dash : List.of("-", "/", "\u2013", "\u2014", "\u2015")) {
      assertThat(item("f|windash|contains: ' -f'", "f", "cmd " + dash + "F x")).isTrue();
      assertThat(item("f|contains|windash: ' -f'", "f", "cmd " + dash + "F x")).isTrue();
      assertThat(item("f|windash|contains: ' /f -g'", "f", "cmd " + dash + "f " + dash + "g"))
          .isTrue();
    }
    assertThat(item("f|windash|contains: 'a-b'", "f", "a/b")).isFalse();
    assertThat(item("f|windash|endswith: ' -f.*x'", "f", "cmd /f.and x")).isTrue();
    assertThat(item("f|windash|endswith: ' -f.*x'", "f", "cmd /fand x")).isFalse();
  }

  @Test
  void fieldsComparedWithEachOther() {
    String same = "sel:\n  f|fieldref: g\ncondition: sel";
    assertThat(fires(same, Map.of("f", "Abc", "g", "aBC"))).isTrue();
    assertThat(fires(same, Map.of("f", "Abc", "g", "abd"))).isFalse();
    assertThat(fires(same, Map.of("f", "Abc"))).isFalse();
    assertThat(fires(same, Map.of())).isFalse();
    assertThat(
            fires(
                "sel:\n  f|fieldref|endswith: g\ncondition: sel", Map.of("f", "xabc", "g", "abc")))
        .isTrue();
    assertThat(fires("sel:\n  f|fieldref|neq: g\ncondition: sel", Map.of("f", "xabc", "g", "abc")))
        .isTrue();
  }

  @Test
  void placeholders() {
    var dictionary = new FieldDictionary();
    var set = Fixtures.read(rule("R", "sel:\n  f|expand: 'x-%who%'\ncondition: sel"));
    var engine =
        SigmaEngine.compile(
            set, FieldMapping.none(), dictionary, Map.of("who", List.of("ann", "b*b")));
    assertThat(engine.problems()).isEmpty();
    var matcher = engine.matcher();
    assertThat(matcher.match(event(dictionary, "", Map.of("f", "X-Ann")))).isEqualTo(1);
    assertThat(matcher.match(event(dictionary, "", Map.of("f", "x-b*b")))).isEqualTo(1);
    assertThat(matcher.match(event(dictionary, "", Map.of("f", "x-bob")))).isZero();
    assertThat(item("f: '%who%'", "f", "%who%")).isTrue();
    assertThat(item("f|expand: '\\%who\\%'", "f", "%who%")).isTrue();
  }

  @Test
  void keywordsLookAtTheLineAndAtWhatWasDecoded() {
    String keywords = "keys:\n  - 'union select'\n  - drop?table\ncondition: keys";
    assertThat(fires(keywords, "GET /?q=UNION SELECT 1", Map.of())).isTrue();
    assertThat(fires(keywords, "GET /?q=drop+table", Map.of())).isTrue();
    assertThat(fires(keywords, "GET /?q=1", Map.of())).isFalse();
    assertThat(
            fires(
                keywords,
                "GET /?q=union%20select",
                Map.of("vedette.url.decoded", "/?q=union select")))
        .isTrue();
    assertThat(
            fires("keys:\n  - success\ncondition: keys", "x", Map.of("event.outcome", "success")))
        .isFalse();
    String all = "keys:\n  '|all':\n    - one\n    - two\ncondition: keys";
    assertThat(fires(all, "two and one", Map.of())).isTrue();
    assertThat(fires(all, "two", Map.of())).isFalse();
    assertThat(fires("keys: one\ncondition: keys", "xonex", Map.of())).isTrue();
    assertThat(fires("keys:\n  '|re': 'o[mn]e$'\ncondition: keys", "xone", Map.of())).isTrue();
    assertThat(fires("keys:\n  - 4711\ncondition: keys", "x4711x", Map.of())).isTrue();
    assertThat(fires("keys:\n  - one\n  - f: two\ncondition: keys", "x", Map.of("f", "two")))
        .isTrue();
  }

  @Test
  void conditions() {
    String three = "sel_a:\n  f: a\nsel_b:\n  g: b\n_c:\n  h: c\ncondition: ";
    Map<String, String> ab = Map.of("f", "a", "g", "b");
    Map<String, String> a = Map.of("f", "a");
    Map<String, String> c = Map.of("h", "c");
    assertThat(fires(three + "sel_a and sel_b", ab)).isTrue();
    assertThat(fires(three + "sel_a and sel_b", a)).isFalse();
    assertThat(fires(three + "sel_a and not sel_b", a)).isTrue();
    assertThat(fires(three + "not sel_a", c)).isTrue();
    assertThat(fires(three + "not not sel_a", a)).isTrue();
    assertThat(fires(three + "1 of sel_*", a)).isTrue();
    assertThat(fires(three + "any of sel_*", c)).isFalse();
    assertThat(fires(three + "all of sel_*", a)).isFalse();
    assertThat(fires(three + "all of them", ab)).isTrue();
    assertThat(fires(three + "1 of them", c)).isFalse();
    assertThat(fires(three + "1 of _*", c)).isTrue();
    assertThat(fires(three + "2 of *", ab)).isTrue();
    assertThat(fires(three + "2 of *", a)).isFalse();
    assertThat(fires(three + "not 2 of *", a)).isTrue();
    assertThat(fires(three + "not (sel_a or sel_b) and _c", c)).isTrue();
    assertThat(fires(three + "sel_a or sel_b and _c", a)).isTrue();
    assertThat(fires(three + "(sel_a or sel_b) and _c", a)).isFalse();
    assertThat(fires(three + "[sel_b, _c]", c)).isTrue();
  }

  @Test
  void aListOfMapsIsAnAlternative() {
    String detection = "sel:\n  - f: a\n    g: b\n  - h: c\ncondition: sel";
    assertThat(fires(detection, Map.of("f", "a"))).isFalse();
    assertThat(fires(detection, Map.of("f", "a", "g", "b"))).isTrue();
    assertThat(fires(detection, Map.of("h", "c"))).isTrue();
  }

  @Test
  void theLogSourceDecidesFirst() {
    var dictionary = new FieldDictionary();
    var engine =
        Fixtures.engine(
            dictionary,
            """
            title: A
            logsource: {product: linux}
            detection: {sel: {f: x}, condition: sel}
            """,
            """
            title: B
            logsource: {product: windows}
            detection: {sel: {f: x}, condition: sel}
            """,
            """
            title: C
            logsource: {product: linux, service: sshd}
            detection: {sel: {f: x}, condition: sel}
            """,
            """
            title: D
            logsource: {}
            detection: {sel: {f: x}, condition: not sel}
            """);
    var matcher = engine.matcher();
    var event = event(dictionary, "", Map.of("f", "x"));
    event.dataset(
        new Dataset(
            "sshd",
            "system",
            List.of(new LogSource("", "linux", "sshd"), new LogSource("", "linux", "auth"))));
    assertThat(matcher.match(event)).isEqualTo(2);
    assertThat(matcher.rule(0).header().title()).isEqualTo("A");
    assertThat(matcher.rule(1).header().title()).isEqualTo("C");
    event.dataset(Dataset.PLAIN);
    assertThat(matcher.match(event)).isZero();
    var other = event(dictionary, "", Map.of("f", "y"));
    assertThat(matcher.match(other)).isEqualTo(1);
    assertThat(matcher.rule(0).header().title()).isEqualTo("D");
  }

  @Test
  void fieldsAreMappedByLogSource() {
    var dictionary = new FieldDictionary();
    var set =
        Fixtures.read(
            """
            title: Traversal
            logsource: {category: webserver}
            detection:
              sel:
                cs-uri-query|contains: '../'
                sc-status: 200
              condition: sel
            """,
            """
            title: Query alone
            logsource: {category: webserver}
            detection:
              sel:
                cs-uri-query|startswith: 'id='
              condition: sel
            """);
    var engine = SigmaEngine.compile(set, FieldMapping.ecs(), dictionary);
    assertThat(engine.problems()).isEmpty();
    var matcher = engine.matcher();
    var web =
        new Dataset("apache.access", "apache", List.of(new LogSource("webserver", "apache", "")));
    var encoded =
        event(
            dictionary,
            "",
            Map.of(
                "url.original", "/a/%2e%2e/x",
                "vedette.url.decoded", "/a/../x",
                "http.response.status_code", "200"));
    encoded.dataset(web);
    assertThat(matcher.match(encoded)).isEqualTo(1);
    assertThat(Fixtures.shown(matcher.explain(encoded, matcher.rule(0))))
        .isEqualTo("vedette.url.decoded=/a/[../]x; http.response.status_code=[200]");
    var raw = event(dictionary, "", Map.of("cs-uri-query", "../", "sc-status", 200));
    raw.dataset(web);
    assertThat(matcher.match(raw)).isEqualTo(1);
    var query = event(dictionary, "", Map.of("url.original", "/a?id=5", "url.query", "id=5"));
    query.dataset(web);
    assertThat(matcher.match(query)).isEqualTo(1);
    assertThat(matcher.rule(0).header().title()).isEqualTo("Query alone");
  }

  @Test
  void evidenceMarksTheFragment() {
    var dictionary = new FieldDictionary();
    var engine =
        Fixtures.engine(
            dictionary,
            rule(
                "R",
                """
                sel:
                  f|contains: evil
                  g|re: 'x+y'
                filter:
                  h: ok
                keys:
                  - secret
                condition: sel and keys and not filter
                """));
    var matcher = engine.matcher();
    var event = event(dictionary, "a secret line", Map.of("f", "an EVIL thing", "g", "--xxy--"));
    assertThat(matcher.match(event)).isEqualTo(1);
    assertThat(Fixtures.shown(matcher.explain(event, matcher.rule(0))))
        .isEqualTo("f=an [EVIL] thing; g=--[xxy]--; event.original=a [secret] line");
    var nothing =
        Fixtures.engine(dictionary, rule("N", "sel:\n  f: null\ncondition: sel")).matcher();
    var absent = event(dictionary, "", Map.of());
    assertThat(nothing.match(absent)).isEqualTo(1);
    assertThat(nothing.explain(absent, nothing.rule(0))).isEmpty();
  }

  @Test
  void longValuesAreCutAroundTheMatch() {
    var dictionary = new FieldDictionary();
    var matcher =
        Fixtures.engine(dictionary, rule("R", "sel:\n  f|contains: evil\ncondition: sel"))
            .matcher();
    var event = event(dictionary, "", Map.of("f", "a".repeat(5_000) + "evil" + "b".repeat(5_000)));
    assertThat(matcher.match(event)).isEqualTo(1);
    var evidence = matcher.explain(event, matcher.rule(0)).getFirst();
    assertThat(evidence.fragment()).isEqualTo("evil");
    assertThat(evidence.value()).hasSize(Evidence.VALUE_CHARS_MAX);
    var far = event(dictionary, "", Map.of("f", "a".repeat(500_000) + "evil"));
    assertThat(matcher.match(far)).isEqualTo(1);
    var without = matcher.explain(far, matcher.rule(0)).getFirst();
    assertThat(without.start()).as("too far to look").isEqualTo(without.end()).isZero();
    assertThat(without.field()).isEqualTo("f");
  }

  @Test
  void theSameMatcherForgetsTheEventBefore() {
    var dictionary = new FieldDictionary();
    var matcher =
        Fixtures.engine(dictionary, rule("R", "sel:\n  f|contains: evil\ncondition: sel"))
            .matcher();
    var bad = event(dictionary, "", Map.of("f", "evil"));
    var good = event(dictionary, "", Map.of("f", "good"));
    for (int i = 0; i < 10_000; i++) {
      assertThat(matcher.match(bad)).isEqualTo(1);
      assertThat(matcher.match(good)).isZero();
    }
  }

  @Test
  void anEventThatMatchesNothingAllocatesNothing() {
    var dictionary = new FieldDictionary();
    var matcher =
        Fixtures.engine(
                dictionary,
                rule("A", "sel:\n  f|contains: [evil, bad]\n  n: 5\ncondition: sel"),
                rule("B", "sel:\n  g|re: 'x[0-9]+y'\n  h: null\ncondition: sel"),
                rule("C", "keys: [one, 'two*three']\ncondition: keys"),
                rule("D", "sel:\n  n|gt: 100\n  f|cidr: 10.0.0.0/8\ncondition: sel"))
            .matcher();
    var events =
        List.of(
            event(dictionary, "a line", Map.of("f", "192.168.0.1", "n", 7, "g", "x9")),
            event(dictionary, "more of it", Map.of("f", "something bad", "n", 200, "g", "zz")),
            event(dictionary, "", Map.of("g", "x1x2x3")));
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    int fired = 0;
    for (int i = 0; i < 20_000; i++) {
      fired += matcher.match(events.get(i % 3));
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 20_000; i++) {
      fired += matcher.match(events.get(i % 3));
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(fired).isZero();
    assertThat(bytes).as("of 20,000 events").isLessThan(20_000);
  }

  /// The example of [SigmaEngine], as it is shown there.
  @Test
  void theExampleRuns() {
    FieldDictionary dictionary = new FieldDictionary();
    List<RuleFile> files =
        List.of(
            RuleFile.of(
                "traversal.yml",
                """
                title: Path traversal
                logsource:
                  category: webserver
                detection:
                  selection:
                    cs-uri-query|contains: ../
                  condition: selection
                """));
    RuleSet rules = RuleReader.read(files);
    SigmaEngine engine = SigmaEngine.compile(rules, FieldMapping.ecs(), dictionary);
    engine.problems().forEach(System.err::println);
    SigmaMatcher matcher = engine.matcher();
    Event event = event(dictionary, "", Map.of("url.original", "/../../etc/passwd"));
    event.dataset(new Dataset("web", "web", List.of(new LogSource("webserver", "", ""))));
    List<String> told = new ArrayList<>();
    for (int i = 0, n = matcher.match(event); i < n; i++) {
      CompiledRule rule = matcher.rule(i);
      for (Evidence evidence : matcher.explain(event, rule)) {
        told.add(rule.header().title() + ": " + evidence.field() + " " + evidence.fragment());
      }
    }
    assertThat(told).containsExactly("Path traversal: url.original ../");
  }
}
