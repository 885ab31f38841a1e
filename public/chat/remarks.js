/* Remarks of the check. A remark is a link to /answers/{run}#{verdict} behind its sentence, in every browser and every copy of the answer;
   one for each paragraph or row has words, the others only say where a sentence ends. Here the words become a small mark with an
   explanation, and each sentence gets a dotted line, drawn as a highlight so that React's own elements stay as they are. */
import { make } from '../lib/dom.js';
import { onLink, pathOf } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

/** By verdict, see rag/grounding/verdict.py. */
const WHY = {
  contradicted: t('The passages that were found say otherwise.'),
  unsupported: t('Nothing in the passages that were found says this.'),
  partly: t('The passages that were found say only a part of this.'),
  unchecked: t('This could not be checked against the passages that were found.'),
};
/** @typedef {keyof typeof WHY} Verdict */

const VERDICTS = /** @type {Verdict[]} */ (Object.keys(WHY));
const LINKS = VERDICTS.map((verdict) => `#root a[href^="/answers/"][href$="#${verdict}"]`).join(', ');
const SHOWN = VERDICTS.map((verdict) => `#root a[href$="#${verdict}"]:not(:empty)`).join(', ');
const BLOCKS = 'p, li, td, th, blockquote, [role="article"]';
const GAP_PX = 6;

/** @param {Element} link */
const verdictOf = (link) => /** @type {Verdict} */ (pathOf(link).split('#').pop());

/**
 * @param {Node} node
 * @returns {node is HTMLAnchorElement}
 */
const isRemark = (node) => node instanceof HTMLAnchorElement && node.matches(LINKS);

/**
 * The text nodes of the block before the remark, as far back as the remark before.
 * @param {HTMLElement} remark
 */
function textBefore(remark) {
  const block = remark.closest(BLOCKS);
  if (!block) return [];
  /** @type {Text[]} */
  let nodes = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node && node !== remark; node = walker.nextNode()) {
    if (isRemark(node)) nodes = [];
    if (!(node instanceof Text) || node.parentElement?.closest(BLOCKS) !== block) continue;
    if (!node.parentElement?.closest(LINKS)) nodes.push(node);
  }
  return nodes;
}

/** @param {string} text */
function startOfLastSentence(text) {
  const sentences = [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)];
  const last = sentences.findLast((sentence) => sentence.segment.trim());
  return last ? last.index + last.segment.search(/\S/) : text.length;
}

/** @param {HTMLElement} remark */
function sentenceBefore(remark) {
  const nodes = textBefore(remark);
  const last = nodes.findLast((node) => node.data.trim());
  let start = startOfLastSentence(nodes.map((node) => node.data).join(''));
  for (const node of nodes) {
    if (!last) break;
    if (start < node.data.length) {
      const range = new Range();
      range.setStart(node, start);
      range.setEnd(last, last.data.trimEnd().length);
      return range;
    }
    start -= node.data.length;
  }
  return null;
}

function mark() {
  /** @type {HTMLAnchorElement[]} */
  const remarks = [...document.querySelectorAll('#root a')].filter(isRemark);
  for (const remark of remarks) {
    if (remark.dataset.fnRemark !== undefined) continue;
    const verdict = verdictOf(remark);
    Object.assign(remark, { role: 'button', ariaDescription: WHY[verdict] }).dataset.fnRemark = verdict;
  }
  if (!window.Highlight || !Intl.Segmenter) return;
  for (const verdict of VERDICTS) {
    const found = remarks.filter((remark) => verdictOf(remark) === verdict).map(sentenceBefore);
    CSS.highlights.set(`fn-${verdict}`, new Highlight(...found.filter((range) => range !== null)));
  }
}

/* The explanation: at the mark while the pointer is over it or it has the focus, and until the next tap after a tap. */
const note = make('div', { id: 'fn-remark', 'aria-hidden': 'true', popover: 'manual' });
/** @type {Element | null} */
let explained = null;

/** @param {Element} link */
function explain(link) {
  if (!note.isConnected) document.body.append(note);
  const words = link.textContent ?? '';
  note.replaceChildren(
    make('b', {}, words.charAt(0).toUpperCase() + words.slice(1)),
    make('span', {}, WHY[verdictOf(link)]),
  );
  note.showPopover();
  explained = link;
  const { left, top, bottom } = link.getBoundingClientRect();
  const { width, height } = note.getBoundingClientRect();
  const below = bottom + GAP_PX;
  const y = below + height > window.innerHeight ? top - GAP_PX - height : below;
  note.style.translate = `${Math.max(GAP_PX, Math.min(left, window.innerWidth - width - GAP_PX))}px ${Math.max(GAP_PX, y)}px`;
}

function hide() {
  if (explained && note.isConnected) note.hidePopover();
  explained = null;
}

/** @param {Event} event */
const linkOf = (event) => (event.target instanceof Element ? event.target.closest(SHOWN) : null);

for (const kind of ['mouseover', 'focusin']) {
  document.addEventListener(kind, (event) => {
    const link = linkOf(event);
    if (link && link !== explained) explain(link);
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
    if (event.key !== 'Escape' || !explained) return;
    event.preventDefault(); // the side panel stays open
    hide();
  },
  true,
);

onLink(SHOWN, explain);
watch(mark, { characterData: true });
