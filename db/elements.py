"""Elements of a thread: rows only, never file contents (those are documents in the blob store)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_own, scope_of
from core.errors import NotFound
from db import threads
from db.conversation import Element
from db.models import Document

_FIXED = {"id", "thread_id", "type", "created_at"}


def file_url(document_id: UUID) -> str:
    """Where a document's original file is served."""
    return f"/api/documents/{document_id}/file"


async def upsert(session: AsyncSession, principal: Principal, values: Mapping[str, Any]) -> None:
    """Store an element as it is now; ``values`` are attributes of :class:`db.conversation.Element`.

    Raises:
        NotFound: the thread is not the principal's, or an element with this id belongs to another.
    """
    await threads.require(session, principal, values["thread_id"])
    row = {**values, "document_id": await _readable(session, principal, values.get("document_id"))}
    statement = insert(Element).values(row)
    changes: dict[Any, Any] = {name: statement.excluded[name] for name in row if name not in _FIXED}
    changes["document_id"] = func.coalesce(statement.excluded.document_id, Element.document_id)
    same = and_(Element.thread_id == statement.excluded.thread_id, Element.type == statement.excluded.type)
    upserted = statement.on_conflict_do_update(index_elements=[Element.id], set_=changes, where=same)
    if await session.scalar(upserted.returning(Element.id)) is None:
        raise NotFound("There is no such element.")


async def _readable(session: AsyncSession, principal: Principal, document_id: UUID | None) -> UUID | None:
    if document_id is None:
        return None
    library_id = await session.scalar(select(Document.library_id).where(Document.id == document_id))
    return document_id if library_id is not None and scope_of(principal).allows(library_id) else None


async def get(session: AsyncSession, principal: Principal, thread_id: UUID, element_id: UUID) -> Element:
    """The element. Raises NotFound when it is not in this thread, or the thread is not the principal's."""
    await threads.require(session, principal, thread_id)
    element = await session.get(Element, element_id)
    if element is None or element.thread_id != thread_id:
        raise NotFound("There is no such element.")
    return element


async def of_thread(session: AsyncSession, principal: Principal, thread_id: UUID) -> Sequence[Element]:
    """All elements in the order of their creation. Raises NotFound."""
    await threads.require(session, principal, thread_id)
    statement = select(Element).where(Element.thread_id == thread_id).order_by(Element.created_at, Element.id)
    return (await session.scalars(statement)).all()


async def remove(session: AsyncSession, principal: Principal, element_id: UUID) -> None:
    """Delete the element. Raises NotFound when it does not exist or is in someone else's thread."""
    element = await session.get(Element, element_id)
    require_own(principal, await threads.owner(session, element.thread_id) if element else None, "element")
    await session.execute(delete(Element).where(Element.id == element_id))
