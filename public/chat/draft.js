/* What is being written is kept, for each conversation and each person, in this browser: over a reload, over a look at another conversation, over
   the end of a sign-in. A message that the server refuses comes back into the field. Whoever signs out leaves nothing. */
import { watch } from '../lib/watch.js';
import { FIELD, field, write } from './field.js';
import { onSignedOut, person } from './place.js';
import { onHeard, onSaid } from './wire.js';

const MOST = 50; // drafts of one person; the oldest go

/** @type {WeakMap<HTMLTextAreaElement, string>} */
const places = new WeakMap(); // field → the conversation whose draft it has
/** @type {Map<string, string>} */
const sent = new Map(); // message → its text, until the server has taken or refused it

const here = () => location.pathname;
const key = () => `footnote.drafts.${person()}`;

/** @returns {{ [path: string]: string }} */
function drafts() {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? '{}');
  } catch {
    return {};
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
function keep(path, text) {
  if (!person()) return;
  const { [path]: _, ...others } = drafts();
  const rows = Object.entries(text ? { ...others, [path]: text } : others).slice(-MOST);
  try {
    if (rows.length) localStorage.setItem(key(), JSON.stringify(Object.fromEntries(rows)));
    else localStorage.removeItem(key());
  } catch {
    /* the browser's storage is full: then a draft lasts as long as the page */
  }
}

/** @param {Event} event */
function written({ target }) {
  if (!(target instanceof HTMLTextAreaElement) || !target.matches(FIELD)) return;
  keep(places.get(target) ?? here(), target.value);
}

function restore() {
  const area = field();
  if (!area || !person() || places.has(area)) return;
  places.set(area, here());
  const text = drafts()[here()];
  if (text && !area.value) write(area, text);
}

/* What is written while the first answer comes belongs to the conversation that has just got its address. */
onHeard('first_interaction', ({ thread_id: thread }) => {
  const area = field();
  if (!area || places.get(area) !== '/') return;
  keep('/', '');
  places.set(area, `/thread/${thread}`);
  keep(`/thread/${thread}`, area.value);
});

onSaid('client_message', ({ message }) => {
  keep(here(), '');
  sent.set(message.id, message.output);
  if (sent.size > MOST) sent.delete(sent.keys().next().value ?? '');
});

onHeard('message_refused', ({ id }) => {
  const text = sent.get(id);
  sent.delete(id);
  if (!text) return;
  keep(here(), text);
  requestAnimationFrame(() => {
    const area = field();
    if (area && !area.value) write(area, text);
  });
});

onSignedOut(() => localStorage.removeItem(key()));
document.addEventListener('input', written);
watch(restore);
