/**
 * Keys for everything. A view binds its keys while it is shown; the help (`?`) lists what is bound,
 * so a key cannot exist without its explanation. Who dictates to the machine can switch the single
 * letters off (WCAG 2.1.4).
 */

/**
 * @typedef {object} Binding
 * @property {string} keys as `KeyboardEvent.key` names: `j`, `Enter`, `g a` (a sequence), `Ctrl+k`
 * @property {string} does what it does, in a few words
 * @property {string} group heading in the help
 * @property {(event: KeyboardEvent) => void} run
 * @property {boolean} [always] also while typing in a field
 */

const SEQUENCE_MS = 1_200;

/** Whether keys without Ctrl do anything; remembered by the browser. */
export const lettersOn = () => localStorage.getItem('vedette-letters') !== 'off';

/** @param {boolean} on */
export const chooseLetters = (on) => localStorage.setItem('vedette-letters', on ? 'on' : 'off');

/** @type {Set<Binding>} */
const bindings = new Set();
let pending = '';
let pendingAt = 0;

/** Binds keys; the newest binding of a key wins. @param {Binding[]} added @returns {() => void} unbinds them */
export function bind(added) {
  for (const binding of added) bindings.add(binding);
  return () => {
    for (const binding of added) bindings.delete(binding);
  };
}

/** What is bound now, newest last. */
export const bound = () => [...bindings];

/** @param {EventTarget | undefined} target */
export function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)))
  );
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const modifier = event.ctrlKey || event.metaKey ? 'Ctrl+' : event.altKey ? 'Alt+' : '';
  return modifier + (event.key.length === 1 && modifier ? event.key.toLowerCase() : event.key);
}

/** @param {string} keys */
function newest(keys) {
  return [...bindings].reverse().find((binding) => binding.keys.split(', ').includes(keys));
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || event.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
  const target = event.composedPath()[0];
  const typing = isTyping(target);
  const name = nameOf(event);
  if (name.length === 1 && !lettersOn()) return;
  // What lies on top closes by itself first.
  if (name === 'Escape' && document.querySelector(':popover-open, dialog[open]')) return;
  // Enter and Space belong to the control that has the focus.
  if ((name === 'Enter' || name === ' ') && target instanceof HTMLElement && target.closest('a, button, summary, input, select, textarea, [role=option]')) return;
  const inDialog = target instanceof HTMLElement && target.closest('dialog') !== null;
  const sequence = pending && event.timeStamp - pendingAt < SEQUENCE_MS ? `${pending} ${name}` : '';
  const binding = (sequence && newest(sequence)) || newest(name);
  const starts = [...bindings].some((one) => one.keys.startsWith(`${name} `));
  pending = !typing && starts ? name : '';
  pendingAt = event.timeStamp;
  if (!binding || ((typing || inDialog) && !binding.always)) return;
  event.preventDefault();
  pending = '';
  binding.run(event);
}

document.addEventListener('keydown', pressed);
