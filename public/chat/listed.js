/* Lists of conversations of ours, above the page's own, and entries in the menu of a conversation. The lists stand beside what React owns; an
   entry follows the one below it where there is one, so that the page is not loaded anew. */
/** @import { ListedThread, ThreadList, ThreadView } from '../lib/api_types.js' */
import { ask, sentenceOf } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { onLink } from '../lib/links.js';
import { t } from '../lib/words.js';
import { join } from './menu.js';
import { toast } from './toast.js';

const MOST = 100; // conversations of a page
const MOST_PAGES = 10;
const SHOWN_MS = 6000;
const ENTRY = 'li[id^="thread-"]';
let opened = ''; // the conversation whose menu was opened last

export const openedThread = () => opened;

/**
 * The conversations that a query asks for.
 * @param {string} query
 */
export async function threadsOf(query) {
  /** @type {ListedThread[]} */
  const found = [];
  let cursor = '';
  for (let page = 0; page < MOST_PAGES; page++) {
    const more = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const list = /** @type {ThreadList} */ (await ask(`/api/threads?${query}&limit=${MOST}${more}`));
    found.push(...list.threads);
    if (!list.next_cursor) break;
    cursor = list.next_cursor;
  }
  return found;
}

/**
 * Changes the conversation whose menu is open, and says what was done or why not. True when it was done.
 * @param {string} thread
 * @param {{ pinned?: boolean, folder?: string }} body
 * @param {string} done
 */
export async function change(thread, body, done) {
  try {
    await /** @type {Promise<ThreadView>} */ (ask(`/api/threads/${thread}`, { method: 'PATCH', body }));
  } catch (error) {
    toast(sentenceOf(error), SHOWN_MS);
    return false;
  }
  toast(done, SHOWN_MS);
  return true;
}

/** @param {ListedThread} thread */
export function entryOf({ thread_id, name }) {
  const href = `/thread/${thread_id}`;
  const text = name ?? t('Conversation');
  const isHere = location.pathname === href;
  return make('li', {}, make('a', { href, dir: 'auto', title: text, 'aria-current': isHere && 'page' }, text));
}

/* What holds the page's own list; null where there is none. */
export function side() {
  const history = document.querySelector('#thread-history');
  return history?.closest('[data-sidebar="content"]') ?? history?.parentElement ?? null;
}

/**
 * Puts entries at the head of the menu of a conversation, while it is open.
 * @param {HTMLElement[]} entries
 */
export function placeInMenu(entries) {
  const menu = document.querySelector('[role="menu"]:has(#delete-thread)');
  const first = menu?.querySelector('[role="menuitem"]');
  if (menu instanceof HTMLElement && first && !menu.querySelector('[data-fn-listed]')) join(menu, first, entries);
  for (const entry of entries) entry.dataset.fnListed = '';
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

onLink('.fn-listed a', (link) => {
  const below = document.querySelector(`${ENTRY}[id="thread-${link.href.split('/').at(-1)}"] a`);
  if (below instanceof HTMLElement) below.click();
  else location.assign(link.href);
});
