"""Requests with an Idempotency-Key: who runs one, and the answer that a repetition gets. Each person's keys are their own."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import KeyedRequest

LASTS = timedelta(hours=24)
SILENT = timedelta(seconds=60)  # then the process that ran it is taken for dead


async def claim(
    session: AsyncSession, user_id: UUID, key: str, *, operation: str, attempt: UUID, fingerprint: str | None
) -> bool:
    """Begin a request; False when the person's key is taken by one that runs, or has an answer that is still good.

    Of two calls at once, one waits for the other and gets False.
    """
    values = {"operation": operation, "attempt": attempt, "fingerprint": fingerprint}
    moments = {"created_at": func.now(), "seen_at": func.now()}
    statement = insert(KeyedRequest).values(user_id=user_id, key=key, **values, **moments)
    is_free = or_(
        KeyedRequest.created_at < func.now() - LASTS,
        KeyedRequest.status.is_(None) & (KeyedRequest.seen_at < func.now() - SILENT),
    )
    nothing_yet = {"status": None, "body": None, "location": None}
    claimed = statement.on_conflict_do_update(
        index_elements=["user_id", "key"], set_=values | moments | nothing_yet, where=is_free
    )
    return await session.scalar(claimed.returning(KeyedRequest.attempt)) == attempt


async def find(session: AsyncSession, user_id: UUID, key: str) -> KeyedRequest | None:
    """The person's request with this key."""
    return await session.get(KeyedRequest, (user_id, key))


async def beat(session: AsyncSession, user_id: UUID, key: str, attempt: UUID) -> None:
    """Say that the request still runs."""
    is_ours = _is_of(user_id, key, attempt)
    await session.execute(update(KeyedRequest).where(*is_ours).values(seen_at=func.now()))


async def finish(
    session: AsyncSession,
    user_id: UUID,
    key: str,
    attempt: UUID,
    *,
    fingerprint: str,
    status: int,
    body: str,
    location: str | None,
) -> None:
    """Store the answer, unless another attempt has taken over."""
    values = {"fingerprint": fingerprint, "status": status, "body": body, "location": location}
    await session.execute(update(KeyedRequest).where(*_is_of(user_id, key, attempt)).values(values))


async def release(session: AsyncSession, user_id: UUID, key: str, attempt: UUID) -> None:
    """Forget a request that failed, so that it can be sent again."""
    await session.execute(delete(KeyedRequest).where(*_is_of(user_id, key, attempt)))


async def remove_expired(session: AsyncSession) -> int:
    """Delete what is older than a repetition may be; returns how many."""
    expired = delete(KeyedRequest).where(KeyedRequest.created_at < func.now() - LASTS)
    return len((await session.scalars(expired.returning(KeyedRequest.key))).all())


def _is_of(user_id: UUID, key: str, attempt: UUID) -> tuple[ColumnElement[bool], ...]:
    return (KeyedRequest.user_id == user_id, KeyedRequest.key == key, KeyedRequest.attempt == attempt)
