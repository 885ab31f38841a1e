/* The address of a conversation, so that reload, Back and Forward mean what they say.

   A new conversation has its address at once: the page asks for the list of conversations first, and on narrow windows, where that list is
   closed, never gives one. An address stands in the history once, and an open drawer of conversations not beside what is chosen in it. And
   Back to the empty chat is an empty chat: the page would show the conversation that was left, and go forward to it again. */
import { isOfDrawer } from './drawer.js';
import { onHeard } from './wire.js';

const EMPTY = '/';
let shown = location.pathname;

const push = history.pushState.bind(history);
const replace = history.replaceState.bind(history);
history.pushState = (state, unused, url) => {
  const isHere = url !== null && url !== undefined && new URL(url, location.href).href === location.href;
  const isNone = isHere && location.pathname !== EMPTY;
  (isNone || (url && isOfDrawer()) ? replace : push)(state, unused, url);
  shown = location.pathname;
};
history.replaceState = (state, unused, url) => {
  replace(state, unused, url);
  shown = location.pathname;
};

window.addEventListener('popstate', (event) => {
  const before = shown;
  shown = location.pathname;
  if (shown !== EMPTY || before === EMPTY) return;
  event.stopImmediatePropagation();
  location.reload();
});

onHeard('first_interaction', ({ thread_id: thread }) => {
  if (location.pathname === EMPTY) history.replaceState(history.state, '', `/thread/${encodeURIComponent(thread)}`);
});
