/* One document as a row of the table, and what it shows when it is opened. */
import { fileOf } from './api.js';
import { fill, make, name } from './dom.js';
import { icon, iconButton, kindIcon, nameOfKind } from './icons.js';
import { ago, count, exactly, isOpen, many, progress, size, status } from './words.js';

const MOST_TROUBLES = 50;
const INLINE = /^(application\/pdf|image\/(png|jpeg|gif|webp)|text\/plain)$/;

const cell = (kind, extra = {}) => make('div', { role: 'cell', class: kind, ...extra });
const line = (parts, title = parts) => make('span', { class: 'line', title }, ...[parts].flat());

export class Row {
  constructor(actions) {
    this.actions = actions;
    this.box = make('input', { type: 'checkbox', 'data-does': 'select', onclick: (event) => actions.select(this.entry, event.target.checked, event.shiftKey) });
    this.cells = Object.fromEntries(['kind', 'title', 'status', 'pages', 'size', 'added', 'used', 'acts'].map((kind) => [kind, cell(kind)]));
    this.details = cell('details', { 'aria-colspan': '9', hidden: true });
    this.node = make('div', { role: 'row', class: 'row', tabindex: '-1' }, make('div', { role: 'cell', class: 'check' }, this.box), ...Object.values(this.cells), this.details);
  }

  update(entry, { index, isSelected, isOpened, libraries }) {
    this.entry = entry;
    const { kind, title, status: state, pages, size: bytes, added, used, acts } = this.cells;
    const now = status(entry);
    const library = libraries.length > 1 ? libraryName(entry, libraries) : '';
    const about = [nameOfKind(entry.mime_type), entry.owner, library, entry.version > 1 && `version ${entry.version}`].filter(Boolean).join(' · ');
    this.node.dataset.id = entry.id;
    this.node.setAttribute('aria-rowindex', index + 2);
    this.node.ariaLabel = `${entry.title}, ${now.word}`;
    this.node.classList.toggle('selected', isSelected);
    this.node.classList.toggle('opened', isOpened);
    this.box.checked = isSelected;
    this.box.ariaLabel = `Select ${entry.title}`;
    fill(kind, entry.mime_type, () => kindIcon(entry.mime_type));
    const small = ` · ${size(entry.size_bytes)} · ${ago(entry.created_at)}`; // where there are no columns for it
    fill(title, `${entry.title}|${about}${small}`, () => [name(entry.title), line([about, make('span', { class: 'narrow' }, small)], about)]);
    fill(state, JSON.stringify([now, entry.job?.percent]), () => stateOf(entry, now));
    fill(pages, String(entry.page_count), () => (entry.page_count ? make('span', {}, count(entry.page_count), make('span', { class: 'unit' }, entry.page_count === 1 ? ' page' : ' pages')) : ''));
    fill(bytes, String(entry.size_bytes), () => make('span', {}, size(entry.size_bytes)));
    fill(added, ago(entry.created_at), () => make('time', { datetime: entry.created_at, title: exactly(entry.created_at) }, ago(entry.created_at)));
    fill(used, JSON.stringify([entry.last_question, entry.last_question && ago(entry.last_question.asked_at)]), () => questionOf(entry.last_question));
    fill(acts, [now.is, isOpen(entry.job), entry.can_write, entry.job?.job_id, isOpened].join(), () => this.buttons(isOpened));
    this.details.hidden = !isOpened;
    if (isOpened) fill(this.details, JSON.stringify([entry, library, isOpen(entry.job) && progress(entry.job)]), () => this.more(now, library));
  }

  buttons(isOpened) {
    const { entry, actions } = this;
    const shown = [];
    if (entry.can_write && isOpen(entry.job)) shown.push(iconButton('stop', `Stop reading ${entry.title}`, 'cancel', () => actions.cancel([this.entry])));
    if (canRetry(entry)) shown.push(iconButton('again', `Try ${entry.title} again`, 'retry', () => actions.retry([this.entry])));
    shown.push(make('a', { class: 'icon quiet', href: fileOf(entry.id, true), download: '', 'aria-label': `Download ${entry.title}`, title: 'Download', 'data-does': 'download' }, icon('download')));
    if (entry.can_write) shown.push(iconButton('remove', `Delete ${entry.title}`, 'delete', () => actions.remove([this.entry]), { class: 'icon quiet' }));
    shown.push(iconButton('more', `${isOpened ? 'Less' : 'More'} about ${entry.title}`, 'open', () => actions.open(this.entry), { class: 'icon chevron', 'aria-expanded': String(isOpened) }));
    return shown;
  }

  more(now, library) {
    const { entry, actions } = this;
    const facts = [
      ['State', now.detail ? `${now.word}: ${now.detail}` : now.word],
      entry.job?.reference && now.is !== 'ready' && ['Reference', entry.job.reference],
      ['Kind', nameOfKind(entry.mime_type)],
      ['Size', `${size(entry.size_bytes)}${entry.page_count ? `, ${many(entry.page_count, 'page')}` : ''}`],
      ['Searchable', entry.chunk_count ? many(entry.chunk_count, 'passage') : isOpen(entry.job) ? 'not yet' : 'no'],
      ['Added', `${exactly(entry.created_at)}${entry.owner ? ` by ${entry.owner}` : ''}${entry.version > 1 ? `, version ${entry.version}` : ''}`],
      library && ['Library', library],
    ].filter(Boolean);
    const list = make('dl', {}, ...facts.flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, value)]));
    const asked = entry.last_question;
    if (asked) list.append(make('dt', {}, 'Your last question'), make('dd', {}, linked(asked), make('span', { class: 'faint' }, ` ${exactly(asked.asked_at)}`)));
    return [make('h3', { dir: 'auto' }, entry.title), list, warningsOf(entry), this.choices(actions)];
  }

  choices(actions) {
    const { entry } = this;
    const choice = (label, does, action) => make('button', { type: 'button', 'data-does': `more-${does}`, onclick: action }, label);
    const shown = [];
    if (INLINE.test(entry.mime_type)) shown.push(make('a', { class: 'button', href: fileOf(entry.id), target: '_blank', rel: 'noopener', 'data-does': 'more-file' }, 'Open the file'));
    shown.push(make('a', { class: 'button', href: fileOf(entry.id, true), download: '', 'data-does': 'more-download' }, 'Download'));
    if (entry.can_write) {
      if (isOpen(entry.job)) shown.push(choice('Stop reading', 'cancel', () => actions.cancel([this.entry])));
      if (canRetry(entry)) shown.push(choice('Try again', 'retry', () => actions.retry([this.entry])));
      if (canReindex(entry)) shown.push(choice('Read again', 'reindex', () => actions.reindex([this.entry])));
      shown.push(choice('New version…', 'replace', () => actions.replace(this.entry)));
      const remove = choice('Delete…', 'delete', () => actions.remove([this.entry]));
      remove.classList.add('danger');
      shown.push(remove);
    }
    return make('div', { class: 'choices' }, ...shown);
  }
}

export const canRetry = (entry) => entry.can_write && ['failed', 'stopped'].includes(entry.job?.state);
export const canReindex = (entry) => entry.can_write && entry.state === 'ready' && !isOpen(entry.job);
export const canCancel = (entry) => entry.can_write && isOpen(entry.job);

function libraryName(entry, libraries) {
  return libraries.find((library) => library.library_id === entry.library_id)?.is_personal ? 'Personal library' : entry.library;
}

function stateOf(entry, now) {
  const shown = [make('span', { class: `state ${now.is}` }, now.word)];
  if (entry.job?.state === 'started') {
    const label = `${entry.title}: ${entry.job.percent} %`;
    shown.push(make('progress', { max: 100, value: entry.job.percent, 'aria-label': label }));
  }
  if (now.detail) shown.push(line(now.detail));
  return shown;
}

function questionOf(asked) {
  return asked ? [linked(asked), make('span', { class: 'line', title: exactly(asked.asked_at) }, ago(asked.asked_at))] : '';
}

function linked(asked) {
  const text = { class: 'question', title: asked.text, dir: 'auto' };
  return asked.thread_id ? make('a', { ...text, href: `/thread/${asked.thread_id}`, 'data-does': 'thread' }, asked.text) : make('span', text, asked.text);
}

const TROUBLES = {
  unread: 'Everything else can be asked about. These parts are missing:',
  hidden: 'This file holds text that its readers do not see. It may be harmless, or put there to mislead an answer:',
};

function warningsOf({ warnings }) {
  if (!warnings.length) return null;
  const lists = Object.entries(TROUBLES).flatMap(([kind, sentence]) => {
    const found = warnings.filter((warning) => warning.kind === kind);
    const items = found.slice(0, MOST_TROUBLES).map(({ page, message }) => make('li', { dir: 'auto' }, page ? `Page ${count(page)}: ${message}` : message));
    if (found.length > MOST_TROUBLES) items.push(make('li', {}, `and ${count(found.length - MOST_TROUBLES)} more`));
    return items.length ? [make('p', {}, icon('warning'), sentence), make('ul', { 'data-kind': kind }, ...items)] : [];
  });
  return make('div', { class: 'warnings' }, ...lists);
}
