/* What the stages of an answer are called, and what each did, in a few words. A stage that is not known here keeps its own name. */
/** @import { AnswerRunView, Stage } from '../lib/api_types.js' */
import { count, many } from '../lib/words.js';

/** @typedef {'ask' | 'find' | 'write' | 'check' | 'other'} Kind */
/** @typedef {string | false | 0 | null | undefined} Part shown when there is something in it */
// What stands in details is free: each stage of rag/ notes what it has to say.
/** @typedef {{ [key: string]: any }} Details */

/** @param {Details} details */
const keptOf = ({ of, kept: left }) => (left === undefined ? '' : left === of ? `${of} kept` : `${left} of ${of} kept`);

/** @type {{ [by: string]: string }} */
const BY = {
  model: 'put into other words by a model',
  rule: 'with the question before it',
  'as asked': 'searched for as it was asked',
};

/** @type {{ [outcome: string]: string }} */
const RERANK = {
  late: 'took too long: the order of the search stays',
  failed: 'failed: the order of the search stays',
  resting: 'is let rest after it failed: the order of the search stays',
};

/** @type {{ [name: string]: [kind: Kind, label: string, says: (details: Details) => Part[]] }} */
const STAGES = {
  prepare: ['ask', 'Getting ready', () => ['the conversation so far, an earlier answer, the meaning of the question']],
  standalone: [
    'ask',
    'Understanding the question',
    ({ by, further, failure }) => [
      BY[by],
      further && `${many(further, 'more question')} beside it`,
      failure && 'the model failed',
    ],
  ],
  cache: [
    'ask',
    'Looking for an earlier answer',
    ({ hit, age_s: age }) => [
      hit ? `found one${age >= 60 ? ` from ${many(Math.round(age / 60), 'minute')} before` : ''}` : 'none',
    ],
  ],
  search_cache: [
    'find',
    'Looking for an earlier search',
    ({ of, known }) => [of && (known ? `${known} of ${of} known` : 'none')],
  ],
  embed: ['find', 'Taking its meaning', ({ texts }) => [texts > 1 && `${texts} questions`]],
  search: ['find', 'Searching', ({ found }) => [found !== undefined && `${many(found, 'passage')} found`]],
  shown: [
    'find',
    'Leaving out what may not be seen',
    ({ shown }) => [shown !== undefined && `${many(shown, 'passage')} left`],
  ],
  rerank: [
    'find',
    'Reading them again',
    ({ by, outcome: how, texts }) => [by, how === 'done' ? `${many(texts, 'passage')} put in order` : RERANK[how]],
  ],
  threshold: ['find', 'Is it near enough?', (details) => [keptOf(details)]],
  expand: [
    'find',
    'Reading around them',
    ({ widened }) => [widened !== undefined && `${many(widened, 'passage')} widened`],
  ],
  deduplicate: ['find', 'Leaving out copies', (details) => [keptOf(details)]],
  pack: [
    'find',
    'Choosing what to read',
    ({ sources, tokens: size }) => [
      sources !== undefined && many(sources, 'source'),
      size && `about ${many(size, 'token')}`,
    ],
  ],
  answer: ['write', 'Writing', ({ mode, model }) => [mode === 'extractive' ? 'sentences word for word' : model]],
  check: [
    'check',
    'Checking every sentence',
    ({ supported, added, dropped, unsupported }) => [
      supported && `${supported} supported`,
      added && `${many(added, 'number')} added`,
      dropped && `${many(dropped, 'number')} removed`,
      unsupported && `${unsupported} not supported`,
    ],
  ],
};

/** @param {string} name as it stands in code */
const spaced = (name) => name.replaceAll('_', ' ');

/** @param {Details} details */
const plain = (details) =>
  Object.entries(details)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([key, value]) => `${spaced(key)} ${value}`);

/**
 * Kind, label and what is to be said of a stage.
 * @param {Stage} stage
 */
export function described({ name, details }) {
  const unknown = spaced(name).replace(/^./, (letter) => letter.toUpperCase());
  const [kind, label, says] = STAGES[name] ?? [/** @type {const} */ ('other'), unknown, plain];
  const said = says(details).filter(Boolean);
  if (details.error) said.push('failed');
  return { kind, label, said: said.join(' · ') };
}

/** @param {number} ms */
export function time(ms) {
  if (ms < 0.05) return '< 0.1 ms';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`;
}

/** @typedef {{ purpose: string, model: string, input_tokens: number, output_tokens: number, cost_usd: number, is_estimated: boolean }} Charge */

/**
 * What each request to a model took. It stands in the trace as a stage that takes no time.
 * @param {Stage} stage
 */
export const isBill = ({ name }) => name === 'tokens';

/**
 * Pairs of what a request was for, and what it took.
 * @param {AnswerRunView} run
 */
export function charges(run) {
  const found = /** @type {Charge[]} */ (run.trace.find(isBill)?.details.charges ?? []);
  return found.map((charge) => {
    const what = charge.purpose === 'question' ? 'Understanding the question' : 'Answering';
    const took = [charge.model, tokens(charge), cost(charge.cost_usd)].filter(Boolean).join(' · ');
    return /** @type {const} */ ([what, took + (charge.is_estimated ? ' (estimated)' : '')]);
  });
}

/** @param {{ input_tokens: number, output_tokens: number }} usage */
export const tokens = ({ input_tokens: read, output_tokens: written }) =>
  read || written ? `${count(read)} tokens read, ${count(written)} written` : '';

/** @param {number} dollars */
export const cost = (dollars) => (dollars ? `$${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(2)}` : '');

/**
 * One sentence: what became of the question.
 * @param {AnswerRunView} run
 */
export function outcome(run) {
  const how =
    run.mode === 'extractive'
      ? 'Sentences of your documents, word for word'
      : `Written by ${run.model ?? 'a language model'}`;
  switch (run.state) {
    case 'done':
      return `${how}, from ${run.cited} of ${many(run.sources, 'passage')} found.`;
    case 'refused':
      return 'Nothing that was found is near enough to carry an answer.';
    case 'stopped':
      return 'It was stopped before its end.';
    case 'error':
      return `${run.error ?? 'It failed.'}${run.reference ? ` (reference ${run.reference})` : ''}`;
    default:
      return 'It is still being answered.';
  }
}

/**
 * What one should know of an answer beside that.
 * @param {AnswerRunView} run
 */
export function remarks(run) {
  const { cached, fallback_used, dropped_citations: dropped, unsupported_sentences: unsupported } = run;
  const question = cached === 'exact' ? 'This question' : 'A question that means the same';
  return [
    cached && `${question} was answered before; the answer is the same.`,
    fallback_used && 'The model that should have answered did not.',
    dropped && `${many(dropped, 'number')} did not hold and ${dropped === 1 ? 'was' : 'were'} removed.`,
    unsupported &&
      `${many(unsupported, 'sentence')} of it ${unsupported === 1 ? 'is' : 'are'} not supported by the sources.`,
  ].filter((remark) => typeof remark === 'string');
}
