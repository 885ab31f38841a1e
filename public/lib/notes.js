/* What is said of what was done: one line at the foot of the page. What went wrong stays until it is closed. */
import { make } from './dom.js';
import { iconButton } from './icons.js';
import { t } from './words.js';

const SHORT_MS = 6000;

export class Notes {
  node = make('div', { class: 'notes' });
  live = make('div', { class: 'hidden', 'aria-live': 'polite' });
  #timer = 0;

  /**
   * Heard, not seen.
   * @param {string} text
   */
  whisper(text) {
    this.live.textContent = text;
  }

  /** @param {string} text */
  tell(text) {
    this.#show(text, 'status');
    this.#timer = setTimeout(() => this.node.replaceChildren(), SHORT_MS);
  }

  /** @param {string} text */
  wrong(text) {
    this.#show(text, 'alert');
  }

  /**
   * @param {string} text
   * @param {'status' | 'alert'} role
   */
  #show(text, role) {
    clearTimeout(this.#timer);
    const shut = iconButton('close', t('Close this message'), 'shut', () => this.node.replaceChildren());
    this.node.replaceChildren(make('div', { class: role, role }, make('p', {}, text), shut));
  }
}
