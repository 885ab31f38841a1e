/* The last question that somebody asked of a document. */
/** @import { AskedQuestion } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';

/**
 * A question, with the way to its conversation.
 * @param {AskedQuestion} asked
 */
export function linked({ text, thread_id }) {
  const attributes = { class: 'question', title: text, dir: 'auto' };
  if (!thread_id) return make('span', attributes, text);
  return make('a', { ...attributes, href: `/thread/${thread_id}`, 'data-does': 'thread' }, text);
}
