/* Links to /jobs/… become live pills. React owns their text: only attributes and a style property of ours are set, and the label
   is drawn by ::after. */
/** @import { JobStatus } from '../lib/api_types.js' */
import { ask, isStatus } from '../lib/api.js';
import { isOpen, pageOf } from '../lib/jobs.js';
import { pathOf } from '../lib/links.js';
import { oncePerFrame, watch } from '../lib/watch.js';
import { t, told } from '../lib/words.js';

const MOST_STREAMS = 2; // a browser opens six connections to a host over HTTP/1.1; a dozen files must not take them all
const POLL_MS = 2000;
const RETRY_MS = 4000;
const JOB = /^\/jobs\/([0-9a-f-]{36})$/;

/** @typedef {JobStatus | { state: 'gone' }} Status */

/** @type {Map<string, Status>} */
const known = new Map(); // job id → last status
/** @type {Map<string, EventSource>} */
const streams = new Map(); // by job id
/** @type {Map<string, number>} */
const notBefore = new Map(); // job id → time of the next try

// Shorter than in the library: a pill stands in a line of text.
const STAGES = {
  waiting: t('Waiting'),
  parsing: t('Reading'),
  chunking: t('Cutting'),
  embedding: t('Understanding'),
  indexing: t('Filing'),
  done: t('Ready'),
};

/** @param {Status} status */
function labelOf(status) {
  switch (status.state) {
    case 'queued':
      return t('Waiting');
    case 'started':
      return `${STAGES[status.stage]} ${[pageOf(status), `${status.percent} %`].filter(Boolean).join(' · ')}`;
    case 'finished':
      return t('Ready');
    case 'failed':
      return (status.error && told(status.error)) || t('Could not be read');
    case 'stopped':
      return t('Stopped');
    default:
      return t('No longer there');
  }
}

/** @param {Status} status */
const percentOf = (status) => (status.state === 'gone' ? 0 : status.state === 'finished' ? 100 : status.percent);

/** @param {string} id */
function show(id) {
  const status = known.get(id);
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll(`#root a[href="/jobs/${id}"]`);
  for (const link of links) {
    link.dataset.job = status?.state ?? 'queued';
    link.dataset.label = status ? labelOf(status) : '…';
    link.style.setProperty('--fn-done', `${status ? percentOf(status) : 0}%`);
  }
}

/**
 * @param {string} id
 * @param {Status} status
 */
function take(id, status) {
  known.set(id, status);
  show(id);
  if (!isOpen(status)) release(id);
}

/** @param {string} id */
function release(id) {
  streams.get(id)?.close();
  streams.delete(id);
  schedule();
}

/** @param {string} id */
function listen(id) {
  const stream = new EventSource(`/api/jobs/${id}/events`);
  streams.set(id, stream);
  stream.onmessage = (event) => take(id, JSON.parse(event.data));
  stream.addEventListener('failed', () => later(id));
  // The browser reconnects by itself; when it gives up (401, 404, 503) the state is asked once, and another try comes later.
  stream.onerror = () => stream.readyState === EventSource.CLOSED && later(id);
}

/** @param {string} id */
function later(id) {
  notBefore.set(id, Date.now() + RETRY_MS);
  release(id);
}

/** @param {string} id */
async function poll(id) {
  try {
    take(id, await ask(`/api/jobs/${id}`));
  } catch (error) {
    if (isStatus(error, 404)) take(id, { state: 'gone' }); // after any other failure the next round comes
  }
}

/* Jobs on this page that are not at their end. */
function unfinished() {
  /** @type {Set<string>} */
  const ids = new Set();
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll('#root a[href^="/jobs/"]');
  for (const link of links) {
    const id = pathOf(link).match(JOB)?.[1];
    if (!id) continue;
    ids.add(id);
    if (!link.dataset.job) show(id);
  }
  return [...ids].filter((id) => !known.has(id) || isOpen(known.get(id)));
}

const schedule = oncePerFrame(() => {
  const ids = unfinished();
  for (const [id, stream] of streams) {
    if (ids.includes(id)) continue;
    stream.close();
    streams.delete(id);
  }
  for (const id of ids) {
    if (streams.size >= MOST_STREAMS) break;
    if (!streams.has(id) && (notBefore.get(id) ?? 0) <= Date.now()) listen(id);
  }
});

setInterval(async () => {
  if (document.hidden) return;
  schedule();
  for (const id of unfinished()) if (!streams.has(id)) await poll(id);
}, POLL_MS);

watch(schedule, { attributes: true, attributeFilter: ['href'] });
