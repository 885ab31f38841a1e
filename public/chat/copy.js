/* Copies of an answer are for other programs: numbers as [1], and below them the sources with addresses that work there. The page's button
   copies what it shows: Markdown full of our own links, and its own elements. It asks the browser to, and here the browser is told otherwise. */
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { cleaned } from './clean.js';
import { addressOf, footnotesOf, nameOf } from './footnotes.js';

const RUN = /\/cite\/([0-9a-f-]{36})\/\d+(?!\d*#)/;
/** @type {[parts: string, tag: string][]} */
const MEANINGS = [
  ['span.font-bold', 'strong'], // the page has looks in place of these
  ['[role="article"]:not(:has(p, div, ul, ol, table, pre, blockquote))', 'p'],
];
const VERDICTS = /#(?:contradicted|unsupported|partly|unchecked)$/;

/**
 * The sources of an answer as [number, name, address].
 * @param {string} run
 * @returns {Promise<[number, string, string][]>}
 */
export async function sourcesOf(run) {
  const footnotes = await footnotesOf(run);
  return footnotes.map((one) => [one.number, nameOf(one), new URL(addressOf(run, one), location.href).href]);
}

/**
 * The Markdown of an answer as text for other programs.
 * @param {string} markdown
 */
async function plain(markdown) {
  const run = markdown.match(RUN)?.[1];
  const sources = run ? await sourcesOf(run) : [];
  const lines = sources.map(([number, name, address]) => `[${number}] ${name}: ${address}`);
  return [cleaned(markdown), ...(lines.length ? [[`${t('Sources')}:`, ...lines].join('\n')] : [])].join('\n\n');
}

/**
 * The elements of an answer as HTML for other programs.
 * @param {string} html
 */
async function rich(html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const run = html.match(RUN)?.[1];
  for (const link of page.querySelectorAll('a')) replaceLink(link);
  for (const image of page.querySelectorAll('img[src^="/"], button, svg')) image.remove();
  for (const [parts, tag] of MEANINGS) for (const part of page.querySelectorAll(parts)) rename(part, tag);
  for (const node of page.body.querySelectorAll('*'))
    for (const { name } of [...node.attributes])
      if (!['href', 'dir', 'start'].includes(name)) node.removeAttribute(name);
  const sources = run ? await sourcesOf(run) : [];
  const rows = sources.map(([number, name, href]) => make('li', { value: number }, make('a', { href }, name)));
  if (rows.length) page.body.append(make('p', {}, `${t('Sources')}:`), make('ol', {}, ...rows));
  return page.body.innerHTML;
}

/**
 * @param {Element} part
 * @param {string} tag
 */
function rename(part, tag) {
  const made = part.ownerDocument.createElement(tag);
  if (part.getAttribute('dir')) made.setAttribute('dir', part.getAttribute('dir') ?? '');
  made.append(...part.childNodes);
  part.replaceWith(made);
}

/** @param {HTMLAnchorElement} link */
function replaceLink(link) {
  const href = link.getAttribute('href') ?? '';
  if (VERDICTS.test(href)) link.replaceWith(link.textContent ? `(${link.textContent})` : '');
  else if (href.startsWith('/answers/')) link.remove();
  else if (href.startsWith('/')) link.href = new URL(href, location.href).href;
}

/** @param {string} text */
const isOurs = (text) => /\]\(\/(?:cite|answers|jobs)\//.test(text);

/**
 * @param {ClipboardItem} item
 * @param {string} kind
 */
const textOf = async (item, kind) => (item.types.includes(kind) ? (await item.getType(kind)).text() : '');

/** @param {ClipboardItem} item */
async function translated(item) {
  const text = await textOf(item, 'text/plain');
  if (!isOurs(text)) return item;
  const html = await textOf(item, 'text/html');
  /** @type {Record<string, Blob>} */
  const kinds = { 'text/plain': new Blob([await plain(text)], { type: 'text/plain' }) };
  if (html) kinds['text/html'] = new Blob([await rich(html)], { type: 'text/html' });
  return new ClipboardItem(kinds);
}

const { clipboard } = navigator; // not there over plain HTTP
if (clipboard) {
  const write = clipboard.write?.bind(clipboard);
  const writeText = clipboard.writeText.bind(clipboard);
  if (write) clipboard.write = async (items) => write(await Promise.all([...items].map(translated)));
  clipboard.writeText = async (text) => writeText(isOurs(text) ? await plain(text) : text);
}
