"""Counts in a real Redis."""

import asyncio

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from core import rate_limit
from core.errors import LimitExceeded
from core.rate_limit import PREFIX, RateLimiter, moving_windows
from core.service_limits import collect
from tests.silence import silent_server


def move(limiter: RateLimiter, redis: Redis) -> None:
    """Give a limiter another Redis."""
    limiter._redis, limiter._moving = redis, moving_windows(redis)


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


async def test_never_more_in_any_span_of_the_window(redis: ArqRedis) -> None:
    """A window that begins anew would let through twice as many around its end."""
    limiter = RateLimiter(redis)
    await limiter.hit("k", 4, 1)
    await asyncio.sleep(0.7)
    for _ in range(3):
        await limiter.hit("k", 4, 1)
    await asyncio.sleep(0.5)
    await limiter.hit("k", 4, 1)
    with pytest.raises(LimitExceeded):
        await limiter.hit("k", 4, 1)


@pytest.mark.parametrize("is_away", [False, True])
async def test_what_is_left_is_told(redis: ArqRedis, is_away: bool) -> None:
    limiter = RateLimiter(Redis.from_url("redis://127.0.0.1:1") if is_away else redis)
    found = collect()
    await limiter.hit("questions:alice", 2, 60)
    assert (found["questions"].quota, found["questions"].window_s, found["questions"].remaining) == (2, 60, 1)
    await limiter.hit("questions:alice", 2, 60)
    with pytest.raises(LimitExceeded):
        await limiter.hit("questions:alice", 2, 60)
    assert found["questions"].remaining == 0
    assert 0 < found["questions"].reset_s <= 60
    await limiter.hit("upload:alice", 9, 60)
    assert set(found) == {"questions", "upload"}


async def test_what_is_refused_does_not_count(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    await limiter.hit("k", 1, 1)
    for _ in range(5):
        with pytest.raises(LimitExceeded):
            await limiter.hit("k", 1, 1)
        await asyncio.sleep(0.15)
    await asyncio.sleep(0.5)
    await limiter.hit("k", 1, 1)


async def test_the_window_ends(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    await limiter.hit("k", 1, 1)
    with pytest.raises(LimitExceeded):
        await limiter.hit("k", 1, 1)
    await asyncio.sleep(1.1)
    await limiter.hit("k", 1, 1)


async def test_a_key_that_lost_its_end_gets_one_again(redis: ArqRedis) -> None:
    await redis.set(PREFIX + "k", 99)
    assert await RateLimiter(redis).add("k", 60) == 100
    assert 0 < await redis.pttl(PREFIX + "k") <= 60_000


async def test_asking_counts_nothing_and_clearing_forgets(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    for _ in range(5):
        await limiter.test("k", 1, 60)
    await limiter.add("k", 60)
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


async def test_a_redis_that_never_answers_holds_people_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "ANSWER_WITHIN_S", 0.5)
    async with silent_server() as port:
        client = Redis.from_url(f"redis://127.0.0.1:{port}")
        limiter = RateLimiter(client)
        async with asyncio.timeout(2):
            for number in range(20):
                await limiter.hit(f"k{number}", 1, 60)
        await client.aclose()


async def test_what_was_counted_still_counts_when_redis_goes_away(redis: ArqRedis) -> None:
    """Else whoever guesses starts anew by waiting for that moment."""
    limiter = RateLimiter(redis)
    await limiter.hit("k", 1, 60)
    move(limiter, Redis.from_url("redis://127.0.0.1:1"))
    with pytest.raises(LimitExceeded):
        await limiter.hit("k", 1, 60)


async def test_it_counts_in_redis_again_when_that_is_back(redis: ArqRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "PAUSE_S", 0.2)
    limiter = RateLimiter(Redis.from_url("redis://127.0.0.1:1"))
    await limiter.hit("k", 1, 60)
    move(limiter, redis)
    await asyncio.sleep(0.3)
    await limiter.hit("k", 1, 60)
    assert await redis.keys(PREFIX + "*k*")


async def test_asking_leaves_nothing_behind(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis)
    await limiter.test("k", 1, 60)
    assert await limiter.count("k") == 0
    assert await redis.keys(PREFIX + "*") == []
    assert await limiter.add("k", 60) == 1
    assert await limiter.count("k") == 1


async def test_what_one_process_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_WINDOWS", 100)
    limiter = RateLimiter(Redis.from_url("redis://127.0.0.1:1"))
    for number in range(1000):
        await limiter.add(f"k{number}", 60)
    assert len(limiter._own._windows) == 100
    assert await limiter.count("k999") == 1


@pytest.mark.parametrize("is_away", [False, True])
async def test_a_line_moves_at_its_pace(redis: ArqRedis, is_away: bool) -> None:
    limiter = RateLimiter(Redis.from_url("redis://127.0.0.1:1") if is_away else redis)
    waits_s = [await limiter.turn("line", 0.5, 1.1) for _ in range(3)]
    assert waits_s == [pytest.approx(wait_s, abs=0.2) for wait_s in (0, 0.5, 1.0)]
    with pytest.raises(LimitExceeded) as caught:
        await limiter.turn("line", 0.5, 1.1)
    assert (caught.value.retry_after_s or 0) >= 1
    assert await limiter.turn("another", 0.5, 1.1) == 0
    await asyncio.sleep(1.6)
    assert await limiter.turn("line", 0.5, 1.1) == 0
