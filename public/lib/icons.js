/* The pictures on buttons. */
import { drawing, make } from './dom.js';

const BUTTONS = {
  back: ['M15 5l-7 7 7 7'],
  warning: ['M12 4l9 16H3z', 'M12 10v4 M12 17v.1'],
  add: ['M12 5v14 M5 12h14'],
  search: ['M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14 M16 16l5 5'],
  more: ['M6 9l6 6 6-6'],
  download: ['M12 4v11 M7 10.5l5 5 5-5 M5 20h14'],
  remove: ['M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13 M10.5 11v5.5 M13.5 11v5.5'],
  again: ['M19.5 12a7.5 7.5 0 1 1-2.2-5.300L20 9 M20 4v5h-5'],
  stop: ['M6 6h12v12H6z'],
  person: [
    'M12 11.500a3.700 3.700 0 1 0 0-7.400a3.700 3.700 0 1 0 0 7.400 M5 20c0-3.400 3-5.700 7-5.700s7 2.300 7 5.700',
  ],
  people: [
    'M9 11.500a3.500 3.500 0 1 0 0-7a3.500 3.500 0 1 0 0 7 M2.500 20c0-3.300 2.800-5.500 6.500-5.500s6.500 2.200 6.500 5.500',
    'M15.700 4.800a3.300 3.300 0 0 1 0 6.400 M17.700 14.800c2.300.600 3.800 2.400 3.800 5.200',
  ],
  close: ['M6 6l12 12 M18 6L6 18'],
  key: ['M8 11.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9 M11.300 12.700L20 4 M16.500 7.500l3 3'],
  link: [
    'M10 14a4 4 0 0 0 5.700 0l3.100-3.100a4 4 0 0 0-5.700-5.700L11.700 6.600',
    'M14 10a4 4 0 0 0-5.700 0l-3.100 3.100a4 4 0 0 0 5.700 5.700l1.400-1.400',
  ],
  drop: ['M12 15V4 M7.5 8.5L12 4l4.5 4.5 M4 14v6h16v-6'],
};

/** @typedef {keyof typeof BUTTONS} Icon */

/** @param {Icon} what */
export const icon = (what) => drawing(...BUTTONS[what]);

/**
 * A button that is only a picture.
 * @param {Icon} what
 * @param {string} label its name, also its tooltip
 * @param {string} does tells it from the others beside it
 * @param {() => void} onclick
 * @param {{ [name: string]: import('./dom.js').Attribute }} [extra] more attributes
 */
export function iconButton(what, label, does, onclick, extra = {}) {
  return make(
    'button',
    { type: 'button', class: 'icon', 'aria-label': label, title: label, 'data-does': does, onclick, ...extra },
    icon(what),
  );
}
