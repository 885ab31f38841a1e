/* The field in which a question is written. React makes it anew with each conversation, and owns its text. */

export const FIELD = '#chat-input';

/** @returns {HTMLTextAreaElement | null} */
export const field = () => document.querySelector(FIELD);

/**
 * Gives a field a text, as if a person had written it.
 * @param {HTMLTextAreaElement} area
 * @param {string} text
 */
export function write(area, text) {
  const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value') ?? {};
  set?.call(area, text); // React has put a setter of its own in front, which would hide the change from it
  area.dispatchEvent(new Event('input', { bubbles: true }));
}
