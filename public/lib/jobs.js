/* Ingestion jobs, as people are told of them. */
/** @import { JobStage, JobStatus } from './api_types.js' */
import { count, t } from './words.js';

/** @type {Record<JobStage, string>} */
export const STAGES = {
  waiting: t('Waiting'),
  parsing: t('Reading'),
  chunking: t('Cutting into passages'),
  embedding: t('Understanding'),
  indexing: t('Making it searchable'),
  done: t('Done'),
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
  job.stage === 'parsing' && job.pages_total
    ? t('page %(page)s of %(pages)s', { page: count(job.pages_done), pages: count(job.pages_total) })
    : '';
