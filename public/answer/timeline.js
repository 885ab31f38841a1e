/* The stages of an answer on a line of time: a bar for each, where it began and how long it took. */
/** @import { AnswerRunView, Stage } from '../lib/api_types.js' */
import { make } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { described, time } from './words.js';

const STEPS = [1, 2, 2.5, 5, 10];
const TICKS = 4; // about so many
const LEAST = 0.4; // percent of the width: a bar that took no time is still seen
const LATE = 85; // percent: from here on there is no room for a word on the right
const KINDS = {
  ask: t('the question'),
  find: t('finding'),
  write: t('writing'),
  check: t('checking'),
  other: t('other'),
};

/**
 * In order. Stages without a time of beginning (older answers) follow one another.
 * @param {Stage[]} trace
 */
function placed(trace) {
  if (trace.length < 2 || trace.some((stage) => stage.at_ms))
    return [...trace].sort((one, other) => one.at_ms - other.at_ms);
  let end = 0;
  return trace.map((stage) => {
    const at_ms = end;
    end += stage.took_ms;
    return { ...stage, at_ms };
  });
}

/** @param {number} end in milliseconds */
function ticks(end) {
  const rough = end / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((one) => one * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

/**
 * @param {number} ms
 * @param {number} end
 */
const short = (ms, end) => (end < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`);

/**
 * Puts a node on the line.
 * @param {HTMLElement} node
 * @param {number} left percent
 * @param {number} [width] percent
 */
function at(node, left, width) {
  node.style.insetInlineStart = `min(${left}%, 100% - 3px)`; // a bar at the very end is still seen
  if (width !== undefined) node.style.width = `${width}%`;
  return node;
}

/**
 * @param {Stage} stage
 * @param {(ms: number) => number} share percent of the line
 */
function rowOf(stage, share) {
  const { kind, label, said } = described(stage);
  const width = Math.max(LEAST, share(stage.took_ms));
  const bar = make('span', { class: `bar ${kind}${stage.details.error ? ' failed' : ''}` });
  return make(
    'li',
    {},
    make('span', { class: 'label' }, label, said && make('small', {}, said)),
    make('span', { class: 'track', 'aria-hidden': 'true' }, at(bar, share(stage.at_ms), width)),
    make('span', { class: 'took' }, time(stage.took_ms)),
  );
}

/**
 * @param {number} end
 * @param {number | null} first when the first word came
 * @param {(ms: number) => number} share
 */
function gridOf(end, first, share) {
  const lines = ticks(end).map((ms) => at(make('i', {}, make('span', {}, ms ? short(ms, end) : '0')), share(ms)));
  if (first) {
    const look = share(first) > LATE ? 'first late' : 'first';
    lines.push(at(make('i', { class: look }, make('span', {}, t('first word'))), share(first)));
  }
  return make('div', { class: 'grid', 'aria-hidden': 'true' }, ...lines);
}

/** @param {Stage[]} stages */
function legendOf(stages) {
  const kinds = new Set(stages.map((stage) => described(stage).kind));
  const items = Object.entries(KINDS)
    .filter(([kind]) => kinds.has(/** @type {keyof typeof KINDS} */ (kind)))
    .map(([kind, text]) => make('li', {}, make('span', { class: `bar ${kind}` }), text));
  return make('ul', { class: 'legend', 'aria-hidden': 'true' }, ...items);
}

/**
 * @param {Stage[]} trace
 * @param {AnswerRunView['timings']} timings
 */
export function timeline(trace, { total_ms, first_token_ms }) {
  const stages = placed(trace);
  const end = Math.max(total_ms ?? 0, ...stages.map((stage) => stage.at_ms + stage.took_ms)) || 1;
  const share = (/** @type {number} */ ms) => Math.min(100, (ms / end) * 100);
  const rows = stages.map((stage) => rowOf(stage, share));
  return make(
    'figure',
    { 'aria-label': t('Stages of the answer, each with its time') },
    make('ol', {}, gridOf(end, first_token_ms, share), ...rows),
    legendOf(stages),
  );
}
