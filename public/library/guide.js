/* The guide to a document: what it is about, its figures and headings, and questions that it answers. */
/** @import { DocumentEntry, Guide, GuideSentence, GuideView } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';
import { count, plural, t } from '../lib/words.js';
import { guide } from './api.js';

const MOST_HEADINGS = 12;
const PENDING = t('What it is about is being looked up.');

/**
 * An element that shows the guide when it has come.
 * @param {DocumentEntry} entry
 */
export function guideOf({ id, chunk_count: chunks }) {
  const place = make('div', { class: 'guide' });
  if (chunks)
    guide(id).then(
      (view) => place.append(...partsOf(view)),
      () => place.remove(), // the rest of the details does without it
    );
  return place;
}

/** @param {GuideView} view */
function partsOf({ state, guide: made }) {
  if (made) return [aboutOf(made), tablesOf(made), figuresOf(made), headingsOf(made), questionsOf(made)].flat();
  return state === 'pending' ? [make('p', { class: 'faint' }, PENDING)] : [];
}

/** @type {(title: string, list: HTMLElement) => HTMLElement[]} */
const titled = (title, list) => (list.childElementCount ? [make('h3', {}, title), list] : []);

/** @param {GuideSentence} sentence */
function quoted({ text, page }) {
  return make(
    'li',
    { dir: 'auto' },
    text,
    page ? make('span', { class: 'faint' }, ` ${t('page %(page)s', { page: count(page) })}`) : null,
  );
}

/** @param {Guide} made */
const aboutOf = (made) => titled(t('What it says'), make('ul', {}, ...made.about.map(quoted)));

/** @param {Guide} made */
const figuresOf = (made) => titled(t('Figures and dates'), make('ul', {}, ...made.figures.map(quoted)));

/** @param {Guide} made */
function tablesOf(made) {
  const lines = made.tables.map(({ sheet, columns, rows }) =>
    make(
      'li',
      { dir: 'auto' },
      plural(rows, '%(table)s, %(count)s row: %(columns)s', '%(table)s, %(count)s rows: %(columns)s', {
        table: sheet || t('Table'),
        columns: columns.join(', '),
      }),
    ),
  );
  return titled(t('Tables'), make('ul', {}, ...lines));
}

/** @param {Guide} made */
function headingsOf(made) {
  const highest = Math.min(...made.headings.map(({ level }) => level));
  const names = made.headings.filter(({ level }) => level === highest).map(({ text }) => text);
  const list = make('p', { dir: 'auto' }, names.slice(0, MOST_HEADINGS).join(' · '));
  if (names.length > MOST_HEADINGS)
    list.append(` ${t('and %(count)s more', { count: count(names.length - MOST_HEADINGS) })}`);
  return names.length ? [make('h3', {}, t('Headings')), list] : [];
}

/** @param {Guide} made */
function questionsOf(made) {
  const lines = made.questions.map(({ text }) => make('li', { dir: 'auto' }, text));
  return titled(t('Questions it answers'), make('ul', {}, ...lines));
}
