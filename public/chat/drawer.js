/* On a phone the list of conversations is a drawer over the page: the browser's Back closes it, as it does with the sheet of the side panel. It
   has an entry of its own in the history, whose place the conversation takes that is chosen in it (address.js). */
import { watch } from '../lib/watch.js';

const DRAWER = '[data-mobile="true"]';
const MARK = 'footnoteDrawer'; // in the history's state

export const isOfDrawer = () => Boolean(history.state?.[MARK]);

const drawer = () => document.querySelector(DRAWER);
let isOpen = false;

function close() {
  const trigger = drawer()?.querySelector('#sidebar-trigger-button');
  if (trigger instanceof HTMLElement) trigger.click();
}

watch(() => {
  if (isOpen === Boolean(drawer())) return;
  isOpen = !isOpen;
  if (isOpen && !isOfDrawer()) history.pushState({ ...history.state, [MARK]: true }, '');
  else if (!isOpen && isOfDrawer()) history.back();
});
window.addEventListener('popstate', () => isOpen && !isOfDrawer() && close());
