/* The page behind a job's link: how the reading of a document goes, live. */
/** @import { JobStatus } from '../lib/api_types.js' */
import { byId, make } from '../lib/dom.js';
import { isOpen, pageOf, STAGES } from '../lib/jobs.js';
import { say } from '../lib/notice.js';
import { plural, t, told } from '../lib/words.js';

const root = byId('job');

/** @param {JobStatus} job */
function sentence(job) {
  if (job.state === 'finished')
    return plural(
      job.chunks_total ?? job.chunks_done,
      'Ready. %(count)s passage can be asked about.',
      'Ready. %(count)s passages can be asked about.',
    );
  if (job.state === 'failed') return told(job.error || 'It could not be read.');
  if (job.state === 'stopped') return t('It was stopped.');
  return `${[STAGES[job.stage], pageOf(job)].filter(Boolean).join(' ')}…`;
}

/** @param {JobStatus} job */
function show(job) {
  const parts = [
    make('h1', {}, job.title),
    make('p', { class: `state ${job.state}`, role: 'status' }, sentence(job)),
    isOpen(job) && make('progress', { max: 100, value: job.percent, 'aria-label': t('Progress') }),
    isOpen(job) && make('p', { class: 'faint' }, `${job.percent} %`),
    job.reference && make('p', { class: 'faint' }, t('Reference %(reference)s', { reference: job.reference })),
    make('p', { class: 'leave' }, make('a', { href: '/', target: '_top' }, t('Back to the chat'))),
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
