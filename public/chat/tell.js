/* "Tell an admin" under a refusal, and for admins the way to what they were told. A refusal ends in a link to /answers/{run}#tell,
   which stands in the stored message. React owns its text: only attributes of ours are set, and what becomes of it is drawn by ::after. */
import { onTold, tell, toldOf } from '../lib/tell.js';

const LINK = 'a[href^="/answers/"][href$="#tell"]';
const SAYS = { open: 'Sent to the admins', done: 'Settled by an admin' };
const COUNT_MS = 60_000;
const TRAY = 'M4 13l2.500-8h11l2.500 8v6H4z M4 13h5l1.500 2.500h3L15 13h5';

const known = new Map(); // run → what was told; null: nothing
const runOf = (link) => link.getAttribute('href').slice('/answers/'.length, -'#tell'.length);

function show(link) {
  const says = SAYS[known.get(runOf(link))?.state];
  if (link.role !== 'button') link.role = 'button';
  if (says ? link.dataset.told === says : !link.dataset.told) return;
  if (!says) return void delete link.dataset.told;
  link.dataset.told = link.ariaLabel = says;
  link.ariaDisabled = 'true';
}

const showAll = () => document.querySelectorAll(`#root ${LINK}`).forEach(show);

async function learn(run) {
  if (known.has(run)) return;
  known.set(run, null);
  try {
    known.set(run, (await toldOf(run)) ?? null);
  } catch {
    known.delete(run); // offline: the next time the page changes it is asked again
  }
  showAll();
}

document.addEventListener(
  'click',
  async (event) => {
    const link = event.target instanceof Element && event.target.closest(`#root ${LINK}`);
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const run = runOf(link);
    if (known.get(run)) return;
    const told = await tell(run);
    if (!told) return;
    known.set(run, told);
    showAll();
  },
  true,
);

onTold((run, told) => {
  known.set(run, told);
  showAll();
  count();
});

/* For admins */

let isAdmin = null; // null: not asked yet
let open = 0;

function build() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', TRAY);
  svg.append(line);
  const link = Object.assign(document.createElement('a'), {
    id: 'fn-reviews',
    href: '/reviews',
    title: 'What people told the admins',
  });
  link.append(
    svg,
    Object.assign(document.createElement('span'), { textContent: 'Reviews' }),
    Object.assign(document.createElement('b'), { hidden: true }),
  );
  link.addEventListener('click', () => sessionStorage.setItem('footnote.chat', location.pathname));
  return link;
}

function place() {
  const library = document.getElementById('fn-library');
  if (!library) return void (isAdmin = null); // the sign-in page: the next one may be somebody else
  if (isAdmin === null) ask();
  if (!isAdmin) return;
  if (!document.getElementById('fn-reviews')) library.after(build());
  const link = document.getElementById('fn-reviews');
  const badge = link.querySelector('b');
  const text = open > 99 ? '99+' : String(open);
  if (badge.textContent !== text) badge.textContent = text;
  badge.hidden = open === 0;
  link.ariaLabel = open ? `Reviews, ${open} open` : 'Reviews';
}

async function get(path) {
  const response = await fetch(path, { headers: { accept: 'application/json' } });
  return response.ok ? response.json() : null;
}

async function ask() {
  isAdmin = false;
  try {
    isAdmin = (await get('/api/auth/me'))?.role === 'admin';
    await count();
  } catch {
    /* offline: without the link until the page is loaded again */
  }
}

async function count() {
  if (!isAdmin || document.hidden) return;
  open = (await get('/api/review-items?limit=1').catch(() => null))?.counts.open ?? open;
  place();
}

setInterval(count, COUNT_MS);
document.addEventListener('visibilitychange', count);

let isScheduled = false;
new MutationObserver(() => {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    place();
    for (const link of document.querySelectorAll(`#root ${LINK}`)) {
      show(link);
      learn(runOf(link));
    }
  });
}).observe(document.documentElement, { childList: true, subtree: true });
