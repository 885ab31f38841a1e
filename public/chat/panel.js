/* The side panel: the source behind a footnote, beside the answer. It lives outside the page's React tree, so that nothing there
   can lose it. On narrow windows it is a sheet over the whole page. */

import { name } from '../lib/dom.js';

const WIDTH_KEY = 'footnote.panel.width';
const OPEN_KEY = 'footnote.panel.open';
const LEAST_PX = 320;
const LEAST_CHAT_PX = 380;
const STEP_PX = 40;
const LINKS = 'a[href^="/cite/"], a[href^="/jobs/"], a[href^="/answers/"]:not([href$="#tell"], [href$="#again"])';

const narrow = window.matchMedia('(max-width: 900px)');
const root = document.documentElement;
let parts = null;
let opened = null; // { href, thread }

const theme = () => (root.classList.contains('dark') ? 'dark' : 'light');
const threadOf = (path) => path.match(/^\/thread\/([^/]+)/)?.[1] ?? null;

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

function build() {
  const title = element('h2', { id: 'fn-panel-title' });
  const back = element(
    'button',
    { type: 'button', class: 'fn-turn', 'aria-label': 'Previous footnote' },
    icon('M15 5l-7 7 7 7'),
  );
  const on = element(
    'button',
    { type: 'button', class: 'fn-turn', 'aria-label': 'Next footnote' },
    icon('M9 5l7 7-7 7'),
  );
  const shut = element(
    'button',
    { type: 'button', 'aria-label': 'Close source', title: 'Close (Esc)' },
    icon('M6 6l12 12M18 6L6 18'),
  );
  const bar = element('header', {}, title, back, on, shut);
  const frame = element('iframe', { title: 'Source' });
  const grip = element('div', {
    role: 'separator',
    'aria-orientation': 'vertical',
    'aria-label': 'Width of the source',
    tabindex: '0',
  });
  const panel = element('aside', { id: 'fn-panel', 'aria-labelledby': 'fn-panel-title', hidden: '' }, grip, bar, frame);
  document.body.append(panel);
  shut.addEventListener('click', () => close());
  back.addEventListener('click', () => turn(-1));
  on.addEventListener('click', () => turn(1));
  frame.addEventListener('load', paint);
  grip.addEventListener('pointerdown', drag);
  grip.addEventListener('keydown', nudge);
  panel.addEventListener('keydown', keepFocus);
  return { panel, title, back, on, shut, frame, grip };
}

/* Width */

const roomPx = () => Math.max(LEAST_PX, window.innerWidth - LEAST_CHAT_PX);

function setWidth(px, isKept = true) {
  const width = Math.round(Math.min(Math.max(px, LEAST_PX), roomPx()));
  root.style.setProperty('--fn-panel-width', `${width}px`);
  for (const [name, value] of [
    ['valuenow', width],
    ['valuemin', LEAST_PX],
    ['valuemax', roomPx()],
  ])
    parts.grip.setAttribute(`aria-${name}`, value);
  if (isKept) localStorage.setItem(WIDTH_KEY, width);
}

const storedWidth = () => Number(localStorage.getItem(WIDTH_KEY)) || window.innerWidth * 0.42;

function drag(event) {
  event.preventDefault();
  parts.grip.setPointerCapture(event.pointerId);
  root.classList.add('fn-dragging'); // or the frame would swallow the pointer
  const move = (moved) => setWidth(window.innerWidth - moved.clientX);
  const stop = () => {
    root.classList.remove('fn-dragging');
    parts.grip.removeEventListener('pointermove', move);
  };
  parts.grip.addEventListener('pointermove', move);
  parts.grip.addEventListener('lostpointercapture', stop, { once: true });
}

function nudge(event) {
  const step = { ArrowLeft: STEP_PX, ArrowRight: -STEP_PX }[event.key];
  if (!step) return;
  event.preventDefault();
  setWidth(parts.panel.offsetWidth + step);
}

window.addEventListener('resize', () => opened && setWidth(storedWidth(), false));

/* Open and close */

function addressOf(href) {
  const address = new URL(href, location.href);
  address.searchParams.set('embed', '1');
  address.searchParams.set('theme', theme());
  return address.pathname + address.search + address.hash;
}

export function open(href) {
  parts ??= build();
  const isNew = opened?.href !== href;
  opened = { href, thread: threadOf(location.pathname) };
  setWidth(storedWidth(), false);
  parts.panel.hidden = false;
  root.classList.add('fn-panel-open');
  describe(href);
  if (isNew) {
    parts.frame.classList.add('fn-loading');
    // replace(), so that the browser's Back leaves the conversation and not the source
    if (parts.frame.contentWindow) parts.frame.contentWindow.location.replace(addressOf(href));
  }
  becomeSheet();
  mark();
  remember();
  parts.shut.focus({ preventScroll: true });
}

export function close() {
  if (!opened) return;
  const { href } = opened;
  opened = null;
  parts.panel.hidden = true;
  root.classList.remove('fn-panel-open');
  parts.frame.contentWindow?.location.replace('about:blank');
  becomeSheet();
  mark();
  remember();
  document.querySelector(`#root a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
}

function describe(href) {
  const number = href.match(/^\/cite\/[^/]+\/(\d+)/)?.[1];
  parts.title.textContent = number
    ? `Footnote ${number}`
    : href.startsWith('/answers/')
      ? 'How this was found'
      : 'Document';
  const row = neighbours();
  const place = row.indexOf(href);
  parts.back.hidden = parts.on.hidden = row.length < 2;
  parts.back.disabled = place <= 0;
  parts.on.disabled = place < 0 || place >= row.length - 1;
}

/* The footnotes of the same answer, by number. */
function neighbours() {
  const run = opened?.href.match(/^\/cite\/[^/]+\//)?.[0];
  if (!run) return [];
  const found = [...document.querySelectorAll(`#root a[href^="${CSS.escape(run)}"]`)].map((link) =>
    link.getAttribute('href'),
  );
  return [...new Set(found)].sort((a, b) => Number(a.split('/').pop()) - Number(b.split('/').pop()));
}

function turn(step) {
  const row = neighbours();
  const next = row[row.indexOf(opened.href) + step];
  const button = step < 0 ? parts.back : parts.on;
  if (next) open(next);
  if (!button.disabled) button.focus();
}

/* A sheet covers the page: then the page behind it must not be reached. */
function becomeSheet() {
  const isSheet = Boolean(opened) && narrow.matches;
  document.getElementById('root')?.toggleAttribute('inert', isSheet);
  parts?.panel.setAttribute('role', isSheet ? 'dialog' : 'complementary');
  parts?.panel.toggleAttribute('aria-modal', isSheet);
}
narrow.addEventListener('change', becomeSheet);

function keepFocus(event) {
  if (event.key !== 'Tab' || !narrow.matches || event.shiftKey === false) return;
  if (document.activeElement === parts.shut && parts.back.hidden) event.preventDefault();
}

/* The footnote that is open, marked in the text: by a rule, since React owns the links. */
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
function mark() {
  const rule = opened
    ? `#root a[href="${CSS.escape(opened.href)}"] { --fn-current: 1; background: hsl(var(--primary)) !important; color: hsl(var(--primary-foreground)) !important; }`
    : '';
  sheet.replaceSync(opened?.href.startsWith('/cite/') ? rule : '');
}

function paint() {
  parts.frame.classList.remove('fn-loading');
  const page = parts.frame.contentDocument?.documentElement;
  if (!page || !opened) return;
  page.dataset.theme = theme();
  if (parts.frame.contentDocument.title) parts.title.replaceChildren(name(parts.frame.contentDocument.title));
}
new MutationObserver(() => parts && paint()).observe(root, { attributes: true, attributeFilter: ['class'] });

/* Over reloads, and from one conversation to the next */

function remember() {
  if (opened?.thread) sessionStorage.setItem(OPEN_KEY, JSON.stringify(opened));
  else sessionStorage.removeItem(OPEN_KEY);
}

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(OPEN_KEY));
    if (
      kept?.thread &&
      kept.thread === threadOf(location.pathname) &&
      kept.href.startsWith('/cite/') &&
      !narrow.matches
    )
      open(kept.href);
  } catch {
    sessionStorage.removeItem(OPEN_KEY);
  }
}

function moved() {
  const thread = threadOf(location.pathname);
  if (!opened || thread === opened.thread) return;
  if (opened.thread === null && thread) {
    opened.thread = thread; // a new conversation has got its address
    remember();
  } else close();
}

for (const name of ['pushState', 'replaceState']) {
  const theirs = history[name].bind(history);
  history[name] = (...args) => {
    theirs(...args);
    queueMicrotask(moved);
  };
}
window.addEventListener('popstate', moved);

/* Links and keys */

document.addEventListener(
  'click',
  (event) => {
    const link = event.target instanceof Element && event.target.closest(LINKS);
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    open(link.getAttribute('href'));
  },
  true,
);

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !opened || event.defaultPrevented) return;
  if (document.querySelector('[role="dialog"][data-state="open"], [role="menu"][data-state="open"]')) return;
  close();
});

/* The page passes every window message on to the server; ours is for here. */
window.addEventListener(
  'message',
  (event) => {
    if (!parts || event.source !== parts.frame.contentWindow) return;
    event.stopImmediatePropagation();
    if (event.origin === location.origin && event.data?.type === 'footnote:close') close();
  },
  true,
);

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', recall);
else recall();
