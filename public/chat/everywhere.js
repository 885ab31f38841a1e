/* Signing out on all devices, this one included. */
import { refusal, sentenceOf } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { choice, showSheet } from './sheet.js';

export function signOutEverywhere() {
  const wrong = make('p', { class: 'wrong', role: 'alert' });

  /** @param {HTMLButtonElement} button */
  async function go(button) {
    button.disabled = true;
    try {
      const ended = await fetch('/account/sign-ins/end-others', { method: 'POST' });
      if (!ended.ok) throw refusal(ended.status, null);
      await fetch('/logout', { method: 'POST' });
      location.assign('/login');
    } catch (error) {
      button.disabled = false;
      wrong.textContent = sentenceOf(error);
    }
  }

  const text = t('You are signed out on every device and in every browser, here too.');
  const agree = choice(t('Sign out everywhere'), go, 'go');
  showSheet(t('Sign out everywhere?'), [make('p', {}, text), wrong], [choice(t('Cancel')), agree]);
}
