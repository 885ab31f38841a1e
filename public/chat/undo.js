/* A deleted conversation can be had back for ten seconds: only then, or when the page is left, is the server told. */
import { standBefore } from '../lib/fetches.js';
import { t } from '../lib/words.js';
import { hush, toast } from './toast.js';

const HOLD_MS = 10_000;
const FAILED_MS = 8000;

/** @type {Map<string, { timer: number, init: RequestInit | undefined }>} */
const held = new Map(); // by conversation
/** @type {Set<string>} */
const gone = new Set(); // conversations that were deleted in this page, held or not

/** @param {string} thread */
export const isGone = (thread) => gone.has(thread);

/** @param {string} thread */
async function remove(thread) {
  const waiting = held.get(thread);
  if (!waiting) return;
  clearTimeout(waiting.timer);
  held.delete(thread);
  const response = await behind('/project/thread', { ...waiting.init, keepalive: true }).catch(() => null);
  if (response?.ok || response?.status === 404) return;
  gone.delete(thread);
  toast(t('The conversation could not be deleted.'), FAILED_MS);
}

const removeAll = () => Promise.all([...held.keys()].map(remove));

/** @param {string} thread */
function bringBack(thread) {
  clearTimeout(held.get(thread)?.timer);
  held.delete(thread);
  gone.delete(thread);
  location.assign(`/thread/${encodeURIComponent(thread)}`);
}

/**
 * @param {RequestInit | undefined} init
 * @param {() => Promise<Response>} pass
 */
function hold(init, pass) {
  const { threadId: thread } = JSON.parse(String(init?.body ?? '{}'));
  if (typeof thread !== 'string') return pass();
  const timer = setTimeout(() => {
    hush();
    remove(thread);
  }, HOLD_MS);
  held.set(thread, { timer, init });
  gone.add(thread);
  toast(t('The conversation is deleted.'), HOLD_MS, [
    [t('Undo'), () => bringBack(thread)],
    [t('Close'), () => remove(thread)],
  ]);
  return Promise.resolve(Response.json({ success: true }));
}

/**
 * The list of conversations, without those that wait for their end.
 * @param {() => Promise<Response>} pass
 */
async function listed(pass) {
  const response = await pass();
  if (!response.ok || !held.size) return response;
  const page = await response.json();
  const data = page.data.filter((/** @type {{ id: string }} */ thread) => !held.has(thread.id));
  return Response.json({ ...page, data });
}

const behind = standBefore(async ({ path, method, init }, pass) => {
  if (path === '/project/thread' && method === 'DELETE') return hold(init, pass);
  if (path === '/project/threads' && method === 'POST') return listed(pass);
  if (path === '/logout' && method === 'POST') await removeAll(); // while the server still knows who asks
  return pass();
});
window.addEventListener('pagehide', removeAll);
