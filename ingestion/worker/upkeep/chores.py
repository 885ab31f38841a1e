"""The upkeep chores. Each may run twice or be interrupted anywhere."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from redis.asyncio import Redis

from core.settings import UpkeepSettings
from db import activity, api_keys, audit_log, auth_sessions, frequent, keyed_requests, password_links, shares
from db.base import now
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.worker.upkeep.orphans import Orphans
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

OPTIMISED = "footnote:upkeep:optimised"  # this key exists until it may be done again
BETWEEN_QUESTIONS_S = 30.0  # time without questions before a frequent one is warmed


class WarmAnswers(Protocol):
    """Warms an answer."""

    async def __call__(self, user_id: UUID, question: str, document_ids: frozenset[UUID] | None, /) -> bool:
        """Put the answer to a stand-alone question into this person's cache; True when it was not there.

        No run is stored, and no quota or usage is charged.
        """


class Chores:
    """The chores that the tasks of the queue ``maintenance`` run.

    Args:
        warm: None: no answers are warmed.
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
        """Remove expired sign-ins, keyed requests and shared links, API keys that ended long ago, audit events that are too old,
        half-written and orphaned files; returns the number of each kind."""
        async with self._database.transaction() as session:
            counts = {
                "sign_ins": await auth_sessions.remove_expired(session),
                "links": await password_links.remove_expired(session),
                "keys": await api_keys.remove_ended(session),
                "keyed_requests": await keyed_requests.remove_expired(session),
                "shares": await shares.remove_expired(session),
            }
        counts["audit_events"] = await self._prune_audit_log()
        counts["half_written"] = await self._blobs.tidy(self._settings.orphan_age_s)
        counts["orphans"] = await self._orphans.remove(self._settings.orphan_age_s)
        log.info("upkeep.pruned", **counts)
        return counts

    async def _prune_audit_log(self) -> int:
        if not self._settings.audit_days:
            return 0
        async with self._database.transaction() as session:
            return await audit_log.prune(session, now() - timedelta(days=self._settings.audit_days))

    async def optimise(self) -> bool:
        """Clear the index of deleted chunks, when it is not in use and this was not done recently; True when it was done now."""
        current = self._live.current
        if current is None or await self._redis.exists(OPTIMISED) or not await self._is_quiet(self._settings.idle_s):
            return False
        if self._live.is_used(current.number) or self._live.current is not current:
            return False
        had_work = await current.index.optimise()  # nothing else before this: from here on questions have to wait
        await self._redis.set(OPTIMISED, "1", ex=self._settings.optimise_every_s)
        log.info("upkeep.optimised", index_version=current.number, had_work=had_work)
        return True

    async def warm(self) -> bool:
        """Warm the answers to frequent questions; False when people are asking, so that the rest must wait."""
        if self._warm is None or not self._settings.warm_questions:
            return True
        async with self._database.reader() as session:
            questions = await frequent.most_asked(
                session, days=self._settings.warm_days, limit=self._settings.warm_questions
            )
        warmed = 0
        for one in questions:
            if not await self._is_quiet(BETWEEN_QUESTIONS_S):
                log.info("upkeep.warming_waits", warmed=warmed, of=len(questions))
                return False
            warmed += await self._warm(one.user_id, one.question, one.document_ids)
        log.info("upkeep.warmed", warmed=warmed, of=len(questions))
        return True

    async def _is_quiet(self, for_s: float) -> bool:
        async with self._database.reader() as session:
            return await activity.is_quiet(session, for_s)
