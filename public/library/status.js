/* The state of a document, as its owner is told of it. */
/** @import { DocumentEntry, JobStatus, DocumentWarning } from '../lib/api_types.js' */
import { isOpen, pageOf, STAGES } from '../lib/jobs.js';
import { count, left, plural, t, told } from '../lib/words.js';

/** @typedef {{ is: 'pending' | 'stopped' | 'failed' | 'partial' | 'ready', word: string, detail: string }} Status */

/**
 * How an open job goes: its stage, what it has done of it, how long still.
 * @param {JobStatus} job
 */
export function progress(job) {
  if (job.state === 'queued') return { stage: t('Waiting'), detail: told(job.notice ?? '') };
  const done = [];
  if (job.eta_s !== null) done.push(left(job.eta_s));
  if (pageOf(job)) done.push(pageOf(job));
  if (job.stage === 'embedding' && job.chunks_total)
    done.push(
      plural(job.chunks_total, '%(done)s of %(count)s passage', '%(done)s of %(count)s passages', {
        done: count(job.chunks_done),
      }),
    );
  return { stage: `${STAGES[job.stage]} · ${job.percent} %`, detail: job.notice ? told(job.notice) : done.join(' · ') };
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
    return { is: 'stopped', word: t('Stopped'), detail: t('It was not read to its end.') };
  if (state === 'failed')
    return { is: 'failed', word: t('Not read'), detail: told(entry.error ?? job?.error ?? 'It could not be read.') };
  if (state === 'pending') return { is: 'pending', word: t('Waiting'), detail: '' };
  if (job?.state === 'failed')
    return {
      is: 'partial',
      word: t('Ready'),
      detail: t('Reading it again failed: %(why)s', { why: told(job.error ?? '') }),
    };
  if (job?.state === 'stopped') return { is: 'ready', word: t('Ready'), detail: t('Reading it again was stopped.') };
  return { is: entry.warnings.length ? 'partial' : 'ready', word: t('Ready'), detail: remark(entry) };
}

/**
 * What is to be known of a document that is ready: parts that could not be read, text that its readers do not see.
 * @param {{ warnings: DocumentWarning[] }} document
 */
export function remark({ warnings }) {
  const unread = warnings.filter((warning) => warning.kind === 'unread');
  const said = unread.length ? [unreadOf(unread)] : [];
  if (unread.length < warnings.length) said.push(said.length ? t('hidden text was found') : t('Hidden text was found'));
  return said.join(', ');
}

/** @param {DocumentWarning[]} unread */
const unreadOf = (unread) =>
  unread.every((warning) => warning.page !== null)
    ? plural(unread.length, '%(count)s page could not be read', '%(count)s pages could not be read')
    : plural(unread.length, '%(count)s part could not be read', '%(count)s parts could not be read');

/** @param {DocumentEntry} entry */
export const canRetry = (entry) => entry.can_write && (entry.job?.state === 'failed' || entry.job?.state === 'stopped');

/** @param {DocumentEntry} entry */
export const canReindex = (entry) => entry.can_write && entry.state === 'ready' && !isOpen(entry.job);

/** @param {DocumentEntry} entry */
export const canCancel = (entry) => entry.can_write && isOpen(entry.job);
