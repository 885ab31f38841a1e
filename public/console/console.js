/* What server-rendered pages gain from a script: a question before a form that cannot be taken back, and the way back to the conversation. */
import { leftChat } from '../lib/back.js';
import { confirm } from '../lib/confirm.js';

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.confirm || 'isSure' in form.dataset) return;
  event.preventDefault();
  const submitter = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
  if (!(await confirm(form.dataset.confirm, '', submitter?.textContent?.trim() || 'OK'))) return;
  form.dataset.isSure = '';
  form.requestSubmit(submitter);
});

for (const link of document.querySelectorAll('a.back')) link.setAttribute('href', leftChat());

/* A secret that is shown once is selected when it has the focus. */
document.addEventListener('focusin', (event) => {
  if (event.target instanceof HTMLInputElement && 'select' in event.target.dataset) event.target.select();
});
