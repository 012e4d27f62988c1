/** The keys that work now, in a dialog (`?`). */
import { html } from 'lit';
import { Element } from './element.js';
import { bound } from '../lib/keyboard.js';
import { icon } from '../lib/icons.js';

/** Keys whose names are not what is printed on them. @type {Record<string, string>} */
const NAMES = { 'Ctrl+k': 'Ctrl K', Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑' };

export class Help extends Element {
  open() {
    this.requestUpdate();
    /** @type {HTMLDialogElement | null} */ (this.querySelector('dialog'))?.showModal();
  }

  render() {
    const shown = new Map(bound().map((binding) => [binding.keys, binding]));
    const groups = Map.groupBy(shown.values(), (binding) => binding.group);
    return html`<dialog class="help" aria-labelledby="help-title">
      <header><h2 id="help-title">Keys</h2><form method="dialog"><button class="icon-button" aria-label="Close">${icon('close')}</button></form></header>
      <div class="help-groups">${[...groups].map(
        ([group, bindings]) => html`<section><h3>${group}</h3><dl>${bindings.map(
          (binding) => html`<div><dt>${binding.keys.split(', ').map((keys, i) => html`${i ? ' or ' : ''}${keys.split(' ').map((key) => html`<kbd>${NAMES[key] ?? key}</kbd>`)}`)}</dt><dd>${binding.does}</dd></div>`,
        )}</dl></section>`,
      )}</div>
    </dialog>`;
  }
}

customElements.define('vedette-help', Help);
