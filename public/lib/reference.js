/* The reference of an error, by which its details are found in the log. */
import { t } from './words.js';

/**
 * A sentence with its reference, where there is one.
 * @param {string} sentence
 * @param {string | null | undefined} reference
 */
export const withReference = (sentence, reference) =>
  reference ? t('%(message)s (reference %(reference)s)', { message: sentence, reference }) : sentence;
