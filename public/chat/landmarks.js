/* What the page's own parts are, for screen readers and keys: its markup leaves that out here and there. React leaves attributes alone that
   it does not know, so they are set again whenever something is new. */
import { make } from '../lib/dom.js';
import { FOOTNOTE } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

/** @type {{ [parts: string]: { [attribute: string]: string } }} */
const ATTRIBUTES = {
  '[data-sidebar="sidebar"]:not([role="dialog"])': { role: 'navigation', 'aria-label': t('Conversations') },
  'ul:has(> #thread-history)': { role: 'none' }, // a list whose only child is no item
  // Else it opens by mouse alone. By keys that of the open conversation: a stop for each would be as many again as there are conversations.
  '#thread-options:not([data-active="true"] > *)': { role: 'button', tabindex: '-1' },
  '[data-active="true"] > #thread-options': { role: 'button', tabindex: '0' },
  'a > [data-sidebar="menu-button"]': { role: 'link', tabindex: '-1' }, // it stands in the link that goes there, and around a button
};

/* Texts in any language, each in its own direction, told by its first letters. A list, a table and a quotation are told by those of all that is
   in them, which a direction of its own would take out of the count: items and cells follow their letters by their look (custom.css). */
const TOGETHER = '.message-content :is(ul, ol, table, blockquote)';
const TEXTS = [
  `.message-content :is([role="article"], p, ul, ol, table, blockquote, h1, h2, h3, h4, h5, h6):not(${TOGETHER} *)`,
  '[data-step-type="user_message"] .message-content pre',
  '[id^="thread-"] .truncate',
  ':is(#chat-input, #edit-chat-input, #starters button, [role="dialog"] #name)',
];
const FOOTNOTES = `#root ${FOOTNOTE}`;
const UNDIRECTED = TEXTS.map((parts) => `${parts}:not([dir])`).join(', ');

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
  for (const part of document.querySelectorAll(UNDIRECTED)) part.setAttribute('dir', 'auto');
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll(FOOTNOTES);
  links.forEach(nameFootnote);
}

/** @param {HTMLAnchorElement} link */
function nameFootnote(link) {
  const number = link.textContent?.replace(/\D/g, '') ?? '';
  if (link.dataset.fnNumber === number) return;
  link.dataset.fnNumber = number; // it may change while the answer is written
  link.ariaLabel = t('Footnote %(number)s', { number });
}

watch(place);
place();
