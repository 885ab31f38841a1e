/* Above the table: search, states with their counts, libraries, and what can be done to those selected. */
/** @import { DocumentCounts, DocumentEntry } from '../lib/api_types.js' */
/** @import { Actions } from './actions.js' */
/** @import { Documents, Sort, State } from './documents.js' */
/** @import { Switcher } from './switcher.js' */
/** @import { Table } from './table.js' */
import { make, refill } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { isOpen } from '../lib/jobs.js';
import { count, many, plural, t } from '../lib/words.js';
import { placesFor } from './places.js';
import { canCancel, canReindex, canRetry } from './status.js';

const TYPING_MS = 200;

/** @type {[state: State, label: string][]} */
const STATES = [
  ['', t('All')],
  ['pending', t('Being read')],
  ['ready', t('Ready')],
  ['partial', t('With remarks')],
  ['failed', t('Not read')],
];
const ORDERS = {
  'added desc': t('Newest first'),
  'added asc': t('Oldest first'),
  'name asc': t('Name, A to Z'),
  'name desc': t('Name, Z to A'),
  'size desc': t('Largest first'),
  'size asc': t('Smallest first'),
  'pages desc': t('Most pages first'),
  'pages asc': t('Fewest pages first'),
  'state desc': t('Unfinished first'),
  'state asc': t('Finished first'),
  'used desc': t('Latest question first'),
  'used asc': t('Never asked first'),
};

export class Toolbar {
  #documents;
  #table;
  #actions;
  #typing = 0; // timer
  summary = make('p', { class: 'summary' });
  #input = make('input', {
    type: 'search',
    placeholder: t('Find by name'),
    'aria-label': t('Find documents by name'),
    maxlength: 200,
    oninput: () => this.#typed(),
  });
  #states = make('div', { class: 'states', role: 'group', 'aria-label': t('State') });
  #order = make(
    'select',
    { class: 'order', 'aria-label': t('Order'), onchange: () => this.#sort() },
    ...Object.entries(ORDERS).map(([value, label]) => make('option', { value }, label)),
  );
  #stale = make(
    'button',
    { type: 'button', class: 'stale', hidden: true, onclick: () => this.#refresh() },
    t('The list has changed. Show'),
  );
  #finding = make('div', { class: 'finding' }, this.#states, this.#stale);
  #search = make('label', { class: 'search' }, icon('search'), this.#input);
  #selection = make('div', { class: 'selection', role: 'group', 'aria-label': t('Selected documents'), hidden: true });
  node = make('div', { class: 'toolbar' }, this.#finding, this.#selection);

  /**
   * @param {Documents} documents
   * @param {Table} table
   * @param {Actions} actions
   * @param {Switcher} switcher
   */
  constructor(documents, table, actions, switcher) {
    this.#documents = documents;
    this.#table = table;
    this.#actions = actions;
    this.#input.value = documents.query.search;
    this.#finding.prepend(switcher.node, this.#search, this.#order);
    documents.on('change', () => this.#render());
    documents.on('counts', () => this.#render());
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
    return counts
      ? query.search
        ? foundOf(found)
        : plural(found, '%(count)s document listed', '%(count)s documents listed')
      : '';
  }

  #render() {
    const { counts, query, isNarrowed } = this.#documents;
    const isNothing = counts?.total === 0 && !isNarrowed;
    this.#search.hidden = isNothing;
    this.#order.classList.toggle('needless', isNothing);
    if (counts) {
      this.summary.textContent = summaryOf(counts, query.search);
      this.#renderStates(counts, query.state);
    }
    this.#order.value = `${query.sort} ${query.order}`;
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
    const { entries, hasMore, found, libraries } = this.#documents;
    const canCopy = (/** @type {DocumentEntry} */ entry) => placesFor([entry], libraries).length > 0;
    const canMove = (/** @type {DocumentEntry} */ entry) => entry.can_write && !isOpen(entry.job) && canCopy(entry);
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
      make('strong', {}, t('%(count)s selected', { count: count(chosen.length) })),
      button(
        t('Delete…'),
        (entry) => entry.can_write,
        (able) => this.#table.remove(able),
        'danger',
      ),
      button(t('Move…'), canMove, (able) => this.#actions.move(able)),
      button(t('Copy…'), canCopy, (able) => this.#actions.copy(able)),
      button(t('Try again'), canRetry, (able) => this.#actions.retry(able)),
      button(t('Read again'), canReindex, (able) => this.#actions.reindex(able)),
      button(t('Stop reading'), canCancel, (able) => this.#actions.cancel(able)),
      hasMore &&
        chosen.length === entries.length &&
        make('button', all, t('Select all %(count)s', { count: count(found) })),
      make('button', none, t('Select none')),
    ];
  }
}

/** @param {number} found */
const foundOf = (found) => plural(found, '%(count)s document found', '%(count)s documents found');

/**
 * @param {DocumentCounts} counts
 * @param {string} search
 */
function summaryOf({ total, pending, failed }, search) {
  if (!total && !search) return '';
  const parts = [search ? foundOf(total) : many(total, 'document')];
  if (pending) parts.push(t('%(count)s being read', { count: count(pending) }));
  if (failed) parts.push(t('%(count)s not read', { count: count(failed) }));
  return parts.join(' · ');
}
