/**
 * The live connection (`/ws`): what happens on the server, as it happens.
 *
 * Reconnects with growing pauses, resumes after the last message seen, sends pings so that a dead
 * connection is noticed, and is closed while nobody is signed in. Listeners get events named after
 * the message type (`stats`, `alerts`, `activity`, `detections`; the message is in `detail`), `state`
 * when the connection changes, and `reset` when what was missed is gone and all should be loaded anew.
 */

const PING_MS = 20_000;
const SILENT_MS = 50_000;
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 20_000;
/** The close code of a connection whose session has ended. */
const POLICY = 1008;
/** Figures come once a second while they change: after this silence nothing is coming in. */
const QUIET_MS = 3_000;

class Live extends EventTarget {
  /** @type {'idle' | 'connecting' | 'open' | 'lost'} */
  state = 'idle';
  /** How long until the next try; 0 while one is under way. */
  retryMs = 0;
  /** The number of the last message seen, and the run of the server that counted it: for resuming. */
  last = 0;
  run = '';
  /** Events per second taken in now; null until it is known. `rate` events tell when it changes. @type {number | null} */
  rate = null;
  /** When anything was heard last. */
  heardMs = 0;

  /** @type {WebSocket | null} */
  #socket = null;
  #tries = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #heart = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet = undefined;

  start() {
    if (this.state !== 'idle') return;
    window.addEventListener('online', this.#online);
    this.#connect();
  }

  stop() {
    window.removeEventListener('online', this.#online);
    clearTimeout(this.#timer);
    clearInterval(this.#heart);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#tries = 0;
    this.last = 0;
    this.run = '';
    this.#become('idle');
  }

  /** Tries at once. */
  retry() {
    if (this.state === 'idle' || this.state === 'open') return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #online = () => this.retry();

  #connect() {
    this.retryMs = 0;
    if (this.#tries === 0) this.#become('connecting');
    const { protocol, host } = location;
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.heardMs = Date.now();
      this.#become('open');
      clearInterval(this.#heart);
      this.#heart = setInterval(() => this.#beat(socket), PING_MS);
    };
    socket.onmessage = ({ data }) => this.#heard(socket, String(data));
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  /** @param {WebSocket} socket */
  #beat(socket) {
    if (Date.now() - this.heardMs > SILENT_MS) socket.close();
    else if (socket.readyState === WebSocket.OPEN) socket.send('{"ping":1}');
  }

  /** @param {WebSocket} socket @param {string} data */
  #heard(socket, data) {
    if (socket !== this.#socket) return;
    this.heardMs = Date.now();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return; // Not ours to understand; the heartbeat still counts.
    }
    switch (message.type) {
      case 'hello':
        this.#greeted(socket, message);
        break;
      case 'reset':
        this.last = message.n;
        this.run = message.run;
        this.dispatchEvent(new CustomEvent('reset'));
        break;
      case 'stats':
      case 'alerts':
      case 'activity':
      case 'detections':
        this.last = Math.max(this.last, message.n);
        if (message.type === 'stats') this.#paced(message.data.events_per_second);
        this.dispatchEvent(new CustomEvent(message.type, { detail: message.data }));
        break;
      default: // A pong, or a type of a newer server.
    }
  }

  /** @param {number} rate */
  #paced(rate) {
    clearTimeout(this.#quiet);
    this.rate = rate;
    this.dispatchEvent(new Event('rate'));
    if (rate > 0) this.#quiet = setTimeout(() => this.#paced(0), QUIET_MS);
  }

  /** Asks for what was missed since the connection before. @param {WebSocket} socket @param {{n: number, run: string}} hello */
  #greeted(socket, hello) {
    if (this.run !== '') {
      socket.send(JSON.stringify({ resume: this.last, run: this.run }));
    } else {
      this.last = hello.n;
      this.run = hello.run;
    }
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    clearInterval(this.#heart);
    // The session has ended: whoever listens stops this, and asks who is there.
    if (code === POLICY) window.dispatchEvent(new Event('vedette-unauthorized'));
    if (socket !== this.#socket) return;
    this.#tries++;
    this.retryMs = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** (this.#tries - 1)) * (0.75 + Math.random() / 2);
    // One lost connection is healed before anyone needs to hear of it.
    this.#become(this.#tries > 1 ? 'lost' : 'connecting');
    this.#timer = setTimeout(() => this.#connect(), this.retryMs);
  }

  /** @param {'idle' | 'connecting' | 'open' | 'lost'} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}

export const live = new Live();
