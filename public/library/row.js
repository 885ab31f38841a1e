/* One document as a row of the table, and what it shows when it is opened. */
/** @import { DocumentEntry, LibraryView } from '../lib/api_types.js' */
/** @import { Actions } from './actions.js' */
/** @import { Table } from './table.js' */
import { fill, make, name } from '../lib/dom.js';
import { icon, iconButton } from '../lib/icons.js';
import { isOpen } from '../lib/jobs.js';
import { ago, count, exactly, plural, size, t } from '../lib/words.js';
import { fileOf } from './api.js';
import { detailsOf } from './details.js';
import { kindIcon, nameOfKind } from './kinds.js';
import { labelOf } from './places.js';
import { linked } from './question.js';
import { canRetry, status } from './status.js';

/** @param {string} kind */
const cell = (kind) => make('div', { role: 'cell', class: kind });

export class Row {
  #box = make('input', {
    type: 'checkbox',
    'data-does': 'select',
    onclick: (event) => this.#table.select(this.entry, this.#box.checked, event.shiftKey),
  });
  #kind = cell('kind');
  #title = cell('title');
  #status = cell('status');
  #pages = cell('pages');
  #size = cell('size');
  #added = cell('added');
  #used = cell('used');
  #acts = cell('acts');
  details = make('div', { role: 'cell', class: 'details', 'aria-colspan': 9, hidden: true });
  node = make(
    'div',
    { role: 'row', class: 'row', tabindex: -1 },
    make('div', { role: 'cell', class: 'check' }, this.#box),
    ...[this.#kind, this.#title, this.#status, this.#pages, this.#size, this.#added, this.#used, this.#acts],
    this.details,
  );
  #table;
  #actions;

  /**
   * @param {DocumentEntry} entry
   * @param {Table} table
   * @param {Actions} actions
   */
  constructor(entry, table, actions) {
    this.entry = entry;
    this.#table = table;
    this.#actions = actions;
  }

  /**
   * Shows the document as it is now.
   * @param {DocumentEntry} entry
   * @param {{ index: number, isSelected: boolean, isOpened: boolean, libraries: LibraryView[] }} place
   */
  update(entry, { index, isSelected, isOpened, libraries }) {
    this.entry = entry;
    const now = status(entry);
    const library = libraryName(entry, libraries);
    this.node.dataset.id = entry.id;
    this.node.ariaRowIndex = String(index + 2);
    this.node.ariaLabel = `${entry.title}, ${now.word}`;
    this.node.classList.toggle('selected', isSelected);
    this.node.classList.toggle('opened', isOpened);
    this.#box.checked = isSelected;
    this.#box.ariaLabel = t('Select %(name)s', { name: entry.title });
    this.#fillTitle(library);
    fill(this.#status, JSON.stringify([now, entry.job?.percent]), () => stateOf(entry, now));
    this.#fillNumbers();
    const key = [now.is, isOpen(entry.job), entry.can_write, entry.job?.job_id, isOpened].join();
    fill(this.#acts, key, () => this.#buttons(isOpened));
    this.details.hidden = !isOpened;
    if (isOpened)
      fill(this.details, JSON.stringify([entry, library, now]), () =>
        detailsOf(this, now, library, this.#table, this.#actions),
      );
  }

  /** @param {string} library */
  #fillTitle(library) {
    const { mime_type, title, owner, version, size_bytes, created_at } = this.entry;
    const parts = [nameOfKind(mime_type), owner, library, version > 1 && t('version %(version)s', { version })];
    const about = parts.filter(Boolean).join(' · ');
    const small = ` · ${size(size_bytes)} · ${ago(created_at)}`; // where there are no columns for it
    fill(this.#kind, mime_type, () => kindIcon(mime_type));
    fill(this.#title, `${title}|${about}${small}`, () => [
      name(title),
      make('span', { class: 'line', title: about }, about, make('span', { class: 'narrow' }, small)),
    ]);
  }

  #fillNumbers() {
    const { page_count: pages, size_bytes, created_at, last_question: asked } = this.entry;
    const unit = make('span', { class: 'unit' }, ` ${plural(pages ?? 0, 'page', 'pages')}`);
    fill(this.#pages, String(pages), () => (pages ? make('span', {}, count(pages), unit) : null));
    fill(this.#size, String(size_bytes), () => make('span', {}, size(size_bytes)));
    fill(this.#added, ago(created_at), () =>
      make('time', { datetime: created_at, title: exactly(created_at) }, ago(created_at)),
    );
    fill(this.#used, JSON.stringify([asked, asked && ago(asked.asked_at)]), () =>
      asked
        ? [linked(asked), make('span', { class: 'line', title: exactly(asked.asked_at) }, ago(asked.asked_at))]
        : '',
    );
  }

  /** @param {boolean} isOpened */
  #buttons(isOpened) {
    const { id, title, can_write, job } = this.entry;
    const download = {
      class: 'icon quiet',
      download: '',
      'aria-label': t('Download %(name)s', { name: title }),
      title: t('Download'),
    };
    return [
      can_write &&
        isOpen(job) &&
        iconButton('stop', t('Stop reading %(name)s', { name: title }), 'cancel', () =>
          this.#actions.cancel([this.entry]),
        ),
      canRetry(this.entry) &&
        iconButton('again', t('Try %(name)s again', { name: title }), 'retry', () => this.#actions.retry([this.entry])),
      make('a', { ...download, href: fileOf(id, true), 'data-does': 'download' }, icon('download')),
      can_write &&
        iconButton('remove', t('Delete %(name)s', { name: title }), 'delete', () => this.#table.remove([this.entry]), {
          class: 'icon quiet',
        }),
      iconButton(
        'more',
        isOpened ? t('Less about %(name)s', { name: title }) : t('More about %(name)s', { name: title }),
        'open',
        () => this.#table.open(id),
        {
          class: 'icon chevron',
          'aria-expanded': String(isOpened),
        },
      ),
    ];
  }
}

/**
 * Empty where there is but one library.
 * @param {DocumentEntry} entry
 * @param {LibraryView[]} libraries
 */
function libraryName(entry, libraries) {
  if (libraries.length < 2) return '';
  const own = libraries.find((library) => library.library_id === entry.library_id);
  return own ? labelOf(own) : entry.library;
}

/**
 * @param {DocumentEntry} entry
 * @param {import('./status.js').Status} now
 */
function stateOf({ title, job }, now) {
  const isRunning = job?.state === 'started';
  return [
    make('span', { class: `state ${now.is}` }, now.word),
    isRunning && make('progress', { max: 100, value: job.percent, 'aria-label': `${title}: ${job.percent} %` }),
    now.detail && make('span', { class: 'line', title: now.detail }, now.detail),
  ];
}
