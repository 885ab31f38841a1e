"""A stored answer as programs get it: its text with the numbers of its footnotes, and what each number opens."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from answers.remarks import in_words
from core.access import Principal
from core.errors import NotFound
from core.places import place_of
from core.values import Frozen
from db import answer_runs, steps
from db.conversation import Step
from db.models import AnswerRun, AnswerSource
from db.session import Database
from rag.types import Usage

NOTE = "request"  # in the metadata of a question's step


class StoredCitation(Frozen):
    """A number of an answer. ``document_id`` is None when the document was deleted; then only its title is known."""

    number: int
    document_id: UUID | None
    title: str
    page: int | None = None
    locator: str | None = None

    @property
    def where(self) -> str:
        """Title and place, for people: ``handbook.pdf, page 2``."""
        place = place_of(self.page, self.locator)
        return f"{self.title}, {place}" if place else self.title


class StoredAnswer(Frozen):
    """An answer run, begun or ended.

    Attributes:
        state: ``queued | running | done | refused | stopped | error``.
        text: Markdown with citations as ``[n]``; empty while it is written.
        finish: ``stop | length | content_filter``.
        library_ids: the libraries that were searched.
        error: why it failed, in a sentence for the person.
        question_step_id: its question's step; None when it belongs to no conversation.
        is_in_conversation: the question stands there.
        note: what a program stored with the question.
    """

    run_id: UUID
    thread_id: UUID | None
    question: str
    state: str
    text: str
    citations: tuple[StoredCitation, ...]
    mode: str | None
    model: str | None
    finish: str
    usage: Usage
    fallback_used: bool
    library_ids: frozenset[UUID]
    error: str | None
    reference: str | None
    created_at: datetime
    finished_at: datetime | None
    question_step_id: UUID | None = None
    is_in_conversation: bool = False
    note: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """True when nothing more comes."""
        return self.state not in ("queued", "running")


async def stored_answer(database: Database, principal: Principal, run_id: UUID) -> StoredAnswer:
    """An answer of the principal's.

    Raises:
        NotFound: no such run, or someone else's.
    """
    async with database.reader() as session:
        run = await answer_runs.get_owned(session, principal, run_id)
        sources = await answer_runs.sources(session, principal, run_id)
        step = await _question_step(session, principal, run)
    return await asyncio.to_thread(_view, run, sources, step)  # reads the whole answer


async def _question_step(session: AsyncSession, principal: Principal, run: AnswerRun) -> Step | None:
    if run.question_step_id is None:
        return None
    try:
        return await steps.require(session, principal, run.question_step_id)
    except NotFound:
        return None


def _view(run: AnswerRun, sources: Sequence[AnswerSource], step: Step | None) -> StoredAnswer:
    return StoredAnswer(
        run_id=run.id,
        thread_id=run.thread_id,
        question=run.question,
        state=run.state,
        text=in_words(run.answer),
        citations=tuple(_citation(source) for source in sources if source.cited),
        mode=run.mode,
        model=run.model,
        finish=next(
            (stage["details"].get("finish", "stop") for stage in run.trace if stage["name"] == "answer"), "stop"
        ),
        usage=Usage(input_tokens=run.input_tokens, output_tokens=run.output_tokens, cost_usd=float(run.cost_usd)),
        fallback_used=run.fallback_used,
        library_ids=frozenset(UUID(library_id) for library_id in run.scope["library_ids"]),
        error=run.error,
        reference=run.reference,
        created_at=run.created_at,
        finished_at=run.finished_at,
        question_step_id=run.question_step_id,
        is_in_conversation=step is not None,
        note=step.meta.get(NOTE, {}) if step else {},
    )


def _citation(source: AnswerSource) -> StoredCitation:
    return StoredCitation(
        number=source.number,
        document_id=source.document_id,
        title=source.document_title,
        page=source.page,
        locator=source.locator,
    )
