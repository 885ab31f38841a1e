/* Remarks of the check. A remark is a link to /answers/{run}#{verdict} behind its sentence, in every browser and every copy of the answer;
   one for each paragraph or row has words, the others only say where a sentence ends. Here the words become a small mark with an
   explanation, and each sentence gets a dotted line, drawn as a highlight so that React's own elements stay as they are. */
import { make } from '../lib/dom.js';
import { onLink, pathOf } from '../lib/links.js';
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';
import { hints } from './hints.js';

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

/** @param {Element} link */
function explanation(link) {
  const words = link.textContent ?? '';
  return [make('b', {}, words.charAt(0).toUpperCase() + words.slice(1)), make('span', {}, WHY[verdictOf(link)])];
}

onLink(SHOWN, hints('fn-remark', SHOWN, explanation).show);
watch(mark, { characterData: true });
