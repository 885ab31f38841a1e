"""A Qdrant server or cluster, by qdrant-client."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import structlog
from langchain_qdrant.sparse_embeddings import SparseEmbeddings, SparseVector
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from core.access import SearchScope
from core.errors import UpstreamUnavailable
from core.settings import QdrantSettings
from rag.index import aliases, collection, port
from rag.index.fusion import AUTO, Fusion, SideHit
from rag.types import Chunk, Hit

log = structlog.get_logger(__name__)

CONFLICT = 409


class ServerIndex:
    """:class:`~rag.index.port.ChunkIndex` on a collection of a Qdrant server, made when missing.

    Args:
        client: owned by this object from now on.
        settings: the plain name of the collections, and how they are made and searched.
        index_version: each has a collection of its own.
        encoder: texts to BM25 terms.
    """

    def __init__(
        self, client: AsyncQdrantClient, settings: QdrantSettings, index_version: int, encoder: SparseEmbeddings
    ) -> None:
        self._client = client
        self._settings = settings
        self._index_version = index_version
        self._encoder = encoder
        self._params = collection.search_params(settings)
        self._known_name: str | None = None

    async def open(self, dimension: int, *, model: str | None = None) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        wanted = port.identity(dimension, model)
        async with _answers_expected():
            name = await self._name()
            if not await self._client.collection_exists(name):
                await self._create(name, wanted)
            found = await self._client.get_collection(name)
        stored = dict(found.config.metadata or {})
        vectors = found.config.params.vectors
        if isinstance(vectors, dict) and port.DENSE in vectors:
            stored["dimension"] = vectors[port.DENSE].size
        port.require_same(stored, wanted)
        async with _answers_expected():
            await self._follow_settings(name, found)

    async def upsert(self, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        for pairs in port.batches(chunks, vectors):
            texts = [port.searched_text(chunk) for chunk, _ in pairs]
            words = await asyncio.to_thread(self._encoder.embed_documents, texts)
            points = [
                models.PointStruct(
                    id=str(chunk.chunk_id),
                    vector={port.DENSE: vector, port.SPARSE: _sparse(sparse)},
                    payload=port.to_payload(chunk),
                )
                for (chunk, vector), sparse in zip(pairs, words, strict=True)
            ]
            async with _answers_expected():
                await self._client.upsert(await self._name(), points, wait=True)

    async def delete(self, chunk_ids: Sequence[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if chunk_ids:
            ids: list[models.ExtendedPointId] = [str(chunk_id) for chunk_id in chunk_ids]
            async with _answers_expected():
                await self._client.delete(await self._name(), models.PointIdsList(points=ids), wait=True)

    async def delete_document(self, document_id: UUID) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        chosen = models.FilterSelector(filter=_filter({"document_id": [str(document_id)]}))
        async with _answers_expected():
            await self._client.delete(await self._name(), chosen, wait=True)

    async def keep_only(self, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        kept = models.HasIdCondition(has_id=[str(chunk_id) for chunk_id in chunk_ids])
        chosen = _filter({"document_id": [str(document_id)]}, [kept])
        async with _answers_expected():
            await self._client.delete(await self._name(), models.FilterSelector(filter=chosen), wait=True)

    async def vectors(self, chunk_ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _answers_expected():
            ids = [str(chunk_id) for chunk_id in chunk_ids]
            found = await self._client.retrieve(await self._name(), ids, with_payload=False, with_vectors=[port.DENSE])
        return {UUID(str(point.id)): _dense(point.vector) for point in found}

    async def chunks(self, chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if not chunk_ids:
            return {}
        async with _answers_expected():
            ids = [str(chunk_id) for chunk_id in chunk_ids]
            found = await self._client.retrieve(await self._name(), ids, with_payload=True)
        return {UUID(str(point.id)): Chunk.model_validate(point.payload) for point in found}

    async def search(
        self,
        text: str,
        vector: Sequence[float],
        scope: SearchScope,
        *,
        top_k: int,
        fusion: Fusion = AUTO,
        details: dict[str, Any] | None = None,
    ) -> list[Hit]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if port.is_empty(scope):
            return []
        asked = list(vector)
        terms = self._encoder.embed_query(text) if fusion.asks_words else SparseVector(indices=[], values=[])
        requests = self._requests(asked if fusion.asks_dense else None, terms, scope, top_k)
        async with _answers_expected():
            answers = await self._client.query_batch_points(await self._name(), requests) if requests else []
        found = [answer.points for answer in answers]
        near = found.pop(0) if fusion.asks_dense else []
        dense = [SideHit(str(one.id), one.score, one.score) for one in near]
        words = port.by_words(found.pop() if terms.indices else [], lambda one: _dense(one.vector), asked, dense)
        return port.to_hits(dense, words, fusion, top_k, details)

    def _requests(
        self, vector: list[float] | None, terms: SparseVector, scope: SearchScope, top_k: int
    ) -> list[models.QueryRequest]:
        """By meaning, by words; a side that has nothing to ask is not asked. They go in one request."""
        common: dict[str, Any] = {"filter": _filter(port.allowed_values(scope)), "limit": top_k, "with_payload": False}
        requests = []
        if vector is not None:
            requests.append(models.QueryRequest(query=vector, using=port.DENSE, params=self._params, **common))
        if terms.indices:
            words = _sparse(terms)
            requests.append(models.QueryRequest(query=words, using=port.SPARSE, with_vector=[port.DENSE], **common))
        return requests

    async def count(self, scope: SearchScope | None = None) -> int:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if scope is not None and port.is_empty(scope):
            return 0
        chosen = None if scope is None else _filter(port.allowed_values(scope))
        async with _answers_expected():
            return (await self._client.count(await self._name(), chosen, exact=True)).count

    async def close(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._client.close()

    async def drop(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _answers_expected():
            await self._client.delete_collection(await self._name())
        self._known_name = None

    async def take_name(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _answers_expected():
            return await aliases.point(self._client, self._settings.collection, await self._name())

    async def optimise(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. A server does so by itself; one that was restarted has to be reminded."""
        async with _answers_expected():
            name = await self._name()
            if (await self._client.get_collection(name)).status != models.CollectionStatus.GREY:
                return False
            return await self._client.update_collection(name, optimizers_config=models.OptimizersConfigDiff())

    async def _name(self) -> str:
        if self._known_name is None:
            self._known_name = await aliases.collection_of(self._client, self._settings.collection, self._index_version)
        return self._known_name

    async def _create(self, name: str, wanted: dict[str, Any]) -> None:
        made = collection.creation(self._settings, wanted["dimension"])
        try:
            await self._client.create_collection(name, **made, metadata=wanted)
        except UnexpectedResponse as error:
            if error.status_code != CONFLICT:  # another process was faster
                raise

    async def _follow_settings(self, name: str, found: models.CollectionInfo) -> None:
        """Change in place what can be; say what cannot."""
        drift = collection.drift(self._settings, found)
        for field in drift.fields:
            await self._client.create_payload_index(name, field, collection.PAYLOAD_INDEXES[field])
        if drift.changes:
            log.info("index.settings_applied", collection=name, changes=sorted(drift.changes))
            await self._client.update_collection(name, **drift.changes)
        if drift.fixed:
            log.warning("index.settings_need_reindex", collection=name, settings=drift.fixed)


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=vector.indices, values=vector.values)


def _dense(vectors: Any) -> list[float]:
    return list(vectors[port.DENSE])


def _filter(allowed: dict[str, list[str]], but_not: Sequence[models.Condition] = ()) -> models.Filter:
    return models.Filter(
        must=[models.FieldCondition(key=field, match=models.MatchAny(any=values)) for field, values in allowed.items()],
        must_not=list(but_not),
    )


@asynccontextmanager
async def _answers_expected() -> AsyncIterator[None]:
    try:
        yield
    except (ApiException, ResponseHandlingException, httpx.HTTPError, OSError) as error:
        raise UpstreamUnavailable("The search server does not answer as it should.") from error
