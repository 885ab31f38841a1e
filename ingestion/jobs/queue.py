"""Queues that carry messages to workers. Rows in PostgreSQL are the truth: workers also find jobs whose message was lost."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import msgpack
from arq.connections import ArqRedis
from redis.asyncio import Redis

from core.errors import SettingsInvalid
from core.telemetry import spans

REFILE_AFTER_S = 10
SENT_WITHIN_S = (
    2.0  # else a frozen server would keep the person waiting who brought the work: several commands, each tried again
)
WOKEN = "footnote:woken"  # the channel on which the name of a queue is said when it gets a message
LINKS = "links"  # as a queue there: rows are all that it has


class QueueName(StrEnum):
    """The queues that a worker may listen to.

    ingestion: files to be read. answers: questions to be answered in the background. maintenance: clearing up and rebuilding.
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
        """The Redis key that exists while a worker listens."""
        return f"{self.key}:health"


ALL_QUEUES = tuple(QueueName)

pack = msgpack.packb
unpack = partial(msgpack.unpackb, raw=False, strict_map_key=False)


class JobQueue(Protocol):
    """Ids of work to be done. Enqueue after the commit."""

    async def enqueue_ingestion(self, job_id: UUID, attempts: int = 0) -> None:
        """Announce a job; repeating it is harmless. ``attempts`` is the row's, so that a lost message does not block the next."""

    async def enqueue_answer(self, run_id: UUID, attempts: int = 0) -> None:
        """Announce an answer run of the background; repeating it is harmless. ``attempts`` as above."""

    async def enqueue_cases(self, run_id: UUID) -> None:
        """Announce a run over the test cases; repeating it is harmless."""

    async def announce_link(self) -> None:
        """Announce a link to be read; the row is the message."""

    async def enqueue_clearing(self, document_id: UUID, blob_key: str) -> None:
        """Have the remains of a deleted document removed."""

    async def enqueue_tidying(self, document_id: UUID) -> None:
        """Have the incomplete parts of a document removed."""

    async def enqueue_refiling(self, document_id: UUID) -> None:
        """Have the index put a document into its library again, some seconds from now: in case this process does not live to do it."""

    async def enqueue_chore(self, chore: str, slot: str, ttl_s: int) -> bool:
        """Request an upkeep chore once per time slot over all processes; True for the first request. The slot is stored for ``ttl_s``."""


class ArqJobQueue:
    """A JobQueue in Redis; messages are msgpack, never pickle. Raises RedisError and, after ``SENT_WITHIN_S``, TimeoutError."""

    def __init__(self, redis: Redis) -> None:
        self._redis = with_serializers(redis)

    async def enqueue_ingestion(self, job_id: UUID, attempts: int = 0) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.INGESTION, "ingest_document", str(job_id), _job_id=f"ingest:{job_id}:{attempts}")

    async def enqueue_answer(self, run_id: UUID, attempts: int = 0) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.ANSWERS, "answer_question", str(run_id), _job_id=f"answer:{run_id}:{attempts}")

    async def enqueue_cases(self, run_id: UUID) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.ANSWERS, "run_cases", str(run_id), _job_id=f"cases:{run_id}")

    async def announce_link(self) -> None:
        """See JobQueue."""
        await self._announce(LINKS)

    async def enqueue_clearing(self, document_id: UUID, blob_key: str) -> None:
        """See JobQueue."""
        await self._enqueue(
            QueueName.MAINTENANCE, "clear_document", str(document_id), blob_key, _job_id=f"clear:{document_id}"
        )

    async def enqueue_tidying(self, document_id: UUID) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.MAINTENANCE, "tidy_document", str(document_id), _job_id=f"tidy:{document_id}")

    async def enqueue_refiling(self, document_id: UUID) -> None:
        """See JobQueue."""
        await self._enqueue(QueueName.MAINTENANCE, "refile_document", str(document_id), _defer_by=REFILE_AFTER_S)

    async def enqueue_chore(self, chore: str, slot: str, ttl_s: int) -> bool:
        """See JobQueue."""
        name = f"{chore}:{slot}"
        if not await self._redis.set(f"footnote:upkeep:{name}", "asked", nx=True, ex=ttl_s):
            return False
        await self._enqueue(QueueName.MAINTENANCE, chore, _job_id=name)
        return True

    async def _enqueue(self, queue: QueueName, task: str, *arguments: str, **options: Any) -> None:
        async with asyncio.timeout(SENT_WITHIN_S):
            with spans.leaf(
                f"send {queue}", "client", {"messaging.system": "redis", "messaging.operation.name": "send"}
            ):
                await self._redis.enqueue_job(task, *arguments, _queue_name=queue.key, **options)
            await self._announce(queue)

    async def _announce(self, name: str) -> None:
        """Have workers look now; without this they look later."""
        await self._redis.publish(WOKEN, name)


def with_serializers(redis: Redis) -> ArqRedis:
    """An ArqRedis on the same connections that uses msgpack."""
    return ArqRedis(pool_or_conn=redis.connection_pool, job_serializer=pack, job_deserializer=unpack)


def queues_of(names: str) -> tuple[QueueName, ...]:
    """The queues of a list of names separated by commas; all of them for an empty list.

    Raises:
        SettingsInvalid: one of them is not known.
    """
    chosen = list(filter(None, map(str.strip, names.split(","))))
    unknown = [name for name in chosen if name not in list(QueueName)]
    if unknown:
        raise SettingsInvalid(f"There is no queue {unknown[0]!r}; choose from {', '.join(QueueName)}.")
    return tuple(queue for queue in ALL_QUEUES if queue in chosen) or ALL_QUEUES


async def attended(redis: Redis, queues: Iterable[QueueName] = ALL_QUEUES) -> dict[str, str]:
    """Queue → ``attended`` when a worker listens to it, else ``unattended``."""
    return {queue.value: "attended" if await redis.exists(queue.health_key) else "unattended" for queue in queues}


async def depths(redis: Redis, queues: Iterable[QueueName] = ALL_QUEUES) -> dict[str, int]:
    """Queue → number of its messages, those being worked on included."""
    return {queue.value: int(await redis.zcard(queue.key)) for queue in queues}
