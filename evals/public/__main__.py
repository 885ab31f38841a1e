"""Measures the product on public sets, beside published figures: python -m evals.public [DATA] [--only NAME …] [--nth N] [--model NAME]

DATA (default: ../shared/data) has the folder ``public``. Vectors are cached in the work folder. Every answer is made as in the product
without a language model. The figures of the check are those of the last ``evals.grounding``.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

from evals.chart import bars
from evals.indexes import cached_embeddings
from evals.public.measures import MEASURES, Figures, Part
from evals.public.published import PUBLISHED, table

GROUNDING = Path("evals/results/grounding.json")
PUBLISHED_PLOTTED = 2  # beside ours


async def _run(data: Path, work: Path, names: list[str], part: Part, model: str | None) -> dict[str, Figures]:
    embeddings = cached_embeddings(work, model)
    results: dict[str, Figures] = {}
    for name in names:
        started = time.monotonic()
        results[name] = await MEASURES[name](data, embeddings, part)
        figures = ", ".join(f"{figure} {value:.3f}" for figure, value in results[name].items())
        print(f"{name:12} {figures}  ({time.monotonic() - started:.0f} s)", flush=True)
    embeddings.close()
    return results


def _plot(results: dict[str, Figures]) -> str:
    """Ours beside the best published figures, where there are any."""
    rows = []
    for name, figures in results.items():
        for figure, value in figures.items():
            others = [one.value for one in PUBLISHED if (one.set_name, one.figure) == (name, figure)]
            if others:
                best = sorted(others, reverse=True)[:PUBLISHED_PLOTTED]
                rows.append((f"{name}, {figure}", (value, *best, *([0.0] * (PUBLISHED_PLOTTED - len(best))))))
    return bars(rows, ("Footnote", "best published", "next"), chosen="")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", choices=[*MEASURES], default=[*MEASURES])
    parser.add_argument("--model", help="as FOOTNOTE_EMBEDDING_MODEL")
    parser.add_argument("--nth", type=int, default=1, help="measure only every nth question")
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument(
        "--results", type=Path, help="JSON file that is written; figures of sets that are not measured now stay in it"
    )
    parser.add_argument("--plot", type=Path, help="SVG file that is written")
    arguments = parser.parse_args()
    part = Part(arguments.nth)
    before = [path for path in (arguments.results, GROUNDING) if path and path.exists()]
    results: dict[str, Figures] = {}
    for path in before:  # what is not measured now
        results |= json.loads(path.read_text())
    results |= asyncio.run(_run(arguments.data, arguments.work, arguments.only, part, arguments.model))
    print("\n" + table(results))
    if arguments.results:
        arguments.results.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.plot:
        arguments.plot.write_text(_plot(results))


if __name__ == "__main__":
    main()
