/* The library: all documents a person may see. */
import { actionsOf } from './actions.js';
import { Notes } from '../lib/notes.js';
import { make } from '../lib/dom.js';
import { DropZone } from './dropzone.js';
import { Empty } from './empty.js';
import { icon } from '../lib/icons.js';
import { Live } from './polling.js';
import * as api from '../lib/api.js';
import { Outcomes } from './outcomes.js';
import { Shelf } from './documents.js';
import { Table } from './table.js';
import { Toolbar } from './toolbar.js';
import { Uploads } from './uploads.js';

const root = document.getElementById('library');
const THREAD_KEY = 'footnote.chat'; // where the chat was left
const WAIT_MS = 700;

const shelf = new Shelf();
const notes = new Notes();
const uploads = new Uploads(Number(root.dataset.maxBytes));
const actions = actionsOf({
  shelf,
  uploads,
  notes,
  table: () => table,
  live: () => live,
  selectionChanged: () => toolbar?.render(),
});
const table = new Table(shelf, actions);
const toolbar = new Toolbar(shelf, table, actions);
const outcomes = new Outcomes(uploads);
const live = new Live(shelf, table, uploads);
const empty = new Empty(shelf, actions);
const banner = make('p', { class: 'banner', role: 'status', hidden: true });
const picker = make('input', { type: 'file', multiple: true, hidden: true, 'aria-label': 'Documents to add' });
const zone = new DropZone(actions);

function wayBack() {
  const left = sessionStorage.getItem(THREAD_KEY) ?? '';
  return /^\/thread\/[\w-]+$/.test(left) ? left : '/';
}

function build() {
  const back = make('a', { class: 'back', href: wayBack() }, icon('back'), make('span', {}, 'Chat'));
  const add = make(
    'button',
    { type: 'button', class: 'primary add', onclick: () => picker.click() },
    icon('add'),
    make('span', {}, 'Add documents'),
  );
  const header = make('header', { class: 'head-of-page' }, back, make('h1', {}, 'Library'), toolbar.summary, add);
  const main = make('main', {}, toolbar.node, banner, table.node, empty.node);
  root.replaceChildren(header, main, outcomes.node, notes.node, notes.live, picker, zone.node);
  picker.addEventListener('change', () => {
    actions.add([...picker.files]);
    picker.value = '';
  });
  actions.pick = () => picker.click();
  actions.clear = () => toolbar.clear();
  actions.cannotRead = () => notes.wrong('What was dropped could not be read.');
}

function say(error) {
  const isOut = error?.status === 401;
  banner.hidden = !error;
  const link = isOut ? make('a', { href: '/login' }, 'Sign in') : '';
  banner.replaceChildren(
    ...(error
      ? [
          isOut
            ? 'You are not signed in, or your sign-in has ended. '
            : `${error.said ?? error.message} ${error.status ? '' : 'What you see may be old; it is tried again. '}`,
          link,
        ]
      : []),
  );
}

let reloading = null;
function reloadSoon() {
  reloading ??= setTimeout(() => {
    reloading = null;
    if (isAtRest()) shelf.load();
    else toolbar.isStale = true;
    live.soon();
  }, WAIT_MS);
}

/* Rows do not move under someone's hand. */
const isAtRest = () => table.node.scrollTop < 40 && !table.selected.size && !table.opened;

shelf.addEventListener('change', ({ detail }) => {
  say(shelf.error);
  if (!detail.isNew) return;
  toolbar.isStale = false;
  if (!shelf.error) notes.whisper(toolbar.found);
  live.soon();
});
uploads.addEventListener('taken', reloadSoon);
uploads.addEventListener('out', ({ detail }) => say(detail));
live.addEventListener('there', () => !shelf.error && say(null));
live.addEventListener('away', ({ detail }) => say(detail));
live.addEventListener('moved', reloadSoon);
live.addEventListener('ended', ({ detail }) =>
  notes.whisper(`${detail.title}: ${detail.state === 'ready' ? 'ready' : (detail.error ?? 'not read')}`),
);

async function retryLoading() {
  if (shelf.error && shelf.error.status !== 401 && !document.hidden) await shelf.load();
  setTimeout(retryLoading, 4000);
}

build();
api.libraries().then((found) => {
  table.libraries = found;
  actions.libraries = found;
  toolbar.render();
  table.schedule();
}, say);
shelf.load();
retryLoading();
