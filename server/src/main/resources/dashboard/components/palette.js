/**
 * The command palette (Ctrl-K, `/`): pages, ranges, and settings by name; entities, alerts, and
 * events by what is typed.
 */
import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Element } from './element.js';
import { icon } from '../lib/icons.js';
import { sentence, severityMark } from './marks.js';
import { go, href, hrefWith, set } from '../lib/router.js';
import { RANGES, rangeParams } from '../lib/time.js';
import { quoted } from '../lib/query.js';
import { api } from '../lib/api.js';

const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]*:[0-9a-f:.]+$/i;
const WAIT_MS = 120;

/** @typedef {{name: string, hint?: string, severity?: string, icon: any, run: () => void}} Entry */

export class Palette extends Element {
  static properties = { text: { state: true }, chosen: { state: true }, alerts: { state: true }, pages: { attribute: false } };

  constructor() {
    super();
    this.text = '';
    this.chosen = 0;
    /** @type {import('../lib/api.js').Alert[]} */
    this.alerts = [];
    /** @type {{page: string, label: string}[]} */
    this.pages = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string} [text] */
  open(text = '') {
    this.text = text;
    this.chosen = 0;
    this.alerts = [];
    const dialog = /** @type {HTMLDialogElement} */ (this.querySelector('dialog'));
    if (!dialog.open) dialog.showModal();
    this.look();
  }

  close() {
    /** @type {HTMLDialogElement} */ (this.querySelector('dialog')).close();
  }

  /** @returns {Entry[]} */
  entries() {
    const text = this.text.trim();
    /** @type {Entry[]} */
    const found = [];
    if (text !== '') {
      if (ADDRESS.test(text)) found.push({ name: `Open the story of ${text}`, hint: 'entity', icon: icon('user'), run: () => go(hrefWith({ entity: `ip:${text}` })) });
      const isExpression = /[:<>=]/.test(text);
      found.push({ name: `Search events for ${text}`, hint: 'events', icon: icon('search'), run: () => go(href('events', { q: isExpression ? text : quoted(text) })) });
      found.push({ name: `Search alerts for ${text}`, hint: 'alerts', icon: icon('alerts'), run: () => go(href('alerts', { text, status: 'any' })) });
      for (const alert of this.alerts) {
        found.push({ name: `${alert.title}: ${alert.entity.value}`, hint: alert.id, severity: alert.severity, icon: '', run: () => go(href('alerts', { open: alert.id, status: 'any' })) });
      }
    }
    const words = text.toLowerCase().split(/\s+/);
    const fits = (/** @type {Entry} */ entry) => words.every((word) => entry.name.toLowerCase().includes(word));
    return [...found, ...this.commands().filter(fits)].slice(0, 14);
  }

  /** @returns {Entry[]} */
  commands() {
    return [
      ...this.pages.map(({ page, label }) => ({ name: `Go to ${label}`, hint: 'page', icon: icon(/** @type {any} */ (page)), run: () => go(href(page)) })),
      ...RANGES.map(({ key, label }) => ({ name: key === 'live' ? 'Show live' : `Show the last ${label}`, hint: 'time', icon: icon('clock'), run: () => set(rangeParams(key)) })),
      ...['auto', 'light', 'dark'].map((theme) => ({ name: `Theme: ${theme}`, hint: 'setting', icon: icon('moon'), run: () => this.ask('theme', theme) })),
      { name: 'Times in UTC', hint: 'setting', icon: icon('clock'), run: () => set({ tz: 'utc' }) },
      { name: 'Times in my zone', hint: 'setting', icon: icon('clock'), run: () => set({ tz: null }) },
      { name: 'Copy a link to this view', hint: 'action', icon: icon('link'), run: () => this.ask('copy-link', '') },
      { name: 'Keys', hint: 'help', icon: icon('help'), run: () => this.ask('help', '') },
      { name: 'Sign out', hint: 'session', icon: icon('user'), run: () => this.ask('sign-out', '') },
    ];
  }

  /** @param {string} what @param {string} value */
  ask(what, value) {
    this.dispatchEvent(new CustomEvent('vedette-command', { bubbles: true, detail: { what, value } }));
  }

  render() {
    const entries = this.entries();
    const chosen = Math.min(this.chosen, entries.length - 1);
    return html`<dialog class="palette" aria-label="Search and commands" @click=${this.outside}>
      <div class="palette-box">
        <label class="palette-field">${icon('search')}<span class="unseen">Search or command</span>
          <input type="text" autocomplete="off" spellcheck="false" placeholder="Search events, alerts, entities, or a command" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${`palette-${chosen}`} .value=${this.text} @input=${this.typed} @keydown=${(/** @type {KeyboardEvent} */ event) => this.key(event, entries, chosen)}>
          <kbd>Esc</kbd>
        </label>
        <ul id="palette-list" role="listbox" aria-label="Results">${repeat(
          entries,
          (entry, i) => `${i}${entry.name}`,
          (entry, i) => html`<li id=${`palette-${i}`} role="option" aria-selected=${i === chosen ? 'true' : 'false'} @click=${() => this.run(entry)} @pointermove=${() => { this.chosen = i; }}>
            ${entry.severity ? severityMark(entry.severity, { quiet: true }) : entry.icon}${sentence(entry.name, 90)}<span class="muted">${entry.hint}</span></li>`,
        )}</ul>
        ${entries.length === 0 ? html`<p class="muted palette-none">Nothing by that name.</p>` : ''}
      </div>
    </dialog>`;
  }

  /** @param {MouseEvent} event */
  outside(event) {
    if (event.target instanceof HTMLDialogElement) this.close();
  }

  /** @param {InputEvent} event */
  typed(event) {
    this.text = /** @type {HTMLInputElement} */ (event.target).value;
    this.chosen = 0;
    this.look();
  }

  /** Asks for alerts that the text names, once typing pauses. */
  look() {
    clearTimeout(this.timer);
    const text = this.text.trim();
    if (text.length < 2) {
      this.alerts = [];
      return;
    }
    this.timer = setTimeout(async () => {
      try {
        const { alerts } = await api.alerts({ text, limit: 5, range: null });
        if (this.text.trim() === text) this.alerts = alerts;
      } catch {
        this.alerts = []; // The palette still searches; the page itself tells that the server is away.
      }
    }, WAIT_MS);
  }

  /** @param {KeyboardEvent} event @param {Entry[]} entries @param {number} chosen */
  key(event, entries, chosen) {
    const step = event.key === 'ArrowDown' || (event.ctrlKey && event.key === 'n') ? 1 : event.key === 'ArrowUp' || (event.ctrlKey && event.key === 'p') ? -1 : 0;
    if (step) {
      event.preventDefault();
      this.chosen = (chosen + step + entries.length) % Math.max(1, entries.length);
      void this.updateComplete.then(() => this.querySelector(`#palette-${this.chosen}`)?.scrollIntoView({ block: 'nearest' }));
    } else if (event.key === 'Enter' && entries[chosen]) {
      event.preventDefault();
      this.run(entries[chosen]);
    }
  }

  /** @param {Entry} entry */
  run(entry) {
    this.close();
    entry.run();
  }
}

customElements.define('vedette-palette', Palette);
