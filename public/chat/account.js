/* The ways from the chat's account menu to one's own pages and, for admins, to the console; how the page looks and speaks, its keys, and
   signing out everywhere. */
/** @import { Me } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { rememberChat } from '../lib/back.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { signOutEverywhere } from './everywhere.js';
import { showKeys } from './keys.js';
import { showLook } from './look.js';
import { command, join, wayTo } from './menu.js';

const ENTRIES = [
  wayTo('/account', t('Account'), rememberChat),
  wayTo('/account/password', t('Password'), rememberChat),
  wayTo('/account/use', t('Use'), rememberChat),
  command(t('Language and look'), showLook),
  command(t('Keys'), showKeys),
];
const everywhere = command(t('Sign out everywhere'), signOutEverywhere);
const desk = wayTo('/admin', t('Console'), rememberChat);
/** @type {Promise<boolean> | null} */
let isAdmin = null; // whoever signs in next loads the page anew, or comes by the sign-in page

const learnRole = () =>
  /** @type {Promise<Me>} */ (ask('/api/auth/me')).then(
    ({ role }) => role === 'admin',
    () => false,
  );

function place() {
  if (location.pathname === '/login') isAdmin = null;
  const menu = document.querySelector('[role="menu"]:has(.lucide-log-out)');
  if (!(menu instanceof HTMLElement) || menu.contains(everywhere)) return;
  const first = menu.querySelector('[role="menuitem"]');
  if (!first) return;
  join(menu, first, [...ENTRIES, everywhere]);
  desk.className = first.className;
  isAdmin ??= learnRole();
  isAdmin.then((is) => is && everywhere.isConnected && everywhere.before(desk));
}

watch(place);
