/* The way from the chat to the library. The link stands in the page's own header, which React makes anew now and then. */

const THREAD_KEY = 'footnote.chat'; // read by the library, for the way back
const BOOKS = 'M5 4v16M9 4v16M13.5 4.5l5 15M5 4h4M5 20h4';

function build() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', BOOKS);
  svg.append(line);
  const text = Object.assign(document.createElement('span'), { textContent: 'Library' });
  const link = Object.assign(document.createElement('a'), {
    id: 'fn-library',
    href: '/library',
    title: 'All your documents',
  });
  link.ariaLabel = 'Library';
  link.append(svg, text);
  link.addEventListener('click', () => sessionStorage.setItem(THREAD_KEY, location.pathname));
  return link;
}

function place() {
  const bar = document.querySelector('#header > div:last-child');
  if (bar && !bar.querySelector('#fn-library')) bar.prepend(document.getElementById('fn-library') ?? build());
}

let isScheduled = false;
new MutationObserver(() => {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    place();
  });
}).observe(document.documentElement, { childList: true, subtree: true });
