/* The ways from the chat's account menu to one's own pages and, for admins, to the console. React makes the menu anew each time it
   is opened, and knows only its own entries: with ours in it, the arrow keys are ours too. */
/** @import { Me } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { rememberChat } from '../lib/back.js';
import { make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const ITEMS = '[role="menuitem"]';

/**
 * @param {string} href
 * @param {string} text
 */
function entry(href, text) {
  const link = make('a', { href, role: 'menuitem', tabindex: '-1', onclick: rememberChat }, text);
  link.addEventListener('pointermove', () => link.focus({ preventScroll: true }));
  return link;
}

const account = entry('/account', t('Account'));
const desk = entry('/admin', t('Console'));
/** @type {Promise<boolean> | null} */
let isAdmin = null; // whoever signs in next loads the page anew, or comes by the sign-in page

const learnRole = () =>
  /** @type {Promise<Me>} */ (ask('/api/auth/me')).then(
    ({ role }) => role === 'admin',
    () => false,
  );

/** @param {HTMLElement} menu */
function move(menu) {
  menu.addEventListener(
    'keydown',
    (event) => {
      const items = [...menu.querySelectorAll(ITEMS)].filter((item) => item instanceof HTMLElement);
      const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 };
      const isOurs = items[at] === account || items[at] === desk;
      if (event.key in steps) items.at(steps[/** @type {keyof typeof steps} */ (event.key)] % items.length)?.focus();
      else if (isOurs && (event.key === 'Enter' || event.key === ' ')) items[at]?.click();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
}

function place() {
  if (location.pathname === '/login') isAdmin = null;
  const menu = document.querySelector('[role="menu"]:has(.lucide-log-out)');
  if (!(menu instanceof HTMLElement) || menu.contains(account)) return;
  const first = menu.querySelector(ITEMS);
  if (!first) return;
  account.className = desk.className = first.className;
  first.before(account);
  move(menu);
  isAdmin ??= learnRole();
  isAdmin.then((is) => is && account.isConnected && account.after(desk));
}

watch(place);
