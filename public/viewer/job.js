/* The page behind a job's link: how the reading of a document goes, live. */
/** @import { JobStatus } from '../lib/api_types.js' */
import { byId, make } from '../lib/dom.js';
import { isOpen, pageOf, STAGES } from '../lib/jobs.js';
import { say } from '../lib/notice.js';

const root = byId('job');

/** @param {JobStatus} job */
function sentence(job) {
  if (job.state === 'finished') return `Ready. ${job.chunks_total ?? job.chunks_done} passages can be asked about.`;
  if (job.state === 'failed') return job.error || 'It could not be read.';
  if (job.state === 'stopped') return 'It was stopped.';
  return `${[STAGES[job.stage], pageOf(job)].filter(Boolean).join(' ')}…`;
}

/** @param {JobStatus} job */
function show(job) {
  const parts = [
    make('h1', {}, job.title),
    make('p', { class: `state ${job.state}`, role: 'status' }, sentence(job)),
    isOpen(job) && make('progress', { max: 100, value: job.percent, 'aria-label': 'Progress' }),
    isOpen(job) && make('p', { class: 'faint' }, `${job.percent} %`),
    job.reference && make('p', { class: 'faint' }, `Reference ${job.reference}`),
    make('p', { class: 'leave' }, make('a', { href: '/', target: '_top' }, 'Back to the chat')),
  ];
  root.replaceChildren(...parts.filter((part) => part instanceof Node));
}

const events = new EventSource(`${root.dataset.job}/events`);
events.onmessage = (event) => {
  /** @type {JobStatus} */
  const job = JSON.parse(event.data);
  show(job);
  if (!isOpen(job)) events.close();
};
events.addEventListener('failed', (event) => {
  events.close();
  say(root, JSON.parse(event.data).message);
});
