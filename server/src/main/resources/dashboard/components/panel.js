/** The panel at the right: one frame for alerts, events, and entities. */
import { html } from 'lit';
import { icon } from '../lib/icons.js';
import { set } from '../lib/router.js';

/** Puts the focus on the row that the keys are at, so that Enter and screen readers follow. @param {ParentNode} page */
export const focusCursor = (page) => /** @type {HTMLElement | null} */ (page.querySelector('[data-cursor] a'))?.focus({ preventScroll: true });

/**
 * @param {{label: string, heading: any, parameter: 'open' | 'entity', body: any, foot?: any}} parts
 *   `parameter` is what closing takes out of the address
 */
export const panel = ({ label, heading, parameter, body, foot = '' }) => html`
  <aside class="panel" aria-label=${label} tabindex="-1">
    <header class="panel-head">${heading}
      <span class="panel-tools"><button class="icon-button" data-copy .copyText=${location.href} title="Copy a link" aria-label="Copy a link to this">${icon('link')}</button><button class="icon-button" @click=${() => set({ [parameter]: null })} title="Close (Esc)" aria-label="Close">${icon('close')}</button></span>
    </header>
    <div class="panel-body" tabindex="0" role="group" aria-label=${`${label}: details`}>${body}</div>
    ${foot}
  </aside>`;
