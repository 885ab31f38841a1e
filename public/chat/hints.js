/* Hints: a small box at a link while the pointer is over it or it has the focus, and until the next tap after a tap. It is hidden from
   screen readers, which get the same words as the link's description. */
import { make } from '../lib/dom.js';

const GAP_PX = 6;

/** @typedef {(link: Element) => (Node | string)[] | null} Content null: there is nothing to say */

/**
 * Gives hints to the links of a selector. Returns a function that shows that of a link at once.
 * @param {string} id of the box
 * @param {string} selector
 * @param {Content} content
 */
export function hints(id, selector, content) {
  const box = make('div', { id, class: 'fn-hint', 'aria-hidden': 'true', popover: 'manual' });
  /** @type {Element | null} */
  let shown = null;

  /** @param {Element} link */
  function show(link) {
    const says = content(link);
    if (!says) return;
    if (!box.isConnected) document.body.append(box);
    box.replaceChildren(...says);
    box.showPopover();
    shown = link;
    place(box, link);
  }

  function hide() {
    if (shown && box.isConnected) box.hidePopover();
    shown = null;
  }

  /** @param {Event} event */
  const linkOf = (event) => (event.target instanceof Element ? event.target.closest(selector) : null);

  for (const kind of ['mouseover', 'focusin']) {
    document.addEventListener(kind, (event) => {
      const link = linkOf(event);
      if (link && link !== shown) show(link);
    });
  }
  for (const kind of ['mouseout', 'focusout']) {
    document.addEventListener(kind, (event) => linkOf(event) && linkOf(event) !== document.activeElement && hide());
  }
  document.addEventListener('pointerdown', (event) => linkOf(event) || hide());
  document.addEventListener('scroll', hide, true);
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !shown) return;
      event.preventDefault(); // the side panel stays open
      hide();
    },
    true,
  );
  return { show, hide };
}

/**
 * Puts the box below the link, or above it where there is no room, and within the window.
 * @param {HTMLElement} box
 * @param {Element} link
 */
function place(box, link) {
  const { left, top, bottom } = link.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const below = bottom + GAP_PX;
  const y = below + height > window.innerHeight ? top - GAP_PX - height : below;
  box.style.translate = `${Math.max(GAP_PX, Math.min(left, window.innerWidth - width - GAP_PX))}px ${Math.max(GAP_PX, y)}px`;
}
