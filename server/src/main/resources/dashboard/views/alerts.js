/** Alerts: what people triage. A list by rule and entity, facets at the left, the open alert at the right. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Element } from '../components/element.js';
import './alert-panel.js';
import { entityLink, failure, sentence, severityMark, skeleton, statusMark, when } from '../components/marks.js';
import { toast } from '../components/toast.js';
import { Resource } from '../lib/resource.js';
import { styled } from '../lib/styled.js';
import { api } from '../lib/api.js';
import { live } from '../lib/live.js';
import { bind } from '../lib/keyboard.js';
import { go, href, hrefWith, set } from '../lib/router.js';
import { ago, count, exact, moment, short, some, title } from '../lib/format.js';
import { rangeOf, rangeParams, rangeWords } from '../lib/time.js';
import { icon } from '../lib/icons.js';
import { focusCursor } from '../components/panel.js';
import { STATUS_CHOICES, alertsHeadline, besides, doneWords, facets, filtersOf, fits, grouped, hasStatus, lifespan, sorted } from './alerts-shape.js';

const PAGE = 200;
const TYPING_MS = 250;

/** @typedef {import('../lib/api.js').Alert} Alert */

export class Alerts extends Element {
  static properties = {
    context: { attribute: false },
    cursor: { state: true },
    chosen: { state: true },
    arrived: { state: true },
    acting: { state: true },
    reasonFor: { state: true },
  };

  constructor() {
    super();
    /** @type {import('./overview.js').Context | null} */
    this.context = null;
    /** The alert that the keys act on. */
    this.cursor = '';
    /** Alerts ticked for a bulk action. @type {Set<string>} */
    this.chosen = new Set();
    /** Ids of alerts that opened since the list was loaded and wait to be shown. @type {Set<string>} */
    this.arrived = new Set();
    this.acting = false;
    /** The alert whose panel is to ask why it is a false positive. */
    this.reasonFor = '';
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.typing = undefined;
    this.list = new Resource(this, async ({ filters, offset }, signal) => {
      const answer = await api.alerts({ ...filters, range: this.span(), limit: PAGE, offset }, signal);
      this.arrived = new Set();
      return answer;
    });
    this.facets = new Resource(this, async ({ filters }, signal) => {
      const answer = await api.alerts({ status: filters.status, text: filters.text, range: this.span(), limit: 500 }, signal);
      return { ...facets(answer.alerts), more: answer.more };
    });
    this.stats = new Resource(this, (_, signal) => api.stats(this.span(), signal));
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(live, 'alerts', ({ detail }) => this.heard(detail.opened, detail.changed));
    this.listen(live, 'reset', () => this.reload());
    this.during(() => bind(this.keys()));
  }

  /** The range's ends now: a list is loaded when it is asked for, not each time the clock ticks. */
  span() {
    return this.context ? rangeOf(this.context.route.params, Date.now()) : { fromMs: 0, toMs: 0 };
  }

  get filters() {
    return filtersOf(this.context?.route.params ?? new URLSearchParams());
  }

  get openId() {
    return this.context?.route.params.get('open') ?? '';
  }

  /** The alerts in the order shown. @returns {Alert[]} */
  get shown() {
    const filters = this.filters;
    return grouped(sorted(this.list.value?.alerts ?? [], filters.sort), filters.group).flatMap((group) => group.alerts);
  }

  willUpdate() {
    if (!this.context) return;
    const { range } = this.context;
    const when = range.moving ? range.key : [range.fromMs, range.toMs];
    const { group: _group, sort: _sort, ...filters } = this.filters;
    this.list.want({ when, filters });
    this.facets.want({ when, filters: { status: filters.status, text: filters.text } });
    this.stats.want({ when });
    if (this.openId) this.cursor = this.openId;
  }

  reload() {
    void this.list.refresh();
    void this.facets.refresh();
    void this.stats.refresh();
  }

  /** @param {Alert[]} opened @param {Alert[]} changed */
  heard(opened, changed) {
    const now = new Map([...opened, ...changed].map((alert) => [alert.id, alert]));
    const known = new Set((this.list.value?.alerts ?? []).map((alert) => alert.id));
    this.list.patch((value) => ({ ...value, alerts: value.alerts.map((alert) => now.get(alert.id) ?? alert) }));
    if (!this.context?.range.moving) return;
    const fresh = [...now.values()].filter((alert) => !known.has(alert.id) && fits(alert, this.filters)).map((alert) => alert.id);
    if (fresh.length > 0) this.arrived = new Set([...this.arrived, ...fresh]);
  }

  /** @returns {import('../lib/keyboard.js').Binding[]} */
  keys() {
    const group = 'Alerts';
    const mark = (/** @type {string} */ status) => () => void this.mark(this.targets(), status);
    return [
      { keys: 'j, ArrowDown', does: 'next alert', group, run: () => this.step(1) },
      { keys: 'k, ArrowUp', does: 'previous alert', group, run: () => this.step(-1) },
      { keys: 'Enter, o', does: 'open', group, run: () => this.cursor && set({ open: this.cursor }) },
      { keys: 'x', does: 'select', group, run: () => this.cursor && this.choose(this.cursor) },
      { keys: 'a', does: 'acknowledge', group, run: mark('acknowledged') },
      { keys: 'i', does: 'in progress', group, run: mark('in_progress') },
      { keys: 'e', does: 'resolve', group, run: mark('resolved') },
      { keys: 'f', does: 'false positive, with a reason', group, run: () => this.falsePositive() },
      { keys: 'u', does: 'reopen', group, run: mark('new') },
      { keys: 'n', does: 'show new alerts', group, run: () => this.reload() },
    ];
  }

  /** What an action is about: the ticked alerts, else the one under the cursor. */
  targets() {
    return this.chosen.size > 0 ? [...this.chosen] : this.cursor ? [this.cursor] : [];
  }

  /** @param {number} by */
  step(by) {
    const shown = this.shown;
    if (shown.length === 0) return;
    const at = shown.findIndex((alert) => alert.id === this.cursor);
    const next = shown[at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by))];
    this.cursor = next.id;
    if (this.openId) set({ open: next.id }, { replace: true });
    void this.updateComplete.then(() => {
      this.querySelector('.alert-row[data-cursor]')?.scrollIntoView({ block: 'nearest' });
      if (!this.openId) focusCursor(this);
    });
  }

  /** @param {string} id */
  choose(id) {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.chosen = chosen;
  }

  falsePositive() {
    const [first] = this.targets();
    if (!first) return;
    this.reasonFor = first;
    if (this.openId !== first) set({ open: first });
  }

  /** @param {string[]} ids @param {string} status @param {string} [note] */
  async mark(ids, status, note) {
    if (ids.length === 0 || this.acting) return;
    this.acting = true;
    const before = new Map((this.list.value?.alerts ?? []).filter((alert) => ids.includes(alert.id)).map((alert) => [alert.id, alert.status]));
    const shown = this.shown;
    const at = shown.findIndex((alert) => ids.includes(alert.id));
    /** @type {Alert[]} */
    const done = [];
    try {
      for (const id of ids) done.push(await api.setStatus(id, status, note));
    } catch (error) {
      toast(`${done.length > 0 ? `${done.length} of ${ids.length} done. ` : ''}${/** @type {Error} */ (error).message}`, { bad: true });
    }
    this.acting = false;
    if (done.length === 0) return;
    this.settle(done, shown, at);
    const undo = () => {
      for (const [id, was] of before) void this.mark([id], was);
    };
    toast(`${done.length === 1 ? `${done[0].id} is` : `${some(done.length, 'alert')} are`} ${doneWords(status)}.`, before.size > 0 ? { undo } : {});
    void this.facets.refresh();
    void this.stats.refresh();
  }

  /** Puts changed alerts into the list, takes out what no longer belongs, and moves the cursor on. @param {Alert[]} done @param {Alert[]} shown @param {number} at */
  settle(done, shown, at) {
    const now = new Map(done.map((alert) => [alert.id, alert]));
    const { status } = this.filters;
    const leaving = new Set(done.filter((alert) => !hasStatus(alert.status, status)).map((alert) => alert.id));
    this.list.patch((value) => {
      const known = new Set(value.alerts.map((alert) => alert.id));
      const back = done.filter((alert) => !known.has(alert.id) && fits(alert, this.filters));
      return { ...value, alerts: [...value.alerts.map((alert) => now.get(alert.id) ?? alert).filter((alert) => !leaving.has(alert.id)), ...back] };
    });
    this.chosen = new Set();
    if (leaving.has(this.cursor)) {
      const left = shown.filter((alert) => !leaving.has(alert.id));
      const next = left[Math.min(Math.max(0, at), left.length - 1)];
      this.cursor = next?.id ?? '';
      if (this.openId) set({ open: next?.id ?? null }, { replace: true });
    }
    for (const alert of done) window.dispatchEvent(new CustomEvent('vedette-alert', { detail: alert }));
  }

  render() {
    if (!this.context) return nothing;
    const { range, zone } = this.context;
    const { value, error } = this.list;
    const filters = this.filters;
    const open = this.openId;
    return html`
      <section class="page alerts ${open ? 'with-panel' : ''}">
        <h1 class="answer">${value ? alertsHeadline(value.alerts, value.more, filters.status, rangeWords(range, (timeMs) => moment(timeMs, zone))) : 'Alerts'}${this.older()}</h1>
        <div class="alerts-body">
          ${this.sidebar(filters)}
          <div class="alerts-main">
            ${this.tools(filters)}
            ${this.chosen.size > 0 ? this.bulk() : nothing}
            ${this.arrived.size > 0 ? html`<button class="button new-rows" @click=${this.reload}>${count(this.arrived.size)} new</button>` : nothing}
            ${error && value ? html`<p class="stale-note" role="status">This list is from ${moment(this.list.loadedMs, zone)}: ${error.message} <button class="button" @click=${this.reload}>Try again</button></p>` : nothing}
            ${value === null ? (error ? failure(error, () => this.reload()) : skeleton(12)) : value.alerts.length === 0 ? this.nothingFound(filters) : this.table(value, filters)}
          </div>
        </div>
      </section>
      ${open ? html`<vedette-alert-panel .alertId=${open} .reason=${this.reasonFor === open} .context=${this.context} @vedette-reason=${(/** @type {CustomEvent} */ { detail }) => { this.reasonFor = detail ? open : ''; }} @vedette-mark=${(/** @type {CustomEvent} */ { detail }) => this.mark([detail.id], detail.status, detail.note)}></vedette-alert-panel>` : nothing}`;
  }

  /** Open alerts that the time range hides. */
  older() {
    const { status, severity, class: threatClass, text } = this.filters;
    const all = this.stats.value?.open_alerts ?? 0;
    const here = this.list.value;
    if (status !== 'open' || severity || threatClass || text || !here || here.more || all <= here.alerts.length) return nothing;
    return html` <a class="answer-detail" href=${hrefWith(rangeParams('30d'))}>${some(all - here.alerts.length, 'older one')} ${all - here.alerts.length === 1 ? 'is' : 'are'} open too.</a>`;
  }

  /** @param {ReturnType<typeof filtersOf>} filters */
  sidebar(filters) {
    const known = this.facets.value;
    const plus = known?.more ? '+' : '';
    const link = (/** @type {Record<string, string | null>} */ values) => hrefWith({ open: null, ...values });
    const choice = (/** @type {boolean} */ chosen, /** @type {string} */ to, /** @type {any} */ label, /** @type {any} */ number) => html`<li><a href=${to} aria-current=${chosen ? 'true' : 'false'}>${label}<span class="number muted">${number}</span></a></li>`;
    return html`<div class="facets" role="group" aria-label="Filters">
      <section><h2>Status</h2><ul>${STATUS_CHOICES.map((status) => choice(filters.status === status, link({ status: status === 'open' ? null : status }), html`<span>${title(status)}</span>`, ''))}</ul></section>
      <section><h2>Severity</h2><ul>
        ${choice(filters.severity === '', link({ severity: null }), html`<span>Any</span>`, '')}
        ${(known?.severities ?? []).slice(0, 4).map(({ name, count: number }) => choice(filters.severity === name, link({ severity: name }), html`<span>${severityMark(name)}${name === 'critical' ? '' : html`<span class="muted"> or worse</span>`}</span>`, number ? count(number) + plus : ''))}
      </ul></section>
      <section><h2>Class</h2><ul>
        ${choice(filters.class === '', link({ class: null }), html`<span>Any</span>`, '')}
        ${(known?.classes ?? []).map(({ name, count: number }) => choice(filters.class === name, link({ class: name }), html`<span>${title(name)}</span>`, count(number) + plus))}
        ${filters.class && known && !known.classes.some(({ name }) => name === filters.class) ? choice(true, link({}), html`<span>${title(filters.class)}</span>`, '0') : nothing}
      </ul></section>
    </div>`;
  }

  /** @param {ReturnType<typeof filtersOf>} filters */
  tools(filters) {
    const pick = (/** @type {string} */ name, /** @type {string} */ label, /** @type {[string, string][]} */ options, /** @type {string} */ value) => html`<label class="pick"><span class="unseen">${label}</span><select name=${name} @change=${(/** @type {Event} */ event) => set({ [name]: /** @type {HTMLSelectElement} */ (event.target).value, open: null })}>${options.map(([key, words]) => html`<option value=${key} ?selected=${key === value}>${words}</option>`)}</select></label>`;
    return html`<div class="tools">
      <label class="field">${icon('search')}<span class="unseen">Filter alerts</span><input type="search" placeholder="Filter by title, entity, reason" .value=${filters.text} @input=${this.typed}></label>
      <span class="phone-only">${pick('status', 'Status', STATUS_CHOICES.map((status) => [status, title(status)]), filters.status)}</span>
      ${pick('group', 'Group', [['none', 'Not grouped'], ['rule', 'By rule'], ['entity', 'By entity']], filters.group)}
      ${pick('sort', 'Sort', [['risk', 'Riskiest first'], ['latest', 'Latest first']], filters.sort)}
    </div>`;
  }

  /** @param {InputEvent} event */
  typed(event) {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    clearTimeout(this.typing);
    this.typing = setTimeout(() => set({ text: value, open: null }, { replace: true }), TYPING_MS);
  }

  bulk() {
    const ids = [...this.chosen];
    const act = (/** @type {string} */ status, /** @type {string} */ label) => html`<button class="button" ?disabled=${this.acting} @click=${() => this.mark(ids, status)}>${label}</button>`;
    return html`<div class="bulk" role="toolbar" aria-label="Selected alerts"><strong>${count(ids.length)} selected</strong>${act('acknowledged', 'Acknowledge')}${act('in_progress', 'In progress')}${act('resolved', 'Resolve')}${act('false_positive', 'False positive')}<button class="button quiet" @click=${() => { this.chosen = new Set(); }}>Clear</button></div>`;
  }

  /** @param {ReturnType<typeof filtersOf>} filters */
  nothingFound(filters) {
    const narrowed = filters.severity || filters.class || filters.text || filters.status !== 'open';
    return html`<div class="empty big"><p>${narrowed ? 'No alert fits these filters in this time range.' : 'No open alerts in this time range. What the rules find will wait for you here.'}</p>
      <p>${narrowed ? html`<a class="button" href=${hrefWith({ severity: null, class: null, text: null, status: null, open: null })}>Clear the filters</a>` : nothing} <a class="button" href=${hrefWith(rangeParams('30d'))}>Look at 30 days</a> <a class="button" href=${href('rules')}>See what is looked for</a></p></div>`;
  }

  /** @param {{alerts: Alert[], more: boolean}} value @param {ReturnType<typeof filtersOf>} filters */
  table(value, filters) {
    const groups = grouped(sorted(value.alerts, filters.sort), filters.group);
    const all = value.alerts.length > 0 && value.alerts.every((alert) => this.chosen.has(alert.id));
    return html`<div class="alert-table" role="table" aria-label="Alerts" aria-rowcount=${value.more ? -1 : value.alerts.length}>
      <div class="alert-head" role="row">
        <span role="columnheader"><input type="checkbox" aria-label="Select all shown" .checked=${all} .indeterminate=${!all && this.chosen.size > 0} @change=${() => { this.chosen = all ? new Set() : new Set(value.alerts.map((alert) => alert.id)); }}></span>
        <span role="columnheader"><span class="unseen">Severity</span></span><span role="columnheader">What</span><span role="columnheader">Who</span><span role="columnheader" class="number">Events</span><span role="columnheader" class="c-span">When</span><span role="columnheader" class="c-first">First seen</span><span role="columnheader" class="c-last">Last seen</span><span role="columnheader" class="c-status">Status</span>
      </div>
      ${groups.map((group) => html`
        ${group.title ? html`<div class="group-head" role="row"><span role="cell">${severityMark(group.worst, { quiet: true })}${group.kind === 'rule' ? sentence(group.title, 120) : entityLink(group.kind, group.title, { max: 60 })}<span class="muted">${some(group.alerts.length, 'alert')}, ${some(group.events, 'event')}</span></span></div>` : nothing}
        ${repeat(group.alerts, (alert) => alert.id, (alert) => this.row(alert))}`)}
      ${value.more ? html`<button class="button more" @click=${this.loadMore}>Load ${PAGE} more</button>` : nothing}
    </div>`;
  }

  /** @param {Alert} alert */
  row(alert) {
    const clock = /** @type {import('./overview.js').Context} */ (this.context);
    const span = lifespan(alert, clock.range);
    return html`<div class="alert-row" role="row" ?data-cursor=${alert.id === this.cursor} ?data-open=${alert.id === this.openId} data-id=${alert.id} @click=${(/** @type {MouseEvent} */ event) => this.clicked(event, alert)}>
      <span role="cell"><input type="checkbox" aria-label=${`Select ${alert.id}`} .checked=${this.chosen.has(alert.id)} @change=${() => this.choose(alert.id)}></span>
      <span role="cell">${severityMark(alert.severity, { quiet: true })}</span>
      <span role="cell" class="c-what"><a href=${hrefWith({ open: alert.id })}>${sentence(alert.title, 160)}</a><span class="c-reason muted">${sentence(besides(alert), 200)}</span></span>
      <span role="cell" class="c-who">${entityLink(alert.entity.kind, alert.entity.value, { max: 34 })}</span>
      <span role="cell" class="number c-count" title=${`${count(alert.events)} events, ${count(alert.detections)} detections`}>${short(alert.events)}</span>
      <span role="cell" class="c-span"><span class="lifespan" title=${`${exact(alert.first_ms, clock.zone)} to ${exact(alert.last_ms, clock.zone)}`}><i class="fill-${alert.severity}" ${styled({ left: `${span.left.toFixed(1)}%`, width: `${Math.min(span.width, 100 - span.left).toFixed(1)}%` })}></i></span><span class="unseen">${ago(alert.first_ms, clock.now)} to ${ago(alert.last_ms, clock.now)}</span></span>
      <span role="cell" class="c-first muted">${when(alert.first_ms, clock)}</span>
      <span role="cell" class="c-last">${when(alert.last_ms, clock)}</span>
      <span role="cell" class="c-status">${statusMark(alert.status)}</span>
    </div>`;
  }

  /** A click beside the row's links and boxes opens the alert too. @param {MouseEvent} event @param {Alert} alert */
  clicked(event, alert) {
    const target = /** @type {HTMLElement} */ (event.target);
    this.cursor = alert.id;
    if (!target.closest('a, input, button') && getSelection()?.isCollapsed !== false) go(hrefWith({ open: alert.id }));
  }

  async loadMore() {
    const value = this.list.value;
    if (!value) return;
    try {
      const { group: _group, sort: _sort, ...filters } = this.filters;
      const answer = await api.alerts({ ...filters, range: this.span(), limit: PAGE, offset: value.alerts.length });
      const known = new Set(value.alerts.map((alert) => alert.id));
      this.list.patch((now) => ({ alerts: [...now.alerts, ...answer.alerts.filter((alert) => !known.has(alert.id))], more: answer.more }));
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { bad: true });
    }
  }
}

customElements.define('vedette-alerts', Alerts);
