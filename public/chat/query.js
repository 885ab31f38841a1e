/* Links that bring a question, /?q=…: it stands in the field, and the person sends it or not. It waits over a sign-in. */
import { watch } from '../lib/watch.js';
import { field, write } from './field.js';
import { person } from './place.js';

const KEY = 'footnote.question'; // in the session's storage

const given = new URLSearchParams(location.search).get('q')?.trim();
if (given && ['/', '/login'].includes(location.pathname)) {
  sessionStorage.setItem(KEY, given);
  const rest = new URL(location.href);
  rest.searchParams.delete('q'); // a reload does not bring it again
  history.replaceState(history.state, '', rest);
}

watch(() => {
  const question = location.pathname === '/' && person() && sessionStorage.getItem(KEY); // then it is kept as a draft, too
  const area = question && field();
  if (!area) return;
  sessionStorage.removeItem(KEY);
  area.focus();
  write(area, question);
});
