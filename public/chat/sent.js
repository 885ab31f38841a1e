/* Messages on their way. The page shows a message as sent at once, and empties the field; one that the server refuses, or that went into a
   connection that was dead already, comes back into the field, with a word about it. They wait in the tab's storage, over a reload. */
/** @import { ThreadView } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { t } from '../lib/words.js';
import { giveBack } from './draft.js';
import { wrong, wrongThere } from './notes.js';
import { onSignedIn, onSignedOut, person } from './place.js';
import { onHeard, onSaid } from './wire.js';

const KEY = 'footnote.sent'; // JSON: the messages by their ids
const PAUSE_MS = 1500; // in which a new connection tells what became of them

/** @typedef {{ path: string, text: string, person: string }} Sent path: of the conversation it was sent from */

/** @returns {{ [id: string]: Sent }} */
function waiting() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
}

/** @param {{ [id: string]: Sent }} messages */
function store(messages) {
  try {
    if (Object.keys(messages).length) sessionStorage.setItem(KEY, JSON.stringify(messages));
    else sessionStorage.removeItem(KEY);
  } catch {
    /* the tab's storage is full: then only a refusal brings it back */
  }
}

/**
 * The message waits no longer.
 * @param {string} id
 */
function taken(id) {
  const { [id]: message, ...others } = waiting();
  if (message) store(others);
  return message;
}

/** @param {string} path */
async function storedIn(path) {
  const thread = path.match(/^\/thread\/([0-9a-f-]{36})$/)?.[1];
  if (!thread) return [];
  const { messages } = await /** @type {Promise<ThreadView>} */ (ask(`/api/threads/${thread}`));
  return messages.map((message) => message.message_id);
}

/**
 * Gives back what did not arrive over an earlier connection.
 * @param {string[]} ids
 */
async function settle(ids) {
  for (const id of ids) {
    const message = waiting()[id];
    if (!message || message.person !== person()) continue;
    const stored = await storedIn(message.path).catch(() => null);
    if (stored?.includes(id)) taken(id);
    else if (stored && taken(id)) lost(message);
  }
}

/** @param {Sent} message */
function lost({ path, text }) {
  const says = t('Your message did not reach Footnote, because the connection was gone. It stands in the field again.');
  giveBack(path, text);
  if (path !== '/' || location.pathname !== '/') return wrong(says);
  wrongThere(says); // the page still shows it as sent, in a conversation that there is not
  location.reload();
}

onSaid('client_message', ({ message: { id, output: text } }) => {
  if (!text) return;
  store({ ...waiting(), [id]: { path: location.pathname, text, person: person() } });
});
onHeard('new_message', ({ parentId: id }) => void taken(id)); // it is being answered
onHeard('first_interaction', ({ thread_id: thread, interaction }) => {
  if (interaction === 'resume') return; // of a conversation that was opened
  for (const [id, message] of Object.entries(waiting()))
    if (message.path === '/') store({ ...waiting(), [id]: { ...message, path: `/thread/${thread}` } });
});
onHeard('message_refused', ({ id }) => {
  const message = taken(id);
  if (message) giveBack(message.path, message.text);
});

/* The first word of every connection. */
onHeard('clear_ask', () => {
  const ids = Object.keys(waiting());
  if (ids.length) setTimeout(settle, PAUSE_MS, ids);
});
onSignedIn(() =>
  store(Object.fromEntries(Object.entries(waiting()).filter(([, message]) => message.person === person()))),
);
onSignedOut(() => store({}));
