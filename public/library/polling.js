/* Asks the server for news of what is in sight. Only documents that are being read are asked about, only while someone looks, and the
   more seldom the less happens and the longer the server takes: that asks little of it, needs no connection of its own, and a restart
   is just a pause. */
/** @import { DocumentEntry } from '../lib/api_types.js' */
/** @import { Documents } from './documents.js' */
/** @import { Table } from './table.js' */
/** @import { Uploads } from './uploads.js' */
import { isStatus } from '../lib/api.js';
import { Emitter } from '../lib/emitter.js';
import { isOpen } from '../lib/jobs.js';
import * as api from './api.js';

const SOON_MS = 1200;
const SELDOM_MS = 6000;
const RESTING_MS = 30_000;
const MOST_IDS = 100;
const SHARE = 10; // the server's time is at most a tenth of ours
const COUNT_EVERY_MS = 4000;
const SLOWER = 1.5;

/**
 * Events: `there` and `away`, whether the server answers; `moved`, when documents have come or gone; `ended`, when one was read.
 * @extends {Emitter<{ there: null, away: unknown, moved: null, ended: DocumentEntry }>}
 */
export class Polling extends Emitter {
  #documents;
  #table;
  #uploads;
  #timer = 0;
  #pauseMs = SOON_MS;
  #countedAt = 0;
  #isSignedOut = false;
  #isCountOld = false; // counts have changed since they were asked for
  #last = ''; // answer

  /**
   * @param {Documents} documents
   * @param {Table} table
   * @param {Uploads} uploads
   */
  constructor(documents, table, uploads) {
    super();
    this.#documents = documents;
    this.#table = table;
    this.#uploads = uploads;
    const hurry = () => this.#pauseMs > SOON_MS && this.soon();
    document.addEventListener('visibilitychange', () => !document.hidden && this.soon());
    window.addEventListener('online', () => this.soon());
    table.node.addEventListener('scroll', hurry, { passive: true });
  }

  /* Something has happened: look again before long. */
  soon() {
    this.#pauseMs = SOON_MS;
    this.#wait(SOON_MS);
  }

  /** @param {number} pauseMs */
  #wait(pauseMs) {
    clearTimeout(this.#timer);
    if (!this.#isSignedOut) this.#timer = setTimeout(() => this.#look(), pauseMs);
  }

  async #look() {
    if (document.hidden) return;
    const since = performance.now();
    try {
      const isChanged = await this.#ask();
      this.emit('there', null);
      const most = this.#isAnyOpen ? SELDOM_MS : RESTING_MS;
      this.#pauseMs = isChanged ? SOON_MS : Math.min(this.#pauseMs * SLOWER, most);
    } catch (error) {
      this.#isSignedOut = isStatus(error, 401);
      this.#pauseMs = Math.min(this.#pauseMs * SLOWER, SELDOM_MS);
      this.emit('away', error);
    }
    this.#wait(Math.max(this.#pauseMs, (performance.now() - since) * SHARE));
  }

  get #isAnyOpen() {
    return this.#uploads.followed().length > 0 || this.#table.inSight().some((entry) => isOpen(entry.job));
  }

  /* True when something is not as it was. */
  async #ask() {
    const inSight = this.#table.inSight().filter((entry) => isOpen(entry.job) || entry.state === 'pending');
    const seen = new Set(inSight.map((entry) => entry.id));
    const ids = [...new Set([...seen, ...this.#uploads.followed()])].slice(0, MOST_IDS);
    const isChanged = ids.length > 0 && (await this.#askAbout(ids, seen));
    await this.#recount();
    return isChanged || this.#isCountOld;
  }

  /**
   * @param {string[]} ids
   * @param {Set<string>} seen those of them that stand in the table
   */
  async #askAbout(ids, seen) {
    const { documents } = await api.these(ids);
    const answer = JSON.stringify(documents);
    const isChanged = answer !== this.#last;
    this.#last = answer;
    const ended = documents.filter((entry) => !isOpen(entry.job));
    this.#isCountOld ||= documents.length < ids.length || ended.length > 0;
    for (const entry of ended) if (seen.has(entry.id)) this.emit('ended', entry);
    this.#documents.take(
      ids.filter((id) => seen.has(id)),
      documents,
    );
    this.#uploads.take(ids, documents);
    return isChanged;
  }

  async #recount() {
    const since = Date.now() - this.#countedAt;
    if (since <= (this.#isCountOld ? COUNT_EVERY_MS : RESTING_MS)) return;
    this.#countedAt = Date.now();
    this.#isCountOld = false;
    if (await this.#documents.recount()) this.emit('moved', null);
  }
}
