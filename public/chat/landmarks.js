/* What the page's own parts are, for screen readers and keys: its markup leaves that out here and there. React leaves attributes alone that
   it does not know, so they are set again whenever something is new. */
import { make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

/** @type {{ [parts: string]: { [attribute: string]: string } }} */
const ATTRIBUTES = {
  '[data-sidebar="sidebar"]:not([role="dialog"])': { role: 'navigation', 'aria-label': t('Conversations') },
  'ul:has(> #thread-history)': { role: 'none' }, // a list whose only child is no item
  '#thread-options': { role: 'button', tabindex: '0' }, // else it opens by mouse alone
  'a > [data-sidebar="menu-button"]': { role: 'link', tabindex: '-1' }, // it stands in the link that goes there, and around a button
};
const title = make('header', { id: 'fn-top' }, make('h1', {}, 'Footnote'));

function place() {
  const isSignIn = location.pathname === '/login';
  if (isSignIn) title.remove();
  else if (!title.isConnected) document.body.prepend(title);
  const root = document.getElementById('root');
  if (isSignIn) root?.setAttribute('role', 'main');
  else if (root?.role === 'main') root.removeAttribute('role');
  for (const [parts, attributes] of Object.entries(ATTRIBUTES))
    for (const part of document.querySelectorAll(parts))
      for (const [name, value] of Object.entries(attributes))
        if (part.getAttribute(name) !== value) part.setAttribute(name, value);
}

watch(place);
place();
