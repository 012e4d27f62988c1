/** The health dot in the top bar, and behind it how the server and each source are doing. */
import { html, nothing } from 'lit';
import { Element } from './element.js';
import { command, failure, inert, sentence, skeleton, when } from './marks.js';
import { Resource } from '../lib/resource.js';
import { api } from '../lib/api.js';
import { live } from '../lib/live.js';
import { bytes, count, duration, short } from '../lib/format.js';

/**
 * The state in one word and one sentence. Pure.
 * @param {string} connection
 * @param {import('../lib/api.js').Health | null} health
 * @param {import('../lib/api.js').Source[]} sources
 * @returns {{state: 'ok' | 'warn' | 'bad', words: string}}
 */
export function verdict(connection, health, sources) {
  if (connection === 'lost') return { state: 'bad', words: 'Not connected' };
  if (health?.status === 'down') return { state: 'bad', words: 'Events cannot be stored' };
  if (health?.status === 'degraded') return { state: 'warn', words: 'Something needs attention' };
  const troubled = sources.filter((source) => source.problem !== '').length;
  const silent = sources.filter((source) => source.silent).length;
  if (troubled > 0) return { state: 'warn', words: troubled === 1 ? 'A source has a problem' : `${troubled} sources have problems` };
  if (silent > 0) return { state: 'warn', words: silent === 1 ? 'A source is silent' : `${silent} sources are silent` };
  return { state: 'ok', words: connection === 'open' ? 'All is well' : 'Connecting' };
}

const FRESH_MS = 10_000;

export class HealthDot extends Element {
  static properties = { now: { type: Number }, zone: {}, shown: { state: true } };

  constructor() {
    super();
    this.now = 0;
    /** @type {import('../lib/format.js').Zone} */
    this.zone = 'local';
    /** Whether the details are open: there may be hundreds of sources. */
    this.shown = false;
    this.state = new Resource(this, (_, signal) => Promise.all([api.health(signal), api.sources(signal)]));
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(live, 'state', () => this.requestUpdate());
    this.listen(live, 'reset', () => this.state.refresh());
    this.listen(live, 'rate', () => this.requestUpdate());
  }

  willUpdate() {
    this.state.want({ at: Math.floor(this.now / FRESH_MS) });
  }

  render() {
    const [health, sources] = this.state.value ?? [null, []];
    const { state, words } = verdict(live.state, health, sources);
    const rate = live.rate ?? health?.intake?.events_per_second ?? 0;
    return html`
      <button class="health-button" popovertarget="health" aria-label=${`Health: ${words}, ${short(rate)} events per second`} title=${words}>
        <i class="dot dot-${state}" aria-hidden="true"></i><span class="health-rate">${short(rate)}<small>/s</small></span>
      </button>
      <div id="health" class="popover health" popover @beforetoggle=${this.toggled}>
        <h2><i class="dot dot-${state}" aria-hidden="true"></i>${words}</h2>
        ${!this.shown ? nothing : health === null ? (this.state.error ? failure(this.state.error, () => this.state.refresh()) : skeleton(5)) : this.details(health, sources, rate)}
      </div>`;
  }

  /** @param {ToggleEvent} event */
  toggled(event) {
    this.shown = event.newState === 'open';
    if (this.shown) void this.state.refresh();
  }

  /** @param {import('../lib/api.js').Health} health @param {import('../lib/api.js').Source[]} sources @param {number} rate */
  details(health, sources, rate) {
    const { store, intake } = health;
    const clock = { now: this.now, zone: this.zone };
    return html`
      ${(health.problems ?? []).map((problem) => html`<p class="error" role="alert">${sentence(problem)}</p>`)}
      <dl class="facts">
        <div><dt>Taken in now</dt><dd>${short(rate)} events/s</dd></div>
        ${intake ? html`
          <div><dt>Arrival to durable</dt><dd>${count(intake.lag_ms)} ms</dd></div>
          <div><dt>Waiting</dt><dd>${count(intake.queued)} of ${count(intake.queue_capacity)} batches</dd></div>
          <div><dt>Since the start</dt><dd>${count(intake.accepted)} accepted${intake.refused ? `, ${count(intake.refused)} refused` : ''}</dd></div>
          <div><dt>No known format</dt><dd>${count(intake.unparsed)} lines, kept and scanned</dd></div>` : nothing}
        ${store ? html`
          <div><dt>Stored</dt><dd>${count(store.events)} events, ${bytes(store.bytes)}</dd></div>
          <div><dt>Free on disk</dt><dd>${bytes(store.free_bytes)}</dd></div>
          <div><dt>Database</dt><dd>${store.kind}</dd></div>` : nothing}
        ${health.rules === undefined ? nothing : html`<div><dt>Rules</dt><dd>${count(health.rules)} loaded</dd></div>`}
        ${health.uptime_ms === undefined ? nothing : html`<div><dt>Running</dt><dd>${duration(health.uptime_ms)}, version ${health.version}</dd></div>`}
      </dl>
      <h3>Sources</h3>
      ${sources.length === 0 ? html`<p class="empty">No source has sent anything yet.</p>` : html`<ul class="source-list">${sources.map(
        (source) => html`<li>
          <i class="dot dot-${source.problem ? 'bad' : source.silent ? 'warn' : 'ok'}" aria-hidden="true"></i>
          <span class="source-name">${inert(source.name, { max: 44 })}${source.problem ? html`<span class="error">${sentence(source.problem)}</span>` : nothing}</span>
          <span class="number">${short(source.events)}</span>
          <span class="muted source-when">${source.silent ? 'silent, ' : ''}${when(source.last_received_ms, clock)}</span>
        </li>`,
      )}</ul>`}
      <h3>Ledger</h3>
      <p class="muted">Every batch is a link of a hash chain. To check all of it:</p>
      ${command('./vedette verify')}`;
  }
}

customElements.define('vedette-health', HealthDot);
