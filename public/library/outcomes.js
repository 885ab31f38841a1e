/* The list of files on their way, each with what became of it. */
/** @import { JobStatus } from '../lib/api_types.js' */
/** @import { Upload, Uploads } from './uploads.js' */
import { fill, make, name } from '../lib/dom.js';
import { iconButton } from '../lib/icons.js';
import { isOpen } from '../lib/jobs.js';
import { withReference } from '../lib/reference.js';
import { oncePerFrame } from '../lib/watch.js';
import { count, many, plural, t, told } from '../lib/words.js';
import { kindIcon } from './kinds.js';
import { progress, remark } from './status.js';

const MOST_SHOWN = 100;

/** @typedef {[look: 'waiting' | 'sending' | 'reading' | 'done' | 'wrong', text: string]} Word */

/**
 * @param {Upload} upload
 * @returns {Word}
 */
function wordOf(upload) {
  const { state, message } = upload;
  switch (state) {
    case 'waiting':
      return ['waiting', message || t('Waiting to be sent')];
    case 'sending':
      return [
        'sending',
        upload.sentBytes < upload.file.size
          ? t('Sending %(percent)s %', { percent: upload.percent })
          : t('Sent, being stored'),
      ];
    case 'known':
      return ['done', t('In the library already')];
    case 'refused':
      return ['wrong', t('Not added. %(why)s', { why: told(message) })];
    case 'failed':
      return ['wrong', withReference(told(message), upload.reference ?? upload.job?.reference)];
    case 'stopped':
      return ['waiting', told(message)];
    default:
      return wordOfReading(upload);
  }
}

/**
 * @param {Upload} upload that was taken
 * @returns {Word}
 */
function wordOfReading({ job, document: stored, reference }) {
  if (job && isOpen(job)) return ['reading', readingOf(job)];
  if (job?.state === 'failed')
    return ['wrong', withReference(t('Not read. %(why)s', { why: told(job.error ?? '') }), reference ?? job.reference)];
  if (job?.state === 'stopped') return ['waiting', t('Reading was stopped')];
  return ['done', stored?.warnings.length ? t('Ready. %(remark)s', { remark: remark(stored) }) : t('Ready')];
}

/** @param {JobStatus} job */
function readingOf(job) {
  if (job.state === 'queued' && !job.notice) return t('Waiting to be read');
  const { stage, detail } = progress(job);
  return detail ? `${stage} · ${detail}` : stage;
}

/**
 * Where it stands in the list: what went wrong first, what is done last.
 * @param {Upload} upload
 */
function rank(upload) {
  if (upload.isWrong) return 0;
  if (upload.state === 'sending') return 1;
  if (upload.isBeingRead) return 2;
  return upload.state === 'waiting' ? 3 : 4;
}

/** @param {Upload} upload */
function barOf({ state, percent, isBeingRead, job, file }) {
  if (state === 'sending')
    return make('progress', { max: 100, value: percent, 'aria-label': t('%(name)s sent', { name: file.name }) });
  if (isBeingRead && job?.state === 'started')
    return make('progress', { max: 100, value: job.percent, 'aria-label': t('%(name)s read', { name: file.name }) });
  return null;
}

class Item {
  #what = make('div', { class: 'what' });
  #state = make('div', { class: 'state' });
  #act = make('div', { class: 'act' });
  node = make('li', {}, this.#what, this.#state, this.#act);
  #uploads;

  /** @param {Uploads} uploads */
  constructor(uploads) {
    this.#uploads = uploads;
  }

  /** @param {Upload} upload */
  update(upload) {
    const [look, text] = wordOf(upload);
    const mime = upload.document?.mime_type ?? upload.file.type;
    this.node.className = look;
    fill(this.#what, mime, () => [kindIcon(mime), name(upload.file.name)]);
    fill(this.#state, `${look}${text}${upload.job?.percent}`, () => [
      make('span', { class: 'said' }, text),
      barOf(upload),
    ]);
    fill(this.#act, `${upload.isOver}${upload.state}`, () => this.#button(upload));
  }

  /** @param {Upload} upload */
  #button(upload) {
    const { isOver, state, document: stored, file } = upload;
    if (!isOver)
      return iconButton('close', t('Do not add %(name)s', { name: file.name }), 'stop', () =>
        this.#uploads.stop(upload),
      );
    if (stored || (state !== 'failed' && state !== 'stopped')) return null;
    return iconButton('again', t('Try %(name)s again', { name: file.name }), 'again', () =>
      this.#uploads.again(upload),
    );
  }
}

export class Outcomes {
  #uploads;
  /** @type {Map<number, Item>} */
  #items = new Map(); // by the upload's id
  #title = make('h2', { id: 'outcomes-title' });
  #fold = iconButton('more', t('Show or hide the list of files'), 'fold', () => this.#toggle(), {
    'aria-expanded': 'true',
    class: 'icon chevron',
  });
  #shut = iconButton('close', t('Close the list of files'), 'shut', () => this.#close());
  #halt = make('button', { type: 'button', class: 'halt', onclick: () => this.#uploads.stopAll() }, t('Stop adding'));
  #list = make('ul');
  #rest = make('p', { class: 'faint' });
  node = make(
    'section',
    { class: 'outcomes', 'aria-labelledby': 'outcomes-title', hidden: true },
    make('header', {}, this.#title, this.#halt, this.#fold, this.#shut),
    this.#list,
    this.#rest,
  );

  /** @param {Uploads} uploads */
  constructor(uploads) {
    this.#uploads = uploads;
    uploads.on(
      'change',
      oncePerFrame(() => this.#render()),
    );
  }

  #toggle() {
    const isFolded = this.node.classList.toggle('folded');
    this.#fold.ariaExpanded = String(!isFolded);
  }

  #close() {
    this.node.hidden = true;
    this.#uploads.clear();
  }

  get #summary() {
    const { all } = this.#uploads;
    const wrong = all.filter((upload) => upload.isWrong).length;
    const sent = all.filter((upload) => upload.isOver).length;
    const reading = all.filter((upload) => upload.isBeingRead).length;
    const parts = [
      sent < all.length
        ? plural(all.length, 'Adding %(sent)s of %(count)s file', 'Adding %(sent)s of %(count)s files', { sent })
        : many(all.length, 'file'),
    ];
    if (reading) parts.push(t('%(count)s being read', { count: count(reading) }));
    else if (sent === all.length && all.length > wrong)
      parts.push(wrong ? t('%(count)s done', { count: count(all.length - wrong) }) : t('all done'));
    if (wrong) parts.push(many(wrong, 'problem'));
    return parts.join(' · ');
  }

  #render() {
    const { all, isBusy } = this.#uploads;
    if (!all.length) return;
    this.node.hidden = false;
    this.#title.textContent = this.#summary;
    this.#halt.hidden = !isBusy;
    this.#shut.hidden = isBusy;
    const shown = [...all].sort((one, other) => rank(one) - rank(other) || one.id - other.id).slice(0, MOST_SHOWN);
    this.#drop(new Set(shown.map((upload) => upload.id)));
    for (const [at, upload] of shown.entries()) this.#place(at, upload);
    const more = all.length - shown.length;
    this.#rest.textContent = more ? plural(more, 'and %(count)s more file', 'and %(count)s more files') : '';
  }

  /** @param {Set<number>} wanted */
  #drop(wanted) {
    for (const [id, item] of this.#items) {
      if (wanted.has(id)) continue;
      item.node.remove();
      this.#items.delete(id);
    }
  }

  /**
   * @param {number} at
   * @param {Upload} upload
   */
  #place(at, upload) {
    const item = this.#items.get(upload.id) ?? new Item(this.#uploads);
    this.#items.set(upload.id, item);
    item.update(upload);
    const there = this.#list.children[at] ?? null;
    if (there !== item.node) this.#list.insertBefore(item.node, there);
  }
}
