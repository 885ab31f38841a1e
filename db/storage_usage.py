"""Storage used per person."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Document, DocumentVersion, User


@dataclass(frozen=True, slots=True)
class Usage:
    """What somebody has brought and is still kept, former versions of documents included in the bytes."""

    size_bytes: int
    documents: int


async def of_user(session: AsyncSession, user_id: UUID) -> Usage:
    """The files that this person brought, whichever library they are in."""
    newest = select(func.coalesce(func.sum(Document.size_bytes), 0), func.count()).where(
        Document.uploaded_by == user_id
    )
    former = (
        select(func.coalesce(func.sum(DocumentVersion.size_bytes), 0))
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.uploaded_by == user_id, DocumentVersion.number != Document.version)
    )
    size_bytes, documents = (await session.execute(newest)).one()
    return Usage(int(size_bytes) + int(await session.scalar(former) or 0), documents)


async def hold(session: AsyncSession, user_id: UUID) -> None:
    """Let nobody else count this person's files until the transaction ends."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
