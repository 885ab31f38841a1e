"""The report of evals/retrieval.py: a table with references, the changes since the last run, a file and a chart."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from evals.chart import bars
from evals.retrieval_scores import Table
from evals.retrieval_sets import ENGLISH

KINDS = ("bm25", "dense", "hybrid", "hybrid+rerank")
CHANGED = 0.0005
# nDCG@10 of a plain BM25 (bm25s, k1 1.2, b 0.75, English stems, whole documents; character n-grams for Thai and Chinese), and of
# all-MiniLM-L6-v2 where figures are published: on the whole of scifact and of xquad
REFERENCES = {
    "handbook-faq": (0.788, None),
    "scifact": (0.702, 0.645),
    "cranfield": (0.519, None),
    "cisi": (0.396, None),
    "financebench-pages": (0.129, None),
    "xquad-en": (0.964, 0.944),
    "xquad-de": (0.922, None),
    "xquad-vi": (0.964, 0.508),
    "xquad-th": (0.967, 0.101),
    "xquad-zh": (0.972, None),
    "xquad-ar": (0.884, 0.038),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The size of a set. ``language_coverage``: mean of how well the model knows its questions' language."""

    documents: int
    chunks: int
    questions: int
    language_coverage: float


def header() -> str:
    """The header of the table."""
    kinds = "".join(f"{kind:>16}" for kind in KINDS)
    lower = "".join(f"{'nDCG@10':>9}{'rec@20':>7}" for _ in KINDS)
    return f"{'':46}{kinds}   reference nDCG@10\n{'':20}{'docs':>6}{'chunks':>7}{'asked':>6}{'known':>7}{lower}   BM25   MiniLM"


def line(name: str, measured: Measured, table: Table) -> str:
    """The row of one set."""
    made = f"{measured.documents:6}{measured.chunks:7}{measured.questions:6}{measured.language_coverage:7.2f}"
    return f"{name:20}{made}{_cells(table[name])}   {'   '.join(map(_figure, REFERENCES[name]))}"


def means(table: Table) -> str:
    """The row with the means over the measured English sets."""
    names = [name for name in ENGLISH if name in table]
    cells = ""
    for kind in KINDS:
        measured = [table[name][kind] for name in names if kind in table[name]]
        is_whole = len(measured) == len(names)
        cells += (
            _cell(fmean(fmean(one.ndcg) for one in measured), fmean(fmean(one.recall) for one in measured))
            if is_whole
            else _cell(None, None)
        )
    return f"{'mean, English':46}{cells}"


def _cells(kinds: Mapping[str, Any]) -> str:
    scores = [kinds.get(kind) for kind in KINDS]
    return "".join(_cell(fmean(one.ndcg), fmean(one.recall)) if one else _cell(None, None) for one in scores)


def _cell(ndcg: float | None, recall: float | None) -> str:
    return f"{_figure(ndcg):>9}{_figure(recall):>7}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def as_json(
    table: Table, sets: Mapping[str, Measured], made: Mapping[str, Any], verdicts: Sequence[tuple[bool, str]]
) -> dict[str, Any]:
    """The stored form of a run: its configuration, the mean of each figure, and the verdicts."""
    figures = {
        name: asdict(sets[name])
        | {"language_coverage": round(sets[name].language_coverage, 3)}
        | {
            kind: {"ndcg@10": round(fmean(one.ndcg), 4), "recall@20": round(fmean(one.recall), 4)}
            for kind, one in kinds.items()
        }
        for name, kinds in table.items()
    }
    return {"made": dict(made), "verdicts": [{"met": met, "text": text} for met, text in verdicts], "sets": figures}


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A line for each figure that changed since the last run."""
    lines = [
        f"{name}: {before['made'].get(name)} → {value}"
        for name, value in now["made"].items()
        if before["made"].get(name) != value
    ]
    for name, figures in now["sets"].items():
        for kind in KINDS:
            was, is_now = (one.get(kind, {}) for one in (before["sets"].get(name, {}), figures))
            for metric in is_now.keys() & was.keys():
                if abs(is_now[metric] - was[metric]) >= CHANGED:
                    lines.append(f"{name} {kind} {metric}: {was[metric]:.3f} → {is_now[metric]:.3f}")
    return sorted(lines)


def write(run: Mapping[str, Any], results: Path, plot: Path) -> None:
    """Writes the run as a file, and nDCG@10 as a chart."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n")
    kinds = [kind for kind in KINDS if all(kind in figures for figures in run["sets"].values())]
    rows = [(name, tuple(figures[kind]["ndcg@10"] for kind in kinds)) for name, figures in run["sets"].items()]
    plot.write_text(bars(rows, [f"{kind}, nDCG@10" for kind in kinds], ""))
