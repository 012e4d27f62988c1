/** Rules: what is looked for, how often each fired, and what it says about itself. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Element } from '../components/element.js';
import { focusCursor, panel } from '../components/panel.js';
import { failure, inert, sentence, severityMark, skeleton, techniqueMark } from '../components/marks.js';
import { Resource } from '../lib/resource.js';
import { api } from '../lib/api.js';
import { bind } from '../lib/keyboard.js';
import { href, hrefWith, set } from '../lib/router.js';
import { count, moment, short, some, title } from '../lib/format.js';
import { rangeWords } from '../lib/time.js';
import { severityRank } from '../lib/severity.js';
import { icon } from '../lib/icons.js';
import { middle, visible } from '../lib/text.js';

const TYPING_MS = 120;

/**
 * The rules that a text names, those that fired most first. Pure.
 * @param {import('../lib/api.js').Rule[]} rules
 * @param {Map<string, number>} fired
 * @param {string} text
 */
export function listed(rules, fired, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const told = (/** @type {import('../lib/api.js').Rule} */ rule) => [rule.title, rule.id, rule.class, rule.severity, rule.file, ...rule.techniques].join(' ').toLowerCase();
  return rules
    .filter((rule) => words.every((word) => told(rule).includes(word)))
    .sort((a, b) => (fired.get(b.id) ?? 0) - (fired.get(a.id) ?? 0) || severityRank(b.severity) - severityRank(a.severity) || a.title.localeCompare(b.title));
}

/** @type {Record<string, string>} */
const SPOKEN = { 'source.ip': 'the source', 'user.name': 'the user', 'host.hostname': 'the host', 'url.path': 'the path' };

/** Advice without an alert to fill its places: `block {source.ip}` as `block the source`. Pure. @param {string} advice */
export const spoken = (advice) => advice.replace(/\{([a-z_.]{1,64})\}/g, (_, field) => (Object.hasOwn(SPOKEN, field) ? SPOKEN[field] : field));

export class Rules extends Element {
  static properties = { context: { attribute: false }, cursor: { state: true } };

  constructor() {
    super();
    /** @type {import('./overview.js').Context | null} */
    this.context = null;
    this.cursor = '';
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.typing = undefined;
    this.rules = new Resource(this, (_, signal) => api.rules(signal));
    this.fired = new Resource(this, async ({ range }, signal) => new Map((await api.top('rule', range, 1_000, signal)).map((one) => [one.value, one.detections])));
  }

  connectedCallback() {
    super.connectedCallback();
    const group = 'Rules';
    this.during(() => bind([
      { keys: 'j, ArrowDown', does: 'next rule', group, run: () => this.step(1) },
      { keys: 'k, ArrowUp', does: 'previous rule', group, run: () => this.step(-1) },
      { keys: 'Enter, o', does: 'open', group, run: () => this.cursor && set({ open: this.cursor }) },
    ]));
  }

  willUpdate() {
    if (!this.context) return;
    this.rules.want({});
    this.fired.want({ range: this.context.range });
  }

  get text() {
    return this.context?.route.params.get('text') ?? '';
  }

  get shown() {
    return listed(this.rules.value ?? [], this.fired.value ?? new Map(), this.text);
  }

  /** @param {number} by */
  step(by) {
    const shown = this.shown;
    if (shown.length === 0) return;
    const at = shown.findIndex((rule) => rule.id === this.cursor);
    this.cursor = shown[at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by))].id;
    if (this.context?.route.params.has('open')) set({ open: this.cursor }, { replace: true });
    void this.updateComplete.then(() => {
      this.querySelector('.rule-row[data-cursor]')?.scrollIntoView({ block: 'nearest' });
      if (!this.context?.route.params.has('open')) focusCursor(this);
    });
  }

  render() {
    if (!this.context) return nothing;
    const { range, zone } = this.context;
    const { value, error } = this.rules;
    const fired = this.fired.value ?? new Map();
    const shown = this.shown;
    const openId = this.context.route.params.get('open') ?? '';
    const words = rangeWords(range, (timeMs) => moment(timeMs, zone));
    return html`
      <section class="page rules ${openId ? 'with-panel' : ''}">
        <h1 class="answer">${value ? `${some(value.length, 'rule')} on watch; ${fired.size === 0 ? 'none' : count(fired.size)} fired in ${words}.` : 'Rules'}</h1>
        <div class="tools"><label class="field">${icon('search')}<span class="unseen">Filter rules</span><input type="search" placeholder="Filter by title, class, technique, file" .value=${this.text} @input=${this.typed}></label><span class="muted">${value && this.text ? some(shown.length, 'rule') : nothing}</span></div>
        ${value === null ? (error ? failure(error, () => this.rules.refresh()) : skeleton(12)) : shown.length === 0 ? html`<p class="empty big">${value.length === 0 ? 'No rules are loaded. Rules are Sigma files in the rules folder.' : 'No rule by that name.'}</p>`
        : html`<div class="rule-table" role="table" aria-label="Rules">
          <div class="rule-head" role="row"><span role="columnheader"><span class="unseen">Severity</span></span><span role="columnheader">Rule</span><span role="columnheader" class="r-class">Class</span><span role="columnheader" class="r-source">Looks at</span><span role="columnheader" class="r-techniques">Techniques</span><span role="columnheader" class="number">Fired</span></div>
          ${repeat(shown, (rule) => rule.id, (rule) => html`<div class="rule-row" role="row" ?data-cursor=${rule.id === this.cursor} ?data-open=${rule.id === openId} @click=${(/** @type {MouseEvent} */ event) => this.clicked(event, rule.id)}>
            <span role="cell">${severityMark(rule.severity, { quiet: true })}</span>
            <span role="cell" class="r-title"><a href=${hrefWith({ open: rule.id })}>${sentence(rule.title, 160)}</a></span>
            <span role="cell" class="r-class">${title(rule.class)}</span>
            <span role="cell" class="r-source muted">${logSource(rule)}</span>
            <span role="cell" class="r-techniques">${rule.techniques.slice(0, 2).map(techniqueMark)}</span>
            <span role="cell" class="number">${fired.has(rule.id) ? short(fired.get(rule.id) ?? 0) : html`<span class="muted">0</span>`}</span>
          </div>`)}
        </div>`}
      </section>
      ${openId ? this.opened(value?.find((rule) => rule.id === openId) ?? null, openId) : nothing}`;
  }

  /** @param {MouseEvent} event @param {string} id */
  clicked(event, id) {
    this.cursor = id;
    if (!(/** @type {HTMLElement} */ (event.target).closest('a'))) set({ open: id });
  }

  /** @param {InputEvent} event */
  typed(event) {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    clearTimeout(this.typing);
    this.typing = setTimeout(() => set({ text: value }, { replace: true }), TYPING_MS);
  }

  /** @param {import('../lib/api.js').Rule | null} rule @param {string} id */
  opened(rule, id) {
    if (rule === null) {
      return panel({ label: 'Rule', parameter: 'open', heading: html`<div class="panel-title"><h2>${inert(id, { max: 60 })}</h2></div>`, body: this.rules.loading ? skeleton(6) : html`<p class="empty">This rule is no longer loaded.</p>` });
    }
    const number = this.fired.value?.get(rule.id) ?? 0;
    return panel({
      label: `Rule ${visible(middle(rule.title, 120))}`,
      parameter: 'open',
      heading: html`<div class="panel-title"><p class="muted">${title(rule.kind)} rule</p><h2>${severityMark(rule.severity)} ${sentence(rule.title, 200)}</h2></div>`,
      body: html`
        <p class="story">${sentence(rule.description || 'This rule has no description.', 2_000)}</p>
        <p class="panel-actions"><a class="button" href=${href('alerts', { text: rule.title, status: 'any' })}>${icon('alerts')} Its alerts</a><span class="muted">${some(number, 'detection')} in this time range</span></p>
        <p class="why-marks"><span class="chip">${title(rule.class)}</span>${rule.techniques.map(techniqueMark)}</p>
        <dl class="facts"><div><dt>Looks at</dt><dd>${logSource(rule)}</dd></div><div><dt>File</dt><dd>${inert(rule.file, { max: 80 })}</dd></div><div><dt>Id</dt><dd>${inert(rule.id, { max: 60 })} <button class="icon-button" data-copy .copyText=${rule.id} aria-label="Copy the id" title="Copy">${icon('copy')}</button></dd></div></dl>
        ${rule.advice ? html`<section><h3>What to do when it fires</h3><p>${sentence(spoken(rule.advice), 2_000)}</p></section>` : nothing}
        ${rule.false_positives.length > 0 ? html`<section><h3>When it may be harmless</h3><ul class="plain">${rule.false_positives.map((text) => html`<li>${sentence(text, 400)}</li>`)}</ul></section>` : nothing}
        ${rule.references.length > 0 ? html`<section><h3>References</h3><ul class="plain">${rule.references.map((text) => html`<li>${inert(text, { max: 200 })} <button class="icon-button" data-copy .copyText=${text} aria-label="Copy the reference" title="Copy">${icon('copy')}</button></li>`)}</ul></section>` : nothing}`,
    });
  }
}

/** @param {import('../lib/api.js').Rule} rule */
const logSource = ({ log_source: { category, product, service } }) => [product, service, category].filter(Boolean).join(' / ') || 'everything';

customElements.define('vedette-rules', Rules);
