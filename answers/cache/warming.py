"""Answers to frequent questions, made before they are asked. No run is stored, nobody is charged, no language model is asked."""

from collections.abc import Collection, Mapping
from contextlib import aclosing
from functools import partial
from uuid import UUID

from answers import record
from answers.asked import Asked
from answers.cache.answers import epochs_of
from answers.cache.caches import AnswerCaches
from answers.record import Progress
from answers.surroundings import around
from core.access import Principal, Role, scope_of
from db import libraries, users
from db.session import Database
from rag.events import Done, Sources
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline
from rag.types import Chunk

NO_MODEL = "Nobody waits for this answer."


class AnswerWarmer:
    """Asks questions for the sake of the caches.

    Args:
        writes_answers: False where a language model writes them: then only the search is made ready.
    """

    def __init__(
        self, database: Database, pipeline: RagPipeline, caches: AnswerCaches, *, writes_answers: bool
    ) -> None:
        self._database = database
        self._pipeline = pipeline
        self._caches = caches
        self._writes_answers = writes_answers

    async def __call__(self, user_id: UUID, question: str, document_ids: frozenset[UUID] | None) -> bool:
        """Make a stand-alone question's answer ready for a person, within all that they may see now, or these documents of it.

        Returns:
            False when it was ready already, or the person is gone or locked out.
        """
        principal = await self._principal(user_id)
        if principal is None:
            return False
        asked = Asked(principal, question, scope_of(principal, document_ids))
        if await self._caches.answers.find(question, asked.scope):
            return False
        async with self._database.reader() as session:
            epochs = await epochs_of(session, asked.scope)
        await self._ask(asked, epochs)
        return True

    async def _ask(self, asked: Asked, epochs: str) -> None:
        progress = Progress(asked.principal.user_id, usage_meter=UsageMeter(NO_MODEL))

        async def shown(index_version: int, chunk_ids: Collection[UUID]) -> Mapping[UUID, Chunk]:
            progress.index_version = index_version
            return await record.shown(self._database, asked.scope, index_version, chunk_ids)

        stream = self._pipeline.stream(
            asked.question,
            (),
            asked.scope,
            shown=shown,
            around=partial(around, self._database, asked.scope),
            search_cache=self._caches.searches.within(asked.scope, epochs),
            usage_meter=progress.usage_meter,
        )
        async with aclosing(stream) as events:
            async for event in events:
                progress.apply(event)
                if isinstance(event, Sources) and not self._writes_answers:
                    return
                if isinstance(event, Done):
                    await self._caches.keep(asked, (), epochs, progress, event)

    async def _principal(self, user_id: UUID) -> Principal | None:
        """The person as they are now; None for one who may not sign in."""
        async with self._database.reader() as session:
            user = await users.get(session, user_id)
            if user is None or user.disabled_at is not None:
                return None
            personal, grants = await libraries.grants_of(session, user_id)
        return Principal(user.id, user.username, Role(user.role), personal, grants)
