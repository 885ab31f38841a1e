"""Documents, as far as the asker may see them."""

from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, SearchScope, require_write, scope_of
from core.errors import NotFound
from db.models import Document


def is_within(scope: SearchScope) -> ColumnElement[bool]:
    """``SearchScope.allows`` as SQL over ``documents``, for every query that touches what a document holds."""
    inside = Document.library_id.in_(scope.library_ids)
    return inside if scope.document_ids is None else inside & Document.id.in_(scope.document_ids)


async def create(
    session: AsyncSession,
    principal: Principal,
    *,
    library_id: UUID,
    title: str,
    mime_type: str,
    size_bytes: int,
    sha256: str,
    blob_key: str,
    document_id: UUID | None = None,
) -> tuple[Document, bool]:
    """Store a document, or find the one of the same bytes that the library has already.

    Returns:
        the document, and True when it is new.

    Raises:
        NotFound, NotPermitted: the principal may not write to the library.
    """
    require_write(principal, library_id, "library")
    values = {
        "id": document_id or uuid4(),
        "library_id": library_id,
        "uploaded_by": principal.user_id,
        "title": title,
        "mime_type": mime_type,
        "size_bytes": size_bytes,
        "sha256": sha256,
        "blob_key": blob_key,
    }
    statement = insert(Document).values(values).on_conflict_do_nothing(index_elements=["library_id", "sha256"])
    document = (await session.scalars(statement.returning(Document))).one_or_none()
    if document is not None:
        return document, True
    known = await by_sha(session, library_id, sha256)
    if known is None:  # deleted between the two statements
        raise NotFound("There is no such document.")
    return known, False


async def get(session: AsyncSession, scope: SearchScope, document_id: UUID) -> Document:
    """A document that may be seen.

    Raises:
        NotFound: outside the scope, or not there.
    """
    statement = select(Document).where(Document.id == document_id, is_within(scope))
    document = (await session.scalars(statement)).one_or_none()
    if document is None:
        raise NotFound("There is no such document.")
    return document


async def get_for_change(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    """A document that may be changed; its row stays locked until the transaction ends.

    Raises:
        NotFound: it may not even be seen.
        NotPermitted: it may be seen only.
    """
    statement = select(Document).where(Document.id == document_id, is_within(scope_of(principal))).with_for_update()
    document = (await session.scalars(statement)).one_or_none()
    if document is None:
        raise NotFound("There is no such document.")
    require_write(principal, document.library_id)
    return document


async def find(session: AsyncSession, document_id: UUID) -> Document | None:
    """A document whoever asks: for the worker, never for a request."""
    return await session.get(Document, document_id)


async def by_sha(session: AsyncSession, library_id: UUID, sha256: str) -> Document | None:
    """The library's document of these bytes. The caller has checked access to the library."""
    statement = select(Document).where(Document.library_id == library_id, Document.sha256 == sha256)
    return (await session.scalars(statement)).one_or_none()


async def visible_ids(session: AsyncSession, scope: SearchScope) -> frozenset[UUID]:
    """Ids of all documents within the scope."""
    return frozenset(await session.scalars(select(Document.id).where(is_within(scope))))


async def hold(session: AsyncSession, scope: SearchScope) -> frozenset[UUID]:
    """Ids of all documents within the scope; none of them can be deleted before the transaction ends."""
    statement = select(Document.id).where(is_within(scope)).with_for_update(read=True, key_share=True)
    return frozenset(await session.scalars(statement))


async def set_state(
    session: AsyncSession,
    document_id: UUID,
    state: str,
    *,
    error: str | None = None,
    page_count: int | None = None,
    chunk_count: int | None = None,
) -> None:
    """Say whether the document can be asked: ``pending | ready | failed``. Counts stay as they are where None."""
    counts = {"page_count": page_count, "chunk_count": chunk_count}
    values = {"state": state, "error": error} | {name: count for name, count in counts.items() if count is not None}
    await session.execute(update(Document).where(Document.id == document_id).values(values))


async def set_troubles(session: AsyncSession, document_id: UUID, troubles: list[dict[str, object]]) -> None:
    """Name the parts that could not be read, in place of those named before."""
    await session.execute(update(Document).where(Document.id == document_id).values(troubles=troubles))


async def remove(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    """Delete a document with its sections, chunks and jobs; the row as it was, for clearing blob and index afterwards.

    Raises:
        NotFound, NotPermitted: as :func:`get_for_change`.
    """
    document = await get_for_change(session, principal, document_id)
    session.expunge(document)
    await session.execute(delete(Document).where(Document.id == document_id))
    return document
