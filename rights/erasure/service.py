"""Erasures: asked for by a person or an admin, done by a worker, and told by a receipt."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.service import Accounts
from core.access import Principal, require_admin
from core.errors import Conflict, FootnoteError, NotAuthenticated, NotFound
from core.retry import is_transient, sentence_of
from db import api_keys, audit, auth_sessions, erasures, users
from db.base import now
from db.models import AuthSession, Erasure
from db.session import Database
from rights.erasure.receipt import Receipt, hash_of, new_ticket, receipt_of
from rights.erasure.steps import ErasureSteps
from rights.lease import SILENCE_S, TakenOver, beating

log = structlog.get_logger(__name__)

FRESH_S = 600.0  # a sign-in this young needs no password for an erasure
LINK_S = 30 * 86_400.0  # how long a link to a receipt works after the end
BROKEN = "Something went wrong while this account was erased; it is tried again."


class Erasures:
    """Takes wishes, does them, and keeps the receipts."""

    def __init__(self, database: Database, accounts: Accounts, steps: ErasureSteps) -> None:
        self._database = database
        self._accounts = accounts
        self._steps = steps

    async def objections(self, user_id: UUID) -> list[str]:
        """Why a person cannot be erased now, and what to do first; empty: nothing speaks against it."""
        async with self._database.reader() as session:
            return await erasures.objections(session, user_id)

    async def request_own(self, principal: Principal, password: str | None) -> str:
        """Have the principal's own account erased; from now on nobody can sign in to it. Returns what a link to the receipt ends in.

        Args:
            password: None or empty: the sign-in must be fresh, as for those who have no password here.

        Raises:
            NotAuthenticated: the password is wrong, or none was given and the sign-in is older than ``FRESH_S`` seconds.
            Conflict: something must be done first; the sentence says what. Nothing has changed.
        """
        if password:
            try:
                await self._accounts.confirm(principal, password)
            except NotAuthenticated as error:
                raise NotAuthenticated("The password is wrong.") from error
        elif not await self._is_fresh(principal):
            raise NotAuthenticated("Give your password, or sign in again: this sign-in is too old to erase an account.")
        return await self._request(principal, principal.user_id, is_own_wish=True)

    async def request(self, principal: Principal, user_id: UUID) -> str:
        """Have a person erased, as an admin; returns what a link to the receipt ends in.

        Raises:
            NotPermitted: the principal is no admin.
            NotFound: there is no such person.
            Conflict: something must be done first; the sentence says what. Nothing has changed.
        """
        require_admin(principal)
        return await self._request(principal, user_id, is_own_wish=principal.user_id == user_id)

    async def receipt(self, ticket: str) -> Receipt:
        """How far an erasure is, for who has the link. Raises NotFound for a link that does not work (any more)."""
        async with self._database.reader() as session:
            return receipt_of(await _by_ticket(session, ticket))

    async def take_receipt(self, ticket: str) -> Receipt:
        """The receipt of an erasure that is over; the link works only this once. Raises NotFound, and Conflict before the end."""
        async with self._database.transaction() as session:
            row = await _by_ticket(session, ticket)
            receipt = receipt_of(row)
            if not receipt.is_over:
                raise Conflict("The account is still being erased. The receipt can be downloaded when that is done.")
            await erasures.use_ticket(session, row.id)
        return receipt

    async def do_all(self) -> int:
        """Do the erasures that wait or were left by a killed process, each once; returns how many were begun."""
        tried: set[UUID] = set()
        while True:
            async with self._database.transaction() as session:
                erasure = await erasures.claim(session, SILENCE_S, tried)
            if erasure is None:
                return len(tried)
            tried.add(erasure.id)
            await self._do(erasure)

    async def drop_links(self) -> int:
        """Make old links to receipts useless."""
        async with self._database.transaction() as session:
            return await erasures.drop_tickets(session, LINK_S)

    async def _do(self, erasure: Erasure) -> None:
        async def beat() -> bool:
            async with self._database.transaction() as session:
                return await erasures.still_ours(session, erasure)

        try:
            async with beating(beat):
                await self._steps.run(erasure)
        except TakenOver:
            log.info("erasure.taken_over", erasure_id=str(erasure.id))
        except Conflict as error:
            await self._refuse(erasure, error.message)
        except BaseException as error:
            notice = sentence_of(error) if isinstance(error, FootnoteError) or _is_passing(error) else BROKEN
            log.warning("erasure.postponed", erasure_id=str(erasure.id), exc_info=notice == BROKEN, error=repr(error))
            async with self._database.transaction() as session:
                await erasures.end(session, erasure, "queued", notice)
            if not isinstance(error, Exception):
                raise

    async def _refuse(self, erasure: Erasure, reason: str) -> None:
        """Say why not, and let the person in again who was let in before."""
        async with self._database.transaction() as session:
            await erasures.end(session, erasure, "refused", reason)
            user = None if erasure.user_id is None else await users.get(session, erasure.user_id)
            if user is not None and user.disabled_at is not None and user.disabled_at >= erasure.created_at:
                await users.set_disabled(session, user.id, None)
            await audit.record(
                session, erasure.requested_by, "user.erasure_refused", audit.Target("erasure", erasure.id)
            )

    async def _request(self, principal: Principal, user_id: UUID, *, is_own_wish: bool) -> str:
        ticket = new_ticket()
        async with self._database.transaction() as session:
            await users.lock_all(session)  # two admins who erase each other: the later one finds the other gone
            user = await users.get(session, user_id)
            if user is None:
                raise NotFound("There is no such person.")
            objections = await erasures.objections(session, user_id)
            if objections:
                raise Conflict(" ".join(objections))
            row = await erasures.begin(session, user_id, principal.user_id, hash_of(ticket), is_own_wish=is_own_wish)
            if user.disabled_at is None:
                await users.set_disabled(session, user_id, now())
            ended = await auth_sessions.revoke_all(session, user_id)
            await api_keys.revoke_all(session, user_id)
            await audit.record(session, principal, "user.erasure_requested", audit.Target("user", user_id))
        log.info("erasure.requested", erasure_id=str(row.id))
        await self._accounts.announce_ended(ended)
        return ticket

    async def _is_fresh(self, principal: Principal) -> bool:
        if principal.session_id is None:
            return False
        async with self._database.reader() as session:
            row = await session.get(AuthSession, principal.session_id)
        return row is not None and row.created_at > now() - timedelta(seconds=FRESH_S)


async def _by_ticket(session: AsyncSession, ticket: str) -> Erasure:
    row = await erasures.by_ticket(session, hash_of(ticket))
    if row is None:
        raise NotFound("This link does not lead to a receipt: it was used, is too old, or is not complete.")
    return row


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, Exception) and is_transient(error)
