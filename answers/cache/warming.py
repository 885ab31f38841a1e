"""Answers to frequent questions, cached ahead of time. This stores no run, charges no person and calls no language model."""

from contextlib import aclosing
from uuid import UUID

from answers.askers import principal_of
from answers.cache.answers import epochs_of
from answers.cache.caches import AnswerCaches
from answers.question import Question
from answers.record import Progress
from answers.rows import rows_of
from core.access import scope_of
from db.session import Database
from rag.events import Done, Sources
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline

NO_MODEL = "Nobody waits for this answer."


class AnswerWarmer:
    """Asks questions to fill the caches.

    Args:
        writes_answers: False where a language model writes answers: then only the search is cached.
    """

    def __init__(
        self, database: Database, pipeline: RagPipeline, caches: AnswerCaches, *, writes_answers: bool
    ) -> None:
        self._database = database
        self._pipeline = pipeline
        self._caches = caches
        self._writes_answers = writes_answers

    async def __call__(self, user_id: UUID, text: str, document_ids: frozenset[UUID] | None) -> bool:
        """Cache the answer to a stand-alone question of a person.

        Args:
            document_ids: search these documents only; None for all that the person may see now.

        Returns:
            False when it was cached already, or the person was deleted or disabled.
        """
        async with self._database.reader() as session:
            principal = await principal_of(session, user_id)
        if principal is None:
            return False
        question = Question(principal, text, scope_of(principal, document_ids))
        if await self._caches.answers.find(question.text, question.scope):
            return False
        async with self._database.reader() as session:
            epochs = await epochs_of(session, question.scope)
        await self._ask(question, epochs)
        return True

    async def _ask(self, question: Question, epochs: str) -> None:
        progress = Progress(question.principal.user_id, usage_meter=UsageMeter(NO_MODEL))
        searches = self._caches.searches.within(question.scope, epochs)
        stream = self._pipeline.stream(
            question.text,
            (),
            question.scope,
            rows=rows_of(self._database, question.scope, searches, progress.searched),
            usage_meter=progress.usage_meter,
        )
        async with aclosing(stream) as events:
            async for event in events:
                progress.apply(event)
                if isinstance(event, Sources) and not self._writes_answers:
                    return
                if isinstance(event, Done):
                    await self._caches.store(question, (), epochs, progress, event)
