/* The state of a document, as its owner is told of it. */
/** @import { DocumentEntry, JobStatus, DocumentWarning } from '../lib/api_types.js' */
import { isOpen, STAGES } from '../lib/jobs.js';
import { count, left, many } from '../lib/words.js';

/** @typedef {{ is: 'pending' | 'stopped' | 'failed' | 'partial' | 'ready', word: string, detail: string }} Status */

/**
 * How an open job goes: its stage, what it has done of it, how long still.
 * @param {JobStatus} job
 */
export function progress(job) {
  if (job.state === 'queued') return { stage: 'Waiting', detail: job.notice ?? '' };
  const done = [];
  if (job.eta_s !== null) done.push(left(job.eta_s));
  if (job.stage === 'parsing' && job.pages_total)
    done.push(`page ${count(job.pages_done)} of ${count(job.pages_total)}`);
  if (job.stage === 'embedding' && job.chunks_total)
    done.push(`${count(job.chunks_done)} of ${many(job.chunks_total, 'passage')}`);
  return { stage: `${STAGES[job.stage]} · ${job.percent} %`, detail: job.notice ?? done.join(' · ') };
}

/**
 * One word for the state, and a sentence where there is more to say.
 * @param {DocumentEntry} entry
 * @returns {Status}
 */
export function status(entry) {
  const { job, state } = entry;
  if (job && isOpen(job)) return { is: 'pending', word: progress(job).stage, detail: progress(job).detail };
  if (job?.state === 'stopped' && state !== 'ready')
    return { is: 'stopped', word: 'Stopped', detail: 'It was not read to its end.' };
  if (state === 'failed')
    return { is: 'failed', word: 'Not read', detail: entry.error ?? job?.error ?? 'It could not be read.' };
  if (state === 'pending') return { is: 'pending', word: 'Waiting', detail: '' };
  if (job?.state === 'failed') return { is: 'partial', word: 'Ready', detail: `Reading it again failed: ${job.error}` };
  if (job?.state === 'stopped') return { is: 'ready', word: 'Ready', detail: 'Reading it again was stopped.' };
  return { is: entry.warnings.length ? 'partial' : 'ready', word: 'Ready', detail: remark(entry) };
}

/**
 * What is to be known of a document that is ready: parts that could not be read, text that its readers do not see.
 * @param {{ warnings: DocumentWarning[] }} document
 */
export function remark({ warnings }) {
  const unread = warnings.filter((warning) => warning.kind === 'unread');
  const what = unread.every((warning) => warning.page !== null) ? 'page' : 'part';
  const said = unread.length ? [`${many(unread.length, what)} could not be read`] : [];
  if (unread.length < warnings.length) said.push(said.length ? 'hidden text was found' : 'Hidden text was found');
  return said.join(', ');
}

/** @param {DocumentEntry} entry */
export const canRetry = (entry) => entry.can_write && (entry.job?.state === 'failed' || entry.job?.state === 'stopped');

/** @param {DocumentEntry} entry */
export const canReindex = (entry) => entry.can_write && entry.state === 'ready' && !isOpen(entry.job);

/** @param {DocumentEntry} entry */
export const canCancel = (entry) => entry.can_write && isOpen(entry.job);
