/* The Markdown of a message without what only this page understands: see answers/linkifier.py and answers/transcript.py, which write it. */

const TEXT = String.raw`\[((?:\\.|[^\]\\])*)\]`; // of a link
const RUN = '[0-9a-f-]{36}';
const CODE =
  /(^ {0,3}(?:```|~~~)[\s\S]*?^ {0,3}(?:```|~~~)[^\n]*$|(?<!\\)`[^`\n]+`|\$\$[\s\S]*?\$\$|(?<!\\)\$[^$\n]+\$)/m;
const ADDRESS = /^`((?:https?:\/\/|www\.)[^`]*)`$/i;
/** @type {[RegExp, string | ((...parts: string[]) => string)][]} */
const RULES = [
  [new RegExp(String.raw`\[\\\[(\d+)\\\]\]\(/cite/${RUN}/\d+\)`, 'g'), '[$1]'],
  [
    new RegExp(String.raw`${TEXT}\(/answers/${RUN}#(?:contradicted|unsupported|partly|unchecked)\)`, 'g'),
    (_, words) => (words ? `(${words})` : ''),
  ],
  [new RegExp(String.raw`(?:\*[^*\n]*\* )?${TEXT}\(/answers/${RUN}(?:#\w+)?\)`, 'g'), ''], // a note, and the button of what to do
  [/!\[(?:\\.|[^\]\\])*\]\(\/api\/[^)]*\)/g, ''], // charts
  [new RegExp(String.raw`${TEXT}\((?:/cite/|/jobs/|/api/)[^)]*\)`, 'g'), '$1'],
  [/\\([!-/:-@[-`{-~])/g, '$1'],
  [/\u2060/g, ''],
];

/**
 * Text for people and other programs: numbers as [1], remarks in brackets, no buttons; headings, lists and tables stay.
 * @param {string} markdown
 */
export function cleaned(markdown) {
  const parts = markdown.split(CODE).map((part, place) => {
    if (place % 2) return part.replace(ADDRESS, '$1');
    return RULES.reduce((text, [pattern, by]) => text.replace(pattern, /** @type {string} */ (by)), part);
  });
  return parts
    .join('')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
