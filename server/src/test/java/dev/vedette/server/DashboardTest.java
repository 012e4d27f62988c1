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
import java.util.stream.Stream;
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

  /// Finds the elements below a root that could run, load, or lead away, and text that reorders or
  /// hides what is beside it.
  private static final String ACTIVE =
      """
      root => {
        const tags = new Set(['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MARQUEE', 'MATH', 'VIDEO', 'AUDIO',
          'STYLE', 'FOREIGNOBJECT', 'ANIMATE', 'SET', 'USE', 'IMAGE', 'FRAMESET', 'TEMPLATE', 'PICTURE', 'MAP']);
        const links = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'ping'];
        const acts = text => /[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]/.test(text);
        const bad = element =>
          [...element.attributes].some(a => a.name.startsWith('on') || a.name === 'srcdoc' || acts(a.value)
            || links.includes(a.name) && /^\\s*(javascript|data|vbscript):/i.test(a.value))
          || tags.has(element.tagName.toUpperCase())
          || element.tagName === 'IMG' && element.getAttribute('src') !== '/favicon.svg'
          || element.tagName === 'FORM' && element.hasAttribute('action')
          || element.tagName === 'SCRIPT' && !document.head.contains(element)
          || element.tagName === 'A' && !/^(#|\\/docs$)/.test(element.getAttribute('href') ?? '')
          || [...element.childNodes].some(n => n.nodeType === Node.TEXT_NODE && acts(n.data));
        return [...root.querySelectorAll('*')].filter(bad).map(e => e.outerHTML.slice(0, 300));
      }\
      """;

  /// `window.__walk`: inside the page, because some thousand steps are too many to take from
  /// outside.
  private static final String WALK =
      """
      (() => {
        const active = %s;
        const nap = () => new Promise(done => setTimeout(done, 0));
        async function until(what, holds) {
          const end = performance.now() + 10_000;
          while (!holds()) {
            if (performance.now() > end) throw new Error('waited in vain for ' + what + ' in ' + (document.querySelector('.panel')?.innerText.slice(0, 300) ?? 'no panel') + location.hash);
            await nap();
          }
        }
        function look(where, root = document.querySelector('vedette-app')) {
          if (window.__xss !== undefined) throw new Error(where + ' ran');
          const found = active(root);
          if (found.length > 0) throw new Error(where + ' put in ' + found.join(' '));
        }
        // Panels away from their page, which would be drawn again behind each of them.
        const box = () => document.querySelector('vedette-app').appendChild(document.createElement('div'));
        async function panels(name, each, ready) {
          const place = box();
          for (let i = 0; i < each.length; i += 20) {
            place.replaceChildren(...each.slice(i, i + 20).map(values => Object.assign(document.createElement(name), values)));
            for (const panel of place.children) await until(name, () => ready(panel));
            look(name, place);
          }
          place.remove();
          return each.length;
        }
        async function drawn(hash, name, each) {
          location.hash = hash;
          await until(name, () => document.querySelector(name)?.context);
          const { render } = await import('lit');
          const place = box();
          for (const one of each) {
            render(document.querySelector(name).opened(one, one.id), place);
            look(name + ' ' + one.id, place);
          }
          place.remove();
          return each.length;
        }
        const now = () => ({ range: { key: '24h', moving: true, ...day() }, now: Date.now(), zone: 'utc' });
        const api = async () => (await import('/lib/api.js')).api;
        const day = () => ({ fromMs: Date.now() - 86_400_000, toMs: Date.now() + 60_000 });
        async function alerts() {
          const all = [];
          for (let more = true; more;) {
            const got = (await (await api()).alerts({ range: day(), limit: 200, offset: all.length })).alerts;
            all.push(...got);
            more = got.length > 0;
          }
          return all;
        }
        window.__walk = {
          alerts: async () =>
            panels('vedette-alert-panel', (await alerts()).map(({ id }) => ({ alertId: id, context: now() })),
              panel => panel.querySelector('.note') && panel.querySelector('.lines')),
          entities: async () =>
            panels('vedette-entity-panel', (await alerts()).map(({ entity }) => ({ entity: entity.kind + ':' + entity.value, ...now() })),
              panel => panel.querySelector('.story')),
          rules: async () => drawn('#/rules', 'vedette-rules', await (await api()).rules()),
          async events() {
            const all = [];
            for (let cursor = null; all.length === 0 || cursor;) {
              const page = await (await api()).events({ range: day(), limit: 1000, cursor });
              all.push(...page.events);
              cursor = page.next;
            }
            return drawn('#/events', 'vedette-events', [...new Map(all.map(event => [event.fields.message, event])).values()]);
          },
          async arrivals(texts) {
            const { live } = await import('/lib/live.js');
            const all = await alerts();
            location.hash = '#/';
            await until('feed', () => document.querySelector('.feed-rows'));
            for (let i = 0; i < texts.length; i += 10) {
              const some = texts.slice(i, i + 10);
              live.dispatchEvent(new CustomEvent('activity', { detail: { activity: some.map((message, at) => ({ id: 100_000 + i + at, time_ms: Date.now(), type: message, message })) } }));
              live.dispatchEvent(new CustomEvent('alerts', { detail: { opened: all.slice(i, i + 5), changed: all.slice(i + 5, i + 10) } }));
              await document.querySelector('vedette-overview').updateComplete;
              look('feed', document.querySelector('.feed'));
            }
          },
          async palette(texts) {
            const palette = document.querySelector('vedette-palette');
            for (let i = 0; i < texts.length; i++) {
              palette.open(texts[i]);
              await palette.updateComplete;
              if (i %% 40 === 0) await new Promise(done => setTimeout(done, 300)); // Alerts that the text names.
              look('palette for ' + texts[i], palette);
            }
            palette.close();
          },
          async completions(texts) {
            location.hash = '#/events';
            await until('query field', () => document.querySelector('vedette-query-field'));
            const field = document.querySelector('vedette-query-field');
            field.fields = new Map(texts.map(text => ['x' + text, [text]]));
            for (const text of texts) {
              field.text = 'x' + text + ':';
              field.suggest(field.text.length);
              await field.updateComplete;
              look('completions of ' + text, field);
            }
          },
          async links(texts) {
            const pages = [
              text => '#/events?' + new URLSearchParams({ q: text, cols: text + ',source.ip', open: text, suspicious: text }),
              text => '#/alerts?' + new URLSearchParams({ text, group: text, status: text, class: text, severity: text, sort: text, open: text }),
              text => '#/rules?' + new URLSearchParams({ text, open: text }),
              text => '#/none?' + new URLSearchParams({ t: text, from: text, to: text, tz: text, entity: 'ip:' + text }),
              text => '#/alerts?' + new URLSearchParams({ entity: text + ':' + text }),
              text => '#/' + text + '?' + text + '#' + text,
            ];
            const visit = link => {
              history.replaceState(null, '', link);
              window.dispatchEvent(new HashChangeEvent('hashchange'));
            };
            for (let i = 0; i < texts.length; i++) {
              visit(pages[i %% pages.length](texts[i]));
              await nap();
              await document.querySelector('vedette-app').updateComplete;
              await nap();
              look('link ' + location.hash);
            }
            // Names that every object has are found where nobody put them: the rows must be there.
            for (const name of Object.getOwnPropertyNames(Object.prototype).filter(name => texts.includes(name))) {
              for (const page of pages.slice(0, 5)) {
                visit(page(name).replace(/&?suspicious=[^&]*/, '').replace('q=' + name, 'q=get'));
                await nap();
                await until('rows for ' + location.hash, () => document.querySelector('.event-row, .alert-row, .rule-row, .empty, .story, .failure'));
                await document.querySelector('vedette-app').updateComplete;
                look('link ' + location.hash);
              }
            }
          },
        };
      })()\
      """
          .formatted(ACTIVE);

  private static @Nullable Playwright playwright;
  private static @Nullable Browser browser;
  @TempDir static Path directory;
  private static @Nullable DashboardWorld ordinary;

  private final List<String> complaints = new ArrayList<>();
  private @Nullable BrowserContext context;

  /// Whether a 4xx answer, which the browser reports by itself, is no complaint.
  private volatile boolean refusalsExpected;

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
    var texts = HostileText.PAYLOADS;
    assertThat(texts).hasSizeGreaterThanOrEqualTo(400).doesNotHaveDuplicates();
    try (var world = new DashboardWorld(own)) {
      world.fillHostile(texts);
      var page = blank(world, 1440, 900, ColorScheme.LIGHT);
      page.addInitScript(WALK);
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
      assertThat(walked(page, "alerts")).isEqualTo(texts.size());
      assertThat(walked(page, "rules")).isEqualTo(texts.size());
      assertThat(walked(page, "events")).isEqualTo(texts.size());
      assertThat(walked(page, "entities")).isEqualTo(texts.size());
      walked(page, "arrivals", texts);
      refusalsExpected = true; // What is typed here may be longer than the server looks for.
      walked(page, "palette", texts);
      walked(page, "completions", texts);
      world.complain(texts);
      page.locator(".health-button").dispatchEvent("click");
      page.locator(".health .error[role=alert]").nth(texts.size() - 1).waitFor();
      assertInert(page, "sources and faults");
      assertNothingWrong(page);
    }
  }

  /// A link is text from outside too: whoever is sent one opens it while signed in.
  @Test
  void linksNeverAct() {
    var page = blank(ordinary(), 1024, 700, ColorScheme.LIGHT);
    page.addInitScript(WALK);
    signIn(page, ordinary());
    refusalsExpected = true; // The server refuses most of what such links ask for.
    walked(page, "links", HostileText.PAYLOADS);
    assertNothingWrong(page);
  }

  @Test
  void exportedTextIsNoFormula() {
    var page = signedIn(ordinary(), 800, 600, ColorScheme.LIGHT);
    for (String text : HostileText.PAYLOADS) {
      String csv =
          (String)
              page.evaluate(
                  "async text => (await import('/lib/export.js')).csv([{id: '1-1', time_ms: 0,"
                      + " source: text, severity: text, original: text, fields: {[text]: text}}],"
                      + " [text])",
                  text);
      // The settings of the spreadsheet decide what separates cells.
      for (char separator : new char[] {',', ';', '\t'}) {
        assertThat(cells(csv, separator))
            .as(text + " read with " + separator)
            .noneMatch(cell -> FORMULA.matcher(separator == ',' ? cell.strip() : cell).lookingAt());
      }
      assertThat(cells(csv, ',')).as(text).hasSize(12);
    }
    assertNothingWrong(page);
  }

  private static final Pattern FORMULA = Pattern.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r]");

  /// The cells of a CSV file as spreadsheets read them: a quote only opens a cell at its start.
  private static List<String> cells(String csv, char separator) {
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    boolean quoted = false;
    boolean fresh = true;
    for (int i = 0; i < csv.length(); i++) {
      char c = csv.charAt(i);
      if (quoted && c == '"' && i + 1 < csv.length() && csv.charAt(i + 1) == '"') {
        cell.append(csv.charAt(++i));
      } else if (quoted && c == '"') {
        quoted = false;
      } else if (!quoted && fresh && c == '"') {
        quoted = true;
        fresh = false;
      } else if (!quoted && (c == separator || c == '\n' || c == '\r')) {
        if (c != '\r' || i + 1 >= csv.length() || csv.charAt(i + 1) != '\n') {
          cells.add(cell.toString());
          cell.setLength(0);
          fresh = true;
        }
      } else {
        cell.append(c);
        fresh = false;
      }
    }
    return cells;
  }

  /// Walks, inside the page, over everything of one kind, looking for what acts after each step,
  /// and tells how many it saw.
  private static Object walked(Page page, String kind, Object... arguments) {
    return page.evaluate(
        "([kind, ...rest]) => window.__walk[kind](...rest)",
        Stream.concat(Stream.of((Object) kind), Stream.of(arguments)).toList());
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
    assertThat(in(page, "/lib/fields.js", "m.own({}, 'constructor')")).isNull();
    assertThat(in(page, "/lib/export.js", "m.csvCell('=1+1')")).isEqualTo("'=1+1");
    assertThat(in(page, "/lib/export.js", "m.csvCell('a\"b,c')")).isEqualTo("\"a\"\"b,c\"");
    assertThat(in(page, "/lib/export.js", "m.csvCell('x; +y;=1')")).isEqualTo("\"x; +y;'=1\"");
  }

  @Test
  void anAlertShowsWhatWasCountedForIt() {
    var page = signedIn(ordinary(), 800, 600, ColorScheme.LIGHT);
    String lines =
        """
        m.rawLines({entity: {value: '10.0.0.7'}},
          [{event_id: '1-2', time_ms: 2, original: 'b 10.0.0.7', source_ip: '10.0.0.7', evidence: []},
           {event_id: '1-9', time_ms: 9, original: 'attack', source_ip: '', evidence: [{field: 'event.original', value: 'attack', start: 1, end: 4}]}],
          [{id: '1-9', time_ms: 9, original: 'attack', source_ip: ''},
           {id: '1-3', time_ms: 3, original: 'nobody', source_ip: ''},
           {id: '1-2', time_ms: 2, original: 'b 10.0.0.7', source_ip: '10.0.0.7'},
           {id: '1-1', time_ms: 1, original: '10.0.0.7 a', source_ip: '10.0.0.7'}])
        .map(line => [line.id, line.text.slice(line.start, line.end)].join()).join(' ')\
        """;
    assertThat(in(page, "/views/alert-panel.js", lines))
        .isEqualTo("1-9,tta 1-3, 1-2,10.0.0.7 1-1,10.0.0.7");
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
      boolean refusal = message.text().contains("the server responded with a status of 4");
      if ((message.type().equals("error") && !(refusal && refusalsExpected))
          || message.type().equals("warning")) {
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
    assertThat(page.evaluate("(" + ACTIVE + ")(document)")).as(where).isEqualTo(List.of());
  }

  private void assertNothingWrong(Page page) {
    assertThat(page.evaluate("() => window.__refused")).as("policy").isEqualTo(List.of());
    assertThat(page.evaluate("() => window.__xss")).isNull();
    assertThat(complaints).isEmpty();
  }
}
