/** The base of every component: Lit without a shadow root, so that one set of stylesheets, ids, and labels serves the page. */
import { LitElement } from 'lit';

export class Element extends LitElement {
  createRenderRoot() {
    return this;
  }

  /** Undone when the element leaves the page. @type {(() => void)[]} */
  #cleanups = [];

  /** Runs `start` now; what it returns is run when the element leaves. @param {() => (() => void)} start */
  during(start) {
    this.#cleanups.push(start());
  }

  /** Listens while the element is on the page. @param {EventTarget} target @param {string} type @param {(event: any) => void} listener */
  listen(target, type, listener) {
    this.during(() => {
      target.addEventListener(type, listener);
      return () => target.removeEventListener(type, listener);
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }
}
