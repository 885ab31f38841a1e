/* Ingestion jobs, as people are told of them. */
/** @import { JobStage, JobStatus } from './api_types.js' */

/** @type {Record<JobStage, string>} */
export const STAGES = {
  waiting: 'Waiting',
  parsing: 'Reading',
  chunking: 'Cutting into passages',
  embedding: 'Understanding',
  indexing: 'Making it searchable',
  done: 'Done',
};

/**
 * True while a job waits or runs.
 * @param {{ state: string } | null | undefined} job
 */
export const isOpen = (job) => job?.state === 'queued' || job?.state === 'started';

/**
 * Which page is being read; empty when that is not known, or not what is done.
 * @param {JobStatus} job
 */
export const pageOf = (job) =>
  job.stage === 'parsing' && job.pages_total ? `page ${job.pages_done} of ${job.pages_total}` : '';
