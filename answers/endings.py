"""How answer runs end: each once, with the citations checked of what was written, whoever or whatever ended it."""

import asyncio
from collections.abc import Iterable
from functools import partial
from uuid import UUID

import structlog

from answers import record
from answers.question import Question
from answers.record import Progress
from core.access import SearchScope
from core.errors import FootnoteError
from core.retry import when_there_is_room
from core.telemetry import series
from db.models import AnswerRun
from db.session import Database
from rag.events import AnswerEvent, Citations, Failed, Started, Stopped, Waiting
from rag.grounding.markers import parse
from rag.pipeline import RagPipeline

log = structlog.get_logger(__name__)

INTERRUPTED = "This answer was cut off because the server stopped while it was written. Ask again for all of it."


class Endings:
    """Stores how runs ended."""

    def __init__(self, database: Database, pipeline: RagPipeline) -> None:
        self._database = database
        self._pipeline = pipeline

    async def store(self, question: Question, progress: Progress) -> None:
        """The end that the events said."""
        await self._store(question.run_id, question.scope, progress)

    async def stop(self, question: Question, progress: Progress) -> None:
        """Somebody stopped it: what was streamed so far is checked and stored, unless another worker answers it anew."""
        if progress.storing is not None:
            await asyncio.wait([progress.storing])
        if question.handle.is_released:
            return
        question.handle.check = await self._check(question.text, progress)
        writer = progress.usage_meter.writer
        progress.outcome |= {"state": "stopped"} | ({"mode": "llm", "model": writer} if writer else {})
        await self.store(question, progress)

    async def fail(self, question: Question, progress: Progress) -> None:
        """It failed. An error here must not hide the failure itself."""
        try:
            await self._check(progress.query or "", progress)
            await self.store(question, progress)
        except Exception:
            log.exception("answer.not_stored", answer_run_id=str(question.run_id))

    async def interrupt(self, run: AnswerRun, events: Iterable[AnswerEvent]) -> list[AnswerEvent]:
        """The process that answered died: what it had written is checked and stored as a failed answer.

        Args:
            events: what it wrote, as far as that is known.

        Returns:
            The events that end the answer.
        """
        progress = Progress(run.user_id)
        for event in events:
            if not isinstance(event, Started | Waiting | Stopped):
                progress.apply(event)
        check = await self._check(run.question, progress)
        failed = Failed(message=INTERRUPTED, reference=FootnoteError("").reference, is_interrupted=True)
        progress.apply(failed)
        await self._store(run.id, scope_of_run(run), progress)
        log.warning("answer.interrupted", answer_run_id=str(run.id), reference=failed.reference)
        return [check, failed] if check else [failed]

    async def _store(self, run_id: UUID, scope: SearchScope, progress: Progress) -> None:
        await when_there_is_room(partial(record.store_end, self._database, run_id, scope, progress))
        log.info("answer.ended", answer_run_id=str(run_id), **_logged(progress))
        _counted(progress)

    async def _check(self, question: str, progress: Progress) -> Citations | None:
        """Check the citations of a partial answer; when the check fails, remove all of them. None: there is no partial answer."""
        if progress.is_checked or not progress.answer or progress.outcome.get("state") == "refused":
            return None
        try:
            check = await self._pipeline.check(progress.answer, progress.sources, progress.query or question)
            progress.apply_check(check)
        except Exception:
            log.exception("answer.not_checked")
            progress.answer = (await asyncio.to_thread(parse, progress.answer)).bare
            return Citations(answer=progress.answer, citations=())
        return check


def scope_of_run(run: AnswerRun) -> SearchScope:
    """The scope that a run was asked in."""
    documents = run.scope.get("document_ids")
    return SearchScope(
        frozenset(map(UUID, run.scope["library_ids"])), None if documents is None else frozenset(map(UUID, documents))
    )


def _logged(progress: Progress) -> dict[str, object]:
    names = ("state", "mode", "timings", "dropped_citations", "unsupported_sentences")
    return {name: progress.outcome[name] for name in names if name in progress.outcome}


def _counted(progress: Progress) -> None:
    series.ANSWERS.add(progress.outcome["state"], "no")
    timings = progress.outcome.get("timings", {})
    for times, name in ((series.FIRST_TOKEN_SECONDS, "first_token_ms"), (series.ANSWER_SECONDS, "total_ms")):
        if (took_ms := timings.get(name)) is not None:
            times.add(took_ms / 1000)
