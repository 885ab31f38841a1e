"""Which workers are alive and what they do: each says so in Redis every few seconds, for the jobs monitor.

Nothing depends on it: jobs are taken over by their own heartbeats in PostgreSQL (``db/jobs.py``).
"""

import contextlib
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ingestion.jobs.queue import QueueName, pack, unpack

KEY = "footnote:workers"  # a hash: id → what a worker says
BEAT_EVERY_S = 3.0
ALIVE_S = 12.0  # since its last word
FORGOTTEN_S = 3600.0


class Works(Protocol):
    """What takes work by itself."""

    @property
    def running(self) -> Sequence[UUID]:
        """Ids of what it works on now."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker that is alive.

    Attributes:
        name: machine and process id.
        since: when it began.
        queues: those that it listens to.
        files: ids of the ingestion jobs that it runs; questions: of the answer runs.
        tasks: names of the other tasks that it runs, with their number.
    """

    name: str
    since: datetime
    queues: tuple[str, ...]
    files: tuple[UUID, ...]
    questions: tuple[UUID, ...]
    tasks: tuple[tuple[str, int], ...]


class Presence:
    """The heartbeats of this process's worker. While the block runs it is known; at the end it is gone at once."""

    def __init__(self, redis: Redis, queues: Sequence[QueueName], slots: Works, answers: Works | None = None) -> None:
        self._redis = redis
        self._queues = queues
        self._slots = slots
        self._answers = answers
        self._id = uuid4().hex
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._since = datetime.now(UTC)
        self._tasks: Counter[str] = Counter()

    @contextlib.contextmanager
    def doing(self, task: str) -> Iterator[None]:
        """While the block runs, the heartbeats name this task."""
        self._tasks[task] += 1
        try:
            yield
        finally:
            self._tasks[task] -= 1

    async def beat(self) -> None:
        """Say what this worker does now."""
        at, _ = await self._redis.time()  # one clock for all
        said = {
            "at": at,
            "name": self._name,
            "since": self._since.isoformat(),
            "queues": list(self._queues),
            "files": [str(job_id) for job_id in self._slots.running],
            "questions": [str(run_id) for run_id in self._answers.running] if self._answers else [],
            "tasks": +self._tasks,
        }
        await _command(self._redis, "HSET", KEY, self._id, pack(said))

    async def __aenter__(self) -> "Presence":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(RedisError, OSError):
            await _command(self._redis, "HDEL", KEY, self._id)


async def workers(redis: Redis) -> list[WorkerStatus]:
    """The workers that are alive, by name. Those that were killed long ago are forgotten."""
    at, _ = await redis.time()
    stored: dict[bytes, bytes] = await _command(redis, "HGETALL", KEY)
    said: dict[bytes, dict[str, Any]] = {key: unpack(value) for key, value in stored.items()}
    dead = [key for key, one in said.items() if at - one["at"] > FORGOTTEN_S]
    if dead:
        await _command(redis, "HDEL", KEY, *dead)
    alive = (_status(one) for one in said.values() if at - one["at"] <= ALIVE_S)
    return sorted(alive, key=lambda worker: worker.name)


async def _command(redis: Redis, *parts: Any) -> Any:
    """The hash commands of redis-py are typed for its blocking client too."""
    execute: Callable[..., Awaitable[Any]] = redis.execute_command
    return await execute(*parts)


def _status(said: dict[str, Any]) -> WorkerStatus:
    return WorkerStatus(
        name=said["name"],
        since=datetime.fromisoformat(said["since"]),
        queues=tuple(said["queues"]),
        files=tuple(map(UUID, said["files"])),
        questions=tuple(map(UUID, said["questions"])),
        tasks=tuple(sorted(said["tasks"].items())),
    )
