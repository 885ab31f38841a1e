/* Making elements. All text goes in as text, so that nothing in a title or an error can become markup. */

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

/* Fills a node anew when what it shows has changed; the button that had the focus keeps it. */
export function fill(node, key, build) {
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.does : null;
  node.replaceChildren(...[build()].flat().filter(Boolean));
  if (focused)
    (node.querySelector(`[data-does="${CSS.escape(focused)}"]`) ?? node.closest('[tabindex]'))?.focus({
      preventScroll: true,
    });
}

const SVG = 'http://www.w3.org/2000/svg';

export function drawing(...paths) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const path of paths) {
    const line = document.createElementNS(SVG, 'path');
    line.setAttribute('d', path);
    svg.append(line);
  }
  return svg;
}

/* A name cut in its middle where there is no room: the end tells files of a folder apart. */
const TAIL = 12;
export function name(title, tag = 'span') {
  const letters = [...title];
  const cut = letters.length > TAIL * 2 ? letters.length - TAIL : letters.length;
  const tail = letters.slice(cut).join('');
  return make(
    tag,
    { class: 'name', title, dir: 'auto' },
    make('span', { class: 'head' }, letters.slice(0, cut).join('')),
    tail && make('span', { class: 'tail' }, tail),
  );
}
