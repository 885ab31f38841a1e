/* What the stages of an answer are called, and what each did, in a few words. A stage that is not known here keeps its own name. */
/** @import { AnswerRunView, Stage } from '../lib/api_types.js' */
import { withReference } from '../lib/reference.js';
import { count, many, plural, t, told } from '../lib/words.js';

/** @typedef {'ask' | 'find' | 'write' | 'check' | 'other'} Kind */
/** @typedef {string | false | 0 | null | undefined} Part shown when there is something in it */
// What stands in details is free: each stage of rag/ notes what it has to say.
/** @typedef {{ [key: string]: any }} Details */

/** @param {Details} details */
const keptOf = ({ of, kept: left }) =>
  left === undefined ? '' : left === of ? t('%(of)s kept', { of }) : t('%(left)s of %(of)s kept', { left, of });

/** @param {number | undefined} age in seconds */
function foundOne(age) {
  if (age === undefined || age < 60) return t('found one');
  return plural(
    Math.round(age / 60),
    'found one from %(count)s minute before',
    'found one from %(count)s minutes before',
  );
}

/** @type {{ [by: string]: string }} */
const BY = {
  model: t('put into other words by a model'),
  rule: t('with the question before it'),
  'as asked': t('searched for as it was asked'),
};

/** @type {{ [outcome: string]: string }} */
const RERANK = {
  late: t('took too long: the order of the search stays'),
  failed: t('failed: the order of the search stays'),
  resting: t('is let rest after it failed: the order of the search stays'),
};

/** @type {{ [name: string]: [kind: Kind, label: string, says: (details: Details) => Part[]] }} */
const STAGES = {
  prepare: [
    'ask',
    t('Getting ready'),
    () => [t('the conversation so far, an earlier answer, the meaning of the question')],
  ],
  route: ['ask', t('What kind of question is it?'), () => []],
  standalone: [
    'ask',
    t('Understanding the question'),
    ({ by, further, failure }) => [
      BY[by],
      further && plural(further, '%(count)s more question beside it', '%(count)s more questions beside it'),
      failure && t('the model failed'),
    ],
  ],
  cache: ['ask', t('Looking for an earlier answer'), ({ hit, age_s: age }) => [hit ? foundOne(age) : t('none')]],
  search_cache: [
    'find',
    t('Looking for an earlier search'),
    ({ of, known }) => [of && (known ? t('%(known)s of %(of)s known', { known, of }) : t('none'))],
  ],
  embed: ['find', t('Taking its meaning'), ({ texts }) => [texts > 1 && many(texts, 'question')]],
  search: [
    'find',
    t('Searching'),
    ({ found }) => [found !== undefined && plural(found, '%(count)s passage found', '%(count)s passages found')],
  ],
  shown: [
    'find',
    t('Leaving out what may not be seen'),
    ({ shown }) => [shown !== undefined && plural(shown, '%(count)s passage left', '%(count)s passages left')],
  ],
  rerank: [
    'find',
    t('Reading them again'),
    ({ by, outcome: how, texts }) => [
      by,
      how === 'done' ? plural(texts, '%(count)s passage put in order', '%(count)s passages put in order') : RERANK[how],
    ],
  ],
  threshold: ['find', t('Is it near enough?'), (details) => [keptOf(details)]],
  expand: [
    'find',
    t('Reading around them'),
    ({ widened }) => [
      widened !== undefined && plural(widened, '%(count)s passage widened', '%(count)s passages widened'),
    ],
  ],
  deduplicate: ['find', t('Leaving out copies'), (details) => [keptOf(details)]],
  pack: [
    'find',
    t('Choosing what to read'),
    ({ sources, tokens: size }) => [
      sources !== undefined && many(sources, 'source'),
      size && plural(size, 'about %(count)s token', 'about %(count)s tokens'),
    ],
  ],
  answer: [
    'write',
    t('Writing'),
    ({ mode, model, finish }) => [
      mode === 'extractive' ? t('sentences word for word') : model,
      finish === 'length' && t('cut off at the length limit'),
      finish === 'content_filter' && t("stopped by the provider's content filter"),
    ],
  ],
  check: [
    'check',
    t('Checking every sentence'),
    ({ supported, added, dropped, unsupported }) => [
      supported && t('%(supported)s supported', { supported }),
      added && plural(added, '%(count)s number added', '%(count)s numbers added'),
      dropped && plural(dropped, '%(count)s number removed', '%(count)s numbers removed'),
      unsupported && t('%(unsupported)s not supported', { unsupported }),
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
  if (details.error) said.push(t('failed'));
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
    const what = charge.purpose === 'question' ? t('Understanding the question') : t('Answering');
    const took = [charge.model, tokens(charge), cost(charge.cost_usd)].filter(Boolean).join(' · ');
    return /** @type {const} */ ([what, charge.is_estimated ? t('%(cost)s (estimated)', { cost: took }) : took]);
  });
}

/** @param {{ input_tokens: number, output_tokens: number }} usage */
export const tokens = ({ input_tokens: read, output_tokens: written }) =>
  read || written ? t('%(read)s tokens read, %(written)s written', { read: count(read), written: count(written) }) : '';

/** @param {number} dollars */
export const cost = (dollars) => (dollars ? `$${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(2)}` : '');

/**
 * One sentence: what became of the question.
 * @param {AnswerRunView} run
 */
export function outcome(run) {
  const how =
    run.mode === 'extractive'
      ? t('Sentences of your documents, word for word')
      : t('Written by %(model)s', { model: run.model ?? t('a language model') });
  switch (run.state) {
    case 'done':
      return plural(
        run.sources,
        '%(how)s, from %(cited)s of %(count)s passage found.',
        '%(how)s, from %(cited)s of %(count)s passages found.',
        { how, cited: count(run.cited) },
      );
    case 'refused':
      return t('Nothing that was found is near enough to carry an answer.');
    case 'stopped':
      return t('It was stopped before its end.');
    case 'error':
      return withReference(told(run.error ?? 'It failed.'), run.reference);
    default:
      return t('It is still being answered.');
  }
}

/**
 * What one should know of an answer beside that.
 * @param {AnswerRunView} run
 */
export function remarks(run) {
  const { cached, fallback_used, dropped_citations: dropped, unsupported_sentences: unsupported } = run;
  const question = cached === 'exact' ? t('This question') : t('A question that means the same');
  return [
    cached && t('%(question)s was answered before; the answer is the same.', { question }),
    fallback_used && t('The model that should have answered did not.'),
    dropped &&
      plural(
        dropped,
        '%(count)s number did not hold and was removed.',
        '%(count)s numbers did not hold and were removed.',
      ),
    unsupported &&
      plural(
        unsupported,
        '%(count)s sentence of it is not supported by the sources.',
        '%(count)s sentences of it are not supported by the sources.',
      ),
  ].filter((remark) => typeof remark === 'string');
}
