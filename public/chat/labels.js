/* Names for the buttons of the page that are only a picture: a tooltip is no name to a screen reader. React leaves attributes alone
   that it does not know. */
import { watch } from '../lib/watch.js';
import { t } from '../lib/words.js';

const NAMES = {
  '#sidebar-trigger-button': t('Show or hide conversations'),
  '#search-chats-button': t('Search conversations'),
  '#new-chat-button': t('New conversation'),
  '#thread-options': t('Rename or delete'),
  '#user-nav-button': t('Account'),
  '#theme-toggle': t('Light or dark'),
  '[data-sidebar="rail"]': t('Show or hide conversations'),
  '#upload-button': t('Add documents'),
  '#chat-submit': t('Ask'),
  '#stop-button': t('Stop'),
  '#chat-input': t('Question'),
  '#edit-chat-input': t('Question'),
  'button:has(> .lucide-arrow-down)': t('To the end of the conversation'),
  '#password ~ button': t('Show or hide the password'),
  '[data-step-type="user_message"] .group > button': t('Edit this question'),
  '.ai-message .flex-wrap > button': t('Copy to clipboard'),
  '.positive-feedback-off, .positive-feedback-on': t('Helpful'),
  '.negative-feedback-off, .negative-feedback-on': t('Not helpful'),
  '.positive-feedback-on ~ button:not(.negative-feedback-off), .negative-feedback-on ~ button': t('Edit feedback'),
};

watch(() => {
  for (const [parts, name] of Object.entries(NAMES)) {
    for (const part of document.querySelectorAll(parts)) if (part.ariaLabel !== name) part.ariaLabel = name;
  }
});
