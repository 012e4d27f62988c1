/** The overview: does anything need me, when did it happen, who does it, how, and what is happening now. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Element } from '../components/element.js';
import '../components/chart.js';
import { sparkline } from '../components/sparkline.js';
import { command, entityLink, failure, sentence, severityMark, skeleton, when } from '../components/marks.js';
import { Resource } from '../lib/resource.js';
import { styled } from '../lib/styled.js';
import { api } from '../lib/api.js';
import { live } from '../lib/live.js';
import { change, clockShort, count, day, moment, short, some } from '../lib/format.js';
import { SEVERITIES } from '../lib/severity.js';
import { before, rangeParams, rangeWords } from '../lib/time.js';
import { href, set } from '../lib/router.js';
import { TIMELINE_COLUMNS, activityLine, byRisk, detectionLine, detectionsOf, feed, headline, tactics, timelineOption, timelineRows } from './overview-shape.js';

const POINTS = 72;
const FEED_LINES = 40;
const RATE_POINTS = 60;
const REFRESH_PAUSE_MS = 1_500;

/**
 * @typedef {{route: import('../lib/router.js').Route, range: import('../lib/time.js').Range, now: number, zone: import('../lib/format.js').Zone}} Context
 */

export class Overview extends Element {
  static properties = { context: { attribute: false }, lines: { state: true }, held: { state: true }, rates: { state: true } };

  constructor() {
    super();
    /** @type {Context | null} */
    this.context = null;
    /** @type {import('./overview-shape.js').FeedLine[]} */
    this.lines = [];
    /** New lines that wait while the pointer or the focus is on the feed. @type {import('./overview-shape.js').FeedLine[]} */
    this.held = [];
    /** @type {number[]} */
    this.rates = [];
    this.over = false;
    /** Counters of the server when the figures were loaded; what came since is added. */
    this.base = { accepted: -1, suspicious: 0 };
    this.since = { events: 0, suspicious: 0 };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;

    this.figures = new Resource(this, async ({ range }, signal) => {
      const [now, past] = await Promise.all([api.stats(range, signal), api.stats(before(range), signal)]);
      this.base = { accepted: -1, suspicious: 0 };
      this.since = { events: 0, suspicious: 0 };
      return { now, past };
    });
    this.timeline = new Resource(this, ({ range }, signal) => api.timeline(range, POINTS, signal));
    this.alerts = new Resource(this, async (_, signal) => {
      // The list comes newest first; asking for the critical ones by themselves keeps an old one from being crowded out.
      const [critical, latest] = await Promise.all([api.alerts({ range: null, status: 'open', severity: 'critical', limit: 50 }, signal), api.alerts({ range: null, status: 'open', limit: 100 }, signal)]);
      return [...new Map([...critical.alerts, ...latest.alerts].map((alert) => [alert.id, alert])).values()].sort(byRisk);
    });
    this.who = new Resource(this, ({ range }, signal) => Promise.all([api.top('source_ip', range, 8, signal), api.top('user_name', range, 5, signal)]));
    this.activity = new Resource(this, async (_, signal) => {
      const entries = await api.activity(FEED_LINES, signal);
      this.lines = feed([...this.lines, ...entries.map(activityLine)], FEED_LINES);
      return entries;
    });
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(live, 'stats', ({ detail }) => this.counted(detail));
    this.listen(live, 'rate', () => { this.rates = [...this.rates.slice(1 - RATE_POINTS), live.rate ?? 0]; });
    this.listen(live, 'alerts', () => this.refreshSoon());
    this.listen(live, 'activity', ({ detail }) => this.heard(detail.activity.map(activityLine)));
    this.listen(live, 'detections', ({ detail }) => this.heard(detail.detections.map(detectionLine)));
    this.listen(live, 'reset', () => this.refreshSoon());
    this.during(() => () => clearTimeout(this.soon));
  }

  willUpdate() {
    if (!this.context) return;
    const { range } = this.context;
    this.figures.want({ range });
    this.timeline.want({ range });
    this.who.want({ range });
    this.alerts.want({ at: range.toMs });
    this.activity.want({});
  }

  /** @param {{accepted: number, suspicious: number}} stats */
  counted(stats) {
    if (this.base.accepted < 0) this.base = stats;
    this.since = { events: stats.accepted - this.base.accepted, suspicious: stats.suspicious - this.base.suspicious };
  }

  /** Asks again after a change, once for many changes. */
  refreshSoon() {
    if (this.soon !== undefined) return;
    this.soon = setTimeout(() => {
      this.soon = undefined;
      void this.figures.refresh();
      void this.alerts.refresh();
      void this.timeline.refresh();
      void this.who.refresh();
    }, REFRESH_PAUSE_MS);
  }

  /** @param {import('./overview-shape.js').FeedLine[]} lines */
  heard(lines) {
    if (this.over) this.held = feed([...lines, ...this.held], FEED_LINES);
    else this.lines = feed([...lines, ...this.lines], FEED_LINES);
  }

  release() {
    this.lines = feed([...this.held, ...this.lines], FEED_LINES);
    this.held = [];
  }

  render() {
    if (!this.context) return nothing;
    const figures = this.figures.value;
    if (!figures) return html`<section class="page">${this.figures.error ? failure(this.figures.error, () => this.figures.refresh()) : skeleton(8)}</section>`;
    const stats = figures.now;
    const empty = stats.total_events === 0 && figures.past.total_events === 0 && stats.open_alerts === 0 && stats.sources === 0;
    const stale = this.figures.error !== null;
    return html`<section class="page overview ${stale ? 'stale' : ''}">
      ${stale ? html`<p class="stale-note" role="status">These figures are from ${moment(this.figures.loadedMs, this.context.zone)}: ${this.figures.error?.message} <button class="button" @click=${() => this.figures.refresh()}>Try again</button></p>` : nothing}
      ${empty ? this.welcome() : html`${this.answer(stats)}${this.kpis(stats, figures.past)}${this.when()}`}
      <div class="overview-columns">
        ${this.needs()}${this.now()}
      </div>
      ${empty ? nothing : html`<div class="overview-columns">${this.sources()}${this.ways(stats)}</div>`}
    </section>`;
  }

  welcome() {
    const { origin } = location;
    return html`<div class="welcome">
      <h1>Vedette is on watch. No events have come yet.</h1>
      <p>Send it a first line; it appears here at once:</p>
      ${command(`curl -H "Authorization: Bearer $VEDETTE_INGEST_TOKEN" --data-binary @/var/log/auth.log ${origin}/api/ingest`)}
      <p>Or see it at work on sample traffic:</p>
      ${command('./vedette serve --demo')}
    </div>`;
  }

  /** @param {import('../lib/api.js').Stats} stats */
  answer(stats) {
    const { range, zone } = /** @type {Context} */ (this.context);
    const { lead, detail, alert } = headline(stats, this.alerts.value ?? [], rangeWords(range, (timeMs) => moment(timeMs, zone)));
    return html`<h1 class="answer">${lead}${detail ? html` <span class="answer-detail">${alert ? html`<a href=${href('alerts', { open: alert.id })}>${sentence(detail, 240)}</a>` : detail}</span>` : nothing}</h1>`;
  }

  /** @param {import('../lib/api.js').Stats} stats @param {import('../lib/api.js').Stats} past */
  kpis(stats, past) {
    const moving = this.context?.range.moving;
    const points = this.timeline.value?.points ?? [];
    const events = stats.total_events + (moving ? this.since.events : 0);
    const suspicious = stats.suspicious_events + (moving ? this.since.suspicious : 0);
    const rate = this.rates.at(-1) ?? stats.events_per_second;
    const active = stats.sources - stats.sources_silent;
    return html`<div class="kpis">
      <a class="kpi" href=${href('events')}><span class="kpi-name">Events</span><span class="kpi-value" title=${count(events)}>${short(events)}</span>${sparkline(points.map((point) => point.events))}<span class="kpi-note">${change(events, past.total_events)}<span class="muted">${past.total_events > 0 ? ' vs the period before' : ''}</span></span></a>
      <a class="kpi" href=${href('events', { suspicious: 'yes' })}><span class="kpi-name">Suspicious</span><span class="kpi-value" title=${count(suspicious)}>${short(suspicious)}</span>${sparkline(points.map((point) => point.suspicious))}<span class="kpi-note">${change(suspicious, past.suspicious_events)}<span class="muted"> · from ${some(stats.unique_suspicious_ips, 'address', 'addresses')}</span></span></a>
      <a class="kpi" href=${href('alerts')}><span class="kpi-name">Open alerts</span><span class="kpi-value">${short(stats.open_alerts)}</span>${sparkline(points.map(detectionsOf))}
        <span class="kpi-note kpi-severities">${SEVERITIES.filter((severity) => stats.open_alerts_by_severity[/** @type {'low'} */ (severity)]).map((severity) => html`<span>${severityMark(severity, { quiet: true })}${short(stats.open_alerts_by_severity[/** @type {'low'} */ (severity)] ?? 0)}</span>`)}${stats.open_alerts === 0 ? html`<span class="muted">all dealt with</span>` : nothing}</span></a>
      <button class="kpi" popovertarget="health"><span class="kpi-name">Sources</span><span class="kpi-value">${count(active)}<small class="muted"> of ${count(stats.sources)}</small></span>${sparkline(this.rates)}<span class="kpi-note">${stats.sources_silent > 0 ? `${count(stats.sources_silent)} silent` : 'none silent'}<span class="muted"> · ${short(rate)}/s now</span></span></button>
    </div>`;
  }

  when() {
    const { range, zone } = /** @type {Context} */ (this.context);
    const timeline = this.timeline.value;
    const days = range.toMs - range.fromMs > 36 * 3_600_000;
    const label = (/** @type {number} */ timeMs) => (days ? `${day(timeMs, zone)} ${clockShort(timeMs, zone)}` : clockShort(timeMs, zone));
    const total = timeline ? timeline.points.reduce((sum, point) => sum + detectionsOf(point), 0) : 0;
    const present = new Set((timeline?.points ?? []).flatMap((point) => Object.keys(point.detections)));
    const words = `Events and detections by severity, ${rangeWords(range, (timeMs) => moment(timeMs, zone))}: ${some(total, 'detection')}.`;
    return html`<section class="block"><header class="block-head"><h2>When did it happen?</h2><span class="legend muted"><i class="legend-events"></i>events ${SEVERITIES.filter((severity) => present.has(severity)).map((severity) => severityMark(severity))}<span class="wide-only">· drag over the chart to zoom</span></span></header>
      ${timeline
        ? html`<vedette-chart class="timeline-chart" .data=${timeline} mark=${zone} label=${words} .columns=${TIMELINE_COLUMNS} .rows=${timelineRows(timeline, (timeMs) => moment(timeMs, zone))}
            .option=${(/** @type {any} */ tokens) => timelineOption(timeline, tokens, { label, exact: (timeMs) => moment(timeMs, zone), count: short, brush: true })}
            .brushed=${(/** @type {number} */ from, /** @type {number} */ to) => this.zoom(from, to)}></vedette-chart>`
        : skeleton(4)}
    </section>`;
  }

  /** @param {number} from index of the first bucket @param {number} to index of the last */
  zoom(from, to) {
    const timeline = this.timeline.value;
    if (!timeline || timeline.points.length === 0) return;
    const last = timeline.points.length - 1;
    const first = timeline.points[Math.max(0, Math.min(last, Math.round(from)))];
    const end = timeline.points[Math.max(0, Math.min(last, Math.round(to)))];
    set(rangeParams({ fromMs: first.start_ms, toMs: end.start_ms + timeline.bucket_ms }));
  }

  needs() {
    const { value, error } = this.alerts;
    const clock = /** @type {Context} */ (this.context);
    const rows = (value ?? []).slice(0, 8);
    return html`<section class="block"><header class="block-head"><h2>What needs you?</h2><a href=${href('alerts')}>All alerts</a></header>
      ${value === null ? (error ? failure(error, () => this.alerts.refresh()) : skeleton(6)) : rows.length === 0 ? html`<p class="empty">No open alerts. What the rules find will wait for you here.</p>` : nothing}
      <ul class="rows">${repeat(
        rows,
        (alert) => alert.id,
        (alert) => html`<li><a class="row need" href=${href('alerts', { open: alert.id })}>${severityMark(alert.severity, { quiet: true })}<span class="need-title">${sentence(alert.title, 120)}</span></a><span class="need-entity">${entityLink(alert.entity.kind, alert.entity.value, { max: 30 })}</span><span class="number" title="Events">${short(alert.events)}</span><span class="need-when muted">${when(alert.last_ms, clock)}</span></li>`,
      )}</ul></section>`;
  }

  now() {
    const clock = /** @type {Context} */ (this.context);
    return html`<section class="block feed" @pointerenter=${() => { this.over = true; }} @pointerleave=${() => { this.over = false; this.release(); }} @focusin=${() => { this.over = true; }} @focusout=${() => { this.over = false; }}>
      <header class="block-head"><h2>What is happening now?</h2>${this.held.length > 0 ? html`<button class="button new-rows" @click=${this.release}>${count(this.held.length)} new</button>` : nothing}</header>
      ${this.lines.length === 0 ? (this.activity.value === null && this.activity.error === null ? skeleton(6) : html`<p class="empty">Quiet so far. Detections and what people do appear here as they happen.</p>`) : nothing}
      <ul class="rows feed-rows">${repeat(
        this.lines,
        (line) => line.key,
        (line) => html`<li><span class="feed-time muted">${when(line.timeMs, clock)}</span>${line.severity ? severityMark(line.severity, { quiet: true }) : html`<i class="feed-dot" aria-hidden="true"></i>`}${line.alert ? html`<a href=${href('alerts', { open: line.alert, status: 'any' })}>${sentence(line.text, 220)}</a>` : sentence(line.text, 220)}</li>`,
      )}</ul></section>`;
  }

  sources() {
    const { value, error } = this.who;
    const clock = /** @type {Context} */ (this.context);
    const [addresses, users] = value ?? [[], []];
    return html`<section class="block"><header class="block-head"><h2>Who does it?</h2></header>
      ${value === null ? (error ? failure(error, () => this.who.refresh()) : skeleton(6)) : addresses.length + users.length === 0 ? html`<p class="empty">Nobody: no detections in this time range.</p>` : nothing}
      ${this.ranking('ip', addresses, clock)}
      ${users.length > 0 ? html`<h3>Accounts concerned</h3>${this.ranking('user', users, clock)}` : nothing}</section>`;
  }

  /** @param {string} kind @param {import('../lib/api.js').Top[]} top @param {Context} clock */
  ranking(kind, top, clock) {
    const most = Math.max(1, ...top.map((one) => one.detections));
    return html`<ul class="rows ranking">${top.map(
      (one) => html`<li><i class="bar" aria-hidden="true" ${styled({ '--share': `${((one.detections / most) * 100).toFixed(1)}%` })}></i>${severityMark(one.severity, { quiet: true })}${entityLink(kind, one.value, { max: 40 })}<span class="number" title="Detections">${short(one.detections)}</span><span class="need-when muted">${when(one.last_ms, clock)}</span></li>`,
    )}</ul>`;
  }

  /** @param {import('../lib/api.js').Stats} stats */
  ways(stats) {
    const groups = tactics(stats.detections_by_class);
    return html`<section class="block"><header class="block-head"><h2>How?</h2><span class="muted">detections by ATT&amp;CK tactic</span></header>
      ${groups.length === 0 ? html`<p class="empty">No detections in this time range.</p>` : nothing}
      ${groups.map(
        ({ tactic, classes }) => html`<h3>${tactic}</h3><ul class="rows ranking">${classes.map(
          ({ name, label, count: number, share }) => html`<li><i class="bar" aria-hidden="true" ${styled({ '--share': `${(share * 100).toFixed(1)}%` })}></i><a href=${href('alerts', { class: name, status: 'any' })}>${label}</a><span class="number">${short(number)}</span></li>`,
        )}</ul>`,
      )}</section>`;
  }
}

customElements.define('vedette-overview', Overview);
