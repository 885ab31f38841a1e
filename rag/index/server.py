"""The adapter for a Qdrant server or cluster, on qdrant-client."""

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
from rag.index.compatibility import warn_of_other_version
from rag.index.fusion import AUTO, Fusion, SideHit
from rag.models.breaker import Breaker
from rag.types import Chunk, Hit

log = structlog.get_logger(__name__)

CONFLICT = 409
FAILURES, RESTS_S = 3, 5.0  # searches that fail one after the other, and how long nobody waits for the next
AWAY = "The search server does not answer. Please try again in a moment."


class ServerIndex:
    """:class:`~rag.index.port.ChunkIndex` on a collection of a Qdrant server, created when missing.

    Args:
        client: owned by this object from now on.
        settings: the plain name of the collections, and how they are made and searched.
        index_version: number of the index version; each has a separate collection.
        encoder: turns texts into BM25 terms.
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
        self.breaker = Breaker(FAILURES, RESTS_S)

    async def open(self, dimension: int, *, model: str | None = None) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        identity = port.identity(dimension, model)
        async with _reporting_failures():
            await warn_of_other_version(self._client)
            name = await self._name()
            if not await self._client.collection_exists(name):
                await self._create(name, identity)
            info = await self._client.get_collection(name)
        stored = dict(info.config.metadata or {})
        vectors = info.config.params.vectors
        if isinstance(vectors, dict) and port.DENSE in vectors:
            stored["dimension"] = vectors[port.DENSE].size
        port.require_same(stored, identity)
        async with _reporting_failures():
            await self._apply_settings(name, info)

    async def ping(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _reporting_failures():
            if not await self._client.collection_exists(await self._name()):
                raise UpstreamUnavailable("The search server has lost the collection.")

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
            async with _reporting_failures():
                await self._client.upsert(await self._name(), points, wait=True)

    async def delete(self, chunk_ids: Sequence[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if chunk_ids:
            ids: list[models.ExtendedPointId] = [str(chunk_id) for chunk_id in chunk_ids]
            async with _reporting_failures():
                await self._client.delete(await self._name(), models.PointIdsList(points=ids), wait=True)

    async def delete_document(self, document_id: UUID) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        selector = models.FilterSelector(filter=_filter({"document_id": [str(document_id)]}))
        async with _reporting_failures():
            await self._client.delete(await self._name(), selector, wait=True)

    async def keep_only(self, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        remaining = models.HasIdCondition(has_id=[str(chunk_id) for chunk_id in chunk_ids])
        condition = _filter({"document_id": [str(document_id)]}, [remaining])
        async with _reporting_failures():
            await self._client.delete(await self._name(), models.FilterSelector(filter=condition), wait=True)

    async def move_document(self, document_id: UUID, library_id: UUID) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        condition = _filter({"document_id": [str(document_id)]})
        async with _reporting_failures():
            await self._client.set_payload(
                await self._name(), {"library_id": str(library_id)}, models.FilterSelector(filter=condition), wait=True
            )

    async def vectors(self, chunk_ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _reporting_failures():
            ids = [str(chunk_id) for chunk_id in chunk_ids]
            points = await self._client.retrieve(await self._name(), ids, with_payload=False, with_vectors=[port.DENSE])
        return {UUID(str(point.id)): _dense(point.vector) for point in points}

    async def chunks(self, chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if not chunk_ids:
            return {}
        async with _reporting_failures():
            ids = [str(chunk_id) for chunk_id in chunk_ids]
            points = await self._client.retrieve(await self._name(), ids, with_payload=True)
        return {UUID(str(point.id)): Chunk.model_validate(point.payload) for point in points}

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
        question_vector = list(vector)
        terms = self._encoder.embed_query(text) if fusion.needs_words else SparseVector(indices=[], values=[])
        requests = self._requests(question_vector if fusion.needs_dense else None, terms, scope, top_k)
        answers = await self._answers(requests) if requests else []
        results = [answer.points for answer in answers]
        near = results.pop(0) if fusion.needs_dense else []
        dense = [SideHit(str(one.id), one.score, one.score) for one in near]
        found_by_words = results.pop() if terms.indices else []
        words = port.by_words(found_by_words, lambda one: _dense(one.vector), text, question_vector, dense)
        return port.to_hits(dense, words, fusion, top_k, details)

    async def _answers(self, requests: Sequence[models.QueryRequest]) -> list[models.QueryResponse]:
        """The answers to searches. A server that failed some in a row is left alone for a while, so that nobody waits for it."""
        permit = self.breaker.take()
        if permit is None:
            raise UpstreamUnavailable(AWAY, retry_after_s=RESTS_S)
        try:
            async with _reporting_failures(self._settings.search_timeout_s):
                answers = await self._client.query_batch_points(await self._name(), requests)
            permit.succeeded()
        except UpstreamUnavailable:
            permit.failed()
            raise
        finally:
            permit.release()  # of who stopped waiting
        return answers

    def _requests(
        self, vector: list[float] | None, terms: SparseVector, scope: SearchScope, top_k: int
    ) -> list[models.QueryRequest]:
        """The queries by meaning and by words, for one request; a side without vector or terms has none."""
        common: dict[str, Any] = {"filter": _filter(port.allowed_values(scope)), "limit": top_k}
        requests = []
        if vector is not None:
            requests.append(
                models.QueryRequest(query=vector, using=port.DENSE, params=self._params, with_payload=False, **common)
            )
        if terms.indices:
            words = _sparse(terms)
            requests.append(
                models.QueryRequest(
                    query=words, using=port.SPARSE, with_vector=[port.DENSE], with_payload=["text"], **common
                )
            )
        return requests

    async def count(self, scope: SearchScope | None = None) -> int:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if scope is not None and port.is_empty(scope):
            return 0
        condition = None if scope is None else _filter(port.allowed_values(scope))
        async with _reporting_failures():
            return (await self._client.count(await self._name(), condition, exact=True)).count

    async def heal(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. The server looks after its own data."""
        return False

    async def close(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._client.close()

    async def drop(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _reporting_failures():
            await self._client.delete_collection(await self._name())
        self._known_name = None

    async def take_name(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with _reporting_failures():
            return await aliases.point(self._client, self._settings.collection, await self._name())

    async def optimise(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. A server optimises by itself; after a restart it needs a trigger."""
        async with _reporting_failures():
            name = await self._name()
            if (await self._client.get_collection(name)).status != models.CollectionStatus.GREY:
                return False
            return await self._client.update_collection(name, optimizers_config=models.OptimizersConfigDiff())

    async def _name(self) -> str:
        if self._known_name is None:
            self._known_name = await aliases.collection_of(self._client, self._settings.collection, self._index_version)
        return self._known_name

    async def _create(self, name: str, identity: dict[str, Any]) -> None:
        arguments = collection.creation(self._settings, identity["dimension"])
        try:
            await self._client.create_collection(name, **arguments, metadata=identity)
        except UnexpectedResponse as error:
            if error.status_code != CONFLICT:  # another process was faster
                raise

    async def _apply_settings(self, name: str, info: models.CollectionInfo) -> None:
        """Applies the changed settings that can change in place; logs those that cannot."""
        drift = collection.drift(self._settings, info)
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


def _filter(allowed: dict[str, list[str]], excluded: Sequence[models.Condition] = ()) -> models.Filter:
    return models.Filter(
        must=[models.FieldCondition(key=field, match=models.MatchAny(any=values)) for field, values in allowed.items()],
        must_not=list(excluded),
    )


@asynccontextmanager
async def _reporting_failures(timeout_s: float | None = None) -> AsyncIterator[None]:
    """Turns errors of the client into UpstreamUnavailable; ``timeout_s`` where a person waits, else the client's timeout."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise UpstreamUnavailable(AWAY, retry_after_s=RESTS_S) from error
    except (ApiException, ResponseHandlingException, httpx.HTTPError, OSError) as error:
        raise UpstreamUnavailable("The search server does not answer as it should.", retry_after_s=RESTS_S) from error
