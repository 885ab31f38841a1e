/* Files on their way into the composer: dropped, chosen, or pasted. What it would refuse is told by name, with what to do, and the rest goes in;
   the page would name kinds of files as programs do, and take none of too many. Before the page has its connection the composer ignores files,
   and the browser would open them in place of the chat: they are held until then. */
import { filesOf, hasFiles } from '../lib/files.js';
import { t } from '../lib/words.js';
import { FIELD } from './field.js';
import { names, sifted } from './files.js';
import { wrong } from './notes.js';

const WAIT_MS = 200;
const PATIENCE_MS = 60_000;
const INPUT = 'input[type=file]';

/** @type {WeakSet<Event>} */
const ours = new WeakSet();

/** @returns {HTMLInputElement | null} */
const input = () => document.querySelector(`#root ${INPUT}`);

function isReady() {
  const button = document.querySelector('#upload-button');
  return button instanceof HTMLButtonElement && !button.disabled;
}

const isSignedIn = () => !location.pathname.startsWith('/login');
const attached = () => document.querySelectorAll('#attachments > *').length;

/**
 * @param {File[]} files
 * @param {number} since when they came
 */
function handOver(files, since) {
  const into = input();
  if (isReady() && into) {
    const { taken, sentence } = sifted(files, into.accept, attached());
    if (sentence) wrong(sentence);
    if (taken.length) give(into, taken);
  } else if (Date.now() - since < PATIENCE_MS) {
    setTimeout(handOver, WAIT_MS, files, since);
  } else wrong(t('Not added: %(names)s. Try again when Footnote has answered.', { names: names(files) }));
}

/**
 * @param {HTMLInputElement} into
 * @param {File[]} files
 */
function give(into, files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  into.files = transfer.files;
  const event = new Event('change', { bubbles: true });
  ours.add(event);
  into.dispatchEvent(event);
}

/**
 * Takes files out of the page's hands.
 * @param {Event} event
 * @param {File[] | Promise<File[]>} files
 */
async function take(event, files) {
  event.preventDefault();
  event.stopPropagation();
  handOver(await files, Date.now());
}

document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), true);
document.addEventListener(
  'drop',
  (event) => {
    if (!hasFiles(event)) return;
    if (isSignedIn()) take(event, filesOf(event.dataTransfer));
    else event.preventDefault();
  },
  true,
);
document.addEventListener(
  'change',
  (event) => {
    const { target } = event;
    if (ours.has(event) || !(target instanceof HTMLInputElement) || !target.matches(`#root ${INPUT}`)) return;
    take(event, [...(target.files ?? [])]);
  },
  true,
);
document.addEventListener(
  'paste',
  (event) => {
    const { clipboardData: pasted, target } = event;
    const isText = pasted?.types.includes('text/plain'); // then a file is a picture of it
    if (pasted?.files.length && !isText && target instanceof Element && target.matches(FIELD))
      take(event, [...pasted.files]);
  },
  true,
);
