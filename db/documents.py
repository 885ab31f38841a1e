"""Documents, as far as a scope or principal may see or change them."""

from collections.abc import Collection, Mapping
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, SearchScope, require_write, scope_of
from core.errors import Conflict, NotFound
from db import libraries
from db.base import now
from db.models import Document, DocumentVersion

NOT_REPLACED = "Answers still come from the file as it was read before, because the newer one failed:"


def is_within(scope: SearchScope) -> ColumnElement[bool]:
    """``SearchScope.allows`` as SQL over ``documents``, for every query that reads parts of a document."""
    inside = Document.library_id.in_(scope.library_ids)
    return inside if scope.document_ids is None else inside & Document.id.in_(scope.document_ids)


def is_within_bound(*, is_narrowed: bool) -> ColumnElement[bool]:
    """As :func:`is_within`, for cached statements: the scope is bound by the parameters of :func:`scope_bound`.

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
    """Store a document and its first version, or find the library's document with the same bytes.

    Args:
        source: the folder that it is synchronised with, under its title.

    Returns:
        The document, and True when it is new.

    Raises:
        NotFound, NotPermitted: the principal may not write to the library.
        Conflict: another file of this folder has this title.
    """
    require_write(principal, library_id, "library")
    file = {"mime_type": mime_type, "size_bytes": size_bytes, "sha256": sha256, "blob_key": blob_key}
    upload = {"uploaded_by": principal.user_id, "created_at": now(), **file}
    values = {"id": document_id or uuid4(), "library_id": library_id, "title": title, "source": source, **upload}
    statement = insert(Document).values(values).on_conflict_do_nothing()
    document = (await session.scalars(statement.returning(Document))).one_or_none()
    if document is not None:
        await session.execute(insert(DocumentVersion).values(document_id=document.id, number=1, **upload))
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


async def titles(session: AsyncSession, scope: SearchScope, document_ids: Collection[UUID]) -> dict[UUID, str]:
    """The titles of those documents that may be seen."""
    if not document_ids:
        return {}
    statement = select(Document.id, Document.title).where(Document.id.in_(document_ids), is_within(scope))
    return dict((await session.execute(statement)).all())


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
    """A document, without an access check: for the worker, never for a request."""
    return await session.get(Document, document_id)


async def lock(session: AsyncSession, document_id: UUID) -> Document | None:
    """As :func:`find`; the row is read again and locked until the transaction ends."""
    return await session.get(Document, document_id, with_for_update=True, populate_existing=True)


async def ready(session: AsyncSession) -> list[tuple[UUID, int]]:
    """Id and version of every document that is ready: for the operator, never for a request."""
    statement = select(Document.id, Document.version).where(Document.state == "ready")
    rows = await session.execute(statement.order_by(Document.created_at, Document.id))
    return [(row.id, row.version) for row in rows]


async def retitle(session: AsyncSession, source: str, titles: Mapping[UUID, str]) -> None:
    """Give documents of one folder new titles, which may be swapped among them. The caller has checked access to them."""
    await session.execute(update(Document).where(Document.id.in_(titles)).values(source=None))
    for document_id, title in titles.items():
        await session.execute(update(Document).where(Document.id == document_id).values(source=source, title=title))
    for document_id in list(titles)[:1]:  # a folder is synchronised with one library
        await libraries.touch_of(session, document_id)


async def of_library(session: AsyncSession, library_id: UUID) -> list[Document]:
    """All documents of a library. The caller has checked access to it."""
    return list(await session.scalars(select(Document).where(Document.library_id == library_id).order_by(Document.id)))


async def lock_library(session: AsyncSession, library_id: UUID) -> None:
    """Lock all documents of a library until the transaction ends. The caller has checked access to it."""
    statement = select(Document.id).where(Document.library_id == library_id).order_by(Document.id)
    await session.execute(statement.with_for_update())


async def missing(session: AsyncSession, document_ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids that no document has (any more)."""
    return set(document_ids) - set(await session.scalars(select(Document.id).where(Document.id.in_(document_ids))))


async def hold(session: AsyncSession, scope: SearchScope) -> frozenset[UUID]:
    """Ids of all documents within the scope, locked so that none can be deleted before the transaction ends."""
    statement = select(Document.id).where(is_within(scope)).with_for_update(read=True, key_share=True)
    return frozenset(await session.scalars(statement))


async def move(session: AsyncSession, document: Document, library_id: UUID) -> None:
    """Put a document, which is locked, into another library. The caller has checked access to both. Touch them as the last statements.

    Raises:
        Conflict: the library has a document with the same bytes, brought at this moment.
    """
    document.library_id = library_id
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        raise Conflict("That library has the same content already.") from error


async def set_state(
    session: AsyncSession, document_id: UUID, state: str, *, error: str | None = None, chunk_count: int | None = None
) -> None:
    """Set the state: ``pending | ready | failed``. With ``chunk_count`` None the count stays as it is."""
    counts = {} if chunk_count is None else {"chunk_count": chunk_count}
    statement = update(Document).where(Document.id == document_id)
    await session.execute(statement.values(state=state, error=error, **counts))


async def fail_version(session: AsyncSession, document_id: UUID, error: str) -> None:
    """The newest file of a document could not be read. A document that is ready stays so, with the error; any other has failed."""
    sentence = case((Document.state == "ready", f"{NOT_REPLACED} {error}"), else_=error)
    state = case((Document.state == "ready", "ready"), else_="failed")
    await session.execute(update(Document).where(Document.id == document_id).values(state=state, error=sentence))


async def set_warnings(session: AsyncSession, document_id: UUID, warnings: list[dict[str, object]]) -> None:
    """Replace the warnings (``ingestion.types.DocumentWarning`` as JSON)."""
    await session.execute(update(Document).where(Document.id == document_id).values(warnings=warnings))


async def remove(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    """Delete a document with its sections, chunks and jobs; returns the deleted row, for clearing blob and index.

    Raises:
        NotFound, NotPermitted: as :func:`get_for_change`.
    """
    document = await get_for_change(session, principal, document_id)
    session.expunge(document)
    await session.execute(delete(Document).where(Document.id == document_id))
    await libraries.touch(session, document.library_id)
    return document
