"""Index versions: which one answers, which one is being built, and what each of them holds."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import now
from db.models import ChunkRow, Document, IndexedDocument, IndexVersionRow

ROWS_PER_STEP = 5000


async def live(session: AsyncSession) -> IndexVersionRow | None:
    """The index version that answers."""
    return (await session.scalars(select(IndexVersionRow).where(IndexVersionRow.state == "live"))).one_or_none()


async def building(session: AsyncSession) -> IndexVersionRow | None:
    """The index version that is being built, if one is."""
    return (await session.scalars(select(IndexVersionRow).where(IndexVersionRow.state == "building"))).one_or_none()


async def hold_live(session: AsyncSession) -> int:
    """Number of the index version that answers; no other can take its place before the transaction ends."""
    statement = select(IndexVersionRow.number).where(IndexVersionRow.state == "live").with_for_update(read=True)
    number = await session.scalar(statement)
    if number is None:  # it was replaced while this waited for its row
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
    """Write down how an index version is made."""
    values = {"model": model, "dimension": dimension, "embedding": dict(embedding), "chunking": dict(chunking)}
    await session.execute(update(IndexVersionRow).where(IndexVersionRow.number == number).values(values))


async def start(
    session: AsyncSession, *, model: str, embedding: Mapping[str, Any], chunking: Mapping[str, Any]
) -> IndexVersionRow:
    """A new index version to be built, unless one is being built: then that one."""
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
    """Count what an index version holds of what it should hold."""
    done = select(func.count()).where(IndexedDocument.index_version == number).scalar_subquery()
    total = select(func.count()).select_from(Document).where(Document.state == "ready").scalar_subquery()
    await session.execute(
        update(IndexVersionRow)
        .where(IndexVersionRow.number == number)
        .values(documents_done=done, documents_total=func.greatest(total, done))
    )


async def missing(session: AsyncSession, number: int, limit: int) -> list[UUID]:
    """Documents whose present version an index version does not hold yet."""
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
    """An index version, as its row is now."""
    return await session.get(IndexVersionRow, number, populate_existing=True)


async def holds(session: AsyncSession, number: int) -> bool:
    """True when there is a document in an index version."""
    return (
        await session.scalar(select(IndexedDocument.version).where(IndexedDocument.index_version == number).limit(1))
    ) is not None


async def put_document(session: AsyncSession, number: int, document_id: UUID, version: int) -> None:
    """An index version holds this version of a document, whole."""
    statement = insert(IndexedDocument).values(index_version=number, document_id=document_id, version=version)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["index_version", "document_id"], set_={"version": version})
    )


async def forget_elsewhere(session: AsyncSession, number: int, document_id: UUID) -> None:
    """What other index versions hold of a document is out of date."""
    elsewhere = (IndexedDocument.document_id == document_id) & (IndexedDocument.index_version != number)
    await session.execute(delete(IndexedDocument).where(elsewhere))


async def switch(session: AsyncSession, number: int) -> bool:
    """Let an index version answer in place of the present one, if it lacks nothing; False when it does, or is not being built.

    Jobs that finish hold the row of the index version they wrote to: this waits for them, and they see who answers afterwards.
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
    """An index version that is being built will not be finished: it is dropped like one that has had its day."""
    statement = update(IndexVersionRow).where(IndexVersionRow.number == number, IndexVersionRow.state == "building")
    long_ago = func.now() - timedelta(days=1)
    await session.execute(statement.values(state="retired", retired_at=long_ago))


async def retired(session: AsyncSession, older_than_s: float) -> list[int]:
    """Index versions that have not answered for a while."""
    is_old = IndexVersionRow.retired_at < func.now() - timedelta(seconds=older_than_s)
    statement = select(IndexVersionRow.number).where(IndexVersionRow.state == "retired", is_old)
    return list(await session.scalars(statement.order_by(IndexVersionRow.number)))


async def remove_chunks(session: AsyncSession, number: int) -> bool:
    """Delete some of the chunks of a retired index version; True while there may be more."""
    some = select(ChunkRow.id).where(ChunkRow.index_version == number).limit(ROWS_PER_STEP)
    found = await session.execute(
        delete(ChunkRow).where(ChunkRow.index_version == number, ChunkRow.id.in_(some)).returning(ChunkRow.id)
    )
    return len(found.all()) == ROWS_PER_STEP


async def forget(session: AsyncSession, number: int) -> None:
    """Delete the row of a retired index version, once nothing of it is left elsewhere."""
    await session.execute(
        delete(IndexVersionRow).where(IndexVersionRow.number == number, IndexVersionRow.state == "retired")
    )
