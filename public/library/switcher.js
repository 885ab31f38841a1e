/* Which library is looked at; making another, and sharing the one that is chosen. */
/** @import { LibraryView } from '../lib/api_types.js' */
/** @import { Notes } from '../lib/notes.js' */
/** @import { Documents } from './documents.js' */
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/words.js';
import * as api from './api.js';
import { labelled, showForm } from './form.js';
import { labelOf } from './places.js';
import { Sharing } from './sharing.js';

const LONGEST_NAME = 200;

export class Switcher {
  #documents;
  #notes;
  #select = make('select', {
    'aria-label': t('Library'),
    hidden: true,
    onchange: () => this.#documents.setQuery({ library_id: this.#select.value }),
  });
  #share = make(
    'button',
    { type: 'button', hidden: true, title: t('Share'), 'aria-haspopup': 'dialog', onclick: () => this.#openSharing() },
    icon('people'),
    make('span', {}, t('Share…')),
  );
  #add = make(
    'button',
    { type: 'button', title: t('New library'), 'aria-haspopup': 'dialog', onclick: () => this.#create() },
    icon('add'),
    make('span', {}, t('New library')),
  );
  node = make('div', { class: 'switcher' }, this.#select, this.#share, this.#add);

  /**
   * @param {Documents} documents
   * @param {Notes} notes
   */
  constructor(documents, notes) {
    this.#documents = documents;
    this.#notes = notes;
    documents.on('libraries', () => this.#render());
    documents.on('change', () => this.#render());
  }

  /* The library that is looked at; one's own where there is no other. */
  get #chosen() {
    const { libraries, query } = this.#documents;
    const id = query.library_id || (libraries.length === 1 ? libraries[0]?.library_id : '');
    return libraries.find((library) => library.library_id === id);
  }

  #render() {
    const { libraries, query } = this.#documents;
    const key = JSON.stringify(libraries);
    this.#select.hidden = libraries.length < 2;
    if (this.#select.dataset.shown !== key) {
      this.#select.dataset.shown = key;
      const options = libraries.map((library) => make('option', { value: library.library_id }, labelOf(library)));
      this.#select.replaceChildren(make('option', { value: '' }, t('All libraries')), ...options);
    }
    this.#select.value = query.library_id;
    const chosen = this.#chosen;
    this.#share.hidden = !chosen;
    this.#share.lastElementChild?.replaceChildren(chosen?.role === 'owner' ? t('Share…') : t('Members…'));
  }

  async #create() {
    const field = make('input', { required: true, maxlength: LONGEST_NAME, autocomplete: 'off' });
    const made = await showForm({
      title: t('New library'),
      fields: [
        labelled(t('Name'), field),
        make('p', { class: 'faint' }, t('A set of documents that you can share. Only you see it until you share it.')),
      ],
      agree: t('Create'),
      first: field,
      submit: () => api.createLibrary(field.value),
    });
    if (!made) return;
    await this.#show(made.library_id);
    this.#notes.tell(t('“%(name)s” is there. What you add now goes into it.', { name: made.name }));
  }

  #openSharing() {
    const library = this.#chosen;
    if (library) new Sharing(library, { changed: () => this.#reload(), gone: (why) => this.#gone(why) }).open();
  }

  /** @param {string} why */
  async #gone(why) {
    await this.#show('');
    this.#notes.tell(why);
  }

  async #reload() {
    try {
      await this.#documents.loadLibraries();
    } catch {
      // the page says so when it asks for the list
    }
    await this.#documents.load();
  }

  /** @param {string} library_id */
  async #show(library_id) {
    this.#documents.query.library_id = library_id; // before the libraries come, or the former one would be asked for
    await this.#reload();
    await this.#documents.setQuery({ library_id });
  }
}
