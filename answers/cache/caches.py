"""The caches used while a question is answered: whole answers, searches, the turns of a conversation."""

from collections.abc import Sequence

import structlog

from answers.cache.answers import AnswerCache
from answers.cache.history import Conversation
from answers.cache.reuse import ReusableAnswer
from answers.cache.searches import SearchCaches
from answers.question import Question
from answers.record import Progress
from core.cache import Cache
from core.settings import Settings
from db.session import Database
from rag.events import Done, Sources
from rag.index.live import LiveIndex
from rag.questions.kind import Kind
from rag.retrieval.query import VERB, is_follow_up
from rag.types import Turn

log = structlog.get_logger(__name__)


class AnswerCaches:
    """All caches around answers. Everything in them can be lost."""

    def __init__(self, database: Database, cache: Cache, live: LiveIndex, settings: Settings) -> None:
        self._database = database
        self.answers = AnswerCache(database, cache, live, settings)
        self.searches = SearchCaches(cache, settings)
        self.conversation = Conversation(cache.namespace("history", settings.history_cache_s))

    async def reusable(self, question: Question) -> ReusableAnswer | None:
        """The lookup of a cached answer; None when the question does not stand alone or wants a fresh answer."""
        if question.is_fresh or not question.is_cacheable or not await self._stands_alone(question):
            return None
        return ReusableAnswer(self.answers, question)

    async def store(
        self, question: Question, history: Sequence[Turn], epochs: str, progress: Progress, done: Done
    ) -> None:
        """Store an answer, unless it depends on its conversation (the model has read earlier turns)."""
        is_alone = done.mode == "extractive" or not history
        is_of_question = progress.query == question.text and progress.kind is Kind.FACT and is_alone
        if not is_of_question or not question.is_cacheable or progress.check is None or progress.index_version is None:
            return
        try:
            sources = Sources(sources=progress.sources)
            await self.answers.store(
                question.text, question.scope, epochs, progress.index_version, sources, progress.check, done
            )
        except Exception:  # the answer itself is sent and stored
            log.exception("answer.not_kept", answer_run_id=str(question.run_id))

    async def _stands_alone(self, question: Question) -> bool:
        """True for the first question of a conversation, and for later ones that clearly name their own subject."""
        is_first = question.thread_id is None and not question.history
        if is_first or (VERB.search(question.text) and not is_follow_up(question.text)):
            return True
        async with self._database.reader() as session:
            return not await self.conversation.turns(session, question)
