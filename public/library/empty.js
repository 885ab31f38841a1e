/* What stands in the table's place when there is nothing to list: how to begin, or that nothing was found. */
/** @import { Documents } from './documents.js' */
import { sentenceOf } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/words.js';

const READS = t('PDF, also scanned, Word, PowerPoint, Excel, OpenDocument, web pages, mail, e-books, images and text.');
const HOW_TO_BEGIN = t(
  'Drop files or folders here, or choose them. Then ask about them in the chat: every answer shows where it stands.',
);
const NONE = {
  '': '',
  pending: t('Nothing is being read at present.'),
  failed: t('Every document could be read.'),
  partial: t('Nothing is missing from any document, and none holds hidden text.'),
  ready: t('No document is ready yet.'),
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
    documents.on('loading', () => !documents.counts && this.#show(make('p', { role: 'status' }, t('Loading…'))));
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
    const text = query.search ? t('No document is called “%(name)s”.', { name: query.search }) : NONE[query.state];
    const all = make('button', { type: 'button', onclick: this.#on.clear }, t('Show all documents'));
    return [make('p', {}, text), all];
  }

  #begin() {
    return make(
      'div',
      { class: 'begin' },
      icon('drop'),
      make('h2', {}, t('No documents yet')),
      make('p', {}, HOW_TO_BEGIN),
      make('button', { type: 'button', class: 'primary', onclick: this.#on.pick }, t('Choose files')),
      make('p', { class: 'faint' }, READS),
    );
  }
}
