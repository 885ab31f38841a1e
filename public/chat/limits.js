/* What the server takes, as it says it in the page (chat/hardening/page.py). */

/** @type {{ question?: number, files?: number, bytes?: number, name?: number }} */
const told = JSON.parse(document.documentElement.dataset.limits ?? '{}');

export const LONGEST_QUESTION = told.question ?? Number.POSITIVE_INFINITY; // characters
export const LONGEST_NAME = told.name ?? Number.POSITIVE_INFINITY; // characters, of a conversation
export const MOST_FILES = told.files ?? Number.POSITIVE_INFINITY; // of one message
export const MOST_BYTES = told.bytes ?? Number.POSITIVE_INFINITY; // of one file
