/* What was found of each conversation in the search: the words around the match, below its name. The server sends them with the list; the
   page shows names alone. */
import { standBefore } from '../lib/fetches.js';
import { watch } from '../lib/watch.js';

const ID_CHARS = 36;

/** @type {Map<string, string>} */
const snippets = new Map(); // by conversation, of the last search

standBefore(async ({ path, init }, pass) => {
  const response = await pass();
  if (path === '/project/threads' && response.ok) take(await response.clone().json(), String(init?.body ?? ''));
  return response;
});

/**
 * @param {{ data: { id: string, metadata?: { snippet?: string } }[] }} page
 * @param {string} asked
 */
function take(page, asked) {
  if (!JSON.parse(asked || '{}').filter?.search) return;
  snippets.clear();
  for (const { id, metadata } of page.data) if (metadata?.snippet) snippets.set(id, metadata.snippet);
}

watch(() => {
  for (const option of document.querySelectorAll('[cmdk-item][data-value]')) {
    if (!(option instanceof HTMLElement)) continue;
    const snippet = snippets.get(option.dataset.value?.slice(-ID_CHARS) ?? '') ?? '';
    if ((option.dataset.snippet ?? '') !== snippet) option.dataset.snippet = snippet;
  }
});
