/* Says to screen readers when an answer begins and when it is there, once each: the page itself changes with every word, which nobody
   could listen to. */
import { make } from '../lib/dom.js';
import { FOOTNOTE, pathOf } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { plural, t } from '../lib/words.js';

const said = make('div', { id: 'fn-said', role: 'status' });
let isAnswering = false;

/* The number of footnotes of the last answer; null when the last message is no answer, but a list of files. */
function footnotes() {
  const last = [...document.querySelectorAll('#root .ai-message')].at(-1);
  if (!last || last.querySelector('a[href^="/jobs/"]')) return null;
  return new Set([...last.querySelectorAll(FOOTNOTE)].map(pathOf)).size;
}

function ended() {
  const count = footnotes();
  if (count === null) return t('Done');
  if (!count) return t('The answer is there.');
  return plural(
    count,
    'The answer is there. It has %(count)s footnote.',
    'The answer is there. It has %(count)s footnotes.',
  );
}

watch(() => {
  if (!said.isConnected) document.body.append(said);
  const isNow = document.querySelector('#stop-button') !== null;
  if (isNow === isAnswering) return;
  isAnswering = isNow;
  said.textContent = isNow ? t('Footnote is answering…') : ended();
});
