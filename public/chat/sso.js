/* Ways to sign in besides name and password, below the form of the sign-in page, which React makes anew now and then. */
/** @import { Way } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const box = make('p', { class: 'fn-sso' });
let isAsked = false;

async function learn() {
  isAsked = true;
  try {
    const ways = await /** @type {Promise<Way[]>} */ (ask('/api/sso'));
    box.replaceChildren(...ways.map(({ name, url }) => make('a', { href: url }, t('Sign in with %(name)s', { name }))));
  } catch {
    isAsked = false; // offline: the next time the page changes it is asked again
  }
  place();
}

function place() {
  if (location.pathname !== '/login') return box.remove();
  if (!isAsked) return void learn();
  const form = document.querySelector('form');
  if (form && box.childElementCount && !form.contains(box)) form.append(box);
}

watch(place);
place();
