"""Shelves in a real Redis, and without one."""

import asyncio

import pytest
from arq.connections import ArqRedis
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from core import cache as module
from core.cache import PREFIX, VALUE_BYTES, Cache, NamespaceCounts, fingerprint
from tests.silence import silent_server

PARTS = st.lists(st.one_of(st.text(max_size=5), st.integers(0, 99), st.none(), st.binary(max_size=3)), max_size=4)


@given(PARTS, PARTS)
def test_no_two_lists_of_parts_run_together(left: list[str], right: list[str]) -> None:
    assert (fingerprint(*left) == fingerprint(*right)) == (left == right)


@pytest.fixture
def cache(redis: ArqRedis) -> Cache:
    return Cache(redis, answer_within_s=5)


async def test_what_is_put_is_found_on_its_namespace_only(cache: Cache) -> None:
    one, other = cache.namespace("one", 60), cache.namespace("other", 60)
    value = {"text": "ü", "bytes": b"\x00\xff", "list": [1, None, 2.5]}
    await one.put("k", value)
    assert await one.get("k") == value
    assert await other.get("k") is None
    await one.drop("k")
    assert await one.get("k") is None


async def test_it_is_gone_when_its_time_is_over(cache: Cache, redis: ArqRedis) -> None:
    namespace = cache.namespace("short", 1)
    await namespace.put("k", 1)
    await namespace.push("l", 1, 5)
    assert await redis.ttl(f"{PREFIX}short:k") == 1
    await asyncio.sleep(1.2)
    assert (await namespace.get("k"), await namespace.listed("l")) == (None, [])


async def test_a_namespace_without_time_keeps_nothing(cache: Cache, redis: ArqRedis) -> None:
    namespace = cache.namespace("off", 0)
    await namespace.put("k", 1)
    await namespace.push("l", 1, 5)
    assert (namespace.is_on, await namespace.get("k"), await namespace.listed("l")) == (False, None, [])
    assert await redis.keys("*") == []


async def test_what_is_too_large_is_not_kept(cache: Cache) -> None:
    namespace = cache.namespace("s", 60)
    await namespace.put("k", b"x" * VALUE_BYTES)
    assert await namespace.get("k") is None


async def test_nothing_is_added_while_redis_is_full(redis: ArqRedis) -> None:
    namespace = Cache(redis, memory_bytes=1, answer_within_s=5).namespace("s", 60)
    await namespace.put("k", 1)
    await namespace.push("l", 1, 5)
    assert (await namespace.get("k"), await namespace.listed("l")) == (None, [])


async def test_a_list_keeps_the_newest(cache: Cache) -> None:
    namespace = cache.namespace("s", 60)
    for number in range(5):
        await namespace.push("l", number, 3)
    assert await namespace.listed("l") == [4, 3, 2]


async def test_bytes_of_others_are_a_miss(cache: Cache, redis: ArqRedis) -> None:
    await redis.set(f"{PREFIX}s:k", b"\xc1 none of ours")
    assert await cache.namespace("s", 60).get("k") is None


async def test_what_was_put_with_a_tag_is_forgotten_with_it(cache: Cache, redis: ArqRedis) -> None:
    namespace = cache.namespace("s", 60)
    await namespace.put("a", 1, ["x", "y"])
    await namespace.put("b", 2, ["y"])
    await cache.forget("x")
    await cache.forget("nothing")
    assert (await namespace.get("a"), await namespace.get("b")) == (None, 2)
    assert 0 < await redis.ttl(f"{PREFIX}tag:y") <= 60


async def test_counters_are_the_same_for_all_processes(cache: Cache, redis: ArqRedis) -> None:
    namespace, elsewhere = cache.namespace("s", 60), Cache(redis, answer_within_s=5)
    await namespace.put("k", 1)
    await namespace.get("k")
    await namespace.get("nothing")
    await namespace.get("k", is_counted=False)
    await elsewhere.namespace("s", 60).get("k")
    await namespace.drop("k")
    await elsewhere.counts()
    assert await cache.counts() == [NamespaceCounts("s", hits=2, misses=1, stored=1, dropped=1)]


async def test_without_redis_all_is_missing_and_nobody_waits_twice(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = Cache(Redis.from_url("unix:///nowhere/redis.sock"))
    namespace = cache.namespace("s", 60)
    for _ in range(3):
        await namespace.put("k", 1, ["t"])
        assert await namespace.get("k") is None
        assert await namespace.listed("l") == []
    await cache.forget("t")
    assert await cache.counts() == []
    assert capsys.readouterr().out.count("cache.unavailable") == 1


async def test_a_redis_that_does_not_answer_is_not_waited_for() -> None:
    async with silent_server() as port:
        redis = Redis.from_url(f"redis://127.0.0.1:{port}")
        namespace = Cache(redis, answer_within_s=0.1).namespace("s", 60)
        clock = asyncio.get_running_loop().time
        began = clock()
        for _ in range(50):
            assert await namespace.get("k") is None
        assert clock() - began < 2
        await redis.aclose()


async def test_it_is_asked_again_after_a_while(redis: ArqRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.05)
    cache = Cache(redis, answer_within_s=5)
    namespace = cache.namespace("s", 60)
    get_connection = redis.connection_pool.get_connection

    async def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(redis.connection_pool, "get_connection", away)
    assert await namespace.get("k") is None
    monkeypatch.setattr(redis.connection_pool, "get_connection", get_connection)
    await asyncio.sleep(0.1)
    await namespace.put("k", 1)
    assert await namespace.get("k") == 1
    assert (await cache.counts())[0].misses == 1  # counted while it was away
