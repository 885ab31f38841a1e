/* What this page asks the server. Every failure is an Error with a sentence for the person, and the reference of its details in the log. */

const OFFLINE = 'The server cannot be reached.';

export class Refused extends Error {
  constructor(message, { status = 0, reference = null, retryAfter = null } = {}) {
    super(message);
    Object.assign(this, { status, reference, retryAfter });
  }

  get said() {
    return this.reference ? `${this.message} (reference ${this.reference})` : this.message;
  }
}

export function refusal(status, body) {
  return new Refused(body?.message ?? 'Something went wrong.', {
    status,
    reference: body?.reference,
    retryAfter: body?.retry_after,
  });
}

export async function ask(path, { method = 'GET', signal } = {}) {
  let response;
  try {
    response = await fetch(path, { method, signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refused(OFFLINE);
  }
  const body = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw refusal(response.status, body);
  return body;
}

export const query = (values) => {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    for (const one of [value].flat()) if (one) found.append(name, one);
  return found.size ? `?${found}` : '';
};

export const page = (wanted, signal) => ask(`/api/documents${query(wanted)}`, { signal });
export const these = (ids) => ask(`/api/documents${query({ id: ids })}`);
export const libraries = () => ask('/api/libraries');
export const remove = (id) => ask(`/api/documents/${id}`, { method: 'DELETE' });
export const reindex = (id) => ask(`/api/documents/${id}/reindex`, { method: 'POST' });
export const cancel = (job) => ask(`/api/jobs/${job}/cancel`, { method: 'POST' });
export const retry = (job) => ask(`/api/jobs/${job}/retry`, { method: 'POST' });
export const fileOf = (id, isDownload) => `/api/documents/${id}/file${isDownload ? '?download=true' : ''}`;
export const uploadAddress = (target) => `/api/documents${query(target)}`;
