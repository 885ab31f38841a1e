/* What an admin says of an answer that somebody rated down, commented or sent, once it is fixed or will not be: a line below it, in front of
   the list of sources. Under a refusal, refusal.js says it where "Tell an admin" stood. */
import { make } from '../lib/dom.js';
import { answerLinks } from '../lib/links.js';
import { saying } from '../lib/tell.js';
import { watch } from '../lib/watch.js';
import { atEnd } from './end.js';
import { runIn, viewOf } from './footnotes.js';

const refusals = answerLinks('tell');

/** @param {Element} message */
async function place(message) {
  const bar = message.querySelector(':scope > div > .flex-wrap');
  const line = message.querySelector('.fn-settled');
  const run = runIn(message);
  if (!bar || !run || message.querySelector(refusals.selector)) return line?.remove();
  if (line instanceof HTMLElement && line.dataset.run === run) return;
  line?.remove();
  const made = make('p', { class: 'fn-settled', 'data-run': run, dir: 'auto', hidden: true });
  (message.querySelector('.fn-sources') ?? bar).before(made);
  const told = (await viewOf(run))?.told;
  if (!told || told.outcome === 'open') return; // it stays, hidden, so that nobody asks again with every change of the page
  made.textContent = saying(told);
  atEnd(message, () => {
    made.hidden = false;
  });
}

watch(() => document.querySelectorAll('#root .ai-message').forEach(place));
