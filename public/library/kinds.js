/* Kinds of documents: a name and a picture for each. */
import { drawing, make } from '../lib/dom.js';
import { t } from '../lib/words.js';

const SHEET = 'M6 3h8l5 5v13H6z M14 3v5h5';

const KINDS = /** @satisfies {Record<string, [name: string, ...paths: string[]]>} */ ({
  pdf: [
    'PDF',
    SHEET,
    'M8.5 18c2.5-1 4.5-4.8 4-6.8c-.4-1.3-1.5-.2-.7 1.600c.8 1.9 2.2 3 4.2 2.900c-2.6-.2-5.5 1-7.5 2.300z',
  ],
  word: [t('Word document'), SHEET, 'M9 12l1.2 5 1.8-4 1.8 4L15 12'],
  slides: [t('Presentation'), 'M3 4h18 M4 4v11h16V4 M12 15v3 M8 21l4-3 4 3', 'M8 11l3-3 2 2 3-3'],
  sheet: [t('Table'), 'M4 4h16v16H4z M4 9.5h16 M4 15h16 M10 4v16'],
  mail: [t('Mail'), 'M3 6h18v12H3z M3 7l9 6 9-6'],
  image: [t('Image'), 'M4 5h16v14H4z M4 16l5-5 4 4 2-2 5 5', 'M15.5 9.2v.1'],
  web: [t('Web page'), 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18 M3 12h18 M12 3c3 3 3 15 0 18 M12 3c-3 3-3 15 0 18'],
  book: [t('Book'), 'M12 6c-2-1.6-5-2-8-2v14c3 0 6 .4 8 2c2-1.6 5-2 8-2V4c-3 0-6 .4-8 2z M12 6v14'],
  data: [t('Data'), SHEET, 'M10 11c-1.5 0-1 2.5-2 2.5c1 0 .5 2.5 2 2.5 M14 11c1.5 0 1 2.5 2 2.5c-1 0-.5 2.5-2 2.5'],
  text: [t('Text'), SHEET, 'M9 12h6 M9 15.5h6'],
});

/** @type {[pattern: RegExp, kind: keyof typeof KINDS][]} */
const BY_TYPE = [
  [/pdf/, 'pdf'],
  [/presentation|powerpoint/, 'slides'],
  [/spreadsheet|excel|csv|tab-separated/, 'sheet'],
  [/wordprocessing|msword|opendocument\.text|rtf/, 'word'],
  [/message\/|outlook|mbox/, 'mail'],
  [/^image\//, 'image'],
  [/epub/, 'book'],
  [/html/, 'web'],
  [/json|xml/, 'data'],
];

/** @param {string} mime */
const kindOf = (mime) => BY_TYPE.find(([pattern]) => pattern.test(mime))?.[1] ?? 'text';

/** @param {string} mime */
export const nameOfKind = (mime) => KINDS[kindOf(mime)][0];

/** @param {string} mime */
export function kindIcon(mime) {
  const kind = kindOf(mime);
  const [label, ...paths] = KINDS[kind];
  return make('span', { class: `kind ${kind}`, role: 'img', 'aria-label': label, title: label }, drawing(...paths));
}
