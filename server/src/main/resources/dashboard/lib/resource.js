/**
 * Something loaded from the API for a component: its value, whether it is on its way, why it failed.
 *
 * A newer question aborts the older one; a failed refresh keeps the last value and its age, so that
 * the page shows stale figures as stale and never turns blank.
 *
 * @template V
 */
export class Resource {
  /**
   * @param {import('lit').ReactiveControllerHost} host redrawn at each change
   * @param {(key: any, signal: AbortSignal) => Promise<V>} load
   */
  constructor(host, load) {
    this.host = host;
    this.load = load;
    /** @type {V | null} */
    this.value = null;
    /** @type {import('./api.js').ApiError | null} */
    this.error = null;
    this.loading = false;
    /** When `value` was true. */
    this.loadedMs = 0;
    this.key = '';
    /** @type {any} */
    this.wanted = null;
    /** @type {AbortController | null} */
    this.running = null;
    host.addController(this);
  }

  hostDisconnected() {
    this.running?.abort();
  }

  /**
   * Asks for the value of a key; does nothing while the key stays the same.
   * @param {any} key a plain object, passed to the loader
   * @param {{keep?: boolean}} [options] keep: show the old value until the new one is here
   */
  want(key, { keep = true } = {}) {
    const name = JSON.stringify(key);
    if (name === this.key) return;
    this.key = name;
    this.wanted = key;
    if (!keep) this.value = null;
    void this.refresh();
  }

  async refresh() {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.loading = true;
    this.host.requestUpdate();
    try {
      const value = await this.load(this.wanted, running.signal);
      if (running.signal.aborted) return;
      this.value = value;
      this.error = null;
      this.loadedMs = Date.now();
    } catch (error) {
      if (running.signal.aborted) return;
      if (!(error instanceof Error)) throw error;
      this.error = /** @type {any} */ (error);
    } finally {
      if (this.running === running) {
        this.loading = false;
        this.running = null;
        this.host.requestUpdate();
      }
    }
  }

  /** Changes the value in place, as after a write that is known to have succeeded. @param {(value: V) => V} change */
  patch(change) {
    if (this.value === null) return;
    this.value = change(this.value);
    this.host.requestUpdate();
  }
}
