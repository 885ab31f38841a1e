/* What the list of review items gains from a script: all are selected at once, and the arrow keys go from row to row. */
const table = document.querySelector('[data-rows]');
const all = document.querySelector('[data-all]');

/** The links to the items, one for each row. */
const links = () => [...(table?.querySelectorAll('tbody .what > a') ?? [])].filter((one) => one instanceof HTMLElement);
const boxes = () =>
  [...(table?.querySelectorAll('tbody input[type="checkbox"]') ?? [])].filter((one) => one instanceof HTMLInputElement);

if (all instanceof HTMLInputElement) {
  all.hidden = false;
  all.addEventListener('change', () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  table?.addEventListener('change', () => {
    all.checked = boxes().every((box) => box.checked);
    all.indeterminate = !all.checked && boxes().some((box) => box.checked);
  });
}

table?.addEventListener('keydown', (event) => {
  if (!(event instanceof KeyboardEvent) || !(event.target instanceof Element)) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest('tbody tr');
  if (!step || !row) return;
  event.preventDefault();
  const rows = [...(row.parentElement?.children ?? [])];
  const place = rows.indexOf(row) + step;
  const stops = event.target instanceof HTMLInputElement ? boxes() : links();
  stops[place]?.focus();
});
