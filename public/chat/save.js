/* The button that saves or shares the open conversation, in the page's own header, which React makes anew now and then. */
import { drawing, make } from '../lib/dom.js';
import { saveOrShare } from '../lib/save.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const BOX = ['M12 15V4 M8 8l4-4 4 4', 'M7 11H5v9h14v-9h-2'];

const threadOf = () => location.pathname.match(/^\/thread\/([^/]+)/)?.[1];

function open() {
  const thread = threadOf();
  if (thread) saveOrShare(decodeURIComponent(thread));
}

const label = t('Save or share');
const button = make(
  'button',
  { id: 'fn-save', type: 'button', title: label, 'aria-label': label, 'aria-haspopup': 'dialog', onclick: open },
  drawing(...BOX),
);

function place() {
  const bar = document.querySelector('#header > div:last-child');
  if (!bar || !threadOf()) return button.remove();
  if (!bar.contains(button)) bar.prepend(button);
}

watch(place);
