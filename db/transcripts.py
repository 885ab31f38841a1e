"""An opened conversation with everything that the rows say of its answers. Who may read it: ``db.oversight.require``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Oversight, Principal
from db import cursors, oversight
from db.conversation import FeedbackRow, Step, Thread
from db.models import AnswerRun, AnswerSource, Document, DocumentSection, User
from db.steps import MESSAGES

PAGE = 60  # messages


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of a conversation.

    Attributes:
        runs: of these messages, by time.
        sources: of those runs, by run and number.
        quotes: (run, number) → the passages that the answer quotes; none of documents or versions that are gone.
        documents: those of sources and candidates that are not gone: id → (title, library).
        cursor: leads to the messages behind these; None at the end.
    """

    thread: Thread
    username: str
    steps: Sequence[Step]
    runs: Sequence[AnswerRun]
    sources: Sequence[AnswerSource]
    quotes: dict[tuple[UUID, int], str]
    feedback: Sequence[FeedbackRow]
    documents: dict[UUID, tuple[str, UUID]]
    cursor: str | None


async def read(
    session: AsyncSession, principal: Principal, rule: Oversight, thread_id: UUID, cursor: str | None = None
) -> Rows:
    """Messages of a conversation, the first ones first, with the runs that answered them.

    Raises:
        NotFound, NotPermitted: see ``core.access.require_opened``.
        Invalid: the cursor is not valid.
    """
    thread = await oversight.require(session, principal, rule, thread_id)
    steps, following = await _steps(session, thread_id, cursor)
    runs = await _runs(session, thread_id, steps)
    of_runs = select(AnswerSource).where(AnswerSource.answer_run_id.in_([run.id for run in runs]))
    sources = (await session.scalars(of_runs.order_by(AnswerSource.answer_run_id, AnswerSource.number))).all()
    feedback = await session.scalars(select(FeedbackRow).where(FeedbackRow.step_id.in_([step.id for step in steps])))
    username = await session.scalar(select(User.username).where(User.id == thread.user_id))
    return Rows(
        thread=thread,
        username=username or "",
        steps=steps,
        runs=runs,
        sources=sources,
        quotes=await _quotes(session, [source for source in sources if source.cited]),
        feedback=feedback.all(),
        documents=await _documents(session, _document_ids(runs, sources)),
        cursor=following,
    )


async def _steps(session: AsyncSession, thread_id: UUID, cursor: str | None) -> tuple[Sequence[Step], str | None]:
    statement = select(Step).where(Step.thread_id == thread_id, Step.type.in_(MESSAGES))
    if cursor:
        statement = statement.where(tuple_(Step.created_at, Step.id) > cursors.decode(cursor))
    rows = (await session.scalars(statement.order_by(Step.created_at, Step.id).limit(PAGE + 1))).all()
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], cursors.encode(last.created_at, last.id) if last else None


async def _runs(session: AsyncSession, thread_id: UUID, steps: Sequence[Step]) -> Sequence[AnswerRun]:
    """The runs of these messages: those of the answers, and earlier ones of the questions."""
    shown = AnswerRun.id.in_([step.answer_run_id for step in steps if step.answer_run_id])
    asked = AnswerRun.question_step_id.in_([step.id for step in steps if step.type == "user_message"])
    statement = select(AnswerRun).where(AnswerRun.thread_id == thread_id, or_(shown, asked))
    return (await session.scalars(statement.order_by(AnswerRun.created_at, AnswerRun.id))).all()


async def _quotes(session: AsyncSession, cited: Sequence[AnswerSource]) -> dict[tuple[UUID, int], str]:
    """The quoted passages alone are read of documents that the reader may not open."""
    place = tuple_(DocumentSection.document_id, DocumentSection.version, DocumentSection.number)
    wanted = {(one.document_id, one.version, one.section) for one in cited if one.document_id}
    rows = await session.execute(
        select(
            DocumentSection.document_id, DocumentSection.version, DocumentSection.number, DocumentSection.text
        ).where(place.in_(wanted), ~DocumentSection.is_staged)
    )
    texts = {(document_id, version, number): text for document_id, version, number, text in rows}
    return {
        (one.answer_run_id, one.number): " … ".join(text[start:end] for start, end in one.spans)
        for one in cited
        if one.document_id and (text := texts.get((one.document_id, one.version, one.section))) is not None
    }


def _document_ids(runs: Sequence[AnswerRun], sources: Sequence[AnswerSource]) -> set[UUID]:
    traced = {
        UUID(candidate["document"])
        for run in runs
        for stage in run.trace
        for candidate in stage["details"].get("candidates", ())
    }
    return traced | {source.document_id for source in sources if source.document_id}


async def _documents(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, tuple[str, UUID]]:
    rows = await session.execute(select(Document.id, Document.title, Document.library_id).where(Document.id.in_(ids)))
    return {document_id: (title, library_id) for document_id, title, library_id in rows}
