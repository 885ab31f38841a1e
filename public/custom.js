/* Footnote's additions to the chat page. Loaded before the page's own script, so that session.js can stand in front of fetch. */
import './chat/session.js';
import './chat/address.js';
import './chat/welcome.js';
import './chat/panel.js';
import './chat/pills.js';
import './chat/readiness.js';
import './chat/labels.js';
import './chat/drop.js';
import './chat/header.js';
import './chat/refusal.js';
import './chat/again.js';
import './chat/trace.js';
import './chat/unsupported.js';
