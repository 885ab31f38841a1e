/* The folder of a conversation, asked for by name: one that there is, a new one, or none. */
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { LONGEST_NAME } from './limits.js';
import { choice, showSheet } from './sheet.js';

/**
 * The chosen name; empty: no folder; null: nothing was chosen.
 * @param {string[]} names of the folders that there are
 * @param {string} present
 * @returns {Promise<string | null>}
 */
export function chooseFolder(names, present) {
  return new Promise((resolve) => {
    const input = make('input', {
      id: 'fn-folder',
      list: 'fn-folder-names',
      maxlength: Number.isFinite(LONGEST_NAME) && LONGEST_NAME,
      autocomplete: 'off',
      dir: 'auto',
    });
    input.value = present;
    const known = make('datalist', { id: 'fn-folder-names' }, ...names.map((name) => make('option', { value: name })));
    /** @param {string | null} name */
    const end = (name) => {
      resolve(name);
      dialog.close();
    };
    const take = () => end(input.value.trim());
    const choices = [
      choice(t('Cancel'), () => end(null)),
      ...(present ? [choice(t('Take out'), () => end(''))] : []),
      choice(t('Save'), take, 'go'),
    ];
    const label = make('label', { for: input.id }, t('Name of the folder; a new name makes a new folder.'));
    const dialog = showSheet(t('Folder'), [label, input, known], choices);
    dialog.addEventListener('close', () => resolve(null));
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault();
      take();
    });
    input.focus();
    input.select();
  });
}
