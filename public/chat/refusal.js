/* "Tell an admin" under a refusal. A refusal ends in a link to /answers/{run}#tell, which stands in the stored message. React owns its
   text: only attributes of ours are set, and what becomes of it is drawn by ::after. */
/** @import { ReviewReceipt } from '../lib/api_types.js' */
import { answerLinks, onLink } from '../lib/links.js';
import { onTold, saying, tell, toldOf } from '../lib/tell.js';
import { watch } from '../lib/watch.js';

const links = answerLinks('tell');

/** @type {Map<string, ReviewReceipt | null>} */
const known = new Map(); // run → what was told; null: nothing

/** @param {HTMLAnchorElement} link */
function show(link) {
  const told = known.get(links.runOf(link));
  if (link.role !== 'button') link.role = 'button';
  if (!told) return void delete link.dataset.told;
  const says = saying(told);
  if (link.dataset.told === says) return;
  link.dataset.told = says;
  link.ariaLabel = says;
  link.ariaDisabled = 'true';
}

const showAll = () => links.all().forEach(show);

/** @param {string} run */
async function learn(run) {
  if (known.has(run)) return;
  known.set(run, null);
  try {
    known.set(run, await toldOf(run));
  } catch {
    known.delete(run); // offline: the next time the page changes it is asked again
  }
  showAll();
}

onLink(links.selector, async (link) => {
  const run = links.runOf(link);
  if (known.get(run)) return;
  const told = await tell(run);
  if (!told) return;
  known.set(run, told);
  showAll();
});

onTold((run, told) => {
  known.set(run, told);
  showAll();
});

watch(() => {
  showAll();
  for (const link of links.all()) learn(links.runOf(link));
});
