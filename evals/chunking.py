"""Compares strategies of chunking by how well they find the answers.

Usage: python -m evals.chunking [DATA] [--pages all] [--only TEXT] [--work FOLDER] [--results FILE] [--plot FILE]
DATA (default: ../shared/data) has ``qa/chroma-chunking`` (the text spans that answer: how much of them is found, and with how
much other text), ``ir/handbook-faq`` and ``qa/sourcegraph-handbook`` (the page that answers: its rank). Each is searched as in the product
(by meaning and words) and by meaning alone. Vectors are cached in the work folder; the first run takes most of an hour.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter

import numpy

from core.settings import ChunkSettings, EmbeddingSettings, QdrantSettings
from evals.chart import bars
from evals.chunking_scores import BUDGET_CHARS, Ranking, page_scores, passage_scores
from evals.chunking_sets import Document, Question, QuestionSet, handbook, passages
from evals.corpus import LIBRARY, SCOPE, document_id
from evals.vectors import CachedEmbeddings
from ingestion.indexing.chunking import build_chunker
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import build_index, searched_text, with_chunks
from rag.types import Chunk

CANDIDATES = 100
CHANCE = 0.02  # smaller differences are not significant with this many questions

HEADER = "".join(f"{name:>7}" for name in ("recall", "prec.", "IoU", "in 4k", "nDCG", "pages"))
SIZES = {
    "recursive": ((256, 0), (400, 0), (800, 0), (800, 100), (1200, 150)),
    "sliding": ((800, 100),),
    "structure": ((400, 0), (800, 0), (800, 100)),
    "semantic": ((400, 0), (800, 0)),
}
WITH_HEADINGS = (("recursive", 800, 0), ("recursive", 800, 100), ("structure", 800, 0))


@dataclass(frozen=True, slots=True)
class Strategy:
    """A chunking strategy with its sizes; with ``has_headings`` the embedded text begins with the headings, as the indexed words do."""

    strategy: str
    size: int
    overlap: int
    has_headings: bool = False

    @property
    def settings(self) -> ChunkSettings:
        return ChunkSettings.model_validate(
            {"strategy": self.strategy, "size": self.size, "overlap": self.overlap, "headings": self.has_headings}
        )

    def __str__(self) -> str:
        return f"{self.strategy} {self.size}/{self.overlap}{' + headings' if self.has_headings else ''}"


STRATEGIES = [
    *(Strategy(strategy, *sizes) for strategy, several in SIZES.items() for sizes in several),
    *(Strategy(strategy, size, overlap, True) for strategy, size, overlap in WITH_HEADINGS),
]


@dataclass(frozen=True, slots=True)
class SearchScores:
    """The scores of one kind of search.

    Attributes:
        recall, precision, iou: of the characters that answer, in the best five chunks.
        recall_in_budget: in the best chunks of 4,000 characters together.
        ndcg, documents: of the handbook, nDCG@10 and recall@20; a page counts by its best chunk.
    """

    recall: float
    precision: float
    iou: float
    recall_in_budget: float
    ndcg: float
    documents: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    way: str
    chunks: int
    mean_chars: float
    hybrid: SearchScores
    dense: SearchScores


async def _cut(documents: Sequence[Document], strategy: Strategy, embeddings: FootnoteEmbeddings) -> list[Chunk]:
    chunks = []
    for document in documents:
        chunker = build_chunker(
            strategy.settings,
            embeddings,
            document_id=document_id(document.title),
            library_id=LIBRARY,
            title=document.title,
        )
        chunks += [chunk for section in document.sections for chunk in await chunker.chunks_of(section)]
    return chunks


async def _ranked(
    chunks: Sequence[Chunk], questions: Sequence[Question], strategy: Strategy, embeddings: FootnoteEmbeddings
) -> tuple[list[Ranking], list[Ranking]]:
    """The best chunks for each question: by meaning and words, and by meaning alone."""
    texts = [searched_text(chunk) if strategy.has_headings else chunk.text for chunk in chunks]
    vectors = await embeddings.aembed_documents(texts)
    question_vectors = await embeddings.aembed_queries([question.text for question in questions])
    with tempfile.TemporaryDirectory() as folder:
        index = build_index(QdrantSettings(), Path(folder))
        await index.open(embeddings.dimension, model=embeddings.name)
        await index.upsert(chunks, vectors)
        hits = [
            await with_chunks(index, await index.search(question.text, vector, SCOPE, top_k=CANDIDATES))
            for question, vector in zip(questions, question_vectors, strict=True)
        ]
        await index.close()
    likeness = numpy.asarray(question_vectors) @ numpy.asarray(vectors).T
    order = numpy.argsort(-likeness, axis=1, kind="stable")[:, :CANDIDATES]
    return [[hit.chunk for hit in each] for each in hits], [[chunks[place] for place in places] for places in order]


async def _measured(strategy: Strategy, marked: QuestionSet, pages: QuestionSet, embeddings: FootnoteEmbeddings) -> Row:
    chunks = await _cut(marked.documents, strategy, embeddings)
    page_chunks = await _cut(pages.documents, strategy, embeddings)
    passages_found = await _ranked(chunks, marked.questions, strategy, embeddings)
    pages_found = await _ranked(page_chunks, pages.questions, strategy, embeddings)
    hybrid, dense = (
        SearchScores(*passage_scores(found, marked.questions, marked.documents), *page_scores(ranked, pages.questions))
        for found, ranked in zip(passages_found, pages_found, strict=True)
    )
    every = [*chunks, *page_chunks]
    return Row(str(strategy), len(every), fmean(len(chunk.text) for chunk in every), hybrid, dense)


async def _run(data: Path, work: Path, *, is_whole: bool, only: str) -> list[Row]:
    embeddings = CachedEmbeddings(build_embeddings(EmbeddingSettings(), work), work)
    embeddings.load()
    marked, pages = passages(data), handbook(data, is_whole=is_whole)
    print(f"{len(marked.questions)} questions on {len(marked.documents)} texts, ", end="")
    print(f"{len(pages.questions)} questions on {len(pages.documents)} pages; by meaning and words | by meaning alone")
    print(f"{'':28}{'chunks':>7}{'chars':>6} {HEADER} | {HEADER}")
    rows = []
    for strategy in STRATEGIES:
        if only in str(strategy):
            began = perf_counter()
            rows.append(await _measured(strategy, marked, pages, embeddings))
            print(f"{_line(rows[-1])}  {perf_counter() - began:.0f} s", flush=True)
    embeddings.close()
    return rows


def _line(row: Row) -> str:
    return f"{row.way:28}{row.chunks:7}{row.mean_chars:6.0f} {_figures(row.hybrid)} | {_figures(row.dense)}"


def _figures(scores: SearchScores) -> str:
    return "".join(f"{value:7.3f}" for value in asdict(scores).values())


def _default() -> Strategy:
    settings = ChunkSettings()
    return Strategy(settings.strategy, settings.size, settings.overlap, settings.headings)


def _score(row: Row) -> float:
    """The score for choosing a default: what a reader or model sees, and the rank of the right page."""
    return (row.hybrid.recall_in_budget + row.hybrid.ndcg) / 2


def _written(rows: Sequence[Row], results: Path, plot: Path) -> None:
    """Writes the figures as JSON and as a chart."""
    results.parent.mkdir(parents=True, exist_ok=True)
    rounded = json.loads(json.dumps([asdict(row) for row in rows]), parse_float=lambda text: round(float(text), 4))
    results.write_text(json.dumps({"default": str(_default()), "rows": rounded}, indent=1) + "\n")
    figures = [(row.way, (row.hybrid.recall_in_budget, row.hybrid.ndcg)) for row in rows]
    plot.write_text(bars(figures, ("answer found in 4,000 characters", "nDCG@10 of the page"), str(_default())))


def main() -> None:
    """The command line. Exits with 1 when another strategy is better than the default by more than chance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--pages", choices=("some", "all"), default="some", help="all: every page of the handbook")
    parser.add_argument("--only", default="", help="ways whose name holds this; the files are not written")
    parser.add_argument("--work", type=Path, default=Path("var/evals/chunking"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/chunking.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/images/chunking.svg"))
    arguments = parser.parse_args()
    rows = asyncio.run(_run(arguments.data, arguments.work, is_whole=arguments.pages == "all", only=arguments.only))
    if not arguments.only:
        _written(rows, arguments.results, arguments.plot)
    best = max(rows, key=_score)
    default = next((row for row in rows if row.way == str(_default())), None)
    if default is None:
        return
    print(f"best:    {best.way}, {_score(best):.3f}")
    print(
        f"default: {default.way}, {_score(default):.3f} (recall in {BUDGET_CHARS} characters {default.hybrid.recall_in_budget:.3f}, ",
        end="",
    )
    print(f"nDCG@10 {default.hybrid.ndcg:.3f})")
    sys.exit(1 if _score(best) - _score(default) > CHANCE else 0)


if __name__ == "__main__":
    main()
