"""The passages that questions are made of: those on a topic, or some of many documents."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from uuid import UUID

from answers import record
from answers.corpus import DatabaseCorpus
from core.access import SearchScope
from core.settings import RetrievalSettings
from db.session import Database
from rag.index.live import IndexVersion
from rag.retrieval.rerank import Reranking
from rag.retrieval.retriever import Retriever
from rag.retrieval.rows import Rows
from rag.types import Chunk

MOST_DOCUMENTS = 40  # that are looked into, of a library that has more
LEAST_CHUNKS, CHUNKS_PER_QUESTION, MOST_CHUNKS = 120, 8, 600
RUN = 6  # chunks that follow each other, where a document is too long to be read whole
ON_TOPIC = {"top_k": 100, "top_n": 100, "budget_tokens": 60_000}


class Material:
    """The passages within a scope, in one index version."""

    def __init__(self, database: Database, scope: SearchScope, index_version: IndexVersion) -> None:
        self._database = database
        self._scope = scope
        self._index_version = index_version
        self._corpus = DatabaseCorpus(database, scope, index_version.number)

    async def of_topic(self, topic: str, settings: RetrievalSettings, reranking: Reranking | None) -> list[list[Chunk]]:
        """The passages that are evidence on a topic, document by document in reading order, that with the best first; empty without any.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        wide = settings.model_copy(update=ON_TOPIC)
        retriever = Retriever(self._index_version.embeddings, self._index_version.index, wide, reranking)
        visible = partial(record.current_chunks, self._database, self._scope, self._index_version.number)
        found = await retriever.find(topic, self._scope, Rows(visible))
        return _by_document(source.chunk for source in found.sources)

    async def of_all(self, count: int) -> AsyncIterator[list[Chunk]]:
        """Passages of documents of the scope, one after the other; of a large library of some, chosen by chance.

        Args:
            count: questions that are wanted.
        """
        titles = await self._corpus.titles()
        ids = [document_id for document_id, _ in titles]
        chosen = random.sample(ids, min(len(ids), MOST_DOCUMENTS))
        most = min(MOST_CHUNKS, max(LEAST_CHUNKS, CHUNKS_PER_QUESTION * count))
        for document_id in chosen:
            chunks = [chunk for batch in [one async for one in self._corpus.chunks([document_id])] for chunk in batch]
            if chunks:
                yield some(chunks, max(RUN, most // len(chosen)))

    async def has_text(self) -> bool:
        """False for a scope without a document that can be read."""
        return any(card.chunks for card in await self._corpus.documents())


def some(chunks: Sequence[Chunk], most: int) -> list[Chunk]:
    """At most so many chunks: runs of neighbours, evenly spread."""
    if len(chunks) <= most:
        return list(chunks)
    runs = max(1, most // RUN)
    starts = [place * (len(chunks) - RUN) // max(1, runs - 1) for place in range(runs)] if runs > 1 else [0]
    places = sorted({start + step for start in starts for step in range(RUN)})
    return [chunks[place] for place in places]


def _by_document(chunks: Iterable[Chunk]) -> list[list[Chunk]]:
    found: Mapping[UUID, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        found[chunk.document_id].append(chunk)
    return [sorted(each, key=lambda chunk: chunk.index) for each in found.values()]
