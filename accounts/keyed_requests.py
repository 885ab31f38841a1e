"""Requests that a person marked with a key, so that a repetition does nothing twice and gets the same answer (Idempotency-Key)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from core.access import Principal
from core.errors import Conflict, Invalid
from core.retry import is_transient
from db import keyed_requests
from db.session import Database

log = structlog.get_logger(__name__)

BEAT_S = 20.0
RUNNING = "A request with this Idempotency-Key is still running; wait for it, or try again in a moment."
OTHER_PAYLOAD = "This Idempotency-Key was used for a request with another content; take a new one."


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was sent. ``body`` is JSON."""

    status: int
    body: str
    location: str | None = None


class KeyedRequests:
    """Runs requests once for each person and key. What is known of them lasts 24 hours, in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(
        self,
        principal: Principal,
        key: str,
        operation: str,
        fingerprint: Callable[[], Awaitable[str]],
        work: Callable[[], Awaitable[Answered]],
        *,
        known: str | None = None,
    ) -> tuple[Answered, bool]:
        """Do the work, or give the answer again that it had; True: given again.

        Work that raises, or answers with an error, is forgotten: the request may be sent again.

        Args:
            operation: which request it is; with another one, a key has another content.
            fingerprint: of the payload; called after the work, or to compare it with an earlier one.
            known: the fingerprint, where it is known before the work.

        Raises:
            Conflict: it is still running.
            Invalid: the key was used with another payload.
        """
        attempt = uuid4()
        async with self._database.transaction() as session:
            is_ours = await keyed_requests.claim(
                session, principal.user_id, key, operation=operation, attempt=attempt, fingerprint=known
            )
        if not is_ours:
            return await self._again(principal, key, operation, fingerprint, known), True
        is_answered = False
        try:
            async with self._beating(principal, key, attempt):
                answered = await work()
            if answered.status < 400:
                await self._finish(principal, key, attempt, await fingerprint(), answered)
                is_answered = True
            return answered, False
        finally:
            if not is_answered:
                await asyncio.shield(self._release(principal, key, attempt))

    async def _again(
        self,
        principal: Principal,
        key: str,
        operation: str,
        fingerprint: Callable[[], Awaitable[str]],
        known: str | None,
    ) -> Answered:
        async with self._database.reader() as session:
            former = await keyed_requests.find(session, principal.user_id, key)
        if former is None:  # it failed at this moment
            raise Conflict(RUNNING, retry_after_s=1)
        is_other = known is not None and former.fingerprint is not None and former.fingerprint != known
        if former.operation != operation or is_other:
            raise Invalid(OTHER_PAYLOAD)
        if former.status is None or former.body is None:
            raise Conflict(RUNNING, retry_after_s=1)
        if former.fingerprint != await fingerprint():
            raise Invalid(OTHER_PAYLOAD)
        return Answered(former.status, former.body, former.location)

    async def _finish(
        self, principal: Principal, key: str, attempt: UUID, fingerprint: str, answered: Answered
    ) -> None:
        async with self._database.transaction() as session:
            await keyed_requests.finish(
                session,
                principal.user_id,
                key,
                attempt,
                fingerprint=fingerprint,
                status=answered.status,
                body=answered.body,
                location=answered.location,
            )

    async def _release(self, principal: Principal, key: str, attempt: UUID) -> None:
        async with self._database.transaction() as session:
            await keyed_requests.release(session, principal.user_id, key, attempt)

    @contextlib.asynccontextmanager
    async def _beating(self, principal: Principal, key: str, attempt: UUID) -> AsyncIterator[None]:
        """While the block runs, others see that the request does."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(BEAT_S)
                try:
                    async with self._database.transaction() as session:
                        await keyed_requests.beat(session, principal.user_id, key, attempt)
                except Exception as error:
                    if not is_transient(error):
                        raise
                    log.warning("keyed_request.not_seen", error=repr(error))

        task = asyncio.create_task(beat(), name="keyed request")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
