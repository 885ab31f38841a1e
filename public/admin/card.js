/* One thing that somebody told the admins. None of it is a link: it opens neither the conversation nor a document. */
/** @import { NearestTitle, ReviewView } from '../lib/api_types.js' */
import { make, name } from '../lib/dom.js';
import { ago, exactly } from '../lib/words.js';

const KINDS = { not_in_documents: 'not in the documents', unsupported: 'not supported by the sources' };
const MARK = '[unsupported]'; // stands in an answer behind what no source supports
const LONG = 400; // letters of a question that are shown at once

/** @param {string | null} iso */
const when = (iso) => iso !== null && make('time', { datetime: iso, title: exactly(iso) }, ago(iso));

/** @param {string} text */
function questionOf(text) {
  const head = make('h2', { dir: 'auto' }, text);
  if (text.length <= LONG) return head;
  head.classList.add('clipped');
  head.title = 'Show all of it';
  head.addEventListener('click', () => head.classList.remove('clipped'));
  return head;
}

/** @param {NearestTitle[]} nearest */
function nearestOf(nearest) {
  if (!nearest.length) return null;
  const items = nearest.map(({ title, page, locator }) => {
    const stands = page ? `page ${page}` : locator;
    return make('li', {}, name(title), stands && make('span', { class: 'faint' }, stands));
  });
  const label = make('span', { 'aria-hidden': 'true' }, 'Nearest');
  return make('ul', { class: 'near wide', 'aria-label': 'Nearest documents' }, label, ...items);
}

/** @param {ReviewView} item */
function answerOf({ kind, answer }) {
  if (kind !== 'unsupported' || !answer) return null;
  const parts = answer
    .split(MARK)
    .flatMap((part, index) => (index ? [make('mark', {}, 'not supported'), part] : [part]));
  const summary = make('summary', {}, 'What was answered');
  return make('details', { class: 'wide' }, summary, make('p', { dir: 'auto' }, ...parts));
}

/** @param {ReviewView} item */
function byOf({ asked_by, created_at, kind, state, done_by, done_at }) {
  const by = make('p', { class: 'by' }, `${asked_by} · `, when(created_at), ` · ${KINDS[kind]}`);
  if (state === 'done') by.append(` · done${done_by ? ` by ${done_by}` : ''} `, when(done_at) || '');
  return by;
}

/**
 * @param {ReviewView} item
 * @param {(item: ReviewView, node: HTMLElement) => void} settle
 */
export function card(item, settle) {
  const act = item.state === 'done' ? 'Reopen' : 'Done';
  const label = `${act}: ${item.question.slice(0, 80)}`;
  const onclick = () => settle(item, node);
  const node = make(
    'li',
    { class: 'item', 'data-id': item.id },
    questionOf(item.question),
    byOf(item),
    item.note && make('blockquote', { class: 'wide', dir: 'auto' }, item.note),
    nearestOf(item.nearest),
    answerOf(item),
    make('button', { type: 'button', class: 'act', 'aria-label': label, onclick }, act),
  );
  return node;
}
