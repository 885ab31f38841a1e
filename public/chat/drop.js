// Files dropped before the page has its connection: the composer ignores them, and the browser would open them in place of the chat.
// They are held until the composer takes files, then handed to it.

const WAIT_MS = 200;
const PATIENCE_MS = 60_000;

const button = () => document.querySelector('#upload-button');
const isReady = () => button() && !button().disabled;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
const isSignedIn = () => !location.pathname.startsWith('/login');

function handOver(files, since) {
  const input = document.querySelector('input[type=file]');
  if (isReady() && input) {
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
