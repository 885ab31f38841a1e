/* One line at the foot of the page: what was done, and what can be done about it for a while. It stands above the field, which can be used
   meanwhile. */
import { make } from '../lib/dom.js';

const box = make('div', { id: 'fn-toast', role: 'status', hidden: true });
const GAP_PX = 12;
let timer = 0;

/* Above the field of a conversation; an empty one has it in the middle of the page. */
function place() {
  const field = document.querySelector('#message-composer')?.getBoundingClientRect();
  const isAtFoot = field && field.bottom > window.innerHeight - field.height;
  box.style.bottom = isAtFoot ? `${window.innerHeight - field.top + GAP_PX}px` : '';
}

export function hush() {
  clearTimeout(timer);
  box.hidden = true;
  box.replaceChildren();
}

/**
 * @param {string | Node} text
 * @param {number} lasts_ms
 * @param {[label: string, action: () => void][]} actions each ends the line
 */
export function toast(text, lasts_ms, actions = []) {
  hush();
  if (!box.isConnected) document.body.append(box);
  const buttons = actions.map(([label, action]) => {
    const onclick = () => {
      hush();
      action();
    };
    return make('button', { type: 'button', onclick }, label);
  });
  box.append(make('span', {}, text), ...buttons);
  place();
  box.hidden = false;
  timer = setTimeout(hush, lasts_ms);
}
