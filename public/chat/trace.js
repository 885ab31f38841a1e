/* "How this was found" beside the other small buttons under an answer: a link to /answers/{run}, which opens in the side panel.
   The run is read off the links that stand in the answer. */

const BARS = 'M4 6h8 M8 12h7 M13 18h7';
const RUN = /^\/(?:cite|answers)\/([0-9a-f-]{36})/;

function build() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', BARS);
  svg.append(line);
  const link = Object.assign(document.createElement('a'), { className: 'fn-how', title: 'How this was found' });
  link.ariaLabel = link.title;
  link.append(svg);
  return link;
}

function place(message) {
  const bar = message.querySelector(':scope > div > .flex-wrap');
  const run = message
    .querySelector('.message-content :is(a[href^="/cite/"], a[href^="/answers/"])')
    ?.getAttribute('href')
    .match(RUN)?.[1];
  if (!bar || !run) return;
  const link = bar.querySelector('.fn-how') ?? bar.appendChild(build());
  if (link.getAttribute('href') !== `/answers/${run}`) link.setAttribute('href', `/answers/${run}`);
}

let isScheduled = false;
new MutationObserver(() => {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    document.querySelectorAll('#root .ai-message').forEach(place);
  });
}).observe(document.documentElement, { childList: true, subtree: true });
