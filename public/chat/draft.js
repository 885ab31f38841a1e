/* What is being written is kept, for each conversation and each person: over a reload, over a look at another conversation, over the end of a
   sign-in. In the browser, for the next tab; and in each tab, whose text another tab neither writes over nor, when somebody signs out there,
   takes away. Whoever signs out leaves nothing in the browser and in that tab; whoever signs in finds nothing of somebody else. */
import { watch } from '../lib/watch.js';
import { FIELD, field, write } from './field.js';
import { onSignedIn, onSignedOut, person } from './place.js';
import { onHeard, onSaid } from './wire.js';

const MOST = 50; // drafts of one person; the oldest go
const PREFIX = 'footnote.drafts.';

/** @type {WeakMap<HTMLTextAreaElement, string>} */
const places = new WeakMap(); // field → the conversation whose draft it has

const here = () => location.pathname;
const key = () => PREFIX + person();

/**
 * @param {Storage} storage
 * @returns {{ [path: string]: string }}
 */
function drafts(storage) {
  try {
    return JSON.parse(storage.getItem(key()) ?? '{}');
  } catch {
    return {};
  }
}

/** @param {string} path */
const draft = (path) => drafts(sessionStorage)[path] ?? drafts(localStorage)[path] ?? '';

/**
 * @param {Storage} storage
 * @param {string} path
 * @param {string} text
 */
function put(storage, path, text) {
  const { [path]: _, ...others } = drafts(storage);
  const rows = Object.entries(text ? { ...others, [path]: text } : others).slice(-MOST);
  try {
    if (rows.length) storage.setItem(key(), JSON.stringify(Object.fromEntries(rows)));
    else storage.removeItem(key());
  } catch {
    /* the browser's storage is full: then a draft lasts as long as the page */
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
function keep(path, text) {
  if (!person()) return;
  const isOfAnother = !text && drafts(localStorage)[path] !== drafts(sessionStorage)[path];
  if (!isOfAnother) put(localStorage, path, text);
  put(sessionStorage, path, text);
}

/**
 * What was sent from a conversation and not taken stands in its field again, before what has been written since.
 * @param {string} path
 * @param {string} text
 */
export function giveBack(path, text) {
  const rest = draft(path);
  const whole = rest && rest !== text ? `${text}\n${rest}` : text;
  keep(path, whole);
  requestAnimationFrame(() => {
    const area = field();
    if (area && here() === path) write(area, whole);
  });
}

/** @param {Event} event */
function written({ target }) {
  if (!(target instanceof HTMLTextAreaElement) || !target.matches(FIELD)) return;
  const path = places.get(target) ?? here();
  if (target.value !== draft(path)) keep(path, target.value); // else it was put there, or somebody has signed out in another tab
}

/* Somebody else sat here: their sign-in may have ended before they could sign out. */
function forgetOthers() {
  for (const storage of [sessionStorage, localStorage]) {
    const others = Object.keys(storage).filter((name) => name.startsWith(PREFIX) && name !== key());
    for (const name of others) storage.removeItem(name);
  }
}

function restore() {
  const area = field();
  if (!area || !person() || places.has(area)) return;
  places.set(area, here());
  const text = draft(here());
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

onSaid('client_message', () => keep(here(), ''));
onSignedIn(forgetOthers);
onSignedOut(() => {
  localStorage.removeItem(key());
  sessionStorage.removeItem(key());
});
document.addEventListener('input', written);
watch(restore);
