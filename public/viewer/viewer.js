// The page behind a footnote: the cited page or section, the passage highlighted. Filled from /api/citations/{answer run}/{number}.
// All text goes in as textContent, so that nothing in a document can become markup.

export const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
const WIDTHS = [600, 900, 1200, 1600, 2400];

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

export async function fetchJSON(url) {
  const response = await fetch(url, { headers: { Accept: 'application/json' } });
  const body = await response.json().catch(() => ({}));
  if (!response.ok)
    throw Object.assign(new Error(body.message || 'This could not be loaded.'), { status: response.status });
  return body;
}

export function say(root, message, status) {
  const signIn = status === 401 ? [make('p', {}, make('a', { href: '/login', target: '_top' }, 'Sign in'))] : [];
  root.replaceChildren(make('div', { class: 'notice', role: 'alert' }, make('p', {}, message), ...signIn));
}

const icon = (label, text, action, extra = {}) =>
  make('button', { type: 'button', title: label, 'aria-label': label, onclick: action, ...extra }, text);

// ---- frame: title, turning, zoom, download -------------------------------------------------------------------------------------

class Viewer {
  constructor(root, citation) {
    this.citation = citation;
    this.isPaged = citation.kind === 'pages';
    this.home = this.isPaged ? citation.page : citation.section;
    this.count = (this.isPaged ? citation.page_count : citation.section_count) ?? this.home;
    this.number = this.home;
    this.zoom = 1;
    this.turn = 0;
    this.stage = make('div', { class: 'stage', tabindex: '0', role: 'region', 'aria-label': 'Source' });
    this.query = citation.version ? `version=${citation.version}` : '';
    root.replaceChildren(this.header(), ...this.earlier(), this.bar(), this.stage);
    new ResizeObserver(() => this.size()).observe(this.stage);
    document.addEventListener('keydown', (event) => this.key(event));
    this.show(this.home);
  }

  header() {
    const { number, title, place } = this.citation;
    const where = place ? [make('span', { class: 'where' }, place)] : [];
    return make(
      'header',
      { class: 'title' },
      make('span', { class: 'badge' }, String(number)),
      make('h1', { title }, title),
      ...where,
    );
  }

  earlier() {
    if (!this.citation.is_earlier_version) return [];
    const present = make(
      'a',
      { href: `${this.citation.document_url}/file`, target: '_blank', rel: 'noopener' },
      'Open the present document',
    );
    return [make('p', { class: 'earlier', role: 'note' }, 'This passage is from an earlier version. ', present)];
  }

  bar() {
    const word = this.isPaged ? 'Page' : 'Section';
    this.previous = icon(`Previous ${word.toLowerCase()} (←)`, '‹', () => this.go(this.number - 1));
    this.next = icon(`Next ${word.toLowerCase()} (→)`, '›', () => this.go(this.number + 1));
    const change = () => this.go(Number(this.input.value) || this.number);
    this.input = make('input', {
      type: 'number',
      min: 1,
      max: this.count,
      'aria-label': `${word} number`,
      onchange: change,
    });
    this.back = icon('Back to the cited passage', `↩ ${word.toLowerCase()} ${this.home}`, () => this.go(this.home), {
      class: 'back',
    });
    const place = make(
      'label',
      { class: 'place' },
      make('span', { class: 'word' }, `${word} `),
      this.input,
      ` of ${this.count}`,
    );
    this.previous.hidden = this.next.hidden = this.count <= 1;
    const parts = [this.previous, place, this.next, this.back, make('span', { class: 'gap' })];
    if (this.isPaged) parts.push(this.zoomer());
    const url = `${this.citation.document_url}/file?${this.query}`;
    const isPlain = this.isPaged || this.citation.mime_type === 'text/plain';
    const original = isPlain
      ? { href: this.isPaged ? `${url}#page=${this.home}` : url, target: '_blank' }
      : { href: url, download: '' };
    const title = isPlain ? 'Open the original file' : 'Download the original file';
    parts.push(make('a', { class: 'open', rel: 'noopener', title, ...original }, isPlain ? 'Original' : 'Download'));
    return make('nav', { class: 'bar', 'aria-label': 'Source' }, ...parts);
  }

  zoomer() {
    this.percent = icon('Fit the width (0)', '', () => this.setZoom(1), { class: 'percent' });
    const smaller = icon('Smaller (−)', '−', () => this.step(-1));
    return make(
      'span',
      { class: 'zoom' },
      smaller,
      this.percent,
      icon('Larger (+)', '+', () => this.step(1)),
    );
  }

  step(direction) {
    const next = STEPS[STEPS.indexOf(this.zoom) + direction];
    if (next) this.setZoom(next);
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.size();
    if (this.number === this.home) this.reveal();
  }

  go(number) {
    const within = Math.min(Math.max(Math.trunc(number), 1), this.count);
    if (within !== this.number) this.show(within);
    this.input.value = this.number;
  }

  async show(number) {
    const turn = ++this.turn;
    this.number = number;
    this.input.value = number;
    this.previous.disabled = number <= 1;
    this.next.disabled = number >= this.count;
    this.back.hidden = number === this.home;
    try {
      const sheet = this.isPaged ? pageSheet(this, number) : await textSheet(this, number);
      if (turn !== this.turn) return; // the reader has turned on meanwhile
      this.stage.replaceChildren(sheet);
      this.stage.scrollTo(0, 0);
      this.size();
      this.reveal();
    } catch (error) {
      if (turn === this.turn) say(this.stage, error.message, error.status);
    }
  }

  size() {
    const image = this.stage.querySelector('.page img');
    if (!image) return;
    const width = Math.round(Math.min(this.stage.clientWidth - 24, 1100) * this.zoom);
    image.parentElement.style.width = `${width}px`;
    image.sizes = `${width}px`;
    this.percent.textContent = this.zoom === 1 ? 'Fit' : `${this.zoom * 100}%`;
  }

  reveal() {
    this.stage.querySelector('mark, .mark')?.scrollIntoView({ block: 'center', inline: 'center' });
  }

  key(event) {
    if (event.target.tagName === 'INPUT' || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowLeft: () => this.go(this.number - 1),
      ArrowRight: () => this.go(this.number + 1),
      '+': () => this.percent && this.step(1),
      '=': () => this.percent && this.step(1),
      '-': () => this.percent && this.step(-1),
      0: () => this.percent && this.setZoom(1),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

// ---- formats with pages: an image and boxes over it ------------------------------------------------------------------------------

function pageSheet(viewer, number) {
  const { document_url: url, boxes, width, height, title, quote } = viewer.citation;
  const source = (pixels) => `${url}/pages/${number}?width=${pixels}&${viewer.query}`;
  const sheet = make('div', { class: 'page loading' });
  if (width && height) sheet.style.aspectRatio = `${width} / ${height}`; // keeps its place until the image is there
  const image = make('img', {
    alt: `Page ${number} of ${title}`,
    decoding: 'async',
    srcset: WIDTHS.map((pixels) => `${source(pixels)} ${pixels}w`).join(', '),
    sizes: '600px',
    src: source(1200),
    onload: () => {
      sheet.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`;
      sheet.classList.remove('loading');
    },
    onerror: () => say(sheet, 'This page could not be shown.'),
  });
  sheet.append(image);
  if (number !== viewer.home) return sheet;
  for (const box of boxes) {
    const mark = make('div', { class: 'mark' });
    const percent = { left: box.l, top: box.t, width: box.r - box.l, height: box.b - box.t };
    for (const [side, fraction] of Object.entries(percent)) mark.style[side] = `${fraction * 100}%`;
    sheet.append(mark);
  }
  if (boxes.length || !quote) return sheet;
  return make(
    'div',
    {},
    make('p', { class: 'quote' }, 'The place on the page is not known. The passage reads: ', make('q', {}, quote)),
    sheet,
  );
}

// ---- formats without: the text in its blocks, the passage in <mark> ---------------------------------------------------------------

async function textSheet(viewer, number) {
  const section = await fetchJSON(`${viewer.citation.document_url}/sections/${number}?${viewer.query}`);
  const article = make('article', { class: 'text' });
  const above = section.path.filter(
    (heading, depth) => depth < section.path.length - 1 || !section.text.startsWith(heading),
  );
  if (above.length) article.append(make('p', { class: 'path' }, above.join(' › ')));
  article.append(...renderBlocks(section.text, section.blocks, number === viewer.home ? viewer.citation.spans : []));
  return article;
}

// Offsets count characters (code points) while JavaScript counts UTF-16 units, hence the array.
export function renderBlocks(text, blocks, spans) {
  const characters = Array.from(text);
  const cut = (start, end) => marked(characters, start, end, spans);
  const nodes = [];
  let list = null;
  let position = 0;
  const plain = (end) => {
    if (characters.slice(position, end).join('').trim()) nodes.push(make('p', {}, ...cut(position, end)));
  };
  for (const { kind, start, end } of [...blocks].sort((one, other) => one.start - other.start)) {
    plain(start);
    position = Math.max(position, end);
    if (kind === 'list_item') {
      if (!list) nodes.push((list = make('ul')));
      const isBullet = characters[start] === '-' && characters[start + 1] === ' ';
      list.append(make('li', { class: isBullet ? null : 'numbered' }, ...cut(isBullet ? start + 2 : start, end)));
      continue;
    }
    list = null;
    if (kind === 'table') nodes.push(table(characters, start, end, cut));
    else nodes.push(make({ heading: 'h2', code: 'pre' }[kind] ?? 'p', {}, ...cut(start, end)));
  }
  plain(characters.length);
  return nodes;
}

function marked(characters, start, end, spans) {
  const edges = new Set([start, end]);
  for (const span of spans) for (const edge of [span.start, span.end]) if (edge > start && edge < end) edges.add(edge);
  const ordered = [...edges].sort((one, other) => one - other);
  return ordered.slice(0, -1).map((from, index) => {
    const words = characters.slice(from, ordered[index + 1]).join('');
    return spans.some((span) => span.start <= from && from < span.end) ? make('mark', {}, words) : words;
  });
}

// A row is a line, its cells stand between " | ".
function table(characters, start, end, cut) {
  const rows = [];
  const cells = [];
  let from = start;
  for (let at = start; at <= end; at++) {
    const isRowEnd = at === end || characters[at] === '\n';
    const isCellEnd = isRowEnd || characters.slice(at, at + 3).join('') === ' | ';
    if (!isCellEnd) continue;
    cells.push(make('td', {}, ...cut(from, at)));
    from = at + (isRowEnd ? 1 : 3);
    if (isRowEnd) rows.push(make('tr', {}, ...cells.splice(0)));
  }
  return make('div', { class: 'scroller' }, make('table', {}, make('tbody', {}, ...rows)));
}

// ---------------------------------------------------------------------------------------------------------------------------------

async function start(root) {
  say(root, 'Opening…');
  try {
    const citation = await fetchJSON(root.dataset.source);
    if (citation.kind === 'deleted') say(root, `“${citation.title}” has been deleted, and what it said with it.`);
    else new Viewer(root, citation);
  } catch (error) {
    say(root, error.message, error.status);
  }
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && window.parent !== window)
    window.parent.postMessage({ type: 'footnote:close' }, location.origin);
});
const root = document.getElementById('viewer');
if (root) start(root);
