/* Dialogs of the chat page, in the look of "Tell an admin" (lib/tell.css). */
import { make, showDialog } from '../lib/dom.js';

/**
 * Shows a dialog with a title; the first of its choices has the focus. It returns the dialog, which `close()` ends.
 * @param {string} title
 * @param {(Node | string)[]} content
 * @param {HTMLButtonElement[]} choices
 */
export function showSheet(title, content, choices) {
  const dialog = make(
    'dialog',
    { class: 'fn-tell', 'aria-labelledby': 'fn-sheet-title' },
    make('h2', { id: 'fn-sheet-title' }, title),
    ...content,
    make('div', { class: 'choices' }, ...choices),
  );
  const [first] = choices;
  if (first) showDialog(dialog, first, () => {});
  return dialog;
}

/**
 * @param {string} text
 * @param {(button: HTMLButtonElement) => void} [action] closes the dialog unless it is given
 * @param {string} [look]
 */
export function choice(text, action, look) {
  /** @type {HTMLButtonElement} */
  const button = make(
    'button',
    { type: 'button', class: look, onclick: () => (action ? action(button) : button.closest('dialog')?.close()) },
    text,
  );
  return button;
}
