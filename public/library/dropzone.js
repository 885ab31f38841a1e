/* Files dragged over the page: it says where they would go, and takes them. */
import { filesOf, hasFiles } from './files.js';
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

export class DropZone {
  #depth = 0; // dragenter and dragleave come for every part that is passed over

  constructor(actions) {
    this.actions = actions;
    this.text = make('p', {});
    this.node = make('div', { class: 'dropzone', hidden: true }, icon('drop'), this.text);
    document.addEventListener('dragenter', (event) => hasFiles(event) && this.#over(1));
    document.addEventListener('dragleave', (event) => hasFiles(event) && this.#over(-1));
    document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
    document.addEventListener('drop', (event) => hasFiles(event) && this.#drop(event));
  }

  #over(step) {
    this.#depth = Math.max(0, this.#depth + step);
    this.node.hidden = this.#depth === 0;
    const { target } = this.actions;
    this.text.textContent =
      target && !target.is_personal ? `Let go to add to ${target.name}` : 'Let go to add to your library';
  }

  async #drop(event) {
    event.preventDefault();
    this.#depth = 0;
    this.node.hidden = true;
    try {
      this.actions.add(await filesOf(event.dataTransfer));
    } catch (error) {
      this.actions.cannotRead(error);
    }
  }
}
