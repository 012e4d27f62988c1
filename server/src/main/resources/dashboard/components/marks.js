/** Small templates used everywhere: severity, status, text from outside, times, entities, numbers. */
import { html, nothing, svg } from 'lit';
import { icon } from '../lib/icons.js';
import { around, isLookalike, middle, segments, visible } from '../lib/text.js';
import { ago, exact, title } from '../lib/format.js';
import { href, hrefWith } from '../lib/router.js';
import { own } from '../lib/fields.js';

const SHAPES = {
  critical: svg`<path d="M3.700.5h4.600l3.200 3.200v4.600l-3.200 3.200H3.700L.5 8.300V3.700Z"/><path class="cut" d="M6 2.800v3.900M6 8.300v1"/>`,
  high: svg`<path d="M6 .8 11.700 11H.3Z"/>`,
  medium: svg`<path d="M6 .3 11.700 6 6 11.700.3 6Z"/>`,
  low: svg`<circle cx="6" cy="6" r="4.800"/>`,
  informational: svg`<circle class="ring" cx="6" cy="6" r="4"/>`,
};

/** A severity as shape and colour, with its word unless `quiet` (then only read aloud). @param {string} severity @param {{quiet?: boolean}} [options] */
export function severityMark(severity, { quiet = false } = {}) {
  const word = title(severity || 'unknown');
  const shape = own(SHAPES, severity) ?? SHAPES.informational;
  return html`<span class="severity sev-${severity}" title=${quiet ? word : nothing}><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">${shape}</svg><span class=${quiet ? 'unseen' : ''}>${word}</span></span>`;
}

/** @param {string} status */
export const statusMark = (status) => html`<span class="status status-${status}">${title(status)}</span>`;

/**
 * Text from outside, inert: monospace, hidden characters visible, the matched part marked.
 * @param {string} text
 * @param {{max?: number, start?: number, end?: number}} [options] longest shown; marked part
 */
export function inert(text, { max = 4_096, start = 0, end = 0 } = {}) {
  if (text.trim() === '') return html`<span class="muted">${text === '' ? 'empty' : 'blank'}</span>`;
  const shown = around(text, start, end, max);
  const runs = segments(shown.text, shown.start, shown.end);
  return html`<code class="inert" dir="ltr" title=${shown.cut ? middle(visible(text), 1_200) : nothing}>${runs.map(run)}</code>${isLookalike(text) ? html`<span class="warn" title="Letters of different scripts in one word: it may pose as another">${icon('alerts')}<span class="unseen">mixed scripts</span></span>` : nothing}`;
}

/** @param {import('../lib/text.js').Segment} segment */
function run(segment) {
  if (segment.kind === 'text') return segment.marked ? html`<mark>${segment.text}</mark>` : segment.text;
  const body = html`<span class="glyph ${segment.kind}" title=${segment.note} data-badge=${segment.badge || nothing}>${segment.text}</span>`;
  return segment.marked ? html`<mark>${body}</mark>` : body;
}

/** A short sentence that may hold outside text, such as a reason: not monospace, equally inert. @param {string} text @param {number} [max] */
export const sentence = (text, max = 600) => html`<span class="sentence">${segments(middle(text, max)).map(run)}</span>`;

/**
 * A time as "4 min ago", the exact one on hover and for machines.
 * @param {number} timeMs
 * @param {{now: number, zone: import('../lib/format.js').Zone}} clock
 */
export const when = (timeMs, { now, zone }) =>
  timeMs > 0 ? html`<time datetime=${iso(timeMs)} title=${exact(timeMs, zone)}>${ago(timeMs, now)}</time>` : html`<span class="muted">never</span>`;

/** @param {number} timeMs */
export const iso = (timeMs) => (Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : '');

/**
 * A link to an entity's panel over the current page.
 * @param {string} kind `ip`, `user`, `host`, `rule`, ...
 * @param {string} value
 * @param {{max?: number}} [options]
 */
export function entityLink(kind, value, { max = 48 } = {}) {
  if (!value) return html`<span class="muted">none</span>`;
  return html`<a class="entity" href=${hrefWith({ entity: `${kind}:${value}` })} title=${`${title(kind)} ${visible(middle(value, 400))}`}>${inert(value, { max })}</a>`;
}

/** @param {string} ruleId @param {string} text */
export const ruleLink = (ruleId, text) => html`<a href=${href('rules', { open: ruleId })}>${sentence(text, 90)}</a>`;

/** @param {string} technique */
export const techniqueMark = (technique) => html`<span class="chip" title="MITRE ATT&CK technique">${segments(middle(technique, 24)).map(run)}</span>`;

/** Grey bars in the shape of what is on its way. @param {number} rows */
export const skeleton = (rows) => html`<div class="skeleton" role="status"><span class="unseen">Loading</span>${Array.from({ length: rows }, () => html`<i></i>`)}</div>`;

/**
 * A failure with its cause and a way on.
 * @param {import('../lib/api.js').ApiError} error
 * @param {() => void} retry
 */
export const failure = (error, retry) => html`
  <div class="failure" role="alert">
    <strong>${error.title}</strong>
    <p>${sentence(error.message)}</p>
    <button class="button" @click=${retry}>Try again</button>
  </div>`;

/** A command to copy. @param {string} text */
export const command = (text) => html`<span class="command"><code>${text}</code><button class="icon-button" aria-label="Copy the command" title="Copy" data-copy .copyText=${text}>${icon('copy')}</button></span>`;
