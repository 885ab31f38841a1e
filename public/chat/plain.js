/* What the page says when something was refused: the server's sentence, once, and no word of HTTP before it. */
import { watch } from '../lib/watch.js';

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

/* Some refusals are told twice at once. */
function hideRepeated() {
  const seen = new Set(['']);
  for (const toast of document.querySelectorAll('[data-sonner-toast]')) {
    const text = toast.textContent?.trim() ?? '';
    const isRepeated = seen.has(text);
    toast.toggleAttribute('data-fn-repeated', isRepeated);
    seen.add(text);
  }
}

watch(hideRepeated);
