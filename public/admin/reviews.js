/* What people told the admins: newest first, those that are open at first. */
import { ask, query } from '../lib/api.js';
import { Notes } from '../lib/notes.js';
import { drawing, make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { many } from '../lib/words.js';
import { card } from './card.js';

const PAGE = 30;
const STATES = [
  ['open', 'Open'],
  ['done', 'Done'],
];
const NONE = {
  open: [
    'Nothing is waiting',
    'When someone tells an admin that the documents did not answer a question, it stands here.',
  ],
  done: ['Nothing is done yet', 'What you mark as done moves here.'],
};
const CHECK = ['M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18', 'M8 12.500l2.700 2.700L16 9.500'];
const THREAD_KEY = 'footnote.chat'; // where the chat was left

const root = document.getElementById('reviews');
const notes = new Notes();
const summary = make('p', { class: 'summary' });
const states = make('div', { class: 'states', role: 'group', 'aria-label': 'State' });
const list = make('ul', { class: 'items' });
const more = make('button', { type: 'button', class: 'more', hidden: true, onclick: () => load(cursor) }, 'Show more');
const scroller = make('div', { class: 'scroller' }, list, more);
const empty = make('div', { class: 'empty', hidden: true });

let state = new URLSearchParams(location.search).get('state') === 'done' ? 'done' : 'open';
let cursor = null;
let counts = { open: 0, done: 0 };
let turn = 0;

function wayBack() {
  const left = sessionStorage.getItem(THREAD_KEY) ?? '';
  return /^\/thread\/[\w-]+$/.test(left) ? left : '/';
}

function build() {
  const back = make('a', { class: 'back', href: wayBack() }, icon('back'), make('span', {}, 'Chat'));
  const header = make('header', { class: 'head-of-page' }, back, make('h1', {}, 'Reviews'), summary, states);
  root.replaceChildren(header, make('main', {}, scroller, empty), notes.node, notes.live);
  const tab = ([value, label]) =>
    make(
      'button',
      { type: 'button', 'data-state': value, onclick: () => turnTo(value) },
      label,
      make('span', { class: 'count' }),
    );
  states.replaceChildren(...STATES.map(tab));
}

function turnTo(wanted) {
  state = wanted;
  history.replaceState(null, '', state === 'done' ? '?state=done' : location.pathname);
  load();
}

function render() {
  summary.textContent = counts.open ? `${many(counts.open, 'question')} waiting` : '';
  for (const tab of states.children) {
    tab.setAttribute('aria-pressed', String(tab.dataset.state === state));
    tab.querySelector('.count').textContent = counts[tab.dataset.state];
  }
  more.hidden = !cursor;
  const isNone = !list.children.length && !cursor;
  scroller.hidden = isNone;
  empty.hidden = !isNone;
  empty.classList.toggle('fine', state === 'open');
  const [title, text] = NONE[state];
  empty.replaceChildren(drawing(...CHECK), make('h2', {}, title), make('p', { class: 'faint' }, text));
}

async function load(from = null) {
  const mine = ++turn;
  try {
    const found = await ask(`/api/review-items${query({ state, limit: PAGE, cursor: from })}`);
    if (mine !== turn) return; // another state was wanted meanwhile
    const known = new Set(from ? [...list.children].map((node) => node.dataset.id) : []);
    const cards = found.items.filter((item) => !known.has(item.id)).map((item) => card(item, settle));
    if (from) list.append(...cards);
    else list.replaceChildren(...cards);
    ({ next_cursor: cursor, counts } = found);
    render();
    if (!from) scroller.scrollTop = 0;
    if (from) cards[0]?.querySelector('.act').focus({ preventScroll: true });
  } catch (error) {
    notes.wrong(
      error.status === 401 ? 'Your sign-in has ended. Sign in again in the chat.' : (error.said ?? error.message),
    );
  }
}

async function settle(item, node) {
  const isDone = item.state === 'done';
  node.classList.add('leaving');
  try {
    await ask(`/api/review-items/${item.id}/${isDone ? 'reopen' : 'done'}`, { method: 'POST' });
  } catch (error) {
    node.classList.remove('leaving');
    return notes.wrong(error.said ?? error.message);
  }
  const next = (node.nextElementSibling ?? node.previousElementSibling)?.querySelector('.act');
  node.remove();
  counts = { open: counts.open + (isDone ? 1 : -1), done: counts.done + (isDone ? -1 : 1) };
  notes.tell(isDone ? 'It is open again.' : 'Marked as done.');
  if (!list.children.length && cursor) return load();
  render();
  (next ?? states.querySelector('[aria-pressed="true"]')).focus({ preventScroll: true });
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && scroller.scrollTop < 40 && list.children.length <= PAGE) load();
});
build();
load();
