/* A short way by keys: from the field to the first footnote of the last answer, which is else behind every conversation of the list. It is seen
   when it has the focus. */
import { make } from '../lib/dom.js';
import { FOOTNOTE } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

/* The first footnote of the last answer that has any. */
function footnote() {
  const answers = [...document.querySelectorAll('#root .ai-message')];
  const found = answers.findLast((answer) => answer.querySelector(FOOTNOTE))?.querySelector(FOOTNOTE);
  return found instanceof HTMLElement ? found : null;
}

const skip = make(
  'button',
  { id: 'fn-skip', type: 'button', onclick: () => footnote()?.focus() },
  t('To the first footnote'),
);

watch(() => {
  const line = document.querySelector('#message-composer > :has(> #chat-input)');
  if (!line || !footnote()) skip.remove();
  else if (line.nextSibling !== skip) line.after(skip);
});
