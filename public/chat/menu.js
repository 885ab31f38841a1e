/* Entries of ours in the page's menus. React makes a menu anew each time it is opened, and knows only its own entries: with ours in it, the
   arrow keys are ours too. */
import { make } from '../lib/dom.js';

const ITEMS = '[role^="menuitem"]';

/** @typedef {HTMLElement} Entry */

/**
 * An entry that leads to a page.
 * @param {string} href
 * @param {string} text
 * @param {() => void} onclick
 */
export const wayTo = (href, text, onclick) =>
  prepared(make('a', { href, role: 'menuitem', tabindex: '-1', onclick }, text));

/**
 * An entry that does something on this page, once its menu is closed.
 * @param {string} text
 * @param {() => void} action
 */
export function command(text, action) {
  const node = make('div', { role: 'menuitem', tabindex: '-1' }, text);
  node.addEventListener('click', (event) => {
    event.stopPropagation(); // to the page it is a click on what the menu belongs to, a link to a conversation
    close(node.closest('[role="menu"]'), action);
  });
  return prepared(node);
}

const PAUSE_MS = 120;
const MOST_TRIES = 5;

/**
 * Closes a menu, then acts. The first Escape may be for a tooltip above it; one that was closed may be open again, which is not for us.
 * @param {Element | null} menu
 * @param {() => void} action
 */
async function close(menu, action) {
  let wasClosed = false;
  for (let tries = MOST_TRIES; menu?.isConnected && tries; tries--) {
    const isClosed = menu.getAttribute('data-state') === 'closed';
    if (wasClosed && !isClosed) break;
    wasClosed = isClosed;
    if (!isClosed) menu.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  action();
}

/**
 * @template {HTMLElement} Node
 * @param {Node} node
 */
function prepared(node) {
  node.addEventListener('pointermove', () => node.focus({ preventScroll: true }));
  return node;
}

/**
 * Puts entries before one of an open menu, in its look, and takes its keys over. Call it once for each menu.
 * @param {HTMLElement} menu
 * @param {Element} before
 * @param {Entry[]} entries
 */
export function join(menu, before, entries) {
  for (const node of entries) node.className = before.className;
  before.before(...entries);
  if (menu.dataset.fnKeys !== undefined) return;
  menu.dataset.fnKeys = '';
  menu.addEventListener('keydown', (event) => move(menu, event), { capture: true });
}

/**
 * @param {HTMLElement} menu
 * @param {KeyboardEvent} event
 */
function move(menu, event) {
  const items = [...menu.querySelectorAll(ITEMS)].filter((item) => item instanceof HTMLElement);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 };
  const isOurs = at >= 0 && !items[at]?.hasAttribute('data-radix-collection-item');
  if (event.key in steps) items.at(steps[/** @type {keyof typeof steps} */ (event.key)] % items.length)?.focus();
  else if (isOurs && (event.key === 'Enter' || event.key === ' ')) items[at]?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
