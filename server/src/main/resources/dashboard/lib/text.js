/**
 * Text from outside (log lines, user agents, names) made safe to look at.
 *
 * Escaping is the template's work; this module deals with what escaping leaves: control characters
 * that hide or reorder text, invisible characters, letters that pose as others, and lines too long
 * to show. Everything here is pure: text in, segments out.
 */

/**
 * @typedef {'text' | 'control' | 'bidi' | 'invisible' | 'lookalike'} Kind
 * @typedef {{kind: Kind, text: string, note: string, badge: string, start: number, marked: boolean}} Segment
 *   `text` is what to show, `badge` a name of it for fonts without control pictures, `start` the offset
 *   (UTF-16) of its first unit in the original
 */

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const INVISIBLE = /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]/u;
const SPECIAL = /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/u;
const WORD = /[\p{L}\p{M}]{2,}/gu;
const LATIN = /\p{Script=Latin}/u;
const POSING = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/** The names of U+0000 to U+001F. */
const C0 = 'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(' ');

const NAMES = new Map([
  [0x00, 'NUL'], [0x07, 'bell'], [0x08, 'backspace'], [0x09, 'tab'], [0x0a, 'line feed'],
  [0x0d, 'carriage return'], [0x1b, 'escape'], [0x7f, 'delete'], [0xad, 'soft hyphen'],
  [0x200b, 'zero width space'], [0x200c, 'zero width non-joiner'], [0x200d, 'zero width joiner'],
  [0x200e, 'left-to-right mark'], [0x200f, 'right-to-left mark'], [0x2028, 'line separator'],
  [0x2029, 'paragraph separator'], [0x202a, 'left-to-right embedding'],
  [0x202b, 'right-to-left embedding'], [0x202c, 'pop directional formatting'],
  [0x202d, 'left-to-right override'], [0x202e, 'right-to-left override'],
  [0x2060, 'word joiner'], [0x2066, 'left-to-right isolate'], [0x2067, 'right-to-left isolate'],
  [0x2068, 'first strong isolate'], [0x2069, 'pop directional isolate'], [0xfeff, 'byte order mark'],
]);

/** @param {number} code */
const codeName = (code) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * What stands in for one character that must not act: `␛` for escape, `‹U+202E›` for an override.
 * @param {string} character
 * @returns {{kind: Kind, text: string, note: string, badge?: string} | null} null for an ordinary character
 */
function standIn(character) {
  const code = /** @type {number} */ (character.codePointAt(0));
  const note = [codeName(code), NAMES.get(code)].filter(Boolean).join(' ');
  if (code < 0x20) return { kind: 'control', text: String.fromCharCode(0x2400 + code), note, badge: C0[code] };
  if (code === 0x7f) return { kind: 'control', text: '␡', note, badge: 'DEL' };
  if (code >= 0x80 && code < 0xa0) return { kind: 'control', text: `‹${codeName(code)}›`, note };
  if (code >= 0xd800 && code < 0xe000) return { kind: 'control', text: '�', note: `${note} lone surrogate` };
  if (BIDI.test(character)) return { kind: 'bidi', text: `‹${codeName(code)}›`, note };
  if (INVISIBLE.test(character)) return { kind: 'invisible', text: `‹${codeName(code)}›`, note };
  return null;
}

/** Offsets of words that mix Latin with letters of a script that looks like it. @param {string} text */
function lookalikes(text) {
  if (!POSING.test(text)) return [];
  return [...text.matchAll(WORD)]
    .filter((word) => LATIN.test(word[0]) && POSING.test(word[0]))
    .map((word) => [word.index ?? 0, (word.index ?? 0) + word[0].length]);
}

/**
 * Splits text into runs to render, each as plain text: ordinary runs, characters that needed a
 * stand-in, words of mixed script; cut at the edges of the marked part as well.
 *
 * @param {string} text
 * @param {number} [markStart] first marked UTF-16 unit
 * @param {number} [markEnd] one past the last; equal to `markStart` marks nothing
 * @returns {Segment[]}
 */
export function segments(text, markStart = 0, markEnd = 0) {
  const plain = !SPECIAL.test(text) && !POSING.test(text);
  if (plain && markStart >= markEnd) {
    return text === '' ? [] : [{ kind: 'text', text, note: '', badge: '', start: 0, marked: false }];
  }
  const words = lookalikes(text);
  /** @type {Segment[]} */
  const out = [];
  let at = 0;
  let word = 0;
  for (const character of text) {
    while (word < words.length && words[word][1] <= at) word++;
    const marked = at >= markStart && at < markEnd;
    const stand = standIn(character);
    const inWord = word < words.length && at >= words[word][0];
    const kind = stand ? stand.kind : inWord ? 'lookalike' : 'text';
    const last = out[out.length - 1];
    if (last && !stand && last.kind === kind && last.marked === marked) {
      last.text += character;
    } else {
      const note = stand ? stand.note : inWord ? 'letters of different scripts in one word' : '';
      out.push({ kind, text: stand ? stand.text : character, note, badge: stand?.badge ?? '', start: at, marked });
    }
    at += character.length;
  }
  return out;
}

/** The text with every hidden character visible: for titles, labels, and the clipboard's preview. @param {string} text */
export function visible(text) {
  if (!SPECIAL.test(text)) return text;
  return segments(text).map((segment) => segment.text).join('');
}

/** Whether some words mix scripts. @param {string} text */
export const isLookalike = (text) => lookalikes(text).length > 0;

/**
 * Cuts a text in its middle, where it tells least, to at most `max` characters.
 * @param {string} text
 * @param {number} max
 */
export function middle(text, max) {
  if (text.length <= max) return text;
  const head = Math.ceil((max - 1) * 0.6);
  const tail = max - 1 - head;
  return `${whole(text.slice(0, head), 'end')}…${whole(text.slice(text.length - tail), 'start')}`;
}

/** Drops half of a surrogate pair left by a cut. @param {string} text @param {'start' | 'end'} side */
function whole(text, side) {
  if (side === 'end' && /[\ud800-\udbff]$/.test(text)) return text.slice(0, -1);
  if (side === 'start' && /^[\udc00-\udfff]/.test(text)) return text.slice(1);
  return text;
}

/**
 * Cuts a long value around its marked part, so that the mark stays in sight.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {number} max
 * @returns {{text: string, start: number, end: number, cut: boolean}}
 */
export function around(text, start, end, max) {
  if (text.length <= max) return { text, start, end, cut: false };
  if (start >= end) return { text: middle(text, max), start: 0, end: 0, cut: true };
  const room = Math.max(0, max - (end - start));
  const from = Math.max(0, Math.min(start - Math.floor(room / 2), text.length - max));
  const to = Math.min(text.length, Math.max(from + max, from));
  const head = from > 0 ? '…' : '';
  const tail = to < text.length ? '…' : '';
  const shift = head.length - from;
  return {
    text: head + text.slice(from, to) + tail,
    start: start + shift,
    end: Math.min(end, to) + shift,
    cut: true,
  };
}
