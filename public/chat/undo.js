/* A deleted conversation can be had back for ten seconds: only then, or when the page is left, is the server told. It stands in front of
   window.fetch, as session.js does. */
import { t } from '../lib/words.js';
import { hush, toast } from './toast.js';

const HOLD_MS = 10_000;
const FAILED_MS = 8000;
const original = window.fetch.bind(window);

/** @type {Map<string, { timer: number, init: RequestInit | undefined }>} */
const held = new Map(); // by conversation

/** @param {string} thread */
async function remove(thread) {
  const waiting = held.get(thread);
  if (!waiting) return;
  clearTimeout(waiting.timer);
  held.delete(thread);
  const response = await original('/project/thread', { ...waiting.init, keepalive: true }).catch(() => null);
  if (!response?.ok && response?.status !== 404) toast(t('The conversation could not be deleted.'), FAILED_MS);
}

const removeAll = () => Promise.all([...held.keys()].map(remove));

/** @param {string} thread */
function bringBack(thread) {
  clearTimeout(held.get(thread)?.timer);
  held.delete(thread);
  location.assign(`/thread/${encodeURIComponent(thread)}`);
}

/** @param {RequestInit | undefined} init */
function hold(init) {
  const { threadId: thread } = JSON.parse(String(init?.body ?? '{}'));
  if (typeof thread !== 'string') return original('/project/thread', init);
  const timer = setTimeout(() => {
    hush();
    remove(thread);
  }, HOLD_MS);
  held.set(thread, { timer, init });
  toast(t('The conversation is deleted.'), HOLD_MS, [
    [t('Undo'), () => bringBack(thread)],
    [t('Close'), () => remove(thread)],
  ]);
  return Promise.resolve(Response.json({ success: true }));
}

/**
 * The list of conversations, without those that wait for their end.
 * @type {typeof fetch}
 */
async function listed(input, init) {
  const response = await original(input, init);
  if (!response.ok || !held.size) return response;
  const page = await response.json();
  const data = page.data.filter((/** @type {{ id: string }} */ thread) => !held.has(thread.id));
  return Response.json({ ...page, data });
}

window.fetch = async (input, init) => {
  const address = new URL(input instanceof Request ? input.url : input, location.href);
  const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
  if (address.origin !== location.origin) return original(input, init);
  if (address.pathname === '/project/thread' && method === 'DELETE') return hold(init);
  if (address.pathname === '/project/threads' && method === 'POST') return listed(input, init);
  if (address.pathname === '/logout' && method === 'POST') await removeAll(); // while the server still knows who asks
  return original(input, init);
};
window.addEventListener('pagehide', removeAll);
