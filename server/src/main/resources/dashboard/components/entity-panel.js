/** What is known about one address, user, host, ...: one story, over whatever page is open. */
import { html, nothing } from 'lit';
import { Element } from './element.js';
import { panel } from './panel.js';
import { strip } from './strip.js';
import { failure, inert, ruleLink, sentence, severityMark, skeleton, statusMark, when } from './marks.js';
import { icon } from '../lib/icons.js';
import { Resource } from '../lib/resource.js';
import { api } from '../lib/api.js';
import { count, short, some, title } from '../lib/format.js';
import { href } from '../lib/router.js';
import { quoted } from '../lib/query.js';
import { styled } from '../lib/styled.js';
import { middle, visible } from '../lib/text.js';
import { own } from '../lib/fields.js';

/** The event field that names each kind of entity. */
export const FIELD_OF = /** @type {Record<string, string>} */ ({ ip: 'source.ip', user: 'user.name', host: 'host.name', domain: 'url.domain', url: 'url.original', file: 'file.path', session: 'session.id' });

/** What the kinds are called. */
const KINDS = /** @type {Record<string, string>} */ ({ ip: 'Address', url: 'URL' });

export class EntityPanel extends Element {
  static properties = { entity: {}, range: { attribute: false }, now: { type: Number }, zone: {} };

  constructor() {
    super();
    /** `kind:value` as in the address. */
    this.entity = '';
    /** @type {import('../lib/time.js').Range | null} */
    this.range = null;
    this.now = 0;
    /** @type {import('../lib/format.js').Zone} */
    this.zone = 'local';
    this.story = new Resource(this, ({ kind, value, range }, signal) => api.entity(kind, value, range, signal));
  }

  get parts() {
    const colon = this.entity.indexOf(':');
    return { kind: this.entity.slice(0, colon), value: this.entity.slice(colon + 1) };
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const { kind, value } = this.parts;
    if (this.range && kind && value) this.story.want({ kind, value, range: this.range }, { keep: !changed.has('entity') });
  }

  render() {
    const { kind, value } = this.parts;
    const kindName = own(KINDS, kind) ?? visible(middle(title(kind), 40));
    return html`<div class="panel-over">${panel({
      label: `${kindName} ${visible(middle(value, 80))}`,
      parameter: 'entity',
      heading: html`<div class="panel-title"><p class="muted">${kindName}</p><h2>${inert(value, { max: 160 })} <button class="icon-button" data-copy .copyText=${value} aria-label="Copy" title="Copy">${icon('copy')}</button></h2></div>`,
      body: this.body(kind, value),
    })}</div>`;
  }

  /** @param {string} kind @param {string} value */
  body(kind, value) {
    const story = this.story.value;
    if (story === null) return this.story.error ? failure(this.story.error, () => this.story.refresh()) : skeleton(8);
    const clock = { now: this.now, zone: this.zone };
    const field = own(FIELD_OF, kind);
    const q = field ? `${field}:${quoted(value)}` : quoted(value);
    return html`
      <p class="story">${this.summary(story)}</p>
      <p class="panel-actions"><a class="button" href=${href('events', { q })}>${icon('search')} All its events</a><a class="button" href=${href('alerts', { text: value, status: 'any' })}>${icon('alerts')} All its alerts</a></p>
      ${story.detections.length > 0 ? html`<h3>${story.detections.length < story.detections_total ? `The latest ${some(story.detections.length, 'detection')}` : 'Over time'}</h3>${strip(story.detections, this.zone)}` : nothing}
      <dl class="facts">
        ${story.severity ? html`<div><dt>Worst</dt><dd>${severityMark(story.severity)}</dd></div>` : nothing}
        <div><dt>First seen</dt><dd>${when(story.first_ms, clock)}</dd></div>
        <div><dt>Last seen</dt><dd>${when(story.last_ms, clock)}</dd></div>
        <div><dt>Detections</dt><dd>${count(story.detections_total)}</dd></div>
        <div><dt>Events behind them</dt><dd>${count(story.events_total)}</dd></div>
      </dl>
      ${this.classes(story)}
      ${story.alerts.length > 0 ? html`<h3>Alerts</h3><ul class="rows">${story.alerts.map((alert) => html`<li><a class="row need" href=${href('alerts', { open: alert.id, status: 'any' })}>${severityMark(alert.severity, { quiet: true })}<span class="need-title">${sentence(alert.title, 120)}</span></a>${statusMark(alert.status)}<span class="number">${short(alert.events)}</span><span class="need-when muted">${when(alert.last_ms, clock)}</span></li>`)}</ul>` : nothing}
      ${story.by_rule.length > 0 ? html`<h3>Rules that fired</h3><ul class="rows">${story.by_rule.map((rule) => html`<li>${ruleLink(rule.rule_id, rule.title)}<span class="number">${short(rule.detections)}</span></li>`)}</ul>` : nothing}
      ${story.detections.length > 0 ? html`<h3>Latest lines</h3><ul class="lines">${story.detections.slice(0, 20).map((one) => html`<li><span class="muted">${when(one.time_ms, clock)}</span>${inert(one.original, { max: 400 })}</li>`)}</ul>` : nothing}`;
  }

  /** @param {import('../lib/api.js').EntityStory} story */
  summary(story) {
    if (story.detections_total === 0) return 'Nothing suspicious in this time range. Its ordinary events can still be searched.';
    const classes = Object.keys(story.by_class).map((word) => word.replaceAll('_', ' '));
    const open = story.alerts.filter((alert) => alert.status === 'new' || alert.status === 'acknowledged' || alert.status === 'in_progress').length;
    return `${some(story.detections_total, 'detection')} (${classes.join(', ')}) on ${some(story.events_total, 'event')}; ${open === 0 ? 'no alert is open' : `${some(open, 'alert')} open`}.`;
  }

  /** @param {import('../lib/api.js').EntityStory} story */
  classes(story) {
    const entries = Object.entries(story.by_class).sort((a, b) => b[1] - a[1]);
    const most = Math.max(1, ...entries.map((entry) => entry[1]));
    return entries.length === 0 ? nothing : html`<h3>What it did</h3><ul class="rows ranking">${entries.map(([name, number]) => html`<li><i class="bar" aria-hidden="true" ${styled({ '--share': `${((number / most) * 100).toFixed(1)}%` })}></i><span>${title(name)}</span><span class="number">${short(number)}</span></li>`)}</ul>`;
  }
}

customElements.define('vedette-entity-panel', EntityPanel);
