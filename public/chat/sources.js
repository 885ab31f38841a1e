/* Sources by name: a number in an answer says its document, page and sentence on hover and focus, and below each answer is a quiet list of
   them. The list stands beside what React owns, in front of the small buttons, which come when the answer is complete. */
/** @import { Footnote } from '../lib/api_types.js' */
import { make, name } from '../lib/dom.js';
import { FOOTNOTE } from '../lib/links.js';
import { placeOf } from '../lib/places.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { atEnd } from './end.js';
import { addressOf, footnoteOf, footnotesOf, NUMBERS, nameOf, runOf } from './footnotes.js';
import { hints } from './hints.js';

const LONGEST_QUOTE = 280; // characters

/** @param {string} quote */
const shortened = (quote) => (quote.length > LONGEST_QUOTE ? `${quote.slice(0, LONGEST_QUOTE).trimEnd()}…` : quote);

/** @param {Element} link */
function content(link) {
  const footnote = footnoteOf(link);
  if (!footnote) return null;
  const { title, page, locator, quote } = footnote;
  const where = placeOf(page, locator);
  return [
    make('b', { dir: 'auto' }, title),
    ...(where ? [make('i', {}, where)] : []),
    ...(quote ? [make('span', { dir: 'auto' }, `“${shortened(quote)}”`)] : []),
  ];
}

const hint = hints('fn-source', NUMBERS, content);
document.addEventListener(
  'click',
  (event) => event.target instanceof Element && event.target.closest(NUMBERS) && hint.hide(),
  true,
);

/**
 * An entry of the list. Its address ends in #passage: it is no number of the text, but opens the same source.
 * @param {string} run
 * @param {Footnote} footnote
 */
function entry(run, footnote) {
  const where = placeOf(footnote.page, footnote.locator);
  return make(
    'li',
    {},
    make(
      'a',
      { href: `${addressOf(run, footnote)}#passage` },
      make('b', {}, String(footnote.number)),
      name(footnote.title),
      where && make('span', { class: 'where' }, where),
    ),
  );
}

/** @param {Element} message */
async function place(message) {
  const bar = message.querySelector(':scope > div > .flex-wrap');
  const first = message.querySelector(`.message-content ${FOOTNOTE}`);
  const list = message.querySelector('.fn-sources');
  const run = first ? runOf(first) : '';
  if (!bar || !run) return list?.remove();
  if (list instanceof HTMLElement && list.dataset.run === run) return;
  list?.remove();
  const made = make('ul', { class: 'fn-sources', 'data-run': run, 'aria-label': t('Sources'), hidden: true });
  bar.before(made);
  const footnotes = await footnotesOf(run);
  if (!footnotes.length) return; // it stays, hidden, so that nobody asks again with every change of the page
  made.append(...footnotes.map((footnote) => entry(run, footnote)));
  atEnd(message, () => {
    made.hidden = false;
  });
}

/* Screen readers get the words of the hint with the number. */
function describe() {
  for (const link of document.querySelectorAll(NUMBERS)) {
    const footnote = footnoteOf(link);
    const says = footnote ? [nameOf(footnote), shortened(footnote.quote)].filter(Boolean).join('. ') : null;
    if (says && link.ariaDescription !== says) link.ariaDescription = says;
  }
}

watch(() => {
  document.querySelectorAll('#root .ai-message').forEach(place);
  describe();
});
