/**
 * The server's HTTP API as functions. `openapi.yaml` is the contract; the types below name what of
 * it the dashboard uses. The session travels as a cookie that scripts cannot read.
 */

/**
 * @typedef {'critical' | 'high' | 'medium' | 'low' | 'informational'} Severity
 * @typedef {{kind: string, value: string}} Entity
 * @typedef {Partial<Record<Severity, number>>} BySeverity
 * @typedef {{id: string, rule_id: string, title: string, severity: Severity, class: string, techniques: string[],
 *   entity: Entity, source_ip: string, user_name: string, host_name: string, status: string, first_ms: number,
 *   last_ms: number, events: number, detections: number, reason: string, advice: string, changed_ms: number, status_ms: number,
 *   changed_by: string, note: string}} Alert
 * @typedef {{field: string, value: string, start: number, end: number}} Evidence
 * @typedef {{id: string, alert_id: string, rule_id: string, title: string, severity: Severity, class: string,
 *   techniques: string[], time_ms: number, event_id: string, entity: Entity, source_ip: string, user_name: string,
 *   host_name: string, reason: string, evidence: Evidence[], events: number, original: string, status: string}} Detection
 * @typedef {{id: string, title: string, description: string, severity: Severity, class: string, techniques: string[],
 *   kind: string, log_source: {category: string, product: string, service: string}, file: string,
 *   false_positives: string[], references: string[], advice: string}} Rule
 * @typedef {{alert: Alert, detections: Detection[], events: Event[], rule: Rule | null}} AlertStory
 * @typedef {{entity: Entity, from_ms: number, to_ms: number, detections_total: number, events_total: number,
 *   first_ms: number, last_ms: number, severity: Severity | null, by_class: Record<string, number>,
 *   by_rule: {rule_id: string, title: string, detections: number}[], alerts: Alert[], detections: Detection[]}} EntityStory
 * @typedef {{from_ms: number, to_ms: number, total_events: number, suspicious_events: number, threats_detected: number,
 *   unique_suspicious_ips: number, detections_by_severity: BySeverity, detections_by_class: Record<string, number>,
 *   open_alerts: number, open_alerts_by_severity: BySeverity, first_event_ms: number, last_event_ms: number,
 *   sources: number, sources_silent: number, events_per_second: number, lag_ms: number}} Stats
 * @typedef {{start_ms: number, events: number, suspicious: number, detections: BySeverity}} Point
 * @typedef {{from_ms: number, to_ms: number, bucket_ms: number, points: Point[]}} Timeline
 * @typedef {{value: string, label: string, detections: number, events: number, severity: Severity, first_ms: number, last_ms: number}} Top
 * @typedef {{id: string, source: string, time_ms: number, received_ms: number, dataset: string, source_ip: string,
 *   is_suspicious: boolean, detections: number, severity: Severity | null, threat_types: string[], rules: string[], original: string,
 *   fields: Record<string, string>}} LogEvent
 * @typedef {{events: LogEvent[], next: string | null, complete: boolean, scanned_events: number, skipped_blocks: number, took_ms: number}} EventPage
 * @typedef {{id: number, time_ms: number, type: string, message: string}} Activity
 * @typedef {{id: number, name: string, hint: string, events: number, last_received_ms: number, silent: boolean,
 *   running: boolean, received: number, refused: number, cut: number, dropped: number, problem: string}} Source
 * @typedef {{status: string, version?: string, uptime_ms?: number,
 *   store?: {writable: boolean, problem: string, kind: string, bytes: number, free_bytes: number, events: number},
 *   intake?: {accepted: number, refused: number, queued: number, queue_capacity: number, events_per_second: number, lag_ms: number, unparsed: number},
 *   rules?: number, live?: number, problems?: string[]}} Health
 * @typedef {{known: boolean, user: string, insecure?: boolean, expired?: boolean, failure?: ApiError | null}} Session
 * @typedef {{fromMs: number, toMs: number}} Span
 */

/** A request that failed: `title` for a heading, `message` for the sentence below it. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 where the server could not be reached
   * @param {string} title
   * @param {string} message
   * @param {{position?: number, length?: number, parameter?: string}} [place] where in the request the fault is
   */
  constructor(status, title, message, place = {}) {
    super(message);
    this.status = status;
    this.title = title;
    this.place = place;
  }
}

const PATIENCE_MS = 30_000;

/** @param {string} path @param {Record<string, string | number | boolean | null | undefined>} values */
function withQuery(path, values) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  }
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}

/** @param {Span | null} range */
const span = (range) => (range ? { from: Math.round(range.fromMs), to: Math.round(range.toMs) } : {});

/** @param {string} path @param {{method?: string, body?: unknown, signal?: AbortSignal}} [options] */
async function ask(path, { method = 'GET', body, signal } = {}) {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  let response;
  let answer;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const text = await response.text();
    answer = text === '' ? null : parsed(text);
  } catch {
    if (timeout.aborted) throw new ApiError(0, 'The server takes too long', `No answer within ${PATIENCE_MS / 1000} seconds. It may be overloaded; a shorter time range asks less of it.`);
    throw new ApiError(0, 'The server cannot be reached', 'Check that vedette is running and that this machine can reach it.');
  }
  // `/health` tells what is wrong in a well-formed answer with status 503.
  if (response.ok || (path === '/health' && answer?.status)) return answer;
  if (response.status === 401 && path !== '/api/login') window.dispatchEvent(new Event('vedette-unauthorized'));
  throw problem(response, answer);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {Response} response @param {any} answer an RFC 9457 problem, or nothing */
function problem(response, answer) {
  const retry = Number(response.headers.get('Retry-After'));
  const wait = retry > 0 ? ` Try again in ${retry} s.` : '';
  const title = answer?.title ?? `The server answered ${response.status}`;
  const detail = answer?.detail ?? 'It gave no reason.';
  return new ApiError(response.status, title, detail + (wait && !/try again|retry/i.test(detail) ? wait : ''), answer ?? {});
}

export const api = {
  /** @returns {Promise<Session>} */
  async session() {
    try {
      const { user, insecure_local: insecure } = await ask('/api/session');
      return { known: true, user, insecure };
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return { known: false, user: '', failure: null };
      throw error;
    }
  },

  /** @param {string} password */
  signIn: (password) => ask('/api/login', { method: 'POST', body: { user: 'admin', password } }),

  signOut: () => ask('/api/logout', { method: 'POST' }),

  /** @param {Span} range @param {AbortSignal} [signal] @returns {Promise<Stats>} */
  stats: (range, signal) => ask(withQuery('/api/stats', span(range)), { signal }),

  /** @param {Span} range @param {number} points @param {AbortSignal} [signal] @returns {Promise<Timeline>} */
  timeline: (range, points, signal) => ask(withQuery('/api/timeline', { ...span(range), points }), { signal }),

  /** @param {string} dimension @param {Span} range @param {number} limit @param {AbortSignal} [signal] @returns {Promise<Top[]>} */
  top: async (dimension, range, limit, signal) => (await ask(withQuery('/api/top', { dimension, ...span(range), limit }), { signal })).top,

  /**
   * @param {{range: Span | null, status?: string, severity?: string, class?: string, text?: string, entity?: string, offset?: number, limit?: number}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<{alerts: Alert[], more: boolean}>}
   */
  alerts: ({ range, text, status, severity, class: threatClass, entity, offset, limit }, signal) =>
    ask(withQuery('/api/alerts', { ...span(range), q: text, status: status === 'any' ? '' : status, severity, class: threatClass, entity, offset, limit }), { signal }),

  /** @param {string} id @param {AbortSignal} [signal] @returns {Promise<AlertStory>} */
  alert: (id, signal) => ask(`/api/alerts/${encodeURIComponent(id)}`, { signal }),

  /** @param {string} id @param {string} status @param {string} [note] absent: the note stays @returns {Promise<Alert>} */
  setStatus: (id, status, note) => ask(`/api/alerts/${encodeURIComponent(id)}`, { method: 'PATCH', body: { status, note } }),

  /**
   * @param {{range: Span | null, q?: string, suspicious?: boolean | null, source?: string, limit?: number, cursor?: string | null}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<EventPage>}
   */
  events: ({ range, ...rest }, signal) => ask(withQuery('/api/events', { ...span(range), ...rest }), { signal }),

  /** @param {string} kind @param {string} value @param {Span} range @param {AbortSignal} [signal] @returns {Promise<EntityStory>} */
  entity: (kind, value, range, signal) => ask(withQuery('/api/entity', { kind, value, ...span(range) }), { signal }),

  /** @param {number} limit @param {AbortSignal} [signal] @returns {Promise<Activity[]>} */
  activity: async (limit, signal) => (await ask(withQuery('/api/activity', { limit }), { signal })).activity,

  /** @param {AbortSignal} [signal] @returns {Promise<Rule[]>} */
  rules: async (signal) => (await ask('/api/rules', { signal })).rules,

  /** @param {AbortSignal} [signal] @returns {Promise<Source[]>} */
  sources: async (signal) => (await ask('/api/sources', { signal })).sources,

  /** @param {AbortSignal} [signal] @returns {Promise<Health>} */
  health: (signal) => ask('/health', { signal }),
};
