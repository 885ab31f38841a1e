/* Links that a script follows in place of the browser. */

/**
 * Runs the action for each plain click on a link. One with a modifier key is the browser's: it opens a tab, say.
 * @param {string} selector
 * @param {(link: HTMLAnchorElement) => void} action
 */
export function onLink(selector, action) {
  document.addEventListener(
    'click',
    (event) => {
      if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element && event.target.closest(selector);
      if (!(link instanceof HTMLAnchorElement)) return;
      event.preventDefault();
      event.stopPropagation();
      action(link);
    },
    true,
  );
}

/**
 * The address in a link as it stands in the page: a path.
 * @param {Element} link
 */
export const pathOf = (link) => link.getAttribute('href') ?? '';

/* The numbers of an answer; what stands behind # is another way to the same source. */
export const FOOTNOTE = 'a[href^="/cite/"]:not([href*="#"])';

/**
 * Links to answer runs that ask for something, /answers/{run}#{what}. They stand in stored messages, as plain links.
 * @param {string} what
 */
export function answerLinks(what) {
  const selector = `#root a[href^="/answers/"][href$="#${what}"]`;
  return {
    selector,
    all: () => /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(selector)),
    /** @param {HTMLAnchorElement} link */
    runOf: (link) => pathOf(link).slice('/answers/'.length, -what.length - 1),
  };
}
