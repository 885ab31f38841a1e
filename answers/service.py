"""One question asked by a Principal, end to end: limits, history, search and answer, the run stored. Every door calls this."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Coroutine, Sequence
from contextlib import aclosing
from functools import partial
from uuid import UUID, uuid4

import structlog

from answers import record
from answers.quotas import Quotas
from answers.record import Progress
from answers.surroundings import around
from answers.types import CitationView
from core.access import Principal, SearchScope, scope_of
from core.errors import FootnoteError, Invalid
from core.rate_limit import RateLimiter
from core.settings import Settings
from db import answer_runs, documents, sections
from db.models import AnswerSource
from db.session import Database
from rag.events import AnswerEvent, Failed, PipelineEvent, Sources, Started
from rag.markers import parse
from rag.models.bill import Bill
from rag.pipeline import RagPipeline
from rag.types import Span, Turn

log = structlog.get_logger(__name__)

LONGEST_QUESTION = 8000  # characters
REMEMBERED_TURNS = 6
SOMETHING_WRONG = "Something went wrong while answering. Please try again."


class AnswerService:
    """Asks on behalf of people, and opens the footnotes of their answers."""

    def __init__(self, database: Database, limiter: RateLimiter, pipeline: RagPipeline, settings: Settings) -> None:
        self._database = database
        self._quotas = Quotas(database, limiter, settings.limit)
        self._pipeline = pipeline
        self._storing: set[asyncio.Task[None]] = set()

    async def ask(
        self,
        principal: Principal,
        question: str,
        *,
        thread_id: UUID | None = None,
        question_step_id: UUID | None = None,
        document_ids: Collection[UUID] | None = None,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """``Started``, then the events of ``rag/events.py``; the last is ``Done``, ``Refused`` or ``Failed``.

        Closing or cancelling stores what was streamed until then as stopped, its citations checked.

        Args:
            thread_id: the conversation whose earlier questions count; it is made when it does not exist.
            question_step_id: the question's step, so that a deleted or edited question is forgotten.
            document_ids: answer from these documents only.

        Raises:
            Invalid, LimitExceeded, NotFound: before ``Started``; nothing is stored.
        """
        question = _checked(question)
        refusal = await self._quotas.admit(principal)
        scope = scope_of(principal, None if document_ids is None else frozenset(document_ids))
        run_id = uuid4()
        history = await self._begin(principal, question, scope, run_id, thread_id, question_step_id)
        progress = Progress(principal.user_id, bill=Bill(refusal))
        try:
            yield Started(answer_run_id=run_id, thread_id=thread_id)
            async with aclosing(self._events(question, history, scope, run_id, progress)) as events:
                async for event in events:
                    yield event
        finally:
            if "state" not in progress.outcome:
                await self._in_background(self._stop(run_id, question, progress))

    async def citation(self, principal: Principal, answer_run_id: UUID, number: int) -> CitationView:
        """A source of one of the principal's answers, as it may be shown now.

        Raises:
            NotFound: another's answer, no such source, or a document that the principal may no longer see.
        """
        async with self._database.reader() as session:
            source = await answer_runs.source(session, principal, answer_run_id, number)
            if source.document_id is None:
                return _view(source, is_deleted=True)
            scope = scope_of(principal)
            document = await documents.get(session, scope, source.document_id)
            section = await sections.get(session, scope, document.id, source.section, source.version)
        spans = [(start, min(end, len(section.text))) for start, end in source.spans if start < len(section.text)]
        quote = " … ".join(" ".join(section.text[start:end].split()) for start, end in spans)
        return _view(source).model_copy(
            update={
                "title": document.title,
                "is_earlier_version": source.version != document.version,
                "spans": tuple(Span(start=start, end=end) for start, end in spans),
                "quote": quote,
            }
        )

    async def drain(self) -> None:
        """Wait until every stopped answer is stored."""
        while self._storing:
            await asyncio.wait(self._storing)

    async def _begin(
        self,
        principal: Principal,
        question: str,
        scope: SearchScope,
        run_id: UUID,
        thread_id: UUID | None,
        question_step_id: UUID | None,
    ) -> list[Turn]:
        """Store the run that starts; the conversation so far."""
        async with self._database.transaction() as session:
            await answer_runs.create(
                session,
                principal,
                question=question,
                scope=scope,
                thread_id=thread_id,
                question_step_id=question_step_id,
                run_id=run_id,
            )
            if thread_id is None:
                return []
            earlier = await answer_runs.history(
                session, principal, thread_id, limit=REMEMBERED_TURNS, before_step_id=question_step_id
            )
            return [Turn(question=run.question, answer=run.answer) for run in earlier if run.id != run_id]

    async def _events(
        self, question: str, history: Sequence[Turn], scope: SearchScope, run_id: UUID, progress: Progress
    ) -> AsyncGenerator[PipelineEvent, None]:
        """The pipeline's events, each stored before it is passed on where it must be; an exception becomes ``Failed``."""

        shown = partial(record.shown, self._database, scope)
        beside = partial(around, self._database, scope)
        try:
            async with aclosing(
                self._pipeline.stream(question, history, scope, shown=shown, around=beside, bill=progress.bill)
            ) as events:
                async for event in events:
                    progress.apply(event)
                    await self._store(event, run_id, scope, progress)
                    yield event
        except Exception as error:
            failed = _failed(error, run_id)
            progress.apply(failed)
            await self._in_background(self._store_failure(run_id, progress))
            yield failed

    async def _store(self, event: PipelineEvent, run_id: UUID, scope: SearchScope, progress: Progress) -> None:
        if isinstance(event, Sources):
            await record.store_sources(self._database, run_id, scope, progress)
        elif "state" in progress.outcome:
            await self._in_background(record.store_end(self._database, run_id, progress))
            log.info("answer.ended", answer_run_id=str(run_id), **_logged(progress))

    async def _stop(self, run_id: UUID, question: str, progress: Progress) -> None:
        await self._check(question, progress)
        progress.outcome["state"] = "stopped"
        await record.store_end(self._database, run_id, progress)
        log.info("answer.ended", answer_run_id=str(run_id), **_logged(progress))

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
        task = asyncio.ensure_future(work)
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        await asyncio.shield(task)


def _checked(question: str) -> str:
    question = question.replace("\x00", "").strip()
    if not question:
        raise Invalid("The question is empty.")
    if len(question) > LONGEST_QUESTION:
        raise Invalid(f"The question is longer than {LONGEST_QUESTION} characters.")
    return question


def _failed(error: Exception, run_id: UUID) -> Failed:
    fact = error if isinstance(error, FootnoteError) else FootnoteError(SOMETHING_WRONG)
    log.error("answer.failed", answer_run_id=str(run_id), reference=fact.reference, exc_info=error)
    return Failed(message=fact.message, reference=fact.reference, retry_after_s=fact.retry_after_s)


def _logged(progress: Progress) -> dict[str, object]:
    names = ("state", "mode", "timings", "dropped_citations", "unsupported_sentences")
    return {name: progress.outcome[name] for name in names if name in progress.outcome}


def _view(source: AnswerSource, *, is_deleted: bool = False) -> CitationView:
    return CitationView(
        number=source.number,
        document_id=source.document_id,
        title=source.document_title,
        section=source.section,
        page=source.page,
        place=source.place,
        version=source.version,
        cited=source.cited,
        support=source.support,
        is_deleted=is_deleted,
    )
