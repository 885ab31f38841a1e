/* Files dropped before the page has its connection: the composer ignores them, and the browser would open them in place of the chat.
   They are held until the composer takes files, then handed to it. */
import { hasFiles } from '../lib/files.js';

const WAIT_MS = 200;
const PATIENCE_MS = 60_000;

function isReady() {
  const button = document.querySelector('#upload-button');
  return button instanceof HTMLButtonElement && !button.disabled;
}

const isSignedIn = () => !location.pathname.startsWith('/login');

/**
 * @param {File[]} files
 * @param {number} since when they were dropped
 */
function handOver(files, since) {
  const input = document.querySelector('input[type=file]');
  if (isReady() && input instanceof HTMLInputElement) {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  } else if (Date.now() - since < PATIENCE_MS) {
    setTimeout(handOver, WAIT_MS, files, since);
  }
}

document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), true);
document.addEventListener(
  'drop',
  (event) => {
    if (!hasFiles(event) || isReady()) return;
    event.preventDefault();
    event.stopPropagation();
    if (isSignedIn()) handOver([...event.dataTransfer.files], Date.now());
  },
  true,
);
