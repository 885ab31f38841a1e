/* One's own API keys: what each may do, when it was used, and making and revoking them. */
/** @import { KeyView } from '../lib/api_types.js' */
import { ask, isStatus, sentenceOf } from '../lib/api.js';
import { backLink } from '../lib/back.js';
import { confirm } from '../lib/confirm.js';
import { byId, make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { Notes } from '../lib/notes.js';
import { many, t } from '../lib/words.js';
import { card } from './card.js';
import { newKey } from './new_key.js';

const WHY = t(
  'A key lets a program of yours use Footnote without your password, with no more than what you let it do. It sends the key as “Authorization: Bearer fn_…”.',
);
const LOST = t('Programs that use it get no more answers, from now on. A revoked key cannot be brought back.');

const root = byId('keys');
const notes = new Notes();
const summary = make('p', { class: 'summary' });
const list = make('ul', { class: 'keys' });
const reference = () => make('a', { href: '/api/docs' }, t('What a program can ask for'));
const scroller = make('div', { class: 'scroller' }, make('p', { class: 'about' }, WHY, ' ', reference()), list);
const empty = make('div', { class: 'empty', hidden: true });
const add = make('button', { type: 'button', class: 'primary add', onclick: create }, icon('add'), t('New key'));

function build() {
  const header = make('header', { class: 'head-of-page' }, backLink(), make('h1', {}, t('API keys')), summary, add);
  empty.append(
    icon('key'),
    make('h2', {}, t('No keys yet')),
    make('p', { class: 'faint' }, WHY),
    make('p', {}, reference()),
  );
  root.replaceChildren(header, make('main', {}, scroller, empty), notes.node, notes.live);
}

async function load() {
  try {
    /** @type {KeyView[]} */
    const keys = await ask('/api/keys');
    const active = keys.filter((key) => key.state === 'active').length;
    summary.textContent = keys.length ? many(active, 'active key') : '';
    list.replaceChildren(...keys.map((key) => card(key, revoke)));
    scroller.hidden = !keys.length;
    empty.hidden = keys.length > 0;
  } catch (error) {
    notes.wrong(isStatus(error, 401) ? t('Your sign-in has ended. Sign in again in the chat.') : sentenceOf(error));
  }
}

async function create() {
  const { isAdmin, defaultDays, mostDays } = {
    isAdmin: 'admin' in root.dataset,
    defaultDays: Number(root.dataset.defaultDays),
    mostDays: Number(root.dataset.mostDays),
  };
  if (await newKey({ isAdmin, defaultDays, mostDays })) await load();
}

/** @param {KeyView} key */
async function revoke(key) {
  if (!(await confirm(t('Revoke “%(name)s”?', { name: key.name }), LOST, t('Revoke')))) return;
  try {
    await ask(`/api/keys/${key.id}`, { method: 'DELETE' });
  } catch (error) {
    return notes.wrong(sentenceOf(error));
  }
  await load();
  notes.tell(t('“%(name)s” is revoked.', { name: key.name }));
  add.focus({ preventScroll: true });
}

build();
load();
