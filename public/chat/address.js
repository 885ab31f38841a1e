/* Gives a new conversation its address at once. The page asks for the list of conversations first, and on narrow windows, where that
   list is closed, never gives one: a reload until then would show an empty chat. It stands in front of window.WebSocket, and only
   listens. */

const EVENT = '42["first_interaction",';
const Socket = window.WebSocket;

/** @param {MessageEvent<unknown>} event */
function hear({ data }) {
  if (typeof data !== 'string' || !data.startsWith(EVENT) || location.pathname !== '/') return;
  const [, { thread_id: thread }] = JSON.parse(data.slice('42'.length));
  history.replaceState(history.state, '', `/thread/${encodeURIComponent(thread)}`);
}

window.WebSocket = class extends Socket {
  /** @param {ConstructorParameters<typeof Socket>} args */
  constructor(...args) {
    super(...args);
    this.addEventListener('message', hear);
  }
};
