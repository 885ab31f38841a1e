/* What the library asks the server. */
/** @import { DocumentPage, DocumentView, GroupView, GuideView, JobStatus, LibraryView, LinkView, MemberList, Submission } from '../lib/api_types.js' */
import { ask, query } from '../lib/api.js';

/** @typedef {Record<string, string | number | string[] | null | undefined>} Values */

/** @type {(values: Values, signal?: AbortSignal) => Promise<DocumentPage>} */
export const page = (values, signal) => ask(`/api/documents${query(values)}`, { signal });

/** @type {(ids: string[]) => Promise<DocumentPage>} */
export const these = (ids) => ask(`/api/documents${query({ id: ids })}`);

/** @type {() => Promise<LibraryView[]>} */
export const libraries = () => ask('/api/libraries');

/** @type {(name: string) => Promise<LibraryView>} */
export const createLibrary = (name) => ask('/api/libraries', { method: 'POST', body: { name } });

/** @type {(id: string, name: string) => Promise<LibraryView>} */
export const renameLibrary = (id, name) => ask(`/api/libraries/${id}`, { method: 'PATCH', body: { name } });

/** @type {(id: string) => Promise<null>} */
export const deleteLibrary = (id) => ask(`/api/libraries/${id}`, { method: 'DELETE' });

/** @type {(id: string) => Promise<MemberList>} */
export const members = (id) => ask(`/api/libraries/${id}/members`);

/** @type {(id: string, member: { [name: string]: string }) => Promise<MemberList>} */
export const putMember = (id, member) => ask(`/api/libraries/${id}/members`, { method: 'PUT', body: member });

/** @type {(id: string, member: string) => Promise<null>} */
export const removeMember = (id, member) => ask(`/api/libraries/${id}/members/${member}`, { method: 'DELETE' });

/** @type {() => Promise<GroupView[]>} */
export const groups = () => ask('/api/groups');

/** @type {(id: string, library_id: string) => Promise<DocumentView>} */
export const move = (id, library_id) => ask(`/api/documents/${id}/move`, { method: 'POST', body: { library_id } });

/** @type {(id: string, library_id: string) => Promise<Submission>} */
export const copy = (id, library_id) => ask(`/api/documents/${id}/copy`, { method: 'POST', body: { library_id } });

/** @type {(id: string) => Promise<GuideView>} */
export const guide = (id) => ask(`/api/documents/${id}/guide`);

/** @type {(id: string) => Promise<null>} */
export const remove = (id) => ask(`/api/documents/${id}`, { method: 'DELETE' });

/** @type {() => Promise<LinkView[]>} */
export const links = () => ask('/api/links');

/** @type {(address: string, kind: LinkView['kind'], library_id?: string) => Promise<LinkView>} */
export const addLink = (address, kind, library_id) =>
  ask('/api/links', { method: 'POST', body: { address, kind, library_id } });

/** @type {(id: string) => Promise<LinkView>} */
export const checkLink = (id) => ask(`/api/links/${id}/check`, { method: 'POST' });

/** @type {(id: string) => Promise<null>} */
export const removeLink = (id) => ask(`/api/links/${id}`, { method: 'DELETE' });

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
