/* "Answer anew" under an answer that was given before. It is a link to /answers/{run}#again, which stands in the stored message; the
   server finds the question by the run, and the new answer comes over the conversation's own socket. */

const LINK = 'a[href^="/answers/"][href$="#again"]';
const PATIENCE_MS = 3000;

const asking = new Set();
const refused = new Map(); // run → why there is no new answer
const runOf = (link) => link.getAttribute('href').slice('/answers/'.length, -'#again'.length);

function show(link) {
  const isAsking = asking.has(runOf(link));
  if (link.role !== 'button') link.role = 'button';
  const why = refused.get(runOf(link));
  if (link.dataset.refused !== why) why ? (link.dataset.refused = why) : delete link.dataset.refused;
  if (Boolean(link.ariaDisabled) !== isAsking) link.ariaDisabled = isAsking ? 'true' : null;
}

const showAll = () => document.querySelectorAll(`#root ${LINK}`).forEach(show);

async function ask(run) {
  if (asking.has(run)) return;
  asking.add(run);
  refused.delete(run);
  showAll();
  try {
    const response = await fetch(`/answers/${encodeURIComponent(run)}/again`, {
      method: 'POST',
      headers: { accept: 'application/json' },
    });
    if (!response.ok) refused.set(run, `: ${(await response.json()).detail}`);
  } catch {
    refused.set(run, ': the server cannot be reached.');
  } finally {
    setTimeout(() => {
      asking.delete(run);
      showAll();
    }, PATIENCE_MS);
  }
}

document.addEventListener(
  'click',
  (event) => {
    const link = event.target instanceof Element && event.target.closest(`#root ${LINK}`);
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    ask(runOf(link));
  },
  true,
);

let isScheduled = false;
new MutationObserver(() => {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    showAll();
  });
}).observe(document.documentElement, { childList: true, subtree: true });
