/* One API key in the list. */
/** @import { KeyView } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';
import { ago, around, exactly, onDay, plural, t } from '../lib/words.js';

const ENDED = { expired: t('Expired'), revoked: t('Revoked') };

/**
 * @param {string} iso
 * @param {string} text
 */
const time = (iso, text) => make('time', { datetime: iso, title: exactly(iso) }, text);

/** @param {KeyView} key */
function timesOf({ state, created_at, expires_at, last_used_at, questions_per_minute }) {
  const when = time(expires_at, onDay(expires_at));
  const ends = state === 'active' ? around('ends %(when)s', { when }) : around('its time ended %(when)s', { when });
  return make(
    'p',
    { class: 'faint' },
    ...(last_used_at ? around('Used %(when)s', { when: time(last_used_at, ago(last_used_at)) }) : [t('Never used')]),
    ' · ',
    ...around('made %(when)s', { when: time(created_at, ago(created_at)) }),
    state !== 'revoked' && make('span', {}, ' · ', ...ends),
    questions_per_minute !== null &&
      ` · ${plural(questions_per_minute, 'at most %(count)s question a minute', 'at most %(count)s questions a minute')}`,
  );
}

/**
 * @param {KeyView} key
 * @param {(key: KeyView) => void} revoke
 */
export function card(key, revoke) {
  const isActive = key.state === 'active';
  const onclick = () => revoke(key);
  const label = t('Revoke %(name)s', { name: key.name });
  const state = key.state !== 'active' && make('li', { class: 'state' }, ENDED[key.state]);
  return make(
    'li',
    { class: isActive ? 'key' : 'key ended' },
    make('h2', { dir: 'auto' }, key.name),
    make(
      'ul',
      { class: 'scopes', 'aria-label': t('What it may do') },
      state,
      ...key.scopes.map((scope) => make('li', {}, scope)),
    ),
    make('p', {}, make('code', {}, key.hint)),
    timesOf(key),
    isActive && make('button', { type: 'button', class: 'danger', 'aria-label': label, onclick }, t('Revoke')),
  );
}
