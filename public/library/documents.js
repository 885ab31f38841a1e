/* The documents that are on the page: what is wanted, what has come of it so far, and how many there are. */
import * as api from '../lib/api.js';

const PAGE = 100;
export const ORDERS = { added: 'desc', name: 'asc', size: 'desc', pages: 'desc', state: 'desc', used: 'desc' };
const STATES = ['pending', 'ready', 'failed', 'partial'];

export class Shelf extends EventTarget {
  entries = [];
  counts = null;
  cursor = null;
  isLoading = false;
  error = null;
  #loading = null; // AbortController of the page that is on its way

  constructor(address = new URLSearchParams(location.search)) {
    super();
    const sort = address.get('sort') in ORDERS ? address.get('sort') : 'added';
    const order = ['asc', 'desc'].includes(address.get('order')) ? address.get('order') : ORDERS[sort];
    const state = STATES.includes(address.get('state')) ? address.get('state') : '';
    this.wanted = {
      search: address.get('search') ?? '',
      sort,
      order,
      state,
      library_id: address.get('library_id') ?? '',
    };
  }

  get isNarrowed() {
    return Boolean(this.wanted.search || this.wanted.state);
  }

  get hasMore() {
    return this.cursor !== null;
  }

  find(id) {
    return this.entries.find((entry) => entry.id === id);
  }

  want(change) {
    Object.assign(this.wanted, change);
    const { theme } = Object.fromEntries(new URLSearchParams(location.search));
    const shown = Object.entries({ ...this.wanted, theme }).filter(
      ([name, value]) =>
        value && !(name === 'order' && value === ORDERS[this.wanted.sort]) && !(name === 'sort' && value === 'added'),
    );
    history.replaceState(null, '', shown.length ? `?${new URLSearchParams(shown)}` : location.pathname);
    return this.load();
  }

  /* From the first page on. What is shown stays until the answer is there. */
  load() {
    return this.#fetch(null);
  }

  more() {
    return this.hasMore && !this.isLoading ? this.#fetch(this.cursor) : null;
  }

  async #fetch(cursor) {
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    this.isLoading = true;
    this.#tell('loading');
    try {
      const found = await api.page({ ...this.wanted, limit: PAGE, cursor }, loading.signal);
      const known = new Set(cursor ? this.entries.map((entry) => entry.id) : []);
      this.entries = [...(cursor ? this.entries : []), ...found.documents.filter((entry) => !known.has(entry.id))];
      this.cursor = found.next_cursor;
      this.counts = found.counts ?? this.counts;
      this.error = null;
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.error = error;
    }
    this.isLoading = false;
    this.#tell('change', { isNew: cursor === null });
  }

  /* Newer states of documents that are on the page; those asked for and not there any more go. */
  take(asked, found) {
    const newer = new Map(found.map((entry) => [entry.id, entry]));
    const gone = new Set(asked.filter((id) => !newer.has(id)));
    this.entries = this.entries.filter((entry) => !gone.has(entry.id)).map((entry) => newer.get(entry.id) ?? entry);
    this.#tell('change', { isNew: false });
  }

  drop(id) {
    if (!this.find(id)) return;
    this.entries = this.entries.filter((entry) => entry.id !== id);
    this.#tell('change', { isNew: false });
  }

  takeJob(job) {
    const entry = this.find(job.document_id);
    if (entry) this.take([], [{ ...entry, job }]);
  }

  /* How many there are by now; true when documents have come or gone. */
  async recount() {
    const { search, library_id } = this.wanted;
    const { counts } = await api.page({ search, library_id, limit: 1 });
    const isOther = counts.total !== this.counts?.total;
    this.counts = counts;
    this.#tell('counts');
    return isOther;
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
