/* What was dropped or chosen, as files; folders are walked through. */

const MOST_FILES = 10_000;
const JUNK = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i; // what systems leave in folders; nobody means to add it

export const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');

export async function filesOf(transfer) {
  // The entries are only to be had before the first await.
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) await walk(entry, found, false);
  return found;
}

async function walk(entry, found, isInFolder) {
  if (!entry || found.length >= MOST_FILES) return;
  if (entry instanceof File) found.push(entry);
  else if (entry.isFile) {
    if (!isInFolder || !JUNK.test(entry.name)) found.push(await new Promise((done, fail) => entry.file(done, fail)));
  } else {
    for (const below of await children(entry.createReader())) await walk(below, found, true);
  }
}

async function children(reader) {
  const all = [];
  for (;;) {
    // a reader gives a hundred at a time, and nothing at the end
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return all.sort((a, b) => a.name.localeCompare(b.name));
    all.push(...some);
  }
}
