/* Keeping and showing a conversation: its downloads and its shared links, in one dialog. The look is in tell.css and save.css. */
/** @import { ShareView, ThreadShares } from './api_types.js' */
import { ask, refusal, sentenceOf } from './api.js';
import { make, refill, showDialog } from './dom.js';
import { exactly, many, t } from './words.js';

/** @type {[kind: string, label: string][]} */
const KINDS = [
  ['md', 'Markdown'],
  ['pdf', 'PDF'],
  ['json', 'JSON'],
];
/** @type {[days: string, label: string][]} */
const LASTS = [
  ['', t('until I revoke it')],
  ['1', t('for a day')],
  ['7', t('for 7 days')],
  ['30', t('for 30 days')],
  ['90', t('for 90 days')],
];
const WHO_READS = t(
  'Everybody who can sign in here and has the link reads the questions and answers as they are now, nothing that is asked later. A cited source opens only for those who may read its document; for others its number is all that is shown.',
);
const COPIED_MS = 2000;

class Save {
  #path;
  #status = make('p', { class: 'said', role: 'status' });
  #wrong = make('p', { class: 'wrong', role: 'alert' });
  #links = make('ul', { class: 'links', 'aria-label': t('Links') });
  #lasts = make('select', { id: 'fn-save-lasts' }, ...LASTS.map(([value, label]) => make('option', { value }, label)));
  #sharing = make(
    'section',
    { 'aria-labelledby': 'fn-save-share', hidden: true },
    make('h3', { id: 'fn-save-share' }, t('Share a link')),
    make('p', {}, WHO_READS),
    make(
      'div',
      { class: 'making' },
      make('label', { for: 'fn-save-lasts' }, t('The link works')),
      this.#lasts,
      make('button', { type: 'button', class: 'go', onclick: () => this.#do(() => this.#make()) }, t('Make a link')),
    ),
    this.#links,
    make('p', { class: 'all' }, make('a', { href: '/account/shares' }, t('All my links'))),
  );
  #close = make('button', { type: 'button', onclick: () => this.#dialog.close() }, t('Close'));
  #downloads = KINDS.map(([kind, label]) =>
    make('button', { type: 'button', 'data-does': kind, onclick: () => this.#do(() => this.#download(kind)) }, label),
  );
  #dialog = make(
    'dialog',
    { class: 'fn-tell fn-save', 'aria-labelledby': 'fn-save-title' },
    make('h2', { id: 'fn-save-title' }, t('Save or share')),
    make('h3', { id: 'fn-save-as' }, t('Download as')),
    make('div', { class: 'kinds', role: 'group', 'aria-labelledby': 'fn-save-as' }, ...this.#downloads),
    this.#sharing,
    this.#status,
    this.#wrong,
    make('div', { class: 'choices' }, this.#close),
  );

  /** @param {string} thread */
  constructor(thread) {
    this.#path = `/api/threads/${encodeURIComponent(thread)}`;
  }

  open() {
    showDialog(this.#dialog, this.#downloads[0] ?? this.#close, () => {});
    this.#do(() => this.#list());
  }

  /** @param {() => Promise<void>} action */
  async #do(action) {
    this.#wrong.textContent = this.#status.textContent = '';
    try {
      await action();
    } catch (error) {
      this.#status.textContent = '';
      this.#wrong.textContent = sentenceOf(error);
    }
  }

  async #list() {
    /** @type {ThreadShares} */
    const found = await ask(`${this.#path}/shares`);
    this.#sharing.hidden = !found.may_share;
    refill(
      this.#links,
      found.shares.map((share) => this.#row(share)),
    );
  }

  async #make() {
    const days = Number(this.#lasts.value);
    const body = days ? { expires_in_days: days } : {};
    /** @type {ShareView} */
    const made = await ask(`${this.#path}/shares`, { method: 'POST', body });
    await this.#list();
    await this.#copy(made);
  }

  /** @param {ShareView} share */
  #row(share) {
    const label = t('Link to %(messages)s, made %(date)s', {
      messages: many(share.message_count, 'message'),
      date: exactly(share.created_at),
    });
    const until = share.expires_at
      ? t('Works until %(date)s', { date: exactly(share.expires_at) })
      : t('Works until it is revoked');
    const field = make('input', { readonly: true, value: addressOf(share), 'aria-label': label });
    field.addEventListener('focus', () => field.select());
    const copy = () => this.#do(() => this.#copy(share));
    const revoke = () => this.#do(() => this.#revoke(share));
    return make(
      'li',
      {},
      field,
      make('button', { type: 'button', 'data-does': `copy ${share.share_id}`, onclick: copy }, t('Copy')),
      make(
        'button',
        { type: 'button', class: 'revoke', 'aria-label': `${t('Revoke')}. ${label}`, onclick: revoke },
        t('Revoke'),
      ),
      make('span', { class: 'until' }, `${until} · ${many(share.message_count, 'message')}`),
    );
  }

  /** @param {ShareView} share */
  async #copy(share) {
    try {
      await navigator.clipboard.writeText(addressOf(share));
      this.#say(t('The link is copied.'));
    } catch {
      const field = [...this.#links.querySelectorAll('input')].find((one) => one.value === addressOf(share));
      field?.focus(); // without the right to the clipboard: selected, to be copied by hand
      this.#say(t('The link is selected: copy it with your keyboard.'));
    }
  }

  /** @param {ShareView} share */
  async #revoke(share) {
    await ask(`${this.#path}/shares/${share.share_id}`, { method: 'DELETE' });
    await this.#list();
    this.#close.focus();
    this.#say(t('The link is revoked.'));
  }

  /** @param {string} kind */
  async #download(kind) {
    this.#say(t('Preparing…'), false);
    const response = await fetch(`${this.#path}/export?format=${kind}`).catch(() => null);
    if (!response?.ok)
      throw refusal(response?.status ?? 0, (await response?.json().catch(() => null)) ?? { message: UNREACHABLE });
    const address = URL.createObjectURL(await response.blob());
    make('a', { href: address, download: nameIn(response.headers.get('content-disposition') ?? '') }).click();
    setTimeout(() => URL.revokeObjectURL(address), COPIED_MS);
    this.#say(t('Downloaded.'));
  }

  /**
   * @param {string} text
   * @param {boolean} [passes] whether it goes away by itself
   */
  #say(text, passes = true) {
    this.#status.textContent = text;
    if (!passes) return;
    setTimeout(() => {
      if (this.#status.textContent === text) this.#status.textContent = '';
    }, COPIED_MS * 2);
  }
}

const UNREACHABLE = t('The server cannot be reached.');

/** @param {ShareView} share */
const addressOf = (share) => new URL(share.path, location.href).href;

/**
 * The name of a download, from its header.
 * @param {string} header
 */
function nameIn(header) {
  const name = header.match(/filename\*=UTF-8''([^;]+)/)?.[1];
  return name ? decodeURIComponent(name) : 'conversation';
}

/**
 * Opens the dialog for a conversation.
 * @param {string} thread
 */
export const saveOrShare = (thread) => new Save(thread).open();
