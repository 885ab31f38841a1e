/* Links to /jobs/… become live pills. React owns their text: only attributes and a style property of ours are set, and the label
   is drawn by ::after. */

const MOST_STREAMS = 2; // a browser opens six connections to a host over HTTP/1.1; a dozen files must not take them all
const POLL_MS = 2000;
const RETRY_MS = 4000;
const ENDED = new Set(['finished', 'failed', 'stopped', 'gone']);
const JOB = /^\/jobs\/([0-9a-f-]{36})$/;

const known = new Map(); // job id → last status
const streams = new Map(); // job id → EventSource
const notBefore = new Map(); // job id → time of the next try

const STAGES = {
  waiting: 'Waiting',
  parsing: 'Reading',
  chunking: 'Cutting',
  embedding: 'Understanding',
  indexing: 'Filing',
  done: 'Ready',
};

function labelOf(status) {
  switch (status.state) {
    case 'queued':
      return 'Waiting';
    case 'started':
      return `${STAGES[status.stage] ?? 'Reading'} ${pagesOf(status)}${status.percent} %`;
    case 'finished':
      return 'Ready';
    case 'failed':
      return status.error || 'Could not be read';
    case 'stopped':
      return 'Stopped';
    default:
      return 'No longer there';
  }
}

const pagesOf = (status) =>
  status.stage === 'parsing' && status.pages_total ? `page ${status.pages_done} of ${status.pages_total} · ` : '';

const linksOf = (id) => document.querySelectorAll(`#root a[href="/jobs/${id}"]`);

function show(id) {
  const status = known.get(id);
  for (const link of linksOf(id)) {
    link.dataset.job = status?.state ?? 'queued';
    link.dataset.label = status ? labelOf(status) : '…';
    link.style.setProperty('--fn-done', `${status?.state === 'finished' ? 100 : (status?.percent ?? 0)}%`);
  }
}

function take(id, status) {
  known.set(id, status);
  show(id);
  if (ENDED.has(status.state)) release(id);
}

function release(id) {
  streams.get(id)?.close();
  streams.delete(id);
  schedule();
}

function listen(id) {
  const stream = new EventSource(`/api/jobs/${id}/events`);
  streams.set(id, stream);
  stream.onmessage = (event) => take(id, JSON.parse(event.data));
  stream.addEventListener('failed', () => later(id));
  // The browser reconnects by itself; when it gives up (401, 404, 503) the state is asked once, and another try comes later.
  stream.onerror = () => stream.readyState === EventSource.CLOSED && later(id);
}

function later(id) {
  notBefore.set(id, Date.now() + RETRY_MS);
  release(id);
}

async function poll(id) {
  try {
    const response = await fetch(`/api/jobs/${id}`, { headers: { accept: 'application/json' } });
    if (response.status === 404) take(id, { state: 'gone' });
    else if (response.ok) take(id, await response.json());
  } catch {
    /* offline: the next round comes */
  }
}

/* Jobs on this page that are not at their end. */
function unfinished() {
  const ids = new Set();
  for (const link of document.querySelectorAll('#root a[href^="/jobs/"]')) {
    const id = link.getAttribute('href').match(JOB)?.[1];
    if (!id) continue;
    ids.add(id);
    if (!link.dataset.job) show(id);
  }
  return [...ids].filter((id) => !ENDED.has(known.get(id)?.state));
}

let isScheduled = false;
function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
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
}

setInterval(async () => {
  if (document.hidden) return;
  schedule();
  for (const id of unfinished()) if (!streams.has(id)) await poll(id);
}, POLL_MS);

new MutationObserver(schedule).observe(document.documentElement, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ['href'],
});
