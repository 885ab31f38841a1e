"""The adapter for Qdrant Edge: Qdrant's engine inside this process, on a folder that one process owns.

Calls run in threads because the engine blocks. ``optimize()`` is never called in this process: it holds the interpreter lock
until it ends (two minutes for a graph over 100,000 chunks), and searches need no graph up to that size. Instead,
:mod:`rag.index.vacuum` runs in a separate process.
"""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import qdrant_edge as engine
import structlog

from core.access import SearchScope
from core.errors import StartupFailed, UpstreamUnavailable
from rag.index import edge_operations, edge_process, port
from rag.index.damage import set_aside
from rag.index.edge_faults import fact_of, is_full, is_of_engine
from rag.index.fusion import AUTO, Fusion
from rag.index.inspection import DAMAGED, DEATHS, IN_USE, is_in_use
from rag.index.shard import config as shard_config
from rag.index.vacuum import NOTHING_TO_DO
from rag.types import Chunk, Hit

log = structlog.get_logger(__name__)
T = TypeVar("T")

OPEN_WAIT_S = 60.0
VACUUM_S = 300.0
INSPECT_S = 120.0  # a shard that takes longer is opened without
LOOK_AGAIN_S = 60.0  # between two inspections of a shard whose calls fail


class EdgeIndex:
    """:class:`~rag.index.port.ChunkIndex` on a Qdrant Edge shard.

    Args:
        folder: folder of the shard and its description; created when missing.
        open_wait_s: how long calls wait for :meth:`open`, in seconds.
        require_room: raises StorageFull when nothing may be written: the files are mapped, and a write without room ends the process.
    """

    def __init__(
        self, folder: Path, open_wait_s: float = OPEN_WAIT_S, require_room: Callable[[], None] = lambda: None
    ) -> None:
        self._folder = folder
        self._open_wait_s = open_wait_s
        self._require_room = require_room
        self._opening = asyncio.Lock()
        self._opened = asyncio.Event()
        self._shard: Any = None
        self._identity: dict[str, Any] | None = None
        self._is_suspect = False
        self._heal_after = 0.0

    async def open(self, dimension: int, *, model: str | None = None) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        async with self._opening:
            self._identity = port.identity(dimension, model)
            if self._shard is None:
                await self._set_aside_if_damaged(self._identity)
            await asyncio.to_thread(self._open, self._identity)
            self._opened.set()

    async def ping(self) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        self._open_shard()

    async def upsert(self, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        for pairs in port.batches(chunks, vectors):
            await self._write(partial(edge_operations.upsert, pairs))

    async def delete(self, chunk_ids: Sequence[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if chunk_ids:
            await self._wait_until_open()
            operation = engine.UpdateOperation.delete_points([str(chunk_id) for chunk_id in chunk_ids])
            await self._write(lambda shard: shard.update(operation))

    async def delete_document(self, document_id: UUID) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self.keep_only(document_id, ())

    async def keep_only(self, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        await self._write(partial(edge_operations.keep_only, document_id, chunk_ids))

    async def move_document(self, document_id: UUID, library_id: UUID) -> None:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        await self._write(partial(edge_operations.move_document, document_id, library_id))

    async def vectors(self, chunk_ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        await self._wait_until_open()
        points = await self._run(lambda shard: shard.retrieve([str(one) for one in chunk_ids], False, True))
        return {UUID(str(point.id)): list(point.vector[port.DENSE]) for point in points}

    async def chunks(self, chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if not chunk_ids:
            return {}
        await self._wait_until_open()
        ids = [str(chunk_id) for chunk_id in chunk_ids]
        points = await self._run(lambda shard: shard.retrieve(ids, True, False))
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
        await self._wait_until_open()
        return await self._run(partial(edge_operations.search, text, list(vector), scope, top_k, fusion, details))

    async def count(self, scope: SearchScope | None = None) -> int:
        """See :class:`~rag.index.port.ChunkIndex`."""
        if scope is not None and port.is_empty(scope):
            return 0
        await self._wait_until_open()
        condition = None if scope is None else edge_operations.filter_(port.allowed_values(scope))
        return int(await self._run(lambda shard: shard.count(engine.CountRequest(filter=condition, exact=True))))

    async def take_name(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. Outside tools cannot reach it."""
        return True

    async def optimise(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. Calls that begin meanwhile wait; none may be in progress."""
        self._opened.clear()
        async with self._opening:
            shard, self._shard = self._shard, None
            if shard is None:
                return False
            description = json.loads((self._folder / "index.json").read_text())
            try:
                await asyncio.to_thread(_flush_and_close, shard)
                code, _ = await edge_process.run("rag.index.vacuum", self._folder, description["dimension"], VACUUM_S)
                if code not in (0, NOTHING_TO_DO):
                    log.warning("index.not_optimised", exit_code=code)  # which leaves the shard unchanged
                return code == 0
            finally:
                await asyncio.shield(asyncio.to_thread(self._open, description))
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

    async def heal(self) -> bool:
        """See :class:`~rag.index.port.ChunkIndex`. Calls that begin meanwhile wait."""
        is_gone = self._shard is not None and not (self._folder / "shard").exists()
        if not is_gone and (self._shard is None or not self._is_suspect or time.monotonic() < self._heal_after):
            return False
        self._heal_after = time.monotonic() + LOOK_AGAIN_S
        self._opened.clear()
        async with self._opening:
            shard, self._shard = self._shard, None
            assert self._identity is not None
            try:
                await asyncio.to_thread(_close_quietly, shard)
                is_lost = await self._set_aside_if_damaged(self._identity) or is_gone
                self._is_suspect = False
            finally:
                await asyncio.shield(asyncio.to_thread(self._open, self._identity))
                self._opened.set()
        return is_lost

    async def _set_aside_if_damaged(self, identity: dict[str, Any]) -> bool:
        """Inspect what the folder has; when it is damaged, it is set aside, and the index is created anew. True when it was."""
        if not await asyncio.to_thread(_has_shard, self._folder):
            return False
        try:
            stored = json.loads(await asyncio.to_thread(_read_if_there, self._folder / "index.json"))
            port.require_same(stored, identity)
        except (ValueError, TypeError, AttributeError) as error:
            return await self._set_aside(f"index.json: {error}")
        code, output = await edge_process.run("rag.index.inspection", self._folder, identity["dimension"], INSPECT_S)
        if code != DAMAGED and code not in DEATHS:
            if code not in (0, IN_USE):
                log.warning("index.not_inspected", exit_code=code, output=output)
            return False
        return await self._set_aside(output or f"The engine ended with exit code {code}.")

    async def _set_aside(self, reason: str) -> bool:
        await asyncio.to_thread(set_aside, self._folder, reason)
        return True

    async def _write(self, work: Callable[[Any], object]) -> None:
        self._require_room()
        await self._run(work)

    async def _run(self, work: Callable[[Any], T]) -> T:
        """One call of the engine, in a thread. An error of its own makes the shard suspect, see :meth:`heal`."""
        shard = self._open_shard()
        try:
            return await asyncio.to_thread(work, shard)
        except BaseException as error:
            if not is_of_engine(error):
                raise
            log.error("index.failed", error=str(error)[:500])
            self._is_suspect = self._is_suspect or not is_full(error)
            raise fact_of(error) from error

    async def _wait_until_open(self) -> None:
        """Waits for :meth:`open`: questions and jobs may arrive while the models load."""
        try:
            async with asyncio.timeout(self._open_wait_s):
                await self._opened.wait()
        except TimeoutError as error:
            raise UpstreamUnavailable("The search index is not open.") from error

    def _open(self, identity: dict[str, Any]) -> None:
        description = self._folder / "index.json"
        if description.exists():
            port.require_same(json.loads(description.read_text()), identity)
        if self._shard is not None:
            return
        try:
            self._shard = self._load_or_create(identity["dimension"])
        except BaseException as error:
            if not is_of_engine(error):
                raise
            if is_in_use(error):
                raise StartupFailed(
                    "The search index is in use by another process: only one Footnote may run on a var folder."
                ) from error
            if is_full(error):
                raise fact_of(error) from error
            set_aside(self._folder, str(error))
            self._shard = self._load_or_create(identity["dimension"])
        description.write_text(json.dumps(identity))

    def _load_or_create(self, dimension: int) -> Any:
        path = self._folder / "shard"
        config = shard_config(dimension)
        if _has_shard(self._folder):
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


def _flush_and_close(shard: Any) -> None:
    shard.flush()
    shard.close()


def _close_quietly(shard: Any) -> None:
    """Close a shard that may be damaged; what it cannot write any more is rebuilt."""
    try:
        _flush_and_close(shard)
    except BaseException as error:
        if not is_of_engine(error):
            raise
        log.warning("index.not_closed", error=str(error)[:500])


def _has_shard(folder: Path) -> bool:
    path = folder / "shard"
    return path.exists() and any(path.iterdir())


def _read_if_there(description: Path) -> str:
    return description.read_text() if description.exists() else "{}"
