/* Conversations as a person has arranged them. Those wanted at hand: a list above the others, and "Pin" in a conversation's menu. Those in
   folders: a list for each folder, which opens and closes, and "Folder…". */
/** @import { ListedThread } from '../lib/api_types.js' */
import { fill, make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { chooseFolder } from './folder.js';
import { change, entryOf, openedThread, placeInMenu, side, threadsOf } from './listed.js';
import { command } from './menu.js';
import { onSignedOut } from './place.js';
import { isGone } from './undo.js';

const CLOSED_KEY = 'footnote.folders.closed'; // JSON: the names of the folders that are closed

/** @type {ListedThread[] | null} */
let pinned = null; // null: not asked yet
/** @type {ListedThread[]} */
let filed = [];

const list = make('ul', {});
const folders = make('div', {});
const section = make(
  'nav',
  { id: 'fn-pinned', class: 'fn-listed', 'aria-labelledby': 'fn-pinned-title', hidden: true },
  make('h2', { id: 'fn-pinned-title' }, t('Pinned')),
  list,
);
const shelves = make(
  'nav',
  { id: 'fn-folders', class: 'fn-listed', 'aria-labelledby': 'fn-folders-title', hidden: true },
  make('h2', { id: 'fn-folders-title' }, t('Folders')),
  folders,
);

async function learn() {
  pinned ??= [];
  try {
    [pinned, filed] = await Promise.all([threadsOf('pinned=true'), threadsOf('filed=true')]);
  } catch {
    /* signed out or offline: as it was */
  }
  show();
}

/** @param {ListedThread} thread */
const isThere = ({ thread_id }) => !isGone(thread_id);

function show() {
  const atHand = (pinned ?? []).filter(isThere);
  fill(list, JSON.stringify([location.pathname, atHand]), () => atHand.map(entryOf));
  section.hidden = atHand.length === 0;
  const put = filed.filter(isThere);
  fill(folders, JSON.stringify([location.pathname, put]), () => namesOf(put).map((name) => folder(name, put)));
  shelves.hidden = put.length === 0;
}

/** @param {ListedThread[]} threads */
const namesOf = (threads) =>
  [...new Set(threads.map((thread) => thread.folder ?? ''))].sort((one, other) => one.localeCompare(other));

/** @returns {string[]} */
function closed() {
  try {
    return JSON.parse(localStorage.getItem(CLOSED_KEY) ?? '[]');
  } catch {
    return [];
  }
}

/**
 * @param {string} name
 * @param {ListedThread[]} threads
 */
function folder(name, threads) {
  const inside = threads.filter((thread) => thread.folder === name);
  const details = make(
    'details',
    { open: !closed().includes(name) },
    make(
      'summary',
      {},
      make('span', { dir: 'auto', title: name }, name),
      make('span', { class: 'count' }, String(inside.length)),
    ),
    make('ul', {}, ...inside.map(entryOf)),
  );
  details.addEventListener('toggle', () => {
    const others = closed().filter((one) => one !== name);
    localStorage.setItem(CLOSED_KEY, JSON.stringify(details.open ? others : [...others, name]));
  });
  return details;
}

/**
 * @param {string} thread
 * @param {boolean} isPinned
 */
async function pin(thread, isPinned) {
  if (await change(thread, { pinned: isPinned }, isPinned ? t('Pinned') : t('No longer pinned'))) await learn();
}

/** @param {string} thread */
async function move(thread) {
  const present = filed.find((one) => one.thread_id === thread)?.folder ?? '';
  const name = await chooseFolder(namesOf(filed.filter(isThere)), present);
  if (name === null || name === present) return;
  const done = name
    ? t('The conversation is in the folder “%(name)s”.', { name })
    : t('The conversation is in no folder.');
  if (await change(thread, { folder: name }, done)) await learn();
}

const entries = {
  pin: command(t('Pin'), () => pin(openedThread(), true)),
  unpin: command(t('Unpin'), () => pin(openedThread(), false)),
  move: command(t('Folder…'), () => move(openedThread())),
};

function place() {
  if (location.pathname === '/login') {
    pinned = null; // the next one may be somebody else
    filed = [];
    section.remove();
    return shelves.remove();
  }
  const group = side();
  if (group && !group.contains(section)) group.prepend(section, shelves);
  if (pinned === null && group) learn();
  show();
  const isPinned = (pinned ?? []).some((one) => one.thread_id === openedThread());
  placeInMenu([isPinned ? entries.unpin : entries.pin, entries.move]);
}

onSignedOut(() => localStorage.removeItem(CLOSED_KEY));
watch(place);
