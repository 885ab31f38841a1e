"""Whether anybody is active, over all people and processes: for upkeep, never for a request."""

from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AnswerRun, IndexVersionRow, IngestionJob


async def is_quiet(session: AsyncSession, for_s: float) -> bool:
    """True when nothing is being read or indexed, and nobody has asked a question for so many seconds."""
    asked = exists().where(AnswerRun.created_at > func.now() - timedelta(seconds=for_s))
    read = exists().where(IngestionJob.state.in_(("queued", "started")))
    indexed = exists().where(IndexVersionRow.state == "building")
    return not await session.scalar(select(asked | read | indexed))
