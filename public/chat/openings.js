/* Tells the owner of a conversation, in the page's header, by whom and why it was opened; the whole list is at /account/openings. */
/** @import { OpeningList } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const THREAD = /^\/thread\/([0-9a-f-]{36})$/;
const note = make('a', { id: 'fn-opened', href: '/account/openings', hidden: true });
let shown = ''; // the conversation that was asked about

function place() {
  const bar = document.querySelector('#header > div:last-child');
  if (bar && !bar.contains(note)) bar.prepend(note);
  const thread = THREAD.exec(location.pathname)?.[1] ?? '';
  if (thread === shown) return;
  shown = thread;
  note.hidden = true;
  if (thread) tell(thread);
}

/** @param {string} thread */
async function tell(thread) {
  try {
    const { openings } = await /** @type {Promise<OpeningList>} */ (ask(`/api/threads/${thread}/openings`));
    const [last] = openings;
    if (!last || thread !== shown) return;
    const who = last.opened_by ?? t('an admin');
    note.textContent = t('Opened by %(who)s', { who });
    note.title = last.reason
      ? t('Opened by %(who)s, because: %(reason)s', { who, reason: last.reason })
      : note.textContent;
    note.ariaLabel = note.title;
    note.hidden = false;
  } catch {
    /* not stored yet, or offline: the page of openings has it */
  }
}

watch(place);
