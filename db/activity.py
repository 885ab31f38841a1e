"""Whether anybody uses the installation, over all people and processes: for upkeep, never for a request."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.conversation import FeedbackRow
from db.jobs import IS_OPEN
from db.models import AnswerRun, IndexVersionRow, IngestionJob


async def is_quiet(session: AsyncSession, for_s: float) -> bool:
    """True when :func:`quiet` is."""
    return bool(await session.scalar(select(quiet(for_s))))


def quiet(for_s: float) -> ColumnElement[bool]:
    """True when no document is being read or indexed and no question was asked in the last ``for_s`` seconds."""
    is_asking = exists().where(AnswerRun.created_at > func.now() - timedelta(seconds=for_s))
    is_due = IngestionJob.not_before.is_(None) | (IngestionJob.not_before <= func.now())
    is_reading = exists().where(
        or_(IngestionJob.state == "started", and_(IngestionJob.state == "queued", is_due))
    )  # a job that waits for a server, or for room on the disk, may wait for hours
    is_indexing = exists().where(IndexVersionRow.state == "building")
    return ~(is_asking | is_reading | is_indexing)


def lately(for_s: float) -> ColumnElement[bool]:
    """True when a question was asked or answered, a rating given, or a file read in the last ``for_s`` seconds, or when a file waits."""
    since = func.now() - timedelta(seconds=for_s)
    asked = exists().where(AnswerRun.created_at > since)
    answered = exists().where(AnswerRun.finished_at > since)
    rated = exists().where(FeedbackRow.updated_at > since)
    read = exists().where(IngestionJob.finished_at > since)
    return asked | answered | rated | read | select(IngestionJob.id).where(IS_OPEN).exists()


async def queue_depth(session: AsyncSession) -> int:
    """Number of files and questions that wait or are being worked on in the background."""
    files = select(func.count()).select_from(IngestionJob).where(IngestionJob.state.in_(("queued", "started")))
    questions = select(func.count()).select_from(AnswerRun).where(AnswerRun.state.in_(("queued", "running")))
    background = questions.where(AnswerRun.request.is_not(None))
    return int(await session.scalar(select(files.scalar_subquery() + background.scalar_subquery())) or 0)
