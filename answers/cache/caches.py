"""All caches used while a question is answered: whole answers, searches, the turns of a conversation."""

from collections.abc import Sequence

import structlog

from answers.asked import Asked
from answers.cache.answers import AnswerCache
from answers.cache.history import Conversation
from answers.cache.reuse import GivenBefore
from answers.cache.searches import SearchCaches
from answers.record import Progress
from core.cache import Cache
from core.settings import Settings
from db.session import Database
from rag.events import Done, Sources
from rag.index.live import LiveIndex
from rag.retrieval.query import VERB, is_follow_up
from rag.types import Turn

log = structlog.get_logger(__name__)


class AnswerCaches:
    """All caches of the answers. Nothing in them is needed."""

    def __init__(self, database: Database, cache: Cache, live: LiveIndex, settings: Settings) -> None:
        self._database = database
        self.answers = AnswerCache(database, cache, live, settings)
        self.searches = SearchCaches(cache, settings)
        self.conversation = Conversation(cache.namespace("history", settings.cache.history_s))

    async def given(self, asked: Asked) -> GivenBefore | None:
        """What was answered before; None for questions that do not stand alone, and for those who wish a fresh answer."""
        return None if asked.is_fresh or not await self._stands_alone(asked) else GivenBefore(self.answers, asked)

    async def keep(self, asked: Asked, history: Sequence[Turn], epochs: str, progress: Progress, done: Done) -> None:
        """Keep an answer, unless it is one to this conversation only: a model has seen what was said before."""
        is_of_question = progress.query == asked.question and (done.mode == "extractive" or not history)
        if not is_of_question or progress.check is None or progress.index_version is None:
            return
        try:
            sources = Sources(sources=progress.sources)
            await self.answers.keep(
                asked.question, asked.scope, epochs, progress.index_version, sources, progress.check, done
            )
        except Exception:  # the answer is told and stored: this was for others
            log.exception("answer.not_kept", answer_run_id=str(asked.run_id))

    async def _stands_alone(self, asked: Asked) -> bool:
        """True for the first question of a conversation, and for later ones that plainly bring their own subject."""
        if asked.thread_id is None or (VERB.search(asked.question) and not is_follow_up(asked.question)):
            return True
        async with self._database.reader() as session:
            return not await self.conversation.turns(session, asked)
