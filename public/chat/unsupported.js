/* Sentences that no source supports. The remark behind them is plain text, in every browser and every copy of the answer. Here it becomes
   a small label, and its sentence gets a dotted line, drawn as a highlight so that React's own elements stay as they are. */

const REMARK = '(not supported by the sources)';
const NAME = 'fn-unsupported';
const WHY = 'Nothing in the passages that were found says this.';
const BLOCKS = 'p, li, td, th, blockquote, [role="article"]';

const isRemark = (element) => element.textContent === REMARK;

/* The text nodes of the block before the remark, as far back as the remark before. */
function textBefore(remark) {
  const block = remark.closest(BLOCKS);
  if (!block) return [];
  let nodes = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && !remark.contains(node); node = walker.nextNode()) {
    if (node.parentElement.closest(BLOCKS) !== block) continue;
    nodes = node.parentElement.dataset.fnUnsupported === undefined ? [...nodes, node] : [];
  }
  return nodes;
}

function startOfLastSentence(text) {
  const sentences = [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)];
  const last = sentences.findLast((sentence) => sentence.segment.trim());
  return last ? last.index + last.segment.search(/\S/) : text.length;
}

function sentenceBefore(remark) {
  const nodes = textBefore(remark);
  let start = startOfLastSentence(nodes.map((node) => node.data).join(''));
  for (const [place, node] of nodes.entries()) {
    if (start >= node.data.length) {
      start -= node.data.length;
      continue;
    }
    const range = new Range();
    const last = nodes.slice(place).findLast((one) => one.data.trim());
    range.setStart(node, start);
    range.setEnd(last, last.data.trimEnd().length);
    return range;
  }
  return null;
}

function mark() {
  const remarks = [...document.querySelectorAll('.message-content :is(em, .italic)')].filter(isRemark);
  for (const remark of remarks) {
    if (remark.dataset.fnUnsupported === undefined) Object.assign(remark, { title: WHY }).dataset.fnUnsupported = '';
  }
  if (!window.Highlight || !window.Intl?.Segmenter) return;
  CSS.highlights.set(NAME, new Highlight(...remarks.map(sentenceBefore).filter(Boolean)));
}

let isScheduled = false;
function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    mark();
  });
}

new MutationObserver(schedule).observe(document.documentElement, {
  childList: true,
  subtree: true,
  characterData: true,
});
