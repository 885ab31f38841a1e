/* Where in a document something stands, for people: what core/places.py says, in the language of the page. */
import { t, told } from './words.js';

/**
 * "page 2", "page iv (6/12)", "Sheet1, A2:D15"; empty where nothing is known.
 * @param {number | null | undefined} page
 * @param {string | null | undefined} locator
 */
export const placeOf = (page, locator) =>
  page ? t('page %(page)s', { page: locator || page }) : locator ? told(locator) : '';
