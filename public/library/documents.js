/* The documents that are on the page: those that are looked for, what has come of them so far, and how many there are. */
/** @import { DocumentCounts, DocumentEntry, JobStatus, LibraryView } from '../lib/api_types.js' */
import { isAbort } from '../lib/api.js';
import { Emitter } from '../lib/emitter.js';
import * as api from './api.js';

const PAGE = 100;
const FIRST_ORDER = { added: 'desc', name: 'asc', size: 'desc', pages: 'desc', state: 'desc', used: 'desc' };
const STATES = /** @type {const} */ (['pending', 'ready', 'failed', 'partial']);

/** @typedef {keyof typeof FIRST_ORDER} Sort */
/** @typedef {'' | typeof STATES[number]} State */
/** @typedef {{ search: string, sort: Sort, order: string, state: State, library_id: string }} Query */

/**
 * The query in the page's own address.
 * @returns {Query}
 */
function queryInAddress() {
  const address = new URLSearchParams(location.search);
  const wanted = address.get('sort') ?? '';
  const sort = wanted in FIRST_ORDER ? /** @type {Sort} */ (wanted) : 'added';
  const order = address.get('order') ?? '';
  return {
    search: address.get('search') ?? '',
    sort,
    order: order === 'asc' || order === 'desc' ? order : FIRST_ORDER[sort],
    state: STATES.find((state) => state === address.get('state')) ?? '',
    library_id: address.get('library_id') ?? '',
  };
}

/**
 * Events: `loading`; `change`, of the documents, isNew when it is another list; `counts`; `libraries`.
 * @extends {Emitter<{ loading: null, change: { isNew: boolean }, counts: null, libraries: null }>}
 */
export class Documents extends Emitter {
  /** @type {DocumentEntry[]} */
  entries = [];
  /** @type {LibraryView[]} */
  libraries = [];
  /** @type {DocumentCounts | null} */
  counts = null;
  /** @type {unknown} */
  error = null; // why the list is not there, or not new
  isLoading = false;
  query = queryInAddress();
  /** @type {string | null} */
  #cursor = null;
  #request = new AbortController(); // of the page that is on its way

  get isNarrowed() {
    return Boolean(this.query.search || this.query.state);
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  /* How many there are of what is looked for, as far as that is known. */
  get found() {
    return this.counts?.[this.query.state || 'total'] ?? 0;
  }

  /* Where new files go: the library that is looked at, else one's own. */
  get target() {
    const chosen = this.libraries.find((library) => library.library_id === this.query.library_id);
    return chosen && chosen.role !== 'viewer' ? chosen : this.libraries.find((library) => library.is_personal);
  }

  /** @param {string} id */
  find(id) {
    return this.entries.find((entry) => entry.id === id);
  }

  /** @param {Partial<Query>} change */
  setQuery(change) {
    Object.assign(this.query, change);
    const { search, sort, order, state, library_id } = this.query;
    const shown = new URLSearchParams();
    const values = { search, sort: sort === 'added' ? '' : sort, order: order === FIRST_ORDER[sort] ? '' : order };
    const theme = new URLSearchParams(location.search).get('theme') ?? '';
    for (const [key, value] of Object.entries({ ...values, state, library_id, theme }))
      if (value) shown.set(key, value);
    history.replaceState(null, '', shown.size ? `?${shown}` : location.pathname);
    return this.load();
  }

  /**
   * @param {Sort} sort
   * @param {string} [order]
   */
  sort(sort, order = FIRST_ORDER[sort]) {
    return this.setQuery({ sort, order });
  }

  /* From the first page on. What is shown stays until the answer is there. */
  load() {
    return this.#fetch(null);
  }

  more() {
    return this.hasMore && !this.isLoading ? this.#fetch(this.#cursor) : null;
  }

  async loadLibraries() {
    this.libraries = await api.libraries();
    this.emit('libraries', null);
  }

  /** @param {string | null} cursor */
  async #fetch(cursor) {
    this.#request.abort();
    this.#request = new AbortController();
    this.isLoading = true;
    this.emit('loading', null);
    try {
      const found = await api.page({ ...this.query, limit: PAGE, cursor }, this.#request.signal);
      const before = cursor ? this.entries : [];
      const known = new Set(before.map((entry) => entry.id));
      this.entries = [...before, ...found.documents.filter((entry) => !known.has(entry.id))];
      this.#cursor = found.next_cursor;
      this.counts = found.counts ?? this.counts;
      this.error = null;
    } catch (error) {
      if (isAbort(error)) return;
      this.error = error;
    }
    this.isLoading = false;
    this.emit('change', { isNew: cursor === null });
  }

  /**
   * Newer states of documents that are on the page; those asked for and not there any more go.
   * @param {string[]} ids that were asked for
   * @param {DocumentEntry[]} found
   */
  take(ids, found) {
    const newer = new Map(found.map((entry) => [entry.id, entry]));
    const gone = new Set(ids.filter((id) => !newer.has(id)));
    this.entries = this.entries.filter((entry) => !gone.has(entry.id)).map((entry) => newer.get(entry.id) ?? entry);
    this.emit('change', { isNew: false });
  }

  /** @param {string} id */
  drop(id) {
    if (this.find(id)) this.take([id], []);
  }

  /** @param {JobStatus} job */
  takeJob(job) {
    const entry = this.find(job.document_id);
    if (entry) this.take([], [{ ...entry, job }]);
  }

  /* How many there are by now; true when documents have come or gone. */
  async recount() {
    const { search, library_id } = this.query;
    const { counts } = await api.page({ search, library_id, limit: 1 });
    const isOther = counts?.total !== this.counts?.total;
    this.counts = counts;
    this.emit('counts', null);
    return isOther;
  }
}
