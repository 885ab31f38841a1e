/* Files on their way: a few at a time, each with an outcome of its own. One that fails holds up none of the others. */
import { refusal, Refused, uploadAddress } from '../lib/api.js';
import { isOpen, size } from '../lib/words.js';

const AT_ONCE = 3;
const MOST_TRIES = 8; // a server that starts anew takes its time
const PAUSE_MS = 1500;
const MOST_PAUSE_MS = 20_000;
const BUSY = new Set([429, 502, 503, 504]);

/* state: waiting → sending → taken | known | refused | failed | stopped. What is taken has a document and its job. */
class Upload {
  static #numbers = 0;
  state = 'waiting';
  sent = 0; // bytes
  tries = 0;
  message = '';
  reference = null;
  document = null;
  job = null;

  constructor(file, target) {
    Object.assign(this, { file, target, id: (Upload.#numbers += 1) });
  }

  get isOver() {
    return !['waiting', 'sending'].includes(this.state);
  }

  /* Taken, and the reading goes on. */
  get isRead() {
    return this.state === 'taken' && isOpen(this.job);
  }

  get isWrong() {
    return ['refused', 'failed'].includes(this.state) || (this.state === 'taken' && this.job.state === 'failed');
  }
}

export class Uploads extends EventTarget {
  all = [];
  #requests = new Map(); // Upload → XMLHttpRequest
  #pausedUntil = 0;

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

  /* target: { library_id } or { replaces } */
  add(files, target) {
    for (const file of files) {
      const upload = new Upload(file, target);
      this.all.push(upload);
      if (file.size > this.maxBytes)
        this.#end(upload, 'refused', `It has ${size(file.size)}; the most is ${size(this.maxBytes)}.`);
    }
    this.#go();
  }

  stop(upload) {
    if (upload.isOver) return;
    this.#requests.get(upload)?.abort();
    this.#end(upload, 'stopped', 'Not added.');
    this.#go();
  }

  again(upload) {
    Object.assign(upload, { state: 'waiting', sent: 0, tries: 0, message: '', reference: null });
    this.#go();
  }

  stopAll() {
    for (const upload of this.all.filter((one) => !one.isOver)) this.stop(upload);
  }

  clear() {
    this.all = this.all.filter((upload) => !upload.isOver);
    this.#tell();
  }

  /* Documents whose reading is followed, the longest-waiting first. */
  followed() {
    return this.all.filter((upload) => upload.isRead).map((upload) => upload.document.id);
  }

  take(asked, found) {
    const newer = new Map(found.map((entry) => [entry.id, entry]));
    for (const upload of this.all.filter((one) => one.isRead && asked.includes(one.document.id))) {
      const entry = newer.get(upload.document.id);
      if (entry) Object.assign(upload, { document: entry, job: entry.job ?? upload.job });
      else this.#end(upload, 'stopped', 'It has been deleted.');
    }
    this.#tell();
  }

  #go() {
    const rest = this.#pausedUntil - Date.now();
    if (rest > 0) return;
    while (this.#requests.size < AT_ONCE) {
      const next = this.all.find((upload) => upload.state === 'waiting');
      if (!next) break;
      this.#send(next);
    }
    this.#tell();
  }

  #send(upload) {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', upload.file, upload.file.name);
    this.#requests.set(upload, request);
    Object.assign(upload, { state: 'sending', sent: 0, tries: upload.tries + 1, message: '' });
    request.open('POST', uploadAddress(upload.target));
    request.setRequestHeader('accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      upload.sent = Math.min(event.loaded, upload.file.size);
      this.#tell();
    };
    request.onload = () => this.#answered(upload, request.status, request.response);
    request.onerror = () => this.#lost(upload);
    request.send(form);
  }

  #answered(upload, status, body) {
    this.#requests.delete(upload);
    if (status === 202 && body) {
      Object.assign(upload, { document: body.document, job: body.job });
      this.#end(upload, body.is_known && !isOpen(body.job) ? 'known' : 'taken', '');
      this.dispatchEvent(new CustomEvent('taken', { detail: body }));
    } else if (BUSY.has(status) && upload.tries < MOST_TRIES * 4) {
      this.#later(upload, (body?.retry_after ?? 2) * 1000, body?.message ?? 'The server is busy.');
    } else {
      const { message, reference } = refusal(status, body);
      this.#end(upload, status >= 400 && status < 500 ? 'refused' : 'failed', message, reference);
      if (status === 401) this.dispatchEvent(new CustomEvent('out', { detail: new Refused(message, { status }) }));
    }
    this.#go();
  }

  /* The connection was cut, or the file is no longer what it was when it was chosen. */
  async #lost(upload) {
    this.#requests.delete(upload);
    const isThere = await upload.file
      .slice(0, 1)
      .arrayBuffer()
      .then(
        () => true,
        () => false,
      );
    if (upload.state !== 'sending') return; // stopped meanwhile
    if (!navigator.onLine) upload.tries -= 1; // no fault of the server's: it goes on when the line is back
    if (!isThere) this.#end(upload, 'failed', 'The file has changed or gone since it was chosen.');
    else if (upload.tries < MOST_TRIES)
      this.#later(
        upload,
        Math.min(PAUSE_MS * 2 ** Math.max(0, upload.tries - 1), MOST_PAUSE_MS),
        'The connection was lost.',
      );
    else this.#end(upload, 'failed', 'The connection was lost.');
    this.#go();
  }

  #later(upload, pauseMs, why) {
    Object.assign(upload, { state: 'waiting', sent: 0, message: `${why} It is tried again.` });
    this.#pausedUntil = Math.max(this.#pausedUntil, Date.now() + pauseMs);
    setTimeout(() => this.#go(), pauseMs + 10);
    this.#tell();
  }

  #end(upload, state, message, reference = null) {
    Object.assign(upload, { state, message, reference });
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}
