"""Questions asked on nobody's behalf, to know whether they are answered. This stores no run and calls no language model."""

from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from uuid import UUID

from answers.corpus import DatabaseCorpus
from answers.rows import rows_of
from core.access import SearchScope
from db.session import Database
from rag.events import Citations
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline

NO_MODEL = "Nobody waits for this answer."


class QuestionVerifier:
    """Asks questions within a library or a document."""

    def __init__(self, database: Database, pipeline: RagPipeline) -> None:
        self._database = database
        self._pipeline = pipeline

    async def __call__(self, question: str, library_id: UUID, document_id: UUID | None) -> Sequence[tuple[UUID, int]]:
        """The chunks that the answer without a language model cites, as document and index; none when it is refused."""
        answer = await self.answer(
            question, SearchScope(frozenset([library_id]), frozenset([document_id]) if document_id else None)
        )
        return [(one.chunk.document_id, one.chunk.index) for one in answer.citations] if answer else []

    async def answer(self, question: str, scope: SearchScope) -> Citations | None:
        """The checked answer without a language model; None when it is refused."""
        stream = self._pipeline.stream(
            question,
            (),
            scope,
            rows=rows_of(self._database, scope),
            usage_meter=UsageMeter(NO_MODEL),
            corpus=partial(DatabaseCorpus, self._database, scope),
        )
        answer = None
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Citations):
                    answer = event
        return answer
