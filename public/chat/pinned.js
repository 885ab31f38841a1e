/* Conversations that a person wants at hand: a list above the others, and "Pin" in a conversation's menu. The list stands beside what React
   owns; an entry follows the one below it where there is one, so that the page is not loaded anew. */
/** @import { ListedThread, ThreadList } from '../lib/api_types.js' */
import { ask, sentenceOf } from '../lib/api.js';
import { fill, make } from '../lib/dom.js';
import { onLink } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { command, join } from './menu.js';
import { toast } from './toast.js';
import { isGone } from './undo.js';

const MOST = 100;
const SHOWN_MS = 6000;
const ENTRY = 'li[id^="thread-"]';

/** @type {ListedThread[] | null} */
let pinned = null; // null: not asked yet
let opened = ''; // the conversation whose menu was opened last

const list = make('ul', {});
const section = make(
  'nav',
  { id: 'fn-pinned', 'aria-labelledby': 'fn-pinned-title', hidden: true },
  make('h2', { id: 'fn-pinned-title' }, t('Pinned')),
  list,
);

/** @param {string} thread */
const isPinned = (thread) => (pinned ?? []).some((one) => one.thread_id === thread);

async function learn() {
  pinned ??= [];
  try {
    pinned = (await /** @type {Promise<ThreadList>} */ (ask(`/api/threads?pinned=true&limit=${MOST}`))).threads;
  } catch {
    /* signed out or offline: as it was */
  }
  show();
}

function show() {
  const threads = (pinned ?? []).filter(({ thread_id }) => !isGone(thread_id));
  fill(list, JSON.stringify([location.pathname, threads]), () =>
    threads.map(({ thread_id, name }) => {
      const href = `/thread/${thread_id}`;
      const isHere = location.pathname === href;
      const text = name ?? t('Conversation');
      return make('li', {}, make('a', { href, dir: 'auto', title: text, 'aria-current': isHere && 'page' }, text));
    }),
  );
  section.hidden = threads.length === 0;
}

/** @param {string} thread */
async function turn(thread) {
  const change = !isPinned(thread);
  try {
    await ask(`/api/threads/${thread}`, { method: 'PATCH', body: { pinned: change } });
    await learn();
    toast(change ? t('Pinned') : t('No longer pinned'), SHOWN_MS);
  } catch (error) {
    toast(sentenceOf(error), SHOWN_MS);
  }
}

const entries = { pin: command(t('Pin'), () => turn(opened)), unpin: command(t('Unpin'), () => turn(opened)) };

function place() {
  if (location.pathname === '/login') {
    pinned = null; // the next one may be somebody else
    return section.remove();
  }
  const history = document.querySelector('#thread-history');
  const group = history?.closest('[data-sidebar="content"]') ?? history?.parentElement;
  if (group && !group.contains(section)) group.prepend(section);
  if (pinned === null && group) learn();
  show();
  const menu = document.querySelector('[role="menu"]:has(#delete-thread)');
  const first = menu?.querySelector('[role="menuitem"]');
  if (!(menu instanceof HTMLElement) || !first || menu.contains(entries.pin) || menu.contains(entries.unpin)) return;
  join(menu, first, [isPinned(opened) ? entries.unpin : entries.pin]);
}

for (const kind of ['pointerdown', 'keydown', 'click'])
  document.addEventListener(
    kind,
    ({ target }) => {
      const button = target instanceof Element && target.closest('#thread-options');
      if (button) opened = button.closest(ENTRY)?.id.slice('thread-'.length) ?? '';
    },
    true,
  );

onLink('#fn-pinned a', (link) => {
  const below = document.querySelector(`${ENTRY}[id="thread-${link.href.split('/').at(-1)}"] a`);
  if (below instanceof HTMLElement) below.click();
  else location.assign(link.href);
});
watch(place);
