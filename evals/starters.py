"""Measures the guides to documents: are the questions that they suggest answered, from that document, and what do they cost?

Usage: python -m evals.starters [DATA] [--work FOLDER] [--pages 24] [--files 40] [--show 5] [--half tuned|held]
DATA (default: ../shared/data) has ``docs`` (files of many kinds) and ``qa/sourcegraph-handbook`` (pages). Both are parsed, cut,
embedded and searched as in the product, all in one library. Each guide's questions are asked again in that library, without a
language model. Documents are halved by a hash of their name: what is tuned is tuned on one half. ``--show`` prints guides and
summaries, to be read critically.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import structlog

from core.access import SearchScope
from core.errors import FootnoteError
from core.settings import ParserSettings, RetrievalSettings
from evals.chunking_sets import Document
from evals.corpus import LIBRARY, SCOPE
from evals.indexes import cached_embeddings, chunks_of, open_index
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from rag.compose.composed import Ask, Composed
from rag.compose.guide import Guide, guide_of
from rag.compose.summary import summary
from rag.corpus import DocumentBeginning, DocumentCard
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.index.live import IndexVersion, LiveIndex
from rag.pipeline import RagPipeline
from rag.questions.kind import Kind
from rag.types import Chunk
from rag.writing.writer import AnswerWriter

LARGEST_BYTES = 2_400_000  # of a file, so that a run takes minutes
LEAST_PAGE_BYTES = 1500
SLOWEST_S = 5.0


@dataclass(frozen=True, slots=True)
class Measured:
    """The guide to one document; ``answered`` of its starters cite the document when all documents are searched."""

    title: str
    chunks: Sequence[Chunk]
    guide: Guide
    took_s: float
    starters: int
    answered: int


def is_held(title: str) -> bool:
    """True for the documents of the half on which nothing is tuned."""
    return sha256(title.encode()).digest()[0] % 2 == 0


class Library:
    """Documents as :class:`rag.corpus.Corpus`."""

    def __init__(self, documents: Iterable[Sequence[Chunk]]) -> None:
        self._documents = {chunks[0].document_id: chunks for chunks in documents}

    def within(self, document_ids: Collection[UUID] | None) -> "Library":
        """Some of its documents."""
        return Library(self._some(document_ids))

    async def unready(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        """See the port."""
        return [card for card in await self.documents(document_ids) if card.state != "ready"]

    async def titles(self) -> Sequence[tuple[UUID, str]]:
        """Id and title of each."""
        return [(document_id, chunks[0].title) for document_id, chunks in self._documents.items()]

    async def documents(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        """All of them, or some."""
        return [
            DocumentCard(
                document_id=chunks[0].document_id,
                library_id=LIBRARY,
                library="",
                title=chunks[0].title,
                state="ready",
                chunks=len(chunks),
                created_at=datetime.now(UTC),
            )
            for chunks in self._some(document_ids)
        ]

    async def beginnings(self, document_ids: Collection[UUID]) -> Sequence[DocumentBeginning]:
        """How some begin."""
        return [
            DocumentBeginning(
                document_id=chunks[0].document_id,
                title=chunks[0].title,
                added_at=datetime.now(UTC),
                text=chunks[0].text,
            )
            for chunks in self._some(document_ids)
        ]

    async def earlier(self, document_id: UUID) -> Sequence[Chunk]:
        """None: all are in their first version."""
        return [chunk for chunk in self._documents[document_id] if chunk.version < 1]

    async def chunks(self, document_ids: Collection[UUID] | None = None) -> AsyncIterator[Sequence[Chunk]]:
        """Their chunks."""
        for chunks in self._some(document_ids):
            yield chunks

    def _some(self, document_ids: Collection[UUID] | None) -> list[Sequence[Chunk]]:
        return [chunks for key, chunks in self._documents.items() if document_ids is None or key in document_ids]


async def documents(data: Path, pages: int, files: int) -> list[Document]:
    """Real documents, parsed as in the product: files of many kinds, and pages of a handbook."""
    listed = [json.loads(line) for line in (data / "docs" / "manifest.jsonl").read_text().splitlines()]
    paths = [data / "docs" / one["path"] for one in listed if one["expected"] == "text"]
    paths = sorted((path for path in paths if path.stat().st_size <= LARGEST_BYTES), key=_hash)[:files]
    root = data / "qa" / "sourcegraph-handbook" / "content-noheadings"
    of_handbook = sorted((path for path in root.rglob("*.md") if path.stat().st_size > LEAST_PAGE_BYTES), key=_hash)
    found, sandbox = [], Sandbox(ParserSettings())
    await sandbox.start()
    for path in [*paths, *of_handbook[:pages]]:
        content = path.read_bytes()
        with suppress(FootnoteError):
            kind = sniff(content[:HEAD_BYTES], content[-TAIL_BYTES:], path.name)
            found.append(Document(path.name, [section async for section in sandbox.parse(path, kind)], {}))
    await sandbox.close()
    return list({document.title: document for document in found}.values())


def _hash(path: Path) -> str:
    return sha256(path.name.encode()).hexdigest()


class Engine:
    """The product's engine without a language model, on an index of all documents."""

    def __init__(self, pipeline: RagPipeline, library: Library) -> None:
        self._pipeline = pipeline
        self._library = library

    async def cited(self, question: str, scope: SearchScope) -> list[Chunk]:
        """The chunks that the answer to a question cites; none when it is refused."""
        library = self._library.within(scope.document_ids)
        stream = self._pipeline.stream(question, (), scope, corpus=lambda _number: library)
        events = [event async for event in stream]
        return [one.chunk for event in events if isinstance(event, Citations) for one in event.citations]

    async def guide(self, chunks: Sequence[Chunk], embeddings: FootnoteEmbeddings) -> Measured:
        """The guide to a document, and what becomes of its starters."""
        own = chunks[0].document_id

        async def within(question: str) -> tuple[int, ...]:
            return tuple(
                one.index for one in await self.cited(question, SearchScope(frozenset([LIBRARY]), frozenset([own])))
            )

        async def among(question: str) -> tuple[int, ...]:
            return tuple(one.index for one in await self.cited(question, SCOPE) if one.document_id == own)

        began = time.perf_counter()
        guide = await guide_of(chunks, embeddings, within, among)
        took_s = time.perf_counter() - began
        starters = [one.text for one in guide.questions if one.stands_alone]
        answers = [await self.cited(text, SCOPE) for text in starters]
        answered = sum(any(one.document_id == own for one in cited) for cited in answers)
        return Measured(chunks[0].title, chunks, guide, took_s, len(starters), answered)


async def _run(data: Path, work: Path, pages: int, files: int, show: int, half: str) -> bool:
    embeddings = cached_embeddings(work)
    brought = await documents(data, pages, files)
    async with open_index(brought, embeddings) as index:
        version = IndexVersion(1, embeddings, index)
        cut = [chunks for document in brought if (chunks := await chunks_of(document, embeddings))]
        pipeline = RagPipeline(LiveIndex(version), AnswerWriter(None), RetrievalSettings())
        engine = Engine(pipeline, Library(cut))
        measured = [await engine.guide(chunks, embeddings) for chunks in cut]
    for name, is_half in (("tuned", False), ("held out", True)):
        _report(name, [one for one in measured if is_held(one.title) is is_half])
    shown = [one for one in measured if not half or is_held(one.title) is (half == "held")]
    for one in shown[:show]:
        await _show(one, embeddings)
    embeddings.close()
    return all(one.answered == one.starters for one in measured)


def _report(name: str, measured: Sequence[Measured]) -> None:
    questions = [len(one.guide.questions) for one in measured]
    times = sorted(one.took_s for one in measured)
    starters, answered = (
        sum(counts) for counts in zip(*((one.starters, one.answered) for one in measured), strict=True)
    )
    print(f"{name}: {len(measured)} documents, {sum(count > 0 for count in questions)} with questions,", end=" ")
    print(
        f"{statistics.mean(questions):.1f} questions each; {answered} of {starters} starters are answered from their document;",
        end=" ",
    )
    print(f"a guide takes {statistics.median(times):.1f} s, at most {times[-1]:.1f} s (target {SLOWEST_S})")


async def _show(one: Measured, embeddings: FootnoteEmbeddings) -> None:
    guide = one.guide
    print(f"\n##### {one.title}: “{guide.title}”, {len(one.chunks)} chunks, {one.took_s:.1f} s")
    for sentence in guide.about:
        print(f"  about [{sentence.heading}] {sentence.text}")
    print("  headings:", " | ".join(f"{heading.level} {heading.text}" for heading in guide.headings[:12]))
    for sentence in guide.figures:
        print(f"  figure «{sentence.value}» {sentence.text}")
    for table in guide.tables:
        print(f"  table {table.sheet}: {table.rows} rows: {', '.join(table.columns)}")
    for question in guide.questions:
        print(f"  {'*' if question.stands_alone else '-'} {question.text} → {question.chunk}")
    for kind in (Kind.DOCUMENT, Kind.SUMMARY):
        found = await summary(Ask("", "", kind, (), (), "", Library([one.chunks]), embeddings))
        print(f"  --- {kind}\n{await _checked(found, embeddings) if found else None}")


async def _checked(found: Composed, embeddings: FootnoteEmbeddings) -> str:
    passages = {source.number: Passage(source) for source in found.sources}
    return (await check(found.text, passages, embeddings, is_quoted=True)).answer


def main() -> None:
    """The command line. Exits with 1 when a starter is not answered from its document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--half", choices=("tuned", "held"), default="")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    is_met = asyncio.run(_run(given.data, given.work, given.pages, given.files, given.show, given.half))
    raise SystemExit(0 if is_met else 1)


if __name__ == "__main__":
    main()
