/** A line without axes: the shape of a series beside its number. */
import { html, svg } from 'lit';

const WIDTH = 120;
const HEIGHT = 28;

/**
 * The polyline of a series, scaled to its maximum; flat at the bottom when all is zero. Pure.
 * @param {number[]} values
 * @returns {string} points for an SVG polyline
 */
export function points(values) {
  const top = Math.max(1, ...values);
  const step = values.length > 1 ? WIDTH / (values.length - 1) : 0;
  return values.map((value, i) => `${(i * step).toFixed(1)},${(HEIGHT - 2 - (value / top) * (HEIGHT - 5)).toFixed(1)}`).join(' ');
}

/** @param {number[]} values @param {string} [tone] a class that gives the colour */
export function sparkline(values, tone = '') {
  if (values.length < 2) return html`<span class="sparkline"></span>`;
  const line = points(values);
  return html`<svg class="sparkline ${tone}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${svg`<polygon points="0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}"/><polyline points=${line} vector-effect="non-scaling-stroke"/>`}</svg>`;
}
