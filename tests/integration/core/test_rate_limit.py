"""Counts in a real Redis."""

import asyncio

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from core.errors import LimitExceeded
from core.rate_limit import PREFIX, RateLimiter
from tests.silence import silent_server


async def test_so_many_and_no_more(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    for _ in range(3):
        await limiter.hit("questions:alice", 3, 60)
    with pytest.raises(LimitExceeded) as caught:
        await limiter.hit("questions:alice", 3, 60)
    assert caught.value.retry_after_s is not None
    assert 58 < caught.value.retry_after_s <= 60
    assert "60 seconds" in caught.value.message
    await limiter.hit("questions:bob", 3, 60)


async def test_no_more_even_when_all_come_at_once(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    outcomes = await asyncio.gather(*(limiter.hit("k", 5, 60) for _ in range(50)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 5


async def test_the_window_ends(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    await limiter.hit("k", 1, 1)
    with pytest.raises(LimitExceeded):
        await limiter.hit("k", 1, 1)
    await asyncio.sleep(1.1)
    await limiter.hit("k", 1, 1)


async def test_a_key_that_lost_its_end_gets_one_again(redis: ArqRedis) -> None:
    await redis.set(PREFIX + "k", 99)
    with pytest.raises(LimitExceeded):
        await RateLimiter(redis).hit("k", 1, 60)
    assert 0 < await redis.pttl(PREFIX + "k") <= 60_000


async def test_asking_counts_nothing_and_clearing_forgets(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    for _ in range(5):
        await limiter.test("k", 1, 60)
    await limiter.hit("k", 1, 60)
    with pytest.raises(LimitExceeded):
        await limiter.test("k", 1, 60)
    await limiter.clear("k")
    await limiter.test("k", 1, 60)


async def test_without_redis_each_process_counts_for_itself() -> None:
    one, other = (RateLimiter(Redis.from_url("redis://127.0.0.1:1")) for _ in range(2))
    await one.hit("k", 1, 60)
    with pytest.raises(LimitExceeded) as caught:
        await one.hit("k", 1, 60)
    assert 0 < (caught.value.retry_after_s or 0) <= 60
    with pytest.raises(LimitExceeded):
        await one.test("k", 1, 60)
    await one.hit("another", 1, 60)
    await other.hit("k", 1, 60)
    await one.clear("k")
    await one.hit("k", 1, 60)


async def test_windows_end_without_redis_too() -> None:
    limiter = RateLimiter(Redis.from_url("redis://127.0.0.1:1"))
    for _ in range(2):
        await limiter.hit("k", 1, 1)
        await asyncio.sleep(1.1)


async def test_a_redis_that_never_answers_does_not_hold_anyone_up() -> None:
    async with silent_server() as port:
        client = Redis.from_url(f"redis://127.0.0.1:{port}")
        async with asyncio.timeout(5):
            await RateLimiter(client).hit("k", 1, 60)
        await client.aclose()
