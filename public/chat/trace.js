/* Beside the other small buttons under an answer: "How this was found", a link to /answers/{run}, which opens in the side panel, and
   "Answer anew", which again.js follows. The run is read off the links that stand in the answer. */
import { drawing, make } from '../lib/dom.js';
import { pathOf } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const BUTTONS = [
  { name: 'fn-how', label: t('How this was found'), hash: '', paths: ['M4 6h8 M8 12h7 M13 18h7'] },
  { name: 'fn-anew', label: t('Answer anew'), hash: '#again', paths: ['M20 11a8 8 0 1 0-2.3 6.3', 'M20 4v7h-7'] },
];
const RUN = /^\/(?:cite|answers)\/([0-9a-f-]{36})/;

/** @param {Element} message */
function place(message) {
  const bar = message.querySelector(':scope > div > .flex-wrap');
  const source = message.querySelector('.message-content :is(a[href^="/cite/"], a[href^="/answers/"])');
  const run = source && pathOf(source).match(RUN)?.[1];
  if (!bar || !run) return;
  for (const { name, label, hash, paths } of BUTTONS) {
    const look = { class: `fn-small ${name}`, title: label, 'aria-label': label };
    const link = bar.querySelector(`.${name}`) ?? bar.appendChild(make('a', look, drawing(...paths)));
    if (pathOf(link) !== `/answers/${run}${hash}`) link.setAttribute('href', `/answers/${run}${hash}`);
  }
}

watch(() => document.querySelectorAll('#root .ai-message').forEach(place));
