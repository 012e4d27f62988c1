/** A small histogram of moments, coloured by the worst severity of each bar: the life of an alert at a glance. */
import { html, svg } from 'lit';
import { severityRank } from '../lib/severity.js';
import { moment, some } from '../lib/format.js';

const BARS = 48;
const HEIGHT = 36;

/**
 * Counts moments into equal stretches between the first and the last. Pure.
 * @param {{timeMs: number, severity: string, weight: number}[]} moments
 * @returns {{fromMs: number, toMs: number, bars: {count: number, severity: string}[]}}
 */
export function bars(moments) {
  const times = moments.map((one) => one.timeMs);
  const fromMs = Math.min(...times);
  const toMs = Math.max(...times);
  const width = Math.max(1, toMs - fromMs + 1) / BARS;
  const out = Array.from({ length: BARS }, () => ({ count: 0, severity: 'informational' }));
  for (const { timeMs, severity, weight } of moments) {
    const bar = out[Math.min(BARS - 1, Math.floor((timeMs - fromMs) / width))];
    bar.count += weight;
    if (severityRank(severity) > severityRank(bar.severity)) bar.severity = severity;
  }
  return { fromMs, toMs, bars: out };
}

/**
 * @param {import('../lib/api.js').Detection[]} detections
 * @param {import('../lib/format.js').Zone} zone
 */
export function strip(detections, zone) {
  if (detections.length === 0) return html`<p class="empty">No detections are stored any more.</p>`;
  const { fromMs, toMs, bars: counted } = bars(detections.map((one) => ({ timeMs: one.time_ms, severity: one.severity, weight: 1 })));
  const most = Math.max(...counted.map((bar) => bar.count));
  const label = `${some(detections.length, 'detection')} between ${moment(fromMs, zone)} and ${moment(toMs, zone)}`;
  return html`<figure class="strip"><svg viewBox="0 0 ${BARS * 8} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label}>${counted.map((bar, i) => {
    const height = bar.count === 0 ? 1 : 4 + (bar.count / most) * (HEIGHT - 4);
    return svg`<rect class=${bar.count === 0 ? 'strip-none' : `fill-${bar.severity}`} x=${i * 8 + 1} y=${HEIGHT - height} width="6" height=${height}/>`;
  })}</svg><figcaption class="muted"><span>${moment(fromMs, zone)}</span><span>${moment(toMs, zone)}</span></figcaption></figure>`;
}
