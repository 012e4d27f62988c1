/**
 * A chart: ECharts on a canvas, loaded when the first one is shown, and behind it a table with the
 * same figures for those who cannot see it or want the numbers.
 */
import { html } from 'lit';
import { Element } from './element.js';

/** @type {Promise<any> | undefined} */
let library;
const load = () => (library ??= import('echarts'));

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The theme's colours, for drawing on the canvas. */
export function tokens() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: read('text'),
    muted: read('muted'),
    border: read('border'),
    surface: read('surface'),
    tint: read('tint'),
    accent: read('accent'),
    font: getComputedStyle(document.body).fontFamily,
    severity: /** @type {Record<string, string>} */ (
      Object.fromEntries(['critical', 'high', 'medium', 'low', 'informational'].map((word) => [word, read(word)]))
    ),
  };
}

/** @typedef {ReturnType<typeof tokens>} Tokens */

export class Chart extends Element {
  static properties = {
    data: { attribute: false },
    mark: {},
    option: { attribute: false, hasChanged: () => false },
    label: { type: String },
    columns: { attribute: false },
    rows: { attribute: false },
    brushed: { attribute: false, hasChanged: () => false },
    failed: { state: true },
  };

  constructor() {
    super();
    /** What is drawn: the canvas is drawn again when this is another object, or `mark` another word. @type {unknown} */
    this.data = null;
    this.mark = '';
    /** Draws with the theme's colours. @type {(tokens: Tokens) => any} */
    this.option = () => ({});
    /** What the chart shows, in a sentence. */
    this.label = '';
    /** @type {string[]} */
    this.columns = [];
    /** @type {(string | number)[][]} */
    this.rows = [];
    /** Called with the ends of a selected stretch of the x axis. @type {((from: number, to: number) => void) | null} */
    this.brushed = null;
    this.failed = false;
    /** @type {any} */
    this.chart = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(document, 'vedette-theme', () => this.draw());
    this.during(() => {
      const observer = new ResizeObserver(() => this.chart?.resize({ animation: { duration: 0 } }));
      observer.observe(this);
      return () => observer.disconnect();
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.chart?.dispose();
    this.chart = null;
  }

  render() {
    return html`
      <div class="chart-canvas" role="img" aria-label=${this.label}></div>
      <details class="chart-table">
        <summary>Table</summary>
        <div class="chart-table-box">
          <table>
            <caption>${this.label}</caption>
            <thead><tr>${this.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
            <tbody>${this.rows.map((row) => html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody>
          </table>
        </div>
      </details>
      ${this.failed ? html`<p class="muted">The chart could not be drawn; its table is complete.</p>` : ''}`;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has('data') || changed.has('mark')) void this.draw();
  }

  async draw() {
    let echarts;
    try {
      echarts = await load();
    } catch {
      this.failed = true;
      return;
    }
    const box = /** @type {HTMLElement | null} */ (this.querySelector('.chart-canvas'));
    if (!box || !this.isConnected) return;
    if (!this.chart) {
      this.chart = echarts.init(box, null, { renderer: 'canvas' });
      this.chart.on('brushEnd', (/** @type {any} */ event) => {
        const pixels = event.areas[0]?.range;
        this.chart.dispatchAction({ type: 'brush', areas: [] });
        if (!pixels || !this.brushed) return;
        const [from, to] = pixels.map((/** @type {number} */ pixel) => this.chart.convertFromPixel({ xAxisIndex: 0 }, pixel));
        this.brushed(Math.min(from, to), Math.max(from, to));
      });
    }
    this.chart.setOption({ animation: !still(), animationDuration: 120, animationDurationUpdate: 120, ...this.option(tokens()) }, { notMerge: true });
    if (this.brushed) {
      this.chart.dispatchAction({ type: 'takeGlobalCursor', key: 'brush', brushOption: { brushType: 'lineX', brushMode: 'single' } });
    }
  }
}

customElements.define('vedette-chart', Chart);
