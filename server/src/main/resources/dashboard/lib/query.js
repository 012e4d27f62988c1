/**
 * The search expression as the person types it: words with their places, the word under the caret,
 * what could complete it, and filters added or taken out. The server is the judge of what an
 * expression means; this module only helps to write one. Pure.
 */

/**
 * @typedef {{kind: 'word' | 'operator' | 'string' | 'paren', text: string, start: number, end: number}} Token
 * @typedef {{message: string, start: number, end: number}} Problem
 */

const TOKEN = /"(?:[^"\\]|\\.)*"?|<=|>=|[:<>=()]|[^\s:<>=()"]+/g;

/** @param {string} text @returns {Token[]} */
export function tokens(text) {
  return [...text.matchAll(TOKEN)].map((match) => {
    const start = match.index ?? 0;
    const first = match[0][0];
    const kind = first === '"' ? 'string' : first === '(' || first === ')' ? 'paren' : /[:<>=]/.test(first) ? 'operator' : 'word';
    return { kind, text: match[0], start, end: start + match[0].length };
  });
}

/**
 * What is plainly wrong before asking the server; null when nothing is.
 * @param {string} text
 * @returns {Problem | null}
 */
export function problem(text) {
  const list = tokens(text);
  /** @type {Token[]} */
  const open = [];
  for (let i = 0; i < list.length; i++) {
    const token = list[i];
    const next = list[i + 1];
    if (token.kind === 'string' && (token.text.length < 2 || !token.text.endsWith('"'))) {
      return { message: 'This quotation is not closed: add a "', start: token.start, end: token.end };
    }
    if (token.text === '(' && token.kind === 'paren') open.push(token);
    if (token.text === ')' && token.kind === 'paren' && !open.pop()) {
      return { message: 'This parenthesis closes nothing', start: token.start, end: token.end };
    }
    if (token.kind === 'operator') {
      const before = list[i - 1];
      if (!before || before.kind !== 'word') {
        return { message: `A field name belongs before ${token.text}`, start: token.start, end: token.end };
      }
      if (!next || (next.kind !== 'word' && next.kind !== 'string' && next.text !== '(')) {
        return { message: `A value belongs after ${before.text}${token.text}`, start: before.start, end: token.end };
      }
    }
  }
  const left = open.pop();
  return left ? { message: 'This parenthesis is not closed', start: left.start, end: left.end } : null;
}

/**
 * What could stand where the caret is.
 * @param {string} text
 * @param {number} caret
 * @param {string[]} fields names known
 * @param {(field: string) => string[]} valuesOf values seen of a field
 * @returns {{start: number, end: number, options: {text: string, insert: string}[]}}
 */
export function completions(text, caret, fields, valuesOf) {
  const list = tokens(text);
  const index = list.findIndex((token) => token.start < caret && caret <= token.end && token.kind !== 'paren');
  const current = index >= 0 ? list[index] : undefined;
  const place = index >= 0 ? index : list.filter((token) => token.end <= caret).length;
  const operator = current?.kind === 'operator' ? current : list[place - 1];
  if (operator?.kind === 'operator' && (current?.kind !== 'operator' || operator.text === ':')) {
    const field = list[list.indexOf(operator) - 1];
    const typed = current && current.kind !== 'operator' ? current.text.replace(/^"/, '').toLowerCase() : '';
    const start = current && current.kind !== 'operator' ? current.start : caret;
    const end = current && current.kind !== 'operator' ? current.end : caret;
    const options = (field ? valuesOf(field.text) : [])
      .filter((value) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
      .slice(0, 8)
      .map((value) => ({ text: value, insert: quoted(value) + ' ' }));
    return { start, end, options };
  }
  if (!current || current.kind !== 'word') return { start: caret, end: caret, options: [] };
  const typed = current.text.slice(0, caret - current.start).toLowerCase();
  const ranked = fields
    .filter((field) => field !== typed && field.toLowerCase().includes(typed))
    .sort((a, b) => Number(b.startsWith(typed)) - Number(a.startsWith(typed)) || a.length - b.length || a.localeCompare(b));
  const options = ranked.slice(0, 8).map((field) => ({ text: field, insert: `${field}:` }));
  return { start: current.start, end: current.end, options };
}

/** A value as it must be written: in quotation marks unless it is a plain word. @param {string} value */
export function quoted(value) {
  return /^[\p{L}\p{N}._\-/@]+$/u.test(value) && !/^(and|or|not)$/i.test(value)
    ? value
    : `"${value.replace(/["\\*]/g, (character) => `\\${character}`)}"`;
}

/**
 * Narrows an expression to (or away from) a value; the same filter is not added twice.
 * @param {string} text
 * @param {string} field
 * @param {string} value
 * @param {boolean} out
 */
export function withFilter(text, field, value, out) {
  const filter = `${out ? 'not ' : ''}${field}:${quoted(value)}`;
  const trimmed = text.trim();
  if (trimmed === '') return filter;
  const parts = trimmed.split(/\s+and\s+/i);
  if (parts.includes(filter)) return trimmed;
  const opposite = out ? `${field}:${quoted(value)}` : `not ${filter}`;
  const kept = parts.filter((part) => part !== opposite);
  const base = kept.join(' and ');
  if (base === '') return filter;
  return `${/\bor\b/i.test(base) ? `(${base})` : base} and ${filter}`;
}
