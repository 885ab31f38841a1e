/* The question before something is lost. */
import { make, showDialog } from './dom.js';
import { t } from './words.js';

/**
 * Resolves to whether the person agreed.
 * @param {string} title
 * @param {string} text
 * @param {string} agree
 * @param {string[]} names of what is lost
 * @returns {Promise<boolean>}
 */
export function confirm(title, text, agree, names = []) {
  return new Promise((resolve) => {
    const cancel = make('button', { type: 'button', onclick: () => dialog.close('') }, t('Cancel'));
    const yes = () => dialog.close('yes');
    const dialog = make(
      'dialog',
      { 'aria-labelledby': 'ask-title' },
      make('h2', { id: 'ask-title' }, title),
      names.length > 0 && make('ul', {}, ...names.map((one) => make('li', { dir: 'auto' }, one))),
      make('p', {}, text),
      make(
        'div',
        { class: 'choices' },
        cancel,
        make('button', { type: 'button', class: 'danger solid', onclick: yes }, agree),
      ),
    );
    showDialog(dialog, cancel, () => resolve(dialog.returnValue === 'yes'));
  });
}
