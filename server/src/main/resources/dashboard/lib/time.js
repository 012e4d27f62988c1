/**
 * The time range: what it is in the URL, what it is in milliseconds, and how it is cut into buckets.
 * Pure; "now" is an argument.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The choices offered, as written in the URL (`t=24h`). `live` is the last 15 minutes, kept moving. */
export const RANGES = [
  { key: 'live', label: 'Live', ms: 15 * MINUTE },
  { key: '15m', label: '15 m', ms: 15 * MINUTE },
  { key: '1h', label: '1 h', ms: HOUR },
  { key: '24h', label: '24 h', ms: DAY },
  { key: '7d', label: '7 d', ms: 7 * DAY },
  { key: '30d', label: '30 d', ms: 30 * DAY },
];

export const DEFAULT_RANGE = '24h';

/** Widths that a bucket may have; the roll-ups behind them are per minute. */
const BUCKETS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 10_080].map((minutes) => minutes * MINUTE);

/**
 * @typedef {object} Range
 * @property {string} key `live`, `24h`, ... or `custom`
 * @property {number} fromMs
 * @property {number} toMs exclusive
 * @property {boolean} moving whether it ends now and moves on
 */

/**
 * Reads the range of a URL. A custom one is `from` and `to` as ISO 8601; nonsense falls back to the
 * default, so that a mistyped link still shows something.
 *
 * @param {URLSearchParams} params
 * @param {number} nowMs
 * @returns {Range}
 */
export function rangeOf(params, nowMs) {
  const from = Date.parse(params.get('from') ?? '');
  const to = Date.parse(params.get('to') ?? '');
  if (Number.isFinite(from) && Number.isFinite(to) && from < to) {
    return { key: 'custom', fromMs: from, toMs: to, moving: false };
  }
  const preset = RANGES.find((range) => range.key === params.get('t')) ?? RANGES.find((range) => range.key === DEFAULT_RANGE);
  const { key, ms } = /** @type {{key: string, ms: number}} */ (preset);
  return { key, fromMs: nowMs - ms, toMs: nowMs, moving: true };
}

/**
 * The URL parameters of a range: `null` removes a parameter.
 * @param {string | {fromMs: number, toMs: number}} range a preset's key, or the ends of a custom one
 */
export function rangeParams(range) {
  if (typeof range === 'string') return { t: range === DEFAULT_RANGE ? null : range, from: null, to: null };
  return { t: null, from: new Date(range.fromMs).toISOString(), to: new Date(range.toMs).toISOString() };
}

/** The period of the same length just before. @param {Range} range */
export function before(range) {
  return { fromMs: range.fromMs - (range.toMs - range.fromMs), toMs: range.fromMs };
}

/**
 * The narrowest bucket that cuts the range into at most `most` pieces.
 * @param {{fromMs: number, toMs: number}} range
 * @param {number} [most]
 */
export function bucketMs(range, most = 96) {
  const length = range.toMs - range.fromMs;
  return BUCKETS.find((bucket) => length / bucket <= most) ?? BUCKETS[BUCKETS.length - 1];
}

/** The range in words, for headings and screen readers. @param {Range} range @param {(timeMs: number) => string} format */
export function rangeWords(range, format) {
  switch (range.key) {
    case 'live':
    case '15m':
      return 'the last 15 minutes';
    case '1h':
      return 'the last hour';
    case '24h':
      return 'the last 24 hours';
    case '7d':
      return 'the last 7 days';
    case '30d':
      return 'the last 30 days';
    default:
      return `${format(range.fromMs)} to ${format(range.toMs)}`;
  }
}
