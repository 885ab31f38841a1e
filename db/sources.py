"""Places outside from which documents are brought, as far as a scope or principal may see or change them."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, SearchScope, require_write, scope_of
from core.errors import Conflict, LimitExceeded, NotFound
from db.base import now
from db.models import DocumentSource, DocumentSourceItem

MOST_OF_A_LIBRARY = 2_000
NONE = "There is no such link."


async def create(
    session: AsyncSession, principal: Principal, *, library_id: UUID, kind: str, address: str
) -> DocumentSource:
    """Add a source to a library, to be read at once.

    Raises:
        NotFound, NotPermitted: the principal may not write to the library.
        Conflict: the library has this address already.
        LimitExceeded: the library has too many.
    """
    require_write(principal, library_id, "library")
    count = await session.scalar(
        select(func.count()).select_from(DocumentSource).where(DocumentSource.library_id == library_id)
    )
    if (count or 0) >= MOST_OF_A_LIBRARY:
        raise LimitExceeded(f"A library may have {MOST_OF_A_LIBRARY:,} links.")
    values = {"id": uuid4(), "library_id": library_id, "added_by": principal.user_id, "kind": kind, "address": address}
    times = {"created_at": now(), "next_at": now()}
    statement = insert(DocumentSource).values(**values, state="waiting", failures=0, **times)
    statement = statement.on_conflict_do_nothing(index_elements=["library_id", "address"])
    stored = (await session.scalars(statement.returning(DocumentSource))).one_or_none()
    if stored is None:
        raise Conflict("The library has this link already.")
    return stored


async def get(session: AsyncSession, scope: SearchScope, source_id: UUID) -> DocumentSource:
    """A source of a library that may be read. Raises NotFound."""
    statement = select(DocumentSource).where(
        DocumentSource.id == source_id, DocumentSource.library_id.in_(scope.library_ids)
    )
    source = (await session.scalars(statement)).one_or_none()
    if source is None:
        raise NotFound(NONE)
    return source


async def get_for_change(session: AsyncSession, principal: Principal, source_id: UUID) -> DocumentSource:
    """A source that may be changed; its row stays locked until the transaction ends.

    Raises:
        NotFound: it may not even be seen.
        NotPermitted: it may be seen only.
    """
    statement = select(DocumentSource).where(
        DocumentSource.id == source_id, DocumentSource.library_id.in_(scope_of(principal).library_ids)
    )
    source = (await session.scalars(statement.with_for_update())).one_or_none()
    if source is None:
        raise NotFound(NONE)
    require_write(principal, source.library_id, "link")
    return source


async def of_scope(session: AsyncSession, scope: SearchScope, library_id: UUID | None = None) -> list[DocumentSource]:
    """The sources of libraries that may be read, newest first; of one library where one is named."""
    statement = select(DocumentSource).where(DocumentSource.library_id.in_(scope.library_ids))
    if library_id is not None:
        statement = statement.where(DocumentSource.library_id == library_id)
    return list(await session.scalars(statement.order_by(DocumentSource.created_at.desc(), DocumentSource.id)))


async def remove(session: AsyncSession, principal: Principal, source_id: UUID) -> None:
    """Remove a source; its documents stay. Raises NotFound, NotPermitted as :func:`get_for_change`."""
    source = await get_for_change(session, principal, source_id)
    await session.delete(source)
    await session.flush()


async def counts(session: AsyncSession, source_ids: Collection[UUID]) -> Mapping[UUID, Counter[str]]:
    """The number of items in each state, by source; those deleted here count as ``left_out``. The caller has checked access."""
    is_left_out = (DocumentSourceItem.state == "read") & DocumentSourceItem.document_id.is_(None)
    columns = (DocumentSourceItem.source_id, DocumentSourceItem.state, is_left_out.label("is_left_out"))
    statement = select(*columns, func.count().label("number")).where(DocumentSourceItem.source_id.in_(source_ids))
    found: dict[UUID, Counter[str]] = {source_id: Counter() for source_id in source_ids}
    for row in await session.execute(statement.group_by(*columns)):
        found[row.source_id]["left_out" if row.is_left_out else row.state] += row.number
    return found


async def documents_of(session: AsyncSession, source_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The document of each of these sources that are one page and have one. The caller has checked access."""
    statement = (
        select(DocumentSourceItem.source_id, DocumentSourceItem.document_id)
        .join(DocumentSource, DocumentSource.id == DocumentSourceItem.source_id)
        .where(DocumentSourceItem.source_id.in_(source_ids), DocumentSource.kind == "page")
        .where(DocumentSourceItem.document_id.is_not(None))
    )
    return {row.source_id: row.document_id for row in await session.execute(statement)}


def some_due() -> ColumnElement[bool]:
    """True when a source is due that nobody reads."""
    is_free = or_(DocumentSource.claimed_until.is_(None), DocumentSource.claimed_until < func.now())
    return select(DocumentSource.id).where(DocumentSource.next_at <= func.now(), is_free).exists()


async def claim(session: AsyncSession, lease_s: float, without: Collection[UUID] = ()) -> DocumentSource | None:
    """Take the source that is due for the longest time, for ``lease_s`` seconds; None when none is.

    Args:
        without: people to skip.
    """
    moment = now()
    is_free = or_(DocumentSource.claimed_until.is_(None), DocumentSource.claimed_until < moment)
    is_others = or_(DocumentSource.added_by.is_(None), DocumentSource.added_by.not_in(without))
    first = (
        select(DocumentSource.id)
        .where(DocumentSource.next_at <= moment, is_free, is_others)
        .order_by(DocumentSource.next_at, DocumentSource.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    source_id = await session.scalar(first)
    if source_id is None:
        return None
    values = {"claimed_until": moment + timedelta(seconds=lease_s), "state": "reading"}
    statement = update(DocumentSource).where(DocumentSource.id == source_id).values(values)
    return (await session.scalars(statement.returning(DocumentSource))).one()


async def beat(session: AsyncSession, source_id: UUID, lease_s: float) -> bool:
    """Keep a claim for longer; False when the source was removed."""
    until = now() + timedelta(seconds=lease_s)
    statement = update(DocumentSource).where(DocumentSource.id == source_id).values(claimed_until=until)
    return (await session.execute(statement.returning(DocumentSource.id))).first() is not None


async def release(session: AsyncSession, source_id: UUID, next_at: datetime) -> None:
    """Give a claim back; the source is due at ``next_at``."""
    values = {"claimed_until": None, "state": "waiting", "next_at": next_at}
    await session.execute(update(DocumentSource).where(DocumentSource.id == source_id).values(values))


async def finish(
    session: AsyncSession, source_id: UUID, *, next_at: datetime | None, error: str | None, notice: str | None = None
) -> None:
    """End a claim: the source was read, or could not be read, which ``error`` says."""
    failures = DocumentSource.failures + 1 if error else 0
    values = {"state": "failed" if error else "read", "error": error, "notice": notice, "failures": failures}
    times = {"checked_at": now(), "next_at": next_at, "claimed_until": None}
    await session.execute(update(DocumentSource).where(DocumentSource.id == source_id).values(values | times))


async def items(session: AsyncSession, source_id: UUID) -> dict[str, DocumentSourceItem]:
    """What was found at a source, by address: for the worker, never for a request."""
    statement = select(DocumentSourceItem).where(DocumentSourceItem.source_id == source_id)
    return {item.address: item for item in await session.scalars(statement)}


async def put_item(session: AsyncSession, source_id: UUID, address: str, **values: str | UUID | None) -> None:
    """Store what was found at an address: columns of DocumentSourceItem; those not named of a known one stay as they are."""
    row = {"source_id": source_id, "address": address, "checked_at": now(), **values}
    statement = insert(DocumentSourceItem).values(row)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id", "address"], set_={"checked_at": row["checked_at"], **values}
        )
    )
