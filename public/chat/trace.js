/* "How this was found" beside the other small buttons under an answer: a link to /answers/{run}, which opens in the side panel.
   The run is read off the links that stand in the answer. */
import { drawing, make } from '../lib/dom.js';
import { pathOf } from '../lib/links.js';
import { watch } from '../lib/watch.js';

const LABEL = 'How this was found';
const BARS = 'M4 6h8 M8 12h7 M13 18h7';
const RUN = /^\/(?:cite|answers)\/([0-9a-f-]{36})/;

const build = () => make('a', { class: 'fn-how', title: LABEL, 'aria-label': LABEL }, drawing(BARS));

/** @param {Element} message */
function place(message) {
  const bar = message.querySelector(':scope > div > .flex-wrap');
  const source = message.querySelector('.message-content :is(a[href^="/cite/"], a[href^="/answers/"])');
  const run = source && pathOf(source).match(RUN)?.[1];
  if (!bar || !run) return;
  const link = bar.querySelector('.fn-how') ?? bar.appendChild(build());
  if (pathOf(link) !== `/answers/${run}`) link.setAttribute('href', `/answers/${run}`);
}

watch(() => document.querySelectorAll('#root .ai-message').forEach(place));
