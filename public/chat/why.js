/* Says on the sign-in page why it asks: the sign-in has ended, or a link led here. */
import { make } from '../lib/dom.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { stored } from './place.js';

const ENDED = t(
  'Your sign-in has ended: its time was over, or you signed out or changed the password elsewhere. Sign in, and you are back where you were. What you were writing is kept.',
);
const ASKED = t('Sign in, and the page that you wanted opens.');
const why = make('p', { class: 'fn-why', role: 'status' });

function explain() {
  const place = location.pathname === '/login' ? stored() : null;
  const form = place && document.querySelector('form');
  if (!form) return why.remove();
  if (form.contains(why)) return;
  why.textContent = place.person ? ENDED : ASKED;
  form.querySelector(':scope > div')?.after(why);
}

watch(explain);
