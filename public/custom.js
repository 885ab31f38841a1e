/* Footnote's additions to the chat page. Loaded before the page's own script, so that session.js can stand in front of fetch. */
import './js/session.js';
import './js/address.js';
import './js/welcome.js';
import './js/panel.js';
import './js/jobs.js';
import './js/readiness.js';
import './js/labels.js';
import './js/early.js';
import './js/library.js';
import './js/reviews.js';
import './js/again.js';
import './js/how.js';
import './js/unsupported.js';
