/* What the chat says of what was done, in one line under the header; what went wrong stays until it is closed. */
import { Notes } from '../lib/notes.js';

const notes = new Notes();
notes.node.id = 'fn-notes';

const LATER = 'footnote.note'; // in the session's storage: what the next page says

/** @param {string} sentence */
export function wrong(sentence) {
  if (!notes.node.isConnected) document.body.append(notes.node);
  notes.wrong(sentence);
}

/**
 * Says it on the page that comes next.
 * @param {string} sentence
 */
export const wrongThere = (sentence) => sessionStorage.setItem(LATER, sentence);

const left = sessionStorage.getItem(LATER);
sessionStorage.removeItem(LATER);
if (left) wrong(left);
