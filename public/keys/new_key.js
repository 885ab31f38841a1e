/* The dialog that makes a key, and shows it this once. */
/** @import { NewKey } from '../lib/api_types.js' */
import { ask, sentenceOf } from '../lib/api.js';
import { make, showDialog } from '../lib/dom.js';
import { many, t } from '../lib/words.js';

const DAY_MS = 24 * 3600 * 1000;
const DAYS = [7, 30, 90, 180, 365];
const SCOPES = {
  read: [t('Read'), t('Documents and their text, libraries, citations.')],
  ask: [t('Ask'), t('Questions, and the answers to them.')],
  upload: [t('Upload'), t('Add documents, read them again, delete them.')],
  admin: [t('Admin'), t('Reviews, and what everybody spends.')],
};

/** @typedef {keyof typeof SCOPES} Scope */
/** @typedef {{ isAdmin: boolean, defaultDays: number, mostDays: number }} Options */

/** @param {Scope} value */
function choice(value) {
  const [title, text] = SCOPES[value];
  const box = make('input', { type: 'checkbox', name: 'scope', value, checked: value === 'ask' });
  return make('label', { class: 'scope' }, box, make('span', {}, title), make('span', { class: 'faint' }, text));
}

/** @param {Options} options */
function formOf({ isAdmin, defaultDays, mostDays }) {
  const days = [...new Set([...DAYS, Math.min(defaultDays, mostDays)])].filter((n) => n <= mostDays);
  const scopes = /** @type {Scope[]} */ (Object.keys(SCOPES)).filter((scope) => scope !== 'admin' || isAdmin);
  const name = make('input', { name: 'name', required: true, maxlength: 100, autocomplete: 'off' });
  const times = days
    .sort((one, other) => one - other)
    .map((n) => make('option', { value: n, selected: n === Math.min(defaultDays, mostDays) }, many(n, 'day')));
  const limit = make('input', { name: 'limit', type: 'number', min: 1, max: 10000, placeholder: t('no other limit') });
  const form = make(
    'form',
    { method: 'dialog' },
    make('label', {}, t('Name, to know it by'), name),
    make('fieldset', {}, make('legend', {}, t('What it may do')), ...scopes.map(choice)),
    make('label', {}, t('How long it works'), make('select', { name: 'days' }, ...times)),
    make('label', {}, t('Questions a minute, at most'), limit),
  );
  return { form, name };
}

/** @param {HTMLFormElement} form */
function bodyOf(form) {
  const data = new FormData(form);
  const limit = Number(data.get('limit'));
  return {
    name: data.get('name'),
    scopes: data.getAll('scope'),
    expires_at: new Date(Date.now() + Number(data.get('days')) * DAY_MS).toISOString(),
    questions_per_minute: limit || null,
  };
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {NewKey} made
 */
function reveal(dialog, made) {
  const field = make('input', { readonly: true, value: made.key, 'aria-label': t('The key') });
  field.addEventListener('focus', () => field.select());
  const said = make('p', { class: 'faint', role: 'status' });
  const copy = make('button', { type: 'button', class: 'primary', onclick: put }, t('Copy'));
  async function put() {
    try {
      await navigator.clipboard.writeText(made.key);
      said.textContent = t('Copied.');
    } catch {
      field.focus(); // without https browsers have no clipboard: it is selected, to be copied by hand
      said.textContent = t('Copy it with Ctrl C.');
    }
  }
  dialog.replaceChildren(
    make('h2', { id: 'key-title' }, t('“%(name)s” is made', { name: made.name })),
    make('p', {}, t('Copy it now: it is shown this once, and only a hash of it is kept.')),
    make('p', { class: 'secret' }, field, copy),
    said,
    make(
      'div',
      { class: 'choices' },
      make('button', { type: 'button', onclick: () => dialog.close('made') }, t('Done')),
    ),
  );
  copy.focus();
}

/**
 * Resolves to whether a key was made.
 * @param {Options} options
 * @returns {Promise<boolean>}
 */
export function newKey(options) {
  return new Promise((resolve) => {
    const { form, name } = formOf(options);
    const wrong = make('p', { class: 'wrong', role: 'alert' });
    const submit = make('button', { class: 'primary' }, t('Make the key'));
    const cancel = make('button', { type: 'button', onclick: () => dialog.close() }, t('Cancel'));
    const dialog = make(
      'dialog',
      { 'aria-labelledby': 'key-title' },
      make('h2', { id: 'key-title' }, t('New key')),
      form,
    );
    let isMade = false;
    form.append(wrong, make('div', { class: 'choices' }, cancel, submit));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        reveal(dialog, await ask('/api/keys', { method: 'POST', body: bodyOf(form) }));
        isMade = true;
      } catch (error) {
        wrong.textContent = sentenceOf(error);
        submit.disabled = false;
      }
    });
    showDialog(dialog, name, () => resolve(isMade));
  });
}
