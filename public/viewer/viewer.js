/* The page behind a footnote: the cited page or section, the passage highlighted. Filled from /api/citations/{answer run}/{number}.
   All text goes in as text, so that nothing in a document can become markup. */
/** @import { CitationPage, SectionView } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { byId, make } from '../lib/dom.js';
import { closeOnEscape } from '../lib/embed.js';
import { say, sayError } from '../lib/notice.js';
import { placeOf } from '../lib/places.js';
import { count, t } from '../lib/words.js';
import { pageSheet } from './page.js';
import { textSheet } from './text.js';

const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]; // of the zoom; 1 fits the width
const MOST_PX = 1100; // width of a page at zoom 1
const MARGIN_PX = 24;
const OF_PAGES = {
  word: t('Page'),
  previous: t('Previous page (←)'),
  next: t('Next page (→)'),
  number: t('Page number'),
  home: t('page %(page)s'),
};
const OF_SECTIONS = {
  word: t('Section'),
  previous: t('Previous section (←)'),
  next: t('Next section (→)'),
  number: t('Section number'),
  home: t('section %(page)s'),
};

/**
 * @param {string} label
 * @param {string} text
 * @param {() => void} onclick
 * @param {string} [look]
 */
const button = (label, text, onclick, look) =>
  make('button', { type: 'button', title: label, 'aria-label': label, onclick, class: look }, text);

/* Title, turning, zoom and download around the sheet. */
class Viewer {
  #citation;
  #isPaged;
  #home; // number of the cited page or section
  #count;
  #number;
  #zoom = 1;
  #turns = 0;
  #query;
  #stage = make('div', { class: 'stage', tabindex: 0, role: 'region', 'aria-label': t('Source') });
  #percent = button(t('Fit the width (0)'), '', () => this.#setZoom(1), 'percent');
  #previous;
  #next;
  #back;
  #input;

  /**
   * @param {Element} root
   * @param {CitationPage} citation
   */
  constructor(root, citation) {
    this.#citation = citation;
    this.#isPaged = citation.kind === 'pages';
    this.#home = (this.#isPaged ? citation.page : citation.section) ?? 1;
    this.#count = (this.#isPaged ? citation.page_count : citation.section_count) ?? this.#home;
    this.#number = this.#home;
    this.#query = citation.version ? `version=${citation.version}` : '';
    const words = this.#isPaged ? OF_PAGES : OF_SECTIONS;
    this.#previous = button(words.previous, '‹', () => this.#go(this.#number - 1));
    this.#next = button(words.next, '›', () => this.#go(this.#number + 1));
    const onchange = () => this.#go(Number(this.#input.value) || this.#number);
    const numbers = { type: 'number', min: 1, max: this.#count, 'aria-label': words.number };
    this.#input = make('input', { ...numbers, onchange });
    const home = `↩ ${words.home.replace('%(page)s', String(this.#home))}`;
    this.#back = button(t('Back to the cited passage'), home, () => this.#go(this.#home), 'back');
    root.replaceChildren(this.#header(), ...this.#earlier(), this.#bar(words.word), this.#stage);
    new ResizeObserver(() => this.#size()).observe(this.#stage);
    document.addEventListener('keydown', (event) => this.#key(event));
    this.#show(this.#home);
  }

  #header() {
    const { number, title, page, locator } = this.#citation;
    const where = locator && placeOf(page, locator); // a mere number stands in its field
    return make(
      'header',
      { class: 'title' },
      make('span', { class: 'badge' }, String(number)),
      make('h1', { title }, title),
      where && make('span', { class: 'where' }, where),
    );
  }

  #earlier() {
    const { is_earlier_version, document_url } = this.#citation;
    if (!is_earlier_version) return [];
    const link = { href: `${document_url}/file`, target: '_blank', rel: 'noopener' };
    const present = make('a', link, t('Open the present document'));
    return [make('p', { class: 'earlier', role: 'note' }, t('This passage is from an earlier version.'), ' ', present)];
  }

  /** @param {string} word */
  #bar(word) {
    this.#previous.hidden = this.#next.hidden = this.#count <= 1;
    const label = make('span', { class: 'word' }, `${word} `);
    return make(
      'nav',
      { class: 'bar', 'aria-label': t('Source') },
      this.#previous,
      make('label', { class: 'place' }, label, this.#input, ` ${t('of %(count)s', { count: count(this.#count) })}`),
      this.#next,
      this.#back,
      make('span', { class: 'gap' }),
      this.#isPaged && this.#zoomer(),
      this.#original(),
    );
  }

  #zoomer() {
    const smaller = button(t('Smaller (−)'), '−', () => this.#step(-1));
    return make(
      'span',
      { class: 'zoom' },
      smaller,
      this.#percent,
      button(t('Larger (+)'), '+', () => this.#step(1)),
    );
  }

  /* The file itself: opened where a browser shows it, else downloaded. */
  #original() {
    const { document_url, mime_type } = this.#citation;
    const file = `${document_url}/file?${this.#query}`;
    const look = { class: 'open', rel: 'noopener' };
    if (!this.#isPaged && mime_type !== 'text/plain')
      return make('a', { ...look, title: t('Download the original file'), href: file, download: '' }, t('Download'));
    const href = this.#isPaged ? `${file}#page=${this.#home}` : file;
    return make('a', { ...look, title: t('Open the original file'), href, target: '_blank' }, t('Original'));
  }

  /** @param {1 | -1} direction */
  #step(direction) {
    const next = STEPS[STEPS.indexOf(this.#zoom) + direction];
    if (next) this.#setZoom(next);
  }

  /** @param {number} zoom */
  #setZoom(zoom) {
    this.#zoom = zoom;
    this.#size();
    if (this.#number === this.#home) this.#reveal();
  }

  /** @param {number} number */
  #go(number) {
    const within = Math.min(Math.max(Math.trunc(number), 1), this.#count);
    if (within !== this.#number) this.#show(within);
    this.#input.value = String(this.#number);
  }

  /** @param {number} number */
  async #show(number) {
    const turn = ++this.#turns;
    this.#number = number;
    this.#input.value = String(number);
    this.#previous.disabled = number <= 1;
    this.#next.disabled = number >= this.#count;
    this.#back.hidden = number === this.#home;
    try {
      const sheet = await this.#sheet(number);
      if (turn !== this.#turns) return; // the reader has turned on meanwhile
      this.#stage.replaceChildren(sheet);
      this.#stage.scrollTo(0, 0);
      this.#size();
      this.#reveal();
    } catch (error) {
      if (turn === this.#turns) sayError(this.#stage, error);
    }
  }

  /** @param {number} number */
  async #sheet(number) {
    const { document_url, spans } = this.#citation;
    const isCited = number === this.#home;
    if (this.#isPaged) return pageSheet(this.#citation, number, isCited, this.#query);
    /** @type {SectionView} */
    const section = await ask(`${document_url}/sections/${number}?${this.#query}`);
    return textSheet(section, isCited ? spans : []);
  }

  #size() {
    const image = this.#stage.querySelector('.page img');
    if (!(image instanceof HTMLImageElement) || !image.parentElement) return;
    const width = Math.round(Math.min(this.#stage.clientWidth - MARGIN_PX, MOST_PX) * this.#zoom);
    image.parentElement.style.width = `${width}px`;
    image.sizes = `${width}px`;
    this.#percent.textContent = this.#zoom === 1 ? t('Fit') : `${this.#zoom * 100}%`;
  }

  #reveal() {
    this.#stage.querySelector('mark, .mark')?.scrollIntoView({ block: 'center', inline: 'center' });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {{ [key: string]: () => void }} */
    const turning = {
      ArrowLeft: () => this.#go(this.#number - 1),
      ArrowRight: () => this.#go(this.#number + 1),
    };
    /** @type {{ [key: string]: () => void }} */
    const zooming = {
      '+': () => this.#step(1),
      '=': () => this.#step(1),
      '-': () => this.#step(-1),
      0: () => this.#setZoom(1),
    };
    const act = turning[event.key] ?? (this.#isPaged ? zooming[event.key] : undefined);
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/** @param {HTMLElement} root */
async function start(root) {
  say(root, t('Opening…'));
  try {
    /** @type {CitationPage} */
    const citation = await ask(root.dataset.source ?? '');
    if (citation.kind === 'deleted')
      say(root, t('“%(title)s” has been deleted, and what it said with it.', { title: citation.title }));
    else new Viewer(root, citation);
  } catch (error) {
    sayError(root, error);
  }
}

closeOnEscape();
start(byId('viewer'));
