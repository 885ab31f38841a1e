/* The browser's tab is named after its conversation. Its name is heard when it is opened or begun, and read off the list of conversations when it
   is renamed there. */
import { watch } from '../lib/watch.js';
import { onHeard } from './wire.js';

const OURS = 'Footnote';
/** @type {Map<string, string>} */
const names = new Map(); // conversation → its name

function show() {
  const thread = location.pathname.match(/^\/thread\/([^/]+)/)?.[1] ?? '';
  const listed = thread && document.querySelector(`[id="thread-${CSS.escape(thread)}"] .truncate`)?.textContent?.trim();
  if (listed) names.set(thread, listed);
  const name = names.get(thread);
  const title = name ? `${name} – ${OURS}` : OURS;
  if (document.title !== title) document.title = title;
}

onHeard('resume_thread', ({ id, name }) => void (name && names.set(id, name)));
onHeard('first_interaction', ({ thread_id: thread, interaction }) => void names.set(thread, interaction));
watch(show);
