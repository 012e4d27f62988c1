/** The first control of every page: the time range. A row of choices where there is room, a list on a phone. */
import { html } from 'lit';
import { Element } from './element.js';
import { RANGES, rangeParams } from '../lib/time.js';
import { hrefWith, set } from '../lib/router.js';
import { icon } from '../lib/icons.js';
import { moment } from '../lib/format.js';

export class TimeRange extends Element {
  static properties = { range: { attribute: false }, zone: {}, error: { state: true } };

  constructor() {
    super();
    /** @type {import('../lib/time.js').Range} */
    this.range = { key: '24h', fromMs: 0, toMs: 0, moving: true };
    /** @type {import('../lib/format.js').Zone} */
    this.zone = 'local';
    this.error = '';
  }

  render() {
    const custom = this.range.key === 'custom';
    const words = custom ? `${moment(this.range.fromMs, this.zone)} – ${moment(this.range.toMs, this.zone)}` : 'Custom';
    return html`
      <div class="range" role="group" aria-label="Time range">
        <div class="range-row">
          ${RANGES.map(({ key, label }) => html`<a class="range-choice" href=${hrefWith(rangeParams(key))} aria-current=${this.range.key === key ? 'true' : 'false'}>${key === 'live' ? html`<i class="pulse" aria-hidden="true"></i>` : ''}${label}</a>`)}
          <button class="range-choice" popovertarget="range-custom" aria-current=${custom ? 'true' : 'false'}>${words}</button>
        </div>
        <label class="range-list">
          <span class="unseen">Time range</span>
          <select @change=${this.pick}>
            ${RANGES.map(({ key, label }) => html`<option value=${key} ?selected=${this.range.key === key}>${label}</option>`)}
            <option value="custom" ?selected=${custom}>${custom ? 'Custom' : 'Custom…'}</option>
          </select>
        </label>
        <div id="range-custom" class="popover range-custom" popover>
          <form @submit=${this.apply}>
            <label>From <input name="from" type="datetime-local" step="1" required .value=${this.local(this.range.fromMs)}></label>
            <label>To <input name="to" type="datetime-local" step="1" required .value=${this.local(this.range.toMs)}></label>
            <p class="muted">In ${this.zone === 'utc' ? 'UTC' : 'your time zone'}.</p>
            ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : ''}
            <button class="button primary">${icon('clock')} Show this range</button>
          </form>
        </div>
      </div>`;
  }

  /** @param {number} timeMs */
  local(timeMs) {
    const shift = this.zone === 'utc' ? 0 : new Date(timeMs).getTimezoneOffset() * 60_000;
    return new Date(timeMs - shift).toISOString().slice(0, 19);
  }

  /** @param {Event} event */
  pick(event) {
    const { value } = /** @type {HTMLSelectElement} */ (event.target);
    if (value === 'custom') /** @type {HTMLElement} */ (this.querySelector('#range-custom')).showPopover();
    else set(rangeParams(value));
  }

  /** @param {SubmitEvent} event */
  apply(event) {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const read = (/** @type {string} */ name) => Date.parse(String(data.get(name)) + (this.zone === 'utc' ? 'Z' : ''));
    const fromMs = read('from');
    const toMs = read('to');
    this.error = fromMs < toMs ? '' : 'The range must end after it starts.';
    if (this.error) return;
    /** @type {HTMLElement} */ (this.querySelector('#range-custom')).hidePopover();
    set(rangeParams({ fromMs, toMs }));
  }
}

customElements.define('vedette-time-range', TimeRange);
