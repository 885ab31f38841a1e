"""What Redis holds of a person: journals of answers, cached answers and searches, counters of limits."""

from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from redis.asyncio import Redis

from accounts.throttle import name_digest
from core.cache import COUNTS, PREFIX
from db import erasures
from db.session import Database

JOURNALS = "footnote:journal:"
KEYS_PER_LOOK = 1000


async def forget_journals(redis: Redis, run_ids: Iterable[UUID]) -> int:
    """Delete the journals of answer runs."""
    keys = [f"{JOURNALS}{run_id}" for run_id in run_ids]
    return int(await redis.unlink(*keys)) if keys else 0


async def forget_person(redis: Redis, user_id: UUID, username: str) -> int:
    """Delete the counters whose keys name a person, by id or by what their name is hashed to."""
    removed = 0
    for sign in (str(user_id), name_digest(username)):
        async for keys in _batches(redis, f"*{sign}*"):
            removed += int(await redis.unlink(*keys))
    return removed


async def forget_cached(redis: Redis) -> int:
    """Delete everything that is cached, of everybody: a cached answer does not say who asked, and can be made again."""
    removed = 0
    async for keys in _batches(redis, f"{PREFIX}*"):
        values = [key for key in keys if key != COUNTS.encode()]
        removed += int(await redis.unlink(*values)) if values else 0
    return removed


async def forget_ownerless_journals(redis: Redis, database: Database) -> int:
    """Delete the journals of answer runs that are no more: of conversations that were deleted in the last hours."""
    removed = 0
    async for keys in _batches(redis, f"{JOURNALS}*"):
        by_run = {UUID(key.decode().removeprefix(JOURNALS)): key for key in keys}
        async with database.reader() as session:
            known = await erasures.known_runs(session, list(by_run))
        removed += await forget_journals(redis, set(by_run) - known)
    return removed


async def _batches(redis: Redis, pattern: str) -> AsyncIterator[list[bytes]]:
    cursor = 0
    while True:
        cursor, keys = await redis.scan(cursor, match=pattern, count=KEYS_PER_LOOK)
        if keys:
            yield keys
        if not cursor:
            return
