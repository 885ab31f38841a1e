"""A cached answer stored as an answer run of its own, with sources and footnotes under its own id and no tokens spent."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from answers.asked import Asked
from answers.cache.answers import AnswerCache, Found, Near
from answers.record import Progress, source_columns
from db import answer_runs
from rag.events import PipelineEvent
from rag.types import Stage


class GivenBefore:
    """The answers that one question had before: to its own words, then to other words that mean the same."""

    def __init__(self, answers: AnswerCache, asked: Asked) -> None:
        self._answers = answers
        self._asked = asked
        self._near: list[Near] = []
        self._events: list[PipelineEvent] = []

    async def same(self) -> list[PipelineEvent]:
        """The events of the answer to the same words, stored as a run of the asker's; none when there is no such answer."""
        if await self._answers.same(self._asked.question, self._asked.scope, self._store):
            self._answers.count(is_found=True)
        return self._events

    async def look(self) -> None:
        """Look for other words. The question is embedded, which takes longest; nothing is given yet."""
        self._near = await self._answers.near(self._asked.question, self._asked.scope)

    async def alike(self) -> list[PipelineEvent]:
        """As :meth:`same`, of what :meth:`look` found. The run may have begun already."""
        found = await self._answers.alike(self._near, self._asked.scope, self._store)
        self._answers.count(is_found=found is not None)
        return self._events

    async def _store(self, session: AsyncSession, found: Found) -> None:
        self._events = events_of(found, self._asked)
        progress = Progress(self._asked.principal.user_id)
        for event in self._events:
            progress.apply(event)
        await store(session, self._asked, progress)


def events_of(found: Found, asked: Asked) -> list[PipelineEvent]:
    """What happens when a kept answer is given."""
    details: dict[str, object] = {"hit": found.how, "age_s": round(found.answer.age_s)}
    if found.similarity is not None:  # how it was worded then is its asker's affair
        details["similarity"] = round(found.similarity, 3)
    stage = Stage(name="cache", took_ms=asked.took_ms, details=details)
    return found.answer.events(asked.question, found.how, stage, asked.took_ms)


async def store(session: AsyncSession, asked: Asked, progress: Progress) -> None:
    """Write a run that is over, and what it cites."""
    await answer_runs.create_ended(
        session,
        asked.principal,
        **asked.columns,
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
