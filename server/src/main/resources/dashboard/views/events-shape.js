/** What the event search asks, counts, and shows. Pure. */
import { some } from '../lib/format.js';
import { own } from '../lib/fields.js';

/** @typedef {import('../lib/api.js').LogEvent} LogEvent */

export const PAGE = 200;
export const DEFAULT_COLUMNS = ['event.dataset', 'source.ip', 'user.name', 'event.original'];

/** @param {URLSearchParams} params */
export function askedOf(params) {
  const suspicious = params.get('suspicious');
  return {
    q: params.get('q') ?? '',
    suspicious: suspicious === 'yes' ? true : suspicious === 'no' ? false : null,
    columns: (params.get('cols') ?? '').split(',').filter(Boolean).slice(0, 12),
  };
}

/**
 * Counts loaded events into equal buckets over a range.
 * @param {LogEvent[]} events
 * @param {{fromMs: number, toMs: number}} range
 * @param {number} bucketMs
 * @returns {import('../lib/api.js').Timeline}
 */
export function countedByTime(events, range, bucketMs) {
  const first = Math.floor(range.fromMs / bucketMs) * bucketMs;
  const length = Math.min(1_000, Math.max(1, Math.ceil((range.toMs - first) / bucketMs)));
  const points = Array.from({ length }, (_, i) => ({ start_ms: first + i * bucketMs, events: 0, suspicious: 0, detections: /** @type {Record<string, number>} */ ({}) }));
  for (const event of events) {
    const point = points[Math.floor((event.time_ms - first) / bucketMs)];
    if (!point) continue;
    point.events++;
    if (event.is_suspicious) {
      point.suspicious++;
      const severity = event.severity ?? 'informational';
      point.detections[severity] = (point.detections[severity] ?? 0) + 1;
    }
  }
  return { from_ms: range.fromMs, to_ms: range.toMs, bucket_ms: bucketMs, points };
}

/**
 * The page's sentence.
 * @param {{events: LogEvent[], next: string | null, complete: boolean, scanned: number, tookMs: number}} found
 * @param {string} range in words
 */
export function eventsHeadline(found, range) {
  const { events, next, complete, scanned, tookMs } = found;
  // A search ends early because its page is full or because its time is over; only the second is worth telling.
  const cut = !complete && events.length % PAGE !== 0;
  const looked = `at ${some(scanned, 'event')} in ${tookMs < 1_000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1_000).toFixed(1)} s`}`;
  if (events.length === 0) return { lead: complete ? `No events match in ${range}.` : 'Nothing found in the time allowed.', detail: `Looked ${looked}.` };
  return { lead: next === null && complete ? `${some(events.length, 'event')} in ${range}.` : `The newest ${some(events.length, 'event')} in ${range}.`, detail: `${cut ? 'The search ran out of time; scroll on to continue. ' : ''}Looked ${looked}.` };
}

/** The value of a column. @param {LogEvent} event @param {string} column */
export function cell(event, column) {
  if (column === 'event.original') return event.original;
  if (column === 'event.dataset') return event.dataset;
  if (column === 'source') return event.source;
  return own(event.fields, column) ?? '';
}

/** What kind of entity a field names; empty for none. @param {string} field */
export function kindOf(field) {
  if (/(^|\.)ip$/.test(field)) return 'ip';
  if (field === 'user.name' || field === 'user.target.name' || field === 'user.effective.name') return 'user';
  if (field === 'host.name') return 'host';
  return '';
}
