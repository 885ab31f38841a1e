"""Cached values in Redis that may be lost at any time: one namespace per kind, each with a time to live and counters.

Callers must work without the cache: a Redis that is unreachable, slow or full is a miss. Keys are hashes with a prefix that has the
version of the format, so that a release never reads values of another format.
"""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, cast

import msgpack
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from core.background import Background
from core.telemetry import series, spans

log = structlog.get_logger(__name__)

PREFIX = "footnote:cache:1:"
COUNTS = "footnote:cache:counts"
VALUE_BYTES = 256 * 1024  # larger values are not cached
LIST_BYTES = 2 * 1024**2
MEMORY_BYTES = 256 * 1024**2
ANSWER_WITHIN_S = 0.25
PAUSE_S = 2.0  # pause after a failure, so that callers do not wait for Redis again and again
LOOK_AT_MEMORY_S = 10.0

Part = str | bytes | int | float | None
Write = Callable[[Any], object]  # adds commands to a pipeline


@dataclass(frozen=True, slots=True)
class NamespaceCounts:
    """Counters of a namespace since Redis was started.

    Attributes:
        dropped: values that were found but out of date.
    """

    namespace: str
    hits: int = 0
    misses: int = 0
    stored: int = 0
    dropped: int = 0


def fingerprint(*parts: Part) -> str:
    """A hash of a list of parts, unambiguous about where each part ends."""
    return hashlib.sha256(msgpack.packb(parts)).hexdigest()


class Cache:
    """The caches of an installation.

    Args:
        redis: any asyncio Redis client that returns bytes.
        memory_bytes: while Redis uses more, nothing is added.
        answer_within_s: longest wait for Redis.
    """

    def __init__(
        self, redis: Redis, memory_bytes: int = MEMORY_BYTES, answer_within_s: float = ANSWER_WITHIN_S
    ) -> None:
        self._redis = redis
        self._memory_bytes = memory_bytes
        self._answer_within_s = answer_within_s
        self._counts: Counter[str] = Counter()  # not written yet; sent with the next command
        self._background = Background()
        self._paused_until = 0.0
        self._is_unreachable = False
        self._checked_at = -LOOK_AT_MEMORY_S
        self._has_room = True

    def namespace(self, name: str, ttl_s: int) -> "CacheNamespace":
        """The namespace of a kind of values; with ``ttl_s`` 0 it stores and returns nothing."""
        return CacheNamespace(self, name, ttl_s)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in the background."""
        self._background.start(work)

    async def drain(self) -> None:
        """Wait until all background work is done."""
        await self._background.drain()

    def note(self, namespace: str, what: str) -> None:
        """Increment a counter of a namespace: ``hits | misses | stored | dropped``."""
        self._counts[f"{namespace}.{what}"] += 1
        if what in ("hits", "misses"):
            series.LOOKUPS.add(namespace, what)

    async def counts(self) -> list[NamespaceCounts]:
        """The counters of the namespaces over all processes, by name; empty when Redis is unreachable."""
        answers = await self.run(lambda commands: commands.hgetall(COUNTS))
        per_namespace: dict[str, dict[str, int]] = {}
        for field, number in (answers[0] if answers else {}).items():
            namespace, what = field.decode().split(".")
            per_namespace.setdefault(namespace, {})[what] = int(number)
        return [NamespaceCounts(namespace, **per_namespace[namespace]) for namespace in sorted(per_namespace)]

    async def forget(self, tag: str) -> None:
        """Remove all values that were stored with a tag."""
        tag_key = f"{PREFIX}tag:{tag}"
        answers = await self.run(lambda commands: commands.smembers(tag_key))
        if answers and answers[0]:
            await self.run(lambda commands: commands.delete(tag_key, *answers[0]))

    async def has_room(self) -> bool:
        """False while Redis uses more than ``memory_bytes``; checked every ``LOOK_AT_MEMORY_S`` seconds."""
        now = time.monotonic()
        if now - self._checked_at >= LOOK_AT_MEMORY_S:
            self._checked_at = now
            used = await self._used_bytes()
            had_room, self._has_room = self._has_room, used <= self._memory_bytes
            if had_room and not self._has_room:
                log.warning("cache.full", used_bytes=used, memory_bytes=self._memory_bytes)
        return self._has_room

    async def run(self, write: Write) -> list[Any] | None:
        """Send commands in one round trip; returns their answers, or None when Redis does not answer."""
        if time.monotonic() < self._paused_until:
            return None
        counts, self._counts, started = self._counts, Counter(), time.monotonic()
        commands = self._redis.pipeline(transaction=False)
        write(commands)
        for field, number in counts.items():
            commands.hincrby(COUNTS, field, number)
        try:
            async with asyncio.timeout(self._answer_within_s):
                answers = await commands.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._counts += counts
            self._pause(error)
            return None
        self._is_unreachable = False
        spans.event("redis cache", {"took_ms": round((time.monotonic() - started) * 1000, 2)})
        return answers[: len(answers) - len(counts)]

    def _pause(self, error: Exception) -> None:
        self._paused_until = time.monotonic() + PAUSE_S
        if not self._is_unreachable:  # logged once per outage
            log.warning("cache.unavailable", error=repr(error))
        self._is_unreachable = True

    async def _used_bytes(self) -> int:
        try:
            async with asyncio.timeout(self._answer_within_s):
                info = await cast("Awaitable[dict[str, Any]]", self._redis.info("memory"))
        except ResponseError:  # some providers do not allow INFO
            return 0
        except (RedisError, OSError, TimeoutError) as error:
            self._pause(error)
            return 0
        return int(info.get("used_memory", 0))


class CacheNamespace:
    """Cached values of one kind. Keys are made by :func:`fingerprint`; values are anything that msgpack can encode.

    Attributes:
        is_on: False when the settings turn this cache off.
    """

    def __init__(self, cache: Cache, name: str, ttl_s: int) -> None:
        self._cache = cache
        self._name = name
        self._ttl_s = ttl_s

    @property
    def is_on(self) -> bool:
        """True when values are cached."""
        return self._ttl_s > 0

    async def get(self, key: str, *, is_counted: bool = True) -> Any | None:
        """The value, or None.

        Args:
            is_counted: False when the caller counts the hit or miss itself.
        """
        answers = await self._cache.run(lambda commands: commands.get(self._full(key))) if self.is_on else None
        value = None if not answers or answers[0] is None else _unpacked(answers[0])
        if is_counted and self.is_on:
            self.note("misses" if value is None else "hits")
        return value

    async def put(self, key: str, value: Any, tags: Iterable[str] = ()) -> None:
        """Store a value for the namespace's time to live, unless it is too large or there is no room.

        Args:
            tags: for :meth:`Cache.forget`.
        """
        packed = msgpack.packb(value)
        if not self.is_on or len(packed) > VALUE_BYTES or not await self._cache.has_room():
            return

        def write(commands: Any) -> None:
            commands.set(self._full(key), packed, ex=self._ttl_s)
            self._tag(commands, self._full(key), tags)

        self.note("stored")
        await self._cache.run(write)

    def put_later(self, key: str, value: Any) -> None:
        """Store a value in the background."""
        self._cache.later(self.put(key, value))

    async def drop(self, key: str) -> None:
        """Remove a value that is out of date."""
        if self.is_on:
            self.note("dropped")
            await self._cache.run(lambda commands: commands.delete(self._full(key)))

    async def push(self, key: str, value: Any, most: int, tags: Collection[str] = ()) -> None:
        """Add a value to the front of a list, and remove all but the newest ``most``."""
        packed = msgpack.packb(value)
        if not self.is_on or len(packed) * most > LIST_BYTES or not await self._cache.has_room():
            return
        full = self._full(key)

        def write(commands: Any) -> None:
            commands.lpush(full, packed)
            commands.ltrim(full, 0, most - 1)
            commands.expire(full, self._ttl_s)
            self._tag(commands, full, tags)

        await self._cache.run(write)

    async def listed(self, key: str) -> list[Any]:
        """The values of a list, newest first."""
        answers = (
            await self._cache.run(lambda commands: commands.lrange(self._full(key), 0, -1)) if self.is_on else None
        )
        return [value for value in map(_unpacked, answers[0]) if value is not None] if answers else []

    def note(self, what: str) -> None:
        """Increment a counter: ``hits | misses | stored | dropped``."""
        self._cache.note(self._name, what)

    def _full(self, key: str) -> str:
        return f"{PREFIX}{self._name}:{key}"

    def _tag(self, commands: Any, full: str, tags: Iterable[str]) -> None:
        for tag in tags:
            commands.sadd(f"{PREFIX}tag:{tag}", full)
            commands.expire(f"{PREFIX}tag:{tag}", self._ttl_s)


def _unpacked(packed: bytes) -> Any | None:
    """The decoded value; None for bytes that are no msgpack."""
    try:
        return msgpack.unpackb(packed)
    except (ValueError, msgpack.UnpackException):
        return None
