/* What stands in the table's place when there is nothing to list: how to begin, or that nothing was found. */
/** @import { Documents } from './documents.js' */
import { sentenceOf } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const READS = 'PDF, also scanned, Word, PowerPoint, Excel, OpenDocument, web pages, mail, e-books, images and text.';
const HOW_TO_BEGIN =
  'Drop files or folders here, or choose them. Then ask about them in the chat: every answer shows where it stands.';
const NONE = {
  '': '',
  pending: 'Nothing is being read at present.',
  failed: 'Every document could be read.',
  partial: 'Nothing is missing from any document, and none holds hidden text.',
  ready: 'No document is ready yet.',
};

export class Empty {
  node = make('div', { class: 'empty', hidden: true });
  #documents;
  #on;

  /**
   * @param {Documents} documents
   * @param {{ pick: () => void, clear: () => void }} on what the buttons do
   */
  constructor(documents, on) {
    this.#documents = documents;
    this.#on = on;
    documents.on('change', () => this.#show(...this.#parts()));
    documents.on('loading', () => !documents.counts && this.#show(make('p', { role: 'status' }, 'Loading…')));
  }

  /** @param {Node[]} parts */
  #show(...parts) {
    this.node.hidden = !parts.length;
    this.node.replaceChildren(...parts);
  }

  #parts() {
    const { entries, error, counts, isNarrowed, query } = this.#documents;
    if (entries.length || (error && counts)) return [];
    if (error) return [make('p', { role: 'alert' }, sentenceOf(error))];
    if (!isNarrowed) return [this.#begin()];
    const text = query.search ? `No document is called “${query.search}”.` : NONE[query.state];
    const all = make('button', { type: 'button', onclick: this.#on.clear }, 'Show all documents');
    return [make('p', {}, text), all];
  }

  #begin() {
    return make(
      'div',
      { class: 'begin' },
      icon('drop'),
      make('h2', {}, 'No documents yet'),
      make('p', {}, HOW_TO_BEGIN),
      make('button', { type: 'button', class: 'primary', onclick: this.#on.pick }, 'Choose files'),
      make('p', { class: 'faint' }, READS),
    );
  }
}
