/* How an answer was found: its stages on a line of time, what it took, and telling the admins where the documents fell short. */
/** @import { AnswerRunView, ReviewReceipt } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { byId, make } from '../lib/dom.js';
import { closeOnEscape } from '../lib/embed.js';
import { sayError } from '../lib/notice.js';
import { onTold, saying, tell } from '../lib/tell.js';
import { t } from '../lib/words.js';
import { timeline } from './timeline.js';
import { charges, cost, isBill, outcome, remarks, time, tokens } from './words.js';

const root = byId('answer');

/** @param {AnswerRunView} run */
function toldBox({ id, may_tell, told: before }) {
  if (!may_tell && !before) return null;
  const box = make('p', { class: 'told' });
  /** @param {ReviewReceipt | null} told */
  const update = (told) => {
    const onclick = async () => update((await tell(id)) ?? told);
    const button = make('button', { type: 'button', onclick }, t('Tell an admin'));
    box.replaceChildren(told ? make('span', { role: 'status' }, saying(told)) : button);
  };
  update(before);
  onTold((run, told) => run === id && update(told));
  return box;
}

/** @param {AnswerRunView} run */
function factsOf({ timings, usage }) {
  const { total_ms: total, first_token_ms: first } = timings;
  const facts = {
    [t('in all')]: total && time(total),
    [t('first word after')]: first && time(first),
    [t('cost')]: cost(usage.cost_usd),
  };
  const items = Object.entries(facts).filter(([, value]) => value);
  return make(
    'dl',
    {},
    ...items.map(([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, String(value)))),
  );
}

/** @param {AnswerRunView} run */
function billOf(run) {
  const items = charges(run).map(([what, took]) => `${what}: ${took}`);
  const lines = items.length ? items : [tokens(run.usage)];
  return lines.filter(Boolean).map((line) => make('p', { class: 'faint' }, line));
}

/** @param {AnswerRunView} run */
function headOf({ question, query }) {
  const searched = query && query !== question && [t('Searched as: '), make('q', { dir: 'auto' }, query)];
  return make(
    'header',
    {},
    make('h1', { class: 'alone' }, t('How this was found')),
    make('h2', { dir: 'auto' }, question),
    searched && make('p', { class: 'searched' }, ...searched),
  );
}

/** @param {AnswerRunView} run */
function show(run) {
  const stages = run.trace.filter((stage) => !isBill(stage));
  const parts = [
    headOf(run),
    make('p', { class: 'outcome' }, outcome(run)),
    ...remarks(run).map((text) => make('p', { class: 'remark' }, text)),
    toldBox(run),
    factsOf(run),
    stages.length
      ? timeline(stages, run.timings)
      : make('p', { class: 'faint' }, t('Its stages were not written down.')),
    ...billOf(run),
    make(
      'p',
      { class: 'leave' },
      make('a', { href: run.thread_id ? `/thread/${run.thread_id}` : '/', target: '_top' }, t('Back to the chat')),
    ),
  ];
  root.replaceChildren(...parts.filter((part) => part !== null));
}

async function start() {
  try {
    show(await ask(root.dataset.run ?? ''));
  } catch (error) {
    sayError(root, error);
  }
}

closeOnEscape();
start();
