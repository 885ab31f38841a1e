/* Beside the other small buttons under an answer: "How this was found", a link to /answers/{run}, which opens in the side panel, "Answer
   anew", which again.js follows, and, where it has footnotes, "Keep as a note", which note.js does. The run is read off the links that stand
   in the answer. */
import { drawing, make } from '../lib/dom.js';
import { FOOTNOTE, pathOf } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { runIn } from './footnotes.js';

const BUTTONS = [
  { name: 'fn-how', label: t('How this was found'), hash: '', paths: ['M4 6h8 M8 12h7 M13 18h7'] },
  { name: 'fn-anew', label: t('Answer anew'), hash: '#again', paths: ['M20 11a8 8 0 1 0-2.3 6.3', 'M20 4v7h-7'] },
  { name: 'fn-note', label: t('Keep as a note'), hash: '#note', paths: ['M6 4h12v16l-6-4l-6 4z'] },
];

/** @param {Element} message */
function place(message) {
  const bar = message.querySelector(':scope > div > .flex-wrap');
  const run = runIn(message);
  if (!bar || !run) return;
  const isCited = message.querySelector(`.message-content ${FOOTNOTE}`) !== null;
  for (const { name, label, hash, paths } of BUTTONS) {
    if (hash === '#note' && !isCited) continue;
    const look = { class: `fn-small ${name}`, role: hash ? 'button' : null, title: label, 'aria-label': label };
    const link = bar.querySelector(`.${name}`) ?? bar.appendChild(make('a', look, drawing(...paths)));
    if (pathOf(link) !== `/answers/${run}${hash}`) link.setAttribute('href', `/answers/${run}${hash}`);
  }
}

watch(() => document.querySelectorAll('#root .ai-message').forEach(place));
