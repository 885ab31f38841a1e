/* Stays on the page through short outages, and says why a sign-in failed. It stands in front of window.fetch.

   The page asks /user whenever it is focused or comes back online, and takes any failure for a sign-out: it would leave the
   conversation for the sign-in page. Only an answer of the server (401) means that. */
import { isAbort } from '../lib/api.js';

const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 5000;
const original = window.fetch.bind(window);

/**
 * Ends early when the browser is online again.
 * @param {number} ms
 */
const pause = (ms) =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve(null);
    }
    window.addEventListener('online', done);
  });

/** @param {Response} response */
const isUnavailable = (response) => response.status >= 500 || response.status === 429;

/** @type {typeof fetch} */
async function askUntilAnswered(input, init) {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)) {
    if (init?.signal?.aborted) throw new DOMException('Aborted', 'AbortError');
    try {
      const response = await original(input, init);
      if (!isUnavailable(response)) return response;
    } catch (error) {
      if (isAbort(error)) throw error;
    }
    await pause(pauseMs);
  }
}

/**
 * The form shows a text by the status line, which is empty over HTTP/2.
 * @type {typeof fetch}
 */
async function signIn(input, init) {
  const response = await original(input, init);
  if (response.ok) return response;
  const texts = { 401: 'Sign-in failed', 429: 'Too many tries' };
  const statusText = texts[/** @type {keyof typeof texts} */ (response.status)] ?? 'Error';
  return new Response(await response.text(), { status: response.status, statusText, headers: response.headers });
}

/* The page asks for a cookie for load balancers before each connection, and mixes its connections up when two answers come in the
   other order: then an opened conversation never appears. No such cookie is in use here, so the answer is given at once. */
const noCookie = () => Promise.resolve(Response.json({ message: 'No cookie is needed.' }));

window.fetch = (input, init) => {
  const address = new URL(input instanceof Request ? input.url : input, location.href);
  const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
  if (address.origin === location.origin) {
    if (address.pathname === '/user' && method === 'GET') return askUntilAnswered(input, init);
    if (address.pathname === '/set-session-cookie') return noCookie();
    if (address.pathname === '/login' && method === 'POST') return signIn(input, init);
  }
  return original(input, init);
};
