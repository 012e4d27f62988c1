/** The frame: who is signed in, which page is shown, the time range, and the connection. */
import { html, nothing } from 'lit';
import { Element } from './element.js';
import './time-range.js';
import './toast.js';
import './help.js';
import './palette.js';
import './health.js';
import './entity-panel.js';
import '../views/login.js';
import '../views/overview.js';
import '../views/alerts.js';
import '../views/events.js';
import '../views/rules.js';
import { toast } from './toast.js';
import { Resource } from '../lib/resource.js';
import { api } from '../lib/api.js';
import { live } from '../lib/live.js';
import { bind, chooseLetters, lettersOn } from '../lib/keyboard.js';
import { go, href, hrefWith, parse, set, watch } from '../lib/router.js';
import { rangeOf } from '../lib/time.js';
import { icon } from '../lib/icons.js';
import { chooseTheme, theme } from '../lib/theme.js';

/** The pages that exist, in the order of the rail. */
const PAGES = [
  { page: 'overview', label: 'Overview', key: 'g o' },
  { page: 'alerts', label: 'Alerts', key: 'g a' },
  { page: 'events', label: 'Events', key: 'g e' },
  { page: 'rules', label: 'Rules', key: 'g r' },
];

/** How often relative ranges move on and figures are asked for again. */
const TICK_MS = 30_000;
const TICK_LIVE_MS = 5_000;
const COUNT_PAUSE_MS = 1_000;

export class App extends Element {
  static properties = {
    session: { state: true },
    route: { state: true },
    range: { state: true },
    now: { state: true },
    narrow: { state: true },
  };

  constructor() {
    super();
    /** `null` while it is not known who this is. @type {import('../lib/api.js').Session | null} */
    this.session = null;
    this.route = parse(location.hash);
    this.now = Date.now();
    this.range = rangeOf(this.route.params, this.now);
    this.narrow = localStorage.getItem('vedette-rail') === 'narrow';
    this.ticked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    /** What had the focus before a panel opened. @type {unknown} */
    this.returnTo = null;
    /** How many alerts are open, for the rail; any range tells it. */
    this.open = new Resource(this, async (_, signal) => (await api.stats({ fromMs: Date.now() - 60_000, toMs: Date.now() }, signal)).open_alerts);
  }

  connectedCallback() {
    super.connectedCallback();
    this.during(() => watch((route) => this.routed(route)));
    this.during(() => {
      const timer = setInterval(() => this.tick(), TICK_LIVE_MS);
      return () => clearInterval(timer);
    });
    this.listen(this, 'vedette-command', (event) => this.command(event.detail));
    this.listen(window, 'vedette-unauthorized', () => this.signedOut());
    this.listen(live, 'state', () => this.requestUpdate());
    this.listen(live, 'alerts', () => this.countSoon());
    this.during(() => () => clearTimeout(this.soon));
    this.listen(document, 'click', (event) => void this.copy(event));
    this.during(() => bind(this.keys()));
    void this.enter();
  }

  willUpdate() {
    // Not at every step from row to row, which changes the address each time.
    if (this.session?.known) this.open.want({ at: Math.floor(this.now / TICK_LIVE_MS) });
  }

  /** Counts the open alerts again after a change, once for many changes. */
  countSoon() {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      void this.open.refresh();
    }, COUNT_PAUSE_MS);
  }

  /** @param {import('../lib/router.js').Route} route */
  routed(route) {
    const moved = route.page !== this.route.page;
    this.movePanelFocus(panels(this.route), panels(route));
    this.route = route;
    this.now = Date.now();
    this.range = rangeOf(route.params, this.now);
    const page = PAGES.find(({ page }) => page === route.page);
    document.title = page ? `${page.label} · Vedette` : 'Vedette';
    if (moved) window.scrollTo(0, 0);
  }

  /** An opened panel takes the focus and gives it back when it closes. @param {number} before @param {number} after */
  movePanelFocus(before, after) {
    if (after > before) {
      this.returnTo = document.activeElement;
      setTimeout(() => {
        const panel = /** @type {HTMLElement | undefined} */ ([...this.querySelectorAll('.panel')].at(-1));
        if (panel && !panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
      }, 0);
    } else if (after < before) {
      const back = /** @type {HTMLElement | null} */ (this.querySelector('[data-cursor] a') ?? this.returnTo);
      if (back?.isConnected) back.focus({ preventScroll: true });
    }
  }

  tick() {
    const now = Date.now();
    if (document.hidden || now - this.ticked < (this.range.key === 'live' ? TICK_LIVE_MS : TICK_MS)) return;
    this.ticked = now;
    this.now = now;
    if (this.range.moving) this.range = rangeOf(this.route.params, now);
  }

  async enter() {
    try {
      this.session = await api.session();
    } catch (error) {
      this.session = { known: false, user: '', failure: /** @type {any} */ (error) };
    }
    if (this.session.known) live.start();
  }

  signedOut() {
    if (this.session?.known) {
      live.stop();
      this.session = { known: false, user: '', failure: null, expired: true };
    }
  }

  /** @returns {import('../lib/keyboard.js').Binding[]} */
  keys() {
    const group = 'Everywhere';
    const inside = (/** @type {() => void} */ run) => () => {
      if (this.session?.known) run();
    };
    return [
      { keys: '?', does: 'show the keys', group, run: inside(() => this.help()) },
      { keys: '/', does: 'search', group, run: inside(() => this.palette()) },
      { keys: 'Ctrl+k', does: 'commands', group, always: true, run: inside(() => this.palette()) },
      { keys: 'Escape', does: 'close the panel', group, run: inside(() => this.escape()) },
      { keys: 't', does: 'change the theme', group, run: inside(() => this.nextTheme()) },
      { keys: 'z', does: 'UTC or local time', group, run: inside(() => set({ tz: this.zone === 'utc' ? null : 'utc' })) },
      ...PAGES.map(({ page, label, key }) => ({ keys: key, does: label, group: 'Go to', run: inside(() => go(href(page))) })),
    ];
  }

  escape() {
    if (this.route.params.has('entity')) set({ entity: null });
    else if (this.route.params.has('open')) set({ open: null });
  }

  help() {
    /** @type {import('./help.js').Help} */ (this.querySelector('vedette-help')).open();
  }

  palette(text = '') {
    /** @type {import('./palette.js').Palette} */ (this.querySelector('vedette-palette')).open(text);
  }

  nextTheme() {
    chooseTheme(theme() === 'dark' ? 'light' : 'dark');
    this.requestUpdate();
  }

  /** @param {{what: string, value: string}} command */
  command({ what, value }) {
    if (what === 'theme') {
      chooseTheme(value);
      this.requestUpdate();
    } else if (what === 'help') this.help();
    else if (what === 'sign-out') void this.signOut();
    else if (what === 'copy-link') void this.clip(location.href, 'Link copied');
   
  }

  async signOut() {
    try {
      await api.signOut();
    } catch (error) {
      toast(`Signing out failed: ${/** @type {Error} */ (error).message}`, { bad: true });
      return;
    }
    live.stop();
    this.session = { known: false, user: '', failure: null };
  }

  /** Any element with `data-copy` copies its `copyText`: a property, so that what is copied never stands in the document. @param {MouseEvent} event */
  async copy(event) {
    const source = event.target instanceof Element_ ? event.target.closest('[data-copy]') : null;
    if (source instanceof HTMLElement) await this.clip(/** @type {any} */ (source).copyText, 'Copied');
  }

  /** @param {string} text @param {string} done */
  async clip(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      toast(done);
    } catch {
      toast('The browser did not allow copying.', { bad: true });
    }
  }

  /** @returns {import('../lib/format.js').Zone} */
  get zone() {
    return this.route.params.get('tz') === 'utc' ? 'utc' : 'local';
  }

  updated() {
    if (this.session !== null) document.querySelector('.shell')?.remove();
  }

  render() {
    if (this.session === null) return html`<p class="unseen" role="status">Loading</p>`;
    if (!this.session.known) return html`<vedette-login .session=${this.session} @vedette-signed-in=${this.enter}></vedette-login>`;
    const entity = this.route.params.get('entity');
    return html`
      <a class="skip" href="#main" @click=${this.skip}>Skip to content</a>
      <div class="frame ${this.narrow ? 'frame-narrow' : ''}">
        ${this.rail()}
        <header class="topbar">
          <vedette-time-range .range=${this.range} zone=${this.zone}></vedette-time-range>
          <button class="search-button" @click=${() => this.palette()} aria-label="Search and commands">${icon('search')}<span>Search events, alerts, entities</span><kbd>/</kbd></button>
          <vedette-health .now=${this.now} .zone=${this.zone}></vedette-health>
          ${this.menu()}
        </header>
        ${this.banner()}
        <main id="main" tabindex="-1">${this.page()}</main>
      </div>
      ${entity ? html`<vedette-entity-panel .entity=${entity} .range=${this.range} .now=${this.now} zone=${this.zone}></vedette-entity-panel>` : nothing}
      <vedette-palette .pages=${PAGES}></vedette-palette>
      <vedette-help></vedette-help>
      <vedette-toast></vedette-toast>`;
  }

  rail() {
    return html`<nav class="rail" aria-label="Pages">
      <a class="brand" href=${href('overview')}><img src="/favicon.svg" alt="" width="24" height="24"><span>Vedette</span></a>
      <ul>${PAGES.map(
        ({ page, label, key }) => html`<li><a href=${href(page)} aria-current=${this.route.page === page ? 'page' : nothing} title=${`${label} (${key})`}>${icon(/** @type {any} */ (page))}<span>${label}</span>${page === 'alerts' && this.open.value ? html`<b class="count" aria-label=${`${this.open.value} open`}>${this.open.value > 999 ? '999+' : this.open.value}</b>` : nothing}</a></li>`,
      )}</ul>
      <button class="rail-toggle" @click=${this.toggleRail} aria-label=${this.narrow ? 'Show the words' : 'Only icons'} title=${this.narrow ? 'Show the words' : 'Only icons'}>${icon('rail')}</button>
    </nav>`;
  }

  menu() {
    const chosen = localStorage.getItem('vedette-theme') ?? 'auto';
    return html`
      <button class="icon-button" popovertarget="menu" aria-label="Settings and session">${icon('user')}</button>
      <div id="menu" class="popover menu" popover>
        <p class="menu-who">${this.session?.user || 'Signed in'}</p>
        <div class="menu-row" role="group" aria-label="Theme">${['auto', 'light', 'dark'].map(
          (name) => html`<button aria-pressed=${chosen === name ? 'true' : 'false'} @click=${() => this.command({ what: 'theme', value: name })}>${icon(name === 'auto' ? 'auto' : name === 'light' ? 'sun' : 'moon')} ${name}</button>`,
        )}</div>
        <div class="menu-row" role="group" aria-label="Time zone">
          <a href=${hrefWith({ tz: null })} aria-current=${this.zone === 'local' ? 'true' : 'false'}>my zone</a>
          <a href=${hrefWith({ tz: 'utc' })} aria-current=${this.zone === 'utc' ? 'true' : 'false'}>UTC</a>
        </div>
        <div class="menu-row" role="group" aria-label="Single-letter keys">${[true, false].map(
          (on) => html`<button aria-pressed=${lettersOn() === on ? 'true' : 'false'} @click=${() => { chooseLetters(on); this.requestUpdate(); }}>letter keys ${on ? 'on' : 'off'}</button>`,
        )}</div>
        <button class="menu-item" @click=${() => this.help()}>${icon('help')} Keys <kbd>?</kbd></button>
        <a class="menu-item" href="/docs">${icon('rules')} API documentation</a>
        <button class="menu-item" @click=${this.signOut}>${icon('user')} Sign out</button>
      </div>`;
  }

  banner() {
    if (live.state !== 'lost') return nothing;
    return html`<p class="banner" role="status">The connection to the server is lost; what you see may be old. Trying again${live.retryMs > 0 ? html` in ${Math.ceil(live.retryMs / 1000)} s` : ''}. <button class="button" @click=${() => live.retry()}>Try now</button></p>`;
  }

  page() {
    const shared = { route: this.route, range: this.range, now: this.now, zone: this.zone };
    switch (this.route.page) {
      case 'overview':
        return html`<vedette-overview .context=${shared}></vedette-overview>`;
      case 'alerts':
        return html`<vedette-alerts .context=${shared}></vedette-alerts>`;
      case 'events':
        return html`<vedette-events .context=${shared}></vedette-events>`;
      case 'rules':
        return html`<vedette-rules .context=${shared}></vedette-rules>`;
      default:
        return html`<section class="page"><h1>There is no such page</h1><p>The link may be from another version. <a href=${href('overview')}>Go to the overview</a>.</p></section>`;
    }
  }

  /** @param {Event} event */
  skip(event) {
    event.preventDefault();
    /** @type {HTMLElement} */ (this.querySelector('#main')).focus();
  }

  toggleRail() {
    this.narrow = !this.narrow;
    localStorage.setItem('vedette-rail', this.narrow ? 'narrow' : 'wide');
  }
}

/** How many panels a route shows. @param {import('../lib/router.js').Route} route */
const panels = ({ params }) => Number(params.has('open')) + Number(params.has('entity'));

/** The platform's element class; ours has taken the name in this module. */
const Element_ = window.Element;

customElements.define('vedette-app', App);
