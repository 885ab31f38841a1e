/* Telling the admins of an answer: the question before it is sent, and the sending. The look is in tell.css. */
import { make } from './dom.js';

const MOST_LETTERS = 2000;
const SHOWN =
  'The admins will see your name, this question, what you were answered, the titles of the documents named as nearest, and your note. They see nothing else of the conversation, and it opens no document to them.';
const SENT = 'footnote.told'; // other tabs and the side panel hear of it there

async function send(run, note) {
  let response;
  try {
    response = await fetch(`/api/answer-runs/${run}/review`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ note }),
    });
  } catch {
    throw new Error('The server cannot be reached. Try again in a moment.');
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.message ?? 'It could not be sent.');
  return body;
}

/* What was told of a run: null when nothing was, undefined when the run is not there (any more). */
export async function toldOf(run) {
  const response = await fetch(`/api/answer-runs/${run}`, { headers: { accept: 'application/json' } });
  if (!response.ok) return undefined;
  return (await response.json()).told;
}

/* Resolves to what was told, or to null when the person thought better of it. */
export function tell(run) {
  return new Promise((resolve) => {
    let told = null;
    const back = document.activeElement;
    const note = make('textarea', {
      id: 'fn-tell-note',
      rows: '4',
      maxlength: MOST_LETTERS,
      dir: 'auto',
      placeholder: 'What did you expect to find?',
    });
    const wrong = make('p', { class: 'wrong', role: 'alert' });
    const go = make('button', { type: 'submit', class: 'go' }, 'Send');
    const cancel = make('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
    const form = make(
      'form',
      { method: 'dialog' },
      make('h2', { id: 'fn-tell-title' }, 'Tell an admin'),
      make('p', {}, SHOWN),
      make('label', { for: 'fn-tell-note' }, 'Note (optional)'),
      note,
      wrong,
      make('div', { class: 'choices' }, cancel, go),
    );
    const dialog = make('dialog', { class: 'fn-tell', 'aria-labelledby': 'fn-tell-title' }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      go.disabled = true;
      wrong.textContent = '';
      try {
        told = await send(run, note.value);
        new BroadcastChannel(SENT).postMessage({ run, told });
        dialog.close();
      } catch (error) {
        wrong.textContent = error.message;
        go.disabled = false;
      }
    });
    dialog.addEventListener('keydown', (event) => event.stopPropagation()); // the page behind has keys of its own
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (back?.isConnected) back.focus({ preventScroll: true });
      resolve(told);
    });
    document.body.append(dialog);
    dialog.showModal();
    note.focus();
  });
}

/* Calls when something was told, here or elsewhere. */
export function onTold(heard) {
  new BroadcastChannel(SENT).addEventListener('message', ({ data }) => heard(data.run, data.told));
}
