/* What a person can do with documents here: one by one or many at a time, each outcome told. */
/** @import { DocumentEntry } from '../lib/api_types.js' */
/** @import { Notes } from '../lib/notes.js' */
/** @import { Documents } from './documents.js' */
/** @import { Uploads } from './uploads.js' */
import { isStatus, sentenceOf } from '../lib/api.js';
import { confirm } from '../lib/confirm.js';
import { make } from '../lib/dom.js';
import { Emitter } from '../lib/emitter.js';
import { count, plural, t } from '../lib/words.js';
import * as api from './api.js';
import { askForPlace, labelOf, placesFor } from './places.js';
import { canCancel, canReindex, canRetry } from './status.js';

const AT_ONCE = 5;
const MOST_NAMED = 5;
const LOST = t(
  'Text and file are removed for everyone who shares the library. Answers that cited it keep its title. This cannot be undone.',
);
/** What is told when something was done: to one document, and to several. */
/** @typedef {{ one: (title: string) => string, more: (count: number) => string }} Done */

/** @type {Record<'deleted' | 'stopped' | 'again' | 'reading', Done>} */
const DONE = {
  deleted: {
    one: (title) => t('Deleted “%(title)s”.', { title }),
    more: (n) => plural(n, 'Deleted %(count)s document.', 'Deleted %(count)s documents.'),
  },
  stopped: {
    one: (title) => t('Stopped reading “%(title)s”.', { title }),
    more: (n) => plural(n, 'Stopped reading %(count)s document.', 'Stopped reading %(count)s documents.'),
  },
  again: {
    one: (title) => t('Trying again: “%(title)s”.', { title }),
    more: (n) => plural(n, 'Trying again: %(count)s document.', 'Trying again: %(count)s documents.'),
  },
  reading: {
    one: (title) => t('Reading again: “%(title)s”.', { title }),
    more: (n) => plural(n, 'Reading again: %(count)s document.', 'Reading again: %(count)s documents.'),
  },
};

/**
 * @param {string} place
 * @returns {Done}
 */
const movedTo = (place) => ({
  one: (title) => t('Moved to %(place)s: “%(title)s”.', { place, title }),
  more: (n) =>
    plural(n, 'Moved to %(place)s: %(count)s document.', 'Moved to %(place)s: %(count)s documents.', { place }),
});

/**
 * @param {string} place
 * @returns {Done}
 */
const copiedTo = (place) => ({
  one: (title) => t('Copied to %(place)s: “%(title)s”.', { place, title }),
  more: (n) =>
    plural(n, 'Copied to %(place)s: %(count)s document.', 'Copied to %(place)s: %(count)s documents.', { place }),
});

/**
 * Event `done`: something was done, or tried.
 * @extends {Emitter<{ done: null }>}
 */
export class Actions extends Emitter {
  #documents;
  #uploads;
  #notes;

  /**
   * @param {Documents} documents
   * @param {Uploads} uploads
   * @param {Notes} notes
   */
  constructor(documents, uploads, notes) {
    super();
    this.#documents = documents;
    this.#uploads = uploads;
    this.#notes = notes;
  }

  /** @param {File[]} files */
  add(files) {
    if (files.length) this.#uploads.add(files, { library_id: this.#documents.target?.library_id });
  }

  /** @param {DocumentEntry} entry */
  replace(entry) {
    const picker = make('input', { type: 'file' });
    picker.addEventListener('change', () => this.#uploads.add([...(picker.files ?? [])], { replaces: entry.id }));
    picker.click();
  }

  /** @param {DocumentEntry[]} entries */
  async remove(entries) {
    const mine = entries.filter((entry) => entry.can_write);
    const [first] = mine;
    if (!first) return;
    const isOne = mine.length === 1;
    const names = isOne ? [] : mine.slice(0, MOST_NAMED).map((entry) => entry.title);
    if (mine.length > MOST_NAMED) names.push(t('and %(count)s more', { count: count(mine.length - MOST_NAMED) }));
    const title = isOne
      ? t('Delete “%(title)s”?', { title: first.title })
      : plural(mine.length, 'Delete %(count)s document?', 'Delete %(count)s documents?');
    if (!(await confirm(title, LOST, t('Delete'), names))) return;
    await this.#each(mine, DONE.deleted, async (entry) => {
      await api.remove(entry.id).catch((error) => {
        if (!isStatus(error, 404)) throw error; // gone already: that is what was wanted
      });
      this.#documents.drop(entry.id);
    });
    this.#documents.recount().catch(() => {}); // the next look at the server counts again
  }

  /** @param {DocumentEntry[]} entries */
  placesFor(entries) {
    return placesFor(entries, this.#documents.libraries);
  }

  /** @param {DocumentEntry[]} entries */
  async move(entries) {
    const place = await askForPlace('move', entries, this.#documents.libraries);
    if (!place) return;
    const others = entries.filter((entry) => entry.library_id !== place.library_id);
    await this.#each(others, movedTo(labelOf(place)), async (entry) => {
      const moved = await api.move(entry.id, place.library_id);
      if (this.#documents.query.library_id) this.#documents.drop(entry.id);
      else this.#documents.take([], [{ ...entry, ...moved, library: place.name }]);
    });
    this.#documents.recount().catch(() => {});
  }

  /** @param {DocumentEntry[]} entries */
  async copy(entries) {
    const place = await askForPlace('copy', entries, this.#documents.libraries);
    if (!place) return;
    const others = entries.filter((entry) => entry.library_id !== place.library_id);
    await this.#each(others, copiedTo(labelOf(place)), async (entry) => {
      await api.copy(entry.id, place.library_id);
    });
    await this.#documents.load();
  }

  /** @param {DocumentEntry[]} entries */
  cancel(entries) {
    return this.#eachJob(entries.filter(canCancel), DONE.stopped, (entry) => api.cancel(entry.job?.job_id ?? ''));
  }

  /** @param {DocumentEntry[]} entries */
  retry(entries) {
    return this.#eachJob(entries.filter(canRetry), DONE.again, (entry) => api.retry(entry.job?.job_id ?? ''));
  }

  /** @param {DocumentEntry[]} entries */
  reindex(entries) {
    return this.#eachJob(entries.filter(canReindex), DONE.reading, (entry) => api.reindex(entry.id));
  }

  /**
   * @param {DocumentEntry[]} entries
   * @param {Done} done
   * @param {(entry: DocumentEntry) => ReturnType<typeof api.retry>} one
   */
  #eachJob(entries, done, one) {
    return this.#each(entries, done, async (entry) => this.#documents.takeJob(await one(entry)));
  }

  /**
   * Does something to each document, a few at a time; tells how many it was done to, and why not to the others.
   * @param {DocumentEntry[]} entries
   * @param {Done} done
   * @param {(entry: DocumentEntry) => Promise<void>} one
   */
  async #each(entries, done, one) {
    const left = [...entries];
    /** @type {[entry: DocumentEntry, error: unknown][]} */
    const refused = [];
    const work = async () => {
      for (let entry = left.shift(); entry; entry = left.shift()) {
        try {
          await one(entry);
        } catch (error) {
          refused.push([entry, error]);
        }
        if (entries.length > AT_ONCE)
          this.#notes.tell(
            t('%(done)s of %(count)s…', { done: count(entries.length - left.length), count: count(entries.length) }),
          );
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, work));
    this.#tell(entries, done, refused);
    this.emit('done', null);
  }

  /**
   * @param {DocumentEntry[]} entries
   * @param {Done} done
   * @param {[entry: DocumentEntry, error: unknown][]} refused
   */
  #tell(entries, done, refused) {
    const said = entries.length === 1 ? done.one(entries[0]?.title ?? '') : done.more(entries.length - refused.length);
    const [first] = refused;
    if (!first) return this.#notes.tell(said);
    const [entry, error] = first;
    const more =
      refused.length > 1 ? ` ${t('So it was with %(count)s more.', { count: count(refused.length - 1) })}` : '';
    const others = entries.length > refused.length ? `${said} ` : '';
    this.#notes.wrong(`${others}“${entry.title}”: ${sentenceOf(error)}${more}`);
  }
}
