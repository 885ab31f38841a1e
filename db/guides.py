"""Guides to documents: which document is to have one next, and those that are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from db import documents
from db.base import now
from db.documents import is_within
from db.models import Document, DocumentGuide


@dataclass(frozen=True, slots=True)
class Claim:
    """A document whose guide is to be made now, by whoever has the claim."""

    document_id: UUID
    library_id: UUID
    title: str
    version: int


def some_missing(abandoned_s: float) -> ColumnElement[bool]:
    """True when :func:`claim` finds something."""
    is_stored, is_missing = _conditions(abandoned_s)
    return select(Document.id).outerjoin(DocumentGuide, is_stored).where(is_missing).exists()


def _conditions(abandoned_s: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """How a document is joined with its guide, and when it has none."""
    is_stored = and_(DocumentGuide.document_id == Document.id, DocumentGuide.version == Document.version)
    is_abandoned = DocumentGuide.guide.is_(None) & (
        DocumentGuide.created_at < func.now() - timedelta(seconds=abandoned_s)
    )
    is_read = and_(Document.state == "ready", Document.chunk_count > 0)
    return is_stored, is_read & or_(DocumentGuide.document_id.is_(None), is_abandoned)


async def claim(session: AsyncSession, abandoned_s: float) -> Claim | None:
    """Claims the newest document that was read and has no guide to its present version; None when all have one.

    Args:
        abandoned_s: age of a claim from which another process may claim the document too.
    """
    is_stored, is_missing = _conditions(abandoned_s)
    statement = (
        select(Document.id, Document.library_id, Document.title, Document.version)
        .outerjoin(DocumentGuide, is_stored)
        .where(is_missing)
        .order_by(Document.created_at.desc(), Document.id)
        .limit(1)
        .with_for_update(of=Document, key_share=True, skip_locked=True)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    values = {"document_id": row.id, "version": row.version, "guide": null(), "created_at": now()}
    await session.execute(
        insert(DocumentGuide).values(values).on_conflict_do_update(index_elements=["document_id"], set_=values)
    )
    return Claim(row.id, row.library_id, row.title, row.version)


async def store(session: AsyncSession, claimed: Claim, guide: Mapping[str, Any]) -> None:
    """Stores the guide of a claim; nothing happens when the document was deleted, or has a newer version that is claimed."""
    is_claimed = (DocumentGuide.document_id == claimed.document_id) & (DocumentGuide.version == claimed.version)
    await session.execute(update(DocumentGuide).where(is_claimed).values(guide=dict(guide)))


async def get(session: AsyncSession, scope: SearchScope, document_id: UUID) -> tuple[Document, dict[str, Any] | None]:
    """A document and the guide to its present version; None while there is none.

    Raises:
        NotFound: it may not be seen.
    """
    document = await documents.get(session, scope, document_id)
    statement = select(DocumentGuide.guide).where(
        DocumentGuide.document_id == document_id, DocumentGuide.version == document.version
    )
    return document, await session.scalar(statement)


async def newest(session: AsyncSession, scope: SearchScope, limit: int) -> list[dict[str, Any]]:
    """The guides to the newest documents that have one."""
    statement = (
        select(DocumentGuide.guide)
        .join(Document, and_(Document.id == DocumentGuide.document_id, Document.version == DocumentGuide.version))
        .where(is_within(scope), Document.state == "ready", DocumentGuide.guide.is_not(None))
        .order_by(Document.created_at.desc(), Document.id.desc())
        .limit(limit)
    )
    return [guide for guide in await session.scalars(statement) if guide is not None]
