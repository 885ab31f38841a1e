/* In front of window.fetch: the page's own requests pass here, and what stands here can answer, change or repeat them. */

/** @typedef {{ path: string, method: string, init: RequestInit | undefined }} Asked path: of the address, on this host */

/**
 * Whoever stands in front last is asked first. Requests to other hosts pass by.
 * @param {(asked: Asked, pass: () => Promise<Response>) => Promise<Response>} handler
 * @returns {typeof fetch} what stood there before
 */
export function standBefore(handler) {
  const behind = window.fetch.bind(window);
  window.fetch = (input, init) => {
    const { origin, pathname: path } = new URL(input instanceof Request ? input.url : input, location.href);
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    const pass = () => behind(input, init);
    return origin === location.origin ? handler({ path, method, init }, pass) : pass();
  };
  return behind;
}
