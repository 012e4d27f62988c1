/** Events as files. Pure but for `download`. */

/** @typedef {import('./api.js').LogEvent} LogEvent */

/** A cell that no spreadsheet takes for a formula. @param {string} text */
export function csvCell(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {LogEvent[]} events @param {string[]} columns */
export function csv(events, columns) {
  const head = ['id', 'time', 'source', 'severity', ...columns, 'event.original'];
  const rows = events.map((event) => [event.id, new Date(event.time_ms).toISOString(), event.source, event.severity ?? '', ...columns.map((column) => event.fields[column] ?? ''), event.original]);
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
