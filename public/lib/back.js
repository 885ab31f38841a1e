/* The way back from a page to the conversation that was left for it. */
import { make } from './dom.js';
import { icon } from './icons.js';
import { t } from './words.js';

const KEY = 'footnote.chat'; // in the session's storage: the path of the chat when it was left

export const rememberChat = () => sessionStorage.setItem(KEY, location.pathname);

/* Where that was. */
export function leftChat() {
  const left = sessionStorage.getItem(KEY) ?? '';
  return /^\/thread\/[\w-]+$/.test(left) ? left : '/';
}

/* The link, for the head of a page. */
export const backLink = () => make('a', { class: 'back', href: leftChat() }, icon('back'), make('span', {}, t('Chat')));
