/* The ways from the chat to the library and, for admins, to the review queue. The links stand in the page's own header, which
   React makes anew now and then. */
/** @import { Me, ReviewPage } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { rememberChat } from '../lib/back.js';
import { drawing, make } from '../lib/dom.js';
import { onTold } from '../lib/tell.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const COUNT_MS = 60_000;
const BOOKS = 'M5 4v16M9 4v16M13.5 4.5l5 15M5 4h4M5 20h4';
const TRAY = 'M4 13l2.500-8h11l2.500 8v6H4z M4 13h5l1.500 2.500h3L15 13h5';

/**
 * @param {'library' | 'reviews'} page
 * @param {string} href
 * @param {string} label
 * @param {string} title
 * @param {string} picture
 */
function build(page, href, label, title, picture) {
  const attributes = { id: `fn-${page}`, href, title, 'aria-label': label, onclick: rememberChat };
  return make('a', attributes, drawing(picture), make('span', {}, label));
}

const library = build('library', '/library', t('Library'), t('All your documents'), BOOKS);
const reviews = build('reviews', '/admin/reviews', t('Reviews'), t('Answers that an admin should look at'), TRAY);
const badge = make('b', { hidden: true });
reviews.append(badge);

/** @type {boolean | null} */
let isAdmin = null; // null: not asked yet
let open = 0; // answers that people sent and that wait

function place() {
  const bar = document.querySelector('#header > div:last-child');
  if (bar && !bar.contains(library)) bar.prepend(library);
  if (!library.isConnected)
    isAdmin = null; // the sign-in page: the next one may be somebody else
  else if (isAdmin === null) learnRole();
  if (!library.isConnected || !isAdmin) return reviews.remove();
  if (library.nextSibling !== reviews) library.after(reviews);
  const text = open > 99 ? '99+' : String(open);
  if (badge.textContent !== text) badge.textContent = text;
  badge.hidden = open === 0;
  reviews.ariaLabel = open ? t('Reviews, %(count)s open', { count: open }) : t('Reviews');
}

async function learnRole() {
  isAdmin = false;
  try {
    isAdmin = (await /** @type {Promise<Me>} */ (ask('/api/auth/me'))).role === 'admin';
    await count();
  } catch {
    /* offline: without the link until the page is loaded again */
  }
}

async function count() {
  if (!isAdmin || document.hidden) return;
  try {
    const { counts } = await /** @type {Promise<ReviewPage>} */ (ask('/api/review-items?limit=1&kind=told'));
    open = counts.open ?? open;
  } catch {
    /* the next round comes */
  }
  place();
}

onTold(count);
setInterval(count, COUNT_MS);
document.addEventListener('visibilitychange', count);
watch(place);
