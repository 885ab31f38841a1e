/* Formats with pages: an image of the page, and boxes over the lines of the passage. */
/** @import { CitationPage } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';
import { say } from '../lib/notice.js';
import { t } from '../lib/words.js';

const WIDTHS = [600, 900, 1200, 1600, 2400]; // pixels in which the server draws a page

/**
 * @param {CitationPage} citation
 * @param {number} number of the page
 * @param {boolean} isCited whether the passage stands on this page
 * @param {string} query for the document's version
 */
export function pageSheet(citation, number, isCited, query) {
  const { document_url: url, boxes, width, height, title, quote } = citation;
  const source = (/** @type {number} */ pixels) => `${url}/pages/${number}?width=${pixels}&${query}`;
  const sheet = make('div', { class: 'page loading' });
  if (width && height) sheet.style.aspectRatio = `${width} / ${height}`; // keeps its place until the image is there
  const image = make('img', {
    alt: t('Page %(page)s of %(title)s', { page: number, title }),
    decoding: 'async',
    srcset: WIDTHS.map((pixels) => `${source(pixels)} ${pixels}w`).join(', '),
    sizes: '600px',
    src: source(1200),
    onload: () => {
      sheet.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`;
      sheet.classList.remove('loading');
    },
    onerror: () => say(sheet, t('This page could not be shown.')),
  });
  sheet.append(image);
  if (!isCited) return sheet;
  sheet.append(...boxes.map(mark));
  if (boxes.length || !quote) return sheet;
  const text = `${t('The place on the page is not known. The passage reads:')} `;
  return make('div', {}, make('p', { class: 'quote' }, text, make('q', {}, quote)), sheet);
}

/** @param {CitationPage['boxes'][number]} box as fractions of the page */
function mark(box) {
  const { l, t: top, r, b } = box;
  const node = make('div', { class: 'mark' });
  const percent = (/** @type {number} */ fraction) => `${fraction * 100}%`;
  Object.assign(node.style, { left: percent(l), top: percent(top), width: percent(r - l), height: percent(b - top) });
  return node;
}
