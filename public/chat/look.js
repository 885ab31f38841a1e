/* How the page looks and speaks: language, light or dark, and how wide the text runs; each as it was left the last time. */
import { make } from '../lib/dom.js';
import { language, t } from '../lib/words.js';
import { choice, showSheet } from './sheet.js';

const THEME_KEY = 'vite-ui-theme'; // the page's own
const WIDTH_KEY = 'footnote.width';
const OPEN_KEY = 'footnote.look'; // in the session's storage: the dialog was open
const root = document.documentElement;

/** @type {[tag: string, name: string][]} */
const LANGUAGES = [
  ['en', 'English'],
  ['de', 'Deutsch'],
  ['fr', 'Français'],
  ['es', 'Español'],
  ['th', 'ไทย'],
  ['zh', '中文'],
];
/** @type {[value: string, name: string][]} */
const THEMES = [
  ['system', t('As the system')],
  ['light', t('Light')],
  ['dark', t('Dark')],
];

/**
 * The page takes its colours, its logo and its own switch for them from what it finds when it is loaded; then it shows this dialog again.
 * @param {string} theme
 */
function paint(theme) {
  localStorage.setItem(THEME_KEY, theme);
  sessionStorage.setItem(OPEN_KEY, '');
  location.reload();
}

/** @param {boolean} isWide */
function widen(isWide) {
  root.classList.toggle('fn-wide', isWide);
  localStorage.setItem(WIDTH_KEY, isWide ? 'wide' : 'narrow');
}

/** @param {string} tag */
function speak(tag) {
  const address = new URL(location.href);
  address.searchParams.set('lang', tag);
  location.assign(address);
}

/**
 * @param {string} label
 * @param {[value: string, name: string][]} options
 * @param {string} value
 * @param {(value: string) => void} take
 */
function chooser(label, options, value, take) {
  const entries = options.map(([one, name]) => make('option', { value: one, selected: one === value }, name));
  const select = make('select', {}, ...entries);
  select.addEventListener('change', () => take(select.value));
  return make('label', { class: 'row' }, label, select);
}

export function showLook() {
  const wide = make('input', { type: 'checkbox', checked: root.classList.contains('fn-wide') });
  wide.addEventListener('change', () => widen(wide.checked));
  const content = [
    chooser(t('Language'), LANGUAGES, language.split('-')[0] ?? 'en', speak),
    chooser(t('Light or dark'), THEMES, localStorage.getItem(THEME_KEY) ?? 'system', paint),
    make('label', { class: 'row' }, t('Wide text'), wide),
  ];
  showSheet(t('Language and look'), content, [choice(t('Close'))]);
}

root.classList.toggle('fn-wide', localStorage.getItem(WIDTH_KEY) === 'wide');
if (sessionStorage.getItem(OPEN_KEY) !== null) {
  sessionStorage.removeItem(OPEN_KEY);
  showLook();
}
