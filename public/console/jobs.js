/* Keeps the jobs page up to date: asks for its live part every few seconds while somebody looks. Without it, the page is reloaded by hand. */
const EVERY_MS = 2500;

const live = /** @type {HTMLElement} */ (document.getElementById('live'));
const lost = /** @type {HTMLElement} */ (document.getElementById('lost'));

async function refresh() {
  try {
    const response = await fetch(`/admin/jobs/live${location.search}`, { redirect: 'error' });
    if (!response.ok) throw new Error(`${response.status}`);
    replace(await response.text());
    lost.hidden = true;
  } catch {
    lost.textContent = live.dataset.lost ?? '';
    lost.hidden = false;
  }
}

/** Put the new part in the place of the old one; where the focus is stays where it is.
 * @param {string} html */
function replace(html) {
  const focused = live.contains(document.activeElement) ? document.activeElement?.id : '';
  const scrolled = [...live.querySelectorAll('.wide-table')].map((table) => table.scrollLeft);
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  live.replaceChildren(...parsed.body.childNodes);
  live.querySelectorAll('.wide-table').forEach((table, place) => {
    table.scrollLeft = scrolled[place] ?? 0;
  });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

setInterval(() => {
  if (!document.hidden) refresh();
}, EVERY_MS);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh();
});
