/* Numbers, times and states as people say them. */

const number = new Intl.NumberFormat('en-US');
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto', style: 'short' });
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

export const count = (value) => number.format(value);
export const many = (value, one, more = `${one}s`) => `${count(value)} ${value === 1 ? one : more}`;

export function size(bytes) {
  if (bytes < 1000) return many(bytes, 'byte');
  const steps = ['KB', 'MB', 'GB'];
  let value = bytes / 1000, step = 0;
  while (value >= 999.5 && step < 2) [value, step] = [value / 1000, step + 1];
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${steps[step]}`;
}

export function ago(iso) {
  const passed = Date.now() - new Date(iso);
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), 'minute');
  if (passed < DAY) return relative.format(-Math.floor(passed / HOUR), 'hour');
  return passed < 7 * DAY ? relative.format(-Math.floor(passed / DAY), 'day') : day.format(new Date(iso));
}

export const exactly = (iso) => moment.format(new Date(iso));

export function left(seconds) {
  if (seconds < 8) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 3570) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}

const STAGES = { waiting: 'Waiting', parsing: 'Reading', chunking: 'Cutting into passages', embedding: 'Understanding', indexing: 'Making it searchable', done: 'Done' };

export const isOpen = (job) => job?.state === 'queued' || job?.state === 'started';

/* How the open job of a document goes: its stage, what it has done of it, how long still. */
export function progress(job) {
  if (job.state === 'queued') return { stage: 'Waiting', detail: job.notice ?? '' };
  const done = [];
  if (job.eta_s !== null && job.eta_s !== undefined) done.push(left(job.eta_s));
  if (job.stage === 'parsing' && job.pages_total) done.push(`page ${count(job.pages_done)} of ${count(job.pages_total)}`);
  if (job.stage === 'embedding' && job.chunks_total) done.push(`${count(job.chunks_done)} of ${many(job.chunks_total, 'passage')}`);
  return { stage: `${STAGES[job.stage] ?? 'Working'} · ${job.percent} %`, detail: job.notice ?? done.join(' · ') };
}

/* One word for the state of a document, and a sentence where there is more to say. */
export function status(entry) {
  const { job, warnings } = entry;
  if (isOpen(job)) return { is: 'pending', word: progress(job).stage, detail: progress(job).detail };
  if (job?.state === 'stopped' && entry.state !== 'ready') return { is: 'stopped', word: 'Stopped', detail: 'It was not read to its end.' };
  if (entry.state === 'failed') return { is: 'failed', word: 'Not read', detail: entry.error ?? job?.error ?? 'It could not be read.' };
  if (entry.state === 'pending') return { is: 'pending', word: 'Waiting', detail: '' };
  if (job?.state === 'failed') return { is: 'partial', word: 'Ready', detail: `Reading it again failed: ${job.error}` };
  if (job?.state === 'stopped') return { is: 'ready', word: 'Ready', detail: 'Reading it again was stopped.' };
  if (warnings.length) return { is: 'partial', word: 'Ready', detail: remark(entry) };
  return { is: 'ready', word: 'Ready', detail: '' };
}

/* What is to be known of a document that is ready: parts that could not be read, text that its readers do not see. */
export function remark({ warnings }) {
  const unread = warnings.filter((warning) => warning.kind === 'unread');
  const what = unread.every((warning) => warning.page !== null) ? 'page' : 'part';
  const said = unread.length ? [`${many(unread.length, what)} could not be read`] : [];
  if (unread.length < warnings.length) said.push(said.length ? 'hidden text was found' : 'Hidden text was found');
  return said.join(', ');
}
