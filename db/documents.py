"""Documents that the asker may see."""

from collections.abc import Collection, Mapping
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, SearchScope, require_write, scope_of
from core.errors import Conflict, NotFound
from db import libraries
from db.base import now
from db.models import Document, DocumentVersion

NOT_REPLACED = "Answers still come from the file as it was read before, because the newer one failed:"


def is_within(scope: SearchScope) -> ColumnElement[bool]:
    """``SearchScope.allows`` as SQL over ``documents``, for every query that touches what a document holds."""
    inside = Document.library_id.in_(scope.library_ids)
    return inside if scope.document_ids is None else inside & Document.id.in_(scope.document_ids)


def is_within_bound(*, is_narrowed: bool) -> ColumnElement[bool]:
    """As :func:`is_within`, for statements that are put together once: the scope comes with :func:`scope_bound`.

    Args:
        is_narrowed: the scope names documents.
    """
    inside = Document.library_id == any_(bindparam("scope_libraries", type_=ARRAY(Uuid())))
    return inside & (Document.id == any_(bindparam("scope_documents", type_=ARRAY(Uuid())))) if is_narrowed else inside


def scope_bound(scope: SearchScope) -> dict[str, list[UUID]]:
    """The parameters of :func:`is_within_bound`."""
    libraries = {"scope_libraries": list(scope.library_ids)}
    return libraries if scope.document_ids is None else libraries | {"scope_documents": list(scope.document_ids)}


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
    source: str | None = None,
) -> tuple[Document, bool]:
    """Store a document and its first version, or find the one of the same bytes that the library has already.

    Args:
        source: the folder that it is kept in step with, under its title.

    Returns:
        the document, and True when it is new.

    Raises:
        NotFound, NotPermitted: the principal may not write to the library.
        Conflict: another file of this folder has this title.
    """
    require_write(principal, library_id, "library")
    file = {"mime_type": mime_type, "size_bytes": size_bytes, "sha256": sha256, "blob_key": blob_key}
    brought = {"uploaded_by": principal.user_id, "created_at": now(), **file}
    values = {"id": document_id or uuid4(), "library_id": library_id, "title": title, "source": source, **brought}
    statement = insert(Document).values(values).on_conflict_do_nothing()
    document = (await session.scalars(statement.returning(Document))).one_or_none()
    if document is not None:
        await session.execute(insert(DocumentVersion).values(document_id=document.id, number=1, **brought))
        return document, True
    has_its_bytes = (Document.library_id == library_id) & (Document.sha256 == sha256)
    known = (await session.scalars(select(Document).where(has_its_bytes))).one_or_none()
    if known is None:
        raise Conflict("A file of this name was brought at the same moment; please try again.")
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


async def lock(session: AsyncSession, document_id: UUID) -> Document | None:
    """As :func:`find`, with the row as it is now and locked until the transaction ends."""
    return await session.get(Document, document_id, with_for_update=True, populate_existing=True)


async def ready(session: AsyncSession) -> list[tuple[UUID, int]]:
    """Every document that answers, with its version: for the operator, never for a request."""
    statement = select(Document.id, Document.version).where(Document.state == "ready")
    rows = await session.execute(statement.order_by(Document.created_at, Document.id))
    return [(row.id, row.version) for row in rows]


async def retitle(session: AsyncSession, source: str, titles: Mapping[UUID, str]) -> None:
    """Give documents of one folder other titles, which may be those of others among them. The caller has checked access to them."""
    await session.execute(update(Document).where(Document.id.in_(titles)).values(source=None))
    for document_id, title in titles.items():
        await session.execute(update(Document).where(Document.id == document_id).values(source=source, title=title))
    for document_id in list(titles)[:1]:  # one folder is kept in one library
        await libraries.touch_of(session, document_id)


async def gone(session: AsyncSession, document_ids: Collection[UUID]) -> set[UUID]:
    """Those of the documents that are not there any more."""
    return set(document_ids) - set(await session.scalars(select(Document.id).where(Document.id.in_(document_ids))))


async def hold(session: AsyncSession, scope: SearchScope) -> frozenset[UUID]:
    """Ids of all documents within the scope; none of them can be deleted before the transaction ends."""
    statement = select(Document.id).where(is_within(scope)).with_for_update(read=True, key_share=True)
    return frozenset(await session.scalars(statement))


async def set_state(
    session: AsyncSession, document_id: UUID, state: str, *, error: str | None = None, chunk_count: int | None = None
) -> None:
    """Say whether the document can be asked: ``pending | ready | failed``. The count stays as it is where None."""
    counts = {} if chunk_count is None else {"chunk_count": chunk_count}
    statement = update(Document).where(Document.id == document_id)
    await session.execute(statement.values(state=state, error=error, **counts))


async def fail_version(session: AsyncSession, document_id: UUID, error: str) -> None:
    """The newest file of a document could not be read: it has failed, unless it answers from an earlier reading, which it goes on to do."""
    sentence = case((Document.state == "ready", f"{NOT_REPLACED} {error}"), else_=error)
    state = case((Document.state == "ready", "ready"), else_="failed")
    await session.execute(update(Document).where(Document.id == document_id).values(state=state, error=sentence))


async def set_warnings(session: AsyncSession, document_id: UUID, warnings: list[dict[str, object]]) -> None:
    """Name the parts that could not be read, in place of those named before."""
    await session.execute(update(Document).where(Document.id == document_id).values(warnings=warnings))


async def remove(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    """Delete a document with its sections, chunks and jobs; the row as it was, for clearing blob and index afterwards.

    Raises:
        NotFound, NotPermitted: as :func:`get_for_change`.
    """
    document = await get_for_change(session, principal, document_id)
    session.expunge(document)
    await session.execute(delete(Document).where(Document.id == document_id))
    await libraries.touch(session, document.library_id)
    return document
