/* One line at the foot of the page: what was done, and what can be done about it for a while. */
import { make } from '../lib/dom.js';

const box = make('div', { id: 'fn-toast', role: 'status', hidden: true });
let timer = 0;

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
  box.hidden = false;
  timer = setTimeout(hush, lasts_ms);
}
