/* Questions before something is lost, and what is said of what was done. */
import { make } from './dom.js';
import { iconButton } from './icons.js';

const SHORT_MS = 6000;

/* Resolves to whether the person agreed. */
export function confirm(title, text, agree, names = []) {
  return new Promise((resolve) => {
    const answer = (value) => () => dialog.close(value);
    const cancel = make('button', { type: 'button', onclick: answer('') }, 'Cancel');
    const go = make('button', { type: 'button', class: 'danger solid', onclick: answer('yes') }, agree);
    const list = names.length ? [make('ul', {}, ...names.map((one) => make('li', { dir: 'auto' }, one)))] : [];
    const dialog = make(
      'dialog',
      { 'aria-labelledby': 'ask-title' },
      make('h2', { id: 'ask-title' }, title),
      ...list,
      make('p', {}, text),
      make('div', { class: 'choices' }, cancel, go),
    );
    const back = document.activeElement;
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (back?.isConnected) back.focus({ preventScroll: true });
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
    cancel.focus();
  });
}

/* One line at the foot of the page; what went wrong stays until it is closed. */
export class Notes {
  #timer = null;

  constructor() {
    this.node = make('div', { class: 'notes' });
    this.live = make('div', { class: 'hidden', 'aria-live': 'polite' });
  }

  /* Heard, not seen */
  whisper(text) {
    this.live.textContent = text;
  }

  tell(text) {
    this.#show(text, 'status');
    this.#timer = setTimeout(() => this.node.replaceChildren(), SHORT_MS);
  }

  wrong(text) {
    this.#show(text, 'alert');
  }

  #show(text, role) {
    clearTimeout(this.#timer);
    const shut = iconButton('close', 'Close this message', 'shut', () => this.node.replaceChildren());
    this.node.replaceChildren(make('div', { class: role, role }, make('p', {}, text), shut));
  }
}
