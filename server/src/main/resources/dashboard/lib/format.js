/** Numbers, times, and words as people read them. Pure. */

const LOCALE = 'en-GB';
const whole = new Intl.NumberFormat(LOCALE);

/** 1234567 as `1,234,567`. @param {number} value */
export const count = (value) => whole.format(Math.round(value));

/** 1234567 as `1.23M`: at most four characters and a unit. @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  if (size < 10_000) return whole.format(Math.round(value));
  for (const [unit, name] of /** @type {[number, string][]} */ ([[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'k']])) {
    if (size >= unit * 0.9995) {
      const scaled = value / unit;
      return `${Number(scaled.toFixed(Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2))}${name}`;
    }
  }
  return whole.format(value);
}

/** Bytes in the unit that reads best, binary. @param {number} value */
export function bytes(value) {
  if (!(value >= 0)) return 'unknown';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let size = value;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `1 event`, `2 events`. @param {number} number @param {string} noun @param {string} [plural] */
export const some = (number, noun, plural = `${noun}s`) => `${count(number)} ${number === 1 ? noun : plural}`;

/**
 * How long ago, in the largest unit that says enough: `now`, `12 s`, `4 min`, `3 h`, `2 d`.
 * @param {number} timeMs
 * @param {number} nowMs
 */
export function ago(timeMs, nowMs) {
  const words = duration(Math.abs(nowMs - timeMs));
  // The page's clock ticks every half minute, so what has just come may be a little ahead of it.
  if (words === '0 s' || (timeMs > nowMs && timeMs - nowMs < 60_000)) return 'now';
  return timeMs > nowMs ? `in ${words}` : `${words} ago`;
}

/** A length of time in its largest unit. @param {number} ms */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** @typedef {'local' | 'utc'} Zone */

/** @param {Zone} zone @param {Intl.DateTimeFormatOptions} options */
const formatter = (zone, options) =>
  new Intl.DateTimeFormat(LOCALE, { ...options, hourCycle: 'h23', timeZone: zone === 'utc' ? 'UTC' : undefined });

const cache = new Map();

/** @param {number} timeMs @param {Zone} zone @param {string} key @param {Intl.DateTimeFormatOptions} options */
function format(timeMs, zone, key, options) {
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15) return 'unknown time';
  const name = zone + key;
  if (!cache.has(name)) cache.set(name, formatter(zone, options));
  return cache.get(name).format(timeMs);
}

/** `10:42:07`. @param {number} timeMs @param {Zone} zone */
export const clock = (timeMs, zone) => format(timeMs, zone, 'clock', { timeStyle: 'medium' });

/** `10:42`. @param {number} timeMs @param {Zone} zone */
export const clockShort = (timeMs, zone) => format(timeMs, zone, 'short', { timeStyle: 'short' });

/** `21 Nov 10:42:07`. @param {number} timeMs @param {Zone} zone */
export const moment = (timeMs, zone) =>
  format(timeMs, zone, 'moment', { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }).replace(',', '');

/** `21 Nov`. @param {number} timeMs @param {Zone} zone */
export const day = (timeMs, zone) => format(timeMs, zone, 'day', { day: 'numeric', month: 'short' });

/** The exact time with its zone, for titles and copies. @param {number} timeMs @param {Zone} zone */
export function exact(timeMs, zone) {
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15) return 'unknown time';
  if (zone === 'utc') return new Date(timeMs).toISOString();
  return format(timeMs, zone, 'exact', { dateStyle: 'medium', timeStyle: 'long' });
}

/**
 * The change from one period to the next, as words: `+12 %`, `−40 %`, `none the period before`, `no change`.
 * @param {number} now
 * @param {number} before
 */
export function change(now, before) {
  if (now === before) return 'no change';
  if (before === 0) return 'none the period before';
  const percent = Math.round(((now - before) / before) * 100);
  if (percent === 0) return 'no change';
  if (percent >= 1000) return `×${count(now / before)}`;
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** `brute_force` as `Brute force`. @param {string} word */
export function title(word) {
  const words = word.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
