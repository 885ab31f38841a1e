/* Making elements. All text goes in as text, so that nothing in a title or an error can become markup. */

/** @typedef {string | number | boolean | null | undefined | ((event: MouseEvent) => void)} Attribute */
/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @param {Child} child
 * @returns {child is Node | string}
 */
const isShown = (child) => Boolean(child);

/**
 * An element with its attributes and children. Attributes that begin with "on" are event listeners; null, undefined and
 * false leave an attribute out, and so they do with a child.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ [name: string]: Attribute }} [attributes]
 * @param {Child[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.filter(isShown));
  return node;
}

/**
 * The element of a page with this id, which its HTML always has.
 * @param {string} id
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`There is no #${id} in this page.`);
  return node;
}

/* What a button does stands in data-does, by which the same button of newer content is found. */
const doesOf = () => /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.does;

/**
 * Gives a node new content; the button that had the focus keeps it.
 * @param {Element} node
 * @param {Child[]} children
 */
export function refill(node, children) {
  const focused = node.contains(document.activeElement) ? doesOf() : null;
  node.replaceChildren(...children.filter(isShown));
  if (!focused) return;
  const again = node.querySelector(`[data-does="${CSS.escape(focused)}"]`) ?? node.closest('[tabindex]');
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/**
 * Gives a node new content when what it shows, which the key stands for, has changed.
 * @param {HTMLElement} node
 * @param {string} key
 * @param {() => Child | Child[]} build
 */
export function fill(node, key, build) {
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  refill(node, [build()].flat());
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * A picture of 24 × 24 units, drawn in lines. It has no name: what it stands in has one.
 * @param {string[]} paths
 */
export function drawing(...paths) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const path of paths) {
    const line = document.createElementNS(SVG, 'path');
    line.setAttribute('d', path);
    svg.append(line);
  }
  return svg;
}

const TAIL = 12; // characters

/**
 * A name that is cut in its middle where there is no room: the end tells files of a folder apart.
 * @param {string} title
 */
export function name(title) {
  const letters = [...title];
  const cut = letters.length > TAIL * 2 ? letters.length - TAIL : letters.length;
  const tail = letters.slice(cut).join('');
  return make(
    'span',
    { class: 'name', title, dir: 'auto' },
    make('span', { class: 'head' }, letters.slice(0, cut).join('')),
    tail && make('span', { class: 'tail' }, tail),
  );
}

/**
 * Opens a dialog, which leaves the page when it is closed; then what had the focus before has it again.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} first what has the focus at first
 * @param {() => void} closed
 */
export function showDialog(dialog, first, closed) {
  const back = document.activeElement;
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  first.focus();
}
