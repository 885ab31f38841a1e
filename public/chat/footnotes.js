/* How an answer came about, with what stands behind its numbers: asked for once per answer, for the hints, the list of sources, copies, and
   what an admin says of it. */
/** @import { AnswerRunView, Footnote } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { FOOTNOTE, pathOf } from '../lib/links.js';
import { placeOf } from '../lib/places.js';

export const NUMBERS = `#root .message-content ${FOOTNOTE}`;
const PAUSE_MS = 700;
const MOST_TRIES = 5;
const CITED = /^\/cite\/([0-9a-f-]{36})\/(\d+)/;
const RUN = /^\/(?:cite|answers)\/([0-9a-f-]{36})/;

/** @type {Map<string, Promise<AnswerRunView>>} */
const asked = new Map(); // by answer run
/** @type {Map<string, Footnote>} */
const known = new Map(); // by address

/**
 * @param {string} run
 * @param {number} [tries] that are left while it is not at its end
 * @returns {Promise<AnswerRunView>}
 */
async function learn(run, tries = MOST_TRIES) {
  const view = await /** @type {Promise<AnswerRunView>} */ (ask(`/api/answer-runs/${run}`));
  if (view.state === 'queued' || view.state === 'running') {
    if (!tries) throw new Error(view.state);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return learn(run, tries - 1);
  }
  for (const footnote of view.footnotes) known.set(addressOf(run, footnote), footnote);
  return view;
}

/**
 * An answer at its end; null while it is written, and for whoever may not see it.
 * @param {string} run
 * @returns {Promise<AnswerRunView | null>}
 */
export function viewOf(run) {
  const found = asked.get(run) ?? learn(run);
  asked.set(run, found);
  return found.catch(() => {
    asked.delete(run);
    return null;
  });
}

/**
 * The footnotes of an answer, by number; none where there is no answer to see.
 * @param {string} run
 */
export const footnotesOf = async (run) => (await viewOf(run))?.footnotes ?? [];

/**
 * The answer run of a message, as the links that stand in it say; nothing while none does.
 * @param {Element} message
 */
export function runIn(message) {
  const link = message.querySelector('.message-content :is(a[href^="/cite/"], a[href^="/answers/"])');
  return link ? pathOf(link).match(RUN)?.[1] : undefined;
}

/**
 * @param {string} run
 * @param {Footnote} footnote
 */
export const addressOf = (run, { number }) => `/cite/${run}/${number}`;

/** @param {Element} link */
export const runOf = (link) => pathOf(link).match(CITED)?.[1] ?? '';

/**
 * What is known of a number in the text.
 * @param {Element} link
 */
export const footnoteOf = (link) => known.get(pathOf(link));

/**
 * "handbook.pdf, page 2"
 * @param {Footnote} footnote
 */
export const nameOf = ({ title, page, locator }) => [title, placeOf(page, locator)].filter(Boolean).join(', ');
