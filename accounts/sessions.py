"""Sign-ins and their tokens: an access token for requests, and for programs a refresh token for the next access token."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.principals import principal_of
from core.access import Principal
from core.errors import NotAuthenticated
from core.settings import SessionSettings
from core.tokens import refresh_of, session_id_of, sign_refresh, sign_session
from db import audit, auth_sessions, users
from db.audit import Target
from db.base import now
from db.models import AuthSession, User
from db.session import Database

log = structlog.get_logger(__name__)

Kind = Literal["browser", "api"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that was begun or refreshed. ``principal.session_id`` is set.

    Attributes:
        refresh_token, refreshable_until: for sign-ins of the kind ``api``.
    """

    principal: Principal
    token: str
    expires_at: datetime
    refresh_token: str | None = None
    refreshable_until: datetime | None = None


class RefreshTokenReused(NotAuthenticated):
    """A refresh token came a second time: somebody has a copy. Its sign-in has ended.

    Attributes:
        session_id: the sign-in.
    """

    def __init__(self, session_id: UUID) -> None:
        super().__init__("This refresh token was used before, so its sign-in has ended. Sign in again.")
        self.session_id = session_id


class Sessions:
    """The rows and tokens of sign-ins.

    Args:
        secret: signs tokens.
    """

    def __init__(self, database: Database, settings: SessionSettings, secret: str) -> None:
        self._database = database
        self._settings = settings
        self._secret = secret

    async def begin(self, session: AsyncSession, user: User, kind: Kind, *, id_token: str | None = None) -> SignIn:
        """A new sign-in of a user, in the caller's transaction; ``id_token``: of the provider that signed them in."""
        expires_at, refreshable_until = self._ends(kind)
        row = await auth_sessions.create(
            session,
            user_id=user.id,
            kind=kind,
            expires_at=expires_at,
            refreshable_until=refreshable_until,
            id_token=id_token,
        )
        await users.note_sign_in(session, user.id)
        return await self._signed(session, row, user)

    async def note_use(self, row: AuthSession) -> None:
        """Note that a sign-in is used, once in ``auth_sessions.USED_EVERY``: its person sees when it was."""
        if row.last_used_at is not None and row.last_used_at > now() - auth_sessions.USED_EVERY:
            return
        async with self._database.transaction() as session:
            await auth_sessions.mark_used(session, row.id)

    async def refresh(self, token: str) -> SignIn:
        """The next pair of tokens of a sign-in; its present refresh token is used up.

        Raises:
            RefreshTokenReused: it was used up before.
            NotAuthenticated: it is no refresh token of ours, or its sign-in has ended.
        """
        session_id, number = refresh_of(token, self._secret)
        expires_at, refreshable_until = self._ends("api")
        async with self._database.transaction() as session:
            found = await auth_sessions.find_refreshable(session, session_id)
            if found is None:
                raise NotAuthenticated("This sign-in has ended. Sign in again.")
            row, user = found
            if row.refresh_count == number:
                row.refresh_count, row.expires_at, row.refreshable_until = number + 1, expires_at, refreshable_until
                await session.flush()
                return await self._signed(session, row, user)
            await auth_sessions.revoke(session, session_id)
            await audit.record(session, None, "refresh_token.reused", Target("user", user.id), {"session": session_id})
        log.warning("refresh_token.reused", user_id=str(user.id), session_id=str(session_id))
        raise RefreshTokenReused(session_id)

    def session_id_of(self, token: str) -> UUID | None:
        """The sign-in of an access or refresh token; None when it is neither."""
        for read in (session_id_of, lambda token, secret: refresh_of(token, secret)[0]):
            try:
                return read(token, self._secret)
            except NotAuthenticated:
                continue
        return None

    def _ends(self, kind: Kind) -> tuple[datetime, datetime | None]:
        present = now()
        expires_at = present + timedelta(seconds=self._settings.ttl_s)
        return expires_at, present + timedelta(seconds=self._settings.refresh_s) if kind == "api" else None

    async def _signed(self, session: AsyncSession, row: AuthSession, user: User) -> SignIn:
        token = sign_session(
            self._secret, session_id=row.id, username=user.username, kind=row.kind, expires_at=row.expires_at
        )
        principal = await principal_of(session, user, session_id=row.id)
        if row.refreshable_until is None:
            return SignIn(principal, token, row.expires_at)
        refresh_token = sign_refresh(
            self._secret, session_id=row.id, number=row.refresh_count, expires_at=row.refreshable_until
        )
        return SignIn(principal, token, row.expires_at, refresh_token, row.refreshable_until)
