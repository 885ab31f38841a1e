/* Formats without pages: the text of a section in its blocks, the passage in <mark>. */
/** @import { Block, SectionView, Span } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';

const TAGS = /** @type {const} */ ({ heading: 'h2', code: 'pre' });
const EITHER = { dir: 'auto' }; // a document may be in any language
const BETWEEN_CELLS = ' | ';

/**
 * @param {SectionView} section
 * @param {Span[]} spans of the passage
 */
export function textSheet({ path, text, blocks }, spans) {
  const above = path.filter((heading, depth) => depth < path.length - 1 || !text.startsWith(heading));
  const headings = above.length > 0 && make('p', { class: 'path', dir: 'auto' }, above.join(' › '));
  return make('article', { class: 'text' }, headings, ...new Blocks(text, spans).render(blocks));
}

/* Offsets count characters (code points) while JavaScript counts UTF-16 units, hence the array. */
class Blocks {
  #characters;
  #spans;

  /**
   * @param {string} text
   * @param {Span[]} spans
   */
  constructor(text, spans) {
    this.#characters = Array.from(text);
    this.#spans = spans;
  }

  /**
   * @param {Block[]} blocks
   * @returns {Node[]}
   */
  render(blocks) {
    const nodes = [];
    /** @type {HTMLUListElement | null} */
    let list = null;
    let position = 0;
    for (const block of [...blocks].sort((one, other) => one.start - other.start)) {
      const between = this.#plain(position, block.start);
      if (between) nodes.push(between);
      position = Math.max(position, block.end);
      if (block.kind !== 'list_item') {
        list = null;
        nodes.push(this.#block(block));
        continue;
      }
      if (!list) {
        list = make('ul', EITHER);
        nodes.push(list);
      }
      list.append(this.#item(block));
    }
    const rest = this.#plain(position, this.#characters.length);
    return rest ? [...nodes, rest] : nodes;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  #text(start, end) {
    return this.#characters.slice(start, end).join('');
  }

  /**
   * Text that stands in no block; null when it is but space.
   * @param {number} start
   * @param {number} end
   */
  #plain(start, end) {
    return this.#text(start, end).trim() ? make('p', EITHER, ...this.#marked(start, end)) : null;
  }

  /** @param {Block} block */
  #block({ kind, start, end }) {
    if (kind === 'table') return this.#table(start, end);
    return make(
      TAGS[/** @type {keyof typeof TAGS} */ (kind)] ?? 'p',
      kind === 'code' ? {} : EITHER,
      ...this.#marked(start, end),
    );
  }

  /** @param {Block} block */
  #item({ start, end }) {
    const isBullet = this.#text(start, start + 2) === '- ';
    return make(
      'li',
      { class: !isBullet && 'numbered', ...EITHER },
      ...this.#marked(isBullet ? start + 2 : start, end),
    );
  }

  /**
   * A row is a line, its cells stand between " | ".
   * @param {number} start
   * @param {number} end
   */
  #table(start, end) {
    const body = make('tbody');
    let at = start;
    for (const line of this.#text(start, end).split('\n')) {
      const row = make('tr');
      for (const cell of line.split(BETWEEN_CELLS)) {
        const cellEnd = at + Array.from(cell).length;
        row.append(make('td', EITHER, ...this.#marked(at, cellEnd)));
        at = cellEnd + BETWEEN_CELLS.length;
      }
      at += 1 - BETWEEN_CELLS.length; // after the last cell comes the end of the line
      body.append(row);
    }
    return make('div', { class: 'scroller' }, make('table', EITHER, body));
  }

  /**
   * A piece of the text, what belongs to the passage in <mark>.
   * @param {number} start
   * @param {number} end
   */
  #marked(start, end) {
    const inside = this.#spans.flatMap((span) => [span.start, span.end]).filter((edge) => edge > start && edge < end);
    const edges = [...new Set([start, ...inside, end])].sort((one, other) => one - other);
    return edges.slice(0, -1).map((from, index) => {
      const words = this.#text(from, edges[index + 1] ?? end);
      const isMarked = this.#spans.some((span) => span.start <= from && from < span.end);
      return isMarked ? make('mark', {}, words) : words;
    });
  }
}
