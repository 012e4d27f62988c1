/** Events: the search. Query, histogram, a virtual table, and one event opened at the right. */
import { html, nothing } from 'lit';
import { Element } from '../components/element.js';
import '../components/chart.js';
import '../components/query-field.js';
import '../components/virtual-list.js';
import { focusCursor, panel } from '../components/panel.js';
import { entityLink, failure, inert, sentence, severityMark, skeleton, when } from '../components/marks.js';
import { toast } from '../components/toast.js';
import { Resource } from '../lib/resource.js';
import { styled } from '../lib/styled.js';
import { api } from '../lib/api.js';
import { live } from '../lib/live.js';
import { bind } from '../lib/keyboard.js';
import { go, href, hrefWith, set } from '../lib/router.js';
import { clock, clockShort, count, day, exact, moment, short, some } from '../lib/format.js';
import { bucketMs, rangeOf, rangeParams, rangeWords } from '../lib/time.js';
import { COMMON_FIELDS, own, seenFields } from '../lib/fields.js';
import { csv, download, ndjson } from '../lib/export.js';
import { withFilter } from '../lib/query.js';
import { icon } from '../lib/icons.js';
import { middle, visible } from '../lib/text.js';
import { timelineOption, timelineRows, TIMELINE_COLUMNS } from './overview-shape.js';
import { DEFAULT_COLUMNS, PAGE, askedOf, cell, countedByTime, eventsHeadline, kindOf } from './events-shape.js';

const EXPORT_PAGE = 1_000;
const EXPORT_MOST = 10_000;
const LOADED_MOST = 20_000;
/** From this width on all columns fit beside an open panel. */
const ROOMY_PX = 1_700;
/** Below it times are shown without their day. */
const PHONE_PX = 720;
const WIDTHS = /** @type {Record<string, string>} */ ({ 'event.original': 'minmax(260px, 6fr)', 'event.dataset': '110px', 'source.ip': '140px', 'user.name': '110px', 'http.response.status_code': '70px', 'http.request.method': '70px' });

/** @typedef {import('../lib/api.js').LogEvent} LogEvent */

export class Events extends Element {
  static properties = { context: { attribute: false }, fault: { state: true }, cursor: { state: true }, arrived: { state: true }, growing: { state: true }, exporting: { state: true } };

  constructor() {
    super();
    /** @type {import('./overview.js').Context | null} */
    this.context = null;
    /** @type {import('../lib/query.js').Problem | null} */
    this.fault = null;
    this.cursor = -1;
    /** Events taken in since the list was loaded. */
    this.arrived = 0;
    this.base = -1;
    this.growing = false;
    this.exporting = '';
    /** @type {{events: LogEvent[], timeline: import('../lib/api.js').Timeline} | null} */
    this.drawn = null;
    /** Fields and values seen since the page was opened. @type {Map<string, string[]>} */
    this.known = new Map(COMMON_FIELDS.map((field) => [field, []]));
    this.found = new Resource(this, async ({ q, suspicious }, signal) => {
      const span = this.span();
      try {
        const page = await api.events({ range: span, q, suspicious, limit: PAGE }, signal);
        this.fault = null;
        this.learn(page.events);
        this.arrived = 0;
        this.base = -1;
        this.cursor = -1;
        return { span, events: page.events, next: page.next, complete: page.complete, scanned: page.scanned_events, tookMs: page.took_ms };
      } catch (error) {
        const { place } = /** @type {import('../lib/api.js').ApiError} */ (error);
        const isQuery = place?.parameter === 'q';
        this.fault = isQuery ? { message: /** @type {Error} */ (error).message, start: place.position ?? 0, end: (place.position ?? 0) + (place.length ?? 1) } : null;
        throw error;
      }
    });
    this.timeline = new Resource(this, ({ points }, signal) => api.timeline(this.span(), points, signal));
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(live, 'stats', ({ detail }) => this.counted(detail.accepted));
    this.listen(live, 'reset', () => this.reload());
    this.during(() => bind(this.keys()));
  }

  /** @param {number} accepted */
  counted(accepted) {
    if (!this.context?.range.moving) return;
    if (this.base < 0) this.base = accepted;
    this.arrived = accepted - this.base;
  }

  span() {
    return this.context ? rangeOf(this.context.route.params, Date.now()) : { key: '', moving: false, fromMs: 0, toMs: 0 };
  }

  get asked() {
    return askedOf(this.context?.route.params ?? new URLSearchParams());
  }

  get columns() {
    const { columns } = this.asked;
    return columns.length > 0 ? columns : DEFAULT_COLUMNS;
  }

  willUpdate() {
    if (!this.context) return;
    const { range } = this.context;
    const at = range.moving ? range.key : [range.fromMs, range.toMs];
    const { q, suspicious } = this.asked;
    this.found.want({ at, q, suspicious });
    if (q === '' && suspicious === null) this.timeline.want({ at, points: 72 });
  }

  reload() {
    void this.found.refresh();
    void this.timeline.refresh();
  }

  /** @param {LogEvent[]} events */
  learn(events) {
    const known = new Map(this.known);
    for (const [field, values] of seenFields(events)) known.set(field, [...new Set([...(known.get(field) ?? []), ...values])].slice(0, 100));
    this.known = known;
  }

  /** @returns {import('../lib/keyboard.js').Binding[]} */
  keys() {
    const group = 'Events';
    return [
      { keys: '/', does: 'search', group: 'Everywhere', run: () => /** @type {any} */ (this.querySelector('vedette-query-field')).focusField() },
      { keys: 'j, ArrowDown', does: 'next event', group, run: () => this.step(1) },
      { keys: 'k, ArrowUp', does: 'previous event', group, run: () => this.step(-1) },
      { keys: 'Enter, o', does: 'open', group, run: () => { const event = this.found.value?.events[this.cursor]; if (event) set({ open: event.id }); } },
      { keys: 'n', does: 'show new events', group, run: () => this.reload() },
    ];
  }

  /** @param {number} by */
  step(by) {
    const events = this.found.value?.events ?? [];
    if (events.length === 0) return;
    this.cursor = Math.max(0, Math.min(events.length - 1, this.cursor + by));
    if (this.openId) set({ open: events[this.cursor].id }, { replace: true });
    /** @type {any} */ (this.querySelector('vedette-virtual-list'))?.show(this.cursor);
    if (!this.openId) requestAnimationFrame(() => focusCursor(this));
  }

  get openId() {
    return this.context?.route.params.get('open') ?? '';
  }

  render() {
    if (!this.context) return nothing;
    const { range, zone } = this.context;
    const { value, error } = this.found;
    const { q, suspicious } = this.asked;
    const words = rangeWords(range, (timeMs) => moment(timeMs, zone));
    const head = value ? eventsHeadline(value, words) : null;
    const open = this.openId;
    const view = (/** @type {string} */ label, /** @type {boolean | null} */ which) => html`<a href=${hrefWith({ suspicious: which === null ? null : which ? 'yes' : 'no', open: null })} aria-current=${suspicious === which ? 'true' : 'false'}>${label}</a>`;
    return html`
      <section class="page events ${open ? 'with-panel' : ''}">
        <h1 class="answer">${head && !this.fault ? html`${head.lead} <span class="answer-detail muted">${head.detail}</span>` : 'Events'}</h1>
        <vedette-query-field .value=${q} .fields=${this.known} .fault=${this.fault} @vedette-query=${this.queried}></vedette-query-field>
        <div class="tools">
          <div class="segments" role="group" aria-label="Which events">${view('All', null)}${view('Suspicious', true)}${view('Ordinary', false)}</div>
          <span class="spring"></span>
          ${this.columnChoice()}
          <button class="button" popovertarget="export" aria-label="Export">${icon('download')}<span class="words">Export</span></button>
          <div id="export" class="popover menu" popover>
            <button class="menu-item" ?disabled=${this.exporting !== ''} @click=${() => this.export('csv')}>CSV, with the columns shown</button>
            <button class="menu-item" ?disabled=${this.exporting !== ''} @click=${() => this.export('json')}>JSON, one event per line</button>
            <p class="muted">${this.exporting || `At most ${count(EXPORT_MOST)} events.`}</p>
          </div>
        </div>
        ${this.histogram(value, q !== '' || suspicious !== null)}
        ${this.arrived > 0 && !this.fault ? html`<button class="button new-rows" @click=${this.reload}>${count(this.arrived)} new</button>` : nothing}
        ${this.fault ? html`<p class="empty">Correct the expression above. Examples: <code>source.ip:192.0.2.0/24</code>, <code>http.response.status_code &gt;= 500</code>, <code>"failed password"</code>.</p>`
        : value === null ? (error ? failure(error, () => this.reload()) : skeleton(14))
        : value.events.length === 0 ? this.nothingFound(q) : this.table(value)}
      </section>
      ${open ? this.opened(value?.events.find((event) => event.id === open) ?? null, open) : nothing}`;
  }

  /** @param {CustomEvent} event */
  queried({ detail: { text, fault } }) {
    this.fault = fault;
    if (fault) {
      // The field shows the place of the fault in what is written, so that has to be the expression in force.
      history.replaceState(null, '', hrefWith({ q: text, open: null }));
      const field = /** @type {any} */ (this.querySelector('vedette-query-field'));
      field.value = text;
      return;
    }
    const link = hrefWith({ q: text, open: null });
    if (link === location.hash) this.reload();
    else go(link);
  }

  columnChoice() {
    const columns = this.columns;
    const choices = [...new Set([...DEFAULT_COLUMNS, 'source', ...columns, ...seenFields(this.found.value?.events ?? []).keys()])];
    const toggle = (/** @type {string} */ column) => (columns.includes(column) ? columns.filter((one) => one !== column) : [...columns.filter((one) => one !== 'event.original'), column, ...(columns.includes('event.original') ? ['event.original'] : [])]).join(',');
    return html`<button class="button" popovertarget="columns" aria-label="Columns">${icon('columns')}<span class="words">Columns</span></button>
      <div id="columns" class="popover columns" popover><p class="muted">Columns of the table</p><ul>${choices.map((column) => html`<li><label><input type="checkbox" .checked=${columns.includes(column)} @change=${() => set({ cols: toggle(column) }, { replace: true })}> ${visible(middle(column, 60))}</label></li>`)}</ul></div>`;
  }

  /** Counts loaded events over time, once for each list of them. @param {{events: LogEvent[], span: {fromMs: number, toMs: number}}} value */
  counts({ events, span }) {
    if (this.drawn?.events !== events) this.drawn = { events, timeline: countedByTime(events, span, bucketMs(span, 72)) };
    return this.drawn.timeline;
  }

  /** @param {any} value @param {boolean} narrowed */
  histogram(value, narrowed) {
    const { range, zone } = /** @type {import('./overview.js').Context} */ (this.context);
    const timeline = narrowed ? (value ? this.counts(value) : null) : this.timeline.value;
    if (!timeline || (narrowed && value.events.length === 0)) return nothing;
    const days = range.toMs - range.fromMs > 36 * 3_600_000;
    const label = (/** @type {number} */ timeMs) => (days ? `${day(timeMs, zone)} ${clockShort(timeMs, zone)}` : clockShort(timeMs, zone));
    const scope = narrowed && value.next !== null ? `the ${count(value.events.length)} newest matches` : rangeWords(range, (timeMs) => moment(timeMs, zone));
    return html`<vedette-chart class="histogram" .data=${timeline} mark=${zone} label=${`Events over time, ${scope}`} .columns=${TIMELINE_COLUMNS} .rows=${timelineRows(timeline, (timeMs) => moment(timeMs, zone))}
      .option=${(/** @type {any} */ tokens) => {
        const option = timelineOption(timeline, tokens, { label, exact: (timeMs) => moment(timeMs, zone), count: short, brush: true });
        return { ...option, grid: [{ left: 52, right: 8, top: 6, height: 40 }, { left: 52, right: 8, top: 56, bottom: 22 }] };
      }}
      .brushed=${(/** @type {number} */ from, /** @type {number} */ to) => {
        const last = timeline.points.length - 1;
        const at = (/** @type {number} */ index) => timeline.points[Math.max(0, Math.min(last, Math.round(index)))];
        set(rangeParams({ fromMs: at(from).start_ms, toMs: at(to).start_ms + timeline.bucket_ms }));
      }}></vedette-chart>${narrowed && value.next !== null ? html`<p class="muted chart-note">Drawn from ${scope}.</p>` : nothing}`;
  }

  /** @param {string} q */
  nothingFound(q) {
    return html`<div class="empty big"><p>${q ? 'No event matches in this time range.' : 'No events in this time range.'}</p><p><a class="button" href=${hrefWith(rangeParams('30d'))}>Look at 30 days</a> ${q ? html`<a class="button" href=${hrefWith({ q: null, suspicious: null })}>Show all events</a>` : nothing}</p></div>`;
  }

  /** @param {{events: LogEvent[], next: string | null}} value */
  table(value) {
    const columns = this.shownColumns(value.events);
    const template = `20px 132px ${columns.map((column) => own(WIDTHS, column) ?? 'minmax(110px, 1fr)').join(' ')}`;
    const { zone } = /** @type {import('./overview.js').Context} */ (this.context);
    const long = columns.length === 1 ? 400 : 260;
    return html`<vedette-virtual-list label="Events" .rows=${value.events} .rowHeight=${32} .keyOf=${(/** @type {LogEvent} */ event) => event.id} .mark=${[this.cursor, this.openId, template, zone]}
      ${styled({ '--columns': template })}
      .head=${html`<span role="columnheader"><span class="unseen">Severity</span></span><span role="columnheader">Time</span>${columns.map((column) => html`<span role="columnheader">${column === 'event.original' ? 'line' : visible(middle(column, 40))}</span>`)}`}
      .draw=${(/** @type {LogEvent} */ event, /** @type {number} */ index) => html`<div class="event-row" role="row" aria-rowindex=${index + 2} ?data-open=${event.id === this.openId} ?data-cursor=${index === this.cursor} data-id=${event.id} @click=${(/** @type {MouseEvent} */ click) => this.clicked(click, event, index)}>
        <span role="cell">${event.severity ? severityMark(event.severity, { quiet: true }) : nothing}</span>
        <span role="cell" class="event-time"><a href=${hrefWith({ open: event.id })} title=${exact(event.time_ms, zone)}>${window.innerWidth < PHONE_PX ? clock(event.time_ms, zone) : moment(event.time_ms, zone)}</a></span>
        ${columns.map((column) => html`<span role="cell">${this.field(event, column, long)}</span>`)}
      </div>`}
      .foot=${value.next === null ? nothing : html`<p class="muted virtual-foot">${this.growing ? 'Loading more…' : 'More below'}</p>`}
      @vedette-near-end=${this.grow}></vedette-virtual-list>`;
  }

  /** The columns that fit: without those that are empty so far, and beside an open event only the main ones. @param {LogEvent[]} events */
  shownColumns(events) {
    const columns = this.asked.columns.length > 0 ? this.columns : this.columns.filter((column) => events.slice(0, PAGE).some((event) => cell(event, column) !== ''));
    return this.openId && window.innerWidth < ROOMY_PX ? columns.filter((column, i) => i === columns.length - 1 || column === 'source.ip') : columns;
  }

  /** @param {LogEvent} event @param {string} column @param {number} most */
  field(event, column, most) {
    const value = cell(event, column);
    if (value === '') return nothing;
    const kind = kindOf(column);
    return kind ? entityLink(kind, value, { max: 40 }) : inert(value, { max: most });
  }

  /** @param {MouseEvent} click @param {LogEvent} event @param {number} index */
  clicked(click, event, index) {
    this.cursor = index;
    if (!(/** @type {HTMLElement} */ (click.target).closest('a, button')) && getSelection()?.isCollapsed !== false) set({ open: event.id });
  }

  async grow() {
    const value = this.found.value;
    if (!value || value.next === null || this.growing || value.events.length >= LOADED_MOST) return;
    this.growing = true;
    const { q, suspicious } = this.asked;
    try {
      const page = await api.events({ range: value.span, q, suspicious, limit: PAGE, cursor: value.next });
      if (this.found.value === value) {
        this.learn(page.events);
        this.found.patch((now) => ({ ...now, events: [...now.events, ...page.events], next: page.next, complete: page.complete, scanned: now.scanned + page.scanned_events, tookMs: now.tookMs + page.took_ms }));
      }
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { bad: true });
    } finally {
      this.growing = false;
    }
  }

  /** @param {'csv' | 'json'} form */
  async export(form) {
    const { q, suspicious } = this.asked;
    const range = this.found.value?.span ?? this.span();
    /** @type {LogEvent[]} */
    const events = [];
    /** @type {string | null} */
    let cursor = null;
    try {
      do {
        this.exporting = `Collecting… ${count(events.length)} so far`;
        const page = /** @type {import('../lib/api.js').EventPage} */ (await api.events({ range, q, suspicious, limit: Math.min(EXPORT_PAGE, EXPORT_MOST - events.length), cursor }));
        events.push(...page.events);
        cursor = page.next;
      } while (cursor !== null && events.length < EXPORT_MOST);
      const name = `vedette-events-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`;
      if (form === 'csv') download(`${name}.csv`, 'text/csv', csv(events, this.columns.filter((column) => column !== 'event.original')));
      else download(`${name}.ndjson`, 'application/x-ndjson', ndjson(events));
      toast(`${some(events.length, 'event')} exported${cursor === null ? '' : `; there are more than ${count(EXPORT_MOST)}, narrow the time range for the rest`}.`);
    } catch (error) {
      toast(`The export stopped: ${/** @type {Error} */ (error).message}`, { bad: true });
    } finally {
      this.exporting = '';
    }
  }

  /** @param {LogEvent | null} event @param {string} id */
  opened(event, id) {
    const clock = /** @type {import('./overview.js').Context} */ (this.context);
    if (event === null) {
      return panel({ label: `Event ${visible(middle(id, 40))}`, parameter: 'open', heading: html`<div class="panel-title"><h2>Event ${visible(middle(id, 40))}</h2></div>`, body: this.found.loading ? skeleton(8) : html`<p class="empty">This event is not among those loaded. Scroll the list further, or widen the time range.</p>` });
    }
    return panel({
      label: `Event ${event.id}`,
      parameter: 'open',
      heading: html`<div class="panel-title"><p class="muted">Event ${event.id} · ${event.dataset}</p><h2><time datetime=${new Date(event.time_ms).toISOString()}>${moment(event.time_ms, clock.zone)}</time> ${event.severity ? severityMark(event.severity) : nothing}</h2></div>`,
      body: html`
        <section><h3>Line as received <button class="icon-button" data-copy .copyText=${event.original} aria-label="Copy the line" title="Copy">${icon('copy')}</button></h3><p class="raw">${inert(event.original, { max: 20_000 })}</p></section>
        <dl class="facts"><div><dt>From</dt><dd>${inert(event.source, { max: 60 })}</dd></div><div><dt>Received</dt><dd>${when(event.received_ms, clock)}</dd></div>${event.detections > 0 ? html`<div><dt>Detections</dt><dd>${event.rules.map((rule) => html`<span class="event-rule">${sentence(rule, 160)}</span>`)} ${event.source_ip ? html`<a href=${href('alerts', { text: event.source_ip, status: 'any' })}>its alerts</a>` : nothing}</dd></div>` : nothing}</dl>
        <section><h3>Fields</h3><table class="fields"><tbody>${Object.entries(event.fields).filter(([name]) => name !== 'event.original').map(([name, value]) => this.fieldRow(name, value))}</tbody></table></section>`,
    });
  }

  /** @param {string} name @param {string} value */
  fieldRow(name, value) {
    const { q } = this.asked;
    const kind = kindOf(name);
    return html`<tr><th scope="row">${inert(name, { max: 60 })}</th><td>${kind ? entityLink(kind, value, { max: 80 }) : inert(value, { max: 2_000 })}</td><td class="field-tools">
      <a class="icon-button" href=${hrefWith({ q: withFilter(q, name, value, false), open: null })} aria-label=${`Only events with this ${visible(name)}`} title="Only these">${icon('plus')}</a><a class="icon-button" href=${hrefWith({ q: withFilter(q, name, value, true), open: null })} aria-label=${`Without events with this ${visible(name)}`} title="Without these">${icon('minus')}</a></td></tr>`;
  }
}

customElements.define('vedette-events', Events);
