"""Can answers be trusted? What they cite, what they leave unsaid, and what the check of them catches.

Usage: python -m evals.answers [DATA] [--work FOLDER] [--results FILE] [--plot FILE]
DATA (../shared/data unless named) holds ``qa/sourcegraph-handbook`` and ``ir/*``. The handbook is parsed, cut, embedded and searched as the
product does it, with default settings. Vectors are kept in the work folder; the first run takes a quarter of an hour on two cores.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from evals import citations, quoting, refusals
from evals.chart import bars
from evals.opened import handbook_pages, kept_embeddings, opened
from evals.quoting import Quoting
from evals.refusals import LANGUAGES, Refusals

TARGET = 0.95
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured; see the modules that measure it."""

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


async def _run(data: Path, work: Path) -> Report:
    embeddings = kept_embeddings(work)
    pages = handbook_pages(data)
    print(f"{len(pages)} pages of the handbook", flush=True)
    async with opened(pages, embeddings) as index:
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


def _print_quoting(found: Quoting) -> None:
    print(
        f"{found.answered} of {found.asked} questions answered; {found.gold} answers cite the page that answers, ",
        end="",
    )
    print(f"{found.gold_first} with their first number")
    print(f"{found.valid} of {found.numbers} numbers say it; {found.supported} of {found.sentences} sentences have one")
    for sentence in found.wrong[:SHOWN]:
        print(f"  not supported: {sentence[:120]}")


def _print_refusals(name: str, found: Refusals) -> None:
    print(f"{name:22} answered {found.answered:.3f} of {found.answerable}, refused {found.recall:.3f} of ", end="")
    print(f"{found.unanswerable} that others answer; precision of refusals {found.precision:.3f}", flush=True)


def _written(report: Report, results: Path, plot: Path) -> None:
    """The figures as JSON, and as a picture."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(_figures(report), indent=1) + "\n")
    rows = [
        ("cited numbers that say it", (report.quoting.precision,)),
        ("sentences with such a number", (report.quoting.support,)),
        ("answers citing the right page", (report.quoting.gold / max(1, report.quoting.answered),)),
        *(
            (name, (found.answered, found.recall))
            for name, found in {"handbook": report.refusals, **report.languages}.items()
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
        "languages": {name: _counts(found) for name, found in report.languages.items()},
        "check": {name: {"of": count, "share": round(share, 4)} for name, (count, share) in report.check.items()},
    }


def _counts(found: Refusals) -> dict[str, object]:
    return {
        "answerable": found.answerable,
        "refused wrongly": len(found.wrongly),
        "unanswerable": found.unanswerable,
        "refused rightly": len(found.rightly),
    }


def main() -> None:
    """Command line. Exits with 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/answers.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/images/answers.svg"))
    arguments = parser.parse_args()
    report = asyncio.run(_run(arguments.data, arguments.work))
    _written(report, arguments.results, arguments.plot)
    print()
    for name, value in report.targets.items():
        print(f"{name:22} {value:.3f}  target {TARGET:.2f} {'met' if value >= TARGET else 'MISSED'}")
    sys.exit(0 if min(report.targets.values()) >= TARGET else 1)


if __name__ == "__main__":
    main()
