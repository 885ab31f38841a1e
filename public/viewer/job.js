// The page behind a job's link: how the reading of a document goes, live.
import { make, say } from './viewer.js';

const WORDS = {
  waiting: 'Waiting',
  parsing: 'Reading',
  chunking: 'Cutting into passages',
  embedding: 'Understanding',
  indexing: 'Making it searchable',
  done: 'Done',
};
const ENDED = ['finished', 'failed', 'stopped'];
const root = document.getElementById('job');

function sentence(job) {
  if (job.state === 'finished') return `Ready. ${job.chunks_total ?? job.chunks_done} passages can be asked about.`;
  if (job.state === 'failed') return job.error || 'It could not be read.';
  if (job.state === 'stopped') return 'It was stopped.';
  const pages = job.stage === 'parsing' && job.pages_total ? ` page ${job.pages_done} of ${job.pages_total}` : '';
  return `${WORDS[job.stage] ?? 'Working'}${pages}…`;
}

function show(job) {
  const isOver = ENDED.includes(job.state);
  const parts = [make('h1', {}, job.title), make('p', { class: `state ${job.state}`, role: 'status' }, sentence(job))];
  if (!isOver)
    parts.push(
      make('progress', { max: 100, value: job.percent, 'aria-label': 'Progress' }),
      make('p', { class: 'faint' }, `${job.percent} %`),
    );
  if (job.reference) parts.push(make('p', { class: 'faint' }, `Reference ${job.reference}`));
  parts.push(make('p', { class: 'leave' }, make('a', { href: '/', target: '_top' }, 'Back to the chat')));
  root.replaceChildren(...parts);
  return isOver;
}

const events = new EventSource(`${root.dataset.job}/events`);
events.onmessage = (event) => {
  if (show(JSON.parse(event.data))) events.close();
};
events.addEventListener('failed', (event) => {
  events.close();
  say(root, JSON.parse(event.data).message);
});
