/* Gives a new conversation its address on narrow windows too. There the page leaves that to the list of conversations, which is
   closed, and a reload would lose the conversation. */

const narrow = window.matchMedia('(max-width: 767px)'); // the page's own limit
const EVENT = '42["first_interaction",';
const Socket = window.WebSocket;

function hear({ data }) {
  if (typeof data !== 'string' || !data.startsWith(EVENT) || !narrow.matches || location.pathname !== '/') return;
  const [, { thread_id: thread }] = JSON.parse(data.slice(2));
  history.replaceState(history.state, '', `/thread/${encodeURIComponent(thread)}`);
}

window.WebSocket = class extends Socket {
  constructor(...args) {
    super(...args);
    this.addEventListener('message', hear);
  }
};
