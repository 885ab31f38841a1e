/* What the library asks the server. */
/** @import { DocumentPage, JobStatus, LibraryView } from '../lib/api_types.js' */
import { ask, query } from '../lib/api.js';

/** @typedef {Record<string, string | number | string[] | null | undefined>} Values */

/** @type {(values: Values, signal?: AbortSignal) => Promise<DocumentPage>} */
export const page = (values, signal) => ask(`/api/documents${query(values)}`, { signal });

/** @type {(ids: string[]) => Promise<DocumentPage>} */
export const these = (ids) => ask(`/api/documents${query({ id: ids })}`);

/** @type {() => Promise<LibraryView[]>} */
export const libraries = () => ask('/api/libraries');

/** @type {(id: string) => Promise<null>} */
export const remove = (id) => ask(`/api/documents/${id}`, { method: 'DELETE' });

/** @type {(id: string) => Promise<JobStatus>} */
export const reindex = (id) => ask(`/api/documents/${id}/reindex`, { method: 'POST' });

/** @type {(job: string) => Promise<JobStatus>} */
export const cancel = (job) => ask(`/api/jobs/${job}/cancel`, { method: 'POST' });

/** @type {(job: string) => Promise<JobStatus>} */
export const retry = (job) => ask(`/api/jobs/${job}/retry`, { method: 'POST' });

/** @type {(id: string, isDownload?: boolean) => string} */
export const fileOf = (id, isDownload) => `/api/documents/${id}/file${isDownload ? '?download=true' : ''}`;

/** @type {(target: Values) => string} */
export const uploadAddress = (target) => `/api/documents${query(target)}`;
