/* The stages of an answer on a line of time: a bar for each, where it began and how long it took. */
import { make } from '../lib/dom.js';
import { described, time } from './words.js';

const STEPS = [1, 2, 2.5, 5, 10];
const KINDS = [
  ['ask', 'the question'],
  ['find', 'finding'],
  ['write', 'writing'],
  ['check', 'checking'],
  ['other', 'other'],
];
const LEAST = 0.4; // percent of the width: a bar that took no time is still seen

/* Stages without a time of beginning (older answers) follow one another. */
function placed(trace) {
  if (trace.length < 2 || trace.some((stage) => stage.at_ms))
    return [...trace].sort((one, other) => one.at_ms - other.at_ms);
  let at = 0;
  return trace.map((stage) => ({ ...stage, at_ms: (at += stage.took_ms) - stage.took_ms }));
}

function ticks(end) {
  const rough = end / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((one) => one * power >= rough);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

const short = (ms, end) => (end < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`);

const at = (node, left, width) => {
  node.style.insetInlineStart = `min(${left}%, 100% - 3px)`; // a bar at the very end is still seen
  if (width !== undefined) node.style.width = `${width}%`;
  return node;
};

export function timeline(trace, timings) {
  const stages = placed(trace);
  const end = Math.max(timings.total_ms ?? 0, ...stages.map((stage) => stage.at_ms + stage.took_ms)) || 1;
  const share = (ms) => Math.min(100, (ms / end) * 100);
  const grid = make(
    'div',
    { class: 'grid', 'aria-hidden': 'true' },
    ...ticks(end).map((ms) => at(make('i', {}, make('span', {}, ms ? short(ms, end) : '0')), share(ms))),
  );
  const first = timings.first_token_ms;
  if (first)
    grid.append(
      at(
        make('i', { class: share(first) > 85 ? 'first late' : 'first' }, make('span', {}, 'first word')),
        share(first),
      ),
    );
  const rows = stages.map((stage) => {
    const { kind, label, said } = described(stage);
    const width = Math.max(LEAST, share(stage.took_ms));
    const bar = at(
      make('span', { class: `bar ${kind}${stage.details.error ? ' failed' : ''}` }),
      share(stage.at_ms),
      width,
    );
    return make(
      'li',
      {},
      make('span', { class: 'label' }, label, said && make('small', {}, said)),
      make('span', { class: 'track', 'aria-hidden': 'true' }, bar),
      make('span', { class: 'took' }, time(stage.took_ms)),
    );
  });
  const kinds = new Set(stages.map((stage) => described(stage).kind));
  const legend = make(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...KINDS.filter(([kind]) => kinds.has(kind)).map(([kind, text]) =>
      make('li', {}, make('span', { class: `bar ${kind}` }), text),
    ),
  );
  return make(
    'figure',
    { 'aria-label': 'Stages of the answer, each with its time' },
    make('ol', {}, grid, ...rows),
    legend,
  );
}
