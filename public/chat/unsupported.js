/* Sentences that no source supports. The remark behind them is plain text, in every browser and every copy of the answer. Here it becomes
   a small label, and its sentence gets a dotted line, drawn as a highlight so that React's own elements stay as they are. */
import { watch } from '../lib/watch.js';

const REMARK = '(not supported by the sources)';
const NAME = 'fn-unsupported';
const WHY = 'Nothing in the passages that were found says this.';
const BLOCKS = 'p, li, td, th, blockquote, [role="article"]';

/** @param {Node} node */
const isMarked = (node) => node.parentElement?.dataset.fnUnsupported !== undefined;

/**
 * The text nodes of the block before the remark, as far back as the remark before.
 * @param {HTMLElement} remark
 */
function textBefore(remark) {
  const block = remark.closest(BLOCKS);
  if (!block) return [];
  /** @type {Text[]} */
  let nodes = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && !remark.contains(node); node = walker.nextNode()) {
    if (!(node instanceof Text) || node.parentElement?.closest(BLOCKS) !== block) continue;
    nodes = isMarked(node) ? [] : [...nodes, node];
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
  /** @type {NodeListOf<HTMLElement>} */
  const found = document.querySelectorAll('.message-content :is(em, .italic)');
  const remarks = [...found].filter((element) => element.textContent === REMARK);
  for (const remark of remarks) {
    if (remark.dataset.fnUnsupported === undefined) Object.assign(remark, { title: WHY }).dataset.fnUnsupported = '';
  }
  if (!window.Highlight || !Intl.Segmenter) return;
  const sentences = remarks.map(sentenceBefore).filter((range) => range !== null);
  CSS.highlights.set(NAME, new Highlight(...sentences));
}

watch(mark, { characterData: true });
