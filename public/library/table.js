/* The table of documents: order, selection, keys. One row at a time shows more about its document. */
/** @import { DocumentEntry } from '../lib/api_types.js' */
/** @import { Actions } from './actions.js' */
/** @import { Documents, Sort } from './documents.js' */
import { make } from '../lib/dom.js';
import { Emitter } from '../lib/emitter.js';
import { oncePerFrame } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { Row } from './row.js';
import { Rows } from './rows.js';

const FEW = 6; // documents with which there is room for a hint
const LOAD_AHEAD = 40; // rows before the end at which the next page is asked for
const PAGE_ROW_PX = 80; // height of a row by which PageUp and PageDown count
const HINT = t('Drop files or folders anywhere on this page to add them.');

/** @type {[sort: Sort, label: string, kind: string][]} */
const COLUMNS = [
  ['name', t('Name'), 'title'],
  ['state', t('Status'), 'status'],
  ['pages', t('Pages'), 'pages'],
  ['size', t('Size'), 'size'],
  ['added', t('Added'), 'added'],
  ['used', t('Last question'), 'used'],
];

/** @param {string} text */
const hidden = (text) => make('span', { class: 'hidden' }, text);

/**
 * Event `selection`: other documents are selected.
 * @extends {Emitter<{ selection: null }>}
 */
export class Table extends Emitter {
  #documents;
  #actions;
  /** @type {Set<string>} */
  #selected = new Set(); // ids
  /** @type {string | null} */
  #opened = null; // id
  #current = 0; // index of the row that Tab leads to
  /** @type {number | null} */
  #last = null; // index of the last selection, for Shift
  #all = make('input', {
    type: 'checkbox',
    'aria-label': t('Select all that are listed'),
    onclick: () => this.selectAll(this.#all.checked),
  });
  #heads = COLUMNS.map(([sort, label, kind]) =>
    make(
      'div',
      { role: 'columnheader', class: kind, 'data-sort': sort },
      make('button', { type: 'button', onclick: () => this.#sort(sort) }, label),
    ),
  );
  #end = make('p', { class: 'end faint', role: 'status' });
  #schedule = oncePerFrame(() => this.#render());
  #rows;
  #table;
  node;

  /**
   * @param {Documents} documents
   * @param {Actions} actions
   */
  constructor(documents, actions) {
    super();
    this.#documents = documents;
    this.#actions = actions;
    this.#rows = new Rows(documents, (entry) => new Row(entry, this, actions), this.#schedule);
    const head = make('div', { role: 'rowgroup', class: 'top' }, this.#headRow());
    this.#table = make('div', { role: 'table', 'aria-label': t('Documents'), class: 'table' }, head, this.#rows.node);
    this.node = make('div', { class: 'scroller' }, this.#table, this.#end);
    this.node.addEventListener('scroll', this.#schedule, { passive: true });
    this.#rows.node.addEventListener('keydown', (event) => this.#key(event));
    this.#rows.node.addEventListener('click', (event) => this.#clicked(event));
    this.#rows.node.addEventListener('focusin', (event) => this.#focused(event));
    new ResizeObserver(this.#schedule).observe(this.node);
    documents.on('change', ({ isNew }) => this.#changed(isNew));
    documents.on('loading', this.#schedule);
    documents.on('libraries', this.#schedule);
  }

  #headRow() {
    return make(
      'div',
      { role: 'row', class: 'row heads', 'aria-rowindex': 1 },
      make('div', { role: 'columnheader', class: 'check' }, this.#all),
      make('div', { role: 'columnheader', class: 'kind' }, hidden(t('Kind'))),
      ...this.#heads,
      make('div', { role: 'columnheader', class: 'acts' }, hidden(t('Actions'))),
    );
  }

  /** @param {boolean} isNew */
  #changed(isNew) {
    const there = new Set(this.#documents.entries.map((entry) => entry.id));
    this.#selected = new Set([...this.#selected].filter((id) => there.has(id)));
    if (this.#opened && !there.has(this.#opened)) this.#opened = null;
    if (isNew) this.#current = 0;
    this.#current = Math.min(this.#current, Math.max(0, there.size - 1));
    this.#selectionChanged();
  }

  #selectionChanged() {
    this.emit('selection', null);
    this.#schedule();
  }

  #render() {
    const { entries, hasMore } = this.#documents;
    const state = { opened: this.#opened, current: this.#current, selected: this.#selected };
    const { end, isSettled } = this.#rows.draw(this.node, state);
    this.#renderEdges();
    if (hasMore && end + LOAD_AHEAD >= entries.length) this.#documents.more();
    if (!isSettled) this.#schedule();
  }

  /* The head and the foot. */
  #renderEdges() {
    const { entries, query, hasMore, isLoading, isNarrowed, counts } = this.#documents;
    this.#table.ariaRowCount = String(hasMore ? (counts?.total ?? -1) : entries.length + 1);
    const order = query.order === 'asc' ? 'ascending' : 'descending';
    for (const head of this.#heads) head.ariaSort = head.dataset.sort === query.sort ? order : 'none';
    this.#all.checked = entries.length > 0 && this.#selected.size === entries.length;
    this.#all.indeterminate = this.#selected.size > 0 && !this.#all.checked;
    const isShort = entries.length > 0 && entries.length <= FEW && !hasMore && !isNarrowed;
    const text = isLoading && hasMore ? t('Loading more…') : isShort ? HINT : '';
    if (this.#end.textContent !== text) this.#end.textContent = text;
  }

  /* True while nothing would move under someone's hand if the list were another one. */
  get isAtRest() {
    return this.node.scrollTop < 40 && !this.#selected.size && !this.#opened;
  }

  /* The documents of the rows in sight. */
  inSight() {
    return this.#rows.inSight(this.node);
  }

  /* Order, selection, details */

  /** @param {Sort} sort */
  #sort(sort) {
    const { query } = this.#documents;
    const other = query.order === 'asc' ? 'desc' : 'asc';
    this.#documents.sort(sort, query.sort === sort ? other : undefined);
  }

  get selection() {
    return this.#documents.entries.filter((entry) => this.#selected.has(entry.id));
  }

  /**
   * @param {DocumentEntry} entry
   * @param {boolean} isOn
   * @param {boolean} isRange from the last selection on
   */
  select(entry, isOn, isRange) {
    const { entries } = this.#documents;
    const at = entries.findIndex((one) => one.id === entry.id);
    const from = isRange && this.#last !== null ? this.#last : at;
    for (const { id } of entries.slice(Math.min(from, at), Math.max(from, at) + 1)) {
      if (isOn) this.#selected.add(id);
      else this.#selected.delete(id);
    }
    this.#last = at;
    this.#selectionChanged();
  }

  /** @param {boolean} isOn */
  selectAll(isOn) {
    this.#selected = new Set(isOn ? this.#documents.entries.map((entry) => entry.id) : []);
    this.#selectionChanged();
  }

  /* Also those that are not loaded yet. */
  async selectEverything() {
    while (this.#documents.hasMore && !this.#documents.error) {
      await (this.#documents.more() ?? new Promise((done) => setTimeout(done, 50)));
      this.selectAll(true);
    }
    this.selectAll(true);
  }

  /** @param {string} id */
  open(id) {
    this.#opened = this.#opened === id ? null : id;
    this.#render();
    this.#render(); // now that the details have their height
  }

  /**
   * After a question. The focus goes to the row that takes the place.
   * @param {DocumentEntry[]} entries
   */
  async remove(entries) {
    const at = this.#current;
    await this.#actions.remove(entries);
    if (document.activeElement === document.body) this.move(at);
  }

  /** @param {number} to index */
  move(to) {
    const { entries } = this.#documents;
    this.#current = Math.min(Math.max(to, 0), entries.length - 1);
    const id = entries[this.#current]?.id ?? '';
    const row = this.#rows.nodeOf(id);
    if (row) row.scrollIntoView({ block: 'nearest' });
    else this.node.scrollTop = this.#current * this.#rows.height;
    this.#render();
    this.#rows.nodeOf(id)?.focus({ preventScroll: true });
  }

  /* Mouse and keys */

  /** @param {MouseEvent} event */
  #clicked({ target }) {
    if (!(target instanceof Element) || target.closest('a, button, input, .check, .details')) return;
    const row = target.closest('.row');
    if (!(row instanceof HTMLElement) || !getSelection()?.isCollapsed) return;
    row.focus({ preventScroll: true });
    this.open(row.dataset.id ?? '');
  }

  /** @param {FocusEvent} event */
  #focused({ target }) {
    const at = this.#rows.indexOf(target);
    if (at < 0 || at === this.#current) return;
    this.#current = at;
    this.#schedule();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const entry = this.#documents.entries[this.#current];
    if (!entry || event.altKey || event.ctrlKey || event.metaKey) return;
    const isRow = event.target instanceof Element && event.target.classList.contains('row');
    const act = this.#keys(entry)[event.key] ?? (isRow ? this.#keysOfRow(entry, event.shiftKey)[event.key] : null);
    if (!act) return;
    act();
    event.preventDefault();
  }

  /**
   * What keys do also on the buttons of a row.
   * @param {DocumentEntry} entry
   * @returns {{ [key: string]: (() => void) | null }}
   */
  #keys(entry) {
    const opened = this.#opened;
    const chosen = this.#selected.has(entry.id) ? this.selection : [entry];
    return {
      ArrowDown: () => this.move(this.#current + 1),
      ArrowUp: () => this.move(this.#current - 1),
      Delete: entry.can_write ? () => this.remove(chosen) : null,
      Escape: opened ? () => this.open(opened) : null,
    };
  }

  /**
   * What keys do on a row itself.
   * @param {DocumentEntry} entry
   * @param {boolean} isRange
   * @returns {{ [key: string]: () => void }}
   */
  #keysOfRow(entry, isRange) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / PAGE_ROW_PX));
    return {
      PageDown: () => this.move(this.#current + page),
      PageUp: () => this.move(this.#current - page),
      Home: () => this.move(0),
      End: () => this.move(this.#documents.entries.length - 1),
      Enter: () => this.open(entry.id),
      ' ': () => this.select(entry, !this.#selected.has(entry.id), isRange),
    };
  }
}
