/* What the page says to the server over its socket, and what it hears, for our other scripts. It stands in front of window.WebSocket. */

const EVENT = /^42\d*\["([a-z_]+)",/; // socket.io: an event, with or without the number of an answer that is waited for
const Socket = window.WebSocket;

/** @typedef {(payload: any) => unknown} Hearer false: the page is not told */

/** @type {Map<string, Hearer[]>} */
const heard = new Map();
/** @type {Map<string, Hearer[]>} */
const said = new Map();

/**
 * @param {Map<string, Hearer[]>} hearers
 * @param {string} event
 * @param {Hearer} action
 */
const add = (hearers, event, action) => void hearers.set(event, [...(hearers.get(event) ?? []), action]);

/**
 * Runs the action when the server tells the page of an event; where it returns false, the page hears nothing of it.
 * @param {string} event
 * @param {Hearer} action
 */
export const onHeard = (event, action) => add(heard, event, action);

/**
 * Runs the action when the page tells the server of an event.
 * @param {string} event
 * @param {Hearer} action
 */
export const onSaid = (event, action) => add(said, event, action);

/**
 * @param {Map<string, Hearer[]>} hearers
 * @param {unknown} data
 */
function tell(hearers, data) {
  if (typeof data !== 'string') return true;
  const actions = hearers.get(EVENT.exec(data)?.[1] ?? '');
  if (!actions) return true;
  const [, payload] = JSON.parse(data.slice(data.indexOf('[')));
  return actions.map((action) => action(payload)).every((answer) => answer !== false);
}

window.WebSocket = class extends Socket {
  /** @param {ConstructorParameters<typeof Socket>} args */
  constructor(...args) {
    super(...args);
    this.addEventListener('message', (event) => {
      if (!tell(heard, event.data)) event.stopImmediatePropagation();
    });
  }

  /**
   * @override
   * @param {Parameters<WebSocket['send']>[0]} data
   */
  send(data) {
    tell(said, data);
    super.send(data);
  }
};
