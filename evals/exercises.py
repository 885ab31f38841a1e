"""Measures practice questions: 100 made of 10 real documents, each asked again through the whole engine.

Usage: python -m evals.exercises [DATA] [--work FOLDER] [--half tuned|held] [--count 100] [--show 30] [--tries]
DATA (default: ../shared/data) as in :mod:`evals.starters`, from which the documents are taken: the 10 of a half with most text, and among
them at most two that are longer than ``LONGEST``. No language model. Asked again twice: within the ten documents, and among all. The words
and forms that make questions were chosen on the half ``tuned`` alone. ``--show`` prints questions to be read: whether they are good is
for a person to say. Exits with 1 when fewer than 95 % are answered from the right page, or one comes twice.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.access import SearchScope
from core.settings import RetrievalSettings
from evals.chunking_sets import passages
from evals.corpus import LIBRARY, SCOPE
from evals.indexes import cached_embeddings, chunks_of, open_index
from evals.starters import Library, documents, is_held
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.exercises.draft import Draft
from rag.exercises.drafts import drafts
from rag.exercises.order import in_order
from rag.exercises.verified import Chosen, is_answered, said, verified
from rag.index.live import IndexVersion, LiveIndex
from rag.pipeline import RagPipeline
from rag.types import Chunk
from rag.writing.writer import AnswerWriter

DOCUMENTS, LEAST_CHARS = 10, 4000
LONGEST, MOST_LONGEST = 60_000, 2  # characters; documents above that
LEAST_ANSWERED = 0.95
SEED = 7


@dataclass(slots=True)
class Measured:
    """One run: ``within`` and ``among`` are answered from the right page within the ten documents, and among all."""

    chosen: Chosen
    drafts: int
    took_s: float
    within: int
    among: int

    @property
    def repeated(self) -> int:
        """Questions, or sentences, that come again."""
        questions = Counter(said(one.question) for one in self.chosen.drafts)
        sentences = Counter(said(one.sentence.text) for one in self.chosen.drafts)
        return sum(count - 1 for counts in (questions, sentences) for count in counts.values())


def some(cut: Sequence[Sequence[Chunk]], half: str) -> list[Sequence[Chunk]]:
    """The ten documents of a half."""
    of_half = [
        chunks for chunks in cut if is_held(chunks[0].title) is (half == "held") and _size(chunks) >= LEAST_CHARS
    ]
    ordered = sorted(of_half, key=lambda chunks: -_size(chunks))
    longest = [chunks for chunks in ordered if _size(chunks) > LONGEST][:MOST_LONGEST]
    return [*longest, *(chunks for chunks in ordered if _size(chunks) <= LONGEST)][:DOCUMENTS]


def _size(chunks: Sequence[Chunk]) -> int:
    return sum(len(chunk.text) for chunk in chunks)


class Asking:
    """The engine without a language model, over an index of all documents."""

    def __init__(self, pipeline: RagPipeline, library: Library, embeddings: FootnoteEmbeddings) -> None:
        self._pipeline = pipeline
        self._library = library
        self._embeddings = embeddings

    async def answer(self, question: str, scope: SearchScope) -> Citations | None:
        """The checked answer; None when it is refused."""
        library = self._library.within(scope.document_ids)
        stream = self._pipeline.stream(question, (), scope, corpus=lambda _number: library)
        events = [event async for event in stream]
        return next((event for event in events if isinstance(event, Citations)), None)

    async def measured(self, ten: Sequence[Sequence[Chunk]], count: int) -> Measured:
        """Questions on these documents, and what becomes of them."""
        scope = SearchScope(frozenset([LIBRARY]), frozenset(chunks[0].document_id for chunks in ten))
        began = time.perf_counter()
        made = [draft for chunks in ten for draft in await asyncio.to_thread(drafts, chunks)]
        chosen = await verified(
            in_order(made), count, lambda text: self.answer(text, scope), self._embeddings.aembed_queries
        )
        took_s = time.perf_counter() - began
        within = [await self._is_right(one, scope) for one in chosen.drafts]
        among = [await self._is_right(one, SCOPE) for one in chosen.drafts]
        return Measured(chosen, len(made), took_s, sum(within), sum(among))

    async def _is_right(self, draft: Draft, scope: SearchScope) -> bool:
        answer = await self.answer(draft.question, scope)
        return answer is not None and is_answered(draft, answer)


async def _run(given: argparse.Namespace) -> bool:
    embeddings = cached_embeddings(given.work)
    brought = [*await documents(given.data, given.pages, given.files), *passages(given.data).documents]
    async with open_index(brought, embeddings) as index:
        cut = [chunks for document in brought if (chunks := await chunks_of(document, embeddings))]
        pipeline = RagPipeline(LiveIndex(IndexVersion(1, embeddings, index)), AnswerWriter(None), RetrievalSettings())
        asking = Asking(pipeline, Library(cut), embeddings)
        halves = [given.half] if given.half else ["tuned", "held"]
        results = {half: await asking.measured(some(cut, half), given.count) for half in halves}
    embeddings.close()
    for measured in results.values():
        _show(measured.chosen.drafts, given.show)
    reports = [_report(half, measured, given.count) for half, measured in results.items()]
    return all(reports)


def _show(chosen: Sequence[Draft], show: int) -> None:
    for number, one in enumerate(random.Random(SEED).sample(list(chosen), min(show, len(chosen))), start=1):
        print(f"{number:3} {one.question}\n      → {one.answer}\n      {one.sentence.chunk.title}: {one.sentence.text}")


def _report(half: str, measured: Measured, count: int) -> bool:
    chosen = measured.chosen.drafts
    by_document = Counter(one.sentence.chunk.title for one in chosen)
    pages = {(one.sentence.chunk.document_id, one.sentence.chunk.section) for one in chosen}
    gaps = sum(one.is_gap for one in chosen)
    share = measured.within / max(1, len(chosen))
    print(
        f"{half}: {len(chosen)} of {count} questions ({gaps} with a gap), made of {measured.drafts}, {measured.chosen.tried} tried,",
        end=" ",
    )
    print(f"on {len(pages)} sections of {len(by_document)} documents, in {measured.took_s:.1f} s;", end=" ")
    print(
        f"answered from the right page within them {share:.0%}, among all {measured.among / max(1, len(chosen)):.0%};",
        end=" ",
    )
    print(f"repeated {measured.repeated} (targets: {LEAST_ANSWERED:.0%}, 0)")
    print("    " + ", ".join(f"{title} {number}" for title, number in by_document.most_common()))
    return share >= LEAST_ANSWERED and measured.repeated == 0 and len(chosen) == count


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--pages", type=int, default=160)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--show", type=int, default=30)
    parser.add_argument("--half", choices=("tuned", "held"), default="")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    raise SystemExit(0 if asyncio.run(_run(given)) else 1)


if __name__ == "__main__":
    main()
