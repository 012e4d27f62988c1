package dev.vedette.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The dashboard in a real Chromium against the real server and store: what a person sees, types,
/// and must never suffer. Skipped, with a sentence, where no Chromium is installed.
class DashboardTest {
  private static final double PATIENCE_MS = 10_000;
  private static final List<String> PAGES = List.of("#/", "#/alerts", "#/events", "#/rules");

  /// Remembers, inside the page, what the policy refused.
  private static final String WATCH_POLICY =
      "window.__refused = []; document.addEventListener('securitypolicyviolation', e =>"
          + " window.__refused.push(e.violatedDirective + ' ' + e.blockedURI + ' ' +"
          + " e.sourceFile))";

  private static @Nullable Playwright playwright;
  private static @Nullable Browser browser;
  @TempDir static Path directory;
  private static @Nullable DashboardWorld ordinary;

  private final List<String> complaints = new ArrayList<>();
  private @Nullable BrowserContext context;

  @BeforeAll
  static void start() {
    var chromium = Browsers.chromium();
    Assumptions.assumeTrue(chromium.isPresent(), Browsers.MISSING);
    playwright = Browsers.playwright();
    browser = Browsers.launch(playwright, chromium.orElseThrow());
    ordinary = new DashboardWorld(directory.resolve("ordinary"));
    ordinary.fillOrdinary();
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
  }

  @AfterAll
  static void stop() {
    if (ordinary != null) {
      ordinary.close();
    }
    if (browser != null) {
      browser.close();
    }
    if (playwright != null) {
      playwright.close();
    }
  }

  @AfterEach
  void closePage() {
    if (context != null) {
      context.close();
    }
  }

  // ---- signing in
  // ---------------------------------------------------------------------------------------------------

  @Test
  void signsInWithThePrintedPassword() {
    var page = blank(ordinary(), 1280, 800, ColorScheme.LIGHT);
    page.navigate(ordinary().address());
    page.getByLabel("Password").fill("not it");
    page.keyboard().press("Enter");
    shows(page, "[role=alert]").containsText("That is not the password");
    // The browser itself reports the two refusals (401); they are what is tested.
    complaints.removeIf(line -> line.contains("401"));
    page.getByLabel("Password").fill(ordinary().password);
    page.keyboard().press("Enter");
    shows(page, "h1.answer").containsText("need you");
    page.locator("[popovertarget=menu]").click();
    page.getByText("Sign out").click();
    shows(page, "#password").isVisible();
    complaints.removeIf(line -> line.contains("401"));
    assertNothingWrong(page);
  }

  // ---- pages
  // --------------------------------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"1440,LIGHT", "1440,DARK", "1024,DARK", "390,LIGHT", "360,DARK"})
  void everyPageIsWholeAtEveryWidth(int width, ColorScheme scheme) {
    var page = signedIn(ordinary(), width, 844, scheme);
    for (String path : PAGES) {
      open(page, path);
      shows(page, "h1.answer").isVisible();
      assertThat((Integer) page.evaluate("() => document.documentElement.scrollWidth"))
          .as(path + " scrolls sideways at " + width)
          .isLessThanOrEqualTo(width);
    }
    open(page, "#/alerts");
    page.locator(".alert-row .c-what a").first().click();
    shows(page, ".panel .evidence mark").hasText("UNION%20SELECT");
    assertThat((Integer) page.evaluate("() => document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
    assertNothingWrong(page);
  }

  @Test
  void theOverviewAnswersAndDrawsWithATableBehind() {
    var page = signedIn(ordinary(), 1440, 900, ColorScheme.LIGHT);
    open(page, "#/?t=24h");
    shows(page, "h1.answer").containsText(Pattern.compile("\\d+ attacks need you"));
    shows(page, ".timeline-chart canvas").isVisible();
    shows(page, ".kpi >> nth=0")
        .containsText("1,3"); // 1,260 harmless events and those of the attacks
    assertThat(page.locator(".timeline-chart [role=img]").getAttribute("aria-label"))
        .contains("Events and detections by severity");
    assertThat(page.locator(".timeline-chart tbody tr").count()).isGreaterThan(5);
    shows(page, ".ranking .entity >> nth=0").containsText("203.0.113.");
    assertNothingWrong(page);
  }

  @Test
  void anEmptyServerSaysWhatToDo(@TempDir Path empty) {
    try (var world = new DashboardWorld(empty)) {
      var page = blank(world, 1440, 900, ColorScheme.LIGHT);
      signIn(page, world);
      shows(page, ".welcome").containsText("/api/ingest");
      open(page, "#/alerts");
      shows(page, ".empty.big").containsText("No open alerts");
      open(page, "#/events");
      shows(page, ".empty.big").containsText("No events");
      assertNothingWrong(page);
    }
  }

  // ---- the address
  // ---------------------------------------------------------------------------------------------------

  @Test
  void filtersLiveInTheAddress() {
    var page = signedIn(ordinary(), 1440, 900, ColorScheme.LIGHT);
    open(page, "#/alerts");
    shows(page, ".alert-row >> nth=0").isVisible();
    int all = page.locator(".alert-row").count();
    page.locator(".facets").getByText("Brute force").click();
    assertThat(page.url()).contains("class=brute_force");
    await(page, "() => document.querySelectorAll('.alert-row').length < " + all);
    int few = page.locator(".alert-row").count();
    page.getByLabel("Filter alerts").fill("203.0.113.10");
    page.waitForURL(Pattern.compile("text=203\\.0\\.113\\.10"));
    await(page, "() => document.querySelectorAll('.alert-row').length === 1");
    page.reload();
    await(page, "() => document.querySelectorAll('.alert-row').length === 1");
    assertThat(page.getByLabel("Filter alerts").inputValue()).isEqualTo("203.0.113.10");
    open(page, "#/alerts?class=brute_force");
    await(page, "() => document.querySelectorAll('.alert-row').length === " + few);
    page.locator(".range-choice", new Page.LocatorOptions().setHasText("7 d")).click();
    assertThat(page.url()).contains("t=7d").contains("class=brute_force");
    page.goBack();
    assertThat(page.url()).doesNotContain("t=7d");
    assertNothingWrong(page);
  }

  @Test
  void theSearchNarrowsAndPointsAtMistakes() {
    var page = signedIn(ordinary(), 1440, 900, ColorScheme.LIGHT);
    open(page, "#/events");
    shows(page, ".event-row >> nth=0").isVisible();
    page.keyboard().press("/");
    page.keyboard().type("source.ip:203.0.113.12");
    page.keyboard().press("Enter");
    page.waitForURL(Pattern.compile("q=source\\.ip"));
    shows(page, "h1.answer").containsText(Pattern.compile("^\\d+ events? in"));
    shows(page, ".event-row >> nth=0").containsText("203.0.113.12");
    page.locator(".event-row .event-time a").first().click();
    shows(page, ".panel .raw").containsText("UNION%20SELECT");
    page.keyboard().press("/");
    page.keyboard().type("source.ip:");
    page.keyboard().press("Enter");
    shows(page, ".query-error").containsText("A value belongs after source.ip:");
    shows(page, ".query-mark").isVisible();
    complaints.removeIf(line -> line.contains("422"));
    assertNothingWrong(page);
  }

  // ---- keys
  // ----------------------------------------------------------------------------------------------------------

  @Test
  void triageWithoutAMouse(@TempDir Path own) {
    try (var world = new DashboardWorld(own)) {
      world.fillOrdinary();
      var page = blank(world, 1440, 900, ColorScheme.DARK);
      signIn(page, world);
      page.keyboard().press("g");
      page.keyboard().press("a");
      shows(page, ".alert-row >> nth=0").isVisible();
      page.keyboard().press("j");
      page.keyboard().press("j");
      String id = page.locator(".alert-row[data-cursor]").getAttribute("data-id");
      page.keyboard().press("Enter");
      shows(page, ".panel h3 >> nth=0").hasText("Why");
      assertThat(page.url()).contains("open=" + id);
      page.keyboard().press("e");
      shows(page, ".toast").containsText(id + " is resolved");
      await(page, "() => !location.hash.includes('open=" + id + "')");
      long number = Long.parseLong(id.substring(2));
      assertThat(world.store.alert(number).orElseThrow().status()).isEqualTo(AlertStatus.RESOLVED);
      assertThat(page.locator(".alert-row[data-id=" + id + "]").count()).isZero();

      String next = page.locator(".alert-row[data-cursor]").getAttribute("data-id");
      page.keyboard().press("f");
      page.keyboard().type("our own scanner");
      page.keyboard().press("Control+Enter");
      shows(page, ".toast >> nth=-1").containsText(next + " is false positive");
      var false_ = world.store.alert(Long.parseLong(next.substring(2))).orElseThrow();
      assertThat(false_.status()).isEqualTo(AlertStatus.FALSE_POSITIVE);
      assertThat(false_.note()).isEqualTo("our own scanner");

      page.locator(".toast >> nth=0").getByText("Undo").click();
      shows(page, ".alert-row[data-id=" + id + "]").isVisible();
      page.keyboard().press("Escape");
      page.keyboard().press("x");
      page.keyboard().press("j");
      page.keyboard().press("x");
      shows(page, ".bulk").containsText("2 selected");
      page.keyboard().press("a");
      shows(page, ".toast >> nth=-1").containsText("2 alerts are acknowledged");

      page.keyboard().press("?");
      shows(page, "dialog.help").containsText("resolve");
      page.keyboard().press("Escape");
      page.keyboard().press("Control+k");
      page.keyboard().type("203.0.113.11");
      page.keyboard().press("Enter");
      shows(page, ".panel-over h2").containsText("203.0.113.11");
      page.keyboard().press("Escape");
      assertThat(page.locator(".panel").count()).isZero();
      assertNothingWrong(page);
    }
  }

  @Test
  void theFirstTabStopSkipsToTheContent() {
    var page = signedIn(ordinary(), 1280, 800, ColorScheme.LIGHT);
    open(page, "#/alerts");
    shows(page, "h1.answer").isVisible();
    page.keyboard().press("Tab");
    assertThat(page.evaluate("() => document.activeElement.textContent"))
        .isEqualTo("Skip to content");
    page.keyboard().press("Enter");
    assertThat(page.evaluate("() => document.activeElement.id")).isEqualTo("main");
    assertNothingWrong(page);
  }

  // ---- live
  // ----------------------------------------------------------------------------------------------------------

  @Test
  void whatHappensArrivesAndWaitsUntilItIsWanted(@TempDir Path own) {
    try (var world = new DashboardWorld(own)) {
      world.fillOrdinary();
      var page = blank(world, 1440, 900, ColorScheme.LIGHT);
      signIn(page, world);
      open(page, "#/alerts");
      shows(page, ".alert-row >> nth=0").isVisible();
      awaitConnection(page);
      String first = page.locator(".alert-row >> nth=0").getAttribute("data-id");
      world.happenNow("Something quite new", Severity.CRITICAL);
      shows(page, ".new-rows").hasText("1 new");
      assertThat(page.locator(".alert-row >> nth=0").getAttribute("data-id")).isEqualTo(first);
      page.locator(".new-rows").click();
      shows(page, ".alert-row >> nth=0").containsText("Something quite new");

      open(page, "#/");
      shows(page, ".feed").isVisible();
      world.note("test", "the quartermaster arrived");
      shows(page, ".feed").containsText("the quartermaster arrived");
      page.locator(".feed h2").hover();
      world.note("test", "and left again");
      shows(page, ".feed .new-rows").hasText("1 new");
      page.mouse().move(5, 5);
      shows(page, ".feed").containsText("and left again");
      assertNothingWrong(page);
    }
  }

  @Test
  void aLostConnectionIsToldAndHeals(@TempDir Path own) {
    try (var world = new DashboardWorld(own)) {
      world.fillOrdinary();
      var page = blank(world, 1440, 900, ColorScheme.LIGHT);
      signIn(page, world);
      open(page, "#/alerts");
      shows(page, ".alert-row >> nth=0").isVisible();
      awaitConnection(page);
      world.restart(() -> shows(page, ".banner").containsText("connection to the server is lost"));
      in(page, "/lib/live.js", "m.live.retry()"); // Or its own next try, whichever comes first.
      shows(page, ".banner").isHidden();
      awaitConnection(page);
      world.happenNow("After the storm", Severity.HIGH);
      shows(page, ".new-rows").hasText("1 new");
      complaints.removeIf(line -> line.contains("ERR_CONNECTION") || line.contains("WebSocket"));
      assertNothingWrong(page);
    }
  }

  // ---- hostile text
  // --------------------------------------------------------------------------------------------------

  @Test
  void textFromOutsideNeverActs(@TempDir Path own) {
    try (var world = new DashboardWorld(own)) {
      world.fillHostile(HostileText.PAYLOADS);
      var page = blank(world, 1440, 900, ColorScheme.LIGHT);
      signIn(page, world);
      for (String path :
          List.of(
              "#/",
              "#/alerts",
              "#/alerts?group=rule",
              "#/alerts?group=entity",
              "#/events",
              "#/rules")) {
        open(page, path);
        shows(page, "h1.answer").isVisible();
        page.locator(".alert-row, .event-row, .rule-row, .feed-rows li").first().waitFor();
        assertInert(page, path);
      }
      open(page, "#/alerts");
      page.locator(".alert-row").first().waitFor();
      assertThat(page.locator(".alert-row").count()).isEqualTo(HostileText.PAYLOADS.size());
      page.keyboard().press("j");
      page.keyboard().press("Enter");
      for (int i = 0; i < HostileText.PAYLOADS.size(); i++) {
        String id = page.locator(".alert-row[data-cursor]").getAttribute("data-id");
        shows(page, ".panel").hasAttribute("aria-label", "Alert " + id);
        shows(page, ".panel h3 >> nth=0").hasText("Why");
        page.keyboard().press("j");
      }
      assertInert(page, "alert panels");
      for (String list : List.of("#/events", "#/rules")) {
        open(page, list);
        page.locator(".event-row, .rule-row").first().waitFor();
        page.keyboard().press("j");
        page.keyboard().press("Enter");
        for (int i = 0; i < HostileText.PAYLOADS.size(); i++) {
          shows(page, ".panel .facts").isVisible();
          page.keyboard().press("j");
        }
        assertInert(page, list + " panels");
      }
      open(page, "#/");
      page.locator(".ranking .entity").first().waitFor();
      for (int i = 0; i < page.locator(".ranking .entity").count(); i++) {
        page.locator(".ranking .entity").nth(i).dispatchEvent("click");
        shows(page, ".panel-over .story").isVisible();
      }
      page.locator(".health-button").dispatchEvent("click");
      shows(page, ".source-list li >> nth=0").isVisible();
      assertInert(page, "entity panels and sources");
      assertThat(page.content()).doesNotContain("\u202e").doesNotContain("\u001b");
      assertNothingWrong(page);
    }
  }

  // ---- pure functions
  // ------------------------------------------------------------------------------------------------

  @Test
  void textIsMadeVisible() {
    var page = signedIn(ordinary(), 800, 600, ColorScheme.LIGHT);
    assertThat(in(page, "/lib/text.js", "m.visible('a\\u001b[2J\\u0000\\u202eb\\u200b')"))
        .isEqualTo("a␛[2J␀‹U+202E›b‹U+200B›");
    assertThat(in(page, "/lib/text.js", "m.middle('abcdefghij', 5)")).isEqualTo("abc…j");
    assertThat(in(page, "/lib/text.js", "m.middle('\\ud83d\\ude00'.repeat(4), 4).isWellFormed()"))
        .isEqualTo(true);
    assertThat(
            in(
                page,
                "/lib/text.js",
                "m.segments('xxUNIONyy', 2, 7).filter(s => s.marked).map(s => s.text).join()"))
        .isEqualTo("UNION");
    assertThat(
            in(
                page,
                "/lib/text.js",
                "(() => { const a = m.around('x'.repeat(900) + 'KEY' + 'y'.repeat(900), 900, 903,"
                    + " 60); return a.text.slice(a.start, a.end) + a.text.length; })()"))
        .isEqualTo("KEY62");
    assertThat(in(page, "/lib/text.js", "m.visible('a\\ud83db')")).isEqualTo("a\ufffdb");
    assertThat(in(page, "/lib/text.js", "m.isLookalike('p\\u0430ypal')")).isEqualTo(true);
    assertThat(
            in(
                page,
                "/lib/text.js",
                "m.isLookalike('\\u043f\\u0440\\u0438\\u0432\\u0435\\u0442 hello')"))
        .isEqualTo(false);
    assertThat(in(page, "/lib/export.js", "m.csvCell('=1+1')")).isEqualTo("'=1+1");
    assertThat(in(page, "/lib/export.js", "m.csvCell('a\"b,c')")).isEqualTo("\"a\"\"b,c\"");
  }

  @Test
  void sentencesSayWhatIsMeant() {
    var page = signedIn(ordinary(), 800, 600, ColorScheme.LIGHT);
    String live = "m.activityLine({id: 0, time_ms: 7, type: 'login', message: 'ann signed in'})";
    String listed = "m.activityLine({id: 9, time_ms: 7, type: 'login', message: 'ann signed in'})";
    assertThat(
            in(
                page,
                "/views/overview-shape.js",
                "m.feed([" + live + ", " + listed + "], 9).length"))
        .isEqualTo(1);
    assertThat(
            in(
                page,
                "/views/overview-shape.js",
                "Object.values(m.activityLine({time_ms: 7, type: 'alert_opened', message: 'high:"
                    + " x'})).slice(1, 4).join()"))
        .isEqualTo("7,high,New alert: x");
    String full =
        "{events: Array(200).fill({}), next: 'n', complete: false, scanned: 1, tookMs: 2}";
    assertThat(in(page, "/views/events-shape.js", "m.eventsHeadline(" + full + ", 'x').detail"))
        .isEqualTo("Looked at 1 event in 2 ms.");
    assertThat(
            in(
                page,
                "/views/events-shape.js",
                "m.eventsHeadline(" + full.replace("200", "7") + ", 'x').detail"))
        .isEqualTo("The search ran out of time; scroll on to continue. Looked at 1 event in 2 ms.");
    assertThat(in(page, "/views/rules.js", "m.spoken('Block {source.ip}, {x} and {constructor}.')"))
        .isEqualTo("Block the source, x and constructor.");
    assertThat(
            in(
                page,
                "/views/alerts-shape.js",
                "m.besides({reason: '1.2.3.4 did it', entity: {value: '1.2.3.4'}})"))
        .isEqualTo("did it");
  }

  @Test
  void numbersAndTimesReadWell() {
    var page = signedIn(ordinary(), 800, 600, ColorScheme.LIGHT);
    assertThat(
            in(
                page,
                "/lib/format.js",
                "[0, 9999, 10000, 123456, 1500000, 999999].map(m.short).join()"))
        .isEqualTo("0,9,999,10k,123k,1.5M,1M");
    assertThat(
            in(
                page,
                "/lib/format.js",
                "[m.change(12, 10), m.change(5, 10), m.change(3, 0), m.change(7, 7)].join()"))
        .isEqualTo("+20 %,−50 %,none the period before,no change");
    assertThat(
            in(
                page,
                "/lib/format.js",
                "[m.ago(0, 59000), m.ago(0, 3600000), m.bytes(1536)].join()"))
        .isEqualTo("59 s ago,1 h ago,1.5 KiB");
    assertThat(in(page, "/lib/time.js", "m.bucketMs({fromMs: 0, toMs: 86400000}) / 60000"))
        .isEqualTo(15);
    assertThat(
            in(
                page,
                "/lib/time.js",
                "m.rangeOf(new URLSearchParams('from=x&to=y&t=nonsense'), 1e12).key"))
        .isEqualTo("24h");
  }

  @Test
  void theQueryFieldHelps() {
    var page = signedIn(ordinary(), 800, 600, ColorScheme.LIGHT);
    assertThat(in(page, "/lib/query.js", "m.problem('source.ip:1.2.3.4 and (a or b)')")).isNull();
    assertThat(in(page, "/lib/query.js", "m.problem('a and (b').start")).isEqualTo(6);
    assertThat(in(page, "/lib/query.js", "m.problem('a and \"b').start")).isEqualTo(6);
    assertThat(
            in(
                page,
                "/lib/query.js",
                "m.completions('source.i', 8, ['source.ip', 'source.port'], () =>"
                    + " []).options[0].insert"))
        .isEqualTo("source.ip:");
    assertThat(in(page, "/lib/query.js", "m.withFilter('a', 'user.name', 'x y', false)"))
        .isEqualTo("a and user.name:\"x y\"");
    assertThat(
            in(page, "/lib/query.js", "m.withFilter('a and user.name:b', 'user.name', 'b', true)"))
        .isEqualTo("a and not user.name:b");
  }

  // ---- helpers
  // -------------------------------------------------------------------------------------------------------

  private static DashboardWorld ordinary() {
    return require(ordinary);
  }

  private static <T> T require(@Nullable T value) {
    if (value == null) {
      throw new AssertionError("not started");
    }
    return value;
  }

  /// A page that has not been signed in, and notes everything that goes wrong in it.
  private Page blank(DashboardWorld world, int width, int height, ColorScheme scheme) {
    var context =
        require(browser)
            .newContext(
                new Browser.NewContextOptions()
                    .setViewportSize(width, height)
                    .setColorScheme(scheme)
                    .setReducedMotion(ReducedMotion.REDUCE));
    this.context = context;
    context.setDefaultTimeout(PATIENCE_MS);
    context.addInitScript(WATCH_POLICY);
    var page = context.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add("console: " + message.text() + " " + message.location());
      }
    });
    page.onPageError(error -> complaints.add("page error: " + error));
    page.onDialog(dialog -> {
      complaints.add("dialog: " + dialog.message());
      dialog.dismiss();
    });
    page.onRequest(request -> {
      if (!request.url().startsWith(world.address())
          && !request.url().startsWith(world.address().replace("http", "ws"))) {
        complaints.add("request to " + request.url());
      }
    });
    return page;
  }

  private Page signedIn(DashboardWorld world, int width, int height, ColorScheme scheme) {
    var page = blank(world, width, height, scheme);
    signIn(page, world);
    return page;
  }

  private void signIn(Page page, DashboardWorld world) {
    page.request()
        .post(
            world.address() + "/api/login",
            com.microsoft.playwright.options.RequestOptions.create()
                .setHeader("Origin", world.address())
                .setData(java.util.Map.of("password", world.password)));
    page.navigate(world.address());
    shows(page, "main").isVisible();
  }

  private static void open(Page page, String hash) {
    page.evaluate("hash => { location.hash = hash; }", hash);
    page.waitForFunction("hash => location.hash === hash", hash);
  }

  private static LocatorAssertions shows(Page page, String selector) {
    return PlaywrightAssertions.assertThat(page.locator(selector));
  }

  private static void await(Page page, String condition) {
    page.waitForFunction(condition);
  }

  private static void awaitConnection(Page page) {
    page.waitForFunction(
        "async () => (await import('/lib/live.js')).live.state === 'open'",
        null,
        new Page.WaitForFunctionOptions().setPollingInterval(100));
  }

  private static @Nullable Object in(Page page, String module, String expression) {
    return page.evaluate(
        "async () => { const m = await import('" + module + "'); return " + expression + "; }");
  }

  private static void assertInert(Page page, String where) {
    assertThat(page.evaluate("() => window.__xss")).as(where).isNull();
    assertThat(
            page.evaluate(
                "() => [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a =>"
                    + " a.name.startsWith('on') ||"
                    + " /^\\s*(javascript|data|vbscript):/i.test(a.value) && ['href', 'src',"
                    + " 'action', 'formaction', 'xlink:href'].includes(a.name)) || ['IFRAME',"
                    + " 'OBJECT', 'EMBED', 'BASE', 'MARQUEE', 'MATH', 'VIDEO', 'AUDIO', 'STYLE',"
                    + " 'FOREIGNOBJECT', 'ANIMATE'].includes(e.tagName.toUpperCase()) || e.tagName"
                    + " === 'IMG' && e.getAttribute('src') !== '/favicon.svg' || e.tagName === 'A'"
                    + " && !/^(#|\\/docs$)/.test(e.getAttribute('href') ?? '')).map(e =>"
                    + " e.outerHTML.slice(0, 200))"))
        .as(where)
        .isEqualTo(List.of());
  }

  private void assertNothingWrong(Page page) {
    assertThat(page.evaluate("() => window.__refused")).as("policy").isEqualTo(List.of());
    assertThat(page.evaluate("() => window.__xss")).isNull();
    assertThat(complaints).isEmpty();
  }
}
