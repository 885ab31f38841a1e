/* Which files a message takes, and one sentence about those that it does not. */
import { plural, size, t } from '../lib/words.js';
import { MOST_BYTES, MOST_FILES } from './limits.js';

const MOST_NAMED = 5;

/**
 * @param {File} file
 * @param {string} accept as an input of files has it: types and endings, with commas
 */
function isKnown({ name, type }, accept) {
  const wanted = accept.split(',').map((one) => one.trim().toLowerCase());
  return (
    wanted.includes(type.toLowerCase()) || wanted.some((one) => one.startsWith('.') && name.toLowerCase().endsWith(one))
  );
}

/**
 * The first few names, and how many more there are.
 * @param {File[]} files
 */
export function names(files) {
  const shown = files.slice(0, MOST_NAMED).map(({ name }) => `“${name}”`);
  const more = files.length - shown.length;
  if (more) shown.push(plural(more, '%(count)s more', '%(count)s more'));
  return shown.join(', ');
}

/**
 * Takes as many files as there is room for, the first ones.
 * @param {File[]} files
 * @param {string} accept
 * @param {number} attached files that are in the message already
 */
export function sifted(files, accept, attached) {
  const unknown = files.filter((file) => !isKnown(file, accept));
  const large = files.filter((file) => isKnown(file, accept) && file.size > MOST_BYTES);
  const good = files.filter((file) => isKnown(file, accept) && file.size <= MOST_BYTES);
  const room = Math.max(0, MOST_FILES - attached);
  const [taken, left] = [good.slice(0, room), good.slice(room)];
  const sentences = [
    unknown.length &&
      t('Not added, because this kind of file cannot be read: %(names)s. Save the text as PDF, Word or text first.', {
        names: names(unknown),
      }),
    large.length &&
      t('Not added, because a file may have at most %(size)s: %(names)s.', {
        size: size(MOST_BYTES),
        names: names(large),
      }),
    left.length &&
      t('A message takes %(most)s files. Not added: %(names)s. Send these first, or add all of them in the library.', {
        most: MOST_FILES,
        names: names(left),
      }),
  ];
  return { taken, sentence: sentences.filter(Boolean).join(' ') };
}
