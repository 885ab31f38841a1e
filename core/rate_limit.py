"""Rate limits counted in Redis: at most so many in a window of time. While Redis is away, each process counts for itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import LimitExceeded

log = structlog.get_logger(__name__)

PREFIX = "footnote:limit:"
ANSWER_WITHIN_S = 1.0
REST_S = 5.0  # after Redis failed, it is left alone for so long: nobody waits for it twice
MOST_WINDOWS = 50_000

# Counts and keeps the window's end in one step. Returns the count, and the milliseconds until the window ends.
_COUNT = """
if tonumber(ARGV[1]) == 0 then return {tonumber(redis.call('GET', KEYS[1]) or 0), math.max(redis.call('PTTL', KEYS[1]), 0)} end
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {count, redis.call('PTTL', KEYS[1])}
"""

# Takes the next turn of a line. Returns 1 when it was taken, and the milliseconds until it comes.
_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0)
if wait > tonumber(ARGV[2]) then return {0, wait} end
redis.call('SET', KEYS[1], now + wait + ARGV[1], 'PX', wait + ARGV[1])
return {1, wait}
"""


class RateLimiter:
    """Windows that begin with the first hit and end ``window_s`` later.

    Args:
        redis: any asyncio Redis client.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._own = _Windows()
        self._rests_until = 0.0

    async def hit(self, key: str, limit: int, window_s: int) -> None:
        """Count one.

        Raises:
            LimitExceeded: this one is more than ``limit`` within the window.
        """
        count, left_s = await self._count(key, 1, window_s)
        _check(count > limit, left_s)

    async def test(self, key: str, limit: int, window_s: int) -> None:
        """Count nothing.

        Raises:
            LimitExceeded: one more would be more than ``limit`` within the window.
        """
        count, left_s = await self._count(key, 0, window_s)
        _check(count >= limit, left_s)

    async def add(self, key: str, window_s: int) -> int:
        """Count one; how many there are now within the window."""
        return (await self._count(key, 1, window_s))[0]

    async def count(self, key: str) -> int:
        """How many there are within the window."""
        return (await self._count(key, 0, 1))[0]

    async def turn(self, key: str, every_s: float, longest_wait_s: float) -> float:
        """Take a place in a line that moves once in ``every_s`` seconds; returns the seconds until the turn comes.

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
        """Forget what was counted."""
        self._own.clear(key)
        await self._ask(lambda: self._redis.delete(PREFIX + key))

    async def _count(self, key: str, step: int, window_s: int) -> tuple[int, float]:
        own = self._own.count(key, step, window_s)
        answer = await self._ask(lambda: self._redis.eval(_COUNT, 1, PREFIX + key, str(step), str(window_s * 1000)))
        return (answer[0], answer[1] / 1000) if answer else own

    async def _ask(self, command: Callable[[], Any]) -> Any:
        """What Redis answers; None while it does not."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer: Awaitable[Any] = command()
                return await answer
        except (RedisError, OSError, TimeoutError) as error:
            self._rests_until = time.monotonic() + REST_S
            log.warning("rate_limit.unavailable", error=repr(error))
            return None


class _Windows:
    """What this process counted by itself, also while Redis counts for all of them: so nobody starts anew when it goes away."""

    def __init__(self) -> None:
        self._windows: dict[
            str, tuple[float, float]
        ] = {}  # how many, or when the next turn comes; until when that holds

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
        """The seconds until the turn comes; it is taken unless they are too many."""
        now = time.monotonic()
        at = max(self._windows.get(key, (now, 0.0))[0], now)
        if at - now <= longest_wait_s:
            self._put(key, at + every_s, at + every_s)
        return at - now

    def clear(self, key: str) -> None:
        """Forget it."""
        self._windows.pop(key, None)

    def _put(self, key: str, value: float, ends_at: float) -> None:
        self._windows.pop(key, None)  # the latest one last
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
