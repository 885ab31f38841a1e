/* Where somebody was when they were sent to the sign-in page: because their sign-in had ended, or because a link led here before they had
   signed in. Signed in again, they come back there (why.js says why the page asks). All of it is in the session's storage, so that each tab has
   its own. */

const PERSON = 'footnote.person'; // who is signed in in this tab, as the page knows them
const PLACE = 'footnote.place'; // JSON: where they were
const LEFT = 'footnote.left'; // set from signing out until the sign-in page is there
const SIGN_IN = '/login';
const DOORS = [SIGN_IN, '/']; // where signing in leads: here, or back from the provider

/** @typedef {{ path: string, person: string }} Place person: empty when nobody was signed in */

/**
 * Where they were, while they are asked to sign in.
 * @returns {Place | null}
 */
export function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE) ?? 'null');
  } catch {
    return null;
  }
}

/* Who is signed in in this tab; empty before it is known. */
export const person = () => sessionStorage.getItem(PERSON) ?? '';

/**
 * The server knows nobody here: the page is about to leave for the sign-in page.
 * @param {string} asker who was signed in here when the server was asked: an answer that is late says nothing about whoever came since
 */
export function refused(asker) {
  const path = location.pathname + location.search + location.hash;
  if (asker !== person()) return;
  if (location.pathname === SIGN_IN || sessionStorage.getItem(LEFT) !== null || stored()?.path === path) return;
  if (path !== '/' || person()) sessionStorage.setItem(PLACE, JSON.stringify({ path, person: person() }));
  sessionStorage.removeItem(PERSON);
}

/**
 * The server has said who is signed in. True when the page leaves for where they were.
 * @param {string} who
 */
export function signedIn(who) {
  const place = stored();
  sessionStorage.setItem(PERSON, who);
  for (const action of arrivals) action();
  sessionStorage.removeItem(PLACE);
  if (!place || !DOORS.includes(location.pathname)) return false; // who opened another page meanwhile wants that one
  if (place.person && place.person !== who) return false; // somebody else's conversation
  if (place.path.split('#')[0] === location.pathname + location.search) {
    history.replaceState(history.state, '', place.path); // going to a fragment loads nothing
    return false;
  }
  location.replace(place.path);
  return true;
}

/**
 * Somebody is about to sign out, or could not.
 * @param {boolean} isSo
 */
export function leaving(isSo) {
  if (isSo) sessionStorage.setItem(LEFT, '');
  else sessionStorage.removeItem(LEFT);
}

/** @type {(() => void)[]} */
const actions = [];

/** @type {(() => void)[]} */
const arrivals = [];

/**
 * Runs the action when it is known who is signed in, before anything of theirs is shown.
 * @param {() => void} action
 */
export const onSignedIn = (action) => arrivals.push(action);

/**
 * Runs the action when somebody signs out, while it is known who.
 * @param {() => void} action
 */
export const onSignedOut = (action) => actions.push(action);

/* Whoever signs out wants to come back nowhere. */
export function signedOut() {
  for (const action of actions) action();
  leaving(true);
  sessionStorage.removeItem(PERSON);
  sessionStorage.removeItem(PLACE);
}

/* A page that asks for signing in says in the address where it stands: /login?next=/library. */
function arrive() {
  leaving(false);
  const next = new URLSearchParams(location.search).get('next') ?? '';
  if (!/^\/(?![/\\])[^\s\\]*$/.test(next)) return; // not of another host: browsers leave blanks out and turn backslashes
  sessionStorage.setItem(PLACE, JSON.stringify({ path: next, person: '' }));
}

if (location.pathname === SIGN_IN) arrive();
