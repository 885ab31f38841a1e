"""Storage used per person."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Document, DocumentVersion, User


@dataclass(frozen=True, slots=True)
class Usage:
    """Stored files that a person uploaded; earlier versions of documents count in the bytes."""

    size_bytes: int
    documents: int


async def of_user(session: AsyncSession, user_id: UUID) -> Usage:
    """The files that a person uploaded, in all libraries."""
    return (await of_people(session, [user_id]))[user_id]


async def of_people(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, Usage]:
    """As :func:`of_user`, of several people."""
    newest = (
        select(Document.uploaded_by, func.sum(Document.size_bytes), func.count())
        .where(Document.uploaded_by.in_(user_ids))
        .group_by(Document.uploaded_by)
    )
    former = (
        select(DocumentVersion.uploaded_by, func.sum(DocumentVersion.size_bytes))
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.uploaded_by.in_(user_ids), DocumentVersion.number != Document.version)
        .group_by(DocumentVersion.uploaded_by)
    )
    present = {row[0]: (int(row[1]), int(row[2])) for row in await session.execute(newest)}
    earlier = {row[0]: int(row[1]) for row in await session.execute(former)}
    return {user_id: _usage(*present.get(user_id, (0, 0)), earlier.get(user_id, 0)) for user_id in user_ids}


def _usage(present_bytes: int, documents: int, earlier_bytes: int) -> Usage:
    return Usage(present_bytes + earlier_bytes, documents)


async def hold(session: AsyncSession, user_id: UUID) -> None:
    """Lock the count of a person's files until the transaction ends; other uploads of theirs wait."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
