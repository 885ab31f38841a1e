/* Keeps what is in sight true. Only documents that are being read are asked about, only while someone looks, and the more seldom the
   less happens and the longer the server takes: that asks little of it, needs no connection of its own, and a restart is just a pause. */
import * as api from '../lib/api.js';
import { isOpen } from '../lib/words.js';

const SOON_MS = 1200;
const SELDOM_MS = 6000;
const RESTING_MS = 30_000;
const MOST_IDS = 100;
const SHARE = 10; // the server's time is at most a tenth of ours
const COUNT_EVERY_MS = 4000;

export class Live extends EventTarget {
  #timer = null;
  #pauseMs = SOON_MS;
  #countedAt = 0;
  #isOut = false;
  #isOwed = false; // counts have changed since they were asked for

  constructor(shelf, table, uploads) {
    super();
    Object.assign(this, { shelf, table, uploads });
    document.addEventListener('visibilitychange', () => !document.hidden && this.soon());
    window.addEventListener('online', () => this.soon());
    table.node.addEventListener('scroll', () => this.#pauseMs > SOON_MS && this.soon(), { passive: true });
  }

  /* Something has happened: look again before long. */
  soon() {
    this.#pauseMs = SOON_MS;
    this.#wait(SOON_MS);
  }

  #wait(pauseMs) {
    clearTimeout(this.#timer);
    if (!this.#isOut) this.#timer = setTimeout(() => this.#look(), pauseMs);
  }

  async #look() {
    if (document.hidden) return;
    const since = performance.now();
    try {
      const isChanged = await this.#ask();
      this.dispatchEvent(new Event('there'));
      this.#pauseMs = isChanged ? SOON_MS : Math.min(this.#pauseMs * 1.5, this.isAnyOpen ? SELDOM_MS : RESTING_MS);
    } catch (error) {
      this.#isOut = error.status === 401;
      this.#pauseMs = Math.min(this.#pauseMs * 1.5, SELDOM_MS);
      this.dispatchEvent(new CustomEvent('away', { detail: error }));
    }
    this.#wait(Math.max(this.#pauseMs, (performance.now() - since) * SHARE));
  }

  get isAnyOpen() {
    return this.uploads.followed().length > 0 || this.table.inSight().some((entry) => isOpen(entry.job));
  }

  async #ask() {
    const inSight = this.table.inSight().filter((entry) => isOpen(entry.job) || entry.state === 'pending');
    const ids = [...new Set([...inSight.map((entry) => entry.id), ...this.uploads.followed()])].slice(0, MOST_IDS);
    let isChanged = false,
      isEnded = false;
    if (ids.length) {
      const before = new Map(inSight.map((entry) => [entry.id, entry]));
      const { documents } = await api.these(ids);
      const told = JSON.stringify(documents);
      isChanged = told !== this.told;
      this.told = told;
      isEnded = documents.length < ids.length || documents.some((entry) => !isOpen(entry.job));
      for (const entry of documents)
        if (!isOpen(entry.job) && before.has(entry.id)) this.dispatchEvent(new CustomEvent('ended', { detail: entry }));
      this.shelf.take(
        ids.filter((id) => before.has(id)),
        documents,
      );
      this.uploads.take(ids, documents);
    }
    const rest = Date.now() - this.#countedAt;
    this.#isOwed ||= isEnded;
    if (rest > RESTING_MS || (this.#isOwed && rest > COUNT_EVERY_MS)) {
      this.#countedAt = Date.now();
      this.#isOwed = false;
      if (await this.shelf.recount()) this.dispatchEvent(new Event('moved'));
    }
    return isChanged || this.#isOwed;
  }
}
