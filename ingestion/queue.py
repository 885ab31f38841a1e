"""The queue that carries work to workers. Rows in PostgreSQL are the truth: what is lost here is found again by the sweeper."""

from functools import partial
from typing import Any, Protocol
from uuid import UUID

import msgpack
from arq.connections import ArqRedis

QUEUE = "footnote:queue"

pack = msgpack.packb
unpack = partial(msgpack.unpackb, raw=False, strict_map_key=False)


class JobQueue(Protocol):
    """Ids of work to be done. Enqueue after the commit."""

    async def enqueue_ingestion(self, job_id: UUID, attempts: int = 0) -> None:
        """Have a job run soon; again is harmless. ``attempts`` is the row's, so that a lost carrier does not block the next."""

    async def enqueue_clearing(self, document_id: UUID, blob_key: str) -> None:
        """Have what is left of a deleted document removed."""


class ArqJobQueue:
    """A JobQueue in Redis; messages are msgpack, never pickle."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = with_serializers(redis)

    async def enqueue_ingestion(self, job_id: UUID, attempts: int = 0) -> None:
        """See JobQueue."""
        await self._enqueue("ingest_document", str(job_id), _job_id=f"ingest:{job_id}:{attempts}")

    async def enqueue_clearing(self, document_id: UUID, blob_key: str) -> None:
        """See JobQueue."""
        await self._enqueue("clear_document", str(document_id), blob_key, _job_id=f"clear:{document_id}")

    async def _enqueue(self, task: str, *arguments: str, **options: Any) -> None:
        await self._redis.enqueue_job(task, *arguments, **options)


def with_serializers(redis: ArqRedis) -> ArqRedis:
    """The same connections, speaking msgpack on our queue."""
    return ArqRedis(
        pool_or_conn=redis.connection_pool,
        job_serializer=pack,
        job_deserializer=unpack,
        default_queue_name=QUEUE,
    )
