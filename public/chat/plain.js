/* What the page says when something was refused: the server's sentence, once, and no word of HTTP before it; and of a server that cannot be
   reached nothing in the words of programs. */
import { watch } from '../lib/watch.js';
import { told } from '../lib/words.js';

const UNREACHABLE = 'The server cannot be reached.';
const OF_PROGRAMS = /^(?:Error fetching threads|Couldn't resume chat)/; // a line above the conversation says the same

/**
 * The page shows the status and then the sentence: here the sentence stands for the status.
 * @param {Response} response
 */
export async function plainly(response) {
  const { detail, ...body } = await response
    .clone()
    .json()
    .catch(() => ({}));
  if (typeof detail !== 'string') return response;
  Object.defineProperty(response, 'statusText', { value: detail }); // a new Response takes Latin letters only
  Object.defineProperty(response, 'json', { value: () => Promise.resolve(body) });
  return response;
}

/* In place of no response at all, of which the page would say nothing or the browser's own words. */
export function unreachable() {
  const response = Response.json({}, { status: 503 });
  Object.defineProperty(response, 'statusText', { value: told(UNREACHABLE) });
  return response;
}

/* Some refusals are told twice at once. */
function hide() {
  const seen = new Set(['']);
  for (const toast of document.querySelectorAll('[data-sonner-toast]')) {
    const text = toast.textContent?.trim() ?? '';
    toast.toggleAttribute('data-fn-hidden', seen.has(text) || OF_PROGRAMS.test(text));
    seen.add(text);
  }
}

watch(hide);
