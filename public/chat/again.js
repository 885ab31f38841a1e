/* "Answer anew" under an answer that was given before. It is a link to /answers/{run}#again, which stands in the stored message; the
   server finds the question by the run, and the new answer comes over the conversation's own socket. */
import { ask, sentenceOf } from '../lib/api.js';
import { answerLinks, onLink } from '../lib/links.js';
import { watch } from '../lib/watch.js';

const PATIENCE_MS = 3000;
const links = answerLinks('again');

/** @type {Set<string>} */
const asking = new Set(); // runs
/** @type {Map<string, string>} */
const refused = new Map(); // run → why there is no new answer

/** @param {HTMLAnchorElement} link */
function show(link) {
  const run = links.runOf(link);
  const isAsking = asking.has(run);
  const why = refused.get(run);
  if (link.role !== 'button') link.role = 'button';
  if (why === undefined) delete link.dataset.refused;
  else if (link.dataset.refused !== why) link.dataset.refused = why;
  if (Boolean(link.ariaDisabled) !== isAsking) link.ariaDisabled = isAsking ? 'true' : null;
}

const showAll = () => links.all().forEach(show);

/** @param {string} run */
async function answerAnew(run) {
  if (asking.has(run)) return;
  asking.add(run);
  refused.delete(run);
  showAll();
  try {
    await ask(`/answers/${encodeURIComponent(run)}/again`, { method: 'POST' });
  } catch (error) {
    refused.set(run, `: ${sentenceOf(error)}`);
  } finally {
    setTimeout(() => {
      asking.delete(run);
      showAll();
    }, PATIENCE_MS);
  }
}

onLink(links.selector, (link) => answerAnew(links.runOf(link)));
watch(showAll);
