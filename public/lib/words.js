/* Texts in the language of the page, and numbers, sizes and times as its people write them. The server says which language it is and where
   its catalogue lies (web/html.py); the catalogue goes from English texts to those of the language, and what it lacks stays English. */
import { patternsOf } from './patterns.js';

const root = document.documentElement;
export const language = root.lang || 'en';
const locale = { en: 'en-GB', th: 'th-u-ca-gregory' }[language] ?? language; // English has the day before the month
/** @type {Record<string, string | Record<string, string>>} */
const catalogue = root.dataset.words ? await load(root.dataset.words) : {};
const patterns = patternsOf(catalogue);
const plurals = new Intl.PluralRules(language);

const number = new Intl.NumberFormat(language);
const decimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DEPTH = 2; // of sentences in sentences
const MOST_TOLD = 2000; // characters of a text that may be a sentence of ours

/** @param {string} address */
async function load(address) {
  try {
    return await (await fetch(address, { credentials: 'same-origin' })).json();
  } catch {
    return {}; // English is better than no page
  }
}

/** @typedef {Record<string, unknown>} Values */

/**
 * @param {string} text
 * @param {Values} values
 */
const filled = (text, values) => text.replace(/%\(([a-z_0-9]+)\)s/g, (all, name) => String(values[name] ?? all));

/**
 * An English text in the language of the page. Its values are written %(name)s.
 * @param {string} text
 * @param {Values} [values]
 */
export function t(text, values = {}) {
  const found = catalogue[text] ?? text;
  return filled(typeof found === 'string' ? found : (found.other ?? text), values);
}

/**
 * An English text in the language of the page, with elements in the places of its values: to be given to `make()`.
 * @param {string} text
 * @param {Record<string, Node>} nodes
 * @returns {(string | Node)[]}
 */
export const around = (text, nodes) =>
  t(text)
    .split(/%\(([a-z_0-9]+)\)s/)
    .map((part, place) => (place % 2 ? (nodes[part] ?? '') : part));

/**
 * A text for so many, which it shows as %(count)s: in the plural forms of the language.
 * @param {number} value
 * @param {string} one the English singular
 * @param {string} more the English plural
 * @param {Values} [values]
 */
export function plural(value, one, more, values = {}) {
  const found = catalogue[one];
  const shown = { count: count(value), ...values };
  if (typeof found !== 'object') return filled(value === 1 ? one : more, shown);
  return filled(found[plurals.select(value)] ?? found.other ?? more, shown);
}

/**
 * A complete sentence of ours that came from the server in English, in the language of the page; any other text as it is.
 * @param {string} sentence
 */
export function told(sentence) {
  if (!root.dataset.words || sentence.length > MOST_TOLD) return sentence;
  return tell(sentence, DEPTH) ?? tellInTwo(sentence) ?? sentence;
}

/**
 * The sentence, or a text that stands in one as a value; null where it is not ours.
 * @param {string} sentence
 * @param {number} depth
 * @returns {string | null}
 */
function tell(sentence, depth) {
  const found = catalogue[sentence];
  if (typeof found === 'string') return found;
  const match = depth ? patterns.match(sentence) : null;
  if (!match) return withoutStop(sentence);
  const values = Object.entries(match.values).map(([name, value]) => [name, tell(value, depth - 1) ?? value]);
  return t(match.text, Object.fromEntries(values));
}

/**
 * Several sentences behind one another, each of them ours.
 * @param {string} sentences
 * @returns {string | null}
 */
function tellInTwo(sentences) {
  for (const { index } of sentences.matchAll(/[.!?…](?= )/g)) {
    const said = tell(sentences.slice(0, index + 1), DEPTH);
    if (said !== null) return `${said} ${told(sentences.slice(index + 2))}`;
  }
  return null;
}

/** @param {string} sentence that stands within another, without a full stop */
function withoutStop(sentence) {
  const found = catalogue[`${sentence}.`];
  return typeof found === 'string' ? found.replace(/[.。]$/, '') : null;
}

/** @param {number} value */
export const count = (value) => number.format(value);

/**
 * "1 file", "2 files".
 * @param {number} value
 * @param {string} one the English noun
 * @param {string} [more] its plural
 */
export const many = (value, one, more = `${one}s`) => plural(value, `%(count)s ${one}`, `%(count)s ${more}`);

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return plural(bytes, '%(count)s byte', '%(count)s bytes');
  const [unit, value] =
    bytes < 999_500 ? ['KB', bytes / 1e3] : bytes < 999_500_000 ? ['MB', bytes / 1e6] : ['GB', bytes / 1e9];
  return `${value < 9.95 ? decimal.format(value) : Math.round(value)} ${unit}`;
}

/**
 * How long ago a moment was, given in ISO 8601; the day when it was more than a week.
 * @param {string} iso
 */
export function ago(iso) {
  const passed = Date.now() - Date.parse(iso);
  if (passed < MINUTE) return t('just now');
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), 'minute');
  if (passed < DAY) return relative.format(-Math.floor(passed / HOUR), 'hour');
  return passed < 7 * DAY ? relative.format(-Math.floor(passed / DAY), 'day') : onDay(iso);
}

/** @param {string} iso */
export const onDay = (iso) => day.format(new Date(iso));

/** @param {string} iso */
export const exactly = (iso) => moment.format(new Date(iso));

/**
 * How long something still takes.
 * @param {number} seconds
 */
export function left(seconds) {
  if (seconds < 8) return t('a few seconds left');
  if (seconds < 55) return t('about %(seconds)s s left', { seconds: Math.ceil(seconds / 5) * 5 });
  if (seconds < 3570) return t('about %(minutes)s min left', { minutes: Math.round(seconds / 60) });
  return t('about %(hours)s h left', { hours: decimal.format(seconds / 3600) });
}
