"""The upkeep chores. Each may run twice or be interrupted anywhere."""

from typing import Protocol
from uuid import UUID

import structlog
from redis.asyncio import Redis

from core.settings import UpkeepSettings
from db import activity, auth_sessions, frequent
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.worker.upkeep.orphans import Orphans
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

OPTIMISED = "footnote:upkeep:optimised"  # there while it is too early to do it again
BETWEEN_QUESTIONS_S = 30.0  # so long nobody may have asked before one is asked on nobody's behalf


class WarmAnswers(Protocol):
    """Has answers ready."""

    async def __call__(self, user_id: UUID, question: str, document_ids: frozenset[UUID] | None, /) -> bool:
        """Have the answer to a stand-alone question ready for this person; True when it was not.

        No run is stored and nothing is counted against anybody.
        """


class Chores:
    """What the tasks of the queue ``maintenance`` call.

    Args:
        warm: None: no answers are made ready.
    """

    def __init__(
        self,
        database: Database,
        redis: Redis,
        blobs: BlobStore,
        live: LiveIndex,
        settings: UpkeepSettings,
        warm: WarmAnswers | None = None,
    ) -> None:
        self._database = database
        self._redis = redis
        self._blobs = blobs
        self._live = live
        self._settings = settings
        self._warm = warm
        self._orphans = Orphans(database, blobs)

    async def prune(self) -> dict[str, int]:
        """Remove what has run out and what belongs to nothing; how many of each kind."""
        async with self._database.transaction() as session:
            counts = {"sign_ins": await auth_sessions.remove_expired(session)}
        counts["half_written"] = await self._blobs.tidy(self._settings.orphan_age_s)
        counts["orphans"] = await self._orphans.remove(self._settings.orphan_age_s)
        log.info("upkeep.pruned", **counts)
        return counts

    async def optimise(self) -> bool:
        """Clear the index of deleted chunks, when nobody needs it and it was not done lately; True when it was done now."""
        current = self._live.current
        if current is None or await self._redis.exists(OPTIMISED) or not await self._is_quiet(self._settings.idle_s):
            return False
        if self._live.is_used(current.number) or self._live.current is not current:
            return False
        had_work = await current.index.optimise()  # from here on nothing else runs before those who come have to wait
        await self._redis.set(OPTIMISED, "1", ex=self._settings.optimise_every_s)
        log.info("upkeep.optimised", index_version=current.number, had_work=had_work)
        return True

    async def warm(self) -> bool:
        """Ask frequent questions again; False when people are asking, so that the rest is for later."""
        if self._warm is None or not self._settings.warm_questions:
            return True
        async with self._database.reader() as session:
            asked = await frequent.most_asked(
                session, days=self._settings.warm_days, limit=self._settings.warm_questions
            )
        warmed = 0
        for one in asked:
            if not await self._is_quiet(BETWEEN_QUESTIONS_S):
                log.info("upkeep.warming_waits", warmed=warmed, of=len(asked))
                return False
            warmed += await self._warm(one.user_id, one.question, one.document_ids)
        log.info("upkeep.warmed", warmed=warmed, of=len(asked))
        return True

    async def _is_quiet(self, for_s: float) -> bool:
        async with self._database.reader() as session:
            return await activity.is_quiet(session, for_s)
