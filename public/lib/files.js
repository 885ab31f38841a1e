/* What is dropped on a page, as files; folders are walked through. */

const MOST_FILES = 10_000;
const JUNK = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i; // what systems leave in folders; nobody means to add it

/**
 * True while files are dragged, and for files let go.
 * @param {DragEvent} event
 * @returns {event is DragEvent & { dataTransfer: DataTransfer }}
 */
export const hasFiles = (event) => Boolean(event.dataTransfer?.types.includes('Files'));

/**
 * The files, those in folders included; at most 10,000.
 * @param {DataTransfer} transfer
 */
export async function filesOf(transfer) {
  // The entries are only to be had before the first await.
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  /** @type {File[]} */
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push(entry);
    else if (entry) await walk(entry, found, false);
  }
  return found;
}

/**
 * @param {FileSystemEntry} entry
 * @param {File[]} found
 * @param {boolean} isInFolder
 */
async function walk(entry, found, isInFolder) {
  if (found.length >= MOST_FILES) return;
  if (isFile(entry)) {
    if (!isInFolder || !JUNK.test(entry.name)) found.push(await new Promise((done, fail) => entry.file(done, fail)));
  } else if (isFolder(entry)) {
    for (const below of await children(entry.createReader())) await walk(below, found, true);
  }
}

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemFileEntry}
 */
const isFile = (entry) => entry.isFile;

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemDirectoryEntry}
 */
const isFolder = (entry) => entry.isDirectory;

/** @param {FileSystemDirectoryReader} reader */
async function children(reader) {
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    // A reader gives a hundred at a time, and nothing at the end.
    const some = await new Promise((/** @type {(entries: FileSystemEntry[]) => void} */ done, fail) =>
      reader.readEntries(done, fail),
    );
    if (!some.length) return all.sort((one, other) => one.name.localeCompare(other.name));
    all.push(...some);
  }
}
