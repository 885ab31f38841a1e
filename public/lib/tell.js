/* Telling the admins of an answer: the dialog before it is sent, and the sending. The look is in tell.css. */
/** @import { AnswerRunView, ReviewReceipt } from './api_types.js' */
import { ask, isStatus, sentenceOf } from './api.js';
import { make, showDialog } from './dom.js';
import { t } from './words.js';

const MOST_LETTERS = 2000;
const SHOWN = t(
  'The admins will see your name, this question, what you were answered, the titles of the documents named as nearest, and your note. They see nothing else of the conversation, and it opens no document to them.',
);
const SENT = 'footnote.told'; // the channel on which other tabs and the side panel hear of it

/** @type {(run: string, note: string) => Promise<ReviewReceipt>} */
const send = (run, note) => ask(`/api/answer-runs/${run}/review`, { method: 'POST', body: { note } });

/**
 * What its sender is told of a review item.
 * @param {ReviewReceipt} told
 */
export function saying({ outcome, reply }) {
  if (outcome === 'open') return t('Sent to the admins');
  const says = outcome === 'fixed' ? t('Fixed by an admin') : t('Seen by an admin, and left as it is');
  if (!reply) return says;
  return outcome === 'fixed' ? t('Fixed: %(reply)s', { reply }) : `${says}: ${reply}`;
}

/**
 * What was told of a run; null when nothing was, or when the run is not there (any more).
 * @param {string} run
 */
export async function toldOf(run) {
  try {
    return (await /** @type {Promise<AnswerRunView>} */ (ask(`/api/answer-runs/${run}`))).told;
  } catch (error) {
    if (isStatus(error, 0)) throw error;
    return null;
  }
}

/**
 * Resolves to what was told, or to null when the person thought better of it.
 * @param {string} run
 * @returns {Promise<ReviewReceipt | null>}
 */
export function tell(run) {
  return new Promise((resolve) => {
    /** @type {ReviewReceipt | null} */
    let told = null;
    const { dialog, form, note, wrong, go } = build();
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      go.disabled = true;
      wrong.textContent = '';
      try {
        told = await send(run, note.value);
        new BroadcastChannel(SENT).postMessage({ run, told });
        dialog.close();
      } catch (error) {
        wrong.textContent = sentenceOf(error) + (isStatus(error, 0) ? ` ${t('Try again in a moment.')}` : '');
        go.disabled = false;
      }
    });
    showDialog(dialog, note, () => resolve(told));
  });
}

function build() {
  const placeholder = t('What did you expect to find?');
  const note = make('textarea', { id: 'fn-tell-note', rows: 4, maxlength: MOST_LETTERS, dir: 'auto', placeholder });
  const wrong = make('p', { class: 'wrong', role: 'alert' });
  const go = make('button', { type: 'submit', class: 'go' }, t('Send'));
  const cancel = make('button', { type: 'button', onclick: () => dialog.close() }, t('Cancel'));
  const form = make(
    'form',
    { method: 'dialog' },
    make('h2', { id: 'fn-tell-title' }, t('Tell an admin')),
    make('p', {}, SHOWN),
    make('label', { for: 'fn-tell-note' }, t('Note (optional)')),
    note,
    wrong,
    make('div', { class: 'choices' }, cancel, go),
  );
  const dialog = make('dialog', { class: 'fn-tell', 'aria-labelledby': 'fn-tell-title' }, form);
  dialog.addEventListener('keydown', (event) => event.stopPropagation()); // the page behind has keys of its own
  return { dialog, form, note, wrong, go };
}

/**
 * Calls when something was told, here or elsewhere.
 * @param {(run: string, told: ReviewReceipt) => void} heard
 */
export function onTold(heard) {
  new BroadcastChannel(SENT).addEventListener('message', ({ data }) => heard(data.run, data.told));
}
