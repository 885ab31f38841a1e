/* "Keep as a note": an answer with its question and sources becomes a document of one's own library, which later questions find. */
/** @import { ThreadView } from '../lib/api_types.js' */
import { ask, refusal, sentenceOf } from '../lib/api.js';
import { onLink, pathOf } from '../lib/links.js';
import { t } from '../lib/words.js';
import { sourcesOf } from './copy.js';
import { toast } from './toast.js';

const LINKS = '#root a[href^="/answers/"][href$="#note"]';
const RUN = /^\/answers\/([0-9a-f-]{36})/;
const LONGEST_NAME = 60; // characters
const SHOWN_MS = 8000;

/** @type {Set<string>} */
const saving = new Set(); // runs

/** @param {string} question */
const nameOf = (question) =>
  question
    .replace(/[\\/:*?"<>|\s]+/g, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .trim();

/**
 * The question and the answer, as they are stored.
 * @param {string} run
 */
async function exchangeOf(run) {
  const thread = location.pathname.match(/^\/thread\/([^/]+)/)?.[1] ?? '';
  const { messages } = await /** @type {Promise<ThreadView>} */ (ask(`/api/threads/${thread}`));
  const at = messages.findIndex((message) => message.answer_run_id === run);
  const question = messages.slice(0, Math.max(at, 0)).findLast((message) => message.role === 'user')?.text ?? '';
  return { question, answer: messages[at]?.text ?? '' };
}

/** @param {string} run */
async function keep(run) {
  const [{ question, answer }, sources] = await Promise.all([exchangeOf(run), sourcesOf(run)]);
  const title = nameOf(question) || t('Note');
  const lines = sources.map(([number, name, address]) => `[${number}] ${name}: ${address}`);
  const text = [`# ${title}`, answer, ...(lines.length ? [`${t('Sources')}:`, ...lines] : [])].join('\n\n');
  const form = new FormData();
  form.append('file', new File([text], `${t('Note')} - ${title}.md`, { type: 'text/markdown' }));
  const response = await fetch('/api/documents', { method: 'POST', body: form });
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => null));
}

onLink(LINKS, async (link) => {
  const run = pathOf(link).match(RUN)?.[1] ?? '';
  if (saving.has(run)) return;
  saving.add(run);
  try {
    await keep(run);
    toast(t('The note is in your library. You can ask about it.'), SHOWN_MS, [
      [t('Open the library'), () => location.assign('/library')],
    ]);
  } catch (error) {
    toast(sentenceOf(error), SHOWN_MS);
  } finally {
    saving.delete(run);
  }
});
