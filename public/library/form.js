/* A dialog with a form. It stays open, with the reason, until what it asks for is done or the person gives up. */
/** @import { Child } from '../lib/dom.js' */
import { sentenceOf } from '../lib/api.js';
import { make, showDialog } from '../lib/dom.js';
import { t } from '../lib/words.js';

/**
 * Resolves to what `submit` gave; to null when the person gave up.
 * @template Result
 * @param {{ title: string, fields: Child[], agree: string, first: HTMLElement, submit: () => Promise<Result> }} form
 * @returns {Promise<Result | null>}
 */
export function showForm({ title, fields, agree, first, submit }) {
  return new Promise((resolve) => {
    /** @type {Result | null} */
    let result = null;
    const problem = problemLine();
    const yes = make('button', { type: 'submit', class: 'primary' }, agree);
    const cancel = make('button', { type: 'button', onclick: () => dialog.close() }, t('Cancel'));
    const choices = make('div', { class: 'choices' }, cancel, yes);
    const heading = make('h2', { id: 'form-title' }, title);
    const form = make('form', { class: 'fields' }, heading, ...fields, problem.node, choices);
    const dialog = make('dialog', { 'aria-labelledby': 'form-title' }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      yes.disabled = true;
      problem.say(null);
      try {
        result = await submit();
        dialog.close();
      } catch (error) {
        problem.say(error);
      }
      yes.disabled = false;
    });
    showDialog(dialog, first, () => resolve(result));
  });
}

/* A line in a dialog for what went wrong. */
export function problemLine() {
  const node = make('p', { class: 'problem', role: 'alert', hidden: true });
  /** @param {unknown} error null: nothing */
  const say = (error) => {
    node.hidden = !error;
    node.textContent = error ? sentenceOf(error) : '';
  };
  return { node, say };
}

/**
 * A field with its label above it.
 * @param {string} label
 * @param {HTMLElement} field
 */
export const labelled = (label, field) => make('label', { class: 'field' }, make('span', {}, label), field);
