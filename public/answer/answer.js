/* How an answer was found: its stages on a line of time, what it took, and telling the admins where the documents fell short. */
import { make } from '../lib/dom.js';
import { timeline } from './timeline.js';
import { charges, cost, isBill, outcome, remarks, time, tokens } from './words.js';
import { onTold, tell } from '../lib/tell.js';

const root = document.getElementById('answer');
const SAYS = { open: 'You told the admins.', done: 'You told the admins; one of them has settled it.' };

function toldBox(run) {
  if (!run.may_tell) return null;
  const box = make('p', { class: 'told' });
  const show = (told) => {
    const button = make(
      'button',
      { type: 'button', onclick: async () => show((await tell(run.id)) ?? told) },
      'Tell an admin',
    );
    box.replaceChildren(told ? make('span', { role: 'status' }, SAYS[told.state]) : button);
  };
  show(run.told);
  onTold((id, told) => id === run.id && show(told));
  return box;
}

function facts(run) {
  const { total_ms: total, first_token_ms: first } = run.timings;
  const found = [
    total && ['in all', time(total)],
    first && ['first word after', time(first)],
    cost(run.usage.cost_usd) && ['cost', cost(run.usage.cost_usd)],
  ].filter(Boolean);
  return make('dl', {}, ...found.map(([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, value))));
}

function bill(run) {
  const items = charges(run).map(([what, took]) => make('p', { class: 'faint' }, `${what}: ${took}`));
  return items.length ? items : [tokens(run.usage) && make('p', { class: 'faint' }, tokens(run.usage))];
}

function show(run) {
  const stages = run.trace.filter((stage) => !isBill(stage));
  const searched =
    run.query && run.query !== run.question
      ? make('p', { class: 'searched' }, 'Searched as: ', make('q', { dir: 'auto' }, run.query))
      : null;
  const shown = [
    make(
      'header',
      {},
      make('h1', { class: 'alone' }, 'How this was found'),
      make('h2', { dir: 'auto' }, run.question),
      searched,
    ),
    make('p', { class: 'outcome' }, outcome(run)),
    ...remarks(run).map((text) => make('p', { class: 'remark' }, text)),
    toldBox(run),
    facts(run),
    stages.length ? timeline(stages, run.timings) : make('p', { class: 'faint' }, 'Its stages were not written down.'),
    ...bill(run),
    make(
      'p',
      { class: 'leave' },
      make('a', { href: run.thread_id ? `/thread/${run.thread_id}` : '/', target: '_top' }, 'Back to the chat'),
    ),
  ];
  root.replaceChildren(...shown.filter(Boolean));
}

function say(text, isOut) {
  root.replaceChildren(
    make(
      'p',
      { class: 'notice', role: 'alert' },
      text,
      isOut ? make('a', { href: '/login', target: '_top' }, ' Sign in') : null,
    ),
  );
}

async function start() {
  const response = await fetch(root.dataset.run, { headers: { accept: 'application/json' } });
  const body = await response.json().catch(() => null);
  if (response.ok) show(body);
  else say(body?.message ?? 'This could not be loaded.', response.status === 401);
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && window.parent !== window)
    window.parent.postMessage({ type: 'footnote:close' }, location.origin);
});
start().catch(() => say('The server cannot be reached.'));
