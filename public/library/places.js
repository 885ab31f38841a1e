/* Libraries as places of documents: what they are called, and where a document can go. */
/** @import { DocumentEntry, LibraryView } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';
import { plural, t } from '../lib/words.js';
import { labelled, showForm } from './form.js';

/** @param {LibraryView} library */
export const labelOf = ({ is_personal, name }) => (is_personal ? t('Personal library') : name);

/**
 * The libraries to which some of the documents can be moved or copied.
 * @param {DocumentEntry[]} entries
 * @param {LibraryView[]} libraries
 */
export function placesFor(entries, libraries) {
  return libraries.filter(
    ({ role, library_id: id }) => role !== 'viewer' && entries.some((entry) => entry.library_id !== id),
  );
}

/**
 * @param {'move' | 'copy'} does
 * @param {DocumentEntry[]} entries
 */
function titleOf(does, entries) {
  const [first] = entries;
  if (entries.length === 1 && first)
    return does === 'move'
      ? t('Move “%(title)s”', { title: first.title })
      : t('Copy “%(title)s”', { title: first.title });
  return does === 'move'
    ? plural(entries.length, 'Move %(count)s document', 'Move %(count)s documents')
    : plural(entries.length, 'Copy %(count)s document', 'Copy %(count)s documents');
}

/**
 * Asks where to; resolves to null when the person gave up.
 * @param {'move' | 'copy'} does
 * @param {DocumentEntry[]} entries
 * @param {LibraryView[]} libraries
 * @returns {Promise<LibraryView | null>}
 */
export function askForPlace(does, entries, libraries) {
  const places = placesFor(entries, libraries);
  const options = places.map((library) => make('option', { value: library.library_id }, labelOf(library)));
  const field = make('select', { required: true }, ...options);
  const note =
    does === 'move'
      ? t('Only the members of that library will see it then. It need not be read again.')
      : t('The copy is a document of its own, and is read there.');
  return showForm({
    title: titleOf(does, entries),
    fields: [labelled(t('To the library'), field), make('p', { class: 'faint' }, note)],
    agree: does === 'move' ? t('Move') : t('Copy'),
    first: field,
    submit: async () => places.find((library) => library.library_id === field.value) ?? null,
  });
}
