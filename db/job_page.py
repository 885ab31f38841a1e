"""The list of jobs, page by page."""

from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from db import cursors
from db.documents import is_within
from db.models import Document, IngestionJob


async def page(
    session: AsyncSession,
    scope: SearchScope,
    *,
    limit: int,
    cursor: str | None = None,
    state: str | None = None,
    library_id: UUID | None = None,
) -> tuple[list[tuple[IngestionJob, Document]], str | None]:
    """A page of the jobs of the documents that may be seen, newest first, and the cursor of the next; None after the last.

    Raises:
        Invalid: the cursor is not valid.
    """
    statement = (
        select(IngestionJob, Document).join(Document, Document.id == IngestionJob.document_id).where(is_within(scope))
    )
    if state is not None:
        statement = statement.where(IngestionJob.state == state)
    if library_id is not None:
        statement = statement.where(Document.library_id == library_id)
    if cursor:
        statement = statement.where(tuple_(IngestionJob.created_at, IngestionJob.id) < cursors.decode(cursor))
    newest_first = statement.order_by(IngestionJob.created_at.desc(), IngestionJob.id.desc()).limit(limit + 1)
    rows = [(job, document) for job, document in await session.execute(newest_first)]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return rows[:limit], cursors.encode(last.created_at, last.id) if last else None
