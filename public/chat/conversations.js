/* Conversations and their list: on a phone it closes when one is chosen; renaming works by Enter, and a name of blanks is told in the field; one
   that is not there is told in a sentence. */
import { t } from '../lib/words.js';
import { LONGEST_NAME } from './limits.js';
import { wrongThere } from './notes.js';
import { onHeard } from './wire.js';

const CHOSEN = ':is(a[href^="/thread/"], #new-chat-button)';
const NAME = '[role="dialog"] #name';

/** @param {Event} event */
function close({ target }) {
  if (!(target instanceof Element) || target.closest('#thread-options')) return;
  const drawer = target.closest('[data-mobile="true"]');
  const trigger = target.closest(CHOSEN) && drawer?.querySelector('#sidebar-trigger-button');
  if (trigger instanceof HTMLElement) setTimeout(() => trigger.click()); // when the page has followed the link
}

/** @returns {HTMLInputElement | null} */
const nameField = () => document.querySelector(NAME);

/** @param {HTMLInputElement} input */
const confirmButton = (input) =>
  input.closest('[role="dialog"]')?.querySelector(':scope > div:last-of-type > button:last-child');

/**
 * True where the name is none, which is said.
 * @param {HTMLInputElement} input
 */
function isBlank(input) {
  if (Number.isFinite(LONGEST_NAME)) input.maxLength = LONGEST_NAME;
  input.setCustomValidity(input.value.trim() ? '' : t('A conversation needs a name.'));
  return !input.reportValidity();
}

/** @param {Event} event */
function hold(event) {
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener('click', close);
document.addEventListener(
  'click',
  (event) => {
    const input = nameField();
    const button = input && confirmButton(input);
    if (button && event.target instanceof Node && button.contains(event.target) && isBlank(input)) hold(event);
  },
  true,
);
document.addEventListener(
  'keydown',
  (event) => {
    const input = nameField();
    if (!input || event.target !== input || event.key !== 'Enter' || event.isComposing) return;
    hold(event);
    const button = confirmButton(input);
    if (button instanceof HTMLElement && !isBlank(input)) button.click();
  },
  true,
);
document.addEventListener('input', ({ target }) => {
  if (target instanceof HTMLInputElement && target.matches(NAME)) target.setCustomValidity('');
});

onHeard('resume_thread_error', () => {
  wrongThere(t('There is no such conversation here: it was deleted, or it belongs to somebody else.'));
  location.replace('/');
  return false; // the page would say it in its makers' words
});
