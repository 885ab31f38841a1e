"""The journal of an answer run: its numbered events, in a Redis Stream that every process can read.

Redis only carries it: what is lost there is rebuilt from the run's row, see ``answers/stored_run.py``. Numbers are from 1 and grow by one;
a further attempt of a run in the background begins at its own million, with another ``started``.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from rag.events import ANSWER_EVENT, AnswerEvent

RUNNING_S = 7200  # the longest that a running answer's journal is kept
KEPT_S = 3600  # after its end
MOST_READ = 500  # entries at once
ATTEMPT = 1_000_000
ENDS = frozenset({"done", "refused", "error", "stopped"})


class Entry:
    """One event of a journal. It is read and written as JSON once, and only when it is needed.

    Attributes:
        number: 1-based place in the journal.
        kind: of the event, see ``rag/events.py``.
    """

    __slots__ = ("_event", "_json", "kind", "number")

    def __init__(self, number: int, kind: str, event: AnswerEvent | None = None, json: bytes = b"") -> None:
        self.number = number
        self.kind = kind
        self._event = event
        self._json = json

    @classmethod
    def of(cls, number: int, event: AnswerEvent) -> "Entry":
        """The entry of an event."""
        return cls(number, event.kind, event)

    @property
    def event(self) -> AnswerEvent:
        """The event."""
        if self._event is None:
            self._event = ANSWER_EVENT.validate_json(self._json)
        return self._event

    @property
    def json(self) -> bytes:
        """The event as JSON."""
        if not self._json:
            self._json = self.event.model_dump_json().encode()
        return self._json

    @property
    def is_last(self) -> bool:
        """Whether the answer ends with it."""
        return self.kind in ENDS


class Journal:
    """Journals in Redis. Raises RedisError where Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def append(self, batches: Mapping[UUID, Sequence[Entry]], anew: frozenset[UUID] = frozenset()) -> None:
        """Add entries to journals, in one round trip.

        Args:
            anew: journals whose entries so far are dropped: an earlier attempt to write them may have half succeeded.
        """
        async with self._redis.pipeline(transaction=True) as pipeline:
            for run_id, entries in batches.items():
                key = _key(run_id)
                if run_id in anew:
                    pipeline.delete(key)
                for entry in entries:
                    pipeline.xadd(key, {"k": entry.kind, "e": entry.json}, id=f"{entry.number}-0")
                pipeline.expire(key, KEPT_S if entries[-1].is_last else RUNNING_S)
            await pipeline.execute()

    async def read(self, run_id: UUID, after: int, wait_s: float) -> list[Entry]:
        """The next entries after this number, at most ``MOST_READ``; waits for the first of them. Empty when none came."""
        found: Any = await self._redis.xread(
            {_key(run_id): f"{after}-0"}, count=MOST_READ, block=max(1, int(wait_s * 1000))
        )
        return [_entry(*one) for _, entries in found or () for one in entries]

    async def whole(self, run_id: UUID) -> list[Entry]:
        """All entries that there are."""
        return [_entry(*one) for one in await self._redis.xrange(_key(run_id))]

    async def newest(self, run_id: UUID) -> int:
        """The number of the last entry; 0 without a journal."""
        found: Any = await self._redis.xrevrange(_key(run_id), count=1)
        return _number(found[0][0]) if found else 0


def _key(run_id: UUID) -> str:
    return f"footnote:journal:{run_id}"


def _entry(stream_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    return Entry(_number(stream_id), fields[b"k"].decode(), json=fields[b"e"])


def _number(stream_id: bytes) -> int:
    return int(stream_id.split(b"-")[0])
