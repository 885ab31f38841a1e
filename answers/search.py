"""Search without an answer: the best passages of a scope, with their scores."""

from collections.abc import Collection, Mapping
from functools import partial
from uuid import UUID

from answers import record
from answers.question import checked
from answers.quotas import Quotas
from core.access import Principal, SearchScope, scope_of
from core.rate_limit import RateLimiter
from core.settings import Settings
from core.values import Frozen
from db.session import Database
from rag.index.live import IndexVersion, LiveIndex
from rag.retrieval.candidates import Candidate
from rag.retrieval.rerank import Reranking
from rag.retrieval.retriever import Retriever
from rag.retrieval.rows import Rows
from rag.types import Chunk

MOST_HITS = 100


class SearchHit(Frozen):
    """A passage that a search found.

    Attributes:
        rank: 1 for the best.
        score: of the search by meaning and by words, fused; comparable within one search only.
        similarity: in meaning, on the common scale of all embedding models (0 to 1).
        rerank_score: of the reranker, whose order is then the order of the hits; None without one.
        locator: where the passage is in a format without pages.
        url: of the page with the passage highlighted; in formats without pages, of the section.
    """

    rank: int
    score: float
    similarity: float
    rerank_score: float | None
    chunk_id: UUID
    text: str
    document_id: UUID
    library_id: UUID
    title: str
    version: int
    page: int | None
    locator: str | None
    section: int
    path: tuple[str, ...]
    url: str


class PassageSearch:
    """Searches the documents that a principal may see."""

    def __init__(
        self,
        database: Database,
        limiter: RateLimiter,
        live: LiveIndex,
        settings: Settings,
        reranking: Reranking | None = None,
    ) -> None:
        self._database = database
        self._quotas = Quotas(database, limiter, settings.limit)
        self._live = live
        self._settings = settings.retrieval
        self._reranking = reranking

    async def search(
        self,
        principal: Principal,
        query: str,
        *,
        top_k: int,
        document_ids: Collection[UUID] | None = None,
        library_ids: Collection[UUID] | None = None,
    ) -> tuple[SearchHit, ...]:
        """The ``top_k`` best passages for a query, best first; of these documents and libraries only, where some are named.

        What the principal may not see is left out silently, as what is not there.

        Raises:
            Invalid: the query is empty or too long.
            LimitExceeded: too many searches in a minute.
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        query = checked(query)
        await self._quotas.admit_search(principal)
        scope = scope_of(principal, document_ids, library_ids)
        async with self._live.use() as index_version:
            found = await self._retriever(index_version, top_k).ranked(
                query, scope, Rows(visible_chunks=partial(self._visible, scope, index_version.number))
            )
        return tuple(_hit(rank, *one) for rank, one in enumerate(found[:top_k], start=1))

    def _retriever(self, index_version: IndexVersion, top_k: int) -> Retriever:
        settings = self._settings.model_copy(update={"top_k": max(top_k, self._settings.top_k)})
        return Retriever(index_version.embeddings, index_version.index, settings, self._reranking)

    async def _visible(
        self, scope: SearchScope, index_version: int, chunk_ids: Collection[UUID]
    ) -> Mapping[UUID, Chunk]:
        return await record.current_chunks(self._database, scope, index_version, chunk_ids)


def _hit(rank: int, candidate: Candidate, score: float) -> SearchHit:
    chunk = candidate.chunk
    return SearchHit(
        rank=rank,
        score=score,
        similarity=candidate.similarity,
        rerank_score=candidate.rerank_score,
        chunk_id=chunk.chunk_id,
        text=chunk.text,
        document_id=chunk.document_id,
        library_id=chunk.library_id,
        title=chunk.title,
        version=chunk.version,
        page=chunk.page,
        locator=chunk.where,
        section=chunk.section,
        path=chunk.path,
        url=_url(chunk),
    )


def _url(chunk: Chunk) -> str:
    document = f"/api/documents/{chunk.document_id}"
    if chunk.page is None:
        return f"{document}/sections/{chunk.section}?version={chunk.version}"
    return f"{document}/pages/{chunk.page}?chunk={chunk.chunk_id}&version={chunk.version}"
