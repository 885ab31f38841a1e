/* Finds which text with values a sentence was made from: "It has 3 pages." from "It has %(pages)s pages." As core/words/patterns.py. */

const LEAST_LETTERS = 6; // of the parts between the values: fewer would be found in any text

const SENTENCE = /%\(.*[.!?…)]$|^%\(count\)s /; // other texts are labels, which nothing is recognised by

/** @typedef {{ text: string, parts: string[], names: string[], letters: number }} Pattern */
/** @typedef {{ text: string, values: Record<string, string> }} Match */

/** @param {Record<string, unknown>} catalogue */
export function patternsOf(catalogue) {
  const texts = Object.keys(catalogue).filter((text) => typeof catalogue[text] === 'string' && SENTENCE.test(text));
  const patterns = texts
    .map(patternOf)
    .filter(({ parts, letters }) => letters >= LEAST_LETTERS && parts.slice(1, -1).every((part) => part.trim()))
    .sort((one, other) => other.letters - one.letters);
  return {
    /**
     * What a sentence was made from; null where that is no text of ours.
     * @param {string} sentence
     * @returns {Match | null}
     */
    match(sentence) {
      for (const pattern of patterns) {
        const values = valuesIn(pattern, sentence);
        if (values) return { text: pattern.text, values };
      }
      return null;
    },
  };
}

/**
 * @param {string} text
 * @returns {Pattern}
 */
function patternOf(text) {
  const pieces = text.split(/%\(([a-z_0-9]+)\)s/);
  const parts = pieces.filter((_, place) => place % 2 === 0);
  const letters = parts.reduce((sum, part) => sum + part.length, 0);
  return { text, parts, names: pieces.filter((_, place) => place % 2 === 1), letters };
}

/**
 * The values in a sentence that was made from this text; null for another one. No value is empty.
 * @param {Pattern} pattern
 * @param {string} sentence
 */
function valuesIn({ parts, names, letters }, sentence) {
  const [first, last] = [parts[0] ?? '', parts.at(-1) ?? ''];
  if (sentence.length < letters + names.length || !sentence.startsWith(first) || !sentence.endsWith(last)) return null;
  const end = sentence.length - last.length;
  /** @type {Record<string, string>} */
  const values = {};
  let position = first.length;
  for (const [place, name] of names.entries()) {
    const next = place === names.length - 1 ? end : sentence.indexOf(parts[place + 1] ?? '', position + 1);
    if (next <= position || next > end) return null;
    values[name] = sentence.slice(position, next);
    position = next + (parts[place + 1] ?? '').length;
  }
  return values;
}
