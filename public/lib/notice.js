/* A sentence in place of a page's content. */
import { isStatus, sentenceOf } from './api.js';
import { make } from './dom.js';
import { t } from './words.js';

/**
 * Shows a sentence and nothing else.
 * @param {Element} root
 * @param {string} text
 * @param {Node[]} more
 */
export function say(root, text, ...more) {
  root.replaceChildren(make('div', { class: 'notice', role: 'alert' }, make('p', {}, text), ...more));
}

/**
 * Shows what went wrong, with a way to sign in where that is what is missing.
 * @param {Element} root
 * @param {unknown} error
 */
export function sayError(root, error) {
  const { pathname, search, hash } = (window.top ?? window).location; // in the side panel: of the chat around it
  const href = `/login?next=${encodeURIComponent(pathname + search + hash)}`;
  const signIn = make('p', {}, make('a', { href, target: '_top' }, t('Sign in')));
  say(root, sentenceOf(error), ...(isStatus(error, 401) ? [signIn] : []));
}
