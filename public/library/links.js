/* The dialog about links: pages and sites whose documents are kept up to date; adding one, having it read again, removing it. */
/** @import { LibraryView, LinkView } from '../lib/api_types.js' */
/** @import { Documents } from './documents.js' */
import { make, refill, showDialog } from '../lib/dom.js';
import { icon, iconButton } from '../lib/icons.js';
import { ago, plural, t, told } from '../lib/words.js';
import * as api from './api.js';
import { labelled, problemLine } from './form.js';
import { labelOf } from './places.js';

const LOOK_MS = 1500;
const LONGEST = 2000;
const WHAT_IT_DOES = t(
  'It is read again on a schedule: changed pages become new versions of their documents, and what is gone stays here and is marked.',
);
/** @type {{ [kind in LinkView['kind']]: string }} */
const KINDS = {
  page: t('This page'),
  site: t('A sitemap, or all pages below this address'),
  folder: t('A folder of the settings'),
};
const isOpen = (/** @type {LinkView} */ { state }) => state === 'waiting' || state === 'reading';

export class Links {
  #documents;
  #problem = problemLine();
  #list = make('ul', { class: 'members', 'aria-label': t('Links') });
  #address = make('input', {
    type: 'url',
    required: true,
    maxlength: LONGEST,
    placeholder: 'https://',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  });
  #folder = make('select', {});
  #kind = make('select', {});
  #library = make('select', {});
  #dialog;
  #timer = 0;
  #read = 0; // pages that are documents, as they were seen last

  /**
   * @param {Documents} documents
   * @param {string[]} folders that may be chosen
   * @param {string} [address] to be added
   */
  constructor(documents, folders, address = '') {
    this.#documents = documents;
    const kinds = Object.entries(KINDS).filter(([kind]) => kind !== 'folder' || folders.length);
    this.#kind.replaceChildren(...kinds.map(([value, label]) => make('option', { value }, label)));
    this.#folder.replaceChildren(...folders.map((name) => make('option', { value: name }, name)));
    this.#address.value = address;
    const close = make('button', { type: 'button', onclick: () => this.#dialog.close() }, t('Close'));
    this.#dialog = make(
      'dialog',
      { class: 'sharing', 'aria-labelledby': 'links-title' },
      make('h2', { id: 'links-title' }, t('Documents from links')),
      this.#adding(),
      this.#problem.node,
      make('p', { class: 'faint' }, WHAT_IT_DOES),
      this.#list,
      make('div', { class: 'choices' }, close),
    );
  }

  open() {
    showDialog(this.#dialog, this.#address, () => {
      clearTimeout(this.#timer);
      this.#documents.load();
    });
    this.#look();
  }

  /* The libraries that documents can be added to, the one that is looked at first. */
  #places() {
    const { libraries, target } = this.#documents;
    const places = libraries.filter(({ role }) => role !== 'viewer');
    return places.map((library) => {
      const { library_id: value } = library;
      return make('option', { value, selected: value === target?.library_id }, labelOf(library));
    });
  }

  #adding() {
    this.#library.replaceChildren(...this.#places());
    const where = labelled(t('To the library'), this.#library);
    where.hidden = this.#library.options.length < 2;
    const [address, folder] = [labelled(t('Address'), this.#address), labelled(t('Folder'), this.#folder)];
    const choose = () => {
      const isFolder = this.#kind.value === 'folder';
      [address.hidden, folder.hidden, this.#address.disabled] = [isFolder, !isFolder, isFolder];
    };
    this.#kind.addEventListener('change', choose);
    choose();
    const form = make(
      'form',
      { class: 'fields' },
      labelled(t('What to add'), this.#kind),
      address,
      folder,
      where,
      make('div', { class: 'choices' }, make('button', { type: 'submit', class: 'primary' }, t('Add from a link'))),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#try(async () => {
        const kind = /** @type {LinkView['kind']} */ (this.#kind.value);
        const what = kind === 'folder' ? this.#folder.value : this.#address.value;
        await api.addLink(what, kind, this.#library.value || undefined);
        this.#address.value = '';
      });
    });
    return form;
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    this.#problem.say(null);
    try {
      await work();
      await this.#look();
    } catch (error) {
      this.#problem.say(error);
    }
  }

  async #look() {
    clearTimeout(this.#timer);
    const links = await api.links().catch(() => null);
    if (!this.#dialog.isConnected) return;
    if (links) this.#show(links);
    if (!links || links.some(isOpen)) this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  /** @param {LinkView[]} links */
  #show(links) {
    refill(
      this.#list,
      links.map((link) => this.#row(link)),
    );
    const read = links.reduce((sum, link) => sum + link.read, 0);
    if (read !== this.#read) this.#documents.load();
    this.#read = read;
  }

  /** @param {LinkView} link */
  #row(link) {
    const { link_id: id, address, can_write: canWrite } = link;
    const again = () => this.#try(() => api.checkLink(id));
    const remove = () => this.#try(() => api.removeLink(id));
    return make(
      'li',
      {},
      icon('link'),
      make(
        'span',
        { class: 'who' },
        make('a', { href: address, rel: 'noreferrer', target: '_blank', dir: 'ltr' }, address),
        make('br'),
        make('span', { class: link.error ? 'problem' : 'faint' }, stateOf(link)),
      ),
      canWrite && !isOpen(link) && iconButton('again', t('Read again now'), `again-${id}`, again),
      canWrite && iconButton('remove', t('Remove the link; its documents stay'), `remove-${id}`, remove),
    );
  }
}

/** @param {LinkView} link */
function stateOf(link) {
  if (link.state === 'waiting') return t('Waiting');
  if (link.state === 'reading') return t('Reading');
  if (link.error) return told(link.error);
  const parts = [
    link.kind === 'site' && plural(link.read, '%(count)s page', '%(count)s pages'),
    link.elsewhere > 0 && t('%(count)s already in the library', { count: link.elsewhere }),
    link.failed > 0 && t('%(count)s could not be read', { count: link.failed }),
    link.gone > 0 && t('%(count)s gone from the site', { count: link.gone }),
    link.left_out > 0 && t('%(count)s deleted here', { count: link.left_out }),
    link.checked_at && t('read %(when)s', { when: ago(link.checked_at) }),
    link.notice && told(link.notice),
  ];
  return parts.filter(Boolean).join(' · ');
}
