/* Requests to the server. Every failure is an Error with a sentence for the person, and the reference of its details in the log. */
import { isAbort } from './abort.js';
import { withReference } from './reference.js';
import { t, told } from './words.js';

export { isAbort };

const OFFLINE = 'The server cannot be reached.';
const FAILED = 'Something went wrong.';

/** @typedef {{ message?: string, reference?: string | null, retry_after?: number | null } | null} ErrorBody */

/* A request without the wanted answer. Status 0: there was no answer at all. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} [status]
   * @param {string | null} [reference]
   */
  constructor(message, status = 0, reference = null) {
    super(message);
    this.status = status;
    this.reference = reference;
  }

  get sentence() {
    return withReference(told(this.message), this.reference);
  }
}

/**
 * @param {number} status
 * @param {ErrorBody} body
 */
export const refusal = (status, body) => new Refused(body?.message ?? FAILED, status, body?.reference);

/**
 * The answer's JSON; null where it has no body.
 * @template Body
 * @param {string} path
 * @param {{ method?: string, body?: unknown, signal?: AbortSignal }} [options] body: sent as JSON
 * @returns {Promise<Body>}
 */
export async function ask(path, { method = 'GET', body, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Refused(OFFLINE);
  }
  const answer = response.status === 204 ? null : await jsonOf(response);
  if (!response.ok) throw refusal(response.status, answer);
  return answer;
}

/** @param {Response} response */
async function jsonOf(response) {
  try {
    return await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    return null; // not JSON: a proxy's own page, say
  }
}

/**
 * What went wrong, in one sentence.
 * @param {unknown} error
 */
export function sentenceOf(error) {
  if (error instanceof Refused) return error.sentence;
  return error instanceof Error ? error.message : t(FAILED);
}

/**
 * True for an answer of the server with this status.
 * @param {unknown} error
 * @param {number} status
 */
export const isStatus = (error, status) => error instanceof Refused && error.status === status;

/**
 * Parameters as they stand behind an address; empty ones are left out.
 * @param {Record<string, string | number | string[] | null | undefined>} values
 */
export function query(values) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    for (const one of [value].flat()) if (one) found.append(name, String(one));
  return found.size ? `?${found}` : '';
}
