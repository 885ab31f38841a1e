/* Files dragged over the page: it says where they would go, and takes them. */
/** @import { Notes } from '../lib/notes.js' */
/** @import { Actions } from './actions.js' */
/** @import { Documents } from './documents.js' */
import { make } from '../lib/dom.js';
import { filesOf, hasFiles } from '../lib/files.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/words.js';

export class DropZone {
  #depth = 0; // dragenter and dragleave come for every part that is passed over
  #text = make('p', {});
  node = make('div', { class: 'dropzone', hidden: true }, icon('drop'), this.#text);

  /**
   * @param {Documents} documents
   * @param {Actions} actions
   * @param {Notes} notes
   */
  constructor(documents, actions, notes) {
    document.addEventListener('dragenter', (event) => hasFiles(event) && this.#over(1, documents.target));
    document.addEventListener('dragleave', (event) => hasFiles(event) && this.#over(-1, documents.target));
    document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
    document.addEventListener('drop', async (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.#over(-this.#depth, documents.target);
      try {
        actions.add(await filesOf(event.dataTransfer));
      } catch {
        notes.wrong(t('What was dropped could not be read.'));
      }
    });
  }

  /**
   * @param {number} step
   * @param {Documents['target']} target
   */
  #over(step, target) {
    this.#depth = Math.max(0, this.#depth + step);
    this.node.hidden = this.#depth === 0;
    const where = target && !target.is_personal ? target.name : t('your library');
    this.#text.textContent = t('Let go to add to %(where)s', { where });
  }
}
