/* Says that a question is too long while it is written, and keeps it in the field: the server would refuse it. */
import { make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { count, t } from '../lib/words.js';
import { FIELD, field } from './field.js';
import { LONGEST_QUESTION } from './limits.js';

const NEAR = 0.9; // of the limit: from there on it is said
const EDIT = '#edit-chat-input';

const note = make('p', { id: 'fn-length', role: 'status' });

/**
 * In characters, as the server counts them.
 * @param {string} text
 */
const lengthOf = (text) => (text.length > LONGEST_QUESTION ? [...text].length : text.length);

/** @param {string} text */
const isTooLong = (text) => lengthOf(text) > LONGEST_QUESTION;

/** @param {string} text */
function sentence(text) {
  const values = { count: count(lengthOf(text)), most: count(LONGEST_QUESTION) };
  if (isTooLong(text))
    return t('%(count)s of %(most)s characters. Shorten the question, or add the text as a file.', values);
  return text.length > LONGEST_QUESTION * NEAR ? t('%(count)s of %(most)s characters', values) : '';
}

function tell() {
  const area = field();
  const text = area ? sentence(area.value) : '';
  if (!area || !text) {
    area?.removeAttribute('aria-invalid');
    return note.remove();
  }
  area.ariaInvalid = String(isTooLong(area.value));
  if (note.textContent !== text) note.textContent = text;
  const composer = area.closest('#message-composer');
  if (composer && !composer.contains(note)) composer.append(note);
}

/**
 * @param {Event} event
 * @param {Element | null} area
 */
function hold(event, area) {
  if (!(area instanceof HTMLTextAreaElement) || !isTooLong(area.value)) return;
  event.preventDefault();
  event.stopPropagation();
  area.focus();
  if (!area.matches(EDIT)) return;
  area.setCustomValidity(sentence(area.value));
  area.reportValidity();
  area.setCustomValidity('');
}

document.addEventListener(
  'click',
  (event) => {
    const button = event.target instanceof Element && event.target.closest('#chat-submit, .confirm-edit');
    if (button) hold(event, document.querySelector(button.id ? FIELD : EDIT));
  },
  true,
);
document.addEventListener(
  'keydown',
  (event) => {
    const { target, key, shiftKey, isComposing } = event;
    if (key === 'Enter' && !shiftKey && !isComposing && target instanceof Element && target.matches(FIELD))
      hold(event, target);
  },
  true,
);
document.addEventListener('input', tell);
watch(tell);
