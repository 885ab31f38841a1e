/* The library: all documents a person may see. */
import { isStatus, Refused, sentenceOf } from '../lib/api.js';
import { backLink } from '../lib/back.js';
import { byId, make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { Notes } from '../lib/notes.js';
import { t, told } from '../lib/words.js';
import { Actions } from './actions.js';
import { Documents } from './documents.js';
import { DropZone } from './dropzone.js';
import { Empty } from './empty.js';
import { Links } from './links.js';
import { Outcomes } from './outcomes.js';
import { Polling } from './polling.js';
import { Switcher } from './switcher.js';
import { Table } from './table.js';
import { Toolbar } from './toolbar.js';
import { Uploads } from './uploads.js';

const WAIT_MS = 700;
const RETRY_MS = 4000;

const root = byId('library');
const address = new URLSearchParams(location.search).get('link'); // offered in the chat
const documents = new Documents();
const notes = new Notes();
const uploads = new Uploads(Number(root.dataset.maxBytes));
const actions = new Actions(documents, uploads, notes);
const table = new Table(documents, actions);
const switcher = new Switcher(documents, notes);
const toolbar = new Toolbar(documents, table, actions, switcher);
const outcomes = new Outcomes(uploads);
const polling = new Polling(documents, table, uploads);
const zone = new DropZone(documents, actions, notes);
const picker = make('input', { type: 'file', multiple: true, hidden: true, 'aria-label': t('Documents to add') });
const pick = () => picker.click();
const empty = new Empty(documents, { pick, clear: () => toolbar.clear() });
const banner = make('p', { class: 'banner', role: 'status', hidden: true });

const openLinks = (link = '') =>
  new Links(documents, (root.dataset.folders ?? '').split(' ').filter(Boolean), link).open();

function build() {
  const add = { type: 'button', class: 'primary add', onclick: pick };
  const fromLink = { type: 'button', 'aria-haspopup': 'dialog', onclick: () => openLinks() };
  const header = make(
    'header',
    { class: 'head-of-page' },
    backLink(),
    make('h1', {}, t('Library')),
    toolbar.summary,
    make(
      'a',
      { class: 'button to-keys', href: '/keys', title: t('Keys for programs'), 'aria-label': t('API keys') },
      icon('key'),
      make('span', {}, t('API keys')),
    ),
    root.dataset.links === 'on' && make('button', fromLink, icon('link'), make('span', {}, t('Add from a link'))),
    make('button', add, icon('add'), make('span', {}, t('Add documents'))),
  );
  const main = make('main', {}, toolbar.node, banner, table.node, empty.node);
  root.replaceChildren(header, main, outcomes.node, notes.node, notes.live, picker, zone.node);
  picker.addEventListener('change', () => {
    actions.add([...(picker.files ?? [])]);
    picker.value = '';
  });
}

/**
 * Says above the list why it may be old; nothing when there is no error.
 * @param {unknown} error
 */
function say(error) {
  banner.hidden = !error;
  if (!error) banner.replaceChildren();
  else if (isStatus(error, 401)) {
    const signIn = make('a', { href: '/login?next=/library' }, t('Sign in'));
    banner.replaceChildren(t('You are not signed in, or your sign-in has ended.'), ' ', signIn);
  } else {
    const hasAnswer = error instanceof Refused && error.status !== 0;
    banner.replaceChildren(sentenceOf(error), hasAnswer ? '' : ` ${t('What you see may be old; it is tried again.')}`);
  }
}

let isReloadDue = false;
function reloadSoon() {
  if (isReloadDue) return;
  isReloadDue = true;
  setTimeout(() => {
    isReloadDue = false;
    if (table.isAtRest) documents.load();
    else toolbar.isStale = true;
    polling.soon();
  }, WAIT_MS);
}

async function retryLoading() {
  if (documents.error && !isStatus(documents.error, 401) && !document.hidden) await documents.load();
  setTimeout(retryLoading, RETRY_MS);
}

documents.on('change', ({ isNew }) => {
  say(documents.error);
  if (!isNew) return;
  toolbar.isStale = false;
  if (!documents.error) notes.whisper(toolbar.found);
  polling.soon();
});
actions.on('done', () => polling.soon());
uploads.on('taken', reloadSoon);
uploads.on('signedOut', say);
polling.on('there', () => !documents.error && say(null));
polling.on('away', say);
polling.on('moved', reloadSoon);
polling.on('ended', ({ title, state, error }) => {
  notes.whisper(`${title}: ${state === 'ready' ? t('Ready') : error ? told(error) : t('Not read')}`);
});

build();
documents
  .loadLibraries()
  .then(() => {
    if (address && root.dataset.links === 'on') openLinks(address);
    if (address) history.replaceState(null, '', location.pathname); // else every reload would offer it again
  })
  .catch(say);
documents.load();
retryLoading();
