/* Says that the models are still loading, until they are. */
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';

const POLL_MS = 1500;
const LOADING = t('The models are still loading. You can add documents and ask already; answers come in a moment.');
const FAILED = t('The models could not be loaded, so nothing can be answered. Please tell whoever runs this server.');
const TEXTS = { loading: LOADING, failed: FAILED };

const banner = make('div', { id: 'fn-banner', role: 'status', hidden: true });

/** @param {string} text */
function say(text) {
  if (!banner.isConnected) document.body.append(banner);
  banner.textContent = text;
  banner.hidden = !text;
}

async function look() {
  if (location.pathname === '/login') return void setTimeout(look, POLL_MS);
  try {
    const response = await fetch('/health/ready', { cache: 'no-store' }); // 503 while they load
    const models = (await response.json())?.parts?.models;
    say(TEXTS[/** @type {keyof typeof TEXTS} */ (models)] ?? '');
    if (models === 'ready') return;
  } catch {
    /* offline: the page says so itself */
  }
  setTimeout(look, POLL_MS);
}

look();
