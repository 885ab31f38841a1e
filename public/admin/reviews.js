/* What people told the admins: newest first, those that are open at first. */
/** @import { ReviewPage, ReviewView } from '../lib/api_types.js' */
import { ask, isStatus, query, sentenceOf } from '../lib/api.js';
import { backLink } from '../lib/back.js';
import { byId, drawing, make } from '../lib/dom.js';
import { Notes } from '../lib/notes.js';
import { count, many } from '../lib/words.js';
import { card } from './card.js';

const PAGE = 30;
const STATES = {
  open: {
    label: 'Open',
    none: 'Nothing is waiting',
    why: 'When someone tells an admin that the documents did not answer a question, it stands here.',
  },
  done: { label: 'Done', none: 'Nothing is done yet', why: 'What you mark as done moves here.' },
};
const CHECK = ['M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18', 'M8 12.500l2.700 2.700L16 9.500'];

/** @typedef {keyof typeof STATES} State */

const root = byId('reviews');
const notes = new Notes();
const summary = make('p', { class: 'summary' });
const tabs = /** @type {State[]} */ (Object.keys(STATES)).map((value) => ({
  value,
  count: make('span', { class: 'count' }),
  button: make('button', { type: 'button', 'data-state': value, onclick: () => turnTo(value) }, STATES[value].label),
}));
const list = make('ul', { class: 'items' });
const more = make('button', { type: 'button', class: 'more', hidden: true, onclick: () => load(cursor) }, 'Show more');
const scroller = make('div', { class: 'scroller' }, list, more);
const empty = make('div', { class: 'empty', hidden: true });

/** @type {State} */
let state = new URLSearchParams(location.search).get('state') === 'done' ? 'done' : 'open';
/** @type {string | null} */
let cursor = null;
/** @type {{ [state: string]: number }} */
let counts = {};
let loads = 0;

function build() {
  for (const tab of tabs) tab.button.append(tab.count);
  const states = { class: 'states', role: 'group', 'aria-label': 'State' };
  const header = make(
    'header',
    { class: 'head-of-page' },
    backLink(),
    make('h1', {}, 'Reviews'),
    summary,
    make('div', states, ...tabs.map((tab) => tab.button)),
  );
  root.replaceChildren(header, make('main', {}, scroller, empty), notes.node, notes.live);
}

/** @param {State} wanted */
function turnTo(wanted) {
  state = wanted;
  history.replaceState(null, '', state === 'done' ? '?state=done' : location.pathname);
  load();
}

function render() {
  summary.textContent = counts.open ? `${many(counts.open, 'question')} waiting` : '';
  for (const tab of tabs) {
    tab.button.ariaPressed = String(tab.value === state);
    tab.count.textContent = count(counts[tab.value] ?? 0);
  }
  more.hidden = !cursor;
  const isNone = !list.children.length && !cursor;
  scroller.hidden = isNone;
  empty.hidden = !isNone;
  empty.classList.toggle('fine', state === 'open');
  const { none, why } = STATES[state];
  empty.replaceChildren(drawing(...CHECK), make('h2', {}, none), make('p', { class: 'faint' }, why));
}

/** @param {string | null} [from] cursor of the page; without it the list begins anew */
async function load(from) {
  const mine = ++loads;
  try {
    /** @type {ReviewPage} */
    const found = await ask(`/api/review-items${query({ state, limit: PAGE, cursor: from })}`);
    if (mine !== loads) return; // another state was wanted meanwhile
    ({ next_cursor: cursor, counts } = found);
    const known = new Set(from ? cards().map((node) => node.dataset.id) : []);
    const added = found.items.filter((item) => !known.has(item.id)).map((item) => card(item, settle));
    if (from) list.append(...added);
    else list.replaceChildren(...added);
    render();
    if (from) focusOn(added[0]);
    else scroller.scrollTop = 0;
  } catch (error) {
    notes.wrong(isStatus(error, 401) ? 'Your sign-in has ended. Sign in again in the chat.' : sentenceOf(error));
  }
}

const cards = () => [...list.querySelectorAll('li.item')].filter((node) => node instanceof HTMLElement);

/**
 * @param {Element | null | undefined} node a card
 * @returns {boolean} whether there was one
 */
function focusOn(node) {
  const button = node?.querySelector('.act');
  if (!(button instanceof HTMLElement)) return false;
  button.focus({ preventScroll: true });
  return true;
}

/**
 * @param {ReviewView} item
 * @param {HTMLElement} node
 */
async function settle(item, node) {
  const isDone = item.state === 'done';
  node.classList.add('leaving');
  try {
    await ask(`/api/review-items/${item.id}/${isDone ? 'reopen' : 'done'}`, { method: 'POST' });
  } catch (error) {
    node.classList.remove('leaving');
    return notes.wrong(sentenceOf(error));
  }
  const next = node.nextElementSibling ?? node.previousElementSibling;
  node.remove();
  const step = isDone ? 1 : -1;
  counts = { open: (counts.open ?? 0) + step, done: (counts.done ?? 0) - step };
  notes.tell(isDone ? 'It is open again.' : 'Marked as done.');
  if (!list.children.length && cursor) return load();
  render();
  if (!focusOn(next)) tabs.find((tab) => tab.value === state)?.button.focus({ preventScroll: true });
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && scroller.scrollTop < 40 && list.children.length <= PAGE) load();
});
build();
load();
