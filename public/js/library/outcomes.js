/* The list of files on their way, each with what became of it. */
import { fill, make, name } from './dom.js';
import { iconButton, kindIcon } from './icons.js';
import { isOpen, many, remark, progress } from './words.js';

const MOST_SHOWN = 100;
const RANK = { sending: 1, waiting: 3 };

function wordOf(upload) {
  const { state, job, message, document: stored } = upload;
  const reference = upload.reference ?? job?.reference;
  const because = (text) => (reference ? `${text} Reference ${reference}.` : text);
  switch (state) {
    case 'waiting': return ['waiting', message || 'Waiting to be sent'];
    case 'sending': return ['sending', upload.sent < upload.file.size ? `Sending ${percent(upload)} %` : 'Sent, being stored'];
    case 'known': return ['done', 'In the library already'];
    case 'refused': return ['wrong', `Not added. ${message}`];
    case 'failed': return ['wrong', because(message)];
    case 'stopped': return ['waiting', message];
    default:
  }
  if (isOpen(job)) return ['reading', job.state === 'queued' && !job.notice ? 'Waiting to be read' : [progress(job).stage, progress(job).detail].filter(Boolean).join(' · ')];
  if (job.state === 'failed') return ['wrong', because(`Not read. ${job.error ?? ''}`)];
  if (job.state === 'stopped') return ['waiting', 'Reading was stopped'];
  return stored.warnings?.length ? ['done', `Ready. ${remark(stored)}`] : ['done', 'Ready'];
}

const percent = ({ sent, file }) => (file.size ? Math.floor((sent / file.size) * 100) : 100);
const rank = (upload) => (upload.isWrong ? 0 : RANK[upload.state] ?? (upload.isRead ? 2 : 4));

class Item {
  constructor(uploads) {
    this.uploads = uploads;
    this.parts = Object.fromEntries(['what', 'state', 'act'].map((part) => [part, make('div', { class: part })]));
    this.node = make('li', {}, ...Object.values(this.parts));
  }

  update(upload) {
    const [is, text] = wordOf(upload);
    this.node.className = is;
    fill(this.parts.what, upload.document?.mime_type ?? upload.file.type, () => [kindIcon(upload.document?.mime_type ?? upload.file.type), name(upload.file.name)]);
    fill(this.parts.state, `${is}${text}${upload.job?.percent}`, () => [make('span', { class: 'said' }, text), barOf(upload)]);
    fill(this.parts.act, `${upload.isOver}${upload.state}`, () => this.act(upload));
  }

  act(upload) {
    if (!upload.isOver) return iconButton('close', `Do not add ${upload.file.name}`, 'stop', () => this.uploads.stop(upload));
    if (upload.state === 'failed' || upload.state === 'stopped') return upload.document ? null : iconButton('again', `Try ${upload.file.name} again`, 'again', () => this.uploads.again(upload));
    return null;
  }
}

function barOf(upload) {
  if (upload.state === 'sending') return make('progress', { max: 100, value: percent(upload), 'aria-label': `${upload.file.name} sent` });
  if (upload.isRead && upload.job.state === 'started') return make('progress', { max: 100, value: upload.job.percent, 'aria-label': `${upload.file.name} read` });
  return null;
}

export class Outcomes {
  #items = new Map();
  #isScheduled = false;

  constructor(uploads) {
    this.uploads = uploads;
    this.title = make('h2', { id: 'outcomes-title' });
    this.fold = iconButton('more', 'Show or hide the list of files', 'fold', () => this.#fold(), { 'aria-expanded': 'true', class: 'icon chevron' });
    this.shut = iconButton('close', 'Close the list of files', 'shut', () => this.#close());
    this.list = make('ul');
    this.rest = make('p', { class: 'faint' });
    const halt = make('button', { type: 'button', class: 'halt', onclick: () => uploads.stopAll() }, 'Stop adding');
    this.halt = halt;
    this.node = make('section', { class: 'outcomes', 'aria-labelledby': 'outcomes-title', hidden: true }, make('header', {}, this.title, halt, this.fold, this.shut), this.list, this.rest);
    uploads.addEventListener('change', () => this.#schedule());
  }

  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.render();
    });
  }

  #fold() {
    const isFolded = this.node.classList.toggle('folded');
    this.fold.setAttribute('aria-expanded', String(!isFolded));
  }

  #close() {
    this.node.hidden = true;
    this.uploads.clear();
  }

  get summary() {
    const { all } = this.uploads;
    const wrong = all.filter((upload) => upload.isWrong).length;
    const sent = all.filter((upload) => upload.isOver).length;
    const reading = all.filter((upload) => upload.isRead).length;
    const parts = [sent < all.length ? `Adding ${sent} of ${many(all.length, 'file')}` : many(all.length, 'file')];
    if (reading) parts.push(`${reading} being read`);
    else if (sent === all.length && all.length > wrong) parts.push(wrong ? `${all.length - wrong} done` : 'all done');
    if (wrong) parts.push(many(wrong, 'problem'));
    return parts.join(' · ');
  }

  render() {
    const { all } = this.uploads;
    if (!all.length) return;
    this.node.hidden = false;
    this.title.textContent = this.summary;
    this.halt.hidden = !this.uploads.isBusy;
    this.shut.hidden = this.uploads.isBusy;
    const shown = [...all].sort((a, b) => rank(a) - rank(b) || a.id - b.id).slice(0, MOST_SHOWN);
    const wanted = new Set(shown.map((upload) => upload.id));
    for (const [id, item] of this.#items) if (!wanted.has(id)) {
      item.node.remove();
      this.#items.delete(id);
    }
    shown.forEach((upload, at) => {
      const item = this.#items.get(upload.id) ?? new Item(this.uploads);
      this.#items.set(upload.id, item);
      item.update(upload);
      if (this.list.children[at] !== item.node) this.list.insertBefore(item.node, this.list.children[at] ?? null);
    });
    this.rest.textContent = all.length > shown.length ? `and ${many(all.length - shown.length, 'more file', 'more files')}` : '';
  }
}
