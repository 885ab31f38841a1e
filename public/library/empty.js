/* What stands in the table's place when there is nothing to list: how to begin, or that nothing was found. */
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const READS = 'PDF, also scanned, Word, PowerPoint, Excel, OpenDocument, web pages, mail, e-books, images and text.';
const NONE = {
  pending: 'Nothing is being read at present.',
  failed: 'Every document could be read.',
  partial: 'Nothing is missing from any document, and none holds hidden text.',
  ready: 'No document is ready yet.',
};

export class Empty {
  constructor(shelf, actions) {
    Object.assign(this, { shelf, actions });
    this.node = make('div', { class: 'empty', hidden: true });
    shelf.addEventListener('change', () => this.render());
    shelf.addEventListener('loading', () => !shelf.counts && this.show(make('p', { role: 'status' }, 'Loading…')));
  }

  show(...parts) {
    this.node.hidden = !parts.length;
    this.node.replaceChildren(...parts);
  }

  render() {
    const { shelf, actions } = this;
    const { search, state } = shelf.wanted;
    if (shelf.entries.length || (shelf.error && shelf.counts)) return this.show();
    if (shelf.error) return this.show(make('p', { role: 'alert' }, shelf.error.said ?? shelf.error.message));
    if (shelf.isNarrowed) {
      const text = search ? `No document is called “${search}”.` : NONE[state];
      return this.show(
        make('p', {}, text),
        make('button', { type: 'button', onclick: () => actions.clear() }, 'Show all documents'),
      );
    }
    const choose = make('button', { type: 'button', class: 'primary', onclick: () => actions.pick() }, 'Choose files');
    return this.show(
      make(
        'div',
        { class: 'begin' },
        icon('drop'),
        make('h2', {}, 'No documents yet'),
        make(
          'p',
          {},
          'Drop files or folders here, or choose them. Then ask about them in the chat: every answer shows where it stands.',
        ),
        choose,
        make('p', { class: 'faint' }, READS),
      ),
    );
  }
}
