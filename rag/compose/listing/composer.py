"""The composer of lists and counts."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.compose.composed import Ask, Composed
from rag.compose.listing.answer import answer_of
from rag.compose.listing.families import FAR, Choice, choice_of
from rag.compose.listing.judge import judge
from rag.compose.listing.reading import request_of
from rag.compose.listing.request import Request
from rag.compose.listing.texts import Document, documents_of
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.similarity import cosines
from rag.questions.kind import Kind
from rag.types import Chunk

KINDS = (Kind.LIST, Kind.COUNT)
NEAR, CLEAR = (
    0.5,
    0.06,
)  # similarity from which a word may stand for another, and by how much it must be nearer than the next
MOST_COMPARED = 6  # words that are compared by meaning

Progress = Callable[[int], None]


@dataclass(slots=True)
class _Meanings:
    """Answers which of some texts is nearest to a word, once their vectors are there; until then it notes what is asked."""

    known: dict[tuple[str, tuple[str, ...]], str | None] = field(default_factory=dict)
    open: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def nearest(self, word: str, texts: tuple[str, ...]) -> str | None:
        """See :data:`rag.compose.listing.roles.Nearest`."""
        if not texts or not word:
            return None
        if (word, texts) not in self.known:
            self.open.append((word, texts))
        return self.known.get((word, texts))

    async def learn(self, embeddings: FootnoteEmbeddings) -> None:
        """Compares what was asked, some of it."""
        for word, texts in self.open[:MOST_COMPARED]:
            vectors = await embeddings.aembed_now([word, *texts])
            similar = [
                embeddings.scale.likeness(cosine, word, text)
                for cosine, text in zip(cosines(vectors[1:], vectors[0]), texts, strict=True)
            ]
            ranked = sorted(similar, reverse=True)
            is_clear = ranked[0] >= NEAR and (len(ranked) == 1 or ranked[0] - ranked[1] >= CLEAR)
            self.known[word, texts] = texts[similar.index(ranked[0])] if is_clear else None
        self.open.clear()


async def listing(ask: Ask, on_progress: Progress | None = None) -> Composed | None:
    """Lists or counts what the question names, in the whole scope; None when its records cannot be told.

    Args:
        on_progress: is told the number of chunks read so far.
    """
    if ask.kind not in KINDS:
        return None
    scope = ask.documents or None
    cards = await ask.corpus.documents(scope)
    chunks: list[Sequence[Chunk]] = []
    read = 0
    async for batch in ask.corpus.chunks(scope):
        chunks.append(batch)
        read += len(batch)
        if on_progress:
            on_progress(read)
    meanings = _Meanings()
    request, choice = await asyncio.to_thread(_chosen, ask.query, chunks)
    if choice is None:
        return None
    judgement = await asyncio.to_thread(judge, request, choice, meanings.nearest)
    if meanings.open:
        await meanings.learn(ask.embeddings)
        judgement = await asyncio.to_thread(judge, request, choice, meanings.nearest)
    if not judgement.is_decided or not (judgement.hits or _may_be_none(choice)):
        return None
    return await asyncio.to_thread(answer_of, request, choice, judgement, cards)


def _may_be_none(choice: Choice) -> bool:
    """True when it can be said that nothing was found: it is clear what the records are."""
    is_clear = choice.family.kind in ("row", "document", "page", "mail") or choice.family.is_regular
    return is_clear and choice.score >= FAR


def _chosen(query: str, chunks: Sequence[Sequence[Chunk]]) -> tuple[Request, Choice | None]:
    request = request_of(query)
    documents: list[Document] = list(documents_of(chunks))
    return request, choice_of(request, documents)
