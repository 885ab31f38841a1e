"""One question of a Principal, end to end: limits, history, search and answer, storing the run. Every door calls this."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Coroutine, Sequence
from contextlib import aclosing
from functools import partial
from uuid import UUID

import structlog

from answers import record
from answers.cache.answers import epochs_of
from answers.cache.caches import AnswerCaches
from answers.cache.history import Conversation
from answers.continuation import cut_answer
from answers.corpus import DatabaseCorpus, sources_before
from answers.endings import Endings
from answers.footnotes import footnote
from answers.handle import RunHandle
from answers.line import AT_ONCE, Line
from answers.question import Question, bounded, checked
from answers.quotas import Quotas
from answers.record import Progress
from answers.rows import rows_of
from answers.types import CitationView
from core.access import Principal, SearchScope, scope_of
from core.background import Background
from core.errors import FootnoteError
from core.rate_limit import RateLimiter
from core.retry import known, when_there_is_room
from core.settings import Settings
from core.telemetry import series
from db import answer_runs
from db.models import AnswerRun
from db.session import Database
from rag.events import AnswerEvent, Done, Failed, PipelineEvent, Searching, Sources, Started, Waiting
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline
from rag.questions.kind import Kind
from rag.types import Turn

log = structlog.get_logger(__name__)

SOMETHING_WRONG = "Something went wrong while answering. Please try again."


class AnswerService:
    """Answers questions, and opens the footnotes of the answers.

    Args:
        caches: None: nothing is cached.

    Attributes:
        running: ids of the runs that this process answers now; somebody has to keep them alive, see ``conversations/runs/upkeep.py``.
        endings: how runs end.
        line: in which questions wait where many are asked at the same moment.
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
        self.endings = Endings(database, pipeline)
        self.running: set[UUID] = set()
        self._background = Background()
        self._beginnings = asyncio.Semaphore(AT_ONCE)
        self.line = Line()
        self._sources: dict[UUID, asyncio.Task[None]] = {}  # being stored, by the run's id

    async def ask(
        self,
        principal: Principal,
        text: str,
        *,
        thread_id: UUID | None = None,
        question_step_id: UUID | None = None,
        document_ids: Collection[UUID] | None = None,
        library_ids: Collection[UUID] | None = None,
        attached: Sequence[UUID] = (),
        kind: Kind | None = None,
        fresh: bool = False,
        alone: bool = False,
        history: Sequence[Turn] = (),
        handle: RunHandle | None = None,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Answer a question: yields ``Started``, then the events of ``rag/events.py``; the last is ``Done``, ``Refused`` or ``Failed``.

        Closing or cancelling checks the citations of what was streamed so far, and stores it as stopped.

        Args:
            thread_id: the conversation whose earlier questions count; it is created when it does not exist.
            question_step_id: the question's step, so that a deleted or edited question no longer counts.
            document_ids: answer from these documents only; a few are what a question about whole documents is about.
            library_ids: answer from these libraries only.
            attached: documents that came with the question: it is about them unless it says otherwise.
            kind: of the question, where the caller knows better than its text tells.
            fresh: use no cached answer and no cached search.
            alone: take the question as it was written, without the conversation before it.
            history: turns before the question that no thread holds, oldest first; they follow those of the thread.
            handle: the run, where the caller must know it before it has begun.

        Raises:
            Invalid, LimitExceeded, NotFound: before ``Started``; nothing is stored.
        """
        text, handle = checked(text), handle or RunHandle()
        refusal = await self._admitted(principal, handle)
        scope = scope_of(principal, document_ids, library_ids)
        is_fresh = fresh or kind is not None or bool(attached)  # cached answers are to the text alone
        question = Question(
            principal,
            text,
            scope,
            thread_id,
            question_step_id,
            is_fresh,
            tuple(attached),
            alone,
            kind,
            history=bounded(history),
            handle=handle,
        )
        async with aclosing(self._answered(question, refusal)) as events:
            async for event in events:
                yield event

    async def admit(self, principal: Principal) -> None:
        """Count a question that is answered later. Raises LimitExceeded."""
        await self._quotas.admit(principal)

    async def _admitted(self, principal: Principal, handle: RunHandle) -> str:
        async with self._beginnings:
            return await (self._quotas.admit_again if handle.is_queued else self._quotas.admit)(principal)

    async def go_on(
        self, principal: Principal, answer_run_id: UUID, handle: RunHandle | None = None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Continue an answer that was cut off at its length limit: a run of its own, with the whole answer and the same sources.

        Yields what :meth:`ask` yields; the first token is the answer so far.

        Raises:
            Conflict, LimitExceeded, NotFound: before ``Started``; see :func:`answers.continuation.cut_answer`.
        """
        handle = handle or RunHandle()
        refusal = await self._admitted(principal, handle)
        cut = await cut_answer(self._database, principal, answer_run_id, self._pipeline.index_version)
        run = cut.run
        question = Question(
            principal,
            run.question,
            cut.scope,
            run.thread_id,
            run.question_step_id,
            is_fresh=True,
            beginning=cut.beginning,
            handle=handle,
        )
        async with aclosing(self._answered(question, refusal)) as events:
            async for event in events:
                yield event

    async def repeat(
        self,
        payer: Principal,
        asker: Principal,
        run: AnswerRun,
        scope: SearchScope,
        history: Sequence[Turn],
        handle: RunHandle,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Answer the question of a person's run again, anew and outside their conversations: a run of its own, marked as a repeat.

        Args:
            payer: whose quota and use of models it counts as.
            history: the turns before the question.

        Raises:
            LimitExceeded: before ``Started``; nothing is stored.
        """
        refusal = await self._quotas.admit(payer)
        question = Question(
            asker,
            run.question,
            scope,
            is_fresh=True,
            history=bounded(history),
            handle=handle,
            repeats_run_id=run.id,
            charged_to=payer.user_id,
        )
        async with aclosing(self._answered(question, refusal)) as events:
            async for event in events:
                yield event

    async def _answered(self, question: Question, refusal: str) -> AsyncGenerator[AnswerEvent, None]:
        """``Started`` and the events of an answer, new or cached."""
        self.running.add(question.run_id)
        try:
            cached, history, epochs = await self._cached_or_begun(question)
            for event in cached:
                yield event
            if not cached:
                async with aclosing(self._written(question, history, epochs, refusal)) as events:
                    async for event in events:
                        yield event
        finally:
            self.running.discard(question.run_id)

    async def _written(
        self, question: Question, history: Sequence[Turn], epochs: str, refusal: str
    ) -> AsyncGenerator[AnswerEvent, None]:
        """``Started`` and the events of a new answer."""
        progress = Progress(question.payer, usage_meter=UsageMeter(refusal))
        try:
            yield Started(answer_run_id=question.run_id, thread_id=question.thread_id)
            async with aclosing(self._events(question, history, epochs, progress)) as events:
                async for event in events:
                    yield event
        finally:
            if "state" not in progress.outcome:
                await self._in_background(self.endings.stop(question, progress))

    async def citation(self, principal: Principal, answer_run_id: UUID, number: int) -> CitationView:
        """A source of one of the principal's answers, with what they may see now.

        Raises:
            NotFound: someone else's answer, no such source, or a document that the principal may no longer see.
        """
        if answer_run_id in self._sources:
            await asyncio.wait([self._sources[answer_run_id]])
        return await footnote(self._database, principal, answer_run_id, number)

    async def drain(self) -> None:
        """Wait until every stopped answer is stored."""
        await self._background.drain()

    async def _cached_or_begun(self, question: Question) -> tuple[list[AnswerEvent], list[Turn], str]:
        """All events of a valid cached answer, its run stored; or no events, and the results of :meth:`_begin`."""
        reusable = await self._caches.reusable(question) if self._caches else None
        begin = partial(when_there_is_room, partial(self._begin, question))
        if reusable is None:
            return [], *await begin()
        if events := await reusable.same():
            return _after_started(question, events), [], ""
        try:
            # At the same time: the model embeds while PostgreSQL writes.
            _, begun = await asyncio.gather(reusable.look(), begin())
            return _after_started(question, await reusable.alike()), *begun
        except asyncio.CancelledError:
            await self._in_background(self.endings.stop(question, Progress(question.principal.user_id)))
            raise

    async def _begin(self, question: Question) -> tuple[list[Turn], str]:
        """Store the new run; returns the conversation so far, and the epochs of the searched libraries before the search."""
        async with self._beginnings, self._database.transaction() as session:
            if not question.handle.is_queued:
                await answer_runs.create(session, question.principal, **question.columns)
            history = [] if question.is_alone else await self._conversation.turns(session, question)
            return history, await epochs_of(session, question.scope) if self._caches else ""

    async def _events(
        self, question: Question, history: Sequence[Turn], epochs: str, progress: Progress
    ) -> AsyncGenerator[Waiting | PipelineEvent, None]:
        """The pipeline's events; what must be stored is stored before it is yielded. An exception becomes ``Failed``."""
        caches = self._caches
        searches = caches.searches.within(question.scope, epochs, is_fresh=question.is_fresh) if caches else None
        stream = self._pipeline.stream(
            question.text,
            history,
            question.scope,
            asked_at=question.started,
            rows=rows_of(self._database, question.scope, searches, progress.searched, is_for_person=True),
            usage_meter=progress.usage_meter,
            corpus=partial(DatabaseCorpus, self._database, question.scope),
            attached=question.attached,
            kind=question.kind,
            sources_before=partial(sources_before, self._database, question),
            earlier_answer=partial(caches.answers.earlier, question.scope) if caches else None,
            beginning=question.beginning,
        )
        try:
            async with self.line.place() as place, aclosing(stream) as events:
                async for ahead in self.line.ahead(place):
                    yield Waiting(ahead=ahead)
                async for event in events:
                    if not isinstance(event, Searching):  # the sources are found
                        self.line.leave(place)
                    progress.apply(event)
                    await self._store(event, question, progress)
                    if isinstance(event, Done) and caches and question.beginning is None:
                        self._background.start(caches.store(question, history, epochs, progress, event))
                    yield event
        except Exception as error:
            failed = _failed(error, question.run_id)
            progress.apply(failed)
            await self._in_background(self.endings.fail(question, progress))
            yield failed

    async def _store(self, event: PipelineEvent, question: Question, progress: Progress) -> None:
        if isinstance(event, Sources):  # while the model writes
            work = partial(record.store_sources, self._database, question.run_id, question.scope, progress)
            progress.storing = self._sources[question.run_id] = self._background.start(when_there_is_room(work))
            progress.storing.add_done_callback(lambda _: self._sources.pop(question.run_id, None))
        elif progress.storing is not None:
            await asyncio.shield(progress.storing)
        if "state" in progress.outcome:
            await self._in_background(self.endings.store(question, progress))

    async def _in_background(self, work: Coroutine[None, None, None]) -> None:
        """Run to the end even when the caller is cancelled."""
        await asyncio.shield(self._background.start(work))


def _after_started(question: Question, events: Sequence[PipelineEvent]) -> list[AnswerEvent]:
    """The events of a cached answer after ``Started``; empty when there are none."""
    if not events:
        return []
    log.info("answer.ended", answer_run_id=str(question.run_id), state="done", is_cached=True, took_ms=question.took_ms)
    series.ANSWERS.add("done", "yes")
    series.FIRST_TOKEN_SECONDS.add(question.took_ms / 1000)
    series.ANSWER_SECONDS.add(question.took_ms / 1000)
    return [Started(answer_run_id=question.run_id, thread_id=question.thread_id), *events]


def _failed(error: Exception, run_id: UUID) -> Failed:
    fact = known(error) or FootnoteError(SOMETHING_WRONG)
    log.error("answer.failed", answer_run_id=str(run_id), reference=fact.reference, exc_info=error)
    return Failed(message=fact.message, reference=fact.reference, retry_after_s=fact.retry_after_s)
