/* How an answer was found: its stages on a line of time, what it took, and telling the admins where the documents fell short. */
/** @import { AnswerRunView, Told } from '../lib/api_types.js' */
import { ask } from '../lib/api.js';
import { byId, make } from '../lib/dom.js';
import { closeOnEscape } from '../lib/embed.js';
import { sayError } from '../lib/notice.js';
import { onTold, tell } from '../lib/tell.js';
import { timeline } from './timeline.js';
import { charges, cost, isBill, outcome, remarks, time, tokens } from './words.js';

const SAYS = { open: 'You told the admins.', done: 'You told the admins; one of them has settled it.' };
const root = byId('answer');

/** @param {AnswerRunView} run */
function toldBox({ id, may_tell, told: before }) {
  if (!may_tell) return null;
  const box = make('p', { class: 'told' });
  /** @param {Told | null} told */
  const update = (told) => {
    const onclick = async () => update((await tell(id)) ?? told);
    const button = make('button', { type: 'button', onclick }, 'Tell an admin');
    box.replaceChildren(told ? make('span', { role: 'status' }, SAYS[told.state]) : button);
  };
  update(before);
  onTold((run, told) => run === id && update(told));
  return box;
}

/** @param {AnswerRunView} run */
function factsOf({ timings, usage }) {
  const { total_ms: total, first_token_ms: first } = timings;
  const facts = {
    'in all': total && time(total),
    'first word after': first && time(first),
    cost: cost(usage.cost_usd),
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
  const searched = query && query !== question && ['Searched as: ', make('q', { dir: 'auto' }, query)];
  return make(
    'header',
    {},
    make('h1', { class: 'alone' }, 'How this was found'),
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
    stages.length ? timeline(stages, run.timings) : make('p', { class: 'faint' }, 'Its stages were not written down.'),
    ...billOf(run),
    make(
      'p',
      { class: 'leave' },
      make('a', { href: run.thread_id ? `/thread/${run.thread_id}` : '/', target: '_top' }, 'Back to the chat'),
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
