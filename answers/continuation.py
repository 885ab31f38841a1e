"""An answer that was cut off at its length limit, put together again so that a model can go on with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from answers import record
from core.access import Principal, SearchScope, scope_of
from core.errors import Conflict, NotFound
from db import answer_runs, sections
from db.models import AnswerRun, AnswerSource
from db.session import Database
from rag.grounding.marker_stream import only_known
from rag.models.reply import LONGEST_CHARS
from rag.retrieval.expand import Excerpt, with_run
from rag.types import Beginning, Chunk, Source

IS_COMPLETE = "This answer is complete."
IS_LONG = "This answer is as long as an answer may be. Ask about a part of it."
HAS_CHANGED = "The documents behind this answer have changed since. Ask again."


@dataclass(frozen=True, slots=True)
class CutAnswer:
    """A run whose answer was cut off at the length limit, and what it has so far."""

    run: AnswerRun
    scope: SearchScope
    beginning: Beginning


async def cut_answer(database: Database, principal: Principal, run_id: UUID, index_version: int) -> CutAnswer:
    """The cut answer of a run of the principal's.

    Args:
        index_version: the live one.

    Raises:
        NotFound: no such run, or someone else's.
        Conflict: it is complete or too long, or its sources are not what they were.
    """
    async with database.reader() as session:
        run = await answer_runs.get_owned(session, principal, run_id)
        rows = await answer_runs.sources(session, principal, run_id)
    runs = _runs(run)
    if run.state != "done" or not runs:
        raise Conflict(IS_COMPLETE)
    if len(run.answer) >= LONGEST_CHARS:
        raise Conflict(IS_LONG)
    documents = run.scope.get("document_ids")
    scope = scope_of(principal, None if documents is None else frozenset(map(UUID, documents)))
    chunks = await record.current_chunks(database, scope, index_version, [row.chunk_id for row in rows])
    sources = [await _source(database, scope, row, chunks.get(row.chunk_id), runs.get(row.chunk_id)) for row in rows]
    answer = only_known(run.answer, [source.number for source in sources])
    return CutAnswer(run, scope, Beginning(query=run.query or run.question, answer=answer, sources=tuple(sources)))


def _runs(run: AnswerRun) -> dict[UUID, tuple[int, int]]:
    """Which run of its section each source was, by chunk; empty for an answer that was not cut off (see ``rag/pipeline.py``)."""
    stages: Sequence[dict[str, Any]] = run.trace
    details: dict[str, Any] = next((stage["details"] for stage in stages if stage["name"] == "answer"), {})
    return {UUID(chunk_id): (start, end) for chunk_id, start, end in details.get("runs", ())}


async def _source(
    database: Database, scope: SearchScope, row: AnswerSource, chunk: Chunk | None, run: tuple[int, int] | None
) -> Source:
    """A source as the model read it."""
    if chunk is None or run is None or chunk.version != row.version:
        raise Conflict(HAS_CHANGED)
    start, end = run
    if (start, end) != (chunk.char_start, chunk.char_end):
        try:
            async with database.reader() as session:
                section = await sections.get(session, scope, chunk.document_id, chunk.section, chunk.version)
        except NotFound:
            raise Conflict(HAS_CHANGED) from None
        chunk = with_run(chunk, Excerpt(start=start, text=section.text[start:end]))
    return Source(number=row.number, chunk=chunk, similarity=row.similarity)
