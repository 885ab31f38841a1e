/* The keys of the chat: their list, and "/" for the field. The other keys are the page's own and the side panel's. */
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { choice, showSheet } from './sheet.js';

const EDITABLE =
  'input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"][data-state="open"], dialog';

/** @type {[keys: string, what: string][]} "Shift+Enter" or "Tab Enter", and what it does, as the server says it in the page (chat/help.py) */
const KEYS = JSON.parse(document.documentElement.dataset.keys ?? '[]');

/** @type {Record<string, string>} */
const SIGNS = { '+': ' + ', ' ': ', ' };

export function showKeys() {
  const rows = KEYS.flatMap(([keys, what]) => [
    make('dt', {}, ...keys.split(/([+ ])/).map((part) => SIGNS[part] ?? make('kbd', {}, part))),
    make('dd', {}, t(what)),
  ]);
  showSheet(t('Keys'), [make('dl', { class: 'keys' }, ...rows)], [choice(t('Close'))]);
}

document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target instanceof Element && event.target.closest(EDITABLE)) return;
  const field = document.getElementById('chat-input');
  if (!field) return;
  event.preventDefault(); // else the field gets the sign
  field.focus();
});
