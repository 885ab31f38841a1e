/* Gives a new conversation its address on narrow windows too. There the page leaves that to the list of conversations, which is
   closed, and a reload would lose the conversation. It stands in front of window.WebSocket, and only listens. */

const narrow = window.matchMedia('(max-width: 767px)'); // the page's own limit
const EVENT = '42["first_interaction",';
const Socket = window.WebSocket;

/** @param {MessageEvent<unknown>} event */
function hear({ data }) {
  if (typeof data !== 'string' || !data.startsWith(EVENT) || !narrow.matches || location.pathname !== '/') return;
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
