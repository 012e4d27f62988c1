/** Short messages at the foot of the page: what was done, with a way back, or why it was not. */
import { html } from 'lit';
import { Element } from './element.js';

const SHOWN_MS = 6_000;

/** @typedef {{text: string, bad?: boolean, undo?: () => void}} Message */

export class Toast extends Element {
  static properties = { messages: { state: true } };

  constructor() {
    super();
    /** @type {Message[]} */
    this.messages = [];
  }

  /** @param {Message} message */
  show(message) {
    this.messages = [...this.messages.slice(-2), message];
    setTimeout(() => this.drop(message), message.bad ? 2 * SHOWN_MS : SHOWN_MS);
  }

  /** @param {Message} message */
  drop(message) {
    this.messages = this.messages.filter((other) => other !== message);
  }

  render() {
    return html`<div class="toasts" role="status" aria-live="polite">${this.messages.map(
      (message) => html`<div class="toast ${message.bad ? 'bad' : ''}">
        <span>${message.text}</span>
        ${message.undo ? html`<button class="button" @click=${() => { message.undo?.(); this.drop(message); }}>Undo</button>` : ''}
        <button class="button quiet" @click=${() => this.drop(message)}>Dismiss</button>
      </div>`,
    )}</div>`;
  }
}

customElements.define('vedette-toast', Toast);

/** @param {string} text @param {{bad?: boolean, undo?: () => void}} [options] */
export function toast(text, options = {}) {
  /** @type {Toast | null} */ (document.querySelector('vedette-toast'))?.show({ text, ...options });
}
