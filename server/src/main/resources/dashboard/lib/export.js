/** Events as files. Pure but for `download`. */
import { own } from './fields.js';

/** @typedef {import('./api.js').LogEvent} LogEvent */

/**
 * Where a spreadsheet may see the start of a formula: at the start of the cell, and after whatever
 * it takes for a separator. Which one that is its language settings decide, not the file, and a
 * quote that does not open a cell holds nothing together.
 */
const FORMULA = /(^\s*|[;\t\r\n])(?="*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/g;

/** A cell that no spreadsheet takes for a formula. @param {string} text */
export function csvCell(text) {
  const safe = text.replace(FORMULA, "$1'");
  return /[",;\t\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {LogEvent[]} events @param {string[]} columns */
export function csv(events, columns) {
  const head = ['id', 'time', 'source', 'severity', ...columns, 'event.original'];
  const rows = events.map((event) => [event.id, new Date(event.time_ms).toISOString(), event.source, event.severity ?? '', ...columns.map((column) => own(event.fields, column) ?? ''), event.original]);
  return [head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

/** One JSON object per line. @param {LogEvent[]} events */
export const ndjson = (events) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** @param {string} name @param {string} type @param {string} text */
export function download(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
