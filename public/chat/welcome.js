/* The look follows the system until someone chooses; an empty conversation says how answers are made. */
import { t } from '../lib/words.js';

const THEME_KEY = 'vite-ui-theme'; // the page's own
const HOW_TO_BEGIN = t('Drop documents anywhere on this page, then ask about them.');

if (!localStorage.getItem(THEME_KEY)) localStorage.setItem(THEME_KEY, 'system');

async function describe() {
  const response = await fetch('/project/translations?language=en-US');
  const texts = (await response.json()).translation;
  const line = `${HOW_TO_BEGIN} ${texts.chat.watermark}`;
  document.documentElement.style.setProperty('--fn-welcome', JSON.stringify(line));
}

describe().catch(() => {}); // only a hint: the page works without it
