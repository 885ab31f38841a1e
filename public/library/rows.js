/* The body of the table: only the rows in sight are in the page, however many documents there are. All are of one height, but for the
   one that is opened. */
/** @import { DocumentEntry } from '../lib/api_types.js' */
/** @import { Documents } from './documents.js' */
/** @import { Row } from './row.js' */
import { make } from '../lib/dom.js';

const AHEAD = 8; // rows above and below those in sight

/** @typedef {{ height: number, openAt: number, extra: number, top: (index: number) => number }} Geometry lengths in pixels */
/** @typedef {{ opened: string | null, current: number, selected: Set<string> }} State ids, and the index that Tab leads to */

export class Rows {
  node = make('div', { role: 'rowgroup', class: 'body' });
  #documents;
  #build;
  /** @type {Map<string, Row>} */
  #rows = new Map(); // by the document's id
  #sizes;

  /**
   * @param {Documents} documents
   * @param {(entry: DocumentEntry) => Row} build
   * @param {() => void} resized called when details have another height
   */
  constructor(documents, build, resized) {
    this.#documents = documents;
    this.#build = build;
    this.#sizes = new ResizeObserver(resized);
  }

  /* Of a row that is not opened, in pixels. */
  get height() {
    return Number.parseFloat(getComputedStyle(this.node).getPropertyValue('--row'));
  }

  /** @param {string} id */
  nodeOf(id) {
    return this.#rows.get(id)?.node;
  }

  /**
   * Index of the document in whose row an element stands; -1 outside.
   * @param {EventTarget | null} element
   */
  indexOf(element) {
    const row = element instanceof Element ? element.closest('.row') : null;
    return this.#documents.entries.findIndex((entry) => row !== null && this.nodeOf(entry.id) === row);
  }

  /**
   * The documents of the rows that can be seen in the scroller.
   * @param {Element} scroller
   */
  inSight(scroller) {
    const sight = scroller.getBoundingClientRect();
    const rows = [...this.#rows.values()].filter(({ node }) => {
      const { top, bottom } = node.getBoundingClientRect();
      return bottom > sight.top && top < sight.bottom;
    });
    return rows.map((row) => row.entry);
  }

  /**
   * Draws what the scroller shows.
   * @param {Element} scroller
   * @param {State} state
   * @returns {{ end: number, isSettled: boolean }} the index after the last row; whether heights are final
   */
  draw(scroller, state) {
    const geometry = this.#geometry(state.opened);
    const { indices, end } = this.#inReach(scroller, geometry, state.current);
    this.#place(indices, geometry.top, state);
    this.node.style.height = `${geometry.top(this.#documents.entries.length)}px`;
    return { end, isSettled: this.#detailsHeight(state.opened) === geometry.extra };
  }

  /** @param {string | null} opened */
  #detailsHeight(opened) {
    return (opened && this.#rows.get(opened)?.details.offsetHeight) || 0;
  }

  /**
   * @param {string | null} opened
   * @returns {Geometry}
   */
  #geometry(opened) {
    const { height } = this;
    const openAt = this.#documents.entries.findIndex((entry) => entry.id === opened);
    const extra = this.#detailsHeight(opened);
    const top = (/** @type {number} */ index) => index * height + (openAt >= 0 && index > openAt ? extra : 0);
    return { height, openAt, extra, top };
  }

  /**
   * Which rows belong into the page, in order.
   * @param {Element} scroller
   * @param {Geometry} geometry
   * @param {number} current
   */
  #inReach(scroller, { height, openAt, extra }, current) {
    const { length } = this.#documents.entries;
    const from = scroller.scrollTop - this.node.offsetTop;
    const end = Math.min(length, Math.ceil((from + scroller.clientHeight) / height) + AHEAD);
    const first = Math.min(end, Math.max(0, Math.floor((from - extra) / height) - AHEAD));
    const indices = new Set(Array.from({ length: end - first }, (_, step) => first + step));
    if (this.node.contains(document.activeElement) && current < length) indices.add(current); // the focus stays where it is
    if (openAt >= 0 && openAt < first) indices.add(openAt); // its height counts
    return { indices: [...indices].sort((one, other) => one - other), end };
  }

  /**
   * @param {number[]} indices
   * @param {Geometry['top']} top
   * @param {State} state
   */
  #place(indices, top, { opened, current, selected }) {
    const { entries, libraries } = this.#documents;
    const shown = indices.flatMap((index) => (entries[index] ? [{ index, entry: entries[index] }] : []));
    this.#drop(new Set(shown.map(({ entry }) => entry.id)));
    /** @type {Node | null} */
    let next = this.node.firstChild;
    for (const { index, entry } of shown) {
      const row = this.#rowOf(entry);
      const isSelected = selected.has(entry.id);
      row.update(entry, { index, isSelected, isOpened: entry.id === opened, libraries });
      row.node.style.transform = `translateY(${top(index)}px)`;
      row.node.tabIndex = index === current ? 0 : -1;
      const mayMove = row.node.parentNode !== this.node || !row.node.contains(document.activeElement);
      if (next !== row.node && mayMove) this.node.insertBefore(row.node, next);
      next = row.node.nextSibling;
    }
  }

  /** @param {Set<string>} wanted */
  #drop(wanted) {
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      this.#sizes.unobserve(row.details);
      row.node.remove();
      this.#rows.delete(id);
    }
  }

  /** @param {DocumentEntry} entry */
  #rowOf(entry) {
    const known = this.#rows.get(entry.id);
    if (known) return known;
    const row = this.#build(entry);
    this.#rows.set(entry.id, row);
    this.#sizes.observe(row.details);
    return row;
  }
}
