/* The side panel: the source behind a footnote, beside the answer. It lives outside the page's React tree, so that nothing there
   can lose it. On narrow windows it is a sheet over the whole page. */
import { drawing, make, name } from '../lib/dom.js';
import { CLOSE } from '../lib/embed.js';
import { onLink, pathOf } from '../lib/links.js';
import { t } from '../lib/words.js';
import { Width } from './width.js';

const OPEN_KEY = 'footnote.panel.open'; // in the session's storage: what is open
const SHEET = 'footnoteSheet'; // in the history's state: what the sheet shows
const LINKS = 'a[href^="/cite/"], a[href^="/jobs/"], a[href^="/answers/"]:not([href*="#"])';
const DIALOGS = '[role="dialog"][data-state="open"], [role="menu"][data-state="open"], dialog[open]';
const PICTURES = { back: 'M15 5l-7 7 7 7', on: 'M9 5l7 7-7 7', close: 'M6 6l12 12M18 6L6 18' };

const narrow = window.matchMedia('(max-width: 900px)');
const root = document.documentElement;

const theme = () => (root.classList.contains('dark') ? 'dark' : 'light');

/** @param {string} path */
const threadOf = (path) => path.match(/^\/thread\/([^/]+)/)?.[1] ?? null;

/** @param {string} href */
function addressOf(href) {
  const address = new URL(href, location.href);
  address.searchParams.set('embed', '1');
  address.searchParams.set('theme', theme());
  return address.pathname + address.search + address.hash;
}

/**
 * The footnotes of the same answer, by number.
 * @param {string} href
 */
function neighbours(href) {
  const run = href.match(/^\/cite\/[^/]+\//)?.[0];
  if (!run) return [];
  const isNumber = !href.includes('#'); // those of the passages that come nearest end in #passage
  const links = [...document.querySelectorAll(`#root .message-content a[href^="${CSS.escape(run)}"]`)];
  const found = links.map(pathOf).filter((path) => path.includes('#') !== isNumber);
  const numberOf = (/** @type {string} */ path) => Number.parseInt(path.split('/').pop() ?? '', 10);
  return [...new Set(found)].sort((one, other) => numberOf(one) - numberOf(other));
}

/** @param {string} href */
function titleOf(href) {
  const number = href.match(/^\/cite\/[^/]+\/(\d+)/)?.[1];
  if (number) return t('Footnote %(number)s', { number });
  return href.startsWith('/answers/') ? t('How this was found') : t('Document');
}

class Panel {
  /** @type {{ href: string, thread: string | null } | null} */
  #opened = null;
  /** @type {HTMLElement | null} */
  #from = null; // the link that was followed
  #rule = new CSSStyleSheet();
  #width = new Width();
  #title = make('h2', { id: 'fn-panel-title' });
  #back = button(t('Previous footnote'), PICTURES.back, () => this.#turn(-1), { class: 'fn-turn' });
  #on = button(t('Next footnote'), PICTURES.on, () => this.#turn(1), { class: 'fn-turn' });
  #shut = button(t('Close source'), PICTURES.close, () => this.close(), { title: t('Close (Esc)') });
  #frame = make('iframe', { title: t('Source') });
  #node = make(
    'aside',
    { id: 'fn-panel', 'aria-labelledby': 'fn-panel-title', hidden: true },
    this.#width.grip,
    make('header', {}, this.#title, this.#back, this.#on, this.#shut),
    this.#frame,
  );

  constructor() {
    document.body.append(this.#node);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#rule];
    this.#frame.addEventListener('load', () => this.#paint());
    this.#node.addEventListener('keydown', (event) => this.#keepFocus(event));
    narrow.addEventListener('change', () => this.#becomeSheet());
    window.addEventListener('resize', () => this.#opened && this.#width.restore());
    new MutationObserver(() => this.#paint()).observe(root, { attributes: true, attributeFilter: ['class'] });
  }

  get isOpen() {
    return this.#opened !== null;
  }

  /**
   * @param {string} href
   * @param {HTMLElement | null} [from] the link that was followed
   */
  open(href, from = null) {
    this.#from = from;
    const isNew = this.#opened?.href !== href;
    this.#opened = { href, thread: threadOf(location.pathname) };
    this.#width.restore();
    this.#node.hidden = false;
    root.classList.add('fn-panel-open');
    this.#describe(href);
    if (isNew) {
      this.#frame.classList.add('fn-loading');
      // replace(), so that the browser's Back leaves the conversation and not the source
      this.#frame.contentWindow?.location.replace(addressOf(href));
    }
    this.#changed();
    if (narrow.matches) this.#enter(href);
    this.#shut.focus({ preventScroll: true });
  }

  /**
   * A sheet covers the conversation: the browser's Back closes it, as on a phone it is expected to.
   * @param {string} href
   */
  #enter(href) {
    const state = { ...history.state, [SHEET]: href };
    if (history.state?.[SHEET]) history.replaceState(state, '');
    else history.pushState(state, '');
  }

  /* Back or Forward was pressed. */
  travelled() {
    const href = history.state?.[SHEET];
    if (!href && this.isOpen && narrow.matches) this.close();
    else if (href && !this.isOpen && narrow.matches) this.open(href);
  }

  close() {
    if (!this.#opened) return;
    const { href } = this.#opened;
    if (history.state?.[SHEET] === href) history.back();
    this.#opened = null;
    this.#node.hidden = true;
    root.classList.remove('fn-panel-open');
    this.#frame.contentWindow?.location.replace('about:blank');
    this.#changed();
    const link = this.#from?.isConnected ? this.#from : document.querySelector(`#root a[href="${CSS.escape(href)}"]`);
    if (link instanceof HTMLElement) link.focus({ preventScroll: true });
  }

  /** @param {string} href */
  #describe(href) {
    this.#title.textContent = titleOf(href);
    const row = neighbours(href);
    const at = row.indexOf(href);
    this.#back.hidden = this.#on.hidden = row.length < 2;
    this.#back.disabled = at <= 0;
    this.#on.disabled = at < 0 || at >= row.length - 1;
  }

  /** @param {1 | -1} step */
  #turn(step) {
    if (!this.#opened) return;
    const row = neighbours(this.#opened.href);
    const next = row[row.indexOf(this.#opened.href) + step];
    if (next) this.open(next);
    const pressed = step < 0 ? this.#back : this.#on;
    if (!pressed.disabled) pressed.focus();
  }

  #changed() {
    this.#becomeSheet();
    this.#mark();
    this.#remember();
  }

  /* A sheet covers the page: then the page behind it must not be reached. */
  #becomeSheet() {
    const isSheet = this.isOpen && narrow.matches;
    document.getElementById('root')?.toggleAttribute('inert', isSheet);
    this.#node.setAttribute('role', isSheet ? 'dialog' : 'complementary');
    this.#node.toggleAttribute('aria-modal', isSheet);
  }

  /** @param {KeyboardEvent} event */
  #keepFocus(event) {
    if (event.key !== 'Tab' || !narrow.matches || !event.shiftKey) return;
    if (document.activeElement === this.#shut && this.#back.hidden) event.preventDefault();
  }

  /* The footnote that is open, marked in the text: by a rule, since React owns the links. */
  #mark() {
    const href = this.#opened?.href ?? '';
    const look =
      '--fn-current: 1; background: hsl(var(--primary)) !important; color: hsl(var(--primary-foreground)) !important;';
    this.#rule.replaceSync(href.startsWith('/cite/') ? `#root a[href="${CSS.escape(href)}"] { ${look} }` : '');
  }

  /* The page in the frame looks as this one does, and gives the panel its title. */
  #paint() {
    this.#frame.classList.remove('fn-loading');
    const page = this.#frame.contentDocument;
    if (!page?.documentElement || !this.#opened) return;
    page.documentElement.dataset.theme = theme();
    if (page.title) this.#title.replaceChildren(name(page.title));
  }

  #remember() {
    if (this.#opened?.thread) sessionStorage.setItem(OPEN_KEY, JSON.stringify(this.#opened));
    else sessionStorage.removeItem(OPEN_KEY);
  }

  /* The chat shows another conversation, or a new one has got its address. */
  moved() {
    const thread = threadOf(location.pathname);
    if (!this.#opened || thread === this.#opened.thread) return;
    if (this.#opened.thread !== null || !thread) return this.close();
    this.#opened.thread = thread;
    this.#remember();
  }

  /** @param {EventTarget | null} target */
  holds(target) {
    return target instanceof Node && this.#node.contains(target);
  }

  /** @param {unknown} sender */
  isFrame(sender) {
    return sender === this.#frame.contentWindow;
  }
}

/**
 * @param {string} label
 * @param {string} picture
 * @param {() => void} onclick
 * @param {{ [name: string]: string }} more
 */
function button(label, picture, onclick, more) {
  return make('button', { type: 'button', 'aria-label': label, onclick, ...more }, drawing(picture));
}

/** @type {Panel | null} */
let panel = null; // made when something is opened for the first time

/**
 * @param {string} href
 * @param {HTMLElement} [from]
 */
function open(href, from) {
  panel ??= new Panel();
  panel.open(href, from);
}

/**
 * What a link opens: an entry of the list under an answer opens what its number in the text does.
 * @param {HTMLElement} link
 */
const targetOf = (link) => (link.closest('.fn-sources') ? pathOf(link).replace('#passage', '') : pathOf(link));

/* Over a reload, a source that is open beside its answer stays open. */
function recall() {
  try {
    const { href, thread } = JSON.parse(sessionStorage.getItem(OPEN_KEY) ?? '{}');
    if (thread && thread === threadOf(location.pathname) && href.startsWith('/cite/') && !narrow.matches) open(href);
  } catch {
    sessionStorage.removeItem(OPEN_KEY);
  }
}

for (const change of /** @type {const} */ (['pushState', 'replaceState'])) {
  const theirs = history[change].bind(history);
  history[change] = (...args) => {
    theirs(...args);
    queueMicrotask(() => panel?.moved());
  };
}
window.addEventListener('popstate', () => {
  panel?.moved();
  panel?.travelled();
});

onLink(LINKS, (link) => open(targetOf(link), link));

/* A tooltip that is just going away takes an Escape too; one that is pressed within the panel is the panel's all the same. */
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !panel?.isOpen || document.querySelector(DIALOGS)) return;
  if (!event.defaultPrevented || panel.holds(event.target)) panel.close();
});

/* The page passes every window message on to the server; ours is for here. */
window.addEventListener(
  'message',
  (event) => {
    if (!panel?.isFrame(event.source)) return;
    event.stopImmediatePropagation();
    if (event.origin === location.origin && event.data?.type === CLOSE) panel.close();
  },
  true,
);

recall();
