/** One alert: why it fired, what matched, what to do, and the buttons that say what became of it. */
import { html, nothing } from 'lit';
import { Element } from '../components/element.js';
import { panel } from '../components/panel.js';
import { strip } from '../components/strip.js';
import { entityLink, failure, inert, ruleLink, sentence, severityMark, skeleton, statusMark, techniqueMark, when } from '../components/marks.js';
import { Resource } from '../lib/resource.js';
import { api } from '../lib/api.js';
import { live } from '../lib/live.js';
import { count, exact, moment, some, title } from '../lib/format.js';
import { href } from '../lib/router.js';
import { middle, visible } from '../lib/text.js';

const LINES_FIRST = 12;
const AROUND_MS = 5 * 60_000;
const REFRESH_PAUSE_MS = 800;

/** What can be made of an alert in each status. */
const ACTIONS = [
  { status: 'acknowledged', label: 'Acknowledge', key: 'a' },
  { status: 'in_progress', label: 'In progress', key: 'i' },
  { status: 'resolved', label: 'Resolve', key: 'e' },
  { status: 'false_positive', label: 'False positive', key: 'f' },
  { status: 'new', label: 'Reopen', key: 'u' },
];

/**
 * The actions that make sense from a status: not the one it has, and reopening only what is closed. Pure.
 * @param {string} status
 */
export const actionsFor = (status) => {
  const closed = status === 'resolved' || status === 'false_positive';
  return ACTIONS.filter((action) => action.status !== status && (action.status === 'new' ? closed : !closed || action.status === 'resolved' || action.status === 'false_positive'));
};

/** @typedef {{id: string, timeMs: number, text: string, sourceIp: string, start: number, end: number}} RawLine */

/**
 * Each event's line once, newest first: those of detections with what matched marked, those that were only counted with the one they were counted for. Pure.
 * @param {import('../lib/api.js').Alert} alert @param {import('../lib/api.js').Detection[]} detections @param {import('../lib/api.js').Event[]} events
 * @returns {RawLine[]}
 */
export const rawLines = (alert, detections, events) => {
  const lines = new Map();
  for (const { event_id: id, time_ms: timeMs, original: text, source_ip: sourceIp, evidence } of detections) {
    const raw = evidence.find(({ field, value }) => field === 'event.original' && value === text);
    lines.set(id, { id, timeMs, text, sourceIp, start: raw?.start ?? 0, end: raw?.end ?? 0 });
  }
  for (const { id, time_ms: timeMs, original: text, source_ip: sourceIp } of events) {
    const start = Math.max(0, text.indexOf(alert.entity.value));
    const end = text.startsWith(alert.entity.value, start) ? start + alert.entity.value.length : start;
    if (!lines.has(id) || lines.get(id).end === 0) lines.set(id, { id, timeMs, text, sourceIp, start, end });
  }
  return [...lines.values()].sort((a, b) => b.timeMs - a.timeMs);
};

export class AlertPanel extends Element {
  static properties = { alertId: { attribute: false }, context: { attribute: false }, reason: { attribute: false }, all: { state: true } };

  constructor() {
    super();
    this.alertId = '';
    /** @type {import('./overview.js').Context | null} */
    this.context = null;
    /** Whether the reason for a false positive is being asked for. */
    this.reason = false;
    this.all = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    this.story = new Resource(this, ({ id }, signal) => api.alert(id, signal));
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(live, 'alerts', ({ detail }) => this.heard([...detail.opened, ...detail.changed]));
    this.listen(window, 'vedette-alert', ({ detail }) => this.heard([detail]));
    this.during(() => () => clearTimeout(this.soon));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('alertId')) {
      this.all = false;
      this.story.want({ id: this.alertId }, { keep: false });
    }
  }

  /** @param {import('../lib/api.js').Alert[]} alerts */
  heard(alerts) {
    const mine = alerts.find((alert) => alert.id === this.alertId);
    if (!mine) return;
    this.story.patch((story) => ({ ...story, alert: mine }));
    clearTimeout(this.soon);
    this.soon = setTimeout(() => void this.story.refresh(), REFRESH_PAUSE_MS);
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has('reason') && this.reason) /** @type {HTMLElement | null} */ (this.querySelector('textarea'))?.focus();
  }

  /** Asks for the reason of a false positive, or no longer. @param {boolean} ask */
  ask(ask) {
    this.dispatchEvent(new CustomEvent('vedette-reason', { detail: ask }));
  }

  render() {
    const story = this.story.value;
    const error = this.story.error;
    // It stands in the address, which whoever sent the link has written.
    const shownId = visible(middle(this.alertId, 40));
    return panel({
      label: `Alert ${shownId}`,
      parameter: 'open',
      heading: html`<div class="panel-title"><p class="muted">${shownId}${story ? html` · ${statusMark(story.alert.status)}` : nothing}</p><h2>${story ? html`${severityMark(story.alert.severity)} ${sentence(story.alert.title, 160)}` : 'Alert'}</h2></div>`,
      body: story === null ? (error ? failure(error, () => this.story.refresh()) : skeleton(10)) : this.body(story),
      foot: this.reason ? this.question() : story === null ? nothing : this.actions(story.alert),
    });
  }

  /** @param {import('../lib/api.js').AlertStory} story */
  body({ alert, detections, events, rule }) {
    const clock = /** @type {import('./overview.js').Context} */ (this.context);
    return html`
      <section><h3>Why</h3><p class="story">${sentence(alert.reason, 1_000)}</p>${this.evidence(detections)}
        <p class="why-marks">${ruleLink(alert.rule_id, rule?.title ?? alert.title)}<span class="chip">${title(alert.class)}</span>${alert.techniques.map(techniqueMark)}</p></section>
      ${alert.advice ? html`<section><h3>What to do</h3><p>${sentence(alert.advice, 2_000)}</p></section>` : nothing}
      <section><h3>${some(alert.detections, 'detection')}, ${some(alert.events, 'event')}</h3>${strip(detections, clock.zone)}${alert.detections > detections.length ? html`<p class="muted">Drawn from the newest ${count(detections.length)}.</p>` : nothing}</section>
      <dl class="facts">
        <div><dt>First seen</dt><dd>${when(alert.first_ms, clock)}</dd></div>
        <div><dt>Last seen</dt><dd>${when(alert.last_ms, clock)}</dd></div>
        ${alert.source_ip ? html`<div><dt>Source</dt><dd>${entityLink('ip', alert.source_ip)}</dd></div>` : nothing}
        ${alert.user_name ? html`<div><dt>Account</dt><dd>${entityLink('user', alert.user_name)}</dd></div>` : nothing}
        ${alert.host_name ? html`<div><dt>Host</dt><dd>${entityLink('host', alert.host_name)}</dd></div>` : nothing}
        ${['ip', 'user', 'host'].includes(alert.entity.kind) ? nothing : html`<div><dt>${title(alert.entity.kind)}</dt><dd>${entityLink(alert.entity.kind, alert.entity.value)}</dd></div>`}
        ${alert.changed_by ? html`<div><dt>${title(alert.status)}</dt><dd>by ${inert(alert.changed_by, { max: 40 })} ${when(alert.status_ms, clock)}</dd></div>` : nothing}
      </dl>
      ${alert.note ? html`<section><h3>Note</h3><p class="note">${sentence(alert.note, 4_000)}</p></section>` : nothing}
      ${this.lines(rawLines(alert, detections, events), alert.events)}
      ${rule && rule.false_positives.length > 0 ? html`<section><h3>When it may be harmless</h3><ul class="plain">${rule.false_positives.map((text) => html`<li>${sentence(text, 400)}</li>`)}</ul></section>` : nothing}`;
  }

  /** @param {import('../lib/api.js').Detection[]} detections newest first */
  evidence(detections) {
    const [latest] = detections;
    if (!latest || latest.evidence.length === 0) return nothing;
    return html`<dl class="evidence">${latest.evidence.map((one) => html`<div><dt>${inert(one.field, { max: 60 })}</dt><dd>${inert(one.value, { max: 600, start: one.start, end: one.end })}</dd></div>`)}</dl>`;
  }

  /** @param {RawLine[]} lines newest first @param {number} of how many events there were */
  lines(lines, of) {
    const clock = /** @type {import('./overview.js').Context} */ (this.context);
    const shown = this.all ? lines : lines.slice(0, LINES_FIRST);
    if (lines.length === 0) return nothing;
    return html`<section><h3>Raw lines</h3>${of > lines.length ? html`<p class="muted">The latest ${count(lines.length)} of ${count(of)}.</p>` : nothing}<ul class="lines">${shown.map((line) => {
      const from = new Date(line.timeMs - AROUND_MS).toISOString();
      const to = new Date(line.timeMs + AROUND_MS).toISOString();
      return html`<li><a class="muted" href=${href('events', { t: null, from, to, open: line.id, q: line.sourceIp ? `source.ip:"${line.sourceIp}"` : null })} title=${`${exact(line.timeMs, clock.zone)}: what else happened then`}>${moment(line.timeMs, clock.zone)}</a>${inert(line.text, { max: 700, start: line.start, end: line.end })}</li>`;
    })}</ul>${lines.length > shown.length ? html`<button class="button" @click=${() => { this.all = true; }}>Show all ${count(lines.length)}</button>` : nothing}</section>`;
  }

  question() {
    return html`<footer class="panel-foot"><form @submit=${this.reasoned}><label for="reason">Why is it a false positive? The reason stays with the alert.</label><textarea id="reason" name="reason" rows="2" required maxlength="4000" @keydown=${this.reasonKey}></textarea><div class="panel-actions"><button class="button primary">Mark as false positive</button><button type="button" class="button quiet" @click=${() => this.ask(false)}>Cancel</button></div></form></footer>`;
  }

  /** @param {import('../lib/api.js').Alert} alert */
  actions(alert) {
    return html`<footer class="panel-foot">
      <form class="panel-actions" @submit=${this.noted}>${actionsFor(alert.status).map(({ status, label, key }) => html`<button type="button" class="button ${status === 'resolved' ? 'primary' : ''}" @click=${() => (status === 'false_positive' ? this.ask(true) : this.tell(status))}>${label} <kbd>${key}</kbd></button>`)}
        <input name="note" class="note-field" aria-label="Note" maxlength="4000" placeholder=${alert.note ? 'Replace the note' : 'Add a note, Enter saves'} autocomplete="off"></form>
    </footer>`;
  }

  /** @param {string} status @param {string} [note] */
  tell(status, note) {
    this.dispatchEvent(new CustomEvent('vedette-mark', { detail: { id: this.alertId, status, note } }));
  }

  /** @param {SubmitEvent} event */
  reasoned(event) {
    event.preventDefault();
    const reason = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('reason')).trim();
    if (reason === '') return;
    this.ask(false);
    this.tell('false_positive', reason);
  }

  /** @param {KeyboardEvent} event */
  reasonKey(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      this.ask(false);
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      /** @type {HTMLTextAreaElement} */ (event.target).form?.requestSubmit();
    }
  }

  /** @param {SubmitEvent} event */
  noted(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const note = String(new FormData(form).get('note')).trim();
    const alert = this.story.value?.alert;
    if (note === '' || !alert) return;
    form.reset();
    this.tell(alert.status, note);
  }
}

customElements.define('vedette-alert-panel', AlertPanel);
