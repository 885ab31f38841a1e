"""A cached answer, reused as a new answer run: with its own id, sources and footnotes, and no tokens spent."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from answers.cache.answers import AnswerCache, CacheMatch, Near
from answers.question import Question
from answers.record import Progress, source_columns
from db import answer_runs
from rag.events import PipelineEvent
from rag.types import Stage


class ReusableAnswer:
    """Looks for the cached answer to a question: to the same words, then to other words that mean the same."""

    def __init__(self, answers: AnswerCache, question: Question) -> None:
        self._answers = answers
        self._question = question
        self._near: list[Near] = []
        self._events: list[PipelineEvent] = []

    async def same(self) -> list[PipelineEvent]:
        """Events of the answer to the same words, which is stored as a run of the asker; empty when there is none."""
        if await self._answers.same(self._question.text, self._question.scope, self._store):
            self._answers.count(is_found=True)
        return self._events

    async def look(self) -> None:
        """Find questions with other words. This embeds the question, which takes longest; nothing is stored yet."""
        self._near = await self._answers.near(self._question.text, self._question.scope)

    async def alike(self) -> list[PipelineEvent]:
        """Like :meth:`same`, for the questions that :meth:`look` found. The run may have begun already."""
        match = await self._answers.alike(self._near, self._question.scope, self._store)
        self._answers.count(is_found=match is not None)
        return self._events

    async def _store(self, session: AsyncSession, match: CacheMatch) -> None:
        self._events = events_of(match, self._question)
        progress = Progress(self._question.principal.user_id)
        for event in self._events:
            progress.apply(event)
        await store_run(session, self._question, progress)


def events_of(match: CacheMatch, question: Question) -> list[PipelineEvent]:
    """The events of a cached answer, for a new question."""
    details: dict[str, object] = {"hit": match.hit, "age_s": round(match.answer.age_s)}
    if match.similarity is not None:  # not the other question itself: someone else may have asked it
        details["similarity"] = round(match.similarity, 3)
    stage = Stage(name="cache", took_ms=question.took_ms, details=details)
    return match.answer.events(question.text, match.hit, stage, question.took_ms)


async def store_run(session: AsyncSession, question: Question, progress: Progress) -> None:
    """Write a finished run with its sources and citations."""
    await answer_runs.create_ended(
        session,
        question.principal,
        **question.columns,
        sources=_rows(progress),
        query=progress.query,
        answer=progress.answer,
        **progress.outcome,
    )


def _rows(progress: Progress) -> list[dict[str, Any]]:
    cited = {
        citation.number: {
            "cited": True,
            "support": citation.support,
            "spans": [[span.start, span.end] for span in citation.spans],
        }
        for citation in progress.citations
    }
    return [source_columns(source) | cited.get(source.number, {}) for source in progress.sources]
