/* What a person can do with documents here: one by one or many at a time, each outcome told. */
import * as api from '../lib/api.js';
import { confirm } from '../lib/notes.js';
import { make } from '../lib/dom.js';
import { canCancel, canReindex, canRetry } from './row.js';
import { many } from '../lib/words.js';

const AT_ONCE = 5;
const MOST_NAMED = 5;
const LOST =
  'Text and file are removed for everyone who shares the library. Answers that cited it keep its title. This cannot be undone.';

export function actionsOf({ shelf, uploads, notes, table, live, selectionChanged }) {
  /* Does something to each document, a few at a time; tells how many it was done to, and why not to the others. */
  async function each(entries, one, done) {
    const left = [...entries],
      refused = [];
    const worker = async () => {
      for (let entry = left.shift(); entry; entry = left.shift()) {
        try {
          await one(entry);
        } catch (error) {
          refused.push([entry, error]);
        }
        if (entries.length > AT_ONCE) notes.tell(`${done} ${entries.length - left.length} of ${entries.length}…`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, worker));
    const isAll = !refused.length;
    const said =
      entries.length === 1
        ? `${done} “${entries[0].title}”.`
        : `${done} ${many(entries.length - refused.length, 'document')}.`;
    if (isAll) notes.tell(said);
    else {
      const [entry, error] = refused[0];
      const more = refused.length > 1 ? ` So it was with ${refused.length - 1} more.` : '';
      notes.wrong(
        `${entries.length > refused.length ? `${said} ` : ''}“${entry.title}”: ${error.said ?? error.message}${more}`,
      );
    }
    live().soon();
    return isAll;
  }

  const actions = {
    libraries: [],
    selectionChanged,
    sort: (sort, order) => shelf.want({ sort, order: order ?? { name: 'asc' }[sort] ?? 'desc' }),

    /* Where new files go: the library that is looked at, else one's own. */
    get target() {
      const chosen = actions.libraries.find((library) => library.library_id === shelf.wanted.library_id);
      return chosen && chosen.role !== 'viewer' ? chosen : actions.libraries.find((library) => library.is_personal);
    },

    add(files) {
      if (files.length) uploads.add(files, { library_id: actions.target?.library_id });
    },

    replace(entry) {
      const picker = make('input', { type: 'file' });
      picker.addEventListener('change', () => uploads.add([...picker.files], { replaces: entry.id }));
      picker.click();
    },

    async remove(entries) {
      const mine = entries.filter((entry) => entry.can_write);
      if (!mine.length) return;
      const names = mine.length > 1 ? mine.slice(0, MOST_NAMED).map((entry) => entry.title) : [];
      if (mine.length > MOST_NAMED) names.push(`and ${mine.length - MOST_NAMED} more`);
      const title = mine.length > 1 ? `Delete ${many(mine.length, 'document')}?` : `Delete “${mine[0].title}”?`;
      if (!(await confirm(title, LOST, 'Delete', names))) return;
      const at = table().current;
      await each(
        mine,
        async (entry) => {
          await api.remove(entry.id).catch((error) => {
            if (error.status !== 404) throw error; // gone already: that is what was wanted
          });
          shelf.drop(entry.id);
        },
        'Deleted',
      );
      if (document.activeElement === document.body) table().move(at);
      await shelf.recount().catch(() => {});
    },

    cancel: (entries) =>
      each(
        entries.filter(canCancel),
        async (entry) => shelf.takeJob(await api.cancel(entry.job.job_id)),
        'Stopped reading',
      ),
    retry: (entries) =>
      each(
        entries.filter(canRetry),
        async (entry) => shelf.takeJob(await api.retry(entry.job.job_id)),
        'Trying again:',
      ),
    reindex: (entries) =>
      each(entries.filter(canReindex), async (entry) => shelf.takeJob(await api.reindex(entry.id)), 'Reading again:'),
  };
  return actions;
}
