/* Says that the models are still loading, until they are. */

const POLL_MS = 1500;
const LOADING = 'The models are still loading. You can add documents and ask already; answers come in a moment.';
const FAILED = 'The models could not be loaded, so nothing can be answered. Please tell whoever runs this server.';

let banner = null;

function say(text) {
  banner ??= document.body.appendChild(Object.assign(document.createElement('div'), { id: 'fn-banner' }));
  banner.setAttribute('role', 'status');
  banner.textContent = text;
  banner.hidden = !text;
}

async function look() {
  if (location.pathname === '/login') return void setTimeout(look, POLL_MS);
  try {
    const response = await fetch('/health/ready', { cache: 'no-store' });
    const models = (await response.json())?.parts?.models;
    if (models === 'ready') return say('');
    say(models === 'failed' ? FAILED : models === 'loading' ? LOADING : '');
  } catch {
    /* offline: the page says so itself */
  }
  setTimeout(look, POLL_MS);
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', look);
else look();
