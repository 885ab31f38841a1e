"""Index versions: the live one, the one being built, and the documents that each holds."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import now
from db.models import ChunkRow, Document, IndexedDocument, IndexVersionRow

ROWS_PER_STEP = 5000


async def live(session: AsyncSession) -> IndexVersionRow | None:
    """The live index version, which answers."""
    return (await session.scalars(select(IndexVersionRow).where(IndexVersionRow.state == "live"))).one_or_none()


def live_now() -> ColumnElement[str | None]:
    """What changes whenever another index version becomes live, or its model is measured anew."""
    described = func.concat(IndexVersionRow.number, " ", func.md5(cast(IndexVersionRow.embedding, Text)))
    return select(described).where(IndexVersionRow.state == "live").limit(1).scalar_subquery()


def some_building() -> ColumnElement[bool]:
    """True when an index version is to be built."""
    return select(IndexVersionRow.number).where(IndexVersionRow.state == "building").exists()


async def building(session: AsyncSession) -> IndexVersionRow | None:
    """The index version that is being built, if one is."""
    return (await session.scalars(select(IndexVersionRow).where(IndexVersionRow.state == "building"))).one_or_none()


async def hold_live(session: AsyncSession) -> int:
    """Number of the live index version, locked so that no other can replace it before the transaction ends."""
    statement = select(IndexVersionRow.number).where(IndexVersionRow.state == "live").with_for_update(read=True)
    number = await session.scalar(statement)
    if number is None:  # it was replaced while this query waited for its row
        return await hold_live(session)
    return number


async def describe(
    session: AsyncSession,
    number: int,
    *,
    model: str,
    dimension: int,
    embedding: Mapping[str, Any],
    chunking: Mapping[str, Any],
) -> None:
    """Store model and chunking of an index version."""
    values = {"model": model, "dimension": dimension, "embedding": dict(embedding), "chunking": dict(chunking)}
    await session.execute(update(IndexVersionRow).where(IndexVersionRow.number == number).values(values))


async def start(
    session: AsyncSession, *, model: str, embedding: Mapping[str, Any], chunking: Mapping[str, Any]
) -> IndexVersionRow:
    """Start a new index version, or return the one that is being built."""
    last = await session.scalar(select(func.max(IndexVersionRow.number)))
    values = {
        "number": (last or 0) + 1,
        "state": "building",
        "model": model,
        "embedding": dict(embedding),
        "chunking": dict(chunking),
        "documents_done": 0,
        "documents_total": 0,
        "created_at": now(),
    }
    await session.execute(insert(IndexVersionRow).values(values).on_conflict_do_nothing())
    made = await building(session)
    return made or await start(session, model=model, embedding=embedding, chunking=chunking)


async def progress(session: AsyncSession, number: int) -> None:
    """Update the counts of an index version: documents it holds, and documents it should hold."""
    done = select(func.count()).where(IndexedDocument.index_version == number).scalar_subquery()
    total = select(func.count()).select_from(Document).where(Document.state == "ready").scalar_subquery()
    await session.execute(
        update(IndexVersionRow)
        .where(IndexVersionRow.number == number)
        .values(documents_done=done, documents_total=func.greatest(total, done))
    )


async def missing(session: AsyncSession, number: int, limit: int) -> list[UUID]:
    """Up to ``limit`` documents whose present version an index version does not hold yet."""
    is_in = (
        select(IndexedDocument.document_id)
        .where(
            IndexedDocument.index_version == number,
            IndexedDocument.document_id == Document.id,
            IndexedDocument.version == Document.version,
        )
        .exists()
    )
    statement = select(Document.id).where(Document.state == "ready", ~is_in).order_by(Document.created_at, Document.id)
    return list(await session.scalars(statement.limit(limit)))


async def find(session: AsyncSession, number: int) -> IndexVersionRow | None:
    """An index version, read again from its row."""
    return await session.get(IndexVersionRow, number, populate_existing=True)


async def holds(session: AsyncSession, number: int) -> bool:
    """True when an index version holds at least one document."""
    return (
        await session.scalar(select(IndexedDocument.version).where(IndexedDocument.index_version == number).limit(1))
    ) is not None


async def put_document(session: AsyncSession, number: int, document_id: UUID, version: int) -> None:
    """Record that an index version holds this version of a document completely."""
    statement = insert(IndexedDocument).values(index_version=number, document_id=document_id, version=version)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["index_version", "document_id"], set_={"version": version})
    )


async def forget_elsewhere(session: AsyncSession, number: int, document_id: UUID) -> None:
    """Record that what all other index versions hold of a document is out of date."""
    elsewhere = (IndexedDocument.document_id == document_id) & (IndexedDocument.index_version != number)
    await session.execute(delete(IndexedDocument).where(elsewhere))


async def switch(session: AsyncSession, number: int) -> bool:
    """Make an index version the live one, if it is complete; False when it is not, or is not being built.

    Jobs that finish lock the row of the index version they wrote to: this waits for them, and later ones see the new live version.
    """
    rows = list(await session.scalars(select(IndexVersionRow).order_by(IndexVersionRow.number).with_for_update()))
    if not any(row.number == number and row.state == "building" for row in rows) or await missing(session, number, 1):
        return False
    retired = update(IndexVersionRow).where(IndexVersionRow.state == "live")
    await session.execute(retired.values(state="retired", retired_at=func.now()))
    chosen = update(IndexVersionRow).where(IndexVersionRow.number == number)
    await session.execute(chosen.values(state="live", live_at=func.now()))
    counts = (
        select(ChunkRow.document_id, func.count().label("chunks"))
        .where(ChunkRow.index_version == number)
        .group_by(ChunkRow.document_id)
        .subquery()
    )
    await session.execute(
        update(Document).where(Document.id == counts.c.document_id).values(chunk_count=counts.c.chunks)
    )
    return True


async def give_up(session: AsyncSession, number: int) -> None:
    """Give up an index version that is being built: it is retired, and due to be dropped at once."""
    statement = update(IndexVersionRow).where(IndexVersionRow.number == number, IndexVersionRow.state == "building")
    long_ago = func.now() - timedelta(days=1)
    await session.execute(statement.values(state="retired", retired_at=long_ago))


async def retired(session: AsyncSession, older_than_s: float) -> list[int]:
    """Numbers of the index versions that were retired more than ``older_than_s`` seconds ago."""
    is_old = IndexVersionRow.retired_at < func.now() - timedelta(seconds=older_than_s)
    statement = select(IndexVersionRow.number).where(IndexVersionRow.state == "retired", is_old)
    return list(await session.scalars(statement.order_by(IndexVersionRow.number)))


async def remove_chunks(session: AsyncSession, number: int) -> bool:
    """Delete up to ``ROWS_PER_STEP`` chunks of a retired index version; True while there may be more."""
    some = select(ChunkRow.id).where(ChunkRow.index_version == number).limit(ROWS_PER_STEP)
    deleted = await session.execute(
        delete(ChunkRow).where(ChunkRow.index_version == number, ChunkRow.id.in_(some)).returning(ChunkRow.id)
    )
    return len(deleted.all()) == ROWS_PER_STEP


async def forget(session: AsyncSession, number: int) -> None:
    """Delete the row of a retired index version, after its collection and chunks."""
    await session.execute(
        delete(IndexVersionRow).where(IndexVersionRow.number == number, IndexVersionRow.state == "retired")
    )
