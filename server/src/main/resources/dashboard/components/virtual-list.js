/**
 * A list of rows of one height, of which only those in sight are in the document: ten thousand rows
 * scroll like ten.
 */
import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Element } from './element.js';
import { styled } from '../lib/styled.js';

const OVERSCAN = 12;

/**
 * The rows to draw. Pure.
 * @param {number} top first pixel in sight
 * @param {number} height pixels in sight
 * @param {number} rowHeight
 * @param {number} total
 */
export function window_(top, height, rowHeight, total) {
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(total, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  return { first: Math.min(first, total), last: Math.max(first, last) };
}

export class VirtualList extends Element {
  static properties = { rows: { attribute: false }, rowHeight: { type: Number }, draw: { attribute: false }, keyOf: { attribute: false }, head: { attribute: false }, foot: { attribute: false }, label: {}, mark: { attribute: false } };

  constructor() {
    super();
    /** @type {any[]} */
    this.rows = [];
    this.rowHeight = 32;
    /** @type {(row: any, index: number) => any} */
    this.draw = () => '';
    /** @type {(row: any) => string} */
    this.keyOf = String;
    /** @type {any} */
    this.head = '';
    /** @type {any} */
    this.foot = '';
    this.label = '';
    /** Anything that the rows' look depends on besides themselves. @type {any} */
    this.mark = null;
    this.top = 0;
    this.height = 600;
  }

  connectedCallback() {
    super.connectedCallback();
    this.during(() => {
      const observer = new ResizeObserver(() => this.measure());
      observer.observe(this);
      return () => observer.disconnect();
    });
  }

  get box() {
    return /** @type {HTMLElement | null} */ (this.querySelector('.virtual'));
  }

  measure() {
    const { box } = this;
    if (!box) return;
    const before = window_(this.top, this.height, this.rowHeight, this.rows.length);
    this.top = box.scrollTop;
    this.height = box.clientHeight;
    const after = window_(this.top, this.height, this.rowHeight, this.rows.length);
    if (before.first !== after.first || before.last !== after.last) this.requestUpdate();
    if (box.scrollTop + box.clientHeight > box.scrollHeight - 10 * this.rowHeight) this.dispatchEvent(new CustomEvent('vedette-near-end'));
  }

  /** Brings a row into sight. @param {number} index */
  show(index) {
    const { box } = this;
    if (!box || index < 0) return;
    const head = box.querySelector('.virtual-head')?.clientHeight ?? 0;
    const top = index * this.rowHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + this.rowHeight + head > box.scrollTop + box.clientHeight) box.scrollTop = top + this.rowHeight + head - box.clientHeight;
  }

  render() {
    const { first, last } = window_(this.top, this.height, this.rowHeight, this.rows.length);
    const shown = this.rows.slice(first, last);
    return html`<div class="virtual" role="table" aria-label=${this.label} aria-rowcount=${this.rows.length + 1} tabindex="0" @scroll=${this.measure}>
      <div class="virtual-head" role="row">${this.head}</div>
      <div class="virtual-rows" role="rowgroup" ${styled({ height: `${this.rows.length * this.rowHeight}px` })}>
        <div class="virtual-window" role="presentation" ${styled({ transform: `translateY(${first * this.rowHeight}px)` })}>${repeat(shown, this.keyOf, (row, i) => this.draw(row, first + i))}</div>
      </div>
      ${this.foot}
    </div>`;
  }
}

customElements.define('vedette-virtual-list', VirtualList);
