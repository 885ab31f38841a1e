/* Names for the buttons of the page that are only a picture: a tooltip is no name to a screen reader. React leaves attributes alone
   that it does not know. */
import { watch } from '../lib/watch.js';

const NAMES = {
  '#sidebar-trigger-button': 'Show or hide conversations',
  '#search-chats-button': 'Search conversations',
  '#new-chat-button': 'New conversation',
  '#thread-options': 'Rename or delete',
  '#user-nav-button': 'Account',
  '#upload-button': 'Add documents',
  '#chat-submit': 'Ask',
  '#stop-button': 'Stop',
  '#chat-input': 'Question',
  '#edit-chat-input': 'Question',
  'button:has(> .lucide-arrow-down)': 'To the end of the conversation',
  '#password ~ button': 'Show or hide the password',
  '[data-step-type="user_message"] .group > button': 'Edit this question',
  '.ai-message .flex-wrap > button': 'Copy to clipboard',
  '.positive-feedback-off, .positive-feedback-on': 'Helpful',
  '.negative-feedback-off, .negative-feedback-on': 'Not helpful',
  '.positive-feedback-on ~ button:not(.negative-feedback-off), .negative-feedback-on ~ button': 'Edit feedback',
};

watch(() => {
  for (const [parts, name] of Object.entries(NAMES)) {
    for (const part of document.querySelectorAll(parts)) if (part.ariaLabel !== name) part.ariaLabel = name;
  }
});
