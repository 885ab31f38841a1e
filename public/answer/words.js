/* What the stages of an answer are called, and what each did, in a few words. A stage that is not known here keeps its own name. */

const many = (value, one, more = `${one}s`) => `${value} ${value === 1 ? one : more}`;
const kept = ({ of, kept: left }) => (left === undefined ? '' : left === of ? `${of} kept` : `${left} of ${of} kept`);

const BY = {
  model: 'put into other words by a model',
  rule: 'with the question before it',
  'as asked': 'searched for as it was asked',
};

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
  recall: [
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
    ({ by, outcome, texts }) => [
      by,
      outcome === 'done'
        ? `${many(texts, 'passage')} put in order`
        : {
            late: 'took too long: the order of the search stays',
            failed: 'failed: the order of the search stays',
            resting: 'is let rest after it failed: the order of the search stays',
          }[outcome],
    ],
  ],
  threshold: ['find', 'Is it near enough?', (details) => [kept(details)]],
  expand: [
    'find',
    'Reading around them',
    ({ widened }) => [widened !== undefined && `${many(widened, 'passage')} widened`],
  ],
  deduplicate: ['find', 'Leaving out copies', (details) => [kept(details)]],
  pack: [
    'find',
    'Choosing what to read',
    ({ sources, tokens }) => [
      sources !== undefined && many(sources, 'source'),
      tokens && `about ${many(tokens, 'token')}`,
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

const plain = (details) =>
  Object.entries(details)
    .filter(([, value]) => ['string', 'number'].includes(typeof value))
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`);

export function described({ name, details }) {
  const [kind, label, says = plain] = STAGES[name] ?? [
    'other',
    name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase()),
  ];
  const said = says(details).filter(Boolean);
  if (details.error) said.push('failed');
  return { kind, label, said: said.join(' · ') };
}

export function time(ms) {
  if (ms < 0.05) return '< 0.1 ms';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`;
}

const number = new Intl.NumberFormat('en-US');
/* What each request to a model took. It stands in the trace as a stage that takes no time. */
export const isBill = ({ name }) => name === 'tokens';
export function charges(run) {
  const found = run.trace.find(isBill)?.details.charges ?? [];
  return found.map((charge) => [
    charge.purpose === 'question' ? 'Understanding the question' : 'Answering',
    [charge.model, tokens(charge), cost(charge.cost_usd)].filter(Boolean).join(' · ') +
      (charge.is_estimated ? ' (estimated)' : ''),
  ]);
}

export const tokens = ({ input_tokens: read, output_tokens: written }) =>
  read || written ? `${number.format(read)} tokens read, ${number.format(written)} written` : '';
export const cost = (dollars) => (dollars ? `$${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(2)}` : '');

/* One sentence: what became of the question. */
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

/* What one should know of it beside that. */
export function remarks(run) {
  return [
    run.cached &&
      (run.cached === 'exact'
        ? 'This question was answered before; the answer is the same.'
        : 'A question that means the same was answered before; the answer is the same.'),
    run.fallback_used && 'The model that should have answered did not.',
    run.dropped_citations &&
      `${many(run.dropped_citations, 'number')} did not hold and ${run.dropped_citations === 1 ? 'was' : 'were'} removed.`,
    run.unsupported_sentences &&
      `${many(run.unsupported_sentences, 'sentence')} of it ${run.unsupported_sentences === 1 ? 'is' : 'are'} not supported by the sources.`,
  ].filter(Boolean);
}
