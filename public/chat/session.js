/* Stays on the page through short outages, and says why a sign-in failed. It stands in front of window.fetch and WebSocket.

   The page asks /user whenever it is focused or comes back online, and takes any failure for a sign-out: it would leave the
   conversation for the sign-in page. Only an answer of the server (401) means that. */
import { isAbort } from '../lib/abort.js';
import { standBefore } from '../lib/fetches.js';
import { t } from '../lib/words.js';
import { wrong } from './notes.js';
import { leaving, person, refused, signedIn, signedOut } from './place.js';
import { plainly, unreachable } from './plain.js';

const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 5000;
const OF_THE_PAGE = /^\/(?:project\/|feedback$)/; // other requests are ours: they say themselves what went wrong
let isSigningOut = false;

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

/** @typedef {() => Promise<Response>} Pass */

/**
 * @param {Pass} pass
 * @param {AbortSignal | null} [signal]
 */
async function askUntilAnswered(pass, signal) {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)) {
    if (signal?.aborted) throw new DOMException('Aborted', 'AbortError');
    const asker = person();
    try {
      const response = await pass();
      if (response.status === 401) refused(asker);
      if (!isUnavailable(response)) return response;
    } catch (error) {
      if (isAbort(error)) throw error;
    }
    await pause(pauseMs);
  }
}

/**
 * Who is signed in. Back from the sign-in page, whoever was elsewhere is led there, and nothing is shown before.
 * @param {Pass} pass
 * @param {AbortSignal | null} [signal]
 */
async function askWho(pass, signal) {
  const asker = person();
  const response = await askUntilAnswered(pass, signal);
  if (!response.ok || (asker && !person())) return response; // whoever has signed out meanwhile is not signed in
  const { identifier } = await response.clone().json();
  return signedIn(String(identifier)) ? new Promise(() => {}) : response;
}

/**
 * Any other request: a 401 sends the page to the sign-in page.
 * @param {string} path
 * @param {Pass} pass
 */
async function heeded(path, pass) {
  const asker = person();
  const response = await pass().catch((error) => {
    if (isAbort(error) || !OF_THE_PAGE.test(path)) throw error;
    return unreachable();
  });
  if (response.status === 401) refused(asker);
  return response.ok ? response : plainly(response);
}

/**
 * The form shows a text by the status line, which is empty over HTTP/2.
 * @param {Pass} pass
 */
async function signIn(pass) {
  const response = await pass();
  if (response.ok) return response;
  const texts = { 401: 'Sign-in failed', 429: 'Too many tries' };
  const statusText = texts[/** @type {keyof typeof texts} */ (response.status)] ?? 'Error';
  return new Response(await response.text(), { status: response.status, statusText, headers: response.headers });
}

/**
 * Signing out here is signing out at the provider too, for whoever came from one: else the next click on its button would sign in again.
 * @param {Pass} pass
 */
async function signOut(pass) {
  isSigningOut = true; // the first of the two closes the socket, which must not make the page leave before the second
  leaving(true);
  const ended = await behind('/api/sso/logout', { method: 'POST' }).catch(() => null);
  if (ended?.ok) signedOut(); // at once: whatever comes now can make the page leave
  const { url } = ended?.ok ? await ended.json() : { url: '' };
  const response = await pass().catch(unreachable);
  if (response.ok) signedOut();
  else if (!ended?.ok) {
    leaving(false);
    wrong(t('You are still signed in: the server cannot be reached.'));
  }
  if (/^https?:/.test(url))
    location.assign(url); // it sends the browser back to the sign-in page
  else setTimeout(leaveWhenSignedOut); // when the caller has had the response
  isSigningOut = false;
  return response;
}

/* The page asks for a cookie for load balancers before each connection, and mixes its connections up when two answers come in the
   other order: then an opened conversation never appears. No such cookie is in use here, so the answer is given at once. */
const noCookie = () => Promise.resolve(Response.json({ message: 'No cookie is needed.' }));

const behind = standBefore(({ path, method, init }, pass) => {
  if (path === '/user' && method === 'GET') return askWho(pass, init?.signal);
  if (path === '/set-session-cookie') return noCookie();
  if (path === '/login' && method === 'POST') return signIn(pass);
  if (path === '/logout' && method === 'POST') return signOut(pass);
  return heeded(path, pass);
});

/* The server refuses a socket without an open sign-in, which the page takes for an outage: it would try again for ever. Only the server
   knows which of the two it is. */
async function leaveWhenSignedOut() {
  if (isSigningOut) return;
  const response = await behind('/api/auth/me').catch(() => null);
  if (response?.status !== 401) return;
  location.reload(); // to the sign-in page
}

window.WebSocket = class extends WebSocket {
  /**
   * @param {string | URL} url
   * @param {string | string[]} [protocols]
   */
  constructor(url, protocols) {
    super(url, protocols);
    let isOpen = false;
    this.addEventListener('open', () => {
      isOpen = true;
    });
    this.addEventListener('close', () => {
      if (!isOpen) leaveWhenSignedOut();
    });
  }
};
