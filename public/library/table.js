/* The table: only the rows in sight are in the page, however many there are. One row at a time shows more about its document. */
import { make } from '../lib/dom.js';
import { Row } from './row.js';

const AHEAD = 8; // rows kept above and below those in sight
const FEW = 6; // documents with which there is room for a hint
const LOAD_AHEAD = 40; // rows before the end at which the next page is asked for

const COLUMNS = [
  ['name', 'Name', 'title'],
  ['state', 'Status', 'status'],
  ['pages', 'Pages', 'pages'],
  ['size', 'Size', 'size'],
  ['added', 'Added', 'added'],
  ['used', 'Last question', 'used'],
];

export class Table {
  rows = new Map(); // id → Row
  selected = new Set();
  opened = null; // id
  current = 0; // index of the row that Tab leads to
  libraries = [];
  #last = null; // index of the last selection, for Shift
  #isScheduled = false;

  constructor(shelf, actions) {
    this.shelf = shelf;
    this.actions = { ...actions, select: (...args) => this.select(...args), open: (entry) => this.open(entry.id) };
    this.all = make('input', {
      type: 'checkbox',
      'aria-label': 'Select all that are listed',
      onclick: () => this.selectAll(this.all.checked),
    });
    this.heads = COLUMNS.map(([sort, label, kind]) =>
      make(
        'div',
        { role: 'columnheader', class: kind, 'data-sort': sort },
        make('button', { type: 'button', onclick: () => this.sort(sort) }, label),
      ),
    );
    const hidden = (text) => make('span', { class: 'hidden' }, text);
    const head = make(
      'div',
      { role: 'row', class: 'row heads', 'aria-rowindex': '1' },
      make('div', { role: 'columnheader', class: 'check' }, this.all),
      make('div', { role: 'columnheader', class: 'kind' }, hidden('Kind')),
      ...this.heads,
      make('div', { role: 'columnheader', class: 'acts' }, hidden('Actions')),
    );
    this.body = make('div', { role: 'rowgroup', class: 'body' });
    this.end = make('p', { class: 'end faint', role: 'status' });
    this.node = make(
      'div',
      { class: 'scroller' },
      make(
        'div',
        { role: 'table', 'aria-label': 'Documents', class: 'table' },
        make('div', { role: 'rowgroup', class: 'top' }, head),
        this.body,
      ),
      this.end,
    );
    this.node.addEventListener('scroll', () => this.schedule(), { passive: true });
    this.body.addEventListener('keydown', (event) => this.key(event));
    this.body.addEventListener('click', (event) => this.#clicked(event));
    this.body.addEventListener('focusin', (event) => this.#focused(event));
    new ResizeObserver(() => this.schedule()).observe(this.node);
    this.sizes = new ResizeObserver(() => this.schedule());
    shelf.addEventListener('change', (event) => this.#changed(event.detail.isNew));
    shelf.addEventListener('loading', () => this.schedule());
  }

  #changed(isNew) {
    const there = new Set(this.shelf.entries.map((entry) => entry.id));
    this.selected = new Set([...this.selected].filter((id) => there.has(id)));
    if (!there.has(this.opened)) this.opened = null;
    if (isNew) this.current = 0;
    this.current = Math.min(this.current, Math.max(0, this.shelf.entries.length - 1));
    this.actions.selectionChanged();
    this.schedule();
  }

  schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.render();
    });
  }

  render() {
    const { entries, wanted, hasMore, isLoading } = this.shelf;
    const height = parseFloat(getComputedStyle(this.node).getPropertyValue('--row'));
    const openAt = entries.findIndex((entry) => entry.id === this.opened);
    const extra = openAt < 0 ? 0 : (this.rows.get(this.opened)?.details.offsetHeight ?? 0);
    const top = (index) => index * height + (openAt >= 0 && index > openAt ? extra : 0);
    const from = this.node.scrollTop - this.body.offsetTop,
      to = from + this.node.clientHeight;
    let first = Math.max(0, Math.floor((from - (openAt >= 0 ? extra : 0)) / height) - AHEAD);
    const last = Math.min(entries.length, Math.ceil(to / height) + AHEAD);
    first = Math.min(first, last);
    const shown = new Set();
    for (let index = first; index < last; index += 1) shown.add(index);
    if (this.body.contains(document.activeElement) && this.current < entries.length) shown.add(this.current); // the focus stays where it is
    if (openAt >= 0 && openAt < first) shown.add(openAt); // its height counts
    this.#place(shown, top, height);
    this.body.style.height = `${top(entries.length)}px`;
    this.node.firstChild.setAttribute('aria-rowcount', hasMore ? (this.shelf.counts?.total ?? -1) : entries.length + 1);
    for (const head of this.heads)
      head.setAttribute(
        'aria-sort',
        head.dataset.sort === wanted.sort ? (wanted.order === 'asc' ? 'ascending' : 'descending') : 'none',
      );
    this.all.checked = entries.length > 0 && this.selected.size === entries.length;
    this.all.indeterminate = this.selected.size > 0 && !this.all.checked;
    const isShort = entries.length && entries.length <= FEW && !hasMore && !this.shelf.isNarrowed;
    const text =
      isLoading && hasMore
        ? 'Loading more…'
        : isShort
          ? 'Drop files or folders anywhere on this page to add them.'
          : '';
    if (this.end.textContent !== text) this.end.textContent = text;
    if (hasMore && last + LOAD_AHEAD >= entries.length) this.shelf.more();
    if (openAt >= 0 && (this.rows.get(this.opened)?.details.offsetHeight ?? 0) !== extra) this.schedule();
  }

  #place(shown, top, height) {
    const { entries } = this.shelf;
    const wanted = new Map([...shown].sort((a, b) => a - b).map((index) => [entries[index].id, index]));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      this.sizes.unobserve(row.details);
      row.node.remove();
      this.rows.delete(id);
    }
    let before = null;
    for (const [id, index] of wanted) {
      let row = this.rows.get(id);
      if (!row) {
        this.rows.set(id, (row = new Row(this.actions)));
        this.sizes.observe(row.details);
      }
      row.update(entries[index], {
        index,
        isSelected: this.selected.has(id),
        isOpened: id === this.opened,
        libraries: this.libraries,
      });
      row.node.style.transform = `translateY(${top(index)}px)`;
      row.node.tabIndex = index === this.current ? 0 : -1;
      const next = before ? before.nextSibling : this.body.firstChild;
      if (next !== row.node && row.node.parentNode !== this.body) this.body.insertBefore(row.node, next);
      else if (next !== row.node && !row.node.contains(document.activeElement)) this.body.insertBefore(row.node, next);
      before = row.node;
    }
  }

  /* Order, selection, details */

  sort(sort) {
    const { wanted } = this.shelf;
    const isSame = wanted.sort === sort;
    this.actions.sort(sort, isSame ? (wanted.order === 'asc' ? 'desc' : 'asc') : undefined);
  }

  get selection() {
    return this.shelf.entries.filter((entry) => this.selected.has(entry.id));
  }

  select(entry, isOn, isRange = false) {
    const { entries } = this.shelf;
    const at = entries.findIndex((one) => one.id === entry.id);
    const from = isRange && this.#last !== null ? Math.min(this.#last, at) : at;
    const to = isRange && this.#last !== null ? Math.max(this.#last, at) : at;
    for (const one of entries.slice(from, to + 1)) isOn ? this.selected.add(one.id) : this.selected.delete(one.id);
    this.#last = at;
    this.actions.selectionChanged();
    this.schedule();
  }

  selectAll(isOn) {
    this.selected = new Set(isOn ? this.shelf.entries.map((entry) => entry.id) : []);
    this.actions.selectionChanged();
    this.schedule();
  }

  /* Also those that are not loaded yet. */
  async selectEverything() {
    while (this.shelf.hasMore && !this.shelf.error) {
      await (this.shelf.more() ?? new Promise((done) => setTimeout(done, 50)));
      this.selectAll(true);
    }
    this.selectAll(true);
  }

  open(id) {
    this.opened = this.opened === id ? null : id;
    this.render();
    this.render(); // now that the details have their height
  }

  #clicked(event) {
    const row = event.target.closest('.row');
    if (event.target.closest('a, button, input, .check, .details') || !getSelection().isCollapsed) return;
    row.focus({ preventScroll: true });
    this.open(row.dataset.id);
  }

  /* The documents of the rows in sight. */
  inSight() {
    const { top, bottom } = this.node.getBoundingClientRect();
    return [...this.rows.values()]
      .filter(({ node }) => node.getBoundingClientRect().bottom > top && node.getBoundingClientRect().top < bottom)
      .map((row) => row.entry);
  }

  /* Keys */

  #focused(event) {
    const id = event.target.closest('.row')?.dataset.id;
    const at = this.shelf.entries.findIndex((entry) => entry.id === id);
    if (at >= 0 && at !== this.current) {
      this.current = at;
      this.schedule();
    }
  }

  move(to) {
    const { entries } = this.shelf;
    this.current = Math.min(Math.max(to, 0), entries.length - 1);
    const height = parseFloat(getComputedStyle(this.node).getPropertyValue('--row'));
    const row = this.rows.get(entries[this.current]?.id);
    if (row) row.node.scrollIntoView({ block: 'nearest' });
    else this.node.scrollTop = this.current * height;
    this.render();
    this.rows.get(entries[this.current]?.id)?.node.focus({ preventScroll: true });
  }

  key(event) {
    const isRow = event.target.classList.contains('row');
    const entry = this.shelf.entries[this.current];
    if (!entry || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / 80));
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in steps && (isRow || event.key.startsWith('Arrow'))) this.move(this.current + steps[event.key]);
    else if (event.key === 'Home' && isRow) this.move(0);
    else if (event.key === 'End' && isRow) this.move(this.shelf.entries.length - 1);
    else if (event.key === 'Enter' && isRow) this.open(entry.id);
    else if (event.key === ' ' && isRow) this.select(entry, !this.selected.has(entry.id), event.shiftKey);
    else if (event.key === 'Delete' && entry.can_write)
      this.actions.remove(this.selected.has(entry.id) ? this.selection : [entry]);
    else if (event.key === 'Escape' && this.opened) this.open(this.opened);
    else return;
    event.preventDefault();
  }
}
