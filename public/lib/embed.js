/* Pages that the chat's side panel shows in a frame. */

export const CLOSE = 'footnote:close'; // type of the message that asks the panel to close

/* Escape closes the panel also while the focus is in its frame. */
export function closeOnEscape() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && window.parent !== window) window.parent.postMessage({ type: CLOSE }, location.origin);
  });
}
