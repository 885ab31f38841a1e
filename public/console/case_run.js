/* A run over the test cases advances on its page: asked for every second, until it is over. */
const PAUSE_MS = 1000;
const bar = document.querySelector('progress[data-progress]');
const words = document.querySelector('[data-words]');

/**
 * Fills the named places of a sentence.
 *
 * @param {string} sentence with places such as %(done)s
 * @param {Record<string, unknown>} values
 */
function filled(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

/** Shows how far the run is; loads the page anew once it is over, for its results. */
async function look() {
  if (!(bar instanceof HTMLProgressElement) || !(words instanceof HTMLElement)) return;
  try {
    const response = await fetch(bar.dataset.progress ?? '', { headers: { Accept: 'application/json' } });
    if (response.ok) {
      const progress = await response.json();
      bar.max = progress.total;
      bar.value = progress.done;
      words.textContent = filled(words.dataset.words ?? '', progress);
      if (progress.is_over) return location.reload();
    }
  } catch {
    // the server restarts or the network is away: the next try may succeed
  }
  setTimeout(look, PAUSE_MS);
}

look();
