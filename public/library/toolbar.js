/* Above the table: search, states with their counts, libraries, and what can be done to those selected. */
/** @import { DocumentCounts, DocumentEntry } from '../lib/api_types.js' */
/** @import { Actions } from './actions.js' */
/** @import { Documents, Sort, State } from './documents.js' */
/** @import { Table } from './table.js' */
import { make, refill } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { count, many } from '../lib/words.js';
import { canCancel, canReindex, canRetry } from './status.js';

const TYPING_MS = 200;

/** @type {[state: State, label: string][]} */
const STATES = [
  ['', 'All'],
  ['pending', 'Being read'],
  ['ready', 'Ready'],
  ['partial', 'With remarks'],
  ['failed', 'Not read'],
];
const ORDERS = {
  'added desc': 'Newest first',
  'added asc': 'Oldest first',
  'name asc': 'Name, A to Z',
  'name desc': 'Name, Z to A',
  'size desc': 'Largest first',
  'size asc': 'Smallest first',
  'pages desc': 'Most pages first',
  'pages asc': 'Fewest pages first',
  'state desc': 'Unfinished first',
  'state asc': 'Finished first',
  'used desc': 'Latest question first',
  'used asc': 'Never asked first',
};

export class Toolbar {
  #documents;
  #table;
  #actions;
  #typing = 0; // timer
  summary = make('p', { class: 'summary' });
  #input = make('input', {
    type: 'search',
    placeholder: 'Find by name',
    'aria-label': 'Find documents by name',
    maxlength: 200,
    oninput: () => this.#typed(),
  });
  #states = make('div', { class: 'states', role: 'group', 'aria-label': 'State' });
  #libraries = make('select', {
    'aria-label': 'Library',
    hidden: true,
    onchange: () => this.#documents.setQuery({ library_id: this.#libraries.value }),
  });
  #order = make(
    'select',
    { class: 'order', 'aria-label': 'Order', onchange: () => this.#sort() },
    ...Object.entries(ORDERS).map(([value, label]) => make('option', { value }, label)),
  );
  #stale = make(
    'button',
    { type: 'button', class: 'stale', hidden: true, onclick: () => this.#refresh() },
    'The list has changed. Show',
  );
  #finding = make(
    'div',
    { class: 'finding' },
    make('label', { class: 'search' }, icon('search'), this.#input),
    this.#libraries,
    this.#order,
    this.#states,
    this.#stale,
  );
  #selection = make('div', { class: 'selection', role: 'group', 'aria-label': 'Selected documents', hidden: true });
  node = make('div', { class: 'toolbar' }, this.#finding, this.#selection);

  /**
   * @param {Documents} documents
   * @param {Table} table
   * @param {Actions} actions
   */
  constructor(documents, table, actions) {
    this.#documents = documents;
    this.#table = table;
    this.#actions = actions;
    this.#input.value = documents.query.search;
    documents.on('change', () => this.#render());
    documents.on('counts', () => this.#render());
    documents.on('libraries', () => this.#render());
    table.on('selection', () => this.#render());
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  /** @param {boolean} value the list on the server is another one */
  set isStale(value) {
    this.#stale.hidden = !value;
  }

  #refresh() {
    this.#table.node.scrollTop = 0;
    this.#table.selectAll(false);
    this.#documents.load();
  }

  #typed() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#documents.setQuery({ search: this.#input.value.trim() }), TYPING_MS);
  }

  #sort() {
    const [sort, order] = this.#order.value.split(' ');
    this.#documents.sort(/** @type {Sort} */ (sort), order);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { target, key } = event;
    const isTyping =
      target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select, dialog');
    if (key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#input.focus();
      this.#input.select();
    } else if (key === 'ArrowDown' && target === this.#input && this.#documents.entries.length) {
      event.preventDefault();
      this.#table.move(0);
    }
  }

  clear() {
    this.#input.value = '';
    return this.#documents.setQuery({ search: '', state: '' });
  }

  /* How many documents are listed, to be heard. */
  get found() {
    const { counts, found, query } = this.#documents;
    return counts ? `${many(found, 'document')} ${query.search ? 'found' : 'listed'}` : '';
  }

  #render() {
    const { counts, query, isNarrowed } = this.#documents;
    this.node.hidden = counts?.total === 0 && !isNarrowed && !query.library_id;
    if (counts) {
      this.summary.textContent = summaryOf(counts, query.search);
      this.#renderStates(counts, query.state);
    }
    this.#order.value = `${query.sort} ${query.order}`;
    this.#renderLibraries();
    this.#renderSelection();
  }

  /**
   * @param {DocumentCounts} counts
   * @param {State} chosen
   */
  #renderStates(counts, chosen) {
    const shown = STATES.filter(([state]) => !state || counts[state] || state === chosen);
    const known = [...this.#states.querySelectorAll('button')];
    const buttons = (shown.length > 2 || chosen ? shown : []).map(([state, label]) => {
      const does = `state-${state}`;
      const button = known.find((one) => one.dataset.does === does) ?? this.#stateButton(state, label, does);
      button.ariaPressed = String(state === chosen);
      button.lastElementChild?.replaceChildren(count(counts[state || 'total']));
      return button;
    });
    /* A button that is put in anew between press and release gets no click. */
    const isSame = buttons.length === known.length && buttons.every((button, place) => button === known[place]);
    if (!isSame) refill(this.#states, buttons);
  }

  /**
   * @param {State} state
   * @param {string} label
   * @param {string} does
   */
  #stateButton(state, label, does) {
    const onclick = () => this.#documents.setQuery({ state });
    return make('button', { type: 'button', 'data-does': does, onclick }, label, make('span', { class: 'count' }));
  }

  #renderLibraries() {
    const { libraries, query } = this.#documents;
    this.#libraries.hidden = libraries.length < 2;
    if (this.#libraries.options.length !== libraries.length + 1) {
      const options = libraries.map(({ library_id: value, is_personal, name }) =>
        make('option', { value }, is_personal ? 'Personal library' : name),
      );
      this.#libraries.replaceChildren(make('option', { value: '' }, 'All libraries'), ...options);
    }
    this.#libraries.value = query.library_id;
  }

  #renderSelection() {
    const chosen = this.#table.selection;
    const hadFocus = this.#selection.contains(document.activeElement);
    this.#finding.hidden = chosen.length > 0;
    this.#selection.hidden = chosen.length === 0;
    if (chosen.length) refill(this.#selection, this.#choices(chosen));
    else if (hadFocus) this.#input.focus();
  }

  /** @param {DocumentEntry[]} chosen */
  #choices(chosen) {
    const { entries, hasMore, found } = this.#documents;
    /** @type {(label: string, allowed: typeof canRetry, action: (able: DocumentEntry[]) => void, look?: string) => HTMLElement | null} */
    const button = (label, allowed, action, look) => {
      const able = chosen.filter(allowed);
      if (!able.length) return null;
      const text = able.length < chosen.length ? `${label} (${count(able.length)})` : label;
      return make('button', { type: 'button', class: look, 'data-does': label, onclick: () => action(able) }, text);
    };
    const all = { type: 'button', 'data-does': 'all', onclick: () => this.#table.selectEverything() };
    const none = { type: 'button', 'data-does': 'none', onclick: () => this.#table.selectAll(false) };
    return [
      make('strong', {}, `${count(chosen.length)} selected`),
      button(
        'Delete…',
        (entry) => entry.can_write,
        (able) => this.#table.remove(able),
        'danger',
      ),
      button('Try again', canRetry, (able) => this.#actions.retry(able)),
      button('Read again', canReindex, (able) => this.#actions.reindex(able)),
      button('Stop reading', canCancel, (able) => this.#actions.cancel(able)),
      hasMore && chosen.length === entries.length && make('button', all, `Select all ${count(found)}`),
      make('button', none, 'Select none'),
    ];
  }
}

/**
 * @param {DocumentCounts} counts
 * @param {string} search
 */
function summaryOf({ total, pending, failed }, search) {
  if (!total && !search) return '';
  const parts = [many(total, 'document') + (search ? ' found' : '')];
  if (pending) parts.push(`${count(pending)} being read`);
  if (failed) parts.push(`${count(failed)} not read`);
  return parts.join(' · ');
}
