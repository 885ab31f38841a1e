"""Qdrant Edge: Qdrant's engine inside this process, one folder, one owner.

Calls run in threads because the engine blocks. ``optimize()`` is never called here: it holds the interpreter lock for as
long as it takes (two minutes for a graph over 100,000 chunks), and searches need no graph up to that size. What is called,
in a process of its own, is :mod:`rag.index.vacuum`.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any
from uuid import UUID

import qdrant_edge as engine
import structlog

from core.access import SearchScope
from core.embedded.process import spawn, stop
from core.errors import StartupFailed, UpstreamUnavailable
from rag.index import port
from rag.index.fusion import AUTO, Fusion, SideHit
from rag.index.shard import config as shard_config
from rag.index.terms import document_terms, query_terms
from rag.index.vacuum import NOTHING_TO_DO
from rag.types import Chunk, Hit

log = structlog.get_logger(__name__)

OPEN_WAIT_S = 60.0
VACUUM_S = 300.0


class EdgeIndex:
    """:class:`~rag.index.port.ChunkIndex` on a Qdrant Edge shard.

    Args:
        folder: where the shard and its description live; made when missing.
        open_wait_s: how long calls wait for :meth:`open` before they give up.
    """

    def __init__(self, folder: Path, open_wait_s: float = OPEN_WAIT_S) -> None:
        self._folder = folder
        self._open_wait_s = open_wait_s
        self._opening = asyncio.Lock()
        self._opened = asyncio.Event()
        self._shard: Any = None

    async def open(self, dimension: int, *, model: str | None = None) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with self._opening:
            await asyncio.to_thread(self._open, port.identity(dimension, model))
            self._opened.set()

    async def ping(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        self._open_shard()

    async def upsert(self, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        for pairs in port.batches(chunks, vectors):
            await asyncio.to_thread(self._upsert, pairs)

    async def delete(self, chunk_ids: Sequence[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if chunk_ids:
            await self._wait_until_open()
            await asyncio.to_thread(
                self._update, engine.UpdateOperation.delete_points([str(chunk_id) for chunk_id in chunk_ids])
            )

    async def delete_document(self, document_id: UUID) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        chosen = _filter({"document_id": [str(document_id)]})
        await asyncio.to_thread(self._update, engine.UpdateOperation.delete_points_by_filter(chosen))

    async def keep_only(self, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        chosen = _filter({"document_id": [str(document_id)]}, [engine.HasIdCondition(set(map(str, chunk_ids)))])
        await asyncio.to_thread(self._update, engine.UpdateOperation.delete_points_by_filter(chosen))

    async def vectors(self, chunk_ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        found = await asyncio.to_thread(
            lambda: self._open_shard().retrieve([str(one) for one in chunk_ids], False, True)
        )
        return {UUID(str(point.id)): list(point.vector[port.DENSE]) for point in found}

    async def chunks(self, chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if not chunk_ids:
            return {}
        await self._wait_until_open()
        ids = [str(chunk_id) for chunk_id in chunk_ids]
        found = await asyncio.to_thread(lambda: self._open_shard().retrieve(ids, True, False))
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
        await self._wait_until_open()
        return await asyncio.to_thread(self._search, text, list(vector), scope, top_k, fusion, details)

    async def count(self, scope: SearchScope | None = None) -> int:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if scope is not None and port.is_empty(scope):
            return 0
        await self._wait_until_open()
        chosen = None if scope is None else _filter(port.allowed_values(scope))
        return int(
            await asyncio.to_thread(lambda: self._open_shard().count(engine.CountRequest(filter=chosen, exact=True)))
        )

    async def take_name(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. Nobody from outside asks here."""
        return True

    async def optimise(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. Calls that begin meanwhile wait; none may be under way."""
        self._opened.clear()
        async with self._opening:
            shard, self._shard = self._shard, None
            if shard is None:
                return False
            described = json.loads((self._folder / "index.json").read_text())
            try:
                await asyncio.to_thread(_flush_and_close, shard)
                return await self._vacuum(described["dimension"])
            finally:
                await asyncio.shield(asyncio.to_thread(self._open, described))
                self._opened.set()

    async def close(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with self._opening:
            shard, self._shard = self._shard, None
            if shard is not None:
                await asyncio.to_thread(_flush_and_close, shard)

    async def drop(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _vacuum(self, dimension: int) -> bool:
        """Run the child; False when it had nothing to do, or could not do it: the shard is as it was then."""
        command = [sys.executable, "-m", "rag.index.vacuum", str(self._folder / "shard"), str(dimension)]
        child = spawn(command, log=self._folder / "vacuum.log")
        try:
            code = await asyncio.to_thread(child.wait, VACUUM_S)
        except TimeoutExpired:
            code = None
        finally:
            stop(child, timeout_s=0)
        if code not in (0, NOTHING_TO_DO):
            log.warning("index.not_optimised", exit_code=code)
        return code == 0

    async def _wait_until_open(self) -> None:
        """Questions and jobs may come while the models load; they wait for the index as they wait for the model."""
        try:
            async with asyncio.timeout(self._open_wait_s):
                await self._opened.wait()
        except TimeoutError as error:
            raise UpstreamUnavailable("The search index is not open.") from error

    def _open(self, wanted: dict[str, Any]) -> None:
        described = self._folder / "index.json"
        if described.exists():
            port.require_same(json.loads(described.read_text()), wanted)
        if self._shard is not None:
            return
        try:
            self._shard = self._load_or_create(wanted["dimension"])
        except Exception as error:  # the engine raises bare exceptions
            if "WAL" in str(error) and "WouldBlock" in str(error):
                raise StartupFailed(
                    "The search index is in use by another process: only one Footnote may run on a var folder."
                ) from error
            raise StartupFailed(
                "The search index could not be opened and may be damaged; move its folder away and it is rebuilt at the next start."
            ) from error
        described.write_text(json.dumps(wanted))

    def _load_or_create(self, dimension: int) -> Any:
        path = self._folder / "shard"
        config = shard_config(dimension)
        if path.exists() and any(path.iterdir()):
            return engine.EdgeShard.load(str(path), config)
        path.mkdir(parents=True, exist_ok=True)
        shard = engine.EdgeShard.create(str(path), config)
        for field in ("library_id", "document_id"):
            shard.update(engine.UpdateOperation.create_field_index(field, engine.PayloadSchemaType.Keyword))
        return shard

    def _open_shard(self) -> Any:
        if self._shard is None:
            raise UpstreamUnavailable("The search index is not open.")
        return self._shard

    def _update(self, operation: Any) -> None:
        self._open_shard().update(operation)

    def _upsert(self, pairs: list[tuple[Chunk, list[float]]]) -> None:
        shard = self._open_shard()
        points = [
            engine.Point(
                str(chunk.chunk_id),
                {port.DENSE: vector, port.SPARSE: _sparse(document_terms(port.searched_text(chunk)))},
                port.to_payload(chunk),
            )
            for chunk, vector in pairs
        ]
        shard.update(engine.UpdateOperation.upsert_points(points))

    def _search(
        self,
        text: str,
        vector: list[float],
        scope: SearchScope,
        top_k: int,
        fusion: Fusion,
        details: dict[str, Any] | None,
    ) -> list[Hit]:
        terms = query_terms(text) if fusion.asks_words else {}
        requests = _requests(vector if fusion.asks_dense else None, terms, scope, top_k)
        found = self._open_shard().query_batch(engine.QueryBatchRequest(requests)) if requests else []
        near = found.pop(0) if fusion.asks_dense else []
        dense = [SideHit(str(one.id), one.score, one.score) for one in near]
        words = port.by_words(found.pop() if terms else [], lambda one: one.vector[port.DENSE], vector, dense)
        return port.to_hits(dense, words, fusion, top_k, details)


def _requests(vector: list[float] | None, terms: dict[int, float], scope: SearchScope, top_k: int) -> list[Any]:
    """By meaning, by words; a side that has nothing to ask is not asked. They share one pass."""
    common: dict[str, Any] = {"filter": _filter(port.allowed_values(scope)), "limit": top_k}
    requests = []
    if vector is not None:
        requests.append(engine.QueryRequest(query=engine.Query.Nearest(vector, port.DENSE), **common))
    if terms:
        words = engine.Query.Nearest(_sparse(terms), port.SPARSE)
        requests.append(engine.QueryRequest(query=words, with_vector=[port.DENSE], **common))
    return requests


def _sparse(terms: dict[int, float]) -> Any:
    return engine.SparseVector(list(terms), list(terms.values()))


def _filter(allowed: dict[str, list[str]], but_not: Sequence[Any] = ()) -> Any:
    conditions: list[Any] = [
        engine.FieldCondition(field, match=engine.MatchAny(values)) for field, values in allowed.items()
    ]
    return engine.Filter(must=conditions, must_not=list(but_not))


def _flush_and_close(shard: Any) -> None:
    shard.flush()
    shard.close()
