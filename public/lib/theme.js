/* The page looks as the chat is set to look. A classic script in the head: it runs before anything is painted. */
(() => {
  const KEY = 'vite-ui-theme'; // the chat's own
  const root = document.documentElement;
  if (root.dataset.theme) return; // the address says how
  const follow = () => {
    try {
      const chosen = localStorage.getItem(KEY);
      if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
      else delete root.dataset.theme;
    } catch {
      /* storage is closed: the system's choice stays */
    }
  };
  follow();
  window.addEventListener('storage', (event) => event.key === KEY && follow());
})();
