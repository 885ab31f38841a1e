/* One thing that somebody told the admins. None of it is a link: it opens neither the conversation nor a document. */
import { make, name } from '../lib/dom.js';
import { ago, exactly } from '../lib/words.js';

const KINDS = { not_in_documents: 'not in the documents', unsupported: 'not supported by the sources' };
const MARK = '[unsupported]';
const LONG = 400; // letters of a question that are shown at once

const when = (iso) => make('time', { datetime: iso, title: exactly(iso) }, ago(iso));

function question(text) {
  const head = make('h2', { dir: 'auto' }, text);
  if (text.length <= LONG) return head;
  head.classList.add('clipped');
  head.title = 'Show all of it';
  head.addEventListener('click', () => head.classList.remove('clipped'));
  return head;
}

function place({ title, page, place: where }) {
  const stands = page ? `page ${page}` : where;
  return make('li', {}, name(title), stands && make('span', { class: 'faint' }, stands));
}

function answer(item) {
  if (item.kind !== 'unsupported' || !item.answer) return null;
  const parts = item.answer
    .split(MARK)
    .flatMap((part, index) => (index ? [make('mark', {}, 'not supported'), part] : [part]));
  return make(
    'details',
    { class: 'wide' },
    make('summary', {}, 'What was answered'),
    make('p', { dir: 'auto' }, ...parts),
  );
}

export function card(item, settle) {
  const isDone = item.state === 'done';
  const by = make('p', { class: 'by' }, `${item.asked_by} · `, when(item.created_at), ` · ${KINDS[item.kind]}`);
  if (isDone) by.append(` · done${item.done_by ? ` by ${item.done_by}` : ''} `, when(item.done_at));
  const act = make(
    'button',
    {
      type: 'button',
      class: 'act',
      'aria-label': `${isDone ? 'Reopen' : 'Done'}: ${item.question.slice(0, 80)}`,
      onclick: () => settle(item, node),
    },
    isDone ? 'Reopen' : 'Done',
  );
  const near = item.nearest.length
    ? make(
        'ul',
        { class: 'near wide', 'aria-label': 'Nearest documents' },
        make('span', { 'aria-hidden': 'true' }, 'Nearest'),
        ...item.nearest.map(place),
      )
    : null;
  const note = item.note ? make('blockquote', { class: 'wide', dir: 'auto' }, item.note) : null;
  const node = make(
    'li',
    { class: 'item', 'data-id': item.id },
    question(item.question),
    by,
    note,
    near,
    answer(item),
    act,
  );
  return node;
}
