"""The steps of an erasure. Each may be interrupted anywhere and done again: what is gone already is not counted twice.

``stopping`` (answers, then reading) → ``conversations`` → ``documents`` → ``account`` → ``remains`` → finished.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.service import Accounts
from conversations.runs.service import STOPS
from core.errors import Conflict, UpstreamUnavailable
from db import audit, auth_sessions, deferred, erasures, users
from db.models import Erasure
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents.pages import forget_files
from ingestion.jobs.lease import announce
from rag.index.live import LiveIndex
from rights.erasure import traces
from rights.export.keys import folder_of
from rights.lease import TakenOver

log = structlog.get_logger(__name__)

T = TypeVar("T")
THREADS_AT_ONCE = 100
RUNS_AT_ONCE = 500
DOCUMENTS_AT_ONCE = 50
STOPS_WITHIN_S = 30.0
LOOK_AGAIN_S = 0.25


class ErasureSteps:
    """Does the steps of one claimed erasure at a time. Its only state is in the rows."""

    def __init__(self, database: Database, redis: Redis, blobs: BlobStore, live: LiveIndex, accounts: Accounts) -> None:
        self._database = database
        self._redis = redis
        self._blobs = blobs
        self._live = live
        self._accounts = accounts

    async def run(self, erasure: Erasure) -> None:
        """Erase, to the end.

        Raises:
            Conflict: something speaks against it; nothing that speaks against it was removed.
            UpstreamUnavailable: a part does not answer; it can be tried again from the start.
            TakenOver: another process does it.
        """
        user_id = erasure.user_id
        if user_id is not None:
            await self._require_no_objection(user_id)
            await self._stop(erasure, user_id)
            await self._conversations(erasure, user_id)
            await self._documents(erasure, user_id)
            await self._account(erasure, user_id)
        await self._remains(erasure)
        async with self._database.transaction() as session:
            await erasures.end(session, erasure, "finished")
        log.info("erasure.finished", erasure_id=str(erasure.id), **{"removed": sum(erasure.counts.values())})

    async def _require_no_objection(self, user_id: UUID) -> None:
        async with self._database.reader() as session:
            objections = await erasures.objections(session, user_id)
        if objections:
            raise Conflict(" ".join(objections))

    async def _stop(self, erasure: Erasure, user_id: UUID) -> None:
        """End the sign-ins, the answers that are being written and the reading of files that go."""
        async with self._database.transaction() as session:
            ended = await auth_sessions.revoke_all(session, user_id)
        await self._accounts.announce_ended(ended)
        until = asyncio.get_running_loop().time() + STOPS_WITHIN_S
        while True:
            running, _ = await self._step(erasure, "stopping", lambda session: _stopped(session, user_id))
            if not running:
                break
            for run_id in running:
                await self._redis.publish(STOPS, str(run_id))
            if asyncio.get_running_loop().time() > until:
                raise UpstreamUnavailable("An answer that is being written could not be stopped yet.")
            await asyncio.sleep(LOOK_AGAIN_S)
        async with self._database.transaction() as session:
            job_ids = await erasures.stop_reading(session, user_id)
        for job_id in job_ids:
            await announce(self._redis, job_id)

    async def _conversations(self, erasure: Erasure, user_id: UUID) -> None:
        async def threads(session: AsyncSession) -> tuple[list[UUID], Counter[str]]:
            return await erasures.remove_threads(session, user_id, THREADS_AT_ONCE)

        async def runs(session: AsyncSession) -> tuple[list[UUID], Counter[str]]:
            return await erasures.remove_runs(session, user_id, RUNS_AT_ONCE)

        for remove in (threads, runs):
            while True:
                run_ids, counts = await self._step(erasure, "conversations", remove)
                await traces.forget_journals(self._redis, run_ids)
                if not counts or not sum(counts.values()):
                    break

    async def _documents(self, erasure: Erasure, user_id: UUID) -> None:
        async def take(session: AsyncSession) -> tuple[bool, Counter[str]]:
            counts = await erasures.take_documents(session, erasure, user_id, DOCUMENTS_AT_ONCE)
            return bool(counts), counts

        while True:
            some, _ = await self._step(erasure, "documents", take)
            await self._clear(erasure)
            if not some:
                return

    async def _clear(self, erasure: Erasure) -> None:
        """Clear what the rows of documents left in index and blob store."""
        while True:
            async with self._database.reader() as session:
                rows = await erasures.uncleared(session, erasure.id, DOCUMENTS_AT_ONCE)
            if not rows:
                return
            for document_id, blob_key in rows:
                await self._live.delete_document(document_id)
                await forget_files(self._blobs, document_id, blob_key)
            ids = [document_id for document_id, _ in rows]
            async with self._database.transaction() as session:
                await erasures.mark_cleared(session, erasure.id, ids, is_cleared=True)

    async def _account(self, erasure: Erasure, user_id: UUID) -> None:
        await self._blobs.delete_all(folder_of(user_id))
        async with self._database.reader() as session:
            user = await users.get(session, user_id)
        username = user.username if user is not None else ""
        await traces.forget_person(self._redis, user_id, username)

        async def remove(session: AsyncSession) -> tuple[None, Counter[str]]:
            await users.lock_all(session)
            objections = await erasures.objections(session, user_id)
            if objections:
                raise Conflict(" ".join(objections))
            counts = await erasures.remove_person(session, user_id)
            actor = None if erasure.requested_by == user_id else erasure.requested_by
            await audit.record(session, actor, "user.erased", audit.Target("erasure", erasure.id), dict(counts))
            return None, counts

        await self._step(erasure, "account", remove)
        await self._blobs.delete_all(folder_of(user_id))
        await traces.forget_person(self._redis, user_id, username)  # what was counted in between

    async def _remains(self, erasure: Erasure) -> None:
        """Look once more at what a process in the middle of something may have written, and at what is cached."""
        async with self._database.transaction() as session:
            await erasures.mark_cleared(session, erasure.id, None, is_cleared=False)
        await self._clear(erasure)
        cached = await traces.forget_cached(self._redis)
        journals = await traces.forget_ownerless_journals(self._redis, self._database)

        async def look(session: AsyncSession) -> tuple[bool, Counter[str]]:
            waits = await deferred.has_any(session)
            return waits, Counter({} if waits else {"cached values": cached, "journals": journals})

        waits, _ = await self._step(erasure, "remains", look)
        if waits:
            raise UpstreamUnavailable("A backup is being made; the files are deleted when it is complete.")

    async def _step(
        self, erasure: Erasure, stage: str, work: Callable[[AsyncSession], Awaitable[tuple[T, Counter[str]]]]
    ) -> tuple[T, Counter[str]]:
        """Do some work and note its counts, in one transaction, as long as the erasure is this process's."""
        async with self._database.transaction() as session:
            result, counts = await work(session)
            if not await erasures.advance(session, erasure, stage, counts):
                raise TakenOver
        return result, counts


async def _stopped(session: AsyncSession, user_id: UUID) -> tuple[list[UUID], Counter[str]]:
    return await erasures.stop_answers(session, user_id), Counter()
