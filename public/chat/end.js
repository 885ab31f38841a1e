/* The end of a conversation stays in sight while something is put below its last answer: the page has scrolled there before it came. */

const NEAR_PX = 4;

/** @param {Element} node */
function scroller(node) {
  for (let part = node.parentElement; part; part = part.parentElement)
    if (/auto|scroll/.test(getComputedStyle(part).overflowY)) return part;
  return null;
}

/**
 * Makes a change in a conversation; whoever was at its end before is there after it.
 * @param {Element} inside a part of the conversation
 * @param {() => void} change
 */
export function atEnd(inside, change) {
  const frame = scroller(inside);
  const wasAtEnd = frame && frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_PX;
  change();
  if (wasAtEnd) frame.scrollTop = frame.scrollHeight;
}
