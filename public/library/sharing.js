/* The dialog about a library: who is in it and what they may do, its name, leaving it and deleting it. */
/** @import { LibraryRole, LibraryView, MemberList, MemberView } from '../lib/api_types.js' */

import { confirm } from '../lib/confirm.js';
import { make, refill, showDialog } from '../lib/dom.js';
import { icon, iconButton } from '../lib/icons.js';
import { t } from '../lib/words.js';
import * as api from './api.js';
import { labelled, problemLine } from './form.js';
import { labelOf } from './places.js';

const LONGEST_NAME = 200;
/** @type {{ [role in LibraryRole]: string }} */
const ROLES = { viewer: t('Viewer'), editor: t('Editor'), owner: t('Owner') };
const WHAT_ROLES_DO = t(
  'Viewers read and ask. Editors also add, change and delete documents. Owners also decide who is in the library.',
);
const LOST = t('All its documents are deleted for everyone who shares it. This cannot be undone.');

export class Sharing {
  #library;
  #on;
  #problem = problemLine();
  #list = make('ul', { class: 'members', 'aria-label': t('Members') });
  #known = make('datalist', { id: 'known-groups' });
  #name = make('input', {
    required: true,
    maxlength: LONGEST_NAME,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  });
  #kind = make(
    'select',
    { 'aria-label': t('Kind'), onchange: () => this.#suggest() },
    make('option', { value: 'username' }, t('Person')),
    make('option', { value: 'group' }, t('Group')),
  );
  #role = rolesField('viewer', t('Role'));
  #close = make('button', { type: 'button', onclick: () => this.#dialog.close() }, t('Close'));
  #dialog;
  #isChanged = false;
  /** @type {string | null} */
  #gone = null;

  /**
   * @param {LibraryView} library
   * @param {{ changed: () => void, gone: (why: string) => void }} on
   */
  constructor(library, on) {
    this.#library = library;
    this.#on = on;
    this.#dialog = make(
      'dialog',
      { class: 'sharing', 'aria-labelledby': 'sharing-title' },
      make('h2', { id: 'sharing-title', dir: 'auto' }, labelOf(library)),
      this.#isOwner && !library.is_personal && this.#renaming(),
      make('h3', {}, t('Who has it')),
      this.#list,
      this.#isOwner && this.#adding(),
      this.#problem.node,
      make('p', { class: 'faint' }, WHAT_ROLES_DO),
      this.#foot(),
    );
  }

  get #isOwner() {
    return this.#library.role === 'owner';
  }

  open() {
    const first = this.#isOwner ? this.#name : this.#close;
    showDialog(this.#dialog, first, () => {
      if (this.#gone) this.#on.gone(this.#gone);
      else if (this.#isChanged) this.#on.changed();
    });
    this.#try(async () => this.#show(await api.members(this.#library.library_id)));
    if (this.#isOwner) this.#suggestGroups();
  }

  async #suggestGroups() {
    try {
      const groups = await api.groups();
      this.#known.replaceChildren(...groups.map(({ name }) => make('option', { value: name }, t('Group'))));
    } catch {
      // they are suggestions only
    }
  }

  /* Names of groups are suggested where a group is wanted. */
  #suggest() {
    if (this.#kind.value === 'group') this.#name.setAttribute('list', this.#known.id);
    else this.#name.removeAttribute('list');
  }

  #renaming() {
    const field = make('input', {
      required: true,
      maxlength: LONGEST_NAME,
      value: this.#library.name,
      autocomplete: 'off',
    });
    return this.#form(
      'renaming',
      [labelled(t('Name'), field), make('button', { type: 'submit' }, t('Rename'))],
      async () => {
        this.#library = await api.renameLibrary(this.#library.library_id, field.value);
        const { name } = this.#library;
        field.value = name;
        this.#dialog.querySelector('h2')?.replaceChildren(name);
        this.#isChanged = true;
      },
    );
  }

  #adding() {
    const button = make('button', { type: 'submit', class: 'primary' }, t('Add'));
    const fields = [labelled(t('Add by name'), this.#name), this.#kind, this.#role, button, this.#known];
    return this.#form('adding', fields, async () => {
      await this.#put({ [this.#kind.value]: this.#name.value.trim(), role: this.#role.value });
      this.#name.value = '';
      this.#name.focus();
    });
  }

  /**
   * A row of fields that does something when it is sent.
   * @param {string} look
   * @param {HTMLElement[]} fields
   * @param {() => Promise<void>} submit
   */
  #form(look, fields, submit) {
    const form = make('form', { class: look }, ...fields);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#try(submit);
    });
    return form;
  }

  #foot() {
    const isDeletable = this.#isOwner && !this.#library.is_personal;
    const remove = { type: 'button', class: 'danger', onclick: () => this.#delete() };
    return make('div', { class: 'choices' }, isDeletable && make('button', remove, t('Delete library…')), this.#close);
  }

  /** @param {() => Promise<void>} work */
  async #try(work) {
    this.#problem.say(null);
    try {
      await work();
    } catch (error) {
      this.#problem.say(error);
    }
  }

  /** @param {{ [name: string]: string }} member */
  async #put(member) {
    this.#show(await api.putMember(this.#library.library_id, member));
    this.#isChanged = true;
  }

  /** @param {MemberList} list */
  #show({ members }) {
    refill(
      this.#list,
      members.map((member) => this.#member(member, members)),
    );
  }

  /**
   * @param {MemberView} member
   * @param {MemberView[]} all
   */
  #member(member, all) {
    const { id, name, role, is_group, is_you, by_admin } = member;
    const owners = all.filter((one) => one.role === 'owner' && !one.is_group);
    const isLastOwner = role === 'owner' && !is_group && owners.length === 1;
    const mayChange = this.#isOwner && !isLastOwner;
    const leave = { type: 'button', 'data-does': 'leave', onclick: () => this.#leave(member) };
    return make(
      'li',
      {},
      icon(is_group ? 'people' : 'person'),
      make(
        'span',
        { class: 'who', dir: 'auto' },
        name,
        is_you && make('span', { class: 'faint' }, ` ${t('(you)')}`),
        by_admin && make('span', { class: 'faint' }, ` ${t('(let in by an admin)')}`),
      ),
      mayChange ? this.#roleOf(member) : make('span', { class: 'faint' }, ROLES[role]),
      is_you && !isLastOwner && make('button', leave, t('Leave')),
      !is_you &&
        mayChange &&
        iconButton('close', t('Remove %(name)s', { name }), `remove-${id}`, () => this.#remove(member)),
    );
  }

  /** @param {MemberView} member */
  #roleOf({ id, name, role, is_group }) {
    const field = rolesField(role, t('Role of %(name)s', { name }));
    field.dataset.does = `role-${id}`;
    field.addEventListener('change', () =>
      this.#try(async () => {
        try {
          await this.#put({ [is_group ? 'group' : 'username']: name, role: field.value });
        } catch (error) {
          field.value = role;
          throw error;
        }
      }),
    );
    return field;
  }

  /** @param {MemberView} member */
  #remove({ id }) {
    this.#try(async () => {
      await api.removeMember(this.#library.library_id, id);
      this.#isChanged = true;
      this.#show(await api.members(this.#library.library_id));
      if (!this.#dialog.contains(document.activeElement)) this.#name.focus();
    });
  }

  /** @param {MemberView} member */
  #leave({ id }) {
    this.#end(
      t('Leave “%(name)s”?', { name: this.#library.name }),
      t('Leave'),
      t('You no longer see its documents. An owner can let you in again.'),
      t('You have left “%(name)s”.', { name: this.#library.name }),
      () => api.removeMember(this.#library.library_id, id),
    );
  }

  #delete() {
    const { library_id, name } = this.#library;
    this.#end(
      t('Delete “%(title)s”?', { title: name }),
      t('Delete'),
      LOST,
      t('“%(name)s” has been deleted.', { name }),
      () => api.deleteLibrary(library_id),
    );
  }

  /**
   * After a question.
   * @param {string} question
   * @param {string} does
   * @param {string} text
   * @param {string} done
   * @param {() => Promise<null>} work
   */
  async #end(question, does, text, done, work) {
    if (!(await confirm(question, text, does))) return;
    await this.#try(async () => {
      await work();
      this.#gone = done;
      this.#dialog.close();
    });
  }
}

/**
 * @param {LibraryRole} role
 * @param {string} label
 */
function rolesField(role, label) {
  const options = Object.entries(ROLES).map(([value, text]) =>
    make('option', { value, selected: value === role }, text),
  );
  return make('select', { 'aria-label': label }, ...options);
}
