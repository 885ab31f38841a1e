/* Files on their way: a few at a time, each with an outcome of its own. One that fails holds up none of the others. */
/** @import { ErrorBody } from '../lib/api.js' */
/** @import { DocumentEntry, DocumentView, JobStatus, Submission } from '../lib/api_types.js' */
import { refusal } from '../lib/api.js';
import { Emitter } from '../lib/emitter.js';
import { isOpen } from '../lib/jobs.js';
import { size, t, told } from '../lib/words.js';
import { uploadAddress } from './api.js';

const AT_ONCE = 3;
const MOST_TRIES = 8; // a server that starts anew takes its time
const MOST_TRIES_BUSY = 32;
const PAUSE_MS = 1500;
const MOST_PAUSE_MS = 20_000;
const BUSY = new Set([429, 502, 503, 504]);

/** @typedef {{ library_id?: string, replaces?: string }} Target where a file goes, or which document it replaces */

/* One file. What is taken has a document and its job. */
export class Upload {
  static #last = 0;
  id = ++Upload.#last;
  /** @type {'waiting' | 'sending' | 'taken' | 'known' | 'refused' | 'failed' | 'stopped'} */
  state = 'waiting';
  sentBytes = 0;
  tries = 0;
  message = '';
  /** @type {string | null} */
  reference = null;
  /** @type {DocumentEntry | DocumentView | null} */
  document = null;
  /** @type {JobStatus | null} */
  job = null;

  /**
   * @param {File} file
   * @param {Target} target
   */
  constructor(file, target) {
    this.file = file;
    this.target = target;
  }

  /* Sent, or given up. */
  get isOver() {
    return this.state !== 'waiting' && this.state !== 'sending';
  }

  /* Taken, and not yet read to its end. */
  get isBeingRead() {
    return this.state === 'taken' && isOpen(this.job);
  }

  get isWrong() {
    return (
      this.state === 'refused' || this.state === 'failed' || (this.state === 'taken' && this.job?.state === 'failed')
    );
  }

  get percent() {
    return this.file.size ? Math.floor((this.sentBytes / this.file.size) * 100) : 100;
  }

  /**
   * Back among those that wait.
   * @param {string} message
   */
  wait(message) {
    this.state = 'waiting';
    this.sentBytes = 0;
    this.message = message;
  }
}

/**
 * Events: `change`; `taken`, when the server has a file; `signedOut`, with the error.
 * @extends {Emitter<{ change: null, taken: null, signedOut: unknown }>}
 */
export class Uploads extends Emitter {
  /** @type {Upload[]} */
  all = [];
  /** @type {Map<Upload, XMLHttpRequest>} */
  #requests = new Map();
  #pausedUntil = 0;

  /** @param {number} maxBytes of a file */
  constructor(maxBytes) {
    super();
    this.maxBytes = maxBytes;
    window.addEventListener('beforeunload', (event) => this.isBusy && event.preventDefault());
    window.addEventListener('online', () => {
      this.#pausedUntil = 0;
      this.#go();
    });
  }

  get isBusy() {
    return this.all.some((upload) => !upload.isOver);
  }

  /**
   * @param {File[]} files
   * @param {Target} target
   */
  add(files, target) {
    for (const file of files) {
      const upload = new Upload(file, target);
      this.all.push(upload);
      if (file.size > this.maxBytes)
        this.#end(
          upload,
          'refused',
          t('It has %(size)s; the most is %(most)s.', { size: size(file.size), most: size(this.maxBytes) }),
        );
    }
    this.#go();
  }

  /** @param {Upload} upload */
  stop(upload) {
    if (upload.isOver) return;
    this.#requests.get(upload)?.abort();
    this.#requests.delete(upload);
    this.#end(upload, 'stopped', t('Not added.'));
    this.#go();
  }

  /** @param {Upload} upload */
  again(upload) {
    upload.wait('');
    upload.tries = 0;
    upload.reference = null;
    this.#go();
  }

  stopAll() {
    for (const upload of this.all.filter((one) => !one.isOver)) this.stop(upload);
  }

  clear() {
    this.all = this.all.filter((upload) => !upload.isOver);
    this.emit('change', null);
  }

  /* Documents whose reading is followed, the longest-waiting first. */
  followed() {
    return this.all.flatMap((upload) => (upload.isBeingRead && upload.document ? [upload.document.id] : []));
  }

  /**
   * Newer states of documents; those asked for and not there any more were deleted.
   * @param {string[]} ids that were asked for
   * @param {DocumentEntry[]} found
   */
  take(ids, found) {
    const newer = new Map(found.map((entry) => [entry.id, entry]));
    for (const upload of this.all) {
      if (!upload.isBeingRead || !upload.document || !ids.includes(upload.document.id)) continue;
      const entry = newer.get(upload.document.id);
      if (entry) Object.assign(upload, { document: entry, job: entry.job ?? upload.job });
      else this.#end(upload, 'stopped', t('It has been deleted.'));
    }
    this.emit('change', null);
  }

  #go() {
    if (this.#pausedUntil > Date.now()) return;
    while (this.#requests.size < AT_ONCE) {
      const next = this.all.find((upload) => upload.state === 'waiting');
      if (!next) break;
      this.#send(next);
    }
    this.emit('change', null);
  }

  /** @param {Upload} upload */
  #send(upload) {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', upload.file, upload.file.name);
    this.#requests.set(upload, request);
    Object.assign(upload, { state: 'sending', sentBytes: 0, tries: upload.tries + 1, message: '' });
    request.open('POST', uploadAddress(upload.target));
    request.setRequestHeader('accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      upload.sentBytes = Math.min(event.loaded, upload.file.size);
      this.emit('change', null);
    };
    request.onload = () => this.#answered(upload, request.status, request.response);
    request.onerror = () => this.#lost(upload);
    request.send(form);
  }

  /**
   * @param {Upload} upload
   * @param {number} status
   * @param {Submission | ErrorBody} body
   */
  #answered(upload, status, body) {
    this.#requests.delete(upload);
    if (body && 'document' in body) this.#taken(upload, body);
    else if (BUSY.has(status) && upload.tries < MOST_TRIES_BUSY)
      this.#later(upload, (body?.retry_after ?? 2) * 1000, body?.message ?? 'The server is busy.');
    else {
      const error = refusal(status, body);
      this.#end(upload, status >= 400 && status < 500 ? 'refused' : 'failed', error.message, error.reference);
      if (status === 401) this.emit('signedOut', error);
    }
    this.#go();
  }

  /**
   * @param {Upload} upload
   * @param {Submission} submission
   */
  #taken(upload, { document, job, is_known }) {
    Object.assign(upload, { document, job });
    this.#end(upload, is_known && !isOpen(job) ? 'known' : 'taken', '');
    this.emit('taken', null);
  }

  /**
   * The connection was cut, or the file is no longer what it was when it was chosen.
   * @param {Upload} upload
   */
  async #lost(upload) {
    this.#requests.delete(upload);
    const first = upload.file.slice(0, 1).arrayBuffer();
    const isThere = await first.then(
      () => true,
      () => false,
    );
    if (upload.state !== 'sending') return; // stopped meanwhile
    if (!navigator.onLine) upload.tries -= 1; // no fault of the server's: it goes on when the line is back
    if (!isThere) this.#end(upload, 'failed', t('The file has changed or gone since it was chosen.'));
    else if (upload.tries >= MOST_TRIES) this.#end(upload, 'failed', t('The connection was lost.'));
    else {
      const pauseMs = Math.min(PAUSE_MS * 2 ** Math.max(0, upload.tries - 1), MOST_PAUSE_MS);
      this.#later(upload, pauseMs, t('The connection was lost.'));
    }
    this.#go();
  }

  /**
   * @param {Upload} upload
   * @param {number} pauseMs
   * @param {string} why
   */
  #later(upload, pauseMs, why) {
    upload.wait(t('%(why)s It is tried again.', { why: told(why) }));
    this.#pausedUntil = Math.max(this.#pausedUntil, Date.now() + pauseMs);
    setTimeout(() => this.#go(), pauseMs + 10);
    this.emit('change', null);
  }

  /**
   * @param {Upload} upload
   * @param {Upload['state']} state
   * @param {string} message
   * @param {string | null} [reference]
   */
  #end(upload, state, message, reference = null) {
    Object.assign(upload, { state, message, reference });
    this.emit('change', null);
  }
}
