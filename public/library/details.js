/* What an opened row shows of its document, and what can be done with it. */
/** @import { DocumentEntry, DocumentWarning } from '../lib/api_types.js' */
/** @import { Actions } from './actions.js' */
/** @import { Row } from './row.js' */
/** @import { Status } from './status.js' */
/** @import { Table } from './table.js' */
import { make } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { isOpen } from '../lib/jobs.js';
import { count, exactly, many, size, t, told } from '../lib/words.js';
import { fileOf } from './api.js';
import { guideOf } from './guide.js';
import { nameOfKind } from './kinds.js';
import { linked } from './question.js';
import { canReindex, canRetry } from './status.js';

const MOST_TROUBLES = 50;
const INLINE = /^(application\/pdf|image\/(png|jpeg|gif|webp)|text\/plain)$/; // what a browser shows
const TROUBLES = {
  unread: t('Everything else can be asked about. These parts are missing:'),
  hidden: t('This file holds text that its readers do not see. It may be harmless, or put there to mislead an answer:'),
};

/**
 * @param {Row} row
 * @param {Status} now
 * @param {string} library
 * @param {Table} table
 * @param {Actions} actions
 */
export function detailsOf(row, now, library, table, actions) {
  const title = make('h2', { dir: 'auto' }, row.entry.title);
  const facts = factsOf(row.entry, now, library);
  return [title, facts, warningsOf(row.entry.warnings), guideOf(row.entry), choicesOf(row, table, actions)];
}

/**
 * @param {DocumentEntry} entry
 * @param {Status} now
 * @param {string} library
 */
function factsOf(entry, now, library) {
  const { job, owner, version, page_count: pages, last_question: asked } = entry;
  const passages = entry.chunk_count ? many(entry.chunk_count, 'passage') : isOpen(job) ? t('not yet') : t('no');
  const facts = {
    [t('State')]: now.detail ? `${now.word}: ${now.detail}` : now.word,
    [t('Reference')]: now.is === 'ready' ? '' : job?.reference,
    [t('Kind')]: nameOfKind(entry.mime_type),
    [t('Size')]: [size(entry.size_bytes), pages && many(pages, 'page')].filter(Boolean).join(', '),
    [t('Searchable')]: passages,
    [t('Added')]: [
      owner ? t('%(when)s by %(name)s', { when: exactly(entry.created_at), name: owner }) : exactly(entry.created_at),
      version > 1 && t('version %(version)s', { version }),
    ]
      .filter(Boolean)
      .join(', '),
    [t('Library')]: library,
  };
  const list = make('dl');
  for (const [term, value] of Object.entries(facts))
    if (value) list.append(make('dt', {}, term), make('dd', {}, value));
  if (asked) {
    const when = make('span', { class: 'faint' }, ` ${exactly(asked.asked_at)}`);
    list.append(make('dt', {}, t('Your last question')), make('dd', {}, linked(asked), when));
  }
  return list;
}

/** @param {DocumentWarning[]} warnings */
function warningsOf(warnings) {
  if (!warnings.length) return null;
  const lists = Object.entries(TROUBLES).flatMap(([kind, sentence]) => {
    const found = warnings.filter((warning) => warning.kind === kind);
    if (!found.length) return [];
    const items = found
      .slice(0, MOST_TROUBLES)
      .map(({ page, message }) =>
        make(
          'li',
          { dir: 'auto' },
          page ? t('Page %(page)s: %(message)s', { page: count(page), message: told(message) }) : told(message),
        ),
      );
    if (found.length > MOST_TROUBLES)
      items.push(make('li', {}, t('and %(count)s more', { count: count(found.length - MOST_TROUBLES) })));
    return [make('p', {}, icon('warning'), sentence), make('ul', { 'data-kind': kind }, ...items)];
  });
  return make('div', { class: 'warnings' }, ...lists);
}

/**
 * @param {Row} row whose document is the one of the moment when a button is pressed
 * @param {Table} table
 * @param {Actions} actions
 */
function choicesOf(row, table, actions) {
  const { id, mime_type, can_write, job } = row.entry;
  const hasPlace = actions.placesFor([row.entry]).length > 0;
  /** @type {(label: string, does: string, onclick: () => void, look?: string) => HTMLElement} */
  const button = (label, does, onclick, look) =>
    make('button', { type: 'button', class: look, 'data-does': `more-${does}`, onclick }, label);
  /** @type {(label: string, does: string, href: string, more: { [name: string]: string }) => HTMLElement} */
  const link = (label, does, href, more) =>
    make('a', { class: 'button', href, 'data-does': `more-${does}`, ...more }, label);
  return make(
    'div',
    { class: 'choices' },
    INLINE.test(mime_type) && link(t('Open the file'), 'file', fileOf(id), { target: '_blank', rel: 'noopener' }),
    link(t('Download'), 'download', fileOf(id, true), { download: '' }),
    can_write && isOpen(job) && button(t('Stop reading'), 'cancel', () => actions.cancel([row.entry])),
    canRetry(row.entry) && button(t('Try again'), 'retry', () => actions.retry([row.entry])),
    canReindex(row.entry) && button(t('Read again'), 'reindex', () => actions.reindex([row.entry])),
    can_write && button(t('New version…'), 'replace', () => actions.replace(row.entry)),
    can_write && !isOpen(job) && hasPlace && button(t('Move…'), 'move', () => actions.move([row.entry])),
    hasPlace && button(t('Copy…'), 'copy', () => actions.copy([row.entry])),
    can_write && button(t('Delete…'), 'delete', () => table.remove([row.entry]), 'danger'),
  );
}
