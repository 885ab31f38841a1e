"""Up to when sums are complete."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SumMark


async def mark(session: AsyncSession, name: str) -> SumMark | None:
    """The mark of this name; None before the first sums."""
    return await session.get(SumMark, name, populate_existing=True)


async def set_mark(session: AsyncSession, name: str, at: datetime, took_s: float = 0.0) -> None:
    """Set it. ``took_s`` is how long it took to make the sums."""
    values = {"at": at, "took_s": took_s}
    statement = insert(SumMark).values(name=name, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
