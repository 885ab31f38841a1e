"""Measures whether lists and counts are complete: generated collections of 20, 200 and 2,000 records in seven shapes.

Usage: python -m evals.counting [--sizes 20 200] [--show N] [--results FILE]
The files are parsed and cut as in the product. A question is right when the number is exact; recall and precision are those of the records
that are hits. Phrases and themes that were not looked at while the rules were written are reported apart. Exits with 1 when a target is
missed. The check of the answers must leave no mark.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from collections.abc import Collection as Ids
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from uuid import UUID

from core.settings import ChunkSettings
from evals.corpus import LIBRARY, document_id
from evals.counting_sets import SIZES, Collection, File, Question, collections
from evals.indexes import cached_embeddings
from ingestion.indexing.chunking import build_chunker
from parsing import registry
from rag.compose.composed import Ask, Composed
from rag.compose.listing import listing
from rag.compose.listing.texts import documents_of
from rag.corpus import DocumentBeginning, DocumentCard
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.pipeline import passages_of
from rag.questions.kind import Kind
from rag.types import Chunk

CODE = re.compile(r"QX\d{4}")
TYPES = {"txt": "text/plain", "md": "text/markdown", "csv": "text/csv"}
BATCH = 500
EXACT, RECALL, PRECISION = 0.95, 0.98, 0.98
CHECKED_EVERY = 10  # of the answers


@dataclass(slots=True)
class Scope:
    """Chunks in memory, as a :class:`rag.corpus.Corpus`."""

    embeddings: FootnoteEmbeddings
    read: list[Chunk] = field(default_factory=list)
    cards: list[DocumentCard] = field(default_factory=list)

    async def unready(self, document_ids: Ids[UUID] | None = None) -> Sequence[DocumentCard]:
        """See the port."""
        return [card for card in await self.documents(document_ids) if card.state != "ready"]

    async def titles(self) -> Sequence[tuple[UUID, str]]:
        """See the port."""
        return [(card.document_id, card.title) for card in self.cards]

    async def documents(self, document_ids: Ids[UUID] | None = None) -> Sequence[DocumentCard]:
        """See the port."""
        return [card for card in self.cards if document_ids is None or card.document_id in document_ids]

    async def beginnings(self, document_ids: Ids[UUID]) -> Sequence[DocumentBeginning]:
        """See the port."""
        first = {chunk.document_id: chunk for chunk in reversed(self.read) if chunk.document_id in document_ids}
        return [
            DocumentBeginning(
                document_id=card.document_id,
                title=card.title,
                added_at=card.created_at,
                text=first[card.document_id].text,
            )
            for card in await self.documents(first.keys())
        ]

    async def earlier(self, document_id: UUID) -> Sequence[Chunk]:
        """See the port; all are in their first version."""
        return [chunk for chunk in self.read if chunk.document_id == document_id and chunk.version < 1]

    async def chunks(self, document_ids: Ids[UUID] | None = None) -> AsyncIterator[Sequence[Chunk]]:
        """See the port."""
        wanted = [chunk for chunk in self.read if document_ids is None or chunk.document_id in document_ids]
        for start in range(0, len(wanted), BATCH):
            yield wanted[start : start + BATCH]

    async def add(self, path: Path, mime_type: str) -> None:
        """Reads and cuts a file."""
        title, own = path.name, document_id(path.name)
        chunker = build_chunker(ChunkSettings(), self.embeddings, document_id=own, library_id=LIBRARY, title=title)
        sections = registry.parse(path, mime_type, lambda _done, _total: None)
        self.read += [chunk for section in sections for chunk in await chunker.chunks_of(section)]
        self.cards.append(
            DocumentCard(
                document_id=own,
                library_id=LIBRARY,
                library="Ours",
                title=title,
                state="ready",
                created_at=datetime.now(UTC),
            )
        )


@dataclass(slots=True)
class Tally:
    """Results of one group of questions."""

    asked: int = 0
    exact: int = 0
    unanswered: int = 0
    found: int = 0
    right: int = 0
    wanted: int = 0

    def line(self, name: str) -> str:
        """For the table."""
        exact, recall, precision = self.figures
        return f"{name:34}{self.asked:7}{exact:8.3f}{recall:8.3f}{precision:10.3f}{self.unanswered:12}"

    @property
    def figures(self) -> tuple[float, float, float]:
        """Share of exact counts, recall and precision of hits."""
        return self.exact / max(1, self.asked), self.right / max(1, self.wanted), self.right / max(1, self.found)


async def scope_of(files: Sequence[File], embeddings: FootnoteEmbeddings) -> Scope:
    """The files, read and cut."""
    scope = Scope(embeddings)
    with TemporaryDirectory() as folder:
        for name, text in sorted(files):
            path = Path(folder) / name
            path.write_text(text, "utf-8")
            await scope.add(path, TYPES[path.suffix[1:]])
    return scope


async def asked(question: str, scope: Scope, embeddings: FootnoteEmbeddings) -> Composed | None:
    """The answer to a question."""
    return await listing(Ask(question, question, Kind.COUNT, (), (), "", scope, embeddings))


def codes_of(answer: Composed, scope: Scope) -> frozenset[str]:
    """The codes of the records that are hits, read where the answer says that they stand."""
    texts = {
        (str(document.document_id), section.chunks[0].section): section.text
        for document in documents_of([scope.read])
        for section in document.sections
    }
    hits = answer.details["hits"]
    found = (CODE.search(texts[hit[0], hit[1]], hit[2], hit[3]) for hit in hits) if isinstance(hits, list) else ()
    return frozenset(match[0] if match else "none" for match in found)


def _add(tally: Tally, question: Question, count: object, codes: frozenset[str]) -> None:
    tally.asked += 1
    tally.exact += count == len(question.codes)
    tally.unanswered += count is None
    tally.found += len(codes)
    tally.right += len(codes & question.codes)
    tally.wanted += len(question.codes)


async def _marks(answer: Composed, embeddings: FootnoteEmbeddings) -> int:
    """How many sentences of an answer the check marks."""
    checked = await check(answer.text, passages_of(answer.sources), embeddings, is_quoted=True)
    return checked.unsupported + checked.dropped


@dataclass(slots=True)
class Report:
    """All results."""

    groups: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    times_s: list[float] = field(default_factory=list)
    marks: int = 0
    checked: int = 0

    def lines(self) -> list[str]:
        """The table."""
        head = f"{'':34}{'asked':>7}{'exact':>8}{'recall':>8}{'precision':>10}{'unanswered':>12}"
        slow = quantiles(self.times_s, n=20)[-1] if len(self.times_s) > 1 else 0.0
        return [
            head,
            *(tally.line(name) for name, tally in sorted(self.groups.items())),
            f"p95 {slow * 1000:.0f} ms, slowest {max(self.times_s) * 1000:.0f} ms; {self.marks} marks in {self.checked} checked answers",
        ]

    @property
    def is_reached(self) -> bool:
        """True when all targets are reached, by what was tuned and by what was not."""
        figures = [tally.figures for name, tally in self.groups.items() if name.startswith("all ")]
        return self.marks == 0 and all(
            exact >= EXACT and recall >= RECALL and precision >= PRECISION for exact, recall, precision in figures
        )


async def measured(made: Collection, embeddings: FootnoteEmbeddings, report: Report, show: int) -> None:
    """Asks all questions on one collection."""
    scope = await scope_of(made.files, embeddings)
    for question in made.questions:
        began = time.perf_counter()
        answer = await asked(question.text, scope, embeddings)
        report.times_s.append(time.perf_counter() - began)
        count = answer.details["count"] if answer else None
        codes = codes_of(answer, scope) if answer else frozenset[str]()
        is_held = question.is_held or made.is_held
        names = [f"all {'held out' if is_held else 'tuned'}", f"language {made.language}", f"shape {made.shape}"]
        names += [
            f"size {made.size:5}",
            f"theme {made.theme}{' (held)' if made.is_held else ''}",
            f"condition {question.kind}",
        ]
        for name in names:
            _add(report.groups[name], question, count, codes)
        if show and not is_held and (count != len(question.codes) or codes != question.codes):
            print(
                f"{made.theme} {made.shape} {made.size}: {question.text} -> {count}, right {len(question.codes)}",
                flush=True,
            )
        if answer and len(report.times_s) % CHECKED_EVERY == 0:
            report.checked += 1
            report.marks += await _marks(answer, embeddings)


async def _run(sizes: Sequence[int], themes: Sequence[str], work: Path, show: int) -> Report:
    registry.warm_up()
    embeddings = cached_embeddings(work)
    report = Report()
    for made in collections(sizes):
        if not themes or made.theme in themes:
            await measured(made, embeddings, report, show)
    return report


def main() -> int:
    """Prints the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--themes", nargs="+", default=[])
    parser.add_argument("--show", type=int, default=0, help="print the questions that fail, of those that were tuned")
    parser.add_argument("--work", type=Path, default=Path("var/evals"))
    parser.add_argument("--results", type=Path)
    arguments = parser.parse_args()
    report = asyncio.run(_run(arguments.sizes, arguments.themes, arguments.work, arguments.show))
    print("\n".join(report.lines()))
    if arguments.results:
        figures = {name: tally.figures for name, tally in sorted(report.groups.items())}
        arguments.results.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0 if report.is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
