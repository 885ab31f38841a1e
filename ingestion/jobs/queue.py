"""Queues that carry messages to workers. Rows in PostgreSQL are the truth: a lost message is found again by every worker."""

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import msgpack
from arq.connections import ArqRedis
from redis.asyncio import Redis

from core.errors import SettingsInvalid


class QueueName(StrEnum):
    """What a worker may listen to.

    ingestion: files to be read. answers: questions to be answered in the background. maintenance: what is cleared up or built anew.
    """

    INGESTION = "ingestion"
    ANSWERS = "answers"
    MAINTENANCE = "maintenance"

    @property
    def key(self) -> str:
        """Its name in Redis."""
        return f"footnote:{self}"

    @property
    def health_key(self) -> str:
        """There while a worker listens."""
        return f"{self.key}:health"


ALL_QUEUES = tuple(QueueName)

pack = msgpack.packb
unpack = partial(msgpack.unpackb, raw=False, strict_map_key=False)


class JobQueue(Protocol):
    """Ids of work to be done. Enqueue after the commit."""

    async def enqueue_ingestion(self, job_id: UUID, attempts: int = 0) -> None:
        """Say that there is a job; again is harmless. ``attempts`` is the row's, so that a lost message does not block the next."""

    async def enqueue_clearing(self, document_id: UUID, blob_key: str) -> None:
        """Have what is left of a deleted document removed."""

    async def enqueue_tidying(self, document_id: UUID) -> None:
        """Have the parts of a document that will not be completed removed."""

    async def enqueue_chore(self, chore: str, slot: str, kept_s: int) -> bool:
        """Ask for a chore of upkeep once per slot, whoever asks; True when this one was the first. The slot is remembered so long."""


class ArqJobQueue:
    """A JobQueue in Redis; messages are msgpack, never pickle."""

    def __init__(self, redis: Redis) -> None:
        self._redis = with_serializers(redis)

    async def enqueue_ingestion(self, job_id: UUID, attempts: int = 0) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.INGESTION, "ingest_document", str(job_id), _job_id=f"ingest:{job_id}:{attempts}")

    async def enqueue_clearing(self, document_id: UUID, blob_key: str) -> None:
        """See JobQueue."""
        await self._enqueue(
            QueueName.MAINTENANCE, "clear_document", str(document_id), blob_key, _job_id=f"clear:{document_id}"
        )

    async def enqueue_tidying(self, document_id: UUID) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.MAINTENANCE, "tidy_document", str(document_id), _job_id=f"tidy:{document_id}")

    async def enqueue_chore(self, chore: str, slot: str, kept_s: int) -> bool:
        """See JobQueue."""
        name = f"{chore}:{slot}"
        if not await self._redis.set(f"footnote:upkeep:{name}", "asked", nx=True, ex=kept_s):
            return False
        await self._enqueue(QueueName.MAINTENANCE, chore, _job_id=name)
        return True

    async def _enqueue(self, queue: QueueName, task: str, *arguments: str, **options: Any) -> None:
        await self._redis.enqueue_job(task, *arguments, _queue_name=queue.key, **options)


def with_serializers(redis: Redis) -> ArqRedis:
    """The same connections, speaking msgpack."""
    return ArqRedis(pool_or_conn=redis.connection_pool, job_serializer=pack, job_deserializer=unpack)


def queues_of(names: str) -> tuple[QueueName, ...]:
    """Queues named with commas between; nothing names all of them.

    Raises:
        SettingsInvalid: one of them is not known.
    """
    wanted = list(filter(None, map(str.strip, names.split(","))))
    unknown = [name for name in wanted if name not in list(QueueName)]
    if unknown:
        raise SettingsInvalid(f"There is no queue {unknown[0]!r}; choose from {', '.join(QueueName)}.")
    return tuple(queue for queue in ALL_QUEUES if queue in wanted) or ALL_QUEUES


async def attended(redis: Redis, queues: Iterable[QueueName] = ALL_QUEUES) -> dict[str, str]:
    """Queue → ``attended`` when a worker listens to it, else ``unattended``."""
    return {queue.value: "attended" if await redis.exists(queue.health_key) else "unattended" for queue in queues}
