/* Above the table: search, states with their counts, libraries, and what can be done to those selected. */
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { canCancel, canReindex, canRetry } from './row.js';
import { count, many } from '../lib/words.js';

const TYPING_MS = 200;
const STATES = [
  ['', 'All', 'total'],
  ['pending', 'Being read', 'pending'],
  ['ready', 'Ready', 'ready'],
  ['partial', 'With remarks', 'partial'],
  ['failed', 'Not read', 'failed'],
];
const ORDERS = [
  ['added desc', 'Newest first'],
  ['added asc', 'Oldest first'],
  ['name asc', 'Name, A to Z'],
  ['name desc', 'Name, Z to A'],
  ['size desc', 'Largest first'],
  ['size asc', 'Smallest first'],
  ['pages desc', 'Most pages first'],
  ['pages asc', 'Fewest pages first'],
  ['state desc', 'Unfinished first'],
  ['state asc', 'Finished first'],
  ['used desc', 'Latest question first'],
  ['used asc', 'Never asked first'],
];

export class Toolbar {
  #typing = null;
  #isStale = false;

  constructor(shelf, table, actions) {
    Object.assign(this, { shelf, table, actions });
    this.summary = make('p', { class: 'summary' });
    this.input = make('input', {
      type: 'search',
      placeholder: 'Find by name',
      'aria-label': 'Find documents by name',
      value: shelf.wanted.search,
      maxlength: 200,
      oninput: () => this.#type(),
    });
    this.states = make('div', { class: 'states', role: 'group', 'aria-label': 'State' });
    this.libraries = make('select', {
      'aria-label': 'Library',
      hidden: true,
      onchange: () => shelf.want({ library_id: this.libraries.value }),
    });
    this.order = make(
      'select',
      { class: 'order', 'aria-label': 'Order', onchange: () => actions.sort(...this.order.value.split(' ')) },
      ...ORDERS.map(([value, label]) => make('option', { value }, label)),
    );
    this.stale = make(
      'button',
      { type: 'button', class: 'stale', hidden: true, onclick: () => this.#refresh() },
      'The list has changed. Show',
    );
    this.finding = make(
      'div',
      { class: 'finding' },
      make('label', { class: 'search' }, icon('search'), this.input),
      this.libraries,
      this.order,
      this.states,
      this.stale,
    );
    this.selection = make('div', {
      class: 'selection',
      role: 'group',
      'aria-label': 'Selected documents',
      hidden: true,
    });
    this.node = make('div', { class: 'toolbar' }, this.finding, this.selection);
    shelf.addEventListener('change', () => this.render());
    shelf.addEventListener('counts', () => this.render());
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  set isStale(value) {
    this.#isStale = value;
    this.stale.hidden = !value;
  }

  get isStale() {
    return this.#isStale;
  }

  #refresh() {
    this.table.node.scrollTop = 0;
    this.table.selectAll(false);
    this.shelf.load();
  }

  #type() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.shelf.want({ search: this.input.value.trim() }), TYPING_MS);
  }

  #key(event) {
    const isTyping = event.target.closest?.('input:not([type=checkbox]), textarea, select, dialog');
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.input.focus();
      this.input.select();
    } else if (event.key === 'ArrowDown' && event.target === this.input && this.shelf.entries.length) {
      event.preventDefault();
      this.table.move(0);
    }
  }

  clear() {
    this.input.value = '';
    return this.shelf.want({ search: '', state: '' });
  }

  get found() {
    const { counts, wanted } = this.shelf;
    return counts ? `${many(counts[wanted.state || 'total'], 'document')} ${wanted.search ? 'found' : 'listed'}` : '';
  }

  render() {
    const { counts, wanted } = this.shelf;
    this.node.hidden = counts?.total === 0 && !this.shelf.isNarrowed && !wanted.library_id;
    if (counts) {
      const parts = [many(counts.total, 'document') + (wanted.search ? ' found' : '')];
      if (counts.pending) parts.push(`${count(counts.pending)} being read`);
      if (counts.failed) parts.push(`${count(counts.failed)} not read`);
      this.summary.textContent = counts.total || wanted.search ? parts.join(' · ') : '';
      this.#renderStates(counts, wanted.state);
    }
    this.order.value = `${wanted.sort} ${wanted.order}`;
    this.#renderLibraries();
    this.#renderSelection();
  }

  #renderStates(counts, chosen) {
    const shown = STATES.filter(([state, , key]) => !state || counts[key] || state === chosen);
    const known = new Map([...this.states.children].map((button) => [button.dataset.does, button]));
    const buttons = (shown.length > 2 || chosen ? shown : []).map(([state, label, key]) => {
      const button =
        known.get(`state-${state}`) ??
        make(
          'button',
          { type: 'button', 'data-does': `state-${state}`, onclick: () => this.shelf.want({ state }) },
          label,
          make('span', { class: 'count' }),
        );
      button.setAttribute('aria-pressed', String(state === chosen));
      button.querySelector('.count').textContent = count(counts[key]);
      return button;
    });
    /* A button that is put in anew between press and release gets no click. */
    if (buttons.length === known.size && buttons.every((button, place) => button === this.states.children[place]))
      return;
    const focused = this.states.contains(document.activeElement) ? document.activeElement.dataset.does : null;
    this.states.replaceChildren(...buttons);
    if (focused) this.states.querySelector(`[data-does="${focused}"]`)?.focus();
  }

  #renderLibraries() {
    const { libraries } = this.table;
    this.libraries.hidden = libraries.length < 2;
    if (this.libraries.options.length !== libraries.length + 1) {
      const options = libraries.map((library) =>
        make('option', { value: library.library_id }, library.is_personal ? 'Personal library' : library.name),
      );
      this.libraries.replaceChildren(make('option', { value: '' }, 'All libraries'), ...options);
    }
    this.libraries.value = this.shelf.wanted.library_id;
  }

  #renderSelection() {
    const chosen = this.table.selection;
    this.finding.hidden = chosen.length > 0;
    const hadFocus = this.selection.contains(document.activeElement);
    this.selection.hidden = chosen.length === 0;
    if (!chosen.length) return void (hadFocus && this.input.focus());
    const { actions } = this;
    const button = (label, allowed, action, kind = '') => {
      const able = chosen.filter(allowed);
      return able.length
        ? make(
            'button',
            { type: 'button', class: kind, 'data-does': label, onclick: () => action(able) },
            able.length < chosen.length ? `${label} (${count(able.length)})` : label,
          )
        : '';
    };
    const focused = hadFocus ? document.activeElement.dataset.does : null;
    this.selection.replaceChildren(
      ...[
        make('strong', {}, `${count(chosen.length)} selected`),
        button('Delete…', (entry) => entry.can_write, actions.remove, 'danger'),
        button('Try again', canRetry, actions.retry),
        button('Read again', canReindex, actions.reindex),
        button('Stop reading', canCancel, actions.cancel),
        this.shelf.hasMore && chosen.length === this.shelf.entries.length
          ? make(
              'button',
              { type: 'button', 'data-does': 'all', onclick: () => this.table.selectEverything() },
              `Select all ${count(this.shelf.counts[this.shelf.wanted.state || 'total'])}`,
            )
          : '',
        make(
          'button',
          { type: 'button', 'data-does': 'none', onclick: () => this.table.selectAll(false) },
          'Select none',
        ),
      ].filter(Boolean),
    );
    if (focused) this.selection.querySelector(`[data-does="${CSS.escape(focused)}"]`)?.focus();
  }
}
