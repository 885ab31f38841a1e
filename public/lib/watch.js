/* Following a page that another program (React) changes at any time. */

/**
 * A function that runs the action in the next frame, once however often it is called before.
 * @param {() => void} action
 */
export function oncePerFrame(action) {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      action();
    });
  };
}

/**
 * Runs the action whenever elements of the page have come or gone, at most once per frame.
 * @param {() => void} action
 * @param {MutationObserverInit} [more] what else to watch
 */
export function watch(action, more = {}) {
  const changed = oncePerFrame(action);
  new MutationObserver(changed).observe(document.documentElement, { childList: true, subtree: true, ...more });
}
