"""A kept answer as an answer run of its own: done at once, with sources and footnotes that open under its own id, and no tokens."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from answers.asked import Asked
from answers.cache import Found
from answers.record import Progress, source_columns
from db import answer_runs
from rag.events import PipelineEvent
from rag.types import Stage


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
