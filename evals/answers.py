"""Measures whether answers can be trusted: what they cite, what they refuse, and what the check catches.

Usage: python -m evals.answers [DATA] [--work FOLDER] [--results FILE] [--plot FILE]
DATA (default: ../shared/data) has ``qa/sourcegraph-handbook`` and ``ir/*``. The handbook is parsed, cut, embedded and searched as in the
product, with default settings. Vectors are cached in the work folder; the first run takes a quarter of an hour on two cores.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from evals import citations, quoting, refusals
from evals.chart import bars
from evals.indexes import cached_embeddings, handbook_pages, open_index
from evals.quoting import Quoting
from evals.refusals import LANGUAGES, Refusals

TARGET = 0.95
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Report:
    """All measurements; see the modules that make them."""

    quoting: Quoting
    refusals: Refusals
    page_removed: Refusals
    languages: dict[str, Refusals]
    check: dict[str, tuple[int, float]]

    @property
    def targets(self) -> dict[str, float]:
        """The figures that must reach the target."""
        return {
            "citation precision": self.quoting.precision,
            "sentence support": self.quoting.support,
            "refusal precision": self.refusals.precision,
            "refusal recall": self.refusals.recall,
        }


async def _run(data: Path, work: Path, model: str | None) -> Report:
    embeddings = cached_embeddings(work, model)
    pages = handbook_pages(data)
    print(f"{len(pages)} pages of the handbook", flush=True)
    async with open_index(pages, embeddings) as index:
        quoted = await quoting.measured(data, pages, index, embeddings)
        _print_quoting(quoted)
        refused = await refusals.handbook(data, index, embeddings)
        _print_refusals("handbook and foreign", refused)
        removed = await refusals.page_removed(data, index, embeddings, [page.title for page in pages])
        print(f"{'page removed':22} refused {removed.recall:.3f} of {removed.unanswerable}", flush=True)
        checked = await citations.measured(data, index, embeddings)
        for name, (count, share) in checked.items():
            print(f"check: {name:22} {share:.3f} of {count}", flush=True)
    languages = {}
    for name in LANGUAGES:
        languages[name] = await refusals.language(data, name, embeddings)
        _print_refusals(f"xquad-{name}", languages[name])
    embeddings.close()
    return Report(quoted, refused, removed, languages, checked)


def _print_quoting(result: Quoting) -> None:
    print(
        f"{result.answered} of {result.asked} questions answered; {result.gold} answers cite the page that answers, ",
        end="",
    )
    print(f"{result.gold_first} with their first number")
    print(
        f"{result.valid} of {result.numbers} numbers say it; {result.supported} of {result.sentences} sentences have one"
    )
    for sentence in result.wrong[:EXAMPLES]:
        print(f"  not supported: {sentence[:120]}")


def _print_refusals(name: str, result: Refusals) -> None:
    print(f"{name:22} answered {result.answered:.3f} of {result.answerable}, refused {result.recall:.3f} of ", end="")
    print(f"{result.unanswerable} that others answer; precision of refusals {result.precision:.3f}", flush=True)


def _written(report: Report, results: Path, plot: Path) -> None:
    """Writes the figures as JSON and as a chart."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(_figures(report), indent=1) + "\n")
    rows = [
        ("cited numbers that say it", (report.quoting.precision,)),
        ("sentences with such a number", (report.quoting.support,)),
        ("answers citing the right page", (report.quoting.gold / max(1, report.quoting.answered),)),
        *(
            (name, (result.answered, result.recall))
            for name, result in {"handbook": report.refusals, **report.languages}.items()
        ),
    ]
    series = ("share; questions that are answered", "foreign questions refused")
    plot.write_text(bars(rows, series, chosen="handbook"))


def _figures(report: Report) -> dict[str, object]:
    quoted = {name: value for name, value in asdict(report.quoting).items() if name != "wrong"}
    return {
        "targets": {name: round(value, 4) for name, value in report.targets.items()},
        "quoting": quoted,
        "refusals": _counts(report.refusals),
        "page removed": _counts(report.page_removed),
        "languages": {name: _counts(result) for name, result in report.languages.items()},
        "check": {name: {"of": count, "share": round(share, 4)} for name, (count, share) in report.check.items()},
    }


def _counts(result: Refusals) -> dict[str, object]:
    return {
        "answerable": result.answerable,
        "refused wrongly": len(result.wrongly),
        "unanswerable": result.unanswerable,
        "refused rightly": len(result.rightly),
    }


def main() -> None:
    """The command line. Exits with 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--model", help="as FOOTNOTE_EMBEDDING_MODEL: english, multilingual, a folder or name")
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/answers.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/images/answers.svg"))
    arguments = parser.parse_args()
    report = asyncio.run(_run(arguments.data, arguments.work, arguments.model))
    _written(report, arguments.results, arguments.plot)
    print()
    for name, value in report.targets.items():
        print(f"{name:22} {value:.3f}  target {TARGET:.2f} {'met' if value >= TARGET else 'MISSED'}")
    sys.exit(0 if min(report.targets.values()) >= TARGET else 1)


if __name__ == "__main__":
    main()
