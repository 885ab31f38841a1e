"""Rate limits counted in Redis: at most so many hits in a time window. While Redis is unreachable, each process counts alone.

What people do is counted by the moving window of the library ``limits``: never more than so many hits in any span of that length. Failed
sign-ins, which are counted by one rule and asked for by another, and lines that move at a pace, are counted by scripts of our own.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import LimitExceeded
from core.service_limits import ServiceLimit, note
from core.telemetry import spans

log = structlog.get_logger(__name__)

PREFIX = "footnote:limit:"
ANSWER_WITHIN_S = 1.0
PAUSE_S = 5.0  # pause after a failure, so that callers do not wait for Redis again and again
MOST_WINDOWS = 50_000
_REDIS = {"db.system.name": "redis"}

# Counts and sets the window's end in one step. Returns the count, and the milliseconds until the window ends.
_COUNT = """
if tonumber(ARGV[1]) == 0 then return {tonumber(redis.call('GET', KEYS[1]) or 0), math.max(redis.call('PTTL', KEYS[1]), 0)} end
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {count, redis.call('PTTL', KEYS[1])}
"""

# Takes the next place in a queue. Returns 1 when it was taken, and the milliseconds until its time.
_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0)
if wait > tonumber(ARGV[2]) then return {0, wait} end
redis.call('SET', KEYS[1], now + wait + ARGV[1], 'PX', wait + ARGV[1])
return {1, wait}
"""


class RateLimiter:
    """Counts hits: of people in windows that move, of failures in windows that begin with the first one and end ``window_s`` seconds later.

    Args:
        redis: any asyncio Redis client.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._moving = moving_windows(redis)
        self._own = _Windows()
        self._paused_until = 0.0

    async def hit(self, key: str, limit: int, window_s: int) -> None:
        """Count one hit of a person. What is left is told to the response, see ``core.service_limits``.

        Args:
            key: the name of the policy, a colon, and whose hits they are.

        Raises:
            LimitExceeded: there were ``limit`` hits in the last ``window_s`` seconds; this one is not counted.
        """
        policy = key.partition(":")[0]
        count, left_s = self._own.count(key, 1, window_s)
        is_over, found = count > limit, ServiceLimit(policy, limit, window_s, max(0, limit - count), left_s)
        item = RateLimitItemPerSecond(limit, window_s, namespace=policy)
        if (answer := await self._ask(lambda: self._move(item, key))) is not None:
            is_taken, remaining, reset_s = answer
            is_over, found = not is_taken, ServiceLimit(policy, limit, window_s, remaining, reset_s)
        note(found)
        _check(is_over, found.reset_s)

    async def _move(self, item: RateLimitItemPerSecond, key: str) -> tuple[bool, int, float]:
        """Whether a hit was counted; hits left; seconds until one more is."""
        is_taken = await self._moving.hit(item, key)
        stats = await self._moving.get_window_stats(item, key)
        return is_taken, stats.remaining, stats.reset_time - time.time()

    async def test(self, key: str, limit: int, window_s: int) -> None:
        """Check what was added, without counting.

        Raises:
            LimitExceeded: one more would exceed ``limit`` within the window.
        """
        count, left_s = await self._count(key, 0, window_s)
        _check(count >= limit, left_s)

    async def add(self, key: str, window_s: int) -> int:
        """Count a failure, say; returns the number within the window."""
        return (await self._count(key, 1, window_s))[0]

    async def count(self, key: str) -> int:
        """The number of those added within the window."""
        return (await self._count(key, 0, 1))[0]

    async def turn(self, key: str, every_s: float, longest_wait_s: float) -> float:
        """Take a place in a queue that advances every ``every_s`` seconds; returns the seconds until its time.

        Raises:
            LimitExceeded: that would be more than ``longest_wait_s``.
        """
        own_s = self._own.turn(key, every_s, longest_wait_s)
        arguments = (str(int(every_s * 1000)), str(int(longest_wait_s * 1000)))
        answer = await self._ask(lambda: self._redis.eval(_TURN, 1, PREFIX + key, *arguments))
        wait_s = answer[1] / 1000 if answer else own_s
        _check(wait_s > longest_wait_s, wait_s)
        return wait_s

    async def clear(self, key: str) -> None:
        """Forget what was added under a key."""
        self._own.clear(key)
        await self._ask(lambda: self._redis.delete(PREFIX + key))

    async def _count(self, key: str, step: int, window_s: int) -> tuple[int, float]:
        own = self._own.count(key, step, window_s)
        answer = await self._ask(lambda: self._redis.eval(_COUNT, 1, PREFIX + key, str(step), str(window_s * 1000)))
        return (answer[0], answer[1] / 1000) if answer else own

    async def _ask(self, command: Callable[[], Any]) -> Any:
        """Redis's answer; None while it is unreachable."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            with spans.leaf("redis limits", "client", _REDIS):
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    answer: Awaitable[Any] = command()
                    return await answer
        except (RedisError, OSError, TimeoutError) as error:
            self._paused_until = time.monotonic() + PAUSE_S
            log.warning("rate_limit.unavailable", error=repr(error))
            return None


def moving_windows(redis: Redis) -> MovingWindowRateLimiter:
    """The windows of ``limits`` on the connections of a client."""
    storage = RedisStorage(
        "async+redis://",
        implementation="redispy",
        key_prefix=PREFIX.rstrip(":"),
        connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # passed on to redis-py as it is
    )
    return MovingWindowRateLimiter(storage)


class _Windows:
    """The counts of this process, also kept while Redis counts, so that they do not restart at zero when Redis fails."""

    def __init__(self) -> None:
        # key → (count, or the time of the next free place; when the entry expires)
        self._windows: dict[str, tuple[float, float]] = {}

    def count(self, key: str, step: int, window_s: float) -> tuple[int, float]:
        """The count, and the seconds until its window ends."""
        now = time.monotonic()
        count, ends_at = self._windows.get(key, (0, 0.0))
        if ends_at <= now:
            count, ends_at = 0, now + window_s
        if step:
            self._put(key, count + step, ends_at)
        return int(count) + step, ends_at - now

    def turn(self, key: str, every_s: float, longest_wait_s: float) -> float:
        """The seconds until the next free place, which is taken unless that is too long."""
        now = time.monotonic()
        at = max(self._windows.get(key, (now, 0.0))[0], now)
        if at - now <= longest_wait_s:
            self._put(key, at + every_s, at + every_s)
        return at - now

    def clear(self, key: str) -> None:
        """Remove a key."""
        self._windows.pop(key, None)

    def _put(self, key: str, value: float, ends_at: float) -> None:
        self._windows.pop(key, None)  # moves the key to the end
        while len(self._windows) >= MOST_WINDOWS:
            del self._windows[next(iter(self._windows))]
        self._windows[key] = value, ends_at


def _check(is_over: bool, left_s: float) -> None:
    if is_over:
        wait_s = max(1.0, left_s)
        raise LimitExceeded(f"Too much in too short a time. Please wait {in_words(wait_s)}.", retry_after_s=wait_s)


def in_words(wait_s: float) -> str:
    """A wait as people say it: ``12 seconds``, ``5 minutes``, ``3 hours``."""
    if wait_s < 90:
        return f"{wait_s:.0f} seconds" if wait_s >= 1.5 else "a second"
    if wait_s < 90 * 60:
        return f"{wait_s / 60:.0f} minutes"
    return f"{wait_s / 3600:.0f} hours"
