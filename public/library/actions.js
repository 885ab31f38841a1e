/* What a person can do with documents here: one by one or many at a time, each outcome told. */
/** @import { DocumentEntry } from '../lib/api_types.js' */
/** @import { Notes } from '../lib/notes.js' */
/** @import { Documents } from './documents.js' */
/** @import { Uploads } from './uploads.js' */
import { isStatus, sentenceOf } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { Emitter } from '../lib/emitter.js';
import { many } from '../lib/words.js';
import * as api from './api.js';
import { confirm } from './confirm.js';
import { canCancel, canReindex, canRetry } from './status.js';

const AT_ONCE = 5;
const MOST_NAMED = 5;
const LOST =
  'Text and file are removed for everyone who shares the library. Answers that cited it keep its title. This cannot be undone.';

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
    if (mine.length > MOST_NAMED) names.push(`and ${mine.length - MOST_NAMED} more`);
    const title = isOne ? `Delete “${first.title}”?` : `Delete ${many(mine.length, 'document')}?`;
    if (!(await confirm(title, LOST, 'Delete', names))) return;
    await this.#each(mine, 'Deleted', async (entry) => {
      await api.remove(entry.id).catch((error) => {
        if (!isStatus(error, 404)) throw error; // gone already: that is what was wanted
      });
      this.#documents.drop(entry.id);
    });
    this.#documents.recount().catch(() => {}); // the next look at the server counts again
  }

  /** @param {DocumentEntry[]} entries */
  cancel(entries) {
    return this.#eachJob(entries.filter(canCancel), 'Stopped reading', (entry) => api.cancel(entry.job?.job_id ?? ''));
  }

  /** @param {DocumentEntry[]} entries */
  retry(entries) {
    return this.#eachJob(entries.filter(canRetry), 'Trying again:', (entry) => api.retry(entry.job?.job_id ?? ''));
  }

  /** @param {DocumentEntry[]} entries */
  reindex(entries) {
    return this.#eachJob(entries.filter(canReindex), 'Reading again:', (entry) => api.reindex(entry.id));
  }

  /**
   * @param {DocumentEntry[]} entries
   * @param {string} done
   * @param {(entry: DocumentEntry) => ReturnType<typeof api.retry>} one
   */
  #eachJob(entries, done, one) {
    return this.#each(entries, done, async (entry) => this.#documents.takeJob(await one(entry)));
  }

  /**
   * Does something to each document, a few at a time; tells how many it was done to, and why not to the others.
   * @param {DocumentEntry[]} entries
   * @param {string} done
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
        if (entries.length > AT_ONCE) this.#notes.tell(`${done} ${entries.length - left.length} of ${entries.length}…`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, work));
    this.#tell(entries, done, refused);
    this.emit('done', null);
  }

  /**
   * @param {DocumentEntry[]} entries
   * @param {string} done
   * @param {[entry: DocumentEntry, error: unknown][]} refused
   */
  #tell(entries, done, refused) {
    const said =
      entries.length === 1
        ? `${done} “${entries[0]?.title}”.`
        : `${done} ${many(entries.length - refused.length, 'document')}.`;
    const [first] = refused;
    if (!first) return this.#notes.tell(said);
    const [entry, error] = first;
    const more = refused.length > 1 ? ` So it was with ${refused.length - 1} more.` : '';
    const others = entries.length > refused.length ? `${said} ` : '';
    this.#notes.wrong(`${others}“${entry.title}”: ${sentenceOf(error)}${more}`);
  }
}
