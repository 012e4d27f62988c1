/** The search field: completes field names and values, and shows an error under the word that caused it. */
import { html, nothing } from 'lit';
import { Element } from './element.js';
import { styled } from '../lib/styled.js';
import { icon } from '../lib/icons.js';
import { completions, problem } from '../lib/query.js';
import { middle, visible } from '../lib/text.js';

export class QueryField extends Element {
  static properties = { value: {}, fields: { attribute: false }, fault: { attribute: false }, text: { state: true }, options: { state: true }, chosen: { state: true }, shift: { state: true } };

  constructor() {
    super();
    /** The expression in force. */
    this.value = '';
    /** Field names and the values seen. @type {Map<string, string[]>} */
    this.fields = new Map();
    /** What the server said about `value`. @type {import('../lib/query.js').Problem | null} */
    this.fault = null;
    this.text = '';
    /** @type {{start: number, end: number, options: {text: string, insert: string}[]}} */
    this.options = { start: 0, end: 0, options: [] };
    this.chosen = -1;
    this.shift = 0;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('value')) this.text = this.value;
  }

  get input() {
    return /** @type {HTMLInputElement} */ (this.querySelector('input'));
  }

  focusField() {
    this.input.focus();
    this.input.select();
  }

  render() {
    const edited = this.text !== this.value;
    const fault = edited ? null : this.fault;
    const { options } = this.options;
    return html`<form class="query" role="search" @submit=${this.submit}>
      <label class="query-field ${fault ? 'has-fault' : ''}">${icon('search')}<span class="unseen">Search events</span>
        <span class="query-box">
          <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder='source.ip:192.0.2.0/24 and not url.path:/health* or "failed password"' role="combobox" aria-autocomplete="list" aria-controls="query-options" aria-expanded=${options.length > 0 ? 'true' : 'false'} aria-activedescendant=${this.chosen >= 0 ? `query-option-${this.chosen}` : nothing} aria-invalid=${fault ? 'true' : 'false'} aria-describedby="query-fault" .value=${this.text} @input=${this.typed} @keydown=${this.key} @blur=${this.left} @scroll=${() => { this.shift = this.input.scrollLeft; }}>
          ${fault ? html`<i class="query-mark" aria-hidden="true" ${styled({ left: `calc(${fault.start}ch - ${this.shift}px)`, width: `${Math.max(1, fault.end - fault.start)}ch` })}></i>` : nothing}
        </span>
        ${this.text ? html`<button type="button" class="icon-button" aria-label="Clear" @click=${this.clear}>${icon('close')}</button>` : nothing}
      </label>
      <button class="button primary">Search</button>
      ${options.length > 0 ? html`<ul id="query-options" class="query-options" role="listbox" aria-label="Completions" ${styled({ '--at': `${this.options.start}ch` })}>${options.map((option, i) => html`<li id=${`query-option-${i}`} role="option" aria-selected=${i === this.chosen ? 'true' : 'false'} @pointerdown=${(/** @type {Event} */ event) => { event.preventDefault(); this.complete(i); }}>${visible(middle(option.text, 80))}</li>`)}</ul>` : nothing}
      <p id="query-fault" class="error query-error" role="alert">${fault ? html`<span ${styled({ 'padding-left': `min(${fault.start}ch, 40%)` })}>${fault.message}</span>` : nothing}</p>
    </form>`;
  }

  /** @param {InputEvent} event */
  typed(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    this.text = input.value;
    this.suggest(input.selectionStart ?? this.text.length);
  }

  /** @param {number} caret */
  suggest(caret) {
    this.options = completions(this.text, caret, [...this.fields.keys()], (field) => this.fields.get(field) ?? []);
    this.chosen = -1;
  }

  left() {
    this.options = { start: 0, end: 0, options: [] };
    this.chosen = -1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { options } = this.options;
    if (event.key === 'Escape') {
      if (options.length > 0) this.left();
      else this.input.blur();
      event.preventDefault();
    } else if (options.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      this.chosen = (this.chosen + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length;
    } else if (options.length > 0 && (event.key === 'Tab' || (event.key === 'Enter' && this.chosen >= 0))) {
      event.preventDefault();
      this.complete(Math.max(0, this.chosen));
    }
  }

  /** @param {number} index */
  complete(index) {
    const { start, end, options } = this.options;
    const { insert } = options[index];
    this.text = this.text.slice(0, start) + insert + this.text.slice(end).replace(/^:/, '');
    const caret = start + insert.length;
    void this.updateComplete.then(() => {
      this.input.focus();
      this.input.setSelectionRange(caret, caret);
    });
    this.suggest(caret);
  }

  clear() {
    this.text = '';
    this.tell();
    this.input.focus();
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    event.preventDefault();
    this.left();
    this.tell();
  }

  tell() {
    const text = this.text.trim();
    const fault = problem(text);
    this.dispatchEvent(new CustomEvent('vedette-query', { detail: { text, fault } }));
  }
}

customElements.define('vedette-query-field', QueryField);
