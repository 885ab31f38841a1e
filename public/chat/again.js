/* What can be asked of an answer: a new one ("Answer anew", beside the small buttons under it and behind one that was given before), one
   to the question as it was written ("Ask as written", where it was understood otherwise), and the rest of one that was cut off ("Continue"). Both are links to /answers/{run}#{what}; the server finds the question by the run, and the
   text comes over the conversation's own socket. */
import { ask, sentenceOf } from '../lib/api.js';
import { answerLinks, onLink } from '../lib/links.js';
import { watch } from '../lib/watch.js';

const PATIENCE_MS = 3000;

/** @param {'again' | 'continue' | 'literal'} what */
function follow(what) {
  const links = answerLinks(what);
  /** @type {Set<string>} */
  const asking = new Set(); // runs
  /** @type {Map<string, string>} */
  const refused = new Map(); // run → why nothing comes

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
  async function send(run) {
    if (asking.has(run)) return;
    asking.add(run);
    refused.delete(run);
    showAll();
    try {
      await ask(`/answers/${encodeURIComponent(run)}/${what}`, { method: 'POST' });
    } catch (error) {
      refused.set(run, `: ${sentenceOf(error)}`);
    } finally {
      setTimeout(() => {
        asking.delete(run);
        showAll();
      }, PATIENCE_MS);
    }
  }

  onLink(links.selector, (link) => send(links.runOf(link)));
  watch(showAll);
}

follow('again');
follow('continue');
follow('literal');
