"""Rate limits counted in Redis: at most so many in a window of time. While Redis is away, each process counts for itself."""

import asyncio
import time
from collections.abc import Awaitable
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import LimitExceeded

log = structlog.get_logger(__name__)

PREFIX = "footnote:limit:"
ANSWER_WITHIN_S = 1.0

# Counts and keeps the window's end in one step. Returns the count, and the milliseconds until the window ends.
_COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


class RateLimiter:
    """Windows that begin with the first hit and end ``window_s`` later.

    Args:
        redis: any asyncio Redis client.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._own: dict[str, tuple[int, float]] = {}  # while Redis is away: counts, and when their windows end

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

    async def clear(self, key: str) -> None:
        """Forget what was counted."""
        self._own.pop(key, None)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._redis.delete(PREFIX + key)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("rate_limit.unavailable", error=repr(error))

    async def _count(self, key: str, step: int, window_s: int) -> tuple[int, float]:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = cast(
                    "Awaitable[list[int]]", self._redis.eval(_COUNT, 1, PREFIX + key, str(step), str(window_s * 1000))
                )
                count, left_ms = await answer
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("rate_limit.unavailable", error=repr(error))
            return self._count_here(key, step, window_s)
        return count, left_ms / 1000

    def _count_here(self, key: str, step: int, window_s: int) -> tuple[int, float]:
        now = time.monotonic()
        self._own = {other: window for other, window in self._own.items() if window[1] > now}
        count, ends_at = self._own.get(key, (0, now + window_s))
        self._own[key] = count + step, ends_at
        return count + step, ends_at - now


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
