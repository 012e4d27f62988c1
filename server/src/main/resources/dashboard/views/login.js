/** Signing in with the password that the server printed at its first start. */
import { html } from 'lit';
import { Element } from '../components/element.js';
import { failure } from '../components/marks.js';
import { api } from '../lib/api.js';

export class Login extends Element {
  static properties = { session: { attribute: false }, busy: { state: true }, error: { state: true } };

  constructor() {
    super();
    /** @type {import('../lib/api.js').Session | null} */
    this.session = null;
    this.busy = false;
    this.error = '';
  }

  firstUpdated() {
    /** @type {HTMLElement | null} */ (this.querySelector('#password'))?.focus();
  }

  render() {
    const down = this.session?.failure;
    return html`<main class="login" id="main">
      <div class="login-box">
        <img src="/favicon.svg" alt="" width="44" height="44">
        <h1>Vedette</h1>
        ${down ? failure(down, () => location.reload()) : this.form()}
      </div>
    </main>`;
  }

  form() {
    return html`
      <p class="muted">${this.session?.expired ? 'Your session has ended. Sign in again to go on where you were.' : 'Sign in with the admin password that the server printed at its first start.'}</p>
      <form @submit=${this.submit}>
        <input class="unseen" type="text" name="username" autocomplete="username" value="admin" tabindex="-1" aria-hidden="true" readonly>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required ?disabled=${this.busy} aria-describedby="login-error" aria-invalid=${this.error ? 'true' : 'false'}>
        <p id="login-error" class="error" role="alert">${this.error}</p>
        <button class="button primary" ?disabled=${this.busy}>${this.busy ? 'Signing in…' : 'Sign in'}</button>
      </form>
      <details class="login-help">
        <summary>Where is the password?</summary>
        <p class="muted">In the output of the server's first start, in the line “admin password”; it is shown that once and kept only as a hash. Lost? Stop the server and run <code>vedette users reset-password</code> where its data is.</p>
      </details>`;
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const password = String(new FormData(form).get('password')).trim();
    this.busy = true;
    this.error = '';
    try {
      await api.signIn(password);
      this.dispatchEvent(new CustomEvent('vedette-signed-in'));
    } catch (error) {
      const { status, message } = /** @type {import('../lib/api.js').ApiError} */ (error);
      this.error = status === 401 ? 'That is not the password. Check for missing characters; case counts.' : message;
      this.busy = false;
      await this.updateComplete;
      /** @type {HTMLInputElement} */ (this.querySelector('#password')).select();
    }
  }
}

customElements.define('vedette-login', Login);
