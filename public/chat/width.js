/* The width of the side panel: it can be dragged, and moved by keys, and is the same the next time. */
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';

const KEY = 'footnote.panel.width';
const LEAST_PX = 320;
const LEAST_CHAT_PX = 380;
const STEP_PX = 40;
const SHARE = 0.42; // of the window, at first
const root = document.documentElement;

const mostPx = () => Math.max(LEAST_PX, window.innerWidth - LEAST_CHAT_PX);

export class Width {
  grip = make('div', {
    role: 'separator',
    'aria-orientation': 'vertical',
    'aria-label': t('Width of the source'),
    tabindex: 0,
    onpointerdown: (event) => this.#drag(/** @type {PointerEvent} */ (event)),
  });

  constructor() {
    this.grip.addEventListener('keydown', (event) => this.#key(event));
  }

  /* As it was left, where there is room for that. */
  restore() {
    this.#set(Number(localStorage.getItem(KEY)) || window.innerWidth * SHARE);
  }

  /** @param {number} px */
  #set(px) {
    const width = Math.round(Math.min(Math.max(px, LEAST_PX), mostPx()));
    root.style.setProperty('--fn-panel-width', `${width}px`);
    this.grip.ariaValueNow = String(width);
    this.grip.ariaValueMin = String(LEAST_PX);
    this.grip.ariaValueMax = String(mostPx());
    return width;
  }

  /** @param {number} px */
  #choose(px) {
    localStorage.setItem(KEY, String(this.#set(px)));
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    event.preventDefault();
    this.grip.setPointerCapture(event.pointerId);
    root.classList.add('fn-dragging'); // or the frame would swallow the pointer
    /** @param {PointerEvent} moved */
    const move = (moved) => this.#choose(window.innerWidth - moved.clientX);
    const stop = () => {
      root.classList.remove('fn-dragging');
      this.grip.removeEventListener('pointermove', move);
    };
    this.grip.addEventListener('pointermove', move);
    this.grip.addEventListener('lostpointercapture', stop, { once: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: STEP_PX, ArrowRight: -STEP_PX }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#choose((this.grip.parentElement?.offsetWidth ?? 0) + step);
  }
}
