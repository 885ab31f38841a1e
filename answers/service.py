"""One question asked by a Principal, end to end: limits, history, search and answer, the run stored. Every door calls this."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from uuid import UUID

import structlog

from answers import record
from answers.asked import Asked
from answers.cache.answers import epochs_of
from answers.cache.caches import AnswerCaches
from answers.cache.history import Conversation
from answers.footnotes import footnote
from answers.quotas import Quotas
from answers.record import Progress
from answers.surroundings import around
from answers.types import CitationView
from core.access import Principal, scope_of
from core.background import Background
from core.errors import FootnoteError, Invalid
from core.rate_limit import RateLimiter
from core.settings import Settings
from db import answer_runs
from db.session import Database
from rag.events import AnswerEvent, Done, Failed, PipelineEvent, Sources, Started
from rag.grounding.markers import parse
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline
from rag.types import Chunk, Turn

log = structlog.get_logger(__name__)

LONGEST_QUESTION = 8000  # characters
SOMETHING_WRONG = "Something went wrong while answering. Please try again."


class AnswerService:
    """Asks on behalf of people, and opens the footnotes of their answers.

    Args:
        caches: None: everything is searched, read and written anew.
    """

    def __init__(
        self,
        database: Database,
        limiter: RateLimiter,
        pipeline: RagPipeline,
        settings: Settings,
        caches: AnswerCaches | None = None,
    ) -> None:
        self._database = database
        self._caches = caches
        self._conversation = caches.conversation if caches else Conversation()
        self._quotas = Quotas(database, limiter, settings.limit)
        self._pipeline = pipeline
        self._background = Background()
        self._sources: dict[UUID, asyncio.Task[None]] = {}  # being stored, by the run's id

    async def ask(
        self,
        principal: Principal,
        question: str,
        *,
        thread_id: UUID | None = None,
        question_step_id: UUID | None = None,
        document_ids: Collection[UUID] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """``Started``, then the events of ``rag/events.py``; the last is ``Done``, ``Refused`` or ``Failed``.

        Closing or cancelling stores what was streamed until then as stopped, its citations checked.

        Args:
            thread_id: the conversation whose earlier questions count; it is made when it does not exist.
            question_step_id: the question's step, so that a deleted or edited question is forgotten.
            document_ids: answer from these documents only.
            fresh: give no answer that was given before, and search anew.

        Raises:
            Invalid, LimitExceeded, NotFound: before ``Started``; nothing is stored.
        """
        question = _checked(question)
        refusal = await self._quotas.admit(principal)
        scope = scope_of(principal, None if document_ids is None else frozenset(document_ids))
        asked = Asked(principal, question, scope, thread_id, question_step_id, fresh)
        again, history, epochs = await self._again_or_begin(asked)
        for event in again:
            yield event
        if again:
            return
        progress = Progress(principal.user_id, usage_meter=UsageMeter(refusal))
        try:
            yield Started(answer_run_id=asked.run_id, thread_id=thread_id)
            async with aclosing(self._events(asked, history, epochs, progress)) as events:
                async for event in events:
                    yield event
        finally:
            if "state" not in progress.outcome:
                await self._in_background(self._stop(asked, progress))

    async def citation(self, principal: Principal, answer_run_id: UUID, number: int) -> CitationView:
        """A source of one of the principal's answers, as it may be shown now.

        Raises:
            NotFound: another's answer, no such source, or a document that the principal may no longer see.
        """
        if answer_run_id in self._sources:
            await asyncio.wait([self._sources[answer_run_id]])
        return await footnote(self._database, principal, answer_run_id, number)

    async def drain(self) -> None:
        """Wait until every stopped answer is stored."""
        await self._background.drain()

    async def _again_or_begin(self, asked: Asked) -> tuple[list[AnswerEvent], list[Turn], str]:
        """All events of an answer that was given before and holds still, its run stored; or none, and what :meth:`_begin` says."""
        given = await self._caches.given(asked) if self._caches else None
        if given is None:
            return [], *await self._begin(asked)
        if events := await given.same():
            return _given(asked, events), [], ""
        try:
            _, begun = await asyncio.gather(given.look(), self._begin(asked))  # the model embeds, PostgreSQL writes
            return _given(asked, await given.alike()), *begun
        except asyncio.CancelledError:
            await self._in_background(self._stop(asked, Progress(asked.principal.user_id)))
            raise

    async def _begin(self, asked: Asked) -> tuple[list[Turn], str]:
        """Store the run that starts; the conversation so far, and the epochs of what is searched, from before the search."""
        async with self._database.transaction() as session:
            await answer_runs.create(session, asked.principal, **asked.columns)
            history = await self._conversation.turns(session, asked)
            return history, await epochs_of(session, asked.scope) if self._caches else ""

    async def _events(
        self, asked: Asked, history: Sequence[Turn], epochs: str, progress: Progress
    ) -> AsyncGenerator[PipelineEvent, None]:
        """The pipeline's events, each stored before it is passed on where it must be; an exception becomes ``Failed``."""

        async def shown(index_version: int, chunk_ids: Collection[UUID]) -> Mapping[UUID, Chunk]:
            progress.index_version = index_version
            return await record.shown(self._database, asked.scope, index_version, chunk_ids)

        caches = self._caches
        stream = self._pipeline.stream(
            asked.question,
            history,
            asked.scope,
            asked_at=asked.started,
            shown=shown,
            around=partial(around, self._database, asked.scope),
            search_cache=caches.searches.within(asked.scope, epochs, is_fresh=asked.is_fresh) if caches else None,
            usage_meter=progress.usage_meter,
            earlier=partial(caches.answers.earlier, asked.scope) if caches else None,
        )
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    progress.apply(event)
                    await self._store(event, asked, progress)
                    if isinstance(event, Done) and caches:
                        self._background.start(caches.keep(asked, history, epochs, progress, event))
                    yield event
        except Exception as error:
            failed = _failed(error, asked.run_id)
            progress.apply(failed)
            await self._in_background(self._store_failure(asked.run_id, progress))
            yield failed

    async def _store(self, event: PipelineEvent, asked: Asked, progress: Progress) -> None:
        if isinstance(event, Sources):  # while the model is being asked
            work = record.store_sources(self._database, asked.run_id, asked.scope, progress)
            progress.storing = self._sources[asked.run_id] = self._background.start(work)
            progress.storing.add_done_callback(lambda _: self._sources.pop(asked.run_id, None))
        elif progress.storing is not None:
            await asyncio.shield(progress.storing)
        if "state" in progress.outcome:
            await self._in_background(record.store_end(self._database, asked.run_id, progress))
            log.info("answer.ended", answer_run_id=str(asked.run_id), **_logged(progress))

    async def _stop(self, asked: Asked, progress: Progress) -> None:
        if progress.storing is not None:
            await asyncio.wait([progress.storing])
        await self._check(asked.question, progress)
        writer = progress.usage_meter.writer
        progress.outcome |= {"state": "stopped"} | ({"mode": "llm", "model": writer} if writer else {})
        await record.store_end(self._database, asked.run_id, progress)
        log.info("answer.ended", answer_run_id=str(asked.run_id), **_logged(progress))

    async def _store_failure(self, run_id: UUID, progress: Progress) -> None:
        """A failure while storing must not hide the failure itself."""
        try:
            await self._check(progress.query or "", progress)
            await record.store_end(self._database, run_id, progress)
        except Exception:
            log.exception("answer.not_stored", answer_run_id=str(run_id))

    async def _check(self, question: str, progress: Progress) -> None:
        """Check the citations of a partial answer; when even that fails, none of them is kept."""
        if progress.is_checked or not progress.answer or progress.outcome.get("state") == "refused":
            return
        try:
            progress.take_check(
                await self._pipeline.check(progress.answer, progress.sources, progress.query or question)
            )
        except Exception:
            log.exception("answer.not_checked")
            progress.answer = parse(progress.answer).bare

    async def _in_background(self, work: Coroutine[None, None, None]) -> None:
        """Run to the end even when the caller is cancelled meanwhile."""
        await asyncio.shield(self._background.start(work))


def _checked(question: str) -> str:
    question = question.replace("\x00", "").strip()
    if not question:
        raise Invalid("The question is empty.")
    if len(question) > LONGEST_QUESTION:
        raise Invalid(f"The question is longer than {LONGEST_QUESTION} characters.")
    return question


def _given(asked: Asked, events: Sequence[PipelineEvent]) -> list[AnswerEvent]:
    """With the event that begins them; none without any."""
    if not events:
        return []
    log.info("answer.ended", answer_run_id=str(asked.run_id), state="done", is_cached=True, took_ms=asked.took_ms)
    return [Started(answer_run_id=asked.run_id, thread_id=asked.thread_id), *events]


def _failed(error: Exception, run_id: UUID) -> Failed:
    fact = error if isinstance(error, FootnoteError) else FootnoteError(SOMETHING_WRONG)
    log.error("answer.failed", answer_run_id=str(run_id), reference=fact.reference, exc_info=error)
    return Failed(message=fact.message, reference=fact.reference, retry_after_s=fact.retry_after_s)


def _logged(progress: Progress) -> dict[str, object]:
    names = ("state", "mode", "timings", "dropped_citations", "unsupported_sentences")
    return {name: progress.outcome[name] for name in names if name in progress.outcome}
