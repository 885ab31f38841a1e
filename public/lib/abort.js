/* Requests that the page itself gave up. It imports nothing: session.js stands in front of the page's own requests, and cannot wait for words. */

/**
 * True for the end of a request that this page itself gave up.
 * @param {unknown} error
 */
export const isAbort = (error) => error instanceof Error && error.name === 'AbortError';
