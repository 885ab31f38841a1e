"""Numbers that servers have to be asked for. They are asked every few seconds in the background, and a scrape shows what they said last."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.readiness import Report
from db import monitoring
from db.base import now
from db.monitoring import Waiting
from db.session import Database

log = structlog.get_logger(__name__)

EVERY_S = 15.0
WITHIN_S = 5.0
NOTHING = Waiting(0, 0.0)


@dataclass(frozen=True, slots=True)
class Shared:
    """What the servers said.

    Attributes:
        queues: queue → what waits in it.
        jobs: state → number.
        most_tokens: tier → tokens of today of whoever took most.
    """

    queues: Mapping[str, Waiting] = field(default_factory=dict)
    jobs: Mapping[str, int] = field(default_factory=dict)
    most_tokens: Mapping[str, int] = field(default_factory=dict)
    revision: str = ""


class SharedNumbers:
    """Asks PostgreSQL and Redis, and which parts answer.

    Args:
        readiness: the report of ``/health/ready``.
        messages: the key of a queue in Redis whose messages are all there is of it.
    """

    def __init__(
        self, database: Database, redis: Redis, readiness: Callable[[], Awaitable[Report]], messages: tuple[str, str]
    ) -> None:
        self._database = database
        self._redis = redis
        self._readiness = readiness
        self._messages = messages
        self._asked_at = time.monotonic()
        self.present = Shared()
        self.report: Report | None = None

    @property
    def age_s(self) -> float:
        """Seconds since PostgreSQL was last asked with success."""
        return time.monotonic() - self._asked_at

    async def keep_up(self) -> None:
        """Ask until cancelled. A server that does not answer leaves what was known, which grows older."""
        while True:
            await self.ask()
            await asyncio.sleep(EVERY_S)

    async def ask(self) -> None:
        """Ask once."""
        self.report = await self._readiness()
        try:
            async with asyncio.timeout(WITHIN_S):
                self.present = await self._of_database(await self._of_redis())
                self._asked_at = time.monotonic()
        except Exception as error:
            log.warning("metrics.not_asked", error=repr(error))

    async def _of_database(self, of_redis: Mapping[str, Waiting]) -> Shared:
        async with self._database.autocommit() as session:
            files, jobs = await monitoring.files(session)
            queues = {"ingestion": files, "answers": await monitoring.questions(session), **of_redis}
            spent = await monitoring.most_tokens(session, now().date())
            return Shared(queues, jobs, spent, await monitoring.revision(session))

    async def _of_redis(self) -> dict[str, Waiting]:
        name, key = self._messages
        try:
            depth = int(await self._redis.zcard(key))
            oldest = await self._redis.zrange(key, 0, 0, withscores=True)
        except (RedisError, OSError):
            return {}
        due_s = oldest[0][1] / 1000 if oldest else time.time()  # arq orders its messages by when they are due
        return {name: Waiting(depth, max(0.0, time.time() - due_s))}
